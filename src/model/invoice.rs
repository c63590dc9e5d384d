//! What is owed: invoices, quotes and credits.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::model::customer::CustomerId;
use crate::model::money::Money;

/// The number on the invoice; it names the case too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvoiceNumber(String);

/// Longer numbers are taken for a mistake in the file.
const CHARS_MAX: usize = 64;

impl InvoiceNumber {
    /// A number as the user writes it; blanks around it are dropped, control characters refused.
    pub fn parse(text: &str) -> Option<InvoiceNumber> {
        let number = text.trim();
        let fits = !number.is_empty() && number.chars().count() <= CHARS_MAX && !number.chars().any(char::is_control);
        fits.then(|| InvoiceNumber(number.to_string()))
    }

    /// As the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text names this number as a whole token: 2026-1 does not stand in 2026-14, nor in FA-2026-1.
    pub fn stands_in(&self, text: &str) -> bool {
        let (text, number) = (text.to_lowercase(), self.0.to_lowercase());
        text.match_indices(&number).any(|(start, found)| {
            let before = text[..start].chars().next_back();
            let mut after = text[start + found.len()..].chars();
            let joins = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '_');
            let next = after.next();
            let open_end = match next {
                Some(c @ ('-' | '/' | '_' | '.' | ',')) => after.next().is_some_and(char::is_alphanumeric) && c != ',',
                Some(c) => c.is_alphanumeric(),
                None => false,
            };
            !before.is_some_and(joins) && !open_end
        })
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What kind of paper it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// A sum that is owed.
    #[default]
    Invoice,
    /// An offer (devis) that waits for an answer.
    Quote,
    /// A credit note (avoir) that counts against the customer's total.
    Credit,
}

/// One paper, with what a follow-up needs to say about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoice {
    /// The number printed on it.
    pub number: InvoiceNumber,
    /// Whom it is for.
    pub customer: CustomerId,
    /// The sum, taxes included.
    pub total: Money,
    /// When it was issued.
    pub issued: NaiveDate,
    /// When it is to be paid.
    pub due: NaiveDate,
    /// Invoice, quote or credit.
    #[serde(default)]
    pub document: Document,
    /// What was delivered, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The customer's order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Until when a quote holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// The terms of payment as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
}

#[cfg(test)]
mod tests {
    use crate::model::invoice::*;

    #[test]
    fn a_number_stands_only_as_a_whole_token() {
        let check = |number: &str, text: &str, expected: bool| {
            assert_eq!(
                InvoiceNumber::parse(number).unwrap().stands_in(text),
                expected,
                "{number} in {text:?}"
            );
        };
        check("2026-1", "Facture 2026-1", true);
        check("2026-1", "Facture 2026-14", false);
        check("2026-1", "FA-2026-1 du 3 mars", false);
        check("2026-1", "2026-1-B", false);
        check("2026-1", "facture n°2026-1.", true);
        check("2026-1", "(2026-1), merci", true);
        check("2026-1", "2026-1-", true);
        check("2026-1", "2026-1.pdf", false); // attachments are compared by their stem
        check("fa-031", "Re: FA-031 – rappel", true);
        check("31", "le 31 mars", true); // a bare number is weak; matching asks for the address too
        check("É7", "facture é7 !", true);
    }
}
