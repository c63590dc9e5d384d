//! What the digest tells: gathered from the ledger and the archive since the last one that went out.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use std::collections::BTreeMap;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::envelope::Envelope;
use crate::daemon::intake::Words;
use crate::daemon::letters::me_of;
use crate::daemon::office::Office;
use crate::dunning::calendar::{end_of, start_of};
use crate::dunning::decide::decide_all;
use crate::dunning::ladder::next_of;
use crate::dunning::plan::plan;
use crate::model::action::Action;
use crate::model::case::{Case, Customer, Reply};
use crate::model::digest::ContentDigest;
use crate::model::follow_up::{Outcome, Outgoing, Purpose};
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::model::money::Money;
use crate::wires::archive::Kind;
use crate::writing::day::{Asks, DigestContent, Failure, PlannedItem, Question, ReadItem, SentItem};
use crate::writing::digest::digest as write_digest;
use crate::writing::fault::WritingFault;
use crate::writing::notice::{Undelivered, notice as write_notice};
use crate::writing::page::UserMail;

/// A question that nobody answers is put again: daily at first, later once a week.
const DAILY_FOR_DAYS: i64 = 7;
/// How far the digest looks ahead.
const COMING_DAYS: u64 = 7;
/// As much of a reply as a card shows.
const EXCERPT_CHARS_MAX: usize = 300;

/// A mail to the user, ready to go.
#[derive(Debug, Clone)]
pub struct ToUser {
    /// Its id.
    pub id: MessageId,
    /// Its bytes.
    pub octets: Vec<u8>,
}

