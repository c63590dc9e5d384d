//! From a message to what it is for us: a reply with its hold, a copy of ours, the user's own words, or nothing.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::office::Office;
use crate::dunning::hold::{Heard, holds_of};
use crate::model::address::Mailbox;
use crate::model::arrival::{Arrival, Found, ThreadKeys};
use crate::model::customer::CustomerId;
use crate::model::follow_up::{Outcome, SentCopy, Step};
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::model::reading::{Author, Doubt, Reading, Said};
use crate::reading::machine::judge;
use crate::reading::matching::{Candidacy, Roll, Tied, Ties, candidacy, tie};
use crate::reading::parse::{Letter, parse, parse_header, thread_index_root};
use crate::reading::read::{Context, InvoiceFacts, read};
use crate::wires::archive::Kind;
use crate::wires::index::IndexError;

/// How far a Date header may be from the server's clock and still be taken for the day on which the words were written.
const DATE_SKEW_DAYS_MAX: i64 = 3;
/// Our last mails of a case, whose words a reply may quote without marks.
const OWN_TEXTS_MAX: usize = 3;

/// A message as its folder shows it: place, size, arrival, headers.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its place in the folder.
    pub uid: u32,
    /// Its size (RFC822.SIZE).
    pub octets: u32,
    /// The server's clock on arrival (INTERNALDATE).
    pub at: DateTime<Utc>,
    /// The provider's thread id.
    pub thread: Option<String>,
    /// Whether it is an unsent draft.
    pub is_draft: bool,
    /// Whether it lies where mail from outside arrives: anybody may have put it there.
    pub from_outside: bool,
    /// Its headers alone.
    pub header: Letter,
}

/// What is to be done with a message once its headers are known.
#[derive(Debug, Clone, PartialEq)]
pub enum Interest {
    /// None of our business.
    Nothing,
    /// A copy of a follow-up of ours: the headers say it all.
    OwnFollowUp(InvoiceNumber, Step, MessageId),
    /// Written by the user: the text tells which invoice it is about.
    FromUser,
    /// From a customer, or in his conversation.
    FromCustomer,
    /// From a stranger; of interest only if its text quotes us.
    IfItQuotesUs,
}

/// What is kept of a message's words, in the archive beside it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Words {
    /// Who it says wrote it.
    pub from: Option<Mailbox>,
    /// Its subject.
    pub subject: String,
    /// The sender is none of the customer's approved addresses: what it claims is only claimed.
    pub claimed: bool,
    /// What was read, and why.
    pub said: Said,
}

/// What is known when a message is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What the journal holds.
    pub books: &'a Books,
    /// Whom mail may come from.
    pub roll: &'a Roll,
    /// The surroundings.
    pub office: &'a Office,
    /// What was found beside it and is not in the journal yet.
    pub fresh: &'a [Arrival],
}

/// Tells from headers alone whether a message concerns us.
pub fn interest(post: &Post, known: &Known) -> Result<Interest, IndexError> {
    let (header, books, roll) = (&post.header, known.books, known.roll);
    if header.from.as_ref().is_some_and(|from| roll.is_own(&from.address)) {
        if let Some((case, step, id)) = own_follow_up(header, books) {
            let settled = books.ledger.outbox.get(&id).is_some_and(|outgoing| {
                outgoing.outcome == Outcome::Accepted && outgoing.sent_copy != SentCopy::Awaited
            });
            // Our ids can be worked out by anybody: a mail that claims one and came from outside proves nothing was sent.
            let news = !settled && !post.is_draft && !post.from_outside;
            return Ok(if news {
                Interest::OwnFollowUp(case, step, id)
            } else {
                Interest::Nothing
            });
        }
        if post.is_draft {
            return Ok(Interest::Nothing);
        }
        if !is_to_self(header, roll) {
            return Ok(Interest::FromUser);
        }
        // A form on the user's own site writes from him to him; who filled it in stands in Reply-To.
        let by_form = header
            .reply_to
            .iter()
            .any(|writer| !roll.customers_at(&writer.address).is_empty());
        return Ok(if by_form {
            Interest::FromCustomer
        } else {
            Interest::Nothing
        });
    }
    let ties = ties_of(header, &[], post, known)?;
    Ok(match candidacy(header, &ties, roll) {
        Candidacy::Yes => Interest::FromCustomer,
        Candidacy::IfItQuotesUs => Interest::IfItQuotesUs,
        Candidacy::No => Interest::Nothing,
    })
}

