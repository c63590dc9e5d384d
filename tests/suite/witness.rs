//! One who remembers what customers and user did, by simple rules of his own, and judges whatever is sent by them.

use std::collections::{BTreeMap, BTreeSet};

use amiable::model::arrival::Match;
use amiable::model::customer::CustomerId;
use amiable::model::follow_up::Step;
use amiable::model::invoice::InvoiceNumber;
use amiable::model::policy::Days;
use amiable::model::reading::{Label, Reading};
use chrono::{Datelike, Duration, NaiveDate, Timelike};

use crate::firm::{Done, Firm, number};

pub const CUSTOMERS: usize = 3;
pub const CASES_EACH: usize = 3;

/// A stop, as this file understands the design's table: by whole days.
#[derive(Debug, Clone)]
pub struct Stop {
    customer: CustomerId,
    origin: Option<InvoiceNumber>,
    no: Option<Label>,
    kind: Kind,
    /// Nothing goes on this day or before; `None`: without end.
    through: Option<NaiveDate>,
    passed_by: BTreeSet<InvoiceNumber>,
    message: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Paid,
    Promise,
    Question,
    Mail(usize),
    Else,
}

/// Remembers what the user and the customers did, and nothing of how the program keeps it.
#[derive(Debug, Default)]
pub struct Witness {
    stops: Vec<Stop>,
    closed: BTreeSet<InvoiceNumber>,
    pub approved: BTreeSet<(InvoiceNumber, Step)>,
    left: BTreeSet<(InvoiceNumber, Step)>,
    last: BTreeMap<CustomerId, NaiveDate>,
    per_day: BTreeMap<NaiveDate, u32>,
    seen: usize,
    messages: usize,
}

pub fn customer_of(case: &InvoiceNumber) -> CustomerId {
    CustomerId(format!("c{}", &case.as_str()[1..2]))
}

pub fn all_cases() -> Vec<InvoiceNumber> {
    (0..CUSTOMERS * CASES_EACH)
        .map(|at| number(&format!("F{}-{}", at / CASES_EACH, at % CASES_EACH)))
        .collect()
}

pub fn business_days_after(mut day: NaiveDate, count: u32) -> NaiveDate {
    let mut left = count;
    while left > 0 {
        day += Duration::days(1);
        left -= u32::from(day.weekday().number_from_monday() <= 5);
    }
    day
}

impl Witness {
    pub fn stop(
        &mut self,
        case: &InvoiceNumber,
        origin: bool,
        no: Option<Label>,
        kind: Kind,
        through: Option<NaiveDate>,
    ) {
        let origin = origin.then(|| case.clone());
        let (customer, message) = (customer_of(case), self.messages);
        self.stops.push(Stop {
            customer,
            origin,
            no,
            kind,
            through,
            passed_by: BTreeSet::new(),
            message,
        });
    }

    /// The design's table, once more and in days.
    pub fn hears(
        &mut self,
        case: &InvoiceNumber,
        own: bool,
        matched: Option<Match>,
        reading: &Reading,
        today: NaiveDate,
    ) {
        self.messages += 1;
        let labels = reading.labels.clone();
        if reading.says(Label::Bounce) {
            let permanent = reading.bounce.as_ref().is_none_or(|bounce| bounce.permanent);
            let through = (!permanent).then(|| today + Duration::days(5));
            return self.stop(case, own, None, Kind::Else, through);
        }
        for no in labels.iter().filter(|label| label.is_a_no()) {
            self.stop(case, own, Some(*no), Kind::Else, None);
        }
        if reading.says(Label::AutoReply) {
            let back = reading.absent_until.map(|day| day.min(today + Duration::days(30)));
            // The day before the first on which a mail may go.
            let through = back
                .map(|day| business_days_after(day, 1) - Duration::days(1))
                .filter(|day| *day >= today);
            if reading.unattended || through.is_some() {
                self.stop(case, own, None, Kind::Else, through.filter(|_| !reading.unattended));
            }
            return;
        }
        if matched.is_none() || reading.doubt.is_some() {
            return self.stop(case, own, None, Kind::Question, None);
        }
        for label in labels.iter().filter(|label| !label.is_a_no()) {
            let (kind, through) = match label {
                Label::Paid => (Kind::Paid, None),
                Label::Promise if matched == Some(Match::Address) => (Kind::Promise, None),
                Label::Promise => {
                    let dated = reading.promise_date.map(|date| business_days_after(date.max(today), 2));
                    (Kind::Promise, Some(dated.unwrap_or(today + Duration::days(7))))
                }
                Label::Acknowledged => (Kind::Else, Some(business_days_after(today, 5))),
                Label::Other => (Kind::Else, Some(today + Duration::days(7))),
                _ => (Kind::Else, None),
            };
            self.stop(case, own, None, kind, through);
        }
    }

    pub fn standing(&mut self, case: &InvoiceNumber, today: NaiveDate) -> impl Iterator<Item = &mut Stop> {
        let (customer, case) = (customer_of(case), case.clone());
        self.stops.iter_mut().filter(move |stop| {
            stop.customer == customer && stop.through.is_none_or(|day| day >= today) && !stop.passed_by.contains(&case)
        })
    }

