//! What a login needs: a secret that does not leak by accident, and how it is to be used.

use std::fmt;

/// A password or an access token. It has no `Display` and is not serializable, so that it cannot slip into a log or a journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret as it was given, without its line end.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The secret itself, for the wire only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// How to prove who we are.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A password or an app password: SASL PLAIN (RFC 4616), else LOGIN.
    Password(Secret),
    /// An OAuth2 access token: XOAUTH2, as Google and Microsoft document it.
    OAuth2(Secret),
}

impl Auth {
    /// The initial response of SASL PLAIN or XOAUTH2, before base64.
    pub fn initial_response(&self, username: &str) -> String {
        match self {
            Auth::Password(secret) => format!("\0{username}\0{}", secret.reveal()),
            Auth::OAuth2(token) => format!("user={username}\x01auth=Bearer {}\x01\x01", token.reveal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::net::credential::*;

    #[test]
    fn a_secret_does_not_show() {
        let auth = Auth::Password(Secret::new("hunter2"));
        assert!(!format!("{auth:?}").contains("hunter2"));
    }

    #[test]
    fn initial_responses_have_the_documented_form() {
        let check = |auth: Auth, expected: &str| assert_eq!(auth.initial_response("me@x.example"), expected);
        check(Auth::Password(Secret::new("pä ss")), "\0me@x.example\0pä ss");
        check(
            Auth::OAuth2(Secret::new("ya29.T")),
            "user=me@x.example\x01auth=Bearer ya29.T\x01\x01",
        );
    }
}