/// The arrival of a copy of ours; `letter` is the whole of it where the journal does not know it (any more).
pub fn own_arrival(
    post: &Post,
    letter: Option<&Letter>,
    id: MessageId,
    of: (InvoiceNumber, Step),
    books: &Books,
) -> Arrival {
    let known = books.ledger.outbox.get(&id).map(|outgoing| outgoing.content.clone());
    let what = Found::OwnFollowUp {
        case: of.0,
        step: of.1,
        message_id: id,
    };
    let mut arrival = arrival(post, letter.unwrap_or(&post.header), what);
    arrival.content = known.unwrap_or(arrival.content);
    arrival
}

/// Whether the ledger holds this very finding already: the same mail from another folder, or read a second time.
pub fn is_known(arrival: &Arrival, books: &Books) -> Result<bool, IndexError> {
    if !books.index.has_seen(&arrival.content)? {
        return Ok(false);
    }
    let ledger = &books.ledger;
    let replied = |customer: &CustomerId| {
        let customer = ledger.customers.get(customer);
        customer.is_some_and(|customer| customer.replies.iter().any(|reply| reply.content == arrival.content))
    };
    let linked = |case: &InvoiceNumber| {
        let case = ledger.cases.get(case);
        case.is_some_and(|case| case.conversation.iter().any(|link| link.content == arrival.content))
    };
    Ok(match &arrival.what {
        Found::Reply { customer, .. } => replied(customer),
        Found::Unattributed { customer, .. } => customer.as_ref().is_none_or(replied),
        Found::UserWrote { case: Some(case), .. } | Found::Conversation { case, .. } => linked(case),
        Found::UserWrote { case: None, .. } => true,
        Found::OwnFollowUp { .. } => false,
    })
}

/// Whether a stranger's text names one of our ids or, whole and distinctive, one of our invoice numbers.
pub fn quotes_us(letter: &Letter, post: &Post, known: &Known) -> Result<bool, BooksError> {
    let verdict = judge(letter, &letter.text);
    let ties = ties_of(letter, &verdict.bounced_ids, post, known)?;
    let bounced = verdict.bounce_recipient.as_ref();
    Ok(!tie(letter, &letter.text, bounced, &ties, known.roll, &known.books.ledger).is_empty())
}

/// What a message of a customer, a stranger or a machine is to us; one arrival for each customer whom it concerns.
pub fn replies(letter: &Letter, post: &Post, known: &Known) -> Result<Vec<(Arrival, Words)>, BooksError> {
    let verdict = judge(letter, &letter.text);
    let ties = ties_of(letter, &verdict.bounced_ids, post, known)?;
    let bounced = verdict.bounce_recipient.as_ref();
    let mut found = Vec::new();
    for tied in tie(letter, &letter.text, bounced, &ties, known.roll, &known.books.ledger) {
        let (reading, words) = understand(letter, post, &tied, known.books, known.office)?;
        // A machine that no customer set up and no id ties to us has nothing to say here.
        if tied.matched.is_none() && reading.author != Author::Human {
            continue;
        }
        found.push((reply(letter, post, tied, reading, known), words));
    }
    Ok(found)
}

