//! The fold of the journal: every customer, case, folder position and mail on its way.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::model::arrival::{Arrival, Found, Match, ThreadKeys};
use crate::model::case::{Case, Closing, Customer, Link, Party, Promise, Reply, Sent, StandingHold};
use crate::model::customer::CustomerId;
use crate::model::digest::ContentDigest;
use crate::model::event::{Event, Record, Trouble};
use crate::model::follow_up::{Outcome, Outgoing, Purpose, SentCopy, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::{Invoice, InvoiceNumber};
use crate::model::message_id::MessageId;
use crate::model::reading::{Author, Label, Reading};

/// Up to where a folder has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Under this UIDVALIDITY.
    pub uid_validity: u32,
    /// The last UID read.
    pub uid_last: u32,
}

/// Something that stands, or stood, in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct TroubleEntry {
    /// What.
    pub trouble: Trouble,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The journal record that told of it.
    pub seq: u64,
    /// Until when; `None`: it still does.
    pub until: Option<DateTime<Utc>>,
}

/// What the user wrote down about a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// About which case.
    pub case: InvoiceNumber,
    /// When.
    pub at: DateTime<Utc>,
    /// The words, in the archive.
    pub content: ContentDigest,
}

/// Everything that stands after the journal's last record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// The last record that is folded in; 0: none.
    pub seq: u64,
    /// When the journal began.
    pub opened_at: Option<DateTime<Utc>>,
    /// The user's own address, digested.
    pub account: Option<ContentDigest>,
    /// By id.
    pub customers: BTreeMap<CustomerId, Customer>,
    /// By invoice number.
    pub cases: BTreeMap<InvoiceNumber, Case>,
    /// By folder name.
    pub positions: BTreeMap<String, Position>,
    /// Every mail of ours, by the id that we gave it.
    pub outbox: BTreeMap<MessageId, Outgoing>,
    /// What stands or stood in the way, in order of beginning.
    pub troubles: Vec<TroubleEntry>,
    /// What the user wrote down, in order.
    pub notes: Vec<Note>,
}

impl Ledger {
    /// Folds one record in. Records come in order of `seq`.
    pub fn apply(&mut self, record: &Record) {
        let Record { seq, at, event } = record;
        self.seq = *seq;
        match event {
            Event::Opened { account } => {
                self.opened_at.get_or_insert(*at);
                self.account.get_or_insert_with(|| account.clone());
            }
            Event::CustomerRecorded { customer, card } => self.record_customer(customer, card),
            Event::InvoiceRecorded { invoice } => self.record_invoice(invoice, *at),
            Event::LookedBack { cases } => {
                for number in cases {
                    self.with_case(number, |case| case.looked_back = true);
                }
            }
            Event::FolderRead {
                folder,
                uid_validity,
                uid_last,
                arrivals,
            } => {
                self.positions.insert(
                    folder.clone(),
                    Position {
                        uid_validity: *uid_validity,
                        uid_last: *uid_last,
                    },
                );
                for arrival in arrivals {
                    self.arrive(arrival, *seq, *at);
                }
            }
            Event::PaymentRecorded { case, amount, .. } => self.pay(case, *amount, *at),
            Event::Held { hold, customer } => self.hold(customer, hold, *seq),
            Event::Resumed { case, despite } => self.resume(case, *despite, *at),
            Event::Settled { case, amount } => self.settle(case, *amount, *at),
            Event::Stopped { case } => self.with_case(case, |case| {
                case.closing.get_or_insert(Closing::Stopped);
            }),
            Event::Approved { case, step } => self.with_case(case, |case| {
                case.approved.insert(*step);
            }),
            Event::Noted {
                case,
                note,
                promise,
                hold,
            } => self.note(case, note, *promise, hold.as_ref(), *seq, *at),
            Event::Prepared { outgoing } => self.prepare(outgoing),
            Event::OutcomeReached {
                message_id,
                outcome,
                hold,
            } => {
                self.reach(message_id, outcome, hold.as_ref(), *seq, *at);
            }
            Event::SentCopySettled { message_id, sent_copy } => {
                if let Some(outgoing) = self.outbox.get_mut(message_id) {
                    outgoing.sent_copy = *sent_copy;
                }
            }
            Event::TroubleBegan { trouble } => self.trouble_begins(trouble, *seq, *at),
            Event::TroubleEnded { trouble } => self.trouble_ends(trouble, *at),
        }
    }