/// Why a mail to the user was not written.
#[derive(Debug, thiserror::Error)]
pub enum BriefingError {
    /// The disk.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The words.
    #[error("the digest could not be written: {0}")]
    Writing(#[from] WritingFault),
}

/// The digest as it would be written now, as text.
pub fn digest_text(books: &Books, office: &Office) -> Result<String, BriefingError> {
    let id = MessageId::of_mail_to_user(books.account(), "digest", "shown");
    Ok(write(&id, &content(books, office)?, office)?.text)
}

/// The digest as a mail; `None`: there is nothing to tell.
pub fn digest(id: &MessageId, books: &Books, office: &Office) -> Result<Option<ToUser>, BriefingError> {
    let content = content(books, office)?;
    let quiet = content.questions.is_empty()
        && content.read.is_empty()
        && content.sent.is_empty()
        && content.today.is_empty()
        && content.failures.is_empty();
    if quiet {
        return Ok(None);
    }
    let octets = write(id, &content, office)?.octets;
    Ok(Some(ToUser { id: id.clone(), octets }))
}

/// The mail that goes out at once: a follow-up came back for good, or the server would not take it. `about` is the
/// bounce, or the follow-up itself.
pub fn notice(about: &ContentDigest, books: &Books, office: &Office) -> Result<Option<ToUser>, BriefingError> {
    let undelivered = match bounced(about, books)? {
        Some(bounced) => bounced,
        None => match own_mail(about, books) {
            Some(outgoing) => refused(outgoing, books)?,
            None => return Ok(None),
        },
    };
    let id = MessageId::of_mail_to_user(books.account(), "notice", about.as_str());
    let now = office.now().with_timezone(&office.policy().timezone);
    let mail = write_notice(
        &undelivered,
        &me_of(&office.config),
        office.config.me.language,
        &id,
        now,
    )?;
    Ok(Some(ToUser {
        id,
        octets: mail.octets,
    }))
}

/// What a bounce says.
fn bounced(message: &ContentDigest, books: &Books) -> Result<Option<Undelivered>, BooksError> {
    let replies = books
        .ledger
        .customers
        .values()
        .flat_map(|customer| customer.replies.iter().map(move |reply| (customer, reply)));
    let Some((customer, reply)) = replies.into_iter().find(|(_, reply)| reply.content == *message) else {
        return Ok(None);
    };
    let words = words_of(reply, books)?;
    let case = reply.case.as_ref().and_then(|number| books.ledger.cases.get(number));
    Ok(Some(Undelivered {
        number: reply.case.as_ref().map(ToString::to_string),
        customer: books.cards.get(&customer.id).map(|card| card.name.clone()),
        recipient: words.said.bounce_recipient.map(|address| address.to_string()),
        status: reply.reading.bounce.as_ref().and_then(|bounce| bounce.status.clone()),
        sent: case.and_then(|case| case.sent.last()).map(|sent| (sent.step, sent.at)),
    }))
}

/// What is known of a follow-up that the server refused: the reply code, and to whom it was to go.
fn refused(outgoing: &Outgoing, books: &Books) -> Result<Undelivered, BooksError> {
    let envelope: Option<Envelope> = books.archive.get_json(Kind::Envelope, &outgoing.content)?;
    let recipient = envelope.and_then(|envelope| envelope.to.first().map(ToString::to_string));
    let status = match outgoing.outcome {
        Outcome::Refused { code } => Some(code.to_string()),
        _ => None,
    };
    let (case, sent) = match &outgoing.purpose {
        Purpose::FollowUp { case, step } => (Some(case), Some((*step, outgoing.outcome_at))),
        Purpose::Digest { .. } | Purpose::Notice { .. } => (None, None),
    };
    Ok(Undelivered {
        number: case.map(ToString::to_string),
        customer: case.map(|number| name_of(number, books)),
        recipient,
        status,
        sent,
    })
}

fn write(id: &MessageId, content: &DigestContent, office: &Office) -> Result<UserMail, WritingFault> {
    let now = office.now().with_timezone(&office.policy().timezone);
    write_digest(content, &me_of(&office.config), office.config.me.language, id, now)
}

/// Everything that a digest of this moment tells.
pub fn content(books: &Books, office: &Office) -> Result<DigestContent, BooksError> {
    let now = office.now();
    let zone = office.policy().timezone;
    let day = now.with_timezone(&zone).date_naive();
    let since = books.ledger.told_through();
    let (today, coming) = planned(day, books, office);
    let open: Vec<&Case> = books.ledger.cases.values().filter(|case| case.is_open()).collect();
    let held = |case: &&&Case| {
        books
            .ledger
            .customers
            .get(&case.invoice.customer)
            .is_some_and(|customer| customer.holds_on(&case.invoice.number, now).next().is_some())
    };
    Ok(DigestContent {
        day,
        zone,
        mode: office.policy().mode,
        questions: questions(books, office)?,
        read: read_since(since, books, office)?,
        sent: sent_since(told_at(books), books)?,
        today,
        coming,
        failures: failures_since(since, books),
        open_total: totals(&open),
        open_count: open.len(),
        held_count: open.iter().filter(held).count(),
    })
}

/// When the last digest went out.
pub fn told_at(books: &Books) -> Option<DateTime<Utc>> {
    let digests = books
        .ledger
        .outbox
        .values()
        .filter(|outgoing| matches!(outgoing.purpose, Purpose::Digest { .. }));
    digests
        .filter(|outgoing| outgoing.outcome.counts_as_sent())
        .map(|outgoing| outgoing.outcome_at)
        .max()
}

fn totals(open: &[&Case]) -> Vec<Money> {
    let mut totals: BTreeMap<&str, Money> = BTreeMap::new();
    for owed in open.iter().map(|case| case.owed()) {
        let total = totals.entry(owed.currency.code()).or_insert(Money {
            amount: Default::default(),
            ..owed
        });
        total.amount += owed.amount;
    }
    totals.into_values().collect()
}

fn name_of(number: &InvoiceNumber, books: &Books) -> String {
    crate::daemon::view::customer_name(books, number)
}

fn planned(day: NaiveDate, books: &Books, office: &Office) -> (Vec<PlannedItem>, Vec<PlannedItem>) {
    let zone = office.policy().timezone;
    let last = day.checked_add_days(Days::new(COMING_DAYS)).unwrap_or(day);
    let plans = plan(&books.ledger, office.policy(), office.now(), Some(end_of(last, zone)));
    let mut items: Vec<PlannedItem> = plans
        .iter()
        .flat_map(|(number, steps)| steps.iter().map(move |next| (number, next)))
        .map(|(number, next)| PlannedItem {
            number: number.to_string(),
            customer: name_of(number, books),
            step: next.step,
            at: next.at,
            approval: next.approval,
        })
        .collect();
    items.sort_by_key(|item| item.at);
    let tonight = end_of(day, zone);
    items.into_iter().partition(|item| item.at <= tonight)
}

/// What only the user can decide: a no, a doubt, an approval, an unknown outcome. The most urgent first.
fn questions(books: &Books, office: &Office) -> Result<Vec<Question>, BooksError> {
    let mut questions = Vec::new();
    for customer in books.ledger.customers.values() {
        questions.extend(held_questions(customer, books, office)?);
    }
    for action in decide_all(&books.ledger, office.policy(), office.now()) {
        let Action::AskApproval { case, step } = action else {
            continue;
        };
        questions.push((90, question(Some(&case), Asks::Approval(step), office.now(), books)));
    }
    questions.sort_by_key(|(rank, question)| (*rank, question.since));
    Ok(questions.into_iter().map(|(_, question)| question).collect())
}

/// One question for each message that holds a customer without end, by its gravest reason.
fn held_questions(customer: &Customer, books: &Books, office: &Office) -> Result<Vec<(usize, Question)>, BooksError> {
    let now = office.now();
    let open: Vec<&Case> = books
        .ledger
        .cases_of(&customer.id)
        .filter(|case| case.is_open())
        .collect();
    let mut by_message: BTreeMap<Option<&ContentDigest>, &Hold> = BTreeMap::new();
    for standing in &customer.holds {
        let hold = &standing.hold;
        let stops = open
            .iter()
            .any(|case| !standing.released_for.contains(&case.invoice.number));
        if !stops || hold.until.is_some() || hold.reason == HoldReason::User || !is_due(hold.since, now, office) {
            continue;
        }
        let kept = by_message.entry(hold.message.as_ref()).or_insert(hold);
        if hold.reason.rank() < kept.reason.rank() {
            *kept = hold;
        }
    }
    let mut questions = Vec::new();
    for (message, hold) in by_message {
        let number = hold
            .case
            .as_ref()
            .or_else(|| open.first().map(|case| &case.invoice.number));
        let mut question = question(number, Asks::Held(hold.reason), hold.since, books);
        if let Some(outgoing) = message.and_then(|message| own_mail(message, books)) {
            question.asks = asks_of_own(outgoing).unwrap_or(question.asks);
        } else if let Some(reply) = customer.replies.iter().find(|reply| Some(&reply.content) == message) {
            let words = words_of(reply, books)?;
            let redirected = words.said.redirect_to.as_ref().map(ToString::to_string);
            let sender = words
                .from
                .as_ref()
                .filter(|_| words.claimed)
                .map(|from| from.address.to_string());
            question.address = redirected.or(sender);
            question.excerpt = excerpt(&words);
        }
        questions.push((hold.reason.rank(), question));
    }
    Ok(questions)
}

/// A question comes up daily for a week, then on the same day of each week.
fn is_due(since: DateTime<Utc>, now: DateTime<Utc>, office: &Office) -> bool {
    let zone = office.policy().timezone;
    let day = |at: DateTime<Utc>| start_of(at.with_timezone(&zone).date_naive(), zone);
    let days = (day(now) - day(since) + Duration::hours(2)).num_days();
    days <= DAILY_FOR_DAYS || days % 7 == 0
}

fn own_mail<'a>(content: &ContentDigest, books: &'a Books) -> Option<&'a Outgoing> {
    books
        .ledger
        .outbox
        .values()
        .find(|outgoing| outgoing.content == *content)
}

