//! The log of happenings: one line for each event that a person watching would want to see, none of them naming a customer.

use crate::model::arrival::{Arrival, Found};
use crate::model::event::{Event, Trouble};
use crate::model::follow_up::{Outcome, Purpose};
use crate::model::hold::Hold;
use crate::model::invoice::InvoiceNumber;
use crate::model::ledger::Ledger;
use crate::model::message_id::MessageId;
use crate::model::reading::Reading;

/// Tells what was just written into the journal.
pub fn happened(event: &Event, ledger: &Ledger) {
    match event {
        Event::FolderRead { arrivals, .. } => arrivals.iter().for_each(arrived),
        Event::OutcomeReached {
            message_id, outcome, ..
        } => outcome_reached(message_id, outcome, ledger),
        Event::LookedBack { cases } => tracing::info!(cases = cases.len(), "read the mailbox back for new invoices"),
        Event::TroubleBegan { trouble } => trouble_began(trouble),
        Event::TroubleEnded { trouble } => tracing::info!(trouble = name_of(trouble), "no longer in the way"),
        Event::Opened { .. } => tracing::info!("the journal begins"),
        _ => {}
    }
}

fn arrived(arrival: &Arrival) {
    match &arrival.what {
        Found::Reply {
            case, reading, holds, ..
        } => read("read a reply", case.as_ref(), reading, holds),
        Found::Unattributed {
            case, reading, holds, ..
        } => read("read a stranger's mail", case.as_ref(), reading, holds),
        Found::OwnFollowUp { case, step, .. } => tracing::info!(%case, step = step.name(), "found our copy"),
        Found::UserWrote { case, .. } => {
            tracing::info!(case = shown(case.as_ref()), "you wrote to this customer: waiting")
        }
        Found::Conversation { case, .. } => tracing::debug!(%case, "found a message of the conversation"),
    }
}

fn read(what: &str, case: Option<&InvoiceNumber>, reading: &Reading, holds: &[Hold]) {
    let label = if reading.doubt.is_some() {
        "needs_review"
    } else {
        reading.primary.name()
    };
    let held = Hold::longest(holds).map_or("nothing", |hold| hold.reason.name());
    tracing::info!(case = shown(case), label, held, "{what}");
}

fn outcome_reached(id: &MessageId, outcome: &Outcome, ledger: &Ledger) {
    let Some(outgoing) = ledger.outbox.get(id) else { return };
    let what = match &outgoing.purpose {
        Purpose::FollowUp { case, step } => format!("{} for {case}", step.name()),
        Purpose::Digest { .. } => "digest".to_string(),
        Purpose::Notice { .. } => "notice".to_string(),
    };
    match outcome {
        Outcome::Accepted => tracing::info!("sent: {what}"),
        Outcome::Draft => tracing::info!("laid in Drafts: {what}"),
        Outcome::Withdrawn => tracing::info!("withdrawn at the fence: {what}"),
        Outcome::Deferred { code, retry_at, .. } => tracing::warn!(code, %retry_at, "put off by the server: {what}"),
        Outcome::Refused { code } => tracing::warn!(code, "refused by the server: {what}"),
        Outcome::Unknown => tracing::warn!("outcome unknown, will not be repeated: {what}"),
        Outcome::Prepared | Outcome::ContentStarted => tracing::debug!("on its way: {what}"),
    }
}

fn trouble_began(trouble: &Trouble) {
    match trouble {
        Trouble::Mailbox { detail } | Trouble::Submission { detail } => {
            tracing::warn!(trouble = name_of(trouble), "{detail}");
        }
        Trouble::Folder { folder } => {
            tracing::warn!(folder, "this folder cannot be read: nothing goes out until it can")
        }
        Trouble::Clock { minutes } => tracing::warn!(minutes, "the clock jumped: sending waits"),
        Trouble::Writing { case, detail } => tracing::warn!(%case, "a follow-up could not be written: {detail}"),
        Trouble::SentCopy { .. } | Trouble::Draft { .. } => {
            tracing::warn!(trouble = name_of(trouble), "could not be laid down; it is tried again");
        }
    }
}

fn name_of(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Mailbox { .. } => "mailbox",
        Trouble::Folder { .. } => "folder",
        Trouble::Submission { .. } => "submission",
        Trouble::SentCopy { .. } => "sent copy",
        Trouble::Draft { .. } => "draft",
        Trouble::Clock { .. } => "clock",
        Trouble::Writing { .. } => "writing",
    }
}

fn shown(case: Option<&InvoiceNumber>) -> &str {
    case.map_or("any", InvoiceNumber::as_str)
}
