//! One message looked at: its body fetched where that is needed, understood, and kept where it concerns us.

use crate::daemon::books::{Books, BooksError};
use crate::daemon::fetch::{FetchError, Fetched, fetch, glance, keep};
use crate::daemon::intake::{self, Interest, Known, Post, Words};
use crate::daemon::own_words;
use crate::model::arrival::Arrival;
use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::reading::parse::Letter;
use crate::wires::archive::Kind;
use crate::wires::imap::session::Imap;

/// A message that could not be read so often is read no further: a customer's needs review, a stranger's is left.
const FAILURES_MAX: u32 = 3;

/// Reads the body where that is needed, and keeps it where it concerns us. After failures it is read without its
/// structure, and at last not at all.
pub async fn look_at(
    imap: &mut Imap,
    known: &Known<'_>,
    post: &Post,
    interest: Interest,
    failures: u32,
) -> Result<Vec<Arrival>, FetchError> {
    let books = known.books;
    if let Interest::OwnFollowUp(case, step, id) = interest {
        let known = books.ledger.outbox.contains_key(&id) || failures >= FAILURES_MAX;
        let fetched = if known {
            None
        } else {
            fetch(imap, post, failures > 0).await?
        };
        return Ok(vec![own_copy(imap, books, post, fetched, (id, case, step)).await?]);
    }
    let readable = failures < FAILURES_MAX;
    if interest == Interest::IfItQuotesUs {
        let letter = if readable { glance(imap, post).await? } else { None };
        let Some(letter) = letter else { return Ok(Vec::new()) };
        if !intake::quotes_us(&letter, post, known)? {
            return Ok(Vec::new());
        }
    }
    let fetched = if readable {
        fetch(imap, post, failures > 0).await?
    } else {
        None
    };
    let by_user = |letter: &Letter| -> Result<Vec<(Arrival, Words)>, BooksError> {
        let own = own_words::user_arrivals(letter, post, known)?;
        Ok(own.into_iter().map(|arrival| (arrival, Words::default())).collect())
    };
    let Some(fetched) = fetched else {
        let found = match interest {
            Interest::FromCustomer => intake::unreadable(post, known)?,
            Interest::FromUser if !readable => by_user(&post.header)?,
            _ => Vec::new(),
        };
        return write_words(found, known);
    };
    let found = match interest {
        Interest::FromUser => by_user(&fetched.letter)?,
        _ => intake::replies(&fetched.letter, post, known)?,
    };
    let arrivals = write_words(found, known)?;
    if !arrivals.is_empty() {
        keep(imap, post, &fetched, books).await?;
    }
    Ok(arrivals)
}

/// A copy of ours that the journal knows needs no reading; one of an earlier life is kept for the conversation.
async fn own_copy(
    imap: &mut Imap,
    books: &Books,
    post: &Post,
    fetched: Option<Fetched>,
    (id, case, step): (MessageId, InvoiceNumber, Step),
) -> Result<Arrival, FetchError> {
    if let Some(fetched) = &fetched {
        keep(imap, post, fetched, books).await?;
    }
    let letter = fetched.as_ref().map(|fetched| &fetched.letter);
    Ok(intake::own_arrival(post, letter, id, (case, step), books))
}

/// Writes the words of what is new into the archive; what is known already, from the ledger or this batch, is dropped.
fn write_words(found: Vec<(Arrival, Words)>, known: &Known) -> Result<Vec<Arrival>, FetchError> {
    let books = known.books;
    let mut arrivals = Vec::new();
    for (arrival, words) in found {
        let twin = known
            .fresh
            .iter()
            .any(|other| other.content == arrival.content && other.uid != arrival.uid);
        if twin || intake::is_known(&arrival, books).map_err(BooksError::from)? {
            continue;
        }
        if words != Words::default() {
            books
                .archive
                .put_json(Kind::Words, &arrival.content, &words)
                .map_err(BooksError::from)?;
        }
        arrivals.push(arrival);
    }
    Ok(arrivals)
}
