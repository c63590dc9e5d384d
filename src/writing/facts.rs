//! What a template can name: every fact of a brief as a finished word of the customer's language.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::model::customer::{CustomerKind, Language};
use crate::model::follow_up::Step;
use crate::model::invoice::Invoice;
use crate::model::money::Money;
use crate::writing::brief::{Brief, Me, PaymentMeans};
use crate::writing::clean;
use crate::writing::words;

/// Days until the date that a follow-up asks for. A formal notice gives two weeks, as courts of several countries expect.
fn days_to_pay(step: Step) -> u64 {
    match step {
        Step::FormalNotice => 14,
        Step::Formal => 8,
        Step::ProofQuestion | Step::LapsedPromise => 5,
        _ => 7,
    }
}

/// Whether a follow-up says how late the payment is: not to someone who has just answered.
fn recalls_lateness(step: Step) -> bool {
    step.is_reminder() || step == Step::LapsedPromise
}

/// The first day from Monday to Friday on or after the one that many days ahead.
fn pay_by(today: NaiveDate, days: u64) -> NaiveDate {
    let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
    let on = match day.weekday() {
        Weekday::Sat => 2,
        Weekday::Sun => 1,
        _ => 0,
    };
    day.checked_add_days(Days::new(on)).unwrap_or(day)
}

/// Where interest and a fixed sum fall due between businesses by law: the EU (directive 2011/7) and the United Kingdom.
const LATE_PAYMENT_LAW: &str = "AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// Longer facts do not belong into a letter.
const FACT_CHARS_MAX: usize = 200;

/// The names that a template of a follow-up can use; what is absent is unknown.
#[derive(Serialize)]
pub struct Facts {
    me: MeFacts,
    customer: CustomerFacts,
    invoice: InvoiceFacts,
    payment: PaymentFacts,
    /// Whether any means of payment is known.
    has_payment: bool,
    owed: String,
    /// `None` where nothing came in yet.
    paid: Option<String>,
    /// `12 jours`; `None` where it is not late, or where saying so would be out of place.
    late_by: Option<String>,
    /// `dans 3 jours`; `None` after the due date.
    due_in: Option<String>,
    /// The day that the follow-up asks for.
    pay_by: String,
    /// Whether anything was sent before.
    earlier: bool,
    /// `le 13 mars et le 20 mars`
    earlier_dates: String,
    /// `13 mars et 20 mars`
    earlier_list: String,
    /// `le 20 mars`
    last_date: String,
    /// `20 mars`
    last_day: String,
    promise: Option<PromiseFacts>,
    attached: bool,
    late_payment_law: bool,
    country: String,
}

#[derive(Serialize)]
struct MeFacts {
    name: String,
    address: String,
    company: Option<String>,
    phone: Option<String>,
    postal_address: Option<String>,
}

#[derive(Serialize)]
struct CustomerFacts {
    name: String,
    contact: Option<String>,
    is_consumer: bool,
}

#[derive(Serialize)]
struct InvoiceFacts {
    number: String,
    issued: String,
    due: String,
    total: String,
    service: Option<String>,
    order: Option<String>,
    terms: Option<String>,
}

#[derive(Serialize)]
struct PaymentFacts {
    iban: Option<String>,
    bic: Option<String>,
    link: Option<String>,
    other: Option<String>,
}

#[derive(Serialize)]
struct PromiseFacts {
    said_on: String,
    date: Option<String>,
}

/// One line, or nothing where it would be empty.
fn fact(text: Option<&str>) -> Option<String> {
    text.map(|text| clean::line(text, FACT_CHARS_MAX))
        .filter(|text| !text.is_empty())
}

