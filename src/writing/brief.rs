//! What a follow-up is written from.

use chrono::{DateTime, FixedOffset, NaiveDate};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::model::address::{Address, Mailbox};
use crate::model::customer::CustomerCard;
use crate::model::follow_up::Step;
use crate::model::invoice::Invoice;
use crate::model::message_id::MessageId;
use crate::model::money::Money;
use crate::writing::letter::AttachedFile;

/// The user, as his customers see him.
#[derive(Debug, Clone, Copy)]
pub struct Me<'a> {
    /// As in From and at the end of each letter.
    pub name: &'a str,
    /// Where he writes from.
    pub address: &'a Address,
    /// His firm, where it has another name.
    pub company: Option<&'a str>,
    /// To be called on.
    pub phone: Option<&'a str>,
    /// Stands on formal notices.
    pub postal_address: Option<&'a str>,
}

/// How to pay, as shown to customers.
#[derive(Debug, Clone, Copy, Default)]
pub struct PaymentMeans<'a> {
    /// Of the user's account.
    pub iban: Option<&'a str>,
    /// Of his bank.
    pub bic: Option<&'a str>,
    /// A page to pay on.
    pub link: Option<&'a str>,
    /// Any other means, in the user's words.
    pub other: Option<&'a str>,
}

/// The message that is answered: the last one of the conversation.
#[derive(Debug, Clone, Copy)]
pub struct Parent<'a> {
    /// Its id, where it has one.
    pub message_id: Option<&'a MessageId>,
    /// The chain it stands in, first message first.
    pub references: &'a [MessageId],
    /// Decoded.
    pub subject: &'a str,
    /// Decoded.
    pub thread_topic: Option<&'a str>,
    /// Decoded from base64.
    pub thread_index: Option<&'a [u8]>,
    /// Who wrote it.
    pub from: Option<&'a Mailbox>,
    /// When, by its own header.
    pub date: Option<DateTime<FixedOffset>>,
    /// Its text, to be quoted.
    pub text: &'a str,
    /// Whether it has an HTML part: then ours has one too.
    pub has_html: bool,
    /// Whether the user wrote it.
    pub from_user: bool,
}

/// What was promised, and when that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromiseSaid {
    /// The day we learned of it.
    pub said_on: NaiveDate,
    /// By when; `None`: they did not say.
    pub date: Option<NaiveDate>,
}

/// Everything that a follow-up is made of.
#[derive(Debug, Clone)]
pub struct Brief<'a> {
    /// Which follow-up.
    pub step: Step,
    /// Its id, known beforehand.
    pub message_id: &'a MessageId,
    /// Who writes.
    pub me: Me<'a>,
    /// How to pay.
    pub payment: PaymentMeans<'a>,
    /// To whom.
    pub customer: &'a CustomerCard,
    /// About what.
    pub invoice: &'a Invoice,
    /// What is still owed.
    pub owed: Money,
    /// What came in so far, in the invoice's currency.
    pub paid: Decimal,
    /// When it is written, in the user's zone.
    pub now: DateTime<Tz>,
    /// What it answers; `None`: a new conversation.
    pub parent: Option<Parent<'a>>,
    /// Recipients; at least one.
    pub to: &'a [Mailbox],
    /// Further recipients.
    pub cc: &'a [Mailbox],
    /// Follow-ups of this case already sent, and the days.
    pub earlier: &'a [(Step, NaiveDate)],
    /// What was promised last.
    pub promise: Option<PromiseSaid>,
    /// No person approved it: it says so in its header (RFC 3834).
    pub unattended: bool,
    /// The invoice, where the conversation holds it.
    pub attachment: Option<AttachedFile<'a>>,
}
