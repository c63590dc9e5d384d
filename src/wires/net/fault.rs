//! What can go wrong before the first octet of a protocol: in plain words, with what to do.

use std::fmt;
use std::path::PathBuf;

/// A connection that did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// The resolver knows no such name, or cannot be asked.
    #[error("the name {host} cannot be resolved: check its spelling in the configuration, or the network")]
    NameNotFound {
        /// As configured.
        host: String,
    },
    /// Refused, no route, or closed while connecting.
    #[error("{endpoint} cannot be reached ({why})")]
    Unreachable {
        /// `host:port`.
        endpoint: String,
        /// The system's words.
        why: String,
    },
    /// No connection in time.
    #[error("{endpoint} did not answer within {seconds} s")]
    Timeout {
        /// `host:port`.
        endpoint: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The certificate proves nothing to us.
    #[error("the certificate of {host} {why}")]
    Untrusted {
        /// As configured.
        host: String,
        /// What is wrong, and what to do.
        why: Distrust,
    },
    /// The server speaks, but not TLS as we do.
    #[error(
        "{host} does not speak TLS here ({why}): check port and tls in the configuration (implicit: usually 993 and 465; starttls: 143 and 587)"
    )]
    NotTls {
        /// As configured.
        host: String,
        /// The library's words.
        why: String,
    },
    /// Passwords would cross a network in plain text.
    #[error("tls = \"none\" is for this machine only, and {host} is not: use \"implicit\" or \"starttls\"")]
    PlainText {
        /// As configured.
        host: String,
    },
    /// The file of extra certificates is of no use.
    #[error("ca_file {}: {why}", path.display())]
    CaFile {
        /// As configured.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The machine trusts nobody.
    #[error("no trusted certificates were found on this machine: install the package ca-certificates, or set ca_file")]
    NoRoots,
}

impl NetError {
    /// Whether trying again later, without any change, may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            NetError::NameNotFound { .. } | NetError::Unreachable { .. } | NetError::Timeout { .. }
        )
    }
}

/// Why a certificate is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// Its time is over.
    Expired,
    /// Its time has not begun, or this machine's clock is wrong.
    NotYetValid,
    /// It is for other names.
    WrongName,
    /// Self-signed, or signed by an authority that this machine does not know.
    UnknownIssuer,
    /// Its issuer has withdrawn it.
    Revoked,
    /// Something else, in the library's words.
    Other(String),
}

impl fmt::Display for Distrust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distrust::Expired => out.write_str("has expired: the server's operator must renew it; is this machine's clock right?"),
            Distrust::NotYetValid => out.write_str("is not valid yet: is this machine's clock right?"),
            Distrust::WrongName => out.write_str(
                "is for another name: set host to a name in the certificate, or, if the server is yours, set ca_file to its certificate",
            ),
            Distrust::UnknownIssuer => out.write_str(
                "is self-signed or from an unknown issuer: if the server is yours, set ca_file to its certificate, or to its authority's",
            ),
            Distrust::Revoked => out.write_str("has been revoked by its issuer: do not connect; ask the server's operator"),
            Distrust::Other(why) => write!(out, "is not acceptable ({why}): ask the server's operator"),
        }
    }
}
