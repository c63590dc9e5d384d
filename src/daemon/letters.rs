//! A follow-up written out: the last message of the conversation, the approved recipients, the invoice attached again.

use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeMap;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::envelope::Envelope;
use crate::daemon::office::Office;
use crate::model::address::{Address, Mailbox};
use crate::model::case::{Case, Link, Party};
use crate::model::customer::CustomerCard;
use crate::model::digest::ContentDigest;
use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::reading::attached::{AttachedInvoice, attached_invoice};
use crate::reading::parse::{Letter, parse};
use crate::wires::archive::Kind;
use crate::wires::config::settings::Config;
use crate::wires::providers::is_freemail;
use crate::writing::brief::{Brief, Me, Parent, PaymentMeans, PromiseSaid};
use crate::writing::fault::WritingFault;
use crate::writing::follow_up::follow_up;
use crate::writing::letter::AttachedFile;

/// The invoice is looked for in so many messages of the conversation, the first ones first.
const MESSAGES_SEARCHED_FOR_INVOICE_MAX: usize = 5;
/// A larger file is not sent again and again; the customer has it.
const ATTACHMENT_OCTETS_MAX: usize = 5 * 1024 * 1024;

/// Why a follow-up could not be written. The user is told; nothing goes out.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The case is gone.
    #[error("invoice {0} is not known")]
    NoCase(InvoiceNumber),
    /// The card was deleted, or has no address.
    #[error("there is no address to write to for invoice {0}: give one with `amiable contact {0} ADDRESS`")]
    NoAddress(InvoiceNumber),
    /// The words.
    #[error(transparent)]
    Writing(#[from] WritingFault),
    /// The disk.
    #[error(transparent)]
    Books(#[from] BooksError),
}

/// A follow-up, ready to go.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its bytes.
    pub octets: Vec<u8>,
    /// Its name in the archive.
    pub content: ContentDigest,
    /// From whom and to whom.
    pub envelope: Envelope,
    /// Our own words, for showing.
    pub text: String,
}

/// The user as customers see him.
pub fn me_of(config: &Config) -> Me<'_> {
    Me {
        name: &config.me.name,
        address: &config.me.address,
        company: config.me.company.as_deref(),
        phone: config.me.phone.as_deref(),
        postal_address: config.me.postal_address.as_deref(),
    }
}

fn payment_of(config: &Config) -> PaymentMeans<'_> {
    PaymentMeans {
        iban: config.payment.iban.as_deref(),
        bic: config.payment.bic.as_deref(),
        link: config.payment.link.as_deref(),
        other: config.payment.other.as_deref(),
    }
}

/// What went out before, and on which day.
fn earlier_of(case: &Case, zone: Tz) -> Vec<(Step, NaiveDate)> {
    let sent = case.sent.iter().filter(|sent| sent.outcome.counts_as_sent());
    sent.map(|sent| (sent.step, sent.at.with_timezone(&zone).date_naive()))
        .collect()
}

/// Writes one follow-up of a case as it would go out now.
pub fn write(number: &InvoiceNumber, step: Step, books: &Books, office: &Office) -> Result<Written, LetterError> {
    let case = books
        .ledger
        .cases
        .get(number)
        .ok_or_else(|| LetterError::NoCase(number.clone()))?;
    let card = books
        .cards
        .get(&case.invoice.customer)
        .filter(|card| !card.addresses.is_empty());
    let card = card.ok_or_else(|| LetterError::NoAddress(number.clone()))?;
    let config = &office.config;
    let last = last_letter(case, card, books)?;
    let people = recipients(case, card, last.as_ref().map(|(link, letter)| (*link, letter)), config);
    let id = MessageId::of_follow_up(books.account(), number.as_str(), step.name());
    let zone = office.policy().timezone;
    let earlier = earlier_of(case, zone);
    let promise = case.promises.last().map(|promise| PromiseSaid {
        said_on: promise.made_at.with_timezone(&zone).date_naive(),
        date: promise.date,
    });
    let invoice_file = find_invoice(case, books)?;
    let approved = case.approved.contains(&step);
    let brief = Brief {
        step,
        message_id: &id,
        me: me_of(config),
        payment: payment_of(config),
        customer: card,
        invoice: &case.invoice,
        owed: case.owed(),
        paid: case.paid,
        now: office.now().with_timezone(&zone),
        parent: last.as_ref().map(|(link, letter)| parent_of(link, letter)),
        to: &people.to,
        cc: &people.cc,
        earlier: &earlier,
        promise,
        unattended: !approved,
        attachment: invoice_file.as_ref().map(|file| AttachedFile {
            name: &file.name,
            media_type: &file.media_type,
            octets: &file.octets,
        }),
    };
    let composed = follow_up(&brief)?;
    let content = parse(&composed.octets).content;
    let to = people
        .to
        .iter()
        .chain(&people.cc)
        .map(|mailbox| mailbox.address.clone())
        .collect();
    let envelope = Envelope {
        from: config.me.address.clone(),
        to,
        dropped: people.dropped,
    };
    Ok(Written {
        octets: composed.octets,
        content,
        envelope,
        text: composed.text,
    })
}

