//! One invoice with all that happened to it, and the customer who owes it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

use crate::model::arrival::{Arrival, Match, ThreadKeys};
use crate::model::customer::CustomerId;
use crate::model::digest::ContentDigest;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::{Invoice, InvoiceNumber};
use crate::model::message_id::MessageId;
use crate::model::money::Money;
use crate::model::reading::{Label, Reading};

/// Why a case is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Paid in full.
    Paid,
    /// Settled to nothing.
    Settled,
    /// By the user's word.
    Stopped,
}

/// A follow-up that went out, or is on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Which.
    pub step: Step,
    /// The id that we gave it.
    pub message_id: MessageId,
    /// Since when `outcome` holds.
    pub at: DateTime<Utc>,
    /// How far it got.
    pub outcome: Outcome,
}

/// A promise to pay, and what became of it is told by what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// By when; `None`: they did not say.
    pub date: Option<NaiveDate>,
    /// When we learned of it.
    pub made_at: DateTime<Utc>,
}

/// Who wrote a message of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The customer.
    Customer,
    /// The user, by his own hand.
    User,
    /// This program, in his name.
    Us,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Its id, where it has one.
    pub message_id: Option<MessageId>,
    /// Its name in the archive.
    pub content: ContentDigest,
    /// When it arrived, by the server's clock, or went out, by ours.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub party: Party,
}

/// An invoice and its story.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The paper.
    pub invoice: Invoice,
    /// When the user first gave it to us.
    pub imported_at: DateTime<Utc>,
    /// The mailbox was read back to its issue date; nothing goes out before.
    pub looked_back: bool,
    /// What came in so far.
    pub paid: Decimal,
    /// The whole sum that the user settled on; `None`: the invoice's own total. The paper keeps its figures, so that
    /// importing the same file again changes nothing.
    pub settled: Option<Decimal>,
    /// Why it is over, if it is.
    pub closing: Option<Closing>,
    /// What went out, in order.
    pub sent: Vec<Sent>,
    /// What was promised, in order.
    pub promises: Vec<Promise>,
    /// Steps that the user let go.
    pub approved: BTreeSet<Step>,
    /// "Paid" was said, the user says that nothing arrived: proof is to be asked for.
    pub proof_wanted: bool,
    /// The messages of its conversation, in order of arrival.
    pub conversation: Vec<Link>,
    /// Ids of its messages, a rewritten one beside the one we gave.
    pub ids: BTreeSet<MessageId>,
    /// The provider's thread ids and Outlook's indexes seen in it.
    pub keys: Vec<ThreadKeys>,
}

impl Case {
    /// A case as it begins.
    pub fn new(invoice: Invoice, imported_at: DateTime<Utc>) -> Case {
        Case {
            invoice,
            imported_at,
            looked_back: false,
            paid: Decimal::ZERO,
            settled: None,
            closing: None,
            sent: Vec::new(),
            promises: Vec::new(),
            approved: BTreeSet::new(),
            proof_wanted: false,
            conversation: Vec::new(),
            ids: BTreeSet::new(),
            keys: Vec::new(),
        }
    }

    /// What is still owed.
    pub fn owed(&self) -> Money {
        Money {
            amount: (self.settled.unwrap_or(self.invoice.total.amount) - self.paid).max(Decimal::ZERO),
            currency: self.invoice.total.currency,
        }
    }

    /// Takes over the figures of the paper, given again by the user.
    pub fn correct(&mut self, invoice: &Invoice) {
        // An earlier issue date, or another customer, means mail that was not looked for yet.
        if invoice.issued < self.invoice.issued || invoice.customer != self.invoice.customer {
            self.looked_back = false;
        }
        if invoice.total != self.invoice.total {
            self.settled = None;
        }
        self.invoice = invoice.clone();
        let owes = self.owed().amount > Decimal::ZERO;
        match self.closing {
            Some(Closing::Paid) if owes => self.reopen(),
            None if !owes && self.paid > Decimal::ZERO => self.closing = Some(Closing::Paid),
            _ => {}
        }
    }

    /// A case that was over goes on. What its customer wrote meanwhile was not looked at.
    pub fn reopen(&mut self) {
        self.closing = None;
        self.looked_back = false;
    }

    /// Money came; `None`: all that was owed.
    pub fn pay(&mut self, amount: Option<Decimal>) {
        self.paid += amount.unwrap_or(self.owed().amount);
        if self.owed().amount.is_zero() {
            self.closing = Some(Closing::Paid);
        }
    }

    /// So much is still to be paid from now on, and no more.
    pub fn settle(&mut self, amount: Decimal) {
        self.settled = Some(amount + self.paid);
        if amount.is_zero() {
            self.closing = Some(Closing::Settled);
        }
    }