/// The facts of a brief.
pub fn facts(brief: &Brief) -> Facts {
    let language = brief.customer.language;
    let (today, due) = (brief.now.date_naive(), brief.invoice.due);
    let days_late = (today - due).num_days();
    let near = |day| words::near_date(day, today, language);
    let payment = payment_facts(&brief.payment);
    let received = Money {
        amount: brief.paid,
        currency: brief.invoice.total.currency,
    };
    let mut days: Vec<NaiveDate> = brief.earlier.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    days.dedup();
    let last = days.last().copied();
    let country = brief.customer.country.to_uppercase();
    Facts {
        me: me_facts(&brief.me),
        customer: CustomerFacts {
            name: clean::line(&brief.customer.name, FACT_CHARS_MAX),
            contact: fact(brief.customer.contact.as_deref()),
            is_consumer: brief.customer.kind == CustomerKind::Consumer,
        },
        invoice: invoice_facts(brief.invoice, language),
        has_payment: payment.iban.is_some() || payment.link.is_some() || payment.other.is_some(),
        payment,
        owed: words::money(brief.owed, language),
        paid: (brief.paid > Decimal::ZERO).then(|| words::money(received, language)),
        late_by: (days_late > 0 && recalls_lateness(brief.step)).then(|| words::counted(days_late, language)),
        due_in: (days_late <= 0).then(|| words::distance(-days_late, language)),
        pay_by: near(pay_by(today, days_to_pay(brief.step))),
        earlier: last.is_some(),
        earlier_dates: on_days(&days, today, language),
        earlier_list: words::listed(&days.iter().map(|day| near(*day)).collect::<Vec<_>>(), language),
        last_date: last.map(|day| on_days(&[day], today, language)).unwrap_or_default(),
        last_day: last.map(near).unwrap_or_default(),
        promise: brief.promise.map(|said| PromiseFacts {
            said_on: near(said.said_on),
            date: said.date.map(near),
        }),
        attached: brief.attachment.is_some(),
        late_payment_law: brief.customer.kind == CustomerKind::Business
            && LATE_PAYMENT_LAW.split(' ').any(|known| known == country),
        country,
    }
}

fn me_facts(me: &Me) -> MeFacts {
    MeFacts {
        name: clean::line(me.name, FACT_CHARS_MAX),
        address: me.address.to_string(),
        company: fact(me.company),
        phone: fact(me.phone).map(|phone| phone.replace(' ', &words::NO_BREAK_SPACE.to_string())),
        postal_address: me
            .postal_address
            .map(|text| clean::block(text, FACT_CHARS_MAX))
            .filter(|text| !text.is_empty()),
    }
}

fn invoice_facts(invoice: &Invoice, language: Language) -> InvoiceFacts {
    InvoiceFacts {
        number: clean::line(invoice.number.as_str(), FACT_CHARS_MAX),
        issued: words::date(invoice.issued, language),
        due: words::date(invoice.due, language),
        total: words::money(invoice.total, language),
        service: fact(invoice.service.as_deref()),
        order: fact(invoice.order.as_deref()),
        terms: fact(invoice.terms.as_deref()),
    }
}

fn payment_facts(payment: &PaymentMeans) -> PaymentFacts {
    PaymentFacts {
        iban: fact(payment.iban).map(|iban| in_fours(&iban)),
        bic: fact(payment.bic),
        link: payment
            .link
            .map(|link| clean::line(link, 2_000))
            .filter(|link| !link.is_empty()),
        other: fact(payment.other),
    }
}

/// An IBAN in groups of four, as it is printed (ISO 13616); plain blanks, for it will be copied into a bank's form.
fn in_fours(iban: &str) -> String {
    let bare: Vec<char> = iban.chars().filter(|c| !c.is_whitespace()).collect();
    bare.chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `le 13 mars et le 20 mars`, `on 13 March and 20 March`.
fn on_days(days: &[NaiveDate], today: NaiveDate, language: Language) -> String {
    let day = |day: &NaiveDate| words::near_date(*day, today, language);
    match language {
        Language::Fr => {
            let each: Vec<String> = days.iter().map(|date| format!("le {}", day(date))).collect();
            words::listed(&each, language)
        }
        Language::En => format!(
            "on {}",
            words::listed(&days.iter().map(day).collect::<Vec<_>>(), language)
        ),
    }
}