    /// The customer of a case.
    pub fn customer_of(&self, number: &InvoiceNumber) -> Option<&Customer> {
        self.cases
            .get(number)
            .and_then(|case| self.customers.get(&case.invoice.customer))
    }

    /// The cases of a customer, in order of number.
    pub fn cases_of<'a>(&'a self, customer: &'a CustomerId) -> impl Iterator<Item = &'a Case> {
        self.cases
            .values()
            .filter(move |case| case.invoice.customer == *customer)
    }

    /// Whether that trouble stands now.
    pub fn stands_in_the_way(&self, trouble: &Trouble) -> bool {
        self.troubles
            .iter()
            .any(|entry| entry.until.is_none() && entry.trouble.is_same(trouble))
    }

    /// The last record told of by a digest that went out; 0: none did.
    pub fn told_through(&self) -> u64 {
        let told = self
            .outbox
            .values()
            .filter(|outgoing| outgoing.outcome.counts_as_sent());
        told.filter_map(|outgoing| match outgoing.purpose {
            Purpose::Digest { through, .. } => Some(through),
            _ => None,
        })
        .max()
        .unwrap_or(0)
    }

    fn trouble_begins(&mut self, trouble: &Trouble, seq: u64, at: DateTime<Utc>) {
        self.troubles.push(TroubleEntry {
            trouble: trouble.clone(),
            since: at,
            seq,
            until: None,
        });
    }

    fn trouble_ends(&mut self, trouble: &Trouble, at: DateTime<Utc>) {
        let standing = self.troubles.iter_mut().filter(|entry| entry.until.is_none());
        for entry in standing.filter(|entry| entry.trouble.is_same(trouble)) {
            entry.until = Some(at);
        }
    }

    fn with_case(&mut self, number: &InvoiceNumber, change: impl FnOnce(&mut Case)) {
        if let Some(case) = self.cases.get_mut(number) {
            change(case);
        }
    }

    fn record_customer(&mut self, id: &CustomerId, card: &ContentDigest) {
        // Another card may mean another address: mail from it was passed over so far.
        if self.customers.get(id).is_some_and(|known| known.card != *card) {
            let theirs = self.cases.values_mut().filter(|case| case.invoice.customer == *id);
            theirs.for_each(|case| case.looked_back = false);
        }
        let customer = self.customers.entry(id.clone()).or_insert_with(|| Customer {
            id: id.clone(),
            card: card.clone(),
            holds: Vec::new(),
            replies: Vec::new(),
            followed_up_at: None,
        });
        customer.card = card.clone();
    }

    fn record_invoice(&mut self, invoice: &Invoice, at: DateTime<Utc>) {
        match self.cases.get_mut(&invoice.number) {
            Some(case) => case.correct(invoice),
            None => {
                self.cases
                    .insert(invoice.number.clone(), Case::new(invoice.clone(), at));
            }
        }
    }

    fn hold(&mut self, customer: &CustomerId, hold: &Hold, seq: u64) {
        if let Some(customer) = self.customers.get_mut(customer) {
            customer.holds.push(StandingHold::new(hold.clone(), seq));
        }
    }

    fn with_customer_of(&mut self, number: &InvoiceNumber, change: impl FnOnce(&mut Customer)) {
        let customer = self.cases.get(number).map(|case| &case.invoice.customer);
        if let Some(customer) = customer.and_then(|id| self.customers.get_mut(id)) {
            change(customer);
        }
    }

    fn resume(&mut self, number: &InvoiceNumber, despite: Option<Label>, at: DateTime<Utc>) {
        let mut paid_denied = false;
        self.with_customer_of(number, |customer| paid_denied = customer.resume(number, despite, at));
        self.with_case(number, |case| {
            if case.closing == Some(Closing::Stopped) {
                case.reopen();
            }
            case.proof_wanted |= paid_denied;
        });
    }

