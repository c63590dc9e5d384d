//! What can go wrong in a dialogue with an IMAP server, told apart by what the caller can do about it.

use crate::wires::net::fault::NetError;

/// A failure. What the server said is in [`ImapError::detail`] only: it may name people, and belongs into no log above debug.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// There is no connection.
    #[error("IMAP: {0}")]
    Net(#[from] NetError),
    /// The server knows us, and says no.
    #[error(
        "the IMAP server refused the login: check username and password (many providers want an app password) or renew the token"
    )]
    LoginRefused {
        /// The server's words.
        text: String,
    },
    /// The server cannot tell just now, or has too many of us.
    #[error("the IMAP server cannot take the login at the moment{}", if *limit { ": too many connections" } else { "" })]
    LoginUnavailable {
        /// The server's words.
        text: String,
        /// A limit of connections or of load: keep away for an hour.
        limit: bool,
    },
    /// No way of logging in that both sides know.
    #[error("the IMAP server offers no login that fits `auth`: it offers {offered}")]
    NoLoginMethod {
        /// Its AUTH= capabilities, and LOGIN.
        offered: String,
    },
    /// Configured, but refused or stripped on the way; nothing was sent in plain text.
    #[error("the IMAP server refused STARTTLS: use tls = \"implicit\" (port 993); nothing secret was sent")]
    NoStarttls {
        /// The server's words.
        text: String,
    },
    /// The connection ended, by BYE or without a word.
    #[error("the IMAP server closed the connection during {doing}")]
    Closed {
        /// The command.
        doing: String,
        /// The words of its BYE.
        text: String,
    },
    /// Understood, and refused.
    #[error("the IMAP server refused {doing}{}", bracketed(code))]
    No {
        /// The command.
        doing: String,
        /// RFC 5530 response code, upper case, such as `NONEXISTENT`.
        code: Option<String>,
        /// The server's words.
        text: String,
    },
    /// Not understood.
    #[error("the IMAP server did not understand {doing}")]
    Bad {
        /// The command.
        doing: String,
        /// The server's words.
        text: String,
    },
    /// Silence.
    #[error("the IMAP server did not answer {doing} within {seconds} s")]
    Timeout {
        /// The command.
        doing: String,
        /// How long was waited.
        seconds: u64,
    },
    /// An answer that makes no sense, or that would be dangerous to read.
    #[error("the IMAP server's answer to {doing} cannot be read: {what}")]
    Protocol {
        /// The command.
        doing: String,
        /// What is wrong with it.
        what: String,
    },
}

fn bracketed(code: &Option<String>) -> String {
    code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default()
}

impl ImapError {
    /// Whether the same may succeed later, over a new connection.
    pub fn is_transient(&self) -> bool {
        match self {
            ImapError::Net(error) => error.is_transient(),
            ImapError::LoginUnavailable { .. } | ImapError::Closed { .. } | ImapError::Timeout { .. } => true,
            ImapError::No { code, .. } => code.as_deref().is_some_and(is_transient_code),
            // A garbled line may be the network's fault, a refused login is not.
            ImapError::Protocol { .. } => true,
            ImapError::LoginRefused { .. }
            | ImapError::NoLoginMethod { .. }
            | ImapError::NoStarttls { .. }
            | ImapError::Bad { .. } => false,
        }
    }

    /// Whether only the user can mend it, by another secret: exit code 77, no further try by itself.
    pub fn is_login(&self) -> bool {
        matches!(self, ImapError::LoginRefused { .. } | ImapError::NoLoginMethod { .. })
    }

    /// Whether the server answered and would not do it: the connection is as good as before.
    pub fn is_refusal(&self) -> bool {
        matches!(self, ImapError::No { .. } | ImapError::Bad { .. })
    }

    /// What the server said, for the debug log.
    pub fn detail(&self) -> &str {
        match self {
            ImapError::LoginRefused { text }
            | ImapError::LoginUnavailable { text, .. }
            | ImapError::NoStarttls { text }
            | ImapError::Closed { text, .. }
            | ImapError::No { text, .. }
            | ImapError::Bad { text, .. } => text,
            ImapError::Net(_)
            | ImapError::NoLoginMethod { .. }
            | ImapError::Timeout { .. }
            | ImapError::Protocol { .. } => "",
        }
    }

    /// What a refused login command means.
    pub fn of_login(refusal: ImapError) -> ImapError {
        let (code, text) = match refusal {
            ImapError::No { code, text, .. } => (code, text),
            // A BAD to a login is an answer to the login all the same; trying again would not help.
            ImapError::Bad { text, .. } => return ImapError::LoginRefused { text },
            other => return other,
        };
        let lower = text.to_lowercase();
        let limit = code.as_deref() == Some("LIMIT") || (lower.contains("too many") && lower.contains("connections"));
        match code.as_deref() {
            Some("UNAVAILABLE" | "LIMIT" | "INUSE" | "SERVERBUG" | "THROTTLED") => {
                ImapError::LoginUnavailable { text, limit }
            }
            Some("AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED" | "PRIVACYREQUIRED" | "CONTACTADMIN") => {
                ImapError::LoginRefused { text }
            }
            // Servers without codes say it in words; without these, a refusal is taken for one, so that nobody is locked out by hammering.
            _ if limit || ["temporar", "try again later"].iter().any(|sign| lower.contains(sign)) => {
                ImapError::LoginUnavailable { text, limit }
            }
            _ => ImapError::LoginRefused { text },
        }
    }
}

/// RFC 5530 codes that speak of the moment.
fn is_transient_code(code: &str) -> bool {
    matches!(
        code,
        "UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG" | "THROTTLED" | "EXPUNGEISSUED" | "OVERQUOTA"
    )
}

#[cfg(test)]
mod tests {
    use crate::wires::imap::fault::*;

    #[test]
    fn a_refused_login_is_told_from_a_busy_server() {
        let check = |code: Option<&str>, text: &str, expected: &str| {
            let refusal = ImapError::No {
                doing: "LOGIN".into(),
                code: code.map(String::from),
                text: text.into(),
            };
            let found = match ImapError::of_login(refusal) {
                ImapError::LoginRefused { .. } => "refused",
                ImapError::LoginUnavailable { limit: true, .. } => "limit",
                ImapError::LoginUnavailable { .. } => "unavailable",
                _ => "other",
            };
            assert_eq!(found, expected, "{code:?} {text}");
        };
        check(Some("AUTHENTICATIONFAILED"), "Authentication failed.", "refused"); // Dovecot
        check(Some("UNAVAILABLE"), "Temporary authentication failure.", "unavailable"); // Dovecot, its database down
        check(Some("LIMIT"), "Maximum number of connections exceeded", "limit"); // Dovecot
        check(Some("ALERT"), "Too many simultaneous connections. (Failure)", "limit"); // Gmail
        check(Some("ALERT"), "Application-specific password required", "refused"); // Gmail
        check(None, "LOGIN failed.", "refused"); // Exchange
        check(None, "Server temporarily busy", "unavailable");
    }

    #[test]
    fn the_words_of_a_server_stay_in_the_detail() {
        let error = ImapError::No {
            doing: "EXAMINE \"Morel\"".into(),
            code: Some("NONEXISTENT".into()),
            text: "no Claire here".into(),
        };
        assert_eq!(
            error.to_string(),
            "the IMAP server refused EXAMINE \"Morel\" [NONEXISTENT]"
        );
        assert_eq!(error.detail(), "no Claire here");
    }
}
