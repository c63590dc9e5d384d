//! The real binary against a real Dovecot: what a user would see, and what his customers would.

mod firm;
mod mails;
mod conversation;
mod replies;
mod matching;
mod folders;
mod arrivals;
mod moderation;
mod own_words;
mod rewritten;
mod lost_state;
mod submission;
mod refusals;
mod commands;
mod digest;
mod modes;
mod bad_mails;
mod endings;
mod plain_server;
