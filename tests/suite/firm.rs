//! A small firm in virtual time: the deciding rooms joined as the daemon joins them, without a mailbox or a disk.
//!
//! Every event passes through its JSON line before it is folded in, so what the journal cannot hold shows at once.

use std::collections::{BTreeSet, VecDeque};

pub use crate::papers::*;
use amiable::dunning::calendar::end_of;
use amiable::dunning::decide::{decide_all, still_stands};
use amiable::dunning::hold::{Heard, hold_of_user, holds_of, promise_end};
use amiable::model::action::Action;
use amiable::model::address::Address;
use amiable::model::arrival::{Arrival, Found, Match, ThreadKeys};
use amiable::model::case::Case;
use amiable::model::customer::CustomerId;
use amiable::model::digest::ContentDigest;
use amiable::model::event::{Event, Record};
use amiable::model::follow_up::{Outcome, Outgoing, Purpose, SentCopy, Step};
use amiable::model::hold::{Hold, HoldReason};
use amiable::model::invoice::{Invoice, InvoiceNumber};
use amiable::model::ledger::Ledger;
use amiable::model::message_id::MessageId;
use amiable::model::policy::Policy;
use amiable::model::reading::{Label, Reading};
use chrono::{DateTime, Duration, NaiveDate, Utc};

/// As the daemon waits after each 4xx, in minutes (design, "Sending").
const RETRY_MINUTES: [i64; 4] = [15, 60, 240, 1440];
/// No story has so many follow-ups at one moment; more is a loop.
const ACTIONS_AT_ONCE_MAX: usize = 1000;

/// What the submission server answers to the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accepts,
    /// 4xx after the content.
    Defers,
    /// 4xx to a recipient, before the content.
    DefersEarly,
    Refuses,
    /// The connection is lost after the content.
    Lost,
    /// The program dies after 354.
    Dies,
}

/// What became of one decision, as the story sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub at: DateTime<Utc>,
    pub case: InvoiceNumber,
    pub step: Step,
    pub how: &'static str,
}

pub struct Firm {
    pub policy: Policy,
    pub now: DateTime<Utc>,
    pub ledger: Ledger,
    /// The journal, a JSON line a record.
    pub lines: Vec<String>,
    /// What was done, in order.
    pub done: Vec<Done>,
    /// What the server will answer; then it accepts.
    pub answers: VecDeque<Answer>,
    asked: BTreeSet<(InvoiceNumber, Step)>,
    /// Cases for which the mailbox cannot be read back yet.
    unread: BTreeSet<InvoiceNumber>,
    /// The program has died and was not started again.
    dead: bool,
}

impl Firm {
    pub fn new(policy: Policy, now: DateTime<Utc>) -> Firm {
        let mut firm = Firm {
            policy,
            now,
            ledger: Ledger::default(),
            lines: Vec::new(),
            done: Vec::new(),
            answers: VecDeque::new(),
            asked: BTreeSet::new(),
            unread: BTreeSet::new(),
            dead: false,
        };
        firm.record(Event::Opened {
            account: ContentDigest::of(&[b"me@test.example"]),
        });
        firm
    }

    /// Writes an event down as the journal does, and folds in what was read back.
    pub fn record(&mut self, event: Event) {
        let record = Record {
            seq: self.ledger.seq + 1,
            at: self.now,
            event,
        };
        let line = serde_json::to_string(&record).unwrap();
        let read: Record = serde_json::from_str(&line).unwrap();
        assert_eq!(read, record, "a record comes back from the journal as it went in");
        self.ledger.apply(&read);
        self.lines.push(line);
    }

    /// The ledger as a restart would fold it.
    pub fn refolded(&self) -> Ledger {
        let mut ledger = Ledger::default();
        self.lines
            .iter()
            .for_each(|line| ledger.apply(&serde_json::from_str(line).unwrap()));
        ledger
    }

    /// Starts again from the journal; what was in the server's hands is unknown from then on.
    pub fn restart(&mut self) {
        let ledger = self.refolded();
        assert_eq!(ledger, self.ledger, "a restart folds the same ledger");
        self.ledger = ledger;
        self.dead = false;
        let started = self
            .ledger
            .outbox
            .values()
            .filter(|outgoing| outgoing.outcome == Outcome::ContentStarted);
        for id in started.map(|outgoing| outgoing.message_id.clone()).collect::<Vec<_>>() {
            self.reach_held(&id, Outcome::Unknown, HoldReason::NeedsReview);
        }
    }

    /// Takes an invoice over, its customer first.
    pub fn import(&mut self, invoice: Invoice, looked_back: bool) {
        let customer = invoice.customer.clone();
        if !self.ledger.customers.contains_key(&customer) {
            let card = ContentDigest::of(&[b"card", customer.0.as_bytes()]);
            self.record(Event::CustomerRecorded { customer, card });
        }
        let case = invoice.number.clone();
        self.record(Event::InvoiceRecorded { invoice });
        if looked_back {
            self.read_back(case);
        } else {
            self.unread.insert(case);
        }
    }

