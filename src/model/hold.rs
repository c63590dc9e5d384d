//! Stops of follow-ups, with a reason and, mostly, an end.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::model::digest::ContentDigest;
use crate::model::invoice::InvoiceNumber;
use crate::model::reading::Label;

/// Why follow-ups are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// What the customer, or a machine of his, said.
    Label(Label),
    /// A message that the program does not dare to judge.
    NeedsReview,
    /// The user wrote to the customer himself: he has taken over.
    UserWrote,
    /// The user's own word.
    User,
    /// A message that may concern this customer, from an unknown hand or about an unknown invoice.
    Unattributed,
}

impl HoldReason {
    /// As in `status --json`.
    pub fn name(self) -> &'static str {
        match self {
            HoldReason::Label(label) => label.name(),
            HoldReason::NeedsReview => "needs_review",
            HoldReason::UserWrote => "user_wrote",
            HoldReason::User => "user",
            HoldReason::Unattributed => "unattributed",
        }
    }

    /// Which reason is shown when several hold without end; the smaller comes first.
    pub fn rank(self) -> usize {
        match self {
            HoldReason::Label(Label::OptOut) => 0,
            HoldReason::Label(Label::Dispute) => 1,
            HoldReason::Label(Label::Hardship) => 2,
            HoldReason::User => 3,
            HoldReason::NeedsReview => 4,
            HoldReason::Unattributed => 5,
            HoldReason::Label(label) => 6 + label as usize,
            HoldReason::UserWrote => 30,
        }
    }

    /// Whether only the user's express word about this very reason lifts it.
    pub fn is_a_no(self) -> bool {
        matches!(self, HoldReason::Label(label) if label.is_a_no())
    }
}

/// One hold. It stops every follow-up to the customer, on all of his cases, but those it was released for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: HoldReason,
    /// From the record on that carries it.
    pub since: DateTime<Utc>,
    /// The last second of the stop; `None`: not before an act of the user.
    pub until: Option<DateTime<Utc>>,
    /// The case whose conversation it comes from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<InvoiceNumber>,
    /// The message that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ContentDigest>,
}

impl Hold {
    /// Whether it still stops at that moment.
    pub fn stands_at(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none() || self.free_from().is_some_and(|free| now < free)
    }

    /// When follow-ups may go again; `None`: not before an act of the user.
    pub fn free_from(&self) -> Option<DateTime<Utc>> {
        self.until
            .map(|until| until.checked_add_signed(Duration::seconds(1)).unwrap_or(until))
    }

    /// The one of several that lasts longest: without end over any date, then by rank.
    pub fn longest<'a>(holds: impl IntoIterator<Item = &'a Hold>) -> Option<&'a Hold> {
        holds.into_iter().min_by(|a, b| match (a.until, b.until) {
            (None, None) => a.reason.rank().cmp(&b.reason.rank()),
            (None, Some(_)) => std::cmp::Ordering::Less,
            (Some(_), None) => std::cmp::Ordering::Greater,
            (Some(a_end), Some(b_end)) => b_end.cmp(&a_end).then(a.reason.rank().cmp(&b.reason.rank())),
        })
    }
}
