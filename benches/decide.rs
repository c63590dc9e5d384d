//! How the time of a tick, a plan and a fold grows with the number of open cases: linear is a ratio of 2.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measurement, read by those who run it"
)]

use std::time::{Duration, Instant};

use amiable::dunning::decide::decide_all;
use amiable::dunning::plan::plan;
use amiable::model::customer::CustomerId;
use amiable::model::digest::ContentDigest;
use amiable::model::event::{Event, Record};
use amiable::model::invoice::{Document, Invoice, InvoiceNumber};
use amiable::model::ledger::Ledger;
use amiable::model::money::Money;
use amiable::model::policy::{Days, HoldTerms, Hours, Mode, Policy};
use chrono::{DateTime, Duration as Span, Utc};

const SIZES: [usize; 3] = [2_500, 5_000, 10_000];
/// The best of so many runs: the one that the machine disturbed least.
const RUNS: usize = 5;

fn records(cases: usize, cases_each: usize, now: DateTime<Utc>) -> Vec<Record> {
    let mut events = Vec::new();
    for at in 0..cases {
        let customer = CustomerId(format!("c{}", at / cases_each));
        if at % cases_each == 0 {
            let card = ContentDigest::of(&[customer.0.as_bytes()]);
            events.push(Event::CustomerRecorded {
                customer: customer.clone(),
                card,
            });
        }
        let number = InvoiceNumber::parse(&format!("2026-{at:05}")).unwrap();
        let due = now.date_naive() - Span::days(at as i64 % 60);
        let total = Money {
            amount: 100.into(),
            currency: iso_currency::Currency::EUR,
        };
        let (document, service, order, valid_until, terms) = (Document::Invoice, None, None, None, None);
        let invoice = Invoice {
            number: number.clone(),
            customer,
            total,
            issued: due,
            due,
            document,
            service,
            order,
            valid_until,
            terms,
        };
        events.push(Event::InvoiceRecorded { invoice });
        events.push(Event::LookedBack { cases: vec![number] });
    }
    events
        .into_iter()
        .zip(1..)
        .map(|(event, seq)| Record { seq, at: now, event })
        .collect()
}

fn best(mut run: impl FnMut()) -> Duration {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        run();
        times.push(start.elapsed());
    }
    times.into_iter().min().unwrap()
}

fn row(name: &str, cases_each: usize, measure: impl Fn(&[Record], &Ledger) -> Duration, now: DateTime<Utc>) {
    let times: Vec<Duration> = SIZES
        .iter()
        .map(|cases| {
            let records = records(*cases, cases_each, now);
            let mut ledger = Ledger::default();
            records.iter().for_each(|record| ledger.apply(record));
            measure(&records, &ledger)
        })
        .collect();
    let shown: Vec<String> = SIZES
        .iter()
        .zip(&times)
        .map(|(cases, time)| format!("{cases}: {time:.2?}"))
        .collect();
    let ratios: Vec<String> = times
        .windows(2)
        .map(|pair| format!("×{:.1}", pair[1].as_secs_f64() / pair[0].as_secs_f64()))
        .collect();
    println!("{name:<34} {}   {}", shown.join("  "), ratios.join(" "));
}

fn main() {
    let now: DateTime<Utc> = "2026-03-04T10:00:00Z".parse().unwrap();
    let policy = Policy {
        mode: Mode::Send,
        ladder: Policy::default_ladder(),
        hours: Hours { from: 510, to: 1080 },
        days: Days::Business,
        min_days_between: 7,
        max_per_day: 50,
        holds: HoldTerms::default(),
        recap: false,
        timezone: chrono_tz::Europe::Paris,
    };
    let until = Some(now + Span::days(30));
    for each in [1, 5] {
        row(
            &format!("fold, {each} a customer"),
            each,
            |records, _| {
                best(|| {
                    let mut ledger = Ledger::default();
                    records.iter().for_each(|record| ledger.apply(record));
                    std::hint::black_box(ledger);
                })
            },
            now,
        );
        row(
            &format!("decide_all, {each} a customer"),
            each,
            |_, ledger| best(|| drop(std::hint::black_box(decide_all(ledger, &policy, now)))),
            now,
        );
        row(
            &format!("plan, {each} a customer"),
            each,
            |_, ledger| best(|| drop(std::hint::black_box(plan(ledger, &policy, now, None)))),
            now,
        );
    }
    row(
        "decide_all, all of one customer",
        10_000,
        |_, ledger| best(|| drop(std::hint::black_box(decide_all(ledger, &policy, now)))),
        now,
    );
    row(
        "plan of 30 days, all of one customer",
        10_000,
        |_, ledger| best(|| drop(std::hint::black_box(plan(ledger, &policy, now, until)))),
        now,
    );
}
