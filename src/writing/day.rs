//! What a digest tells of, before it is put into words.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use iso_currency::Currency;

use crate::model::arrival::Match;
use crate::model::event::Trouble;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::money::Money;
use crate::model::policy::Mode;
use crate::model::reading::{Label, Reading};

/// Everything that a digest tells.
#[derive(Debug, Clone, PartialEq)]
pub struct DigestContent {
    /// Its day.
    pub day: NaiveDate,
    /// In which zone times are shown.
    pub zone: Tz,
    /// Whether follow-ups are sent, laid in Drafts, or only told.
    pub mode: Mode,
    /// What waits for the user, most urgent first.
    pub questions: Vec<Question>,
    /// Messages read since the last digest.
    pub read: Vec<ReadItem>,
    /// Follow-ups that went out, or tried to, since the last digest.
    pub sent: Vec<SentItem>,
    /// What goes out today if nobody answers.
    pub today: Vec<PlannedItem>,
    /// What goes out in the days after.
    pub coming: Vec<PlannedItem>,
    /// What stood, or stands, in the way.
    pub failures: Vec<Failure>,
    /// Still owed, by currency.
    pub open_total: Vec<Money>,
    /// Open invoices.
    pub open_count: usize,
    /// Of these, how many are on hold.
    pub held_count: usize,
}

/// Something that only the user can decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Which invoice, where that is known.
    pub number: Option<String>,
    /// Whose.
    pub customer: Option<String>,
    /// What is asked.
    pub asks: Asks,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What the customer wrote, where it is about that.
    pub excerpt: String,
    /// The address that could be approved: of a redirection, or of an unknown sender.
    pub address: Option<String>,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Asks {
    /// A hold that only the user lifts.
    Held(HoldReason),
    /// A step that goes out only by his word.
    Approval(Step),
    /// Nobody knows whether a mail went out.
    UnknownOutcome {
        /// Which.
        step: Step,
        /// When it was tried.
        at: DateTime<Utc>,
    },
    /// The server refused a mail for good.
    Refused {
        /// Which.
        step: Step,
        /// The reply code.
        code: u16,
    },
}

/// A message, and what was understood of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadItem {
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// As the sender calls himself.
    pub sender_name: Option<String>,
    /// Where it came from.
    pub sender_address: Option<String>,
    /// About which invoice, where that is known.
    pub number: Option<String>,
    /// Whose.
    pub customer: Option<String>,
    /// How it was tied to the invoice.
    pub matched: Option<Match>,
    /// What it says.
    pub reading: Reading,
    /// Of the amounts in the reading.
    pub currency: Option<Currency>,
    /// The words that decided, by label.
    pub words: Vec<(Label, String)>,
    /// The sentences around them.
    pub excerpt: String,
    /// What it stopped.
    pub hold: Option<Hold>,
    /// What comes next.
    pub next: Option<PlannedItem>,
    /// Where to write instead.
    pub redirect_to: Option<String>,
    /// The sender is not one of the approved ones: he only claims to speak for the customer.
    pub claimed: bool,
}

/// A follow-up that went out, or tried to.
#[derive(Debug, Clone, PartialEq)]
pub struct SentItem {
    /// About which invoice.
    pub number: String,
    /// To whom.
    pub customer: String,
    /// Which.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
    /// How far it got.
    pub outcome: Outcome,
    /// Addresses of the conversation that it did not go to, for nobody approved them.
    pub left_out: Vec<String>,
}

/// A follow-up that is to come.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedItem {
    /// About which invoice.
    pub number: String,
    /// To whom.
    pub customer: String,
    /// Which.
    pub step: Step,
    /// Not before.
    pub at: DateTime<Utc>,
    /// Whether it waits for the user's word.
    pub approval: bool,
}

/// What stood, or stands, in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What.
    pub trouble: Trouble,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it still does.
    pub ongoing: bool,
}