    /// Joins a message to the conversation, once.
    pub fn join(&mut self, link: Link) {
        let same = |known: &Link| {
            // Two mails of others may claim one id (hostile, or a gateway's doing); ours are known by it.
            known.content == link.content || link.party == Party::Us && known.message_id == link.message_id
        };
        if !self.conversation.iter().any(same) {
            self.conversation.push(link);
        }
    }

    /// A copy in Sent proves that a follow-up went out, whatever was known of it.
    pub fn prove_sent(&mut self, step: Step, id: &MessageId, content: &ContentDigest, at: DateTime<Utc>) {
        self.learn(Some(id), &ThreadKeys::default());
        let (message_id, outcome) = (id.clone(), Outcome::Accepted);
        match self.sent.iter_mut().find(|sent| sent.message_id == *id) {
            Some(sent) if sent.outcome == Outcome::Accepted => {}
            Some(sent) => (sent.outcome, sent.at) = (outcome, at),
            None => self.sent.push(Sent {
                step,
                message_id,
                at,
                outcome,
            }),
        }
        let (message_id, content) = (Some(id.clone()), content.clone());
        self.join(Link {
            message_id,
            content,
            at,
            party: Party::Us,
        });
    }

    /// Joins a message that was found in a folder.
    pub fn link(&mut self, arrival: &Arrival, party: Party) {
        self.learn(arrival.message_id.as_ref(), &arrival.keys);
        let (message_id, content, at) = (arrival.message_id.clone(), arrival.content.clone(), arrival.at);
        self.join(Link {
            message_id,
            content,
            at,
            party,
        });
    }

    /// Learns what later mails may be tied to the case by.
    pub fn learn(&mut self, id: Option<&MessageId>, keys: &ThreadKeys) {
        self.ids.extend(id.cloned());
        if *keys != ThreadKeys::default() && !self.keys.contains(keys) {
            self.keys.push(keys.clone());
        }
    }

    /// Whether it is still to be followed up.
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// The line of the outbox for that step.
    pub fn sent_step(&self, step: Step) -> Option<&Sent> {
        self.sent.iter().find(|sent| sent.step == step)
    }

    /// Whether that step left, or may have left, or lies in Drafts.
    pub fn has_sent(&self, step: Step) -> bool {
        self.sent_step(step).is_some_and(|sent| sent.outcome.counts_as_sent())
    }

    /// When the last follow-up of this case went out.
    pub fn last_sent_at(&self) -> Option<DateTime<Utc>> {
        self.sent
            .iter()
            .filter(|sent| sent.outcome.counts_as_sent())
            .map(|sent| sent.at)
            .max()
    }
}

/// A hold and the cases that the user let go on all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingHold {
    /// The hold.
    pub hold: Hold,
    /// Cases that it no longer stops.
    pub released_for: BTreeSet<InvoiceNumber>,
    /// The journal record that carries it.
    pub seq: u64,
}

impl StandingHold {
    /// A hold as it begins.
    pub fn new(hold: Hold, seq: u64) -> StandingHold {
        StandingHold {
            hold,
            released_for: BTreeSet::new(),
            seq,
        }
    }

    /// It is over: its last second was the one before.
    pub fn end(&mut self, now: DateTime<Utc>) {
        self.hold.until = Some(now - Duration::seconds(1));
    }

    /// Whether it stops that case at that moment.
    pub fn stops(&self, case: &InvoiceNumber, now: DateTime<Utc>) -> bool {
        self.hold.stands_at(now) && !self.released_for.contains(case)
    }
}

/// A message of a customer, or of a machine on his behalf.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The journal record that carries it.
    pub seq: u64,
    /// Its name in the archive.
    pub content: ContentDigest,
    /// Its id, where it has one.
    pub message_id: Option<MessageId>,
    /// When it arrived, by the server's clock.
    pub at: DateTime<Utc>,
    /// About which invoice; `None`: about any of this customer.
    pub case: Option<InvoiceNumber>,
    /// How it was tied; `None`: it was not, and holds as a question.
    pub matched: Option<Match>,
    /// What it says.
    pub reading: Reading,
    /// The holds that came with it, one a label that stops anything.
    pub holds: Vec<Hold>,
}

/// A customer and what concerns all of his cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// The card in the archive.
    pub card: ContentDigest,
    /// Stops, standing or run out.
    pub holds: Vec<StandingHold>,
    /// What came from him, in order of reading.
    pub replies: Vec<Reply>,
    /// When the last follow-up to him went out, or was laid into Drafts for the user to send, on whichever case.
    pub followed_up_at: Option<DateTime<Utc>>,
}

