//! Connections: to whom, how protected, whom to trust, and how to log in. A leaf that the mail wires share.

pub mod credential;
pub mod endpoint;
pub mod fault;
pub mod trust;
pub mod dialer;