    fn pay(&mut self, number: &InvoiceNumber, amount: Option<Decimal>, at: DateTime<Utc>) {
        self.with_case(number, |case| case.pay(amount));
        self.after_closing(number, at);
    }

    fn settle(&mut self, number: &InvoiceNumber, amount: Option<Decimal>, at: DateTime<Utc>) {
        if let Some(amount) = amount {
            self.with_case(number, |case| case.settle(amount));
        }
        self.with_customer_of(number, |customer| customer.settle(number, at));
        self.after_closing(number, at);
    }

    fn after_closing(&mut self, number: &InvoiceNumber, at: DateTime<Utc>) {
        let closing = self.cases.get(number).and_then(|case| case.closing);
        if matches!(closing, Some(Closing::Paid | Closing::Settled)) {
            self.with_customer_of(number, |customer| customer.case_closed(number, at));
        }
    }

    fn note(
        &mut self,
        number: &InvoiceNumber,
        note: &ContentDigest,
        promise: Option<chrono::NaiveDate>,
        hold: Option<&Hold>,
        seq: u64,
        at: DateTime<Utc>,
    ) {
        self.notes.push(Note {
            case: number.clone(),
            at,
            content: note.clone(),
        });
        if let Some(date) = promise {
            self.with_case(number, |case| {
                case.promises.push(Promise {
                    date: Some(date),
                    made_at: at,
                })
            });
        }
        let customer = self.cases.get(number).map(|case| case.invoice.customer.clone());
        if let (Some(hold), Some(customer)) = (hold, customer) {
            self.hold(&customer, hold, seq);
        }
    }
}

