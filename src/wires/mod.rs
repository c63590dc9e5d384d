//! The world: each wire acts on one thing and decides nothing. Wires do not know one another; `daemon` and `cli` join them.
//!
//! Two leaves may be used by other wires: `names` (what was probably meant) and `net` (TCP and TLS).

pub mod names;
pub mod net;

pub mod clock;
pub mod lock;
pub mod journal;
pub mod archive;
pub mod index;
pub mod control;

pub mod config;
pub mod import_file;
pub mod providers;
pub mod secrets;

pub mod imap;
pub mod smtp;