fn asks_of_own(outgoing: &Outgoing) -> Option<Asks> {
    let Purpose::FollowUp { step, .. } = outgoing.purpose else {
        return None;
    };
    match outgoing.outcome {
        Outcome::Refused { code } => Some(Asks::Refused { step, code }),
        Outcome::Unknown => Some(Asks::UnknownOutcome {
            step,
            at: outgoing.outcome_at,
        }),
        _ => None,
    }
}

fn question(number: Option<&InvoiceNumber>, asks: Asks, since: DateTime<Utc>, books: &Books) -> Question {
    Question {
        number: number.map(ToString::to_string),
        customer: number.map(|number| name_of(number, books)),
        asks,
        since,
        excerpt: String::new(),
        address: None,
    }
}

fn words_of(reply: &Reply, books: &Books) -> Result<Words, BooksError> {
    Ok(books.archive.get_json(Kind::Words, &reply.content)?.unwrap_or_default())
}

/// The beginning of what was newly written, or the passage around the first deciding words.
fn excerpt(words: &Words) -> String {
    let text = &words.said.reply_text;
    let first = words.said.evidence.first().map_or(0, |evidence| evidence.start);
    let from = text
        .get(..first)
        .and_then(|before| before.rfind(['.', '!', '?', '\n']))
        .map_or(0, |at| at + 1);
    let passage = text.get(from..).unwrap_or(text);
    passage.trim().chars().take(EXCERPT_CHARS_MAX).collect()
}

