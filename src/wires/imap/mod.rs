//! Reads a mailbox over IMAP (RFC 3501 and common extensions), and writes only what it is told to append.
//!
//! Of async-imap only the reader of responses is used: its commands report success where there was none (a tagged NO,
//! an end of file). Here every command demands its own tagged OK, and every wait has an end.

pub mod fault;
pub mod naming;
pub mod guard;
pub mod dialogue;
pub mod session;
pub mod folders;
pub mod search;
pub mod headers;
pub mod content;
pub mod append;
pub mod idle;
