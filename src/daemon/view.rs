//! What commands show of the books: `status`, `plan`, `show`, for people and as JSON.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::daemon::books::{Books, BooksError};
use crate::daemon::intake::Words;
use crate::daemon::office::Office;
use crate::dunning::calendar::end_of;
use crate::dunning::ladder::{has_more, next_of};
use crate::dunning::plan::plan as plan_of;
use crate::model::case::{Case, Customer, Reply, State};
use crate::model::hold::Hold;
use crate::model::invoice::InvoiceNumber;
use crate::wires::archive::Kind;
use crate::writing::screens::{CaseLine, PlanLine, ReplyLine, Screen, SentLine};

/// `status --json`, as the design's "Interfaces" give it.
pub fn status_json(books: &Books, office: &Office) -> String {
    let now = office.now();
    let cases: Vec<Value> = books
        .ledger
        .cases
        .values()
        .map(|case| case_json(case, books, office, now))
        .collect();
    json!({ "cases": cases }).to_string()
}

/// `status` for people: a line a case.
pub fn status_text(books: &Books, office: &Office) -> String {
    let lines: Vec<CaseLine> = books
        .ledger
        .cases
        .values()
        .map(|case| case_line(case, books, office))
        .collect();
    screen(office).status(&lines)
}

/// `plan`: what would go out if nobody answered.
pub fn plan(
    number: Option<&InvoiceNumber>,
    until: Option<NaiveDate>,
    as_json: bool,
    books: &Books,
    office: &Office,
) -> String {
    let zone = office.policy().timezone;
    let until = until.map(|day| end_of(day, zone));
    let mut plans = plan_of(&books.ledger, office.policy(), office.now(), until);
    plans.retain(|case, _| number.is_none_or(|number| number == case));
    if as_json {
        let cases: Vec<Value> = plans
            .iter()
            .map(|(number, steps)| {
                let steps: Vec<Value> = steps
                    .iter()
                    .map(|next| json!({ "step": next.step.name(), "at": stamp(next.at, zone), "approval": next.approval }))
                    .collect();
                json!({ "number": number.as_str(), "steps": steps })
            })
            .collect();
        return json!({ "cases": cases }).to_string();
    }
    let mut lines: Vec<PlanLine> = plans
        .iter()
        .flat_map(|(number, steps)| steps.iter().map(move |next| (number, next)))
        .map(|(number, next)| PlanLine {
            number: number.to_string(),
            customer: customer_name(books, number),
            step: next.step,
            at: next.at,
            approval: next.approval,
        })
        .collect();
    lines.sort_by_key(|line| line.at);
    screen(office).plan(&lines)
}

/// `show`: one case with everything that happened to it.
pub fn show(number: &InvoiceNumber, books: &Books, office: &Office) -> Result<String, BooksError> {
    let Some(case) = books.ledger.cases.get(number) else {
        return Ok(String::new());
    };
    let mut replies = Vec::new();
    for reply in books
        .ledger
        .customer_of(number)
        .into_iter()
        .flat_map(|customer| customer.replies_on(number))
    {
        replies.push(reply_line(reply, books)?);
    }
    let mut notes = Vec::new();
    for note in books.ledger.notes.iter().filter(|note| note.case == *number) {
        let text = books.archive.get(Kind::Note, &note.content)?.unwrap_or_default();
        notes.push((note.at, String::from_utf8_lossy(&text).into_owned()));
    }
    let sent: Vec<SentLine> = case
        .sent
        .iter()
        .map(|sent| SentLine {
            step: sent.step,
            at: sent.at,
            outcome: sent.outcome.clone(),
        })
        .collect();
    let addresses = books
        .cards
        .get(&case.invoice.customer)
        .map(|card| card.addresses.clone())
        .unwrap_or_default();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    Ok(screen(office).case(
        &case_line(case, books, office),
        &case.invoice,
        &addresses,
        &sent,
        &replies,
        &notes,
    ))
}

