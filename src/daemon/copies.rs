//! The copy in Sent: looked for twice, five seconds apart, then laid down by us; a failure never sends the mail again.

use chrono::{DateTime, Duration, Utc};
use std::collections::BTreeMap;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::lookup::{folder_with, holds};
use crate::daemon::office::Office;
use crate::daemon::outbox::SendError;
use crate::model::event::{Event, Trouble};
use crate::model::follow_up::{Outcome, Outgoing, SentCopy};
use crate::model::message_id::MessageId;
use crate::wires::archive::Kind;
use crate::wires::config::settings::SaveToSent;
use crate::wires::imap::naming::Role;
use crate::wires::imap::session::Imap;

/// Providers that file the copy themselves do so within seconds; every sweep in between looks too.
const SECONDS_TO_LAST_LOOK: i64 = 10;
/// After a failure, the copy is tried again so much later.
const MINUTES_BETWEEN_TRIES: i64 = 10;

/// Which copies failed lately, and when each may be tried again. Tried at once after a restart.
#[derive(Debug, Default)]
pub struct Copies {
    again_at: BTreeMap<MessageId, DateTime<Utc>>,
}

impl Copies {
    /// When the next copy is to be looked for or laid down.
    pub fn next_look(&self, books: &Books) -> Option<DateTime<Utc>> {
        awaited(books).map(|outgoing| self.due_of(outgoing)).min()
    }

    /// Lays down every copy whose time has come and that nobody else laid down.
    pub async fn settle(&mut self, imap: &mut Imap, books: &mut Books, office: &Office) -> Result<(), SendError> {
        let now = office.now();
        let at_once = office.config.save_to_sent == SaveToSent::Always;
        let is_due = |outgoing: &Outgoing| {
            let first = at_once && !self.again_at.contains_key(&outgoing.message_id);
            first || self.due_of(outgoing) <= now
        };
        let due: Vec<MessageId> = awaited(books)
            .filter(|outgoing| is_due(outgoing))
            .map(|outgoing| outgoing.message_id.clone())
            .collect();
        for id in due {
            // Noted before the try, which may end the connection.
            self.again_at
                .insert(id.clone(), now + Duration::minutes(MINUTES_BETWEEN_TRIES));
            lay_down(&id, imap, books, office).await?;
        }
        self.again_at
            .retain(|id, _| awaited(books).any(|outgoing| outgoing.message_id == *id));
        Ok(())
    }

    fn due_of(&self, outgoing: &Outgoing) -> DateTime<Utc> {
        let first = outgoing.outcome_at + Duration::seconds(SECONDS_TO_LAST_LOOK);
        self.again_at
            .get(&outgoing.message_id)
            .map_or(first, |again| first.max(*again))
    }
}

async fn lay_down(id: &MessageId, imap: &mut Imap, books: &mut Books, office: &Office) -> Result<(), SendError> {
    let trouble = Trouble::SentCopy { message_id: id.clone() };
    let Some(outgoing) = books.ledger.outbox.get(id) else {
        return Ok(());
    };
    let octets = books
        .archive
        .get(Kind::Message, &outgoing.content)
        .map_err(BooksError::from)?;
    let sent = folder_with(imap, Role::Sent, office.config.folders.sent.as_deref()).await?;
    let (Some(octets), Some(sent)) = (octets, sent) else {
        books.trouble_begins(office.now(), trouble)?;
        return Ok(());
    };
    let found = holds(imap, &sent, id).await?;
    if !found && let Err(error) = imap.append(&sent, &["\\Seen"], &octets).await {
        books.trouble_begins(office.now(), trouble)?;
        return if error.is_refusal() { Ok(()) } else { Err(error.into()) };
    }
    books.trouble_ends(office.now(), trouble)?;
    let sent_copy = if found { SentCopy::Found } else { SentCopy::Appended };
    books.record(
        office.now(),
        Event::SentCopySettled {
            message_id: id.clone(),
            sent_copy,
        },
    )?;
    Ok(())
}

fn awaited(books: &Books) -> impl Iterator<Item = &Outgoing> {
    let outbox = books.ledger.outbox.values();
    outbox.filter(|outgoing| outgoing.outcome == Outcome::Accepted && outgoing.sent_copy == SentCopy::Awaited)
}
