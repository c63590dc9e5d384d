//! Everything that can happen: the one closed list that the journal is made of.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::arrival::Arrival;
use crate::model::customer::CustomerId;
use crate::model::digest::ContentDigest;
use crate::model::follow_up::{Outcome, Outgoing, SentCopy, Step};
use crate::model::hold::Hold;
use crate::model::invoice::{Invoice, InvoiceNumber};
use crate::model::message_id::MessageId;
use crate::model::reading::Label;

/// One line of the journal, without its checksum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// 1, 2, 3, … without a gap.
    pub seq: u64,
    /// When it was written, by this machine's clock.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened. Names, addresses and texts are named by id, never spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The journal begins, for the account of this digest.
    Opened {
        /// Of the user's own address.
        account: ContentDigest,
    },
    /// A customer is known, or known better: his card is that file in the archive.
    CustomerRecorded {
        /// Who.
        customer: CustomerId,
        /// The card.
        card: ContentDigest,
    },
    /// An invoice is to be followed up, or its figures changed.
    InvoiceRecorded {
        /// The paper.
        invoice: Invoice,
    },
    /// Every folder was read back to the issue dates of these cases without error.
    LookedBack {
        /// Which cases.
        cases: Vec<InvoiceNumber>,
    },
    /// A folder was read up to a message, and this is what was found: position and findings move together.
    FolderRead {
        /// The folder's name, decoded.
        folder: String,
        /// Under which UIDVALIDITY (RFC 3501, 2.3.1.1).
        uid_validity: u32,
        /// The last UID that has been read.
        uid_last: u32,
        /// What concerns us; all else was not looked at beyond its headers.
        arrivals: Vec<Arrival>,
    },
    /// Money came, by the user's word.
    PaymentRecorded {
        /// For which invoice.
        case: InvoiceNumber,
        /// How much; `None`: all that was owed.
        amount: Option<Decimal>,
        /// On which day.
        on: NaiveDate,
    },
    /// The user stops follow-ups to the customer of a case.
    Held {
        /// The stop.
        hold: Hold,
        /// Whom it protects.
        customer: CustomerId,
    },
    /// The user lets a case go on.
    Resumed {
        /// Which.
        case: InvoiceNumber,
        /// The no that he overrides, in so many words.
        despite: Option<Label>,
    },
    /// The user settled what was contested.
    Settled {
        /// Which.
        case: InvoiceNumber,
        /// What is owed from now on, where that changed.
        amount: Option<Decimal>,
    },
    /// The user ends the follow-up of a case for good.
    Stopped {
        /// Which.
        case: InvoiceNumber,
    },
    /// The user lets a step go out that waits for his word.
    Approved {
        /// Of which case.
        case: InvoiceNumber,
        /// Which step.
        step: Step,
    },
    /// A call, a meeting: what the user wrote down.
    Noted {
        /// About which case.
        case: InvoiceNumber,
        /// The words, in the archive.
        note: ContentDigest,
        /// What was promised there.
        promise: Option<NaiveDate>,
        /// What it stops.
        hold: Option<Hold>,
    },
    /// A mail of ours is ready: its bytes are in the archive.
    Prepared {
        /// The mail.
        outgoing: Outgoing,
    },
    /// A mail of ours got further, or came back.
    OutcomeReached {
        /// Which mail.
        message_id: MessageId,
        /// How far it got.
        outcome: Outcome,
        /// What that stops.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Hold>,
    },
    /// The copy in Sent is accounted for.
    SentCopySettled {
        /// Of which mail.
        message_id: MessageId,
        /// How.
        sent_copy: SentCopy,
    },
    /// Something stands in the way.
    TroubleBegan {
        /// What.
        trouble: Trouble,
    },
    /// It no longer does.
    TroubleEnded {
        /// What.
        trouble: Trouble,
    },
}

/// What can stand in the way, as the digest tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// The mailbox cannot be reached or read: nothing goes out.
    Mailbox {
        /// In plain words, without secrets or customers.
        detail: String,
    },
    /// One folder cannot be read: nothing goes out.
    Folder {
        /// Its name.
        folder: String,
    },
    /// The submission server cannot be reached or refuses.
    Submission {
        /// In plain words, without secrets or customers.
        detail: String,
    },
    /// The copy in Sent could not be laid down.
    SentCopy {
        /// Of which mail.
        message_id: MessageId,
    },
    /// A draft could not be laid down.
    Draft {
        /// Of which mail.
        message_id: MessageId,
    },
    /// The clock jumped: sending waits.
    Clock {
        /// By so many minutes.
        minutes: i64,
    },
    /// A follow-up could not be written: the case, and why.
    Writing {
        /// Which case.
        case: InvoiceNumber,
        /// In plain words.
        detail: String,
    },
}

impl Trouble {
    /// Two troubles of the same kind about the same thing are one; what they say may differ.
    pub fn is_same(&self, other: &Trouble) -> bool {
        match (self, other) {
            (Trouble::Mailbox { .. }, Trouble::Mailbox { .. })
            | (Trouble::Submission { .. }, Trouble::Submission { .. })
            | (Trouble::Clock { .. }, Trouble::Clock { .. }) => true,
            (Trouble::Writing { case: a, .. }, Trouble::Writing { case: b, .. }) => a == b,
            _ => self == other,
        }
    }
}
