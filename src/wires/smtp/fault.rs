//! What can go wrong in a submission: at which stage, for the moment or for good.

use std::fmt;

use crate::wires::net::fault::NetError;

/// How far a submission had come. Before `Content` nothing can have been delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Greeting and EHLO.
    Greeting,
    /// STARTTLS.
    Starttls,
    /// AUTH.
    Login,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA, up to its 354.
    Start,
    /// From the first octet of the message on.
    Content,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Stage::Greeting => "the greeting",
            Stage::Starttls => "STARTTLS",
            Stage::Login => "the login",
            Stage::Sender => "the sender (MAIL)",
            Stage::Recipient => "a recipient (RCPT)",
            Stage::Start => "the start of the message (DATA)",
            Stage::Content => "the message",
        })
    }
}

/// A failure before the message itself; nothing was delivered. What the server said is in [`SmtpError::detail`] only.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// There is no connection.
    #[error("SMTP: {0}")]
    Net(#[from] NetError),
    /// The server knows us, and says no.
    #[error(
        "the SMTP server refused the login ({code}): check username and password (many providers want an app password) or renew the token"
    )]
    LoginRefused {
        /// Reply code.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// No way of logging in that both sides know.
    #[error("the SMTP server offers no login that fits `auth`: it offers {offered}")]
    NoLoginMethod {
        /// Its AUTH keywords.
        offered: String,
    },
    /// Configured, but not offered, or stripped on the way; nothing was sent in plain text.
    #[error("the SMTP server offers no STARTTLS: use tls = \"implicit\" (port 465); nothing secret was sent")]
    NoStarttls,
    /// Not now: 4xx, busy, greylisted.
    #[error("the SMTP server put off {stage} ({code})")]
    Temporary {
        /// How far it had come.
        stage: Stage,
        /// Reply code; 421: the server closes, and wants to be left alone for a while.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// Not ever: 5xx.
    #[error("the SMTP server refused {stage} ({code})")]
    Permanent {
        /// How far it had come.
        stage: Stage,
        /// Reply code.
        code: u16,
        /// The server's words.
        text: String,
        /// Whether it is about a recipient.
        recipient_refused: bool,
    },
    /// The message needs what the server does not have.
    #[error("the SMTP server cannot take this message: it {what}")]
    Unsupported {
        /// What is missing.
        what: String,
    },
    /// The connection ended.
    #[error("the SMTP server closed the connection during {stage}")]
    Closed {
        /// How far it had come.
        stage: Stage,
    },
    /// Silence.
    #[error("the SMTP server did not answer {stage} within {seconds} s")]
    Timeout {
        /// How far it had come.
        stage: Stage,
        /// How long was waited.
        seconds: u64,
    },
    /// An answer that makes no sense.
    #[error("the SMTP server's answer to {stage} cannot be read: {what}")]
    Protocol {
        /// How far it had come.
        stage: Stage,
        /// What is wrong with it.
        what: String,
    },
}

impl SmtpError {
    /// Whether the same may succeed later, over a new connection.
    pub fn is_transient(&self) -> bool {
        match self {
            SmtpError::Net(error) => error.is_transient(),
            SmtpError::Temporary { .. }
            | SmtpError::Closed { .. }
            | SmtpError::Timeout { .. }
            | SmtpError::Protocol { .. } => true,
            SmtpError::LoginRefused { .. }
            | SmtpError::NoLoginMethod { .. }
            | SmtpError::NoStarttls
            | SmtpError::Permanent { .. }
            | SmtpError::Unsupported { .. } => false,
        }
    }

    /// Whether only the user can mend it, by another secret: exit code 77, no further try by itself.
    pub fn is_login(&self) -> bool {
        matches!(self, SmtpError::LoginRefused { .. } | SmtpError::NoLoginMethod { .. })
    }

    /// The reply code with which the server put off or refused this very mail; `None`: the fault is the connection's.
    pub fn code(&self) -> Option<u16> {
        match self {
            SmtpError::Temporary { stage, code, .. } | SmtpError::Permanent { stage, code, .. } => {
                (*stage >= Stage::Sender).then_some(*code)
            }
            // As final as a 554: this server will never take this mail.
            SmtpError::Unsupported { .. } => Some(554),
            _ => None,
        }
    }

    /// What the server said, for the debug log.
    pub fn detail(&self) -> &str {
        match self {
            SmtpError::LoginRefused { text, .. }
            | SmtpError::Temporary { text, .. }
            | SmtpError::Permanent { text, .. } => text,
            SmtpError::Net(_)
            | SmtpError::NoLoginMethod { .. }
            | SmtpError::NoStarttls
            | SmtpError::Unsupported { .. }
            | SmtpError::Closed { .. }
            | SmtpError::Timeout { .. }
            | SmtpError::Protocol { .. } => "",
        }
    }
}

/// What became of a message whose first octet was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server has taken it (2xx).
    Accepted {
        /// Reply code.
        code: u16,
        /// The server's words, often its queue id.
        text: String,
    },
    /// The server will never take it (5xx).
    Refused {
        /// Reply code.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// The server did not take it this time (4xx), or it was never begun.
    Deferred {
        /// Reply code; 0 if none was given because nothing was sent.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// Nobody knows: it must not be sent again by itself.
    Unknown {
        /// Why nobody knows.
        why: Doubt,
    },
}

/// Why the outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The connection was lost before an answer.
    Lost,
    /// No answer in ten minutes (RFC 5321, 4.5.3.2.6).
    Silence,
    /// An answer that is neither yes nor no.
    Garbled,
}
