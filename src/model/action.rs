//! What is to be done, as data: the decisions name it, the daemon does it.

use chrono::{DateTime, Utc};

use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;

/// One thing to do, or to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write and send this follow-up now, through the fence.
    Send {
        /// Of which case.
        case: InvoiceNumber,
        /// Which step.
        step: Step,
    },
    /// Lay it in Drafts now, through the fence.
    LayDraft {
        /// Of which case.
        case: InvoiceNumber,
        /// Which step.
        step: Step,
    },
    /// It is due, and waits for the user's word.
    AskApproval {
        /// Of which case.
        case: InvoiceNumber,
        /// Which step.
        step: Step,
    },
    /// Nothing to do before that moment.
    Wait {
        /// Decide again then.
        until: DateTime<Utc>,
    },
}