    /// The mailbox is read back to the issue date of a case.
    pub fn read_back(&mut self, case: InvoiceNumber) {
        self.unread.remove(&case);
        self.record(Event::LookedBack { cases: vec![case] });
    }

    /// What a sweep does before anything goes out: it looks back for every open case that asks for it.
    fn sweep(&mut self) {
        let asking = |case: &&Case| case.is_open() && !case.looked_back && !self.unread.contains(&case.invoice.number);
        let cases: Vec<InvoiceNumber> = self
            .ledger
            .cases
            .values()
            .filter(asking)
            .map(|case| case.invoice.number.clone())
            .collect();
        if !cases.is_empty() {
            self.record(Event::LookedBack { cases });
        }
    }

    /// A message is found, with what it stops, in one record.
    pub fn hear(
        &mut self,
        customer: &CustomerId,
        case: Option<&InvoiceNumber>,
        matched: Option<Match>,
        reading: Reading,
    ) {
        let message = self.fresh_content();
        let holds = holds_of(
            &Heard {
                reading: &reading,
                matched,
                case,
                message: &message,
            },
            &self.policy,
            self.now,
        );
        let (customer, case) = (customer.clone(), case.cloned());
        let what = match matched {
            Some(matched) => Found::Reply {
                customer,
                case,
                matched,
                reading,
                holds,
            },
            None => Found::Unattributed {
                customer: Some(customer),
                case,
                reading,
                holds,
            },
        };
        self.find(message, None, what);
    }

    /// The user wrote to the customer by his own hand.
    pub fn user_wrote(&mut self, case: &InvoiceNumber) {
        let message = self.fresh_content();
        let customer = self.ledger.cases[case].invoice.customer.clone();
        let holds = vec![hold_of_user(Some(case), &message, &self.policy, self.now)];
        self.find(
            message,
            None,
            Found::UserWrote {
                customer,
                case: Some(case.clone()),
                holds,
            },
        );
    }

    /// A copy of a follow-up turns up in Sent.
    pub fn found_in_sent(&mut self, case: &InvoiceNumber, step: Step) {
        let message_id = id_of(case, step);
        let content = content_of(&message_id);
        let what = Found::OwnFollowUp {
            case: case.clone(),
            step,
            message_id: message_id.clone(),
        };
        self.find(content, Some(message_id), what);
    }

    /// The user's word: hold the customer of a case.
    pub fn user_holds(&mut self, case: &InvoiceNumber, until: Option<NaiveDate>) {
        let customer = self.ledger.cases[case].invoice.customer.clone();
        let until = until.map(|day| end_of(day, self.policy.timezone));
        let hold = Hold {
            reason: HoldReason::User,
            since: self.now,
            until,
            case: Some(case.clone()),
            message: None,
        };
        self.record(Event::Held { hold, customer });
    }

    /// The user wrote down what was said on the telephone.
    pub fn user_notes(&mut self, case: &InvoiceNumber, promise: Option<NaiveDate>) {
        let note = self.fresh_content();
        let hold = promise.map(|date| Hold {
            reason: HoldReason::Label(Label::Promise),
            since: self.now,
            until: Some(promise_end(date, &self.policy)),
            case: Some(case.clone()),
            message: None,
        });
        self.record(Event::Noted {
            case: case.clone(),
            note,
            promise,
            hold,
        });
    }

    /// Lets time pass as the running daemon lives through it: it comes back at every moment that `decide` named.
    pub fn run_until(&mut self, end: DateTime<Utc>) {
        loop {
            let wait = self.tick();
            if self.dead || wait.is_none_or(|wait| wait > end) {
                break;
            }
            let wait = wait.unwrap();
            assert!(
                wait > self.now,
                "decide waits until {wait}, which is not after {}",
                self.now
            );
            self.now = wait;
        }
        self.now = self.now.max(end);
    }

    /// Does all that is to be done now; when to come back.
    pub fn tick(&mut self) -> Option<DateTime<Utc>> {
        for _ in 0..ACTIONS_AT_ONCE_MAX {
            if self.dead {
                return None;
            }
            self.sweep();
            let actions = decide_all(&self.ledger, &self.policy, self.now);
            assert_eq!(
                actions,
                decide_all(&self.ledger, &self.policy, self.now),
                "the same question has one answer"
            );
            self.note_questions(&actions);
            let wanted = actions
                .iter()
                .find(|action| matches!(action, Action::Send { .. } | Action::LayDraft { .. }));
            let Some(action) = wanted else {
                return actions.iter().find_map(|action| match action {
                    Action::Wait { until } => Some(*until),
                    _ => None,
                });
            };
            self.perform(&action.clone());
        }
        panic!("{} actions at {}, and no end", ACTIONS_AT_ONCE_MAX, self.now);
    }