/// The last message of the conversation that the archive has: one that could not be read, or was forgotten, leaves the
/// conversation where it was. So does one of a stranger: only words of the customer and of the user are quoted.
fn last_letter<'a>(
    case: &'a Case,
    card: &CustomerCard,
    books: &Books,
) -> Result<Option<(&'a Link, Letter)>, BooksError> {
    let mut links: Vec<&Link> = case.conversation.iter().rev().collect();
    links.sort_by_key(|link| std::cmp::Reverse(link.at));
    for link in links {
        let Some(raw) = books.archive.get(Kind::Message, &link.content)? else {
            continue;
        };
        let letter = parse(&raw);
        if link.party != Party::Customer || letter.from.as_ref().is_some_and(|from| is_theirs(&from.address, card)) {
            return Ok(Some((link, letter)));
        }
    }
    Ok(None)
}

fn parent_of<'a>(link: &'a Link, letter: &'a Letter) -> Parent<'a> {
    // A copy that a provider gave another id: both ids are known, the one that customers saw comes first.
    let message_id = letter.message_ids.first().or(link.message_id.as_ref());
    Parent {
        message_id,
        references: &letter.references,
        subject: &letter.subject,
        thread_topic: letter.thread_topic.as_deref(),
        thread_index: letter.thread_index.as_deref(),
        from: letter.from.as_ref(),
        date: letter.date,
        text: &letter.text,
        has_html: letter.html.is_some(),
        from_user: link.party != Party::Customer,
    }
}

/// Who gets it, and who of the conversation does not.
struct People {
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    dropped: Vec<Address>,
}

/// The main address, and the people of the last message who are the customer's: approved by the user, or of the same
/// non-freemail domain and already in the conversation. Reply-To is not followed.
fn recipients(case: &Case, card: &CustomerCard, last: Option<(&Link, &Letter)>, config: &Config) -> People {
    let mut people = People {
        to: Vec::new(),
        cc: Vec::new(),
        dropped: Vec::new(),
    };
    let mut seen: BTreeMap<Address, ()> = BTreeMap::new();
    let own = |address: &Address| {
        config.me.address.is_same_mailbox(address)
            || config.me.aliases.iter().any(|alias| alias.is_same_mailbox(address))
    };
    if let Some(main) = card.addresses.first() {
        let name = last
            .and_then(|(_, letter)| name_in(letter, main))
            .or_else(|| card.contact.clone());
        seen.insert(main.clone(), ());
        people.to.push(Mailbox {
            name,
            address: main.clone(),
        });
    }
    let Some((link, letter)) = last.filter(|_| !case.conversation.is_empty()) else {
        return people;
    };
    let from_customer = link.party == Party::Customer;
    let writer = letter.from.iter().filter(|_| from_customer);
    let (addressed, copied) = (letter.to.iter(), letter.cc.iter());
    for (mailbox, is_writer) in writer
        .map(|mailbox| (mailbox, true))
        .chain(addressed.chain(copied).map(|m| (m, false)))
    {
        let address = &mailbox.address;
        if own(address) || seen.insert(address.clone(), ()).is_some() {
            continue;
        }
        if !is_theirs(address, card) {
            people.dropped.push(address.clone());
        } else if is_writer {
            people.to.push(mailbox.clone());
        } else {
            people.cc.push(mailbox.clone());
        }
    }
    people
}

/// Approved by the user, or at the customer's own domain.
fn is_theirs(address: &Address, card: &CustomerCard) -> bool {
    card.has_address(address) || card.has_domain(address.domain(), is_freemail)
}

fn name_in(letter: &Letter, address: &Address) -> Option<String> {
    let everybody = letter.from.iter().chain(&letter.to).chain(&letter.cc);
    everybody
        .filter(|mailbox| mailbox.address == *address)
        .find_map(|mailbox| mailbox.name.clone())
}

/// The invoice as a file, from the earliest message of the user that holds it.
fn find_invoice(case: &Case, books: &Books) -> Result<Option<AttachedInvoice>, BooksError> {
    let own = case.conversation.iter().filter(|link| link.party != Party::Customer);
    for link in own.take(MESSAGES_SEARCHED_FOR_INVOICE_MAX) {
        let Some(raw) = books.archive.get(Kind::Message, &link.content)? else {
            continue;
        };
        if let Some(file) = attached_invoice(&raw, &case.invoice.number, ATTACHMENT_OCTETS_MAX) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}
