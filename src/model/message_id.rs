//! Message identifiers (RFC 5322, 3.6.4), ours and theirs.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

use crate::model::address::Address;

/// A Message-ID without its angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(String);

/// Longer identifiers are not read: RFC 5322 ends lines at 998 octets.
const OCTETS_MAX: usize = 998;

/// What every Message-ID of ours begins with, so that a lost journal can still tell them in Sent.
const OUR_PREFIX: &str = "amiable.";

impl MessageId {
    /// Takes one identifier, with or without brackets; white space that folding left inside is removed.
    pub fn parse(text: &str) -> Option<MessageId> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let bare = bare.trim_start_matches('<').trim_end_matches('>');
        (!bare.is_empty() && bare.len() <= OCTETS_MAX && !bare.contains(['<', '>']))
            .then(|| MessageId(bare.to_string()))
    }

    /// The one identifier of a follow-up: the same for the same account, invoice number and step, on any machine, at any time.
    pub fn of_follow_up(account: &Address, number: &str, step: &str) -> MessageId {
        MessageId::derived(account, &["follow-up", number, step])
    }

    /// The one identifier of a mail to the user himself: a digest's day, or the message a notice is about.
    pub fn of_mail_to_user(account: &Address, kind: &str, key: &str) -> MessageId {
        MessageId::derived(account, &["to-user", kind, key])
    }

    /// 20 octets of SHA-256 over the parts, each closed by NUL, at the account's own domain.
    fn derived(account: &Address, parts: &[&str]) -> MessageId {
        let mut hash = Sha256::new();
        hash.update(account.as_str());
        for part in parts {
            hash.update([0]);
            hash.update(part);
        }
        let name: String = hash
            .finalize()
            .iter()
            .take(20)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        MessageId(format!("{OUR_PREFIX}{name}@{}", account.domain()))
    }

    /// Whether it has the form of our own identifiers. A form proves nothing; the journal or a derivation does.
    pub fn looks_like_ours(&self) -> bool {
        self.0.starts_with(OUR_PREFIX)
    }

    /// The identifier without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a header: `<id>`.
    pub fn in_brackets(&self) -> String {
        format!("<{}>", self.0)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::message_id::*;

    #[test]
    fn identifiers_parse() {
        let check = |input: &str, expected: Option<&str>| {
            assert_eq!(
                MessageId::parse(input).as_ref().map(MessageId::as_str),
                expected,
                "{input:?}"
            );
        };
        check("<a@b>", Some("a@b"));
        check("a@b", Some("a@b"));
        check("<a\r\n @b>", Some("a@b")); // folding inside an id, seen in the wild
        check("<>", None);
        check("<a><b>", None);
        check(&"x".repeat(2000), None);
    }

    #[test]
    fn a_step_has_one_identifier() {
        let me = Address::parse("Me@Test.example").unwrap();
        let id = MessageId::of_follow_up(&me, "2026-014", "friendly");
        assert_eq!(
            id,
            MessageId::of_follow_up(&Address::parse("me@test.example").unwrap(), "2026-014", "friendly")
        );
        assert_ne!(
            id,
            MessageId::of_follow_up(&me, "2026-01", "4friendly"),
            "parts are closed, not glued"
        );
        assert!(id.looks_like_ours() && id.as_str().ends_with("@test.example"));
    }
}
