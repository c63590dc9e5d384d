//! What was found in a folder: replies, copies of our own mails, the user's own words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::customer::CustomerId;
use crate::model::digest::ContentDigest;
use crate::model::follow_up::Step;
use crate::model::hold::Hold;
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::model::reading::Reading;

/// How a message was tied to a case, strongest first. The first three make it a reply; the others hold all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// In-Reply-To or References name an id of the case.
    Ids,
    /// The provider's thread id, and the sender is the customer's.
    Thread,
    /// The first 22 octets of Thread-Index, and the sender is the customer's.
    Index,
    /// The invoice number, or a reference of ours, as a whole token.
    Reference,
    /// Nothing but the sender's address or domain.
    Address,
}

impl Match {
    /// As in `status --json`.
    pub fn name(self) -> &'static str {
        match self {
            Match::Ids => "ids",
            Match::Thread => "thread",
            Match::Index => "index",
            Match::Reference => "reference",
            Match::Address => "address",
        }
    }

    /// Whether the conversation itself ties it to the case.
    pub fn is_reply(self) -> bool {
        matches!(self, Match::Ids | Match::Thread | Match::Index)
    }
}

/// Where a message stands in its conversation: what later mails may be tied to it by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ThreadKeys {
    /// The provider's thread id (X-GM-THRID, THREADID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The first 22 octets of Thread-Index, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
}

/// A message that concerns us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// Where it stood when found.
    pub uid: u32,
    /// Its name in the archive.
    pub content: ContentDigest,
    /// As written by its sender; some have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The server's clock on arrival (INTERNALDATE); the Date header is display only.
    pub at: DateTime<Utc>,
    /// Ties for later mails.
    #[serde(default)]
    pub keys: ThreadKeys,
    /// What it is to us.
    pub what: Found,
}

impl Found {
    /// The case whose conversation it belongs to: later mails may be tied to it by this message's ids and keys. What is
    /// tied by words alone must not tie others by its ids.
    pub fn conversation(&self) -> Option<&InvoiceNumber> {
        match self {
            Found::Reply { case, matched, .. } if matched.is_reply() => case.as_ref(),
            Found::UserWrote { case, .. } => case.as_ref(),
            Found::OwnFollowUp { case, .. } | Found::Conversation { case, .. } => Some(case),
            Found::Reply { .. } | Found::Unattributed { .. } => None,
        }
    }
}

/// What a message is to us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    /// A message of a customer, or of a machine on his behalf.
    Reply {
        /// Whose.
        customer: CustomerId,
        /// About which invoice, where that is known.
        case: Option<InvoiceNumber>,
        /// How it was tied.
        matched: Match,
        /// What it says.
        reading: Reading,
        /// What it stops, in the same record.
        holds: Vec<Hold>,
    },
    /// A message that may concern a case, from an address that nobody approved.
    Unattributed {
        /// Whose case it may be.
        customer: Option<CustomerId>,
        /// Which case it may be.
        case: Option<InvoiceNumber>,
        /// What it says.
        reading: Reading,
        /// What it stops, in the same record.
        holds: Vec<Hold>,
    },
    /// A copy of a follow-up of ours, under its own id or one that a provider gave it.
    OwnFollowUp {
        /// Of which case.
        case: InvoiceNumber,
        /// Which step.
        step: Step,
        /// The id that we gave it.
        message_id: MessageId,
    },
    /// A message of the user in a conversation, from after the import: he has taken over.
    UserWrote {
        /// To whom.
        customer: CustomerId,
        /// About which invoice, where that is known.
        case: Option<InvoiceNumber>,
        /// What it stops, in the same record.
        holds: Vec<Hold>,
    },
    /// A message of the conversation from before the import: the invoice mail and what followed.
    Conversation {
        /// Of which case.
        case: InvoiceNumber,
        /// Whether the user wrote it.
        from_user: bool,
    },
}
