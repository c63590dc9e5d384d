//! Submits a message over SMTP (RFC 6409), command by command, so that the stage of a failure is known.
//!
//! lettre's connection speaks the protocol; its timeouts, which cover connecting only, and its errors, which do not
//! tell where a connection was lost, are replaced here.

pub mod fault;
pub mod line;
pub mod meaning;
pub mod submission;
