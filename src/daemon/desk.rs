//! Commands carried out on the books, by the daemon or, where none runs, by the command itself.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::briefing::{self, BriefingError};
use crate::daemon::import::{import, record_card};
use crate::daemon::office::Office;
use crate::daemon::request::{Answer, Request};
use crate::daemon::view;
use crate::dunning::calendar::end_of;
use crate::dunning::hold::promise_end;
use crate::model::address::Address;
use crate::model::case::{Case, Closing};
use crate::model::digest::ContentDigest;
use crate::model::event::Event;
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::InvoiceNumber;
use crate::model::reading::Label;
use crate::wires::archive::Kind;
use crate::writing::answers::AnswerWords;

/// Carries a command out.
pub fn perform(request: &Request, books: &mut Books, office: &Office) -> Result<Answer, BriefingError> {
    let language = office.config.me.language;
    let shown = |text: String| Ok(Answer { ok: true, text });
    match request {
        Request::Status { json: true } => return shown(view::status_json(books, office)),
        Request::Status { json: false } => return shown(view::status_text(books, office)),
        Request::Plan { number, until, json } => {
            return shown(view::plan(number.as_ref(), *until, *json, books, office));
        }
        Request::Show { number } if books.ledger.cases.contains_key(number) => {
            return shown(view::show(number, books, office)?);
        }
        Request::Digest { .. } => return shown(briefing::digest_text(books, office)?),
        _ => {}
    }
    let words = act(request, books, office)?;
    Ok(Answer {
        ok: words.is_success(),
        text: words.text(language),
    })
}

fn act(request: &Request, books: &mut Books, office: &Office) -> Result<AnswerWords, BooksError> {
    let now = office.now();
    if let Request::Import { rows } = request {
        return import(rows, books, office);
    }
    let Some(number) = number_of(request) else {
        return Ok(AnswerWords::NothingToTell);
    };
    let Some(case) = books.ledger.cases.get(number) else {
        return Ok(AnswerWords::NoSuchInvoice(number.to_string()));
    };
    let event = match request {
        Request::Paid { amount, on, .. } => {
            if amount.is_some_and(|amount| amount <= Decimal::ZERO) {
                return Ok(AnswerWords::NotAPayment);
            }
            let today = now.with_timezone(&office.policy().timezone).date_naive();
            Event::PaymentRecorded {
                case: number.clone(),
                amount: *amount,
                on: on.unwrap_or(today),
            }
        }
        Request::Note { text, promise, .. } => note(number, text, *promise, books, office)?,
        Request::Hold { until, .. } => {
            let until = until.map(|day| end_of(day, office.policy().timezone));
            if until.is_some_and(|until| until <= now) {
                return Ok(AnswerWords::HoldInThePast);
            }
            let hold = Hold {
                reason: HoldReason::User,
                since: now,
                until,
                case: Some(number.clone()),
                message: None,
            };
            Event::Held {
                hold,
                customer: case.invoice.customer.clone(),
            }
        }
        Request::Resume { despite, .. } => {
            if let Some(refusal) = may_resume(case, *despite, books, now) {
                return Ok(refusal);
            }
            Event::Resumed {
                case: number.clone(),
                despite: *despite,
            }
        }
        Request::Settle { amount, .. } => Event::Settled {
            case: number.clone(),
            amount: *amount,
        },
        Request::Stop { .. } => Event::Stopped { case: number.clone() },
        Request::Approve { step, .. } => Event::Approved {
            case: number.clone(),
            step: *step,
        },
        Request::Contact { address, .. } => return approve_contact(number, address, books, now),
        _ => return Ok(AnswerWords::NothingToTell),
    };
    books.record(now, event)?;
    Ok(done(request, number, books, now))
}

fn number_of(request: &Request) -> Option<&InvoiceNumber> {
    match request {
        Request::Paid { number, .. }
        | Request::Note { number, .. }
        | Request::Hold { number, .. }
        | Request::Resume { number, .. }
        | Request::Settle { number, .. }
        | Request::Stop { number }
        | Request::Approve { number, .. }
        | Request::Contact { number, .. }
        | Request::Show { number } => Some(number),
        Request::Import { .. } | Request::Status { .. } | Request::Plan { .. } | Request::Digest { .. } => None,
    }
}

