//! The people and papers of this room's tests.

use chrono::{DateTime, NaiveDate, TimeZone};
use chrono_tz::Europe::Paris;
use iso_currency::Currency;
use proptest::prelude::*;

use crate::model::address::{Address, Mailbox};
use crate::model::customer::{CustomerCard, CustomerId, CustomerKind, Language};
use crate::model::follow_up::Step;
use crate::model::invoice::{Document, Invoice, InvoiceNumber};
use crate::model::message_id::MessageId;
use crate::model::money::Money;
use crate::writing::brief::{Brief, Me, Parent, PaymentMeans};

/// Camille Roux, a designer, and the customer who owes her.
pub struct Cast {
    /// Camille's.
    pub me: Address,
    /// Of the follow-up.
    pub id: MessageId,
    /// Claire's firm.
    pub customer: CustomerCard,
    /// What it owes.
    pub invoice: Invoice,
    /// Claire.
    pub to: Vec<Mailbox>,
    /// The conversation so far.
    pub chain: Vec<MessageId>,
    /// Its index.
    pub index: Vec<u8>,
}

/// A day in ISO form.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Everybody, writing in that language.
pub fn cast(language: Language) -> Cast {
    let me = Address::parse("camille@roux-design.example").unwrap();
    let claire = Address::parse("claire@atelier-morel.example").unwrap();
    Cast {
        id: MessageId::of_follow_up(&me, "2026-014", "friendly"),
        me,
        customer: CustomerCard {
            name: "Atelier Morel".into(),
            contact: Some("Claire Morel".into()),
            addresses: vec![claire.clone()],
            language,
            country: if language == Language::Fr { "FR" } else { "GB" }.into(),
            region: None,
            kind: CustomerKind::Business,
        },
        invoice: Invoice {
            number: InvoiceNumber::parse("2026-014").unwrap(),
            customer: CustomerId("c1".into()),
            total: Money {
                amount: "1250".parse().unwrap(),
                currency: Currency::EUR,
            },
            issued: day("2026-02-12"),
            due: day("2026-03-10"),
            document: Document::Invoice,
            service: Some("Refonte du site".into()),
            order: Some("BC-778".into()),
            valid_until: None,
            terms: Some("30 jours".into()),
        },
        to: vec![Mailbox {
            name: Some("Claire Morel".into()),
            address: claire,
        }],
        chain: vec![MessageId::parse("invoice@roux-design.example").unwrap()],
        index: (1..=22).collect(),
    }
}

impl Cast {
    /// A follow-up of Camille to Claire, everything known.
    pub fn brief(&self, step: Step) -> Brief<'_> {
        Brief {
            step,
            message_id: &self.id,
            me: Me {
                name: "Camille Roux",
                address: &self.me,
                company: Some("Roux Design"),
                phone: Some("06 12 34 56 78"),
                postal_address: Some("3 rue des Lilas\n69003 Lyon"),
            },
            payment: PaymentMeans {
                iban: Some("FR7630006000011234567890189"),
                bic: Some("AGRIFRPP"),
                link: Some("https://pay.example/2026-014"),
                other: None,
            },
            customer: &self.customer,
            invoice: &self.invoice,
            owed: self.invoice.total,
            paid: "0".parse().unwrap(),
            now: Paris.with_ymd_and_hms(2026, 3, 13, 9, 12, 0).unwrap(),
            parent: None,
            to: &self.to,
            cc: &[],
            earlier: &[],
            promise: None,
            unattended: true,
            attachment: None,
        }
    }

    /// Claire's last message.
    pub fn parent<'a>(&'a self, text: &'a str) -> Parent<'a> {
        Parent {
            message_id: self.chain.last(),
            references: &[],
            subject: "RE: Facture 2026-014 - Refonte",
            thread_topic: Some("Facture 2026-014 - Refonte"),
            thread_index: Some(&self.index),
            from: self.to.first(),
            date: DateTime::parse_from_rfc3339("2026-03-11T17:05:00+01:00").ok(),
            text,
            has_html: true,
            from_user: false,
        }
    }
}

/// Text that tries to become a header, a part, markup or a template.
pub fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        any::<char>().prop_map(String::from),
        Just("\r\nBcc: x@evil.example\r\n".to_string()),
        Just("\r\n\r\n<script>alert(1)</script>".to_string()),
        Just("\n\n--=_00".to_string()),
        Just("=?utf-8?q?=0D=0ABcc:_x?=".to_string()),
        Just("\u{202E}\u{0}\u{85}\u{2028}{{ me }}{% raw %}".to_string()),
        Just("x".repeat(1200)),
        Just("\n> From y\n.\n".to_string()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}