/// A moment with the user's offset (RFC 3339).
pub fn stamp(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// The customer's name, where his card is still there.
pub fn customer_name(books: &Books, number: &InvoiceNumber) -> String {
    let id = books.ledger.cases.get(number).map(|case| &case.invoice.customer);
    id.and_then(|id| books.cards.get(id))
        .map(|card| card.name.clone())
        .unwrap_or_default()
}

/// Where a case stands, what holds it, and what comes next.
fn standing<'a>(
    case: &Case,
    customer: Option<&'a Customer>,
    office: &Office,
    now: DateTime<Utc>,
) -> (State, Option<&'a Hold>) {
    let number = &case.invoice.number;
    let holds: Vec<&Hold> = customer
        .map(|customer| customer.holds_on(number, now).collect())
        .unwrap_or_default();
    let state = State::of(case, holds.iter().copied(), has_more(case, office.policy()));
    (state, Hold::longest(holds).filter(|_| case.is_open()))
}

fn case_line(case: &Case, books: &Books, office: &Office) -> CaseLine {
    let now = office.now();
    let customer = books.ledger.customers.get(&case.invoice.customer);
    let (state, hold) = standing(case, customer, office, now);
    let next = customer.and_then(|customer| next_of(case, customer, office.policy(), now));
    CaseLine {
        number: case.invoice.number.to_string(),
        customer: customer_name(books, &case.invoice.number),
        owed: case.owed(),
        due: case.invoice.due,
        state,
        hold: hold.map(|hold| (hold.reason, hold.until)),
        next: next.map(|next| (next.step, next.at, next.approval)),
    }
}

fn case_json(case: &Case, books: &Books, office: &Office, now: DateTime<Utc>) -> Value {
    let zone = office.policy().timezone;
    let (invoice, number) = (&case.invoice, &case.invoice.number);
    let customer = books.ledger.customers.get(&invoice.customer);
    let card = books.cards.get(&invoice.customer);
    let (state, hold) = standing(case, customer, office, now);
    let next = customer.and_then(|customer| next_of(case, customer, office.policy(), now));
    let sent: Vec<Value> = case
        .sent
        .iter()
        .filter_map(|sent| {
            Some(json!({
                "step": sent.step.name(),
                "message_id": sent.message_id.as_str(),
                "at": stamp(sent.at, zone),
                "outcome": sent.outcome.public_name()?,
            }))
        })
        .collect();
    let replies: Vec<Value> = customer
        .map(|customer| {
            customer
                .replies_on(number)
                .map(|reply| reply_json(reply, zone))
                .collect()
        })
        .unwrap_or_default();
    json!({
        "number": number.as_str(),
        "customer": card.map(|card| card.name.as_str()),
        "email": card.and_then(|card| card.addresses.first()).map(|address| address.as_str()),
        "amount": invoice.total.amount_text(),
        "owed": case.owed().amount_text(),
        "currency": invoice.total.currency.code(),
        "due": invoice.due.to_string(),
        "state": state.name(),
        "hold": hold.map(|hold| json!({
            "reason": hold.reason.name(),
            "since": stamp(hold.since, zone),
            "until": hold.until.map(|until| stamp(until, zone)),
        })),
        "sent": sent,
        "next": next.map(|next| json!({ "step": next.step.name(), "at": stamp(next.at, zone), "approval": next.approval })),
        "replies": replies,
    })
}

fn reply_json(reply: &Reply, zone: Tz) -> Value {
    let labels: Vec<&str> = reply.reading.labels.iter().map(|label| label.name()).collect();
    json!({
        "message_id": reply.message_id.as_ref().map(|id| id.as_str()),
        "at": stamp(reply.at, zone),
        // A stranger's mail is tied by what it names, never by who wrote it.
        "match": reply.matched.map_or("reference", |matched| matched.name()),
        "attributed": reply.matched.is_some(),
        "primary": reply.reading.primary.name(),
        "labels": labels,
        "confidence": (reply.reading.confidence * 1000.0).round() / 1000.0,
        "needs_review": reply.reading.doubt.is_some(),
        "promise_date": reply.reading.promise_date.map(|date| date.to_string()),
    })
}

fn reply_line(reply: &Reply, books: &Books) -> Result<ReplyLine, BooksError> {
    let words: Words = books.archive.get_json(Kind::Words, &reply.content)?.unwrap_or_default();
    let from = words
        .from
        .map(|from| from.name.unwrap_or_else(|| from.address.to_string()));
    let evidence = words.said.evidence.into_iter().map(|evidence| evidence.words).collect();
    Ok(ReplyLine {
        at: reply.at,
        from,
        reading: reply.reading.clone(),
        evidence,
        text: words.said.reply_text,
    })
}

fn screen(office: &Office) -> Screen {
    Screen {
        language: office.config.me.language,
        zone: office.policy().timezone,
    }
}
