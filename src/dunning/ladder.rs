//! Which follow-up a case is to get next, and when it may go at the earliest.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::dunning::calendar::{business_day_from, end_of, opening_from, start_of};
use crate::model::case::{Case, Customer, Promise};
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::Document;
use crate::model::policy::{Days, Policy, Rung};
use crate::model::reading::Label;

/// The follow-up that comes next if nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Which.
    pub step: Step,
    /// When it may go at the earliest.
    pub at: DateTime<Utc>,
    /// Whether it still waits for the user's word.
    pub approval: bool,
}

/// Two follow-ups of one case never go on one day, whatever the configuration says.
const CASE_GAP_DAYS_MIN: i64 = 1;

/// The next follow-up of a case; `None`: nothing more comes by itself.
pub fn next_of(case: &Case, customer: &Customer, policy: &Policy, now: DateTime<Utc>) -> Option<Next> {
    let owing = case.is_open() && case.owed().amount > Decimal::ZERO && case.invoice.document == Document::Invoice;
    let drafted = case.sent.iter().any(|sent| sent.outcome == Outcome::Draft);
    if !owing || drafted {
        return None;
    }
    if let Some(recap) = recap_of(case, customer, policy, now) {
        return Some(recap);
    }
    let free = free_from(customer.holds_on(&case.invoice.number, now), now)?;
    let next = first_of(case, customer, policy, free);
    match open_promise(case).and_then(|promise| promise.date) {
        // Let go on by the user before the promised day is over, and nothing goes before: by then the promise has lapsed.
        Some(date) if next.is_none_or(|next| next.at >= end_of(date, policy.timezone)) => {
            first_of(case, customer, policy, free.max(end_of(date, policy.timezone)))
        }
        _ => next,
    }
}

/// The first of the candidates that still makes sense when it may go.
fn first_of(case: &Case, customer: &Customer, policy: &Policy, free: DateTime<Utc>) -> Option<Next> {
    candidates(case, policy, free)
        .map(|wanted| {
            let at = opening_of(case, customer, &wanted, policy, free);
            (wanted, at)
        })
        // A word before the due date makes no sense after it: then the next step is the first.
        .find(|(wanted, at)| wanted.step != Step::Courtesy || local_day(*at, policy) <= case.invoice.due)
        .map(|(wanted, at)| Next {
            step: wanted.step,
            at,
            approval: wanted.approval && !case.approved.contains(&wanted.step),
        })
}

/// When these holds are over; `None`: not before an act of the user.
fn free_from<'a>(holds: impl Iterator<Item = &'a Hold>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match Hold::longest(holds) {
        Some(hold) => hold.free_from().map(|free| free.max(now)),
        None => Some(now),
    }
}

/// Whether a case would still get follow-ups if nothing held it.
pub fn has_more(case: &Case, policy: &Policy) -> bool {
    let in_the_end = DateTime::<Utc>::MAX_UTC;
    case.invoice.document == Document::Invoice && candidates(case, policy, in_the_end).next().is_some()
}

/// A step or note that is to come, before any date is worked out.
struct Wanted {
    step: Step,
    approval: bool,
    /// Not before this day; `None`: as soon as moderation allows.
    from: Option<NaiveDate>,
    gap_days: i64,
}

impl Wanted {
    fn note(step: Step, from: Option<NaiveDate>, policy: &Policy) -> Wanted {
        Wanted {
            step,
            approval: false,
            from,
            gap_days: policy.min_days_between,
        }
    }
}

/// What may come next once the case is free to go: a note that something calls for, else the rungs to come, in order.
fn candidates(case: &Case, policy: &Policy, free: DateTime<Utc>) -> impl Iterator<Item = Wanted> {
    let note = if case.proof_wanted && !case.has_sent(Step::ProofQuestion) {
        Some(Wanted::note(Step::ProofQuestion, None, policy))
    } else {
        // What was promised for a day before the due date is not late before the invoice is.
        let overdue_from = case.invoice.due.succ_opt();
        answer_to_promise(case, policy, free).map(|step| Wanted::note(step, overdue_from, policy))
    };
    let last = policy.ladder.iter().rposition(|rung| case.has_sent(rung.step));
    let first = if note.is_some() {
        policy.ladder.len()
    } else {
        last.map_or(0, |at| at + 1)
    };
    let rungs = policy
        .ladder
        .iter()
        .skip(first)
        .filter_map(|rung| wanted_rung(case, rung, policy));
    note.into_iter().chain(rungs)
}