fn reply(letter: &Letter, post: &Post, tied: Tied, reading: Reading, known: &Known) -> Arrival {
    let heard_at = heard_at(post, &tied, known);
    let Tied {
        customer,
        case,
        matched,
    } = tied;
    let heard = Heard {
        reading: &reading,
        matched,
        case: case.as_ref(),
        message: &letter.content,
    };
    let holds = holds_of(&heard, known.office.policy(), heard_at);
    let what = match matched {
        Some(matched) => Found::Reply {
            customer,
            case,
            matched,
            reading,
            holds,
        },
        None => Found::Unattributed {
            customer: Some(customer),
            case,
            reading,
            holds,
        },
    };
    arrival(post, letter, what)
}

/// From when on a message holds: what came before the case was ours is history, and holds from its day on; what came
/// later and was read late (a downtime) holds from now on, or its hold could end before the user ever heard of it.
fn heard_at(post: &Post, tied: &Tied, known: &Known) -> DateTime<Utc> {
    let (ledger, now) = (&known.books.ledger, known.office.now());
    let own = tied
        .case
        .as_ref()
        .and_then(|number| ledger.cases.get(number))
        .map(|case| case.imported_at);
    let imported_at = own.or_else(|| ledger.cases_of(&tied.customer).map(|case| case.imported_at).min());
    if imported_at.is_some_and(|imported_at| post.at > imported_at) {
        now
    } else {
        post.at.min(now)
    }
}

/// A message whose body could not be had (it vanished, or the server would not give it): if it comes from a customer, it holds.
pub fn unreadable(post: &Post, known: &Known) -> Result<Vec<(Arrival, Words)>, BooksError> {
    let letter = Letter {
        doubt: Some(Doubt::Unreadable),
        ..post.header.clone()
    };
    replies(&letter, post, known)
}

fn understand(
    letter: &Letter,
    post: &Post,
    tied: &Tied,
    books: &Books,
    office: &Office,
) -> Result<(Reading, Words), BooksError> {
    let case = tied.case.as_ref().and_then(|number| books.ledger.cases.get(number));
    let card = books.cards.get(&tied.customer);
    let ours = own_texts(tied, books)?;
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let currency = case.map(|case| case.invoice.total.currency.code());
    let context = Context {
        received: written_at(letter, post, office),
        invoice: case.zip(currency).map(|(case, currency)| InvoiceFacts {
            number: case.invoice.number.as_str(),
            amount: case.owed().amount,
            currency,
            due: case.invoice.due,
        }),
        country: card.map(|card| card.country.as_str()),
        ours: &ours,
    };
    let understood = read(letter, &context);
    let from = letter.from.clone();
    let known = |from: &Mailbox| card.is_some_and(|card| card.has_address(&from.address));
    let claimed = !from.as_ref().is_some_and(known) && understood.reading.author == Author::Human;
    let words = Words {
        from,
        subject: letter.subject.clone(),
        claimed,
        said: understood.said,
    };
    Ok((understood.reading, words))
}

/// The moment against which "on Friday" is resolved: the writer's own, unless his clock is off.
fn written_at(letter: &Letter, post: &Post, office: &Office) -> DateTime<FixedOffset> {
    let arrived = post.at.with_timezone(&office.policy().timezone).fixed_offset();
    match letter.date {
        Some(date) if (date.with_timezone(&Utc) - post.at).abs() <= Duration::days(DATE_SKEW_DAYS_MAX) => date,
        _ => arrived,
    }
}

/// The texts of our last mails in the conversation.
fn own_texts(tied: &Tied, books: &Books) -> Result<Vec<String>, BooksError> {
    let Some(case) = tied.case.as_ref().and_then(|number| books.ledger.cases.get(number)) else {
        return Ok(Vec::new());
    };
    let mut texts = Vec::new();
    for sent in case.sent.iter().rev().take(OWN_TEXTS_MAX) {
        let Some(outgoing) = books.ledger.outbox.get(&sent.message_id) else {
            continue;
        };
        if let Some(raw) = books.archive.get(Kind::Message, &outgoing.content)? {
            texts.push(parse(&raw).text);
        }
    }
    Ok(texts)
}

