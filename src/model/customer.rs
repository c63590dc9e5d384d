//! Who owes: the customer and what identifies him.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::model::address::Address;

/// Names a customer in the journal without naming him to a reader: `c17`, in order of first import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub String);

impl fmt::Display for CustomerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Decides which law and which wording apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// A firm, an association, a public body.
    #[default]
    Business,
    /// A private person.
    Consumer,
}

/// The languages that we write and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Language {
    /// ISO 639-1, as in configuration and file names.
    pub fn code(self) -> &'static str {
        match self {
            Language::Fr => "fr",
            Language::En => "en",
        }
    }

    /// Reads a code like `fr`, `FR`, `fr-CH`.
    pub fn from_code(code: &str) -> Option<Language> {
        match code
            .split(['-', '_'])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase()
            .as_str()
        {
            "fr" => Some(Language::Fr),
            "en" => Some(Language::En),
            _ => None,
        }
    }
}

/// What is known of a customer. It lives in a file of its own that `forget` can delete, never in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerCard {
    /// The firm or the person, as on the invoice.
    pub name: String,
    /// The person to greet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Where follow-ups may go: given or approved by the user, the first is the main one.
    pub addresses: Vec<Address>,
    /// The language in which we write to him.
    pub language: Language,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// A part of the country with holidays of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Business or consumer.
    #[serde(default)]
    pub kind: CustomerKind,
}

impl CustomerCard {
    /// Whether the address is one of the approved ones, but for a `+tag`.
    pub fn has_address(&self, address: &Address) -> bool {
        self.addresses.iter().any(|own| own.is_same_mailbox(address))
    }

    /// Whether the address is at a domain of this customer; domains of freemail providers are nobody's.
    pub fn has_domain(&self, domain: &str, is_freemail: impl Fn(&str) -> bool) -> bool {
        !is_freemail(domain) && self.addresses.iter().any(|own| own.domain() == domain)
    }
}
