//! E-mail addresses (RFC 5322, 3.4.1), compared as people mean them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An addr-spec, lower-cased: `claire@atelier-morel.example`.
///
/// Local parts are compared without regard to case, as every large provider does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// The text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an e-mail address; one looks like name@company.example")]
pub struct NotAnAddress(pub String);

/// The longest address that SMTP can carry (RFC 5321, 4.5.3.1.3), in octets.
const OCTETS_MAX: usize = 254;

impl Address {
    /// Reads a bare address; surrounding blanks and one pair of angle brackets are forgiven.
    pub fn parse(text: &str) -> Result<Address, NotAnAddress> {
        let refuse = || NotAnAddress(text.chars().take(80).collect());
        let bare = text.trim();
        let bare = bare
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .unwrap_or(bare);
        let (local, domain) = bare.rsplit_once('@').ok_or_else(refuse)?;
        let local_ok = !local.is_empty()
            && local
                .chars()
                .all(|c| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()[]\\@".contains(c));
        let domain_ok = !domain.is_empty()
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
        if !local_ok || !domain_ok || bare.len() > OCTETS_MAX {
            return Err(refuse());
        }
        Ok(Address(bare.to_lowercase()))
    }

    /// The whole address, lower-cased.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address without a `+tag` (RFC 5233), for comparing only, never for sending.
    pub fn without_tag(&self) -> Address {
        match self.local().split_once('+') {
            Some((name, _)) if !name.is_empty() => Address(format!("{name}@{}", self.domain())),
            _ => self.clone(),
        }
    }

    /// Whether both mean the same mailbox: equal but for a `+tag`.
    pub fn is_same_mailbox(&self, other: &Address) -> bool {
        self.without_tag() == other.without_tag()
    }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;
    fn try_from(text: String) -> Result<Address, NotAnAddress> {
        Address::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Addresses belong into the log at debug level at most; this keeps them out of accidents elsewhere.
impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address(…@{})", self.domain())
    }
}

/// An address with the name beside it: `Claire Morel <claire@atelier-morel.example>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name, decoded; a claim of the sender, nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

#[cfg(test)]
mod tests {
    use crate::model::address::*;

    #[test]
    fn addresses_parse() {
        let check = |input: &str, expected: Option<&str>| {
            assert_eq!(
                Address::parse(input).ok().map(|a| a.to_string()).as_deref(),
                expected,
                "{input}"
            );
        };
        check("Claire@Atelier-Morel.example", Some("claire@atelier-morel.example"));
        check(" <a@b.example> ", Some("a@b.example"));
        check("a@b", Some("a@b")); // intranets have such
        check("a@b@c.example", None); // route tricks
        check("a b@c.example", None);
        check("a@c.example\r\nBcc: x@y.example", None); // header injection
        check("a@-c.example", None);
        check("a@c..example", None);
        check("@c.example", None);
        check("a@", None);
        check("", None);
        check(&format!("{}@c.example", "a".repeat(300)), None);
    }

    #[test]
    fn tags_are_ignored_in_comparison_only() {
        let (tagged, plain) = (
            Address::parse("me+inv@x.example").unwrap(),
            Address::parse("me@x.example").unwrap(),
        );
        assert!(tagged.is_same_mailbox(&plain));
        assert_ne!(tagged, plain);
    }
}
