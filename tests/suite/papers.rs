//! The papers of the firm in virtual time: invoices, readings and rules as the rooms would give them.

use amiable::model::customer::CustomerId;
use amiable::model::invoice::{Document, Invoice, InvoiceNumber};
use amiable::model::money::Money;
use amiable::model::policy::{Days, HoldTerms, Hours, Mode, Policy};
use amiable::model::reading::{Author, BounceFacts, Doubt, Label, Reading};
use chrono::{Duration, NaiveDate};
use iso_currency::Currency;
use rust_decimal::Decimal;

pub fn number(text: &str) -> InvoiceNumber {
    InvoiceNumber::parse(text).unwrap()
}

/// The rules of the design where the configuration says nothing else.
pub fn usual_policy() -> Policy {
    Policy {
        mode: Mode::Send,
        ladder: Policy::default_ladder(),
        hours: Hours { from: 510, to: 1080 },
        days: Days::Business,
        min_days_between: 7,
        max_per_day: 50,
        holds: HoldTerms::default(),
        recap: false,
        timezone: chrono_tz::Europe::Paris,
    }
}

/// A paper of one customer.
pub fn invoice(case: &str, customer: &str, amount: Decimal, due: NaiveDate, document: Document) -> Invoice {
    Invoice {
        number: number(case),
        customer: CustomerId(customer.to_string()),
        total: Money {
            amount,
            currency: Currency::EUR,
        },
        issued: due - Duration::days(30),
        due,
        document,
        service: None,
        order: None,
        valid_until: None,
        terms: None,
    }
}

/// A reading with these labels, as the reading room would give it.
pub fn reading(labels: &[Label]) -> Reading {
    let mut reading = Reading::needs_review(Doubt::Unclear);
    reading.labels = labels.to_vec();
    reading.labels.sort_unstable();
    reading.labels.dedup();
    reading.primary = reading.labels[0];
    reading.author = match reading.primary {
        Label::Bounce => Author::Bounce,
        Label::AutoReply => Author::AutoReply,
        _ => Author::Human,
    };
    reading.doubt = None;
    reading.confidence = 0.9;
    reading
}

/// The facts of a bounce.
pub fn bounce(permanent: bool) -> Option<BounceFacts> {
    Some(BounceFacts {
        status: Some(if permanent { "5.1.1" } else { "4.4.7" }.to_string()),
        permanent,
    })
}
