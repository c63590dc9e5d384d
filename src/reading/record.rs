//! The records of `classify`: one JSON line in, one out, as other tools and the corpus use them.

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::model::address::{Address, Mailbox};
use crate::model::reading::{DisputeReason, Label, Understood};
use crate::reading::parse::Letter;
use crate::reading::read::{Context, InvoiceFacts, read};

/// A line that is not a record.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a record of classify: {0}; each line is an object with id, received and body, and may have from, subject, headers, invoice"
)]
pub struct RecordFault(#[from] serde_json::Error);

/// A reply as a record: what `classify` takes.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// Comes back in the answer.
    pub id: String,
    /// `Name <address>`, or an address.
    #[serde(default)]
    pub from: String,
    /// The Subject header.
    #[serde(default)]
    pub subject: String,
    /// Header fields that tell machines from people, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// RFC 3339, with the writer's offset.
    pub received: DateTime<FixedOffset>,
    /// What was reminded of.
    #[serde(default)]
    pub invoice: Option<RecordInvoice>,
    /// The text, quotes and signature included.
    pub body: String,
    /// ISO 3166 code of the writer's country, where known.
    #[serde(default)]
    pub country: Option<String>,
}

/// The invoice of a record.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordInvoice {
    /// As printed on it.
    pub number: String,
    /// The whole sum.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// The due date.
    pub due: NaiveDate,
}

/// What `classify` gives back.
#[derive(Debug, Clone, Serialize)]
pub struct RecordAnswer {
    /// Of the record.
    pub id: String,
    /// The first of `labels`.
    pub primary: Label,
    /// Every label that holds, in order of precedence.
    pub labels: Vec<Label>,
    /// A person should look before anything goes out.
    pub needs_review: bool,
    /// The last day by which the (first) payment will be made.
    pub promise_date: Option<NaiveDate>,
    /// The sum of that payment where it differs from the whole.
    pub promise_amount: Option<Decimal>,
    /// Why it is contested.
    pub dispute_reason: Option<DisputeReason>,
    /// The contested part.
    pub disputed_amount: Option<Decimal>,
    /// The day of return.
    pub absent_until: Option<NaiveDate>,
    /// Where to write instead.
    pub redirect_to: Option<Address>,
    /// How often a reading that looks like this one is right, 0 to 1.
    pub confidence: f64,
}

/// The letter that a record describes.
pub fn letter_of_record(record: &Record) -> Letter {
    Letter {
        from: mailbox(&record.from),
        subject: record.subject.clone(),
        signals: record
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect(),
        text: record.body.clone(),
        return_path_is_null: record
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("return-path") && value.trim() == "<>"),
        ..Letter::default()
    }
}

/// What is known beside the letter.
pub fn context_of_record(record: &Record) -> Context<'_> {
    Context {
        received: record.received,
        invoice: record.invoice.as_ref().map(|invoice| InvoiceFacts {
            number: &invoice.number,
            amount: invoice.amount,
            currency: &invoice.currency,
            due: invoice.due,
        }),
        country: record.country.as_deref(),
        ours: &[],
    }
}

/// Reads one line and answers with one.
pub fn classify_line(line: &str) -> Result<String, RecordFault> {
    let record: Record = serde_json::from_str(line)?;
    let understood = read(&letter_of_record(&record), &context_of_record(&record));
    Ok(serde_json::to_string(&answer(record.id, understood))?)
}

/// The answer for what was understood.
pub fn answer(id: String, understood: Understood) -> RecordAnswer {
    let Understood { reading, said } = understood;
    RecordAnswer {
        id,
        primary: reading.primary,
        labels: reading.labels,
        needs_review: reading.doubt.is_some(),
        promise_date: reading.promise_date,
        promise_amount: reading.promise_amount,
        dispute_reason: reading.dispute_reason,
        disputed_amount: reading.disputed_amount,
        absent_until: reading.absent_until,
        redirect_to: said.redirect_to,
        confidence: reading.confidence,
    }
}

/// `Name <address>` or a bare address; nothing where neither is one.
fn mailbox(from: &str) -> Option<Mailbox> {
    let (name, address) = match from.rsplit_once('<') {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim_end_matches('>')),
        None => ("", from),
    };
    let address = Address::parse(address).ok()?;
    Some(Mailbox {
        name: (!name.is_empty()).then(|| name.to_string()),
        address,
    })
}

#[cfg(test)]
mod tests {
    use crate::reading::record::*;

    #[test]
    fn a_line_is_answered_by_a_line() {
        let line = r#"{"id":"x","from":"Kev <kev@b.example>","received":"2026-03-11T10:00:00+00:00","invoice":null,"body":"paying tmrw"}"#;
        let answer: serde_json::Value = serde_json::from_str(&classify_line(line).unwrap()).unwrap();
        assert_eq!(answer["id"], "x");
        assert_eq!(answer["primary"], "promise");
        assert_eq!(answer["promise_date"], "2026-03-12");
        assert_eq!(answer["promise_amount"], serde_json::Value::Null);
    }

    #[test]
    fn a_line_that_is_no_record_is_refused() {
        for line in ["", "{}", "nonsense", r#"{"id":1}"#] {
            assert!(
                classify_line(line)
                    .unwrap_err()
                    .to_string()
                    .contains("not a record of classify"),
                "{line}"
            );
        }
    }
}
