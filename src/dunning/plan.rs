//! What would go out, and when, if nobody answered: the ladder walked in virtual time.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use crate::dunning::ladder::{Next, next_of};
use crate::model::case::{Case, Customer, Sent};
use crate::model::customer::CustomerId;
use crate::model::follow_up::Outcome;
use crate::model::invoice::InvoiceNumber;
use crate::model::ledger::Ledger;
use crate::model::message_id::MessageId;
use crate::model::policy::Policy;

/// The steps to come of every open case, in order of time, up to `until`.
pub fn plan(
    ledger: &Ledger,
    policy: &Policy,
    now: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) -> BTreeMap<InvoiceNumber, Vec<Next>> {
    let mut by_customer: BTreeMap<&CustomerId, Vec<Case>> = BTreeMap::new();
    for case in ledger.cases.values().filter(|case| case.is_open()) {
        by_customer
            .entry(&case.invoice.customer)
            .or_default()
            .push(case.clone());
    }
    let mut plans = BTreeMap::new();
    for (id, mut cases) in by_customer {
        plans.extend(cases.iter().map(|case| (case.invoice.number.clone(), Vec::new())));
        let Some(mut customer) = ledger.customers.get(id).cloned() else {
            continue;
        };
        walk(&mut customer, &mut cases, policy, now, until, &mut plans);
    }
    plans
}

/// Steps that wait for approval are shown on the day they would go with it; what follows them is planned from there.
fn walk(
    customer: &mut Customer,
    cases: &mut [Case],
    policy: &Policy,
    now: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    plans: &mut BTreeMap<InvoiceNumber, Vec<Next>>,
) {
    let mut now = now;
    loop {
        let upcoming = cases
            .iter()
            .enumerate()
            .filter_map(|(at, case)| Some((at, next_of(case, customer, policy, now)?)));
        // What waits for the user's word does not keep what needs none from going first, as in `decide`.
        let first =
            upcoming.min_by_key(|(at, next)| (next.at, next.approval, cases.get(*at).map(|case| case.invoice.due)));
        let Some((at, next)) = first.filter(|(_, next)| until.is_none_or(|until| next.at <= until)) else {
            return;
        };
        let Some(case) = cases.get_mut(at) else { return };
        plans.entry(case.invoice.number.clone()).or_default().push(next);
        let message_id = MessageId::parse(next.step.name());
        let Some(message_id) = message_id else { return };
        case.sent.retain(|sent| sent.step != next.step);
        case.sent.push(Sent {
            step: next.step,
            message_id,
            at: next.at,
            outcome: Outcome::Accepted,
        });
        customer.followed_up_at = Some(next.at);
        now = now.max(next.at);
    }
}