    fn note_questions(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::AskApproval { case, step } = action
                && self.asked.insert((case.clone(), *step))
            {
                self.note_done(case, *step, "asked");
            }
        }
    }

    /// Carries one action out as the outbox does: prepared, the fence, content started, outcome.
    fn perform(&mut self, action: &Action) {
        let (Action::Send { case, step } | Action::LayDraft { case, step }) = action else {
            return;
        };
        let id = id_of(case, *step);
        self.prepare(&id, case, *step);
        assert!(
            still_stands(action, &self.ledger, &self.policy, self.now),
            "nothing arrived, so {action:?} still stands"
        );
        if matches!(action, Action::LayDraft { .. }) {
            self.reach(&id, Outcome::Draft, None);
            return self.note_done(case, *step, "drafted");
        }
        let answer = self.answers.pop_front().unwrap_or(Answer::Accepts);
        if answer != Answer::DefersEarly {
            self.reach(&id, Outcome::ContentStarted, None);
        }
        match answer {
            Answer::Accepts => self.reach(&id, Outcome::Accepted, None),
            Answer::Refuses => self.reach_held(&id, Outcome::Refused { code: 550 }, HoldReason::Label(Label::Bounce)),
            Answer::Lost => self.reach_held(&id, Outcome::Unknown, HoldReason::NeedsReview),
            Answer::Defers | Answer::DefersEarly => self.defer(&id),
            Answer::Dies => self.dead = true,
        }
        let how = match answer {
            Answer::Accepts => "sent",
            Answer::Refuses => "refused",
            Answer::Lost | Answer::Dies => "lost",
            Answer::Defers | Answer::DefersEarly => "deferred",
        };
        self.note_done(case, *step, how);
    }

    fn prepare(&mut self, id: &MessageId, case: &InvoiceNumber, step: Step) {
        let outgoing = Outgoing {
            message_id: id.clone(),
            purpose: Purpose::FollowUp {
                case: case.clone(),
                step,
            },
            content: content_of(id),
            prepared_at: self.now,
            outcome: Outcome::Prepared,
            outcome_at: self.now,
            sent_copy: SentCopy::Awaited,
            attempts: self.ledger.outbox.get(id).map_or(0, |earlier| earlier.attempts),
        };
        self.record(Event::Prepared { outgoing });
    }

    fn defer(&mut self, id: &MessageId) {
        let tried = self.ledger.outbox[id].attempts;
        match RETRY_MINUTES.get(tried as usize) {
            Some(minutes) => {
                let retry_at = self.now + Duration::minutes(*minutes);
                self.reach(
                    id,
                    Outcome::Deferred {
                        code: 450,
                        attempts: tried + 1,
                        retry_at,
                    },
                    None,
                );
            }
            None => self.reach_held(id, Outcome::Refused { code: 450 }, HoldReason::Label(Label::Bounce)),
        }
    }

    fn reach(&mut self, id: &MessageId, outcome: Outcome, hold: Option<Hold>) {
        self.record(Event::OutcomeReached {
            message_id: id.clone(),
            outcome,
            hold,
        });
    }

    fn reach_held(&mut self, id: &MessageId, outcome: Outcome, reason: HoldReason) {
        let Purpose::FollowUp { case, .. } = self.ledger.outbox[id].purpose.clone() else {
            return;
        };
        let (case, message) = (Some(case), Some(content_of(id)));
        self.reach(
            id,
            outcome,
            Some(Hold {
                reason,
                since: self.now,
                until: None,
                case,
                message,
            }),
        );
    }

    fn find(&mut self, content: ContentDigest, message_id: Option<MessageId>, what: Found) {
        let uid = u32::try_from(self.ledger.seq).unwrap() + 1;
        let arrival = Arrival {
            uid,
            content,
            message_id,
            at: self.now,
            keys: ThreadKeys::default(),
            what,
        };
        let folder = "INBOX".to_string();
        self.record(Event::FolderRead {
            folder,
            uid_validity: 7,
            uid_last: uid,
            arrivals: vec![arrival],
        });
    }

    fn fresh_content(&self) -> ContentDigest {
        ContentDigest::of(&[b"message", &self.ledger.seq.to_be_bytes()])
    }

    fn note_done(&mut self, case: &InvoiceNumber, step: Step, how: &'static str) {
        self.done.push(Done {
            at: self.now,
            case: case.clone(),
            step,
            how,
        });
    }
}

/// The one id of a follow-up.
pub fn id_of(case: &InvoiceNumber, step: Step) -> MessageId {
    MessageId::of_follow_up(&Address::parse("me@test.example").unwrap(), case.as_str(), step.name())
}

fn content_of(id: &MessageId) -> ContentDigest {
    ContentDigest::of(&[b"bytes", id.as_str().as_bytes()])
}
