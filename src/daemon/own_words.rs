//! The user's own mails: the conversation as it was when the case was given to us, and his taking over afterwards.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use crate::daemon::books::{Books, BooksError};
use crate::daemon::intake::{Known, Post, arrival, ties_of};
use crate::daemon::office::Office;
use crate::dunning::hold::hold_of_user;
use crate::model::arrival::{Arrival, Found};
use crate::model::case::Case;
use crate::model::customer::CustomerId;
use crate::model::invoice::InvoiceNumber;
use crate::reading::parse::Letter;

/// An invoice is mailed within so many days of its issue.
const INVOICE_MAIL_DAYS_MAX: i64 = 3;

/// What a message that the user wrote is to us; one arrival for each customer whom it concerns.
pub fn user_arrivals(letter: &Letter, post: &Post, known: &Known) -> Result<Vec<Arrival>, BooksError> {
    let ties = ties_of(letter, &[], post, known)?;
    let Known {
        books, roll, office, ..
    } = *known;
    let ledger = &books.ledger;
    let recipients = letter
        .to
        .iter()
        .chain(&letter.cc)
        .flat_map(|mailbox| roll.customers_at(&mailbox.address));
    let mut customers: Vec<CustomerId> = recipients.cloned().collect();
    let by_ids = ties.by_ids.iter().filter_map(|number| ledger.cases.get(number));
    customers.extend(by_ids.map(|case| case.invoice.customer.clone()));
    customers.sort_unstable();
    customers.dedup();
    let attached = letter
        .attachments
        .iter()
        .filter_map(|file| file.name.as_deref())
        .map(stem);
    let text = attached.fold(format!("{}\n{}", letter.subject, letter.text), |text, name| {
        text + "\n" + name
    });
    let mut named = ties.by_ids.clone();
    named.extend(roll.numbers_in(&text));
    Ok(customers
        .iter()
        .filter_map(|customer| user_arrival(letter, post, customer, &named, books, office))
        .collect())
}

fn user_arrival(
    letter: &Letter,
    post: &Post,
    customer: &CustomerId,
    named: &[InvoiceNumber],
    books: &Books,
    office: &Office,
) -> Option<Arrival> {
    let case = named
        .iter()
        .filter_map(|number| books.ledger.cases.get(number))
        .find(|case| case.invoice.customer == *customer);
    let imported_at = match case {
        Some(case) => case.imported_at,
        None => books
            .ledger
            .cases_of(customer)
            .filter(|case| case.is_open())
            .map(|case| case.imported_at)
            .min()?,
    };
    let number = case.map(|case| case.invoice.number.clone());
    if !has_taken_over(letter, post, case, imported_at, books) {
        let case = number?;
        return Some(arrival(post, letter, Found::Conversation { case, from_user: true }));
    }
    let hold = hold_of_user(
        number.as_ref(),
        &letter.content,
        office.policy(),
        post.at.min(office.now()),
    );
    let holds = if hold.stands_at(office.now()) {
        vec![hold]
    } else {
        Vec::new()
    };
    Some(arrival(
        post,
        letter,
        Found::UserWrote {
            customer: customer.clone(),
            case: number,
            holds,
        },
    ))
}

/// Whether the user wrote this after he had given us the case, and it is not the invoice mail itself.
fn has_taken_over(
    letter: &Letter,
    post: &Post,
    case: Option<&Case>,
    imported_at: DateTime<Utc>,
    books: &Books,
) -> bool {
    let mut answered = letter.in_reply_to.iter().chain(&letter.references);
    if answered.any(|id| books.follow_up_of(id).is_some()) {
        return true;
    }
    match case {
        Some(case) => post.at > imported_at && !is_invoice_mail(letter, case),
        // INTERNALDATE has whole seconds: on doubt he has taken over.
        None => post.at >= imported_at.trunc_subsecs(0),
    }
}

/// The mail that brought the invoice may be sent, or filed, after the import: it begins the conversation, and has the
/// invoice with it or comes in the days of its issue.
fn is_invoice_mail(letter: &Letter, case: &Case) -> bool {
    let near = |date: NaiveDate| (date - case.invoice.issued).num_days().abs() <= INVOICE_MAIL_DAYS_MAX;
    let in_its_days = letter.date.is_some_and(|date| near(date.date_naive()));
    case.conversation.is_empty() && (in_its_days || !letter.attachments.is_empty())
}

/// A file's name without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