/// What a note stops: a promise made by word of mouth holds as a written one does.
fn note(
    number: &InvoiceNumber,
    text: &str,
    promise: Option<chrono::NaiveDate>,
    books: &Books,
    office: &Office,
) -> Result<Event, BooksError> {
    let now = office.now();
    let content = ContentDigest::of(&[b"note", text.as_bytes(), now.to_rfc3339().as_bytes()]);
    books.archive.put(Kind::Note, &content, text.as_bytes())?;
    let hold = promise.map(|date| Hold {
        reason: HoldReason::Label(Label::Promise),
        since: now,
        until: Some(promise_end(date, office.policy())),
        case: Some(number.clone()),
        message: None,
    });
    Ok(Event::Noted {
        case: number.clone(),
        note: content,
        promise,
        hold,
    })
}

/// Why a case may not be resumed as asked; a no must be named by the user in so many words.
fn may_resume(case: &Case, despite: Option<Label>, books: &Books, now: DateTime<Utc>) -> Option<AnswerWords> {
    let number = &case.invoice.number;
    if matches!(case.closing, Some(Closing::Paid | Closing::Settled)) {
        return Some(AnswerWords::AlreadyClosed(number.to_string()));
    }
    let customer = books.ledger.customers.get(&case.invoice.customer)?;
    let noes: Vec<Label> = customer
        .holds_on(number, now)
        .filter_map(|hold| match hold.reason {
            HoldReason::Label(label) if label.is_a_no() => Some(label),
            _ => None,
        })
        .collect();
    let first = noes.iter().min()?;
    let named = despite.is_some_and(|label| noes.contains(&label));
    (!named).then(|| AnswerWords::NeedsDespite {
        number: number.to_string(),
        label: *first,
    })
}

/// The address becomes the main one of the customer.
fn approve_contact(
    number: &InvoiceNumber,
    address: &Address,
    books: &mut Books,
    now: DateTime<Utc>,
) -> Result<AnswerWords, BooksError> {
    let customer = books.ledger.cases.get(number).map(|case| case.invoice.customer.clone());
    let known = customer.and_then(|id| Some((id.clone(), books.cards.get(&id)?.clone())));
    let Some((id, mut card)) = known else {
        return Ok(AnswerWords::NoSuchInvoice(number.to_string()));
    };
    card.addresses.retain(|known| known != address);
    card.addresses.insert(0, address.clone());
    // The name to greet belongs to the old address.
    card.contact = None;
    record_card(&id, &card, books, now)?;
    Ok(AnswerWords::ContactApproved {
        number: number.to_string(),
        address: address.to_string(),
    })
}

/// What to say once it is in the journal.
fn done(request: &Request, number: &InvoiceNumber, books: &Books, now: DateTime<Utc>) -> AnswerWords {
    let text = number.to_string();
    let Some(case) = books.ledger.cases.get(number) else {
        return AnswerWords::NoSuchInvoice(text);
    };
    match request {
        Request::Paid { .. } if case.closing == Some(Closing::Paid) => AnswerWords::Paid(text),
        Request::Paid { .. } => AnswerWords::PartlyPaid {
            number: text,
            owed: case.owed(),
        },
        Request::Note { promise, .. } => AnswerWords::Noted {
            number: text,
            promise: *promise,
        },
        Request::Hold { until, .. } => AnswerWords::Held {
            number: text,
            until: *until,
        },
        Request::Settle { .. } => AnswerWords::Settled {
            number: text,
            owed: case.owed(),
        },
        Request::Approve { step, .. } => AnswerWords::Approved {
            number: text,
            step: *step,
        },
        Request::Resume { .. } => {
            let customer = books.ledger.customers.get(&case.invoice.customer);
            match customer.and_then(|customer| Hold::longest(customer.holds_on(number, now))) {
                Some(hold) => AnswerWords::StillHeld {
                    number: text,
                    reason: hold.reason,
                },
                None => AnswerWords::Resumed(text),
            }
        }
        _ => AnswerWords::Stopped(text),
    }
}
