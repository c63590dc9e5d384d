//! Messages of ours, and how far each got on its way out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::model::digest::ContentDigest;
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;

/// A follow-up: a step of the ladder, or a note beside it. Each is sent at most once a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A friendly word before the due date.
    Courtesy,
    /// Warm, assumes an oversight.
    Friendly,
    /// Courteous, factual.
    Professional,
    /// Firm, exact.
    Formal,
    /// Mise en demeure: never without approval.
    FormalNotice,
    /// A promised date went by without payment.
    LapsedPromise,
    /// A promise without a date: by when?
    PromiseQuestion,
    /// "Paid", they say, and nothing arrived: a date or reference?
    ProofQuestion,
    /// What was promised, in writing.
    Recap,
}

impl Step {
    /// Every follow-up there is.
    pub const ALL: [Step; 9] = [
        Step::Courtesy,
        Step::Friendly,
        Step::Professional,
        Step::Formal,
        Step::FormalNotice,
        Step::LapsedPromise,
        Step::PromiseQuestion,
        Step::ProofQuestion,
        Step::Recap,
    ];

    /// As in configuration, journal, template names and `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Step::Courtesy => "courtesy",
            Step::Friendly => "friendly",
            Step::Professional => "professional",
            Step::Formal => "formal",
            Step::FormalNotice => "formal_notice",
            Step::LapsedPromise => "lapsed_promise",
            Step::PromiseQuestion => "promise_question",
            Step::ProofQuestion => "proof_question",
            Step::Recap => "recap",
        }
    }

    /// The follow-up of that name.
    pub fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }

    /// Whether it belongs on a ladder (a reminder), not beside it.
    pub fn is_reminder(self) -> bool {
        matches!(
            self,
            Step::Courtesy | Step::Friendly | Step::Professional | Step::Formal | Step::FormalNotice
        )
    }
}

/// Why a mail of ours goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Purpose {
    /// To the customer of a case.
    FollowUp {
        /// Which case.
        case: InvoiceNumber,
        /// Which step or note.
        step: Step,
    },
    /// The daily mail to the user.
    Digest {
        /// Its day, in the user's time zone.
        day: NaiveDate,
        /// The last journal record that it tells of.
        through: u64,
    },
    /// To the user at once: a mail of ours could not be delivered.
    Notice {
        /// The message that it is about.
        message: ContentDigest,
    },
}

/// How far a mail of ours got. Each state is journaled before what follows it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// Its bytes are in the archive; nothing has left. A crash here starts over at the fence.
    Prepared,
    /// The server asked for the content (354); from here on the outcome may be unknown.
    ContentStarted,
    /// The server took it (2xx after the final dot), or it was found in Sent.
    Accepted,
    /// Not taken, and never will be (5xx).
    Refused {
        /// The reply code.
        code: u16,
    },
    /// Not taken for now (4xx): comes back through decide and fence.
    Deferred {
        /// The reply code; 0 where the connection failed before the content.
        code: u16,
        /// How many times it was tried so far.
        attempts: u32,
        /// Not before.
        retry_at: DateTime<Utc>,
    },
    /// The connection was lost between 354 and the reply: never repeated by itself.
    Unknown,
    /// Laid in Drafts for the user to send.
    Draft,
    /// No longer wanted when it was about to go out.
    Withdrawn,
}

impl Outcome {
    /// As in `status --json`; `None` for what nobody outside needs to know of.
    pub fn public_name(&self) -> Option<&'static str> {
        match self {
            Outcome::Prepared | Outcome::Deferred { .. } => Some("prepared"),
            Outcome::ContentStarted | Outcome::Unknown => Some("unknown"),
            Outcome::Accepted => Some("accepted"),
            Outcome::Refused { .. } => Some("refused"),
            Outcome::Draft => Some("draft"),
            Outcome::Withdrawn => None,
        }
    }

    /// Whether the message left or may have left: its step must not be sent again.
    pub fn counts_as_sent(&self) -> bool {
        matches!(
            self,
            Outcome::ContentStarted | Outcome::Accepted | Outcome::Unknown | Outcome::Draft
        )
    }
}

/// What became of the copy in the Sent folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentCopy {
    /// Nothing is known yet.
    Awaited,
    /// It was found: the provider, or we in an earlier life, put it there.
    Found,
    /// We appended it.
    Appended,
    /// The configuration or the provider's profile says that none of ours is wanted.
    NotWanted,
}

/// A mail of ours on its way: one line of the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Known before the first byte leaves.
    pub message_id: MessageId,
    /// Why it goes out.
    pub purpose: Purpose,
    /// The final bytes and the envelope, in the archive.
    pub content: ContentDigest,
    /// When it was prepared.
    pub prepared_at: DateTime<Utc>,
    /// How far it got.
    pub outcome: Outcome,
    /// Since when `outcome` holds.
    pub outcome_at: DateTime<Utc>,
    /// Its copy in Sent.
    pub sent_copy: SentCopy,
    /// How often it was tried so far.
    pub attempts: u32,
}
