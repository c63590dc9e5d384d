//! Where to connect and how the connection is protected.

use std::fmt;
use tokio::io::{AsyncRead, AsyncWrite};

/// Anything that octets go through in both directions: TCP, TLS, or memory in tests.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug> Stream for T {}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first octet (RFC 8314), the default.
    Implicit,
    /// Plain at first, then STARTTLS; never going on in plain text.
    Starttls,
    /// No TLS: to addresses of this machine only.
    None,
}

/// A server as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address; the certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}
