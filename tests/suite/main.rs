//! Every test that needs more than one module: the house rules, the mail host, and what is built on it.
//!
//! One binary, because linking it takes longer than running it.
#![allow(missing_docs, reason = "read by those who write tests, in the source")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken assumption is a failed test"
)]

mod bad_config;
mod bad_csv;
mod corpus;
mod machines;
mod scripted;
mod sweeping;
mod wires_imap;
mod wires_reading;
mod wires_idle;
mod wires_smtp;
mod mailhost;
mod program;
mod wires_live;
mod wires_live_smtp;
mod papers;
mod firm;
mod journal_lines;
mod matching;
mod witness;
mod promises;
mod story_words;
mod stories;
mod tidy;
mod mailhost_proof;
mod demo;
mod end_to_end;