    pub fn resumes(&mut self, case: &InvoiceNumber, despite: Option<Label>, today: NaiveDate) {
        for stop in self.standing(case, today) {
            match (stop.no, &stop.origin) {
                (Some(no), _) if despite != Some(no) => {}
                (None, Some(origin)) if origin == case => stop.through = Some(NaiveDate::MIN),
                _ => drop(stop.passed_by.insert(case.clone())),
            }
        }
    }

    pub fn settles(&mut self, case: &InvoiceNumber, today: NaiveDate) {
        let dispute =
            |stop: &Stop| stop.no == Some(Label::Dispute) && stop.origin.as_ref().is_none_or(|origin| origin == case);
        let read: BTreeSet<usize> = self
            .standing(case, today)
            .filter(|stop| dispute(stop))
            .map(|stop| stop.message)
            .collect();
        for stop in self.standing(case, today) {
            if dispute(stop) || stop.kind == Kind::Question && read.contains(&stop.message) {
                stop.passed_by.insert(case.clone());
                if stop.origin.is_some() {
                    stop.through = Some(NaiveDate::MIN);
                }
            }
        }
    }

    pub fn stops_for_good(&mut self, case: &InvoiceNumber) {
        self.closed.insert(case.clone());
    }

    pub fn opens_again(&mut self, case: &InvoiceNumber) {
        self.closed.remove(case);
    }

    pub fn closes(&mut self, case: &InvoiceNumber) {
        self.closed.insert(case.clone());
        for stop in self.stops.iter_mut().filter(|stop| stop.origin.as_ref() == Some(case)) {
            if matches!(stop.kind, Kind::Paid | Kind::Promise) {
                stop.through = Some(NaiveDate::MIN);
            }
        }
    }

    /// Looks at everything that the firm did since the last look.
    pub fn looks(&mut self, firm: &Firm) {
        let dones: Vec<Done> = firm.done.iter().skip(self.seen).cloned().collect();
        self.seen = firm.done.len();
        for done in dones.iter().filter(|done| done.how != "asked") {
            self.judges(done, firm);
        }
    }

    pub fn judges(&mut self, done: &Done, firm: &Firm) {
        let policy = &firm.policy;
        let local = done.at.with_timezone(&policy.timezone);
        let (today, minute) = (local.date_naive(), local.hour() * 60 + local.minute());
        let case = &done.case;
        let recap = done.step == Step::Recap;
        let stop = self
            .standing(case, today)
            .find(|stop| !(recap && stop.kind == Kind::Promise && stop.through.is_some()));
        // A hold ends a second before midnight; only the whole day can show that second.
        assert!(
            stop.is_none() || minute == 1439 && local.second() == 59,
            "{done:?} over {stop:?}"
        );
        assert!(!self.closed.contains(case), "{done:?} on a closed case");
        assert!(
            !self.left.contains(&(case.clone(), done.step)),
            "{done:?} a second time"
        );
        assert!(
            policy.hours.from <= minute && minute < policy.hours.to,
            "{done:?} at minute {minute}"
        );
        assert!(
            policy.days == Days::All || local.weekday().number_from_monday() <= 5,
            "{done:?} on a week-end"
        );
        let due = firm.ledger.cases[case].invoice.due;
        let rung = policy.ladder.iter().find(|rung| rung.step == done.step);
        let after = rung.map_or(1, |rung| rung.after_days);
        let any_time = matches!(done.step, Step::Recap | Step::ProofQuestion);
        assert!(
            any_time || today >= due + Duration::days(after),
            "{done:?} too early for {due}"
        );
        assert!(done.step != Step::Courtesy || today <= due, "{done:?} after {due}");
        let approved = self.approved.contains(&(case.clone(), done.step));
        assert!(
            rung.is_none_or(|rung| !rung.approval) || approved,
            "{done:?} without approval"
        );
        let customer = customer_of(case);
        let gap = rung
            .and_then(|rung| rung.min_gap_days)
            .unwrap_or(0)
            .max(policy.min_days_between);
        let last = self.last.get(&customer);
        assert!(
            last.is_none_or(|last| *last + Duration::days(gap) <= today),
            "{done:?} {gap} days after {last:?}"
        );
        if matches!(done.how, "sent" | "lost" | "drafted") {
            self.left.insert((case.clone(), done.step));
            self.last.insert(customer, today);
            let count = self.per_day.entry(today).or_default();
            *count += 1;
            assert!(*count <= policy.max_per_day, "{done:?} is number {count} of its day");
        }
        let mail = Kind::Mail(Step::ALL.iter().position(|step| *step == done.step).unwrap());
        match done.how {
            "lost" => self.stop(case, true, None, mail, None),
            "refused" => self.stop(case, true, None, Kind::Else, None),
            _ => {}
        }
    }

    /// A copy in Sent proves that it left, whoever sent it.
    pub fn finds(&mut self, case: &InvoiceNumber, step: Step, today: NaiveDate) {
        self.left.insert((case.clone(), step));
        self.last.insert(customer_of(case), today);
        let mail = Kind::Mail(Step::ALL.iter().position(|known| *known == step).unwrap());
        self.stops
            .retain(|stop| !(stop.kind == mail && stop.origin.as_ref() == Some(case)));
    }
}
