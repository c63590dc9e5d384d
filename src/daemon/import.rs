//! Invoices taken over: each row finds its customer, or makes one, and becomes a case.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::office::Office;
use crate::model::customer::{CustomerCard, CustomerId};
use crate::model::digest::ContentDigest;
use crate::model::event::Event;
use crate::wires::archive::Kind;
use crate::wires::config::settings::Config;
use crate::wires::import_file::row::{Defaults, ImportRow};
use crate::wires::providers::is_freemail;
use crate::writing::answers::AnswerWords;

/// Takes rows over. A row that is known and unchanged leaves no trace: importing a file twice is harmless.
pub fn import(rows: &[ImportRow], books: &mut Books, office: &Office) -> Result<AnswerWords, BooksError> {
    let (mut new, mut changed, mut same) = (0, 0, 0);
    for row in rows {
        let now = office.now();
        let customer = record_customer(row, books, office, now)?;
        let invoice = row.invoice(customer);
        match books.ledger.cases.get(&invoice.number) {
            Some(case) if case.invoice == invoice => {
                same += 1;
                continue;
            }
            Some(_) => changed += 1,
            None => new += 1,
        }
        books.record(now, Event::InvoiceRecorded { invoice })?;
    }
    Ok(AnswerWords::Imported { new, changed, same })
}

/// What stands for a customer whose row leaves it open: the user's own language and country.
pub fn defaults_of(config: &Config) -> Defaults {
    Defaults {
        language: config.me.language,
        country: config.me.country.clone(),
    }
}

/// Writes a card into the archive and names it in the journal, if it says anything new.
pub fn record_card(
    customer: &CustomerId,
    card: &CustomerCard,
    books: &mut Books,
    now: DateTime<Utc>,
) -> Result<(), BooksError> {
    if books.cards.get(customer) == Some(card) {
        return Ok(());
    }
    let name = ContentDigest::of(&[
        b"card",
        customer.0.as_bytes(),
        format!("{card:?}").as_bytes(),
        now.to_rfc3339().as_bytes(),
    ]);
    books.archive.put_json(Kind::Card, &name, card)?;
    books.record(
        now,
        Event::CustomerRecorded {
            customer: customer.clone(),
            card: name,
        },
    )
}

fn record_customer(
    row: &ImportRow,
    books: &mut Books,
    office: &Office,
    now: DateTime<Utc>,
) -> Result<CustomerId, BooksError> {
    let known = known_customer(row, &books.cards);
    let (id, mut card) = match known.and_then(|id| Some((id.clone(), books.cards.get(&id)?.clone()))) {
        Some(known) => known,
        None => (next_id(books), row.card(&defaults_of(&office.config))),
    };
    card.name = row.customer_name.clone();
    card.contact = row.contact.clone().or(card.contact);
    card.region = row.region.clone().or(card.region);
    card.language = row.language.unwrap_or(card.language);
    card.country = row.country.clone().unwrap_or(card.country);
    card.kind = row.kind;
    for address in &row.emails {
        if !card.addresses.contains(address) {
            card.addresses.push(address.clone());
        }
    }
    record_card(&id, &card, books, now)?;
    Ok(id)
}

/// The customer who has one of the row's addresses; else one of the same name at the same firm's domain.
fn known_customer(row: &ImportRow, cards: &BTreeMap<CustomerId, CustomerCard>) -> Option<CustomerId> {
    let by_address = cards
        .iter()
        .find(|(_, card)| row.emails.iter().any(|address| card.has_address(address)));
    let same_firm = |card: &CustomerCard| {
        let named = card.name.to_lowercase() == row.customer_name.to_lowercase();
        named
            && row
                .emails
                .iter()
                .any(|address| card.has_domain(address.domain(), is_freemail))
    };
    by_address
        .or_else(|| cards.iter().find(|(_, card)| same_firm(card)))
        .map(|(id, _)| id.clone())
}

fn next_id(books: &Books) -> CustomerId {
    let numbers = books
        .ledger
        .customers
        .keys()
        .filter_map(|id| id.0.strip_prefix('c')?.parse::<u64>().ok());
    CustomerId(format!("c{}", numbers.max().unwrap_or(0) + 1))
}