/// What was found in folders.
impl Ledger {
    fn arrive(&mut self, arrival: &Arrival, seq: u64, at: DateTime<Utc>) {
        match &arrival.what {
            Found::Reply {
                customer,
                case,
                matched,
                reading,
                holds,
            } => {
                self.reply(
                    customer,
                    case.as_ref(),
                    Some(*matched),
                    reading,
                    holds,
                    arrival,
                    seq,
                    at,
                );
                if let Some(number) = case.as_ref().filter(|_| matched.is_reply()) {
                    // Nobody answers a machine: its note ties later mails to the case, and stays out of the conversation.
                    let human = reading.author == Author::Human;
                    self.with_case(number, |case| match human {
                        true => case.link(arrival, Party::Customer),
                        false => case.learn(arrival.message_id.as_ref(), &arrival.keys),
                    });
                }
            }
            Found::Unattributed {
                customer: Some(customer),
                case,
                reading,
                holds,
            } => {
                self.reply(customer, case.as_ref(), None, reading, holds, arrival, seq, at);
            }
            Found::Unattributed { customer: None, .. } => {}
            Found::OwnFollowUp { case, step, message_id } => self.found_own(case, *step, message_id, arrival),
            Found::UserWrote { customer, case, holds } => {
                for hold in holds {
                    self.hold(customer, hold, seq);
                }
                if let Some(number) = case {
                    self.with_case(number, |case| case.link(arrival, Party::User));
                }
            }
            Found::Conversation { case, from_user } => {
                let party = if *from_user { Party::User } else { Party::Customer };
                self.with_case(case, |case| case.link(arrival, party));
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // the parts of one arrival, taken apart by the match above
    fn reply(
        &mut self,
        customer: &CustomerId,
        case: Option<&InvoiceNumber>,
        matched: Option<Match>,
        reading: &Reading,
        holds: &[Hold],
        arrival: &Arrival,
        seq: u64,
        at: DateTime<Utc>,
    ) {
        let Some(customer) = self.customers.get_mut(customer) else {
            return;
        };
        customer.replies.push(Reply {
            seq,
            content: arrival.content.clone(),
            message_id: arrival.message_id.clone(),
            at: arrival.at,
            case: case.cloned(),
            matched,
            reading: reading.clone(),
            holds: holds.to_vec(),
        });
        customer
            .holds
            .extend(holds.iter().map(|hold| StandingHold::new(hold.clone(), seq)));
        // Only what stands as a promise by itself is one that can lapse.
        let promised = holds
            .iter()
            .any(|hold| hold.reason == HoldReason::Label(Label::Promise) && hold.until.is_some());
        if let Some(number) = case.filter(|_| promised) {
            let date = reading.promise_date;
            self.with_case(number, |case| case.promises.push(Promise { date, made_at: at }));
        }
    }

    /// A copy of ours proves that it went out, whatever the journal knew; and teaches the id that a provider gave it.
    fn found_own(&mut self, number: &InvoiceNumber, step: Step, message_id: &MessageId, arrival: &Arrival) {
        if let Some(outgoing) = self.outbox.get_mut(message_id) {
            if outgoing.sent_copy == SentCopy::Awaited {
                outgoing.sent_copy = SentCopy::Found;
            }
            if outgoing.outcome != Outcome::Accepted {
                outgoing.outcome = Outcome::Accepted;
                outgoing.outcome_at = arrival.at;
            }
        }
        let Some(case) = self.cases.get_mut(number) else { return };
        case.learn(arrival.message_id.as_ref(), &arrival.keys);
        case.prove_sent(step, message_id, &arrival.content, arrival.at);
        let Some(customer) = self.customers.get_mut(&case.invoice.customer) else {
            return;
        };
        customer.followed_up_at = customer.followed_up_at.max(Some(arrival.at));
        let outgoing = self.outbox.get(message_id).map(|outgoing| outgoing.content.clone());
        customer.holds.retain(|standing| {
            standing.hold.reason != HoldReason::NeedsReview || outgoing.is_none() || standing.hold.message != outgoing
        });
    }
}

/// What goes out.
impl Ledger {
    fn prepare(&mut self, outgoing: &Outgoing) {
        self.outbox.insert(outgoing.message_id.clone(), outgoing.clone());
        let Purpose::FollowUp { case, step } = &outgoing.purpose else {
            return;
        };
        let (step, message_id) = (*step, outgoing.message_id.clone());
        let (at, outcome) = (outgoing.outcome_at, outgoing.outcome.clone());
        self.with_case(case, |case| {
            case.sent.retain(|sent| sent.message_id != message_id);
            case.sent.push(Sent {
                step,
                message_id,
                at,
                outcome,
            });
        });
    }

    fn reach(&mut self, id: &MessageId, outcome: &Outcome, hold: Option<&Hold>, seq: u64, at: DateTime<Utc>) {
        let Some(outgoing) = self.outbox.get_mut(id) else {
            return;
        };
        let counted = outgoing.outcome.counts_as_sent();
        (outgoing.outcome, outgoing.outcome_at) = (outcome.clone(), at);
        if let Outcome::Deferred { attempts, .. } = outcome {
            outgoing.attempts = *attempts;
        }
        let Purpose::FollowUp { case: number, .. } = &outgoing.purpose else {
            return;
        };
        let (number, content) = (number.clone(), outgoing.content.clone());
        self.with_case(&number, |case| {
            if let Some(sent) = case.sent.iter_mut().find(|sent| sent.message_id == *id) {
                (sent.outcome, sent.at) = (outcome.clone(), at);
            }
            // Only what left, or may have, is part of the conversation: a retry must not answer itself.
            if matches!(outcome, Outcome::Accepted | Outcome::Unknown) {
                case.learn(Some(id), &ThreadKeys::default());
                let message_id = Some(id.clone());
                case.join(Link {
                    message_id,
                    content,
                    at,
                    party: Party::Us,
                });
                case.proof_wanted &= !case.has_sent(Step::ProofQuestion);
            }
        });
        if outcome.counts_as_sent() {
            self.with_customer_of(&number, |customer| {
                customer.followed_up_at = customer.followed_up_at.max(Some(at))
            });
        } else if counted {
            self.take_back(&number);
        }
        self.with_customer_of(&number, |customer| {
            customer
                .holds
                .extend(hold.map(|hold| StandingHold::new(hold.clone(), seq)));
        });
    }

    /// A follow-up that was under way did not leave after all: the customer has had one less.
    fn take_back(&mut self, number: &InvoiceNumber) {
        let Some(customer) = self.customer_of(number).map(|customer| customer.id.clone()) else {
            return;
        };
        let last = self.cases_of(&customer).filter_map(Case::last_sent_at).max();
        self.with_customer_of(number, |customer| customer.followed_up_at = last);
    }
}
