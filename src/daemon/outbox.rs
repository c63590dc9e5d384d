//! The way out: prepare, open the envelope, fence, decide again, send; every step in the journal before the next.

use chrono::Duration;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::envelope::Envelope;
use crate::daemon::letters::{self, LetterError, Written};
use crate::daemon::lookup::{folder_with, holds};
use crate::daemon::office::Office;
use crate::daemon::progress::Silent;
use crate::daemon::sweep::sweep;
use crate::daemon::sweep_fault::SweepError;
use crate::dunning::decide::still_stands;
use crate::model::action::Action;
use crate::model::digest::ContentDigest;
use crate::model::event::{Event, Trouble};
use crate::model::follow_up::{Outcome, Outgoing, Purpose, SentCopy, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::model::reading::Label;
use crate::wires::archive::Kind;
use crate::wires::config::settings::SaveToSent;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::naming::Role;
use crate::wires::imap::session::Imap;
use crate::wires::providers::profile_of;
use crate::wires::smtp::fault::{Delivery, SmtpError};
use crate::wires::smtp::submission::Submission;

/// When a mail that was not taken for now is tried again, in minutes after each try; after the last it is refused.
const RETRY_MINUTES: [i64; 4] = [15, 60, 4 * 60, 24 * 60];

/// Why a mail did not get its outcome.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The fence did not close: nothing went out.
    #[error(transparent)]
    Fence(#[from] SweepError),
    /// The submission server, before any content left.
    #[error(transparent)]
    Smtp(#[from] SmtpError),
    /// The mailbox, while a draft or a copy was laid down.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// The disk.
    #[error(transparent)]
    Books(#[from] BooksError),
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Handed in, laid in Drafts, or refused: the journal has the outcome.
    Done,
    /// The fence found a reason not to.
    Withdrawn,
    /// It could not be written; the user is told.
    Unwritten,
    /// There is no folder for drafts, or it takes none; the user is told.
    Unplaced,
}

/// Sends one follow-up, if it is still wanted when everything that arrived has been read.
pub async fn send(
    action: &Action,
    imap: &mut Imap,
    submission: &mut Submission,
    books: &mut Books,
    office: &Office,
) -> Result<Sent, SendError> {
    let Action::Send { case, step } = action else {
        return Ok(Sent::Withdrawn);
    };
    let Some((id, written)) = prepare(case, *step, books, office)? else {
        return Ok(Sent::Unwritten);
    };
    let Envelope { from, to, .. } = &written.envelope;
    if let Err(error) = submission.envelope(from, to, &written.octets).await {
        return before_content(&id, error, books, office);
    }
    let fenced = fence(action, &id, imap, books, office).await;
    if !matches!(fenced, Ok(true)) {
        submission.reset().await;
        return fenced.map(|_| Sent::Withdrawn);
    }
    hand_in(&id, &written.octets, submission, books, office).await
}

/// Lays one follow-up in Drafts, if it is still wanted when everything that arrived has been read.
pub async fn lay_draft(
    action: &Action,
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
) -> Result<Sent, SendError> {
    let Action::LayDraft { case, step } = action else {
        return Ok(Sent::Withdrawn);
    };
    let id = MessageId::of_follow_up(books.account(), case.as_str(), step.name());
    let trouble = Trouble::Draft { message_id: id.clone() };
    // Before anything is written: without a folder it would be written again and again.
    let Some(drafts) = folder_with(imap, Role::Drafts, office.config.folders.drafts.as_deref()).await? else {
        books.trouble_begins(office.now(), trouble)?;
        return Ok(Sent::Unplaced);
    };
    let Some((id, written)) = prepare(case, *step, books, office)? else {
        return Ok(Sent::Unwritten);
    };
    // A crash may have come between the draft and its record.
    let is_there = holds(imap, &drafts, &id).await?;
    if !fence(action, &id, imap, books, office).await? {
        return Ok(Sent::Withdrawn);
    }
    let laid = match is_there {
        true => Ok(None),
        false => imap.append(&drafts, &["\\Draft", "\\Seen"], &written.octets).await,
    };
    match laid {
        Ok(_) => {}
        Err(error) if error.is_refusal() => {
            books.trouble_begins(office.now(), trouble)?;
            return Ok(Sent::Unplaced);
        }
        Err(error) => return Err(error.into()),
    }
    books.trouble_ends(office.now(), trouble)?;
    reach(&id, Outcome::Draft, None, books, office)?;
    Ok(Sent::Done)
}

/// Sends a mail to the user himself: no fence, as nobody else reads it; never twice all the same.
pub async fn send_to_user(
    id: MessageId,
    purpose: Purpose,
    octets: &[u8],
    submission: &mut Submission,
    books: &mut Books,
    office: &Office,
) -> Result<Sent, SendError> {
    let own = office.config.me.address.clone();
    let envelope = Envelope {
        from: own.clone(),
        to: vec![own],
        dropped: Vec::new(),
    };
    let content = crate::reading::parse::parse(octets).content;
    file(
        &id,
        purpose,
        content,
        octets,
        &envelope,
        SentCopy::NotWanted,
        books,
        office,
    )?;
    if let Err(error) = submission.envelope(&envelope.from, &envelope.to, octets).await {
        return before_content(&id, error, books, office);
    }
    hand_in(&id, octets, submission, books, office).await
}

/// Whether a mail that was in the server's hands when we stopped got anywhere is not known; the user is asked.
pub fn recover(books: &mut Books, office: &Office) -> Result<(), BooksError> {
    let started: Vec<MessageId> = books
        .ledger
        .outbox
        .values()
        .filter(|outgoing| outgoing.outcome == Outcome::ContentStarted)
        .map(|outgoing| outgoing.message_id.clone())
        .collect();
    started.iter().try_for_each(|id| unknown(id, books, office))
}

/// Writes a follow-up, puts it into the archive and into the journal as prepared.
fn prepare(
    case: &InvoiceNumber,
    step: Step,
    books: &mut Books,
    office: &Office,
) -> Result<Option<(MessageId, Written)>, SendError> {
    let trouble = |detail| Trouble::Writing {
        case: case.clone(),
        detail,
    };
    let written = match letters::write(case, step, books, office) {
        Ok(written) => written,
        Err(LetterError::Books(error)) => return Err(SendError::Books(error)),
        Err(error) => {
            books.trouble_begins(office.now(), trouble(error.to_string()))?;
            return Ok(None);
        }
    };
    books.trouble_ends(office.now(), trouble(String::new()))?;
    let id = MessageId::of_follow_up(books.account(), case.as_str(), step.name());
    let purpose = Purpose::FollowUp {
        case: case.clone(),
        step,
    };
    file(
        &id,
        purpose,
        written.content.clone(),
        &written.octets,
        &written.envelope,
        sent_copy_at_first(office),
        books,
        office,
    )?;
    Ok(Some((id, written)))
}

#[allow(clippy::too_many_arguments)] // one line of the outbox, spelled out once
fn file(
    id: &MessageId,
    purpose: Purpose,
    content: ContentDigest,
    octets: &[u8],
    envelope: &Envelope,
    sent_copy: SentCopy,
    books: &mut Books,
    office: &Office,
) -> Result<(), BooksError> {
    books.archive.put(Kind::Message, &content, octets)?;
    books.archive.put_json(Kind::Envelope, &content, envelope)?;
    let earlier = books
        .ledger
        .outbox
        .get(id)
        .map(|earlier| (earlier.content.clone(), earlier.attempts, earlier.outcome.clone()));
    // Tries are counted within one sending; what was refused or withdrawn and is wanted again begins anew.
    let attempts = match &earlier {
        Some((_, attempts, Outcome::Prepared | Outcome::Deferred { .. })) => *attempts,
        _ => 0,
    };
    let now = office.now();
    let (prepared_at, outcome, outcome_at) = (now, Outcome::Prepared, now);
    let message_id = id.clone();
    let outgoing = Outgoing {
        message_id,
        purpose,
        content,
        prepared_at,
        outcome,
        outcome_at,
        sent_copy,
        attempts,
    };
    books.record(now, Event::Prepared { outgoing })?;
    // What was written before and never left is of no more use; with the invoice attached it would fill the disk.
    if let Some((superseded, _, outcome)) = earlier
        && !outcome.counts_as_sent()
        && !books
            .ledger
            .outbox
            .values()
            .any(|outgoing| outgoing.content == superseded)
    {
        books.archive.remove(Kind::Message, &superseded)?;
        books.archive.remove(Kind::Envelope, &superseded)?;
    }
    Ok(())
}

/// The fence: the id is not in Sent; then the whole mailbox is read without error, and the decision is taken again. The
/// reading comes last, so that nothing but DATA lies between it and the content.
async fn fence(
    action: &Action,
    id: &MessageId,
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
) -> Result<bool, SendError> {
    let in_sent = is_in_sent(id, imap, office).await?;
    sweep(imap, books, office, &mut Silent).await?;
    if !in_sent && still_stands(action, &books.ledger, office.policy(), office.now()) {
        return Ok(true);
    }
    // Where the sweep found the mail itself in Sent, it has its outcome already.
    let pending = |outgoing: &Outgoing| !outgoing.outcome.counts_as_sent();
    if books.ledger.outbox.get(id).is_some_and(pending) {
        // What lies in Sent went out, by an earlier life or another machine; withdrawn, it would be tried for ever.
        let outcome = if in_sent { Outcome::Accepted } else { Outcome::Withdrawn };
        reach(id, outcome, None, books, office)?;
        if in_sent {
            let (message_id, sent_copy) = (id.clone(), SentCopy::Found);
            books.record(office.now(), Event::SentCopySettled { message_id, sent_copy })?;
        }
    }
    Ok(false)
}

/// Asks the server whether Sent holds that id, however old; a server that cannot tell leaves it to what was read.
async fn is_in_sent(id: &MessageId, imap: &mut Imap, office: &Office) -> Result<bool, ImapError> {
    let told = office.config.folders.sent.as_deref();
    let Some(sent) = folder_with(imap, Role::Sent, told).await? else {
        return Ok(false);
    };
    holds(imap, &sent, id).await
}

/// DATA, then the content; from the 354 on the outcome may be unknown, and the journal says so first.
async fn hand_in(
    id: &MessageId,
    octets: &[u8],
    submission: &mut Submission,
    books: &mut Books,
    office: &Office,
) -> Result<Sent, SendError> {
    if let Err(error) = submission.start_content().await {
        return before_content(id, error, books, office);
    }
    reach(id, Outcome::ContentStarted, None, books, office)?;
    match submission.content(octets).await {
        Delivery::Accepted { .. } => reach(id, Outcome::Accepted, None, books, office)?,
        Delivery::Refused { code, .. } => refused(id, code, books, office)?,
        Delivery::Deferred { code, .. } => deferred(id, code, books, office)?,
        Delivery::Unknown { .. } => unknown(id, books, office)?,
    }
    Ok(Sent::Done)
}

/// A failure before the content is known to have sent nothing: it is journaled where the server spoke about this mail,
/// and handed up where it is the connection that failed.
fn before_content(id: &MessageId, error: SmtpError, books: &mut Books, office: &Office) -> Result<Sent, SendError> {
    match error.code() {
        Some(code) if error.is_transient() => deferred(id, code, books, office)?,
        Some(code) => refused(id, code, books, office)?,
        None => return Err(SendError::Smtp(error)),
    }
    // 421 closes the channel (RFC 5321, 3.8): whatever follows needs a new one.
    if error.code() == Some(421) {
        Err(SendError::Smtp(error))
    } else {
        Ok(Sent::Done)
    }
}

fn deferred(id: &MessageId, code: u16, books: &mut Books, office: &Office) -> Result<(), BooksError> {
    let tried = books.ledger.outbox.get(id).map_or(0, |outgoing| outgoing.attempts);
    match RETRY_MINUTES.get(tried as usize) {
        Some(minutes) => {
            let retry_at = office.now() + Duration::minutes(*minutes);
            reach(
                id,
                Outcome::Deferred {
                    code,
                    attempts: tried + 1,
                    retry_at,
                },
                None,
                books,
                office,
            )
        }
        None => refused(id, code, books, office),
    }
}

fn refused(id: &MessageId, code: u16, books: &mut Books, office: &Office) -> Result<(), BooksError> {
    let hold = hold_for(id, HoldReason::Label(Label::Bounce), books, office);
    reach(id, Outcome::Refused { code }, hold, books, office)
}

fn unknown(id: &MessageId, books: &mut Books, office: &Office) -> Result<(), BooksError> {
    let hold = hold_for(id, HoldReason::NeedsReview, books, office);
    reach(id, Outcome::Unknown, hold, books, office)
}

/// A hold without end on the customer of a follow-up; mails to the user hold nobody.
fn hold_for(id: &MessageId, reason: HoldReason, books: &Books, office: &Office) -> Option<Hold> {
    let outgoing = books.ledger.outbox.get(id)?;
    let Purpose::FollowUp { case, .. } = &outgoing.purpose else {
        return None;
    };
    let (case, message) = (Some(case.clone()), Some(outgoing.content.clone()));
    Some(Hold {
        reason,
        since: office.now(),
        until: None,
        case,
        message,
    })
}

fn reach(
    id: &MessageId,
    outcome: Outcome,
    hold: Option<Hold>,
    books: &mut Books,
    office: &Office,
) -> Result<(), BooksError> {
    books.record(
        office.now(),
        Event::OutcomeReached {
            message_id: id.clone(),
            outcome,
            hold,
        },
    )
}

/// Whether a copy in Sent is ours to lay down, as far as that is known before sending.
fn sent_copy_at_first(office: &Office) -> SentCopy {
    let provider_saves = profile_of(&office.config.smtp.host).is_some_and(|profile| profile.saves_sent);
    match office.config.save_to_sent {
        SaveToSent::Never => SentCopy::NotWanted,
        SaveToSent::Auto if provider_saves => SentCopy::NotWanted,
        SaveToSent::Auto | SaveToSent::Always => SentCopy::Awaited,
    }
}
