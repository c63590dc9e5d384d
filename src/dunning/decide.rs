//! What is to be done now: a pure function of the ledger, the user's rules and the time.
//!
//! The design speaks of `decide(case, …)`. One case cannot decide alone: holds and moderation bind all cases of a
//! customer together, so the customer with all of his cases is what is decided upon.

use chrono::{DateTime, Duration, Utc};
use std::collections::BTreeMap;

use crate::dunning::calendar::{end_of, opening_from};
use crate::dunning::ladder::{Next, next_of};
use crate::model::action::Action;
use crate::model::case::{Case, Customer};
use crate::model::customer::CustomerId;
use crate::model::follow_up::Purpose;
use crate::model::ledger::Ledger;
use crate::model::policy::{Mode, Policy};

/// What to do for one customer now: at most one follow-up, the one that has been due longest; then what waits.
pub fn decide(customer: &Customer, cases: &[&Case], policy: &Policy, now: DateTime<Utc>) -> Vec<Action> {
    let mut due: Vec<(Next, &Case)> = Vec::new();
    let mut actions = Vec::new();
    let mut soonest: Option<DateTime<Utc>> = None;
    for case in cases.iter().filter(|case| case.looked_back) {
        let Some(next) = next_of(case, customer, policy, now) else {
            continue;
        };
        let number = case.invoice.number.clone();
        match (next.at <= now, next.approval) {
            (true, true) => actions.push(Action::AskApproval {
                case: number,
                step: next.step,
            }),
            (true, false) => due.push((next, case)),
            (false, _) => soonest = Some(soonest.map_or(next.at, |at| at.min(next.at))),
        }
    }
    let first = due
        .iter()
        .min_by_key(|(_, case)| (case.invoice.due, case.invoice.number.clone()));
    if let Some((next, case)) = first {
        let (case, step) = (case.invoice.number.clone(), next.step);
        match policy.mode {
            Mode::Send => actions.push(Action::Send { case, step }),
            Mode::Draft => actions.push(Action::LayDraft { case, step }),
            Mode::Observe => {}
        }
    }
    actions.extend(soonest.map(|until| Action::Wait { until }));
    actions
}

/// What to do for everybody now. Beyond the day's limit follow-ups wait; approvals are asked for all the same.
pub fn decide_all(ledger: &Ledger, policy: &Policy, now: DateTime<Utc>) -> Vec<Action> {
    let mut room = policy.max_per_day.saturating_sub(sent_on_day_of(ledger, policy, now));
    let mut actions = Vec::new();
    let mut soonest: Option<DateTime<Utc>> = None;
    for (id, cases) in open_cases_by_customer(ledger) {
        let Some(customer) = ledger.customers.get(id) else {
            continue;
        };
        for action in decide(customer, &cases, policy, now) {
            match action {
                Action::Wait { until } => soonest = Some(soonest.map_or(until, |at| at.min(until))),
                Action::Send { .. } | Action::LayDraft { .. } if room == 0 => {
                    let tomorrow = tomorrow_of(policy, now);
                    soonest = Some(soonest.map_or(tomorrow, |at| at.min(tomorrow)));
                }
                Action::Send { .. } | Action::LayDraft { .. } => {
                    room -= 1;
                    actions.push(action);
                }
                Action::AskApproval { .. } => actions.push(action),
            }
        }
    }
    actions.extend(soonest.map(|until| Action::Wait { until }));
    actions
}

/// Whether this very action is still what is to be done: asked again behind the fence, with all that was found there.
pub fn still_stands(action: &Action, ledger: &Ledger, policy: &Policy, now: DateTime<Utc>) -> bool {
    let (Action::Send { case, .. } | Action::LayDraft { case, .. } | Action::AskApproval { case, .. }) = action else {
        return false;
    };
    let Some(customer) = ledger.customer_of(case) else {
        return false;
    };
    let cases: Vec<&Case> = ledger.cases_of(&customer.id).collect();
    sent_on_day_of(ledger, policy, now) < policy.max_per_day && decide(customer, &cases, policy, now).contains(action)
}

/// Open cases grouped by customer in one pass, so that a tick stays linear in the number of cases.
fn open_cases_by_customer(ledger: &Ledger) -> BTreeMap<&CustomerId, Vec<&Case>> {
    let mut groups: BTreeMap<&CustomerId, Vec<&Case>> = BTreeMap::new();
    for case in ledger.cases.values().filter(|case| case.is_open()) {
        groups.entry(&case.invoice.customer).or_default().push(case);
    }
    groups
}

/// The first moment of the next day on which follow-ups may go.
fn tomorrow_of(policy: &Policy, now: DateTime<Utc>) -> DateTime<Utc> {
    let tonight = end_of(now.with_timezone(&policy.timezone).date_naive(), policy.timezone);
    opening_from(tonight + Duration::seconds(1), policy)
}

/// Follow-ups that went out, or were laid into Drafts, on the local day of `now`.
fn sent_on_day_of(ledger: &Ledger, policy: &Policy, now: DateTime<Utc>) -> u32 {
    let day = |at: DateTime<Utc>| at.with_timezone(&policy.timezone).date_naive();
    let count = ledger
        .outbox
        .values()
        .filter(|outgoing| matches!(outgoing.purpose, Purpose::FollowUp { .. }))
        .filter(|outgoing| outgoing.outcome.counts_as_sent())
        .filter(|outgoing| day(outgoing.outcome_at) == day(now))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