fn read_since(since: u64, books: &Books, office: &Office) -> Result<Vec<ReadItem>, BooksError> {
    let mut items = Vec::new();
    for customer in books.ledger.customers.values() {
        for reply in customer.replies.iter().filter(|reply| reply.seq > since) {
            items.push(read_item(reply, customer, books, office)?);
        }
    }
    items.sort_by_key(|item| (item.reading.primary, item.at));
    Ok(items)
}

fn read_item(reply: &Reply, customer: &Customer, books: &Books, office: &Office) -> Result<ReadItem, BooksError> {
    let words = words_of(reply, books)?;
    let number = reply.case.as_ref();
    let case = number.and_then(|number| books.ledger.cases.get(number));
    let next = case.and_then(|case| next_of(case, customer, office.policy(), office.now()));
    let customer_name = books.cards.get(&customer.id).map(|card| card.name.clone());
    let excerpt = excerpt(&words);
    let address = words.from.as_ref().map(|from| from.address.to_string());
    Ok(ReadItem {
        at: reply.at,
        sender_name: words.from.and_then(|from| from.name),
        sender_address: address,
        number: number.map(ToString::to_string),
        customer: customer_name.clone(),
        matched: reply.matched,
        reading: reply.reading.clone(),
        currency: case.map(|case| case.invoice.total.currency),
        words: words
            .said
            .evidence
            .into_iter()
            .map(|evidence| (evidence.label, evidence.words))
            .collect(),
        excerpt,
        hold: Hold::longest(&reply.holds).cloned(),
        next: next.zip(number).map(|(next, number)| PlannedItem {
            number: number.to_string(),
            customer: customer_name.unwrap_or_default(),
            step: next.step,
            at: next.at,
            approval: next.approval,
        }),
        redirect_to: words.said.redirect_to.map(|address| address.to_string()),
        claimed: words.claimed,
    })
}

fn sent_since(since: Option<DateTime<Utc>>, books: &Books) -> Result<Vec<SentItem>, BooksError> {
    let mut items = Vec::new();
    for outgoing in books.ledger.outbox.values() {
        let Purpose::FollowUp { case, step } = &outgoing.purpose else {
            continue;
        };
        let shown = outgoing.outcome.public_name().is_some() && outgoing.outcome != Outcome::Prepared;
        if !shown || since.is_some_and(|since| outgoing.outcome_at <= since) {
            continue;
        }
        let envelope: Option<Envelope> = books.archive.get_json(Kind::Envelope, &outgoing.content)?;
        let left_out = envelope.map(|envelope| envelope.dropped).unwrap_or_default();
        items.push(SentItem {
            number: case.to_string(),
            customer: name_of(case, books),
            step: *step,
            at: outgoing.outcome_at,
            outcome: outgoing.outcome.clone(),
            left_out: left_out.iter().map(ToString::to_string).collect(),
        });
    }
    items.sort_by_key(|item| item.at);
    Ok(items)
}

fn failures_since(since: u64, books: &Books) -> Vec<Failure> {
    let troubles = books
        .ledger
        .troubles
        .iter()
        .filter(|entry| entry.until.is_none() || entry.seq > since);
    troubles
        .map(|entry| Failure {
            trouble: entry.trouble.clone(),
            since: entry.since,
            ongoing: entry.until.is_none(),
        })
        .collect()
}