impl Customer {
    /// The holds that stop this case at that moment.
    pub fn holds_on(&self, case: &InvoiceNumber, now: DateTime<Utc>) -> impl Iterator<Item = &Hold> {
        self.holds
            .iter()
            .filter(move |standing| standing.stops(case, now))
            .map(|standing| &standing.hold)
    }

    /// The user's word on one case: what came from it no longer stops anybody, and it alone passes the other holds.
    /// A no is passed only where it is named, and by that case only. True: it was a "paid" that the user denies.
    pub fn resume(&mut self, number: &InvoiceNumber, despite: Option<Label>, now: DateTime<Utc>) -> bool {
        let mut paid_denied = false;
        for standing in self.holds.iter_mut().filter(|standing| standing.stops(number, now)) {
            let reason = standing.hold.reason;
            let named = despite.is_some_and(|label| reason == HoldReason::Label(label));
            if reason.is_a_no() && !named {
                continue;
            }
            let origin = standing.hold.case.as_ref();
            paid_denied |= reason == HoldReason::Label(Label::Paid) && origin.is_none_or(|origin| origin == number);
            if origin == Some(number) && !reason.is_a_no() {
                standing.end(now);
            } else {
                standing.released_for.insert(number.clone());
            }
        }
        paid_denied
    }

    /// The user settled what was contested in a case: its disputes are over, and with each what else was unclear in that message.
    pub fn settle(&mut self, number: &InvoiceNumber, now: DateTime<Utc>) {
        let is_dispute = |hold: &Hold| hold.reason == HoldReason::Label(Label::Dispute);
        let disputes: Vec<Option<ContentDigest>> = self
            .holds
            .iter()
            .filter(|standing| standing.stops(number, now) && is_dispute(&standing.hold))
            .map(|standing| standing.hold.message.clone())
            .collect();
        for standing in self.holds.iter_mut().filter(|standing| standing.stops(number, now)) {
            let unclear = matches!(standing.hold.reason, HoldReason::NeedsReview | HoldReason::Unattributed)
                && standing.hold.message.is_some()
                && disputes.contains(&standing.hold.message);
            if !is_dispute(&standing.hold) && !unclear {
                continue;
            }
            match &standing.hold.case {
                Some(origin) if origin == number => standing.end(now),
                // Which invoice was contested is not known, or it is another one: the others wait for a word of their own.
                None => drop(standing.released_for.insert(number.clone())),
                Some(_) => {}
            }
        }
    }

    /// A case was paid or settled in full: what was said about paying it stops nobody any more.
    pub fn case_closed(&mut self, number: &InvoiceNumber, now: DateTime<Utc>) {
        let about_paying = |hold: &Hold| {
            let reason = matches!(hold.reason, HoldReason::Label(Label::Paid | Label::Promise));
            reason && hold.case.as_ref() == Some(number)
        };
        for standing in self.holds.iter_mut().filter(|standing| standing.hold.stands_at(now)) {
            if about_paying(&standing.hold) {
                standing.end(now);
            }
        }
    }

    /// The replies that concern this case: its own, and those that could be about any.
    pub fn replies_on<'a>(&'a self, case: &'a InvoiceNumber) -> impl Iterator<Item = &'a Reply> {
        self.replies
            .iter()
            .filter(move |reply| reply.case.as_ref().is_none_or(|named| named == case))
    }
}

/// Where a case stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The next step will come in its time.
    Waiting,
    /// Stopped by a hold.
    Held,
    /// Stopped by a promise alone.
    Promised,
    /// Followed instalment by instalment.
    Plan,
    /// Paid in full.
    Paid,
    /// Ended by the user's word.
    Stopped,
    /// The ladder is at its end.
    Ended,
    /// Settled.
    Closed,
}

impl State {
    /// As in `status --json`.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Held => "held",
            State::Promised => "promised",
            State::Plan => "plan",
            State::Paid => "paid",
            State::Stopped => "stopped",
            State::Ended => "ended",
            State::Closed => "closed",
        }
    }

    /// The state of a case, given the holds that stand on it and whether a step is still to come.
    pub fn of<'a>(case: &Case, holds: impl Iterator<Item = &'a Hold>, has_next: bool) -> State {
        match case.closing {
            Some(Closing::Paid) => return State::Paid,
            Some(Closing::Settled) => return State::Closed,
            Some(Closing::Stopped) => return State::Stopped,
            None => {}
        }
        let (mut any, mut only_promises) = (false, true);
        for hold in holds {
            any = true;
            only_promises &= hold.reason == HoldReason::Label(Label::Promise) && hold.until.is_some();
        }
        match (any, only_promises, has_next) {
            (true, true, _) => State::Promised,
            (true, false, _) => State::Held,
            (false, _, true) => State::Waiting,
            (false, _, false) => State::Ended,
        }
    }
}