/// The cases that the message's ids name, and those of the provider's thread and Outlook's index.
pub(crate) fn ties_of(letter: &Letter, bounced: &[MessageId], post: &Post, known: &Known) -> Result<Ties, IndexError> {
    let books = known.books;
    let mut ties = Ties::default();
    let ids: BTreeSet<&MessageId> = letter
        .in_reply_to
        .iter()
        .chain(&letter.references)
        .chain(bounced)
        .collect();
    for id in &ids {
        ties.by_ids.extend(books.index.cases_of_id(id)?);
        ties.by_ids.extend(books.follow_up_of(id).map(|(case, _)| case.clone()));
    }
    if let Some(thread) = &post.thread {
        ties.by_thread = books.index.cases_of_thread(thread)?;
    }
    let root = letter.thread_index.as_deref().and_then(thread_index_root);
    if let Some(root) = &root {
        ties.by_index = books.index.cases_of_index(root)?;
    }
    // Where All Mail holds everything, an answer may stand in one batch with the mail that it answers.
    for (arrival, case) in known
        .fresh
        .iter()
        .filter_map(|arrival| Some((arrival, arrival.what.conversation()?)))
    {
        let same = |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
        ties.by_ids.extend(
            arrival
                .message_id
                .iter()
                .filter(|id| ids.contains(id))
                .map(|_| case.clone()),
        );
        ties.by_thread
            .extend(same(&arrival.keys.thread, &post.thread).then(|| case.clone()));
        ties.by_index
            .extend(same(&arrival.keys.index, &root).then(|| case.clone()));
    }
    ties.by_ids.sort_unstable();
    ties.by_ids.dedup();
    Ok(ties)
}

/// The follow-up of ours that this mail of the user is a copy of. Its own id stands last in References and never in
/// In-Reply-To, so that it is known even where a provider gave it another Message-ID; an answer to it has it in both.
fn own_follow_up(header: &Letter, books: &Books) -> Option<(InvoiceNumber, Step, MessageId)> {
    let own_reference = header.references.last().filter(|id| !header.in_reply_to.contains(id));
    let own_reference = own_reference.filter(|id| has_date_of(header, id, books));
    let ids = header
        .message_ids
        .iter()
        .chain(&header.original_message_id)
        .chain(own_reference);
    ids.filter_map(|id| Some((id, books.follow_up_of(id)?)))
        .next()
        .map(|(id, (case, step))| (case.clone(), *step, id.clone()))
}

/// Whether a mail bears the very Date of the follow-up with that id. A copy does, whatever else a provider changes;
/// a mail of the user that forwards it has References alike, and a Date of its own.
fn has_date_of(header: &Letter, id: &MessageId, books: &Books) -> bool {
    let Some(outgoing) = books.ledger.outbox.get(id) else {
        return true;
    };
    match books.archive.get(Kind::Message, &outgoing.content) {
        Ok(Some(raw)) => parse_header(&raw).date == header.date,
        Ok(None) => true,
        // In doubt the user wrote it, and the customer is held.
        Err(_) => false,
    }
}

fn is_to_self(header: &Letter, roll: &Roll) -> bool {
    let mut recipients = header.to.iter().chain(&header.cc).peekable();
    recipients.peek().is_some() && recipients.all(|mailbox| roll.is_own(&mailbox.address))
}

pub(crate) fn arrival(post: &Post, letter: &Letter, what: Found) -> Arrival {
    let index = letter.thread_index.as_deref().and_then(thread_index_root);
    Arrival {
        uid: post.uid,
        content: letter.content.clone(),
        message_id: letter.message_ids.first().cloned(),
        at: post.at,
        keys: ThreadKeys {
            thread: post.thread.clone(),
            index,
        },
        what,
    }
}