/// The note that a promise calls for, when nothing has gone out since: a lapsed one, or one without a date.
/// Each note goes once a case; after it the ladder goes on.
fn answer_to_promise(case: &Case, policy: &Policy, free: DateTime<Utc>) -> Option<Step> {
    let promise = open_promise(case)?;
    let note = match promise.date {
        // The user let the case go on before the promised day was over: the promise has not lapsed.
        Some(date) if free < end_of(date, policy.timezone) => return None,
        Some(_) => Step::LapsedPromise,
        None => Step::PromiseQuestion,
    };
    (!case.has_sent(note)).then_some(note)
}

/// The last promise, if nothing but its recap has gone out since.
fn open_promise(case: &Case) -> Option<&Promise> {
    let promise = case.promises.last()?;
    let answered = case
        .sent
        .iter()
        .any(|sent| sent.outcome.counts_as_sent() && sent.step != Step::Recap && sent.at > promise.made_at);
    (!answered).then_some(promise)
}

/// The recap of a promise, where the user wants recaps: the one follow-up that a promise calls for instead of stopping.
/// It goes when nothing but promises holds the customer, and before the promised day, or not at all.
fn recap_of(case: &Case, customer: &Customer, policy: &Policy, now: DateTime<Utc>) -> Option<Next> {
    let date = open_promise(case)
        .filter(|_| policy.recap && !case.has_sent(Step::Recap))?
        .date?;
    let is_promise = |hold: &Hold| hold.reason == HoldReason::Label(Label::Promise) && hold.until.is_some();
    let others = customer
        .holds_on(&case.invoice.number, now)
        .filter(|hold| !is_promise(hold));
    let free = free_from(others, now)?;
    let at = opening_of(case, customer, &Wanted::note(Step::Recap, None, policy), policy, free);
    let in_time = local_day(at, policy) < date;
    in_time.then_some(Next {
        step: Step::Recap,
        at,
        approval: false,
    })
}

fn wanted_rung(case: &Case, rung: &Rung, policy: &Policy) -> Option<Wanted> {
    let from = case.invoice.due.checked_add_signed(Duration::days(rung.after_days))?;
    Some(Wanted {
        step: rung.step,
        approval: rung.approval || rung.step == Step::FormalNotice,
        from: Some(from),
        gap_days: rung.min_gap_days.unwrap_or(policy.min_days_between),
    })
}

/// The first open moment, not before `free`, at which it may go.
fn opening_of(
    case: &Case,
    customer: &Customer,
    wanted: &Wanted,
    policy: &Policy,
    free: DateTime<Utc>,
) -> DateTime<Utc> {
    let retry_at = case.sent_step(wanted.step).and_then(|sent| match sent.outcome {
        Outcome::Deferred { retry_at, .. } => Some(retry_at),
        _ => None,
    });
    let day = start_of(earliest_day(case, customer, wanted, policy), policy.timezone);
    opening_from(retry_at.map_or(day, |at| at.max(day)).max(free), policy)
}

fn local_day(at: DateTime<Utc>, policy: &Policy) -> NaiveDate {
    at.with_timezone(&policy.timezone).date_naive()
}

fn earliest_day(case: &Case, customer: &Customer, wanted: &Wanted, policy: &Policy) -> NaiveDate {
    let after = |at: Option<DateTime<Utc>>, days: i64| local_day(at?, policy).checked_add_signed(Duration::days(days));
    let from_customer = after(customer.followed_up_at, wanted.gap_days.max(policy.min_days_between));
    let from_case = after(case.last_sent_at(), wanted.gap_days.max(CASE_GAP_DAYS_MIN));
    let day = [wanted.from, from_customer, from_case]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(NaiveDate::MIN);
    if policy.days == Days::Business {
        business_day_from(day)
    } else {
        day
    }
}
