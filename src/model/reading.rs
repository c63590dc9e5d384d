//! What was understood of a message: labels, facts, confidence, and the words that decided.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::address::Address;
use crate::model::customer::Language;

/// What a reply says. Declared in order of precedence: the first that holds is the primary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A mail system could not deliver, or not yet.
    Bounce,
    /// A machine answered: absence, ticket, mailbox no longer read.
    AutoReply,
    /// A person demands that the mails stop.
    OptOut,
    /// The debt is contested, wholly or partly.
    Dispute,
    /// There is no money, or not enough.
    Hardship,
    /// It has been paid, they say.
    Paid,
    /// It will be paid.
    Promise,
    /// Somebody else is to be written to.
    Redirect,
    /// Something is needed before it can go on.
    Request,
    /// Received, will look into it.
    Acknowledged,
    /// None of these.
    Other,
}

impl Label {
    /// Every label, in order of precedence.
    pub const ALL: [Label; 11] = [
        Label::Bounce,
        Label::AutoReply,
        Label::OptOut,
        Label::Dispute,
        Label::Hardship,
        Label::Paid,
        Label::Promise,
        Label::Redirect,
        Label::Request,
        Label::Acknowledged,
        Label::Other,
    ];

    /// As in the journal, in rules and in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Label::Bounce => "bounce",
            Label::AutoReply => "auto_reply",
            Label::OptOut => "opt_out",
            Label::Dispute => "dispute",
            Label::Hardship => "hardship",
            Label::Paid => "paid",
            Label::Promise => "promise",
            Label::Redirect => "redirect",
            Label::Request => "request",
            Label::Acknowledged => "acknowledged",
            Label::Other => "other",
        }
    }

    /// The label of that name.
    pub fn from_name(name: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.name() == name)
    }

    /// Dispute, hardship and stop request: nothing goes out until the user says so, and nothing the customer writes lifts it.
    pub fn is_a_no(self) -> bool {
        matches!(self, Label::OptOut | Label::Dispute | Label::Hardship)
    }
}

/// Who wrote: a person, or which kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person, or what must be taken for one.
    Human,
    /// An automatic answer (RFC 3834).
    AutoReply,
    /// A delivery status notification (RFC 3464), or one that does not follow it.
    Bounce,
}

/// Why a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// No rule speaks clearly enough.
    Unclear,
    /// Nothing that the writer himself wrote could be found.
    Empty,
    /// The text could not be decoded, or reading it failed.
    Unreadable,
    /// The text was cut off at the limit.
    Truncated,
    /// Encrypted: only the user can open it.
    Encrypted,
    /// Written in a language that has no rules.
    Language,
    /// The content is in an attachment.
    Attachment,
}

/// Why a debt is contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeReason {
    /// The sum, the tax or a fee is wrong.
    WrongAmount,
    /// Not, late or incompletely delivered.
    NotDelivered,
    /// Delivered, and faulty.
    Defective,
    /// Never ordered.
    NotOrdered,
    /// Billed twice.
    Duplicate,
    /// Not the price or discount agreed.
    PriceAgreement,
    /// A credit note is owed.
    CreditDue,
    /// The contract was cancelled.
    Cancelled,
    /// The invoice went to the wrong party.
    WrongParty,
    /// A counter-claim is held against it.
    SetOff,
    /// Time-barred, missing notice, licensing.
    Legal,
    /// Another reason.
    Other,
}

/// What a bounce says of the delivery (RFC 3464).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BounceFacts {
    /// RFC 3463 status, such as `5.1.1`, where one is given or can be derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The address will never work, as far as the server can tell; else it is still being tried.
    pub permanent: bool,
}

/// What was understood, without any of the words: fit for the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Person or machine.
    pub author: Author,
    /// The first of `labels`.
    pub primary: Label,
    /// Every label that holds, in order of precedence, without repetition; never empty.
    pub labels: Vec<Label>,
    /// How often a reading that looks like this one is right, 0 to 1.
    pub confidence: f64,
    /// Why a person has to look; `None`: the reading stands by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// In which language it is written, where that is one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The last day by which the (first) payment will be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_date: Option<NaiveDate>,
    /// The sum of that payment, where it differs from the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_amount: Option<Decimal>,
    /// Why it is contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_reason: Option<DisputeReason>,
    /// The contested part, where named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed_amount: Option<Decimal>,
    /// The day on which the absent person is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_until: Option<NaiveDate>,
    /// A machine says that nobody reads this mailbox (any more).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
    /// Of a bounce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounce: Option<BounceFacts>,
}

impl Reading {
    /// A human message of which nothing is known but that the user must look at it.
    pub fn needs_review(doubt: Doubt) -> Reading {
        Reading {
            author: Author::Human,
            primary: Label::Other,
            labels: vec![Label::Other],
            confidence: 0.0,
            doubt: Some(doubt),
            language: None,
            promise_date: None,
            promise_amount: None,
            dispute_reason: None,
            disputed_amount: None,
            absent_until: None,
            unattended: false,
            bounce: None,
        }
    }

    /// Whether the label holds.
    pub fn says(&self, label: Label) -> bool {
        self.labels.contains(&label)
    }
}

/// The words that decided for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// For which label.
    pub label: Label,
    /// The words as they stand in `reply_text`.
    pub words: String,
    /// Where they begin in `reply_text`, in octets.
    pub start: usize,
    /// The rule that matched.
    pub rule: String,
}

/// A date as written and as resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateMention {
    /// As it stands in the text.
    pub text: String,
    /// The calendar day, resolved against the reply's own date.
    pub date: NaiveDate,
}

/// An amount as written and as read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AmountMention {
    /// As it stands in the text.
    pub text: String,
    /// The value.
    pub value: Decimal,
    /// ISO 4217, where the text names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// What was said, in words: kept in the archive beside the message, never in the journal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Said {
    /// What this person newly wrote, at most `Said::TEXT_OCTETS_MAX`.
    pub reply_text: String,
    /// Why the labels hold.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Every date found.
    #[serde(default)]
    pub dates: Vec<DateMention>,
    /// Every amount found.
    #[serde(default)]
    pub amounts: Vec<AmountMention>,
    /// Where to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<Address>,
    /// The recipient that a bounce names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounce_recipient: Option<Address>,
}

impl Said {
    /// As much of a reply as is kept for showing and deciding.
    pub const TEXT_OCTETS_MAX: usize = 64 * 1024;
}

/// The reading and its words, as they leave the reading room.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// For the journal.
    pub reading: Reading,
    /// For the archive.
    pub said: Said,
}
