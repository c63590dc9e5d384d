//! The user's rules, as the configuration gives them, in the form that decisions need.

use chrono_tz::Tz;

use crate::model::follow_up::Step;

/// What the program may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Send follow-ups.
    Send,
    /// Lay them in Drafts.
    Draft,
    /// Only read, and say what would be done.
    Observe,
}

/// On which days follow-ups may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// Business days of the customer's country.
    Business,
    /// Every day.
    All,
}

/// The hours in which follow-ups may go, in minutes since local midnight: from ≤ t < to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First minute.
    pub from: u32,
    /// First minute that is too late; 1440 is midnight.
    pub to: u32,
}

/// One step of the ladder and when it falls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which reminder.
    pub step: Step,
    /// Calendar days after the due date; negative: before it.
    pub after_days: i64,
    /// Goes out only after the user's word.
    pub approval: bool,
    /// At least so many days after the last follow-up to that customer; `None`: `min_days_between`.
    pub min_gap_days: Option<i64>,
}

/// How long each kind of answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldTerms {
    /// Business days of grace after a promised date.
    pub promise_grace_business_days: u32,
    /// Days to wait for a promise that names no date.
    pub promise_undated_days: u32,
    /// Business days after "received, will look into it".
    pub acknowledged_business_days: u32,
    /// Days after a message about something else.
    pub other_days: u32,
    /// Days after a message that the user wrote himself.
    pub user_wrote_days: u32,
    /// An absence never stops follow-ups for longer than these days.
    pub absence_days_max: u32,
    /// Days to wait while a mail system keeps trying (RFC 5321, 4.5.4.1: at least 4 to 5 days).
    pub bounce_temporary_days: u32,
}

impl Default for HoldTerms {
    fn default() -> HoldTerms {
        HoldTerms {
            promise_grace_business_days: 2,
            promise_undated_days: 7,
            acknowledged_business_days: 5,
            other_days: 7,
            user_wrote_days: 7,
            absence_days_max: 30,
            bounce_temporary_days: 5,
        }
    }
}

/// Everything that decisions depend on, besides what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Send, draft or observe.
    pub mode: Mode,
    /// The escalation, in order.
    pub ladder: Vec<Rung>,
    /// When a day is open.
    pub hours: Hours,
    /// Which days are open.
    pub days: Days,
    /// Days between two follow-ups to one customer, all of his invoices together.
    pub min_days_between: i64,
    /// Follow-ups a local day, all customers together.
    pub max_per_day: u32,
    /// How long answers hold.
    pub holds: HoldTerms,
    /// Whether a promise is answered with a short recap.
    pub recap: bool,
    /// In which zone hours and days are meant.
    pub timezone: Tz,
}

impl Policy {
    /// The ladder of the design, used where the configuration has none.
    pub fn default_ladder() -> Vec<Rung> {
        let rung = |step, after_days, approval, min_gap_days| Rung {
            step,
            after_days,
            approval,
            min_gap_days,
        };
        vec![
            rung(Step::Friendly, 3, false, None),
            rung(Step::Professional, 10, false, None),
            rung(Step::Formal, 24, false, Some(14)),
            rung(Step::FormalNotice, 38, true, Some(14)),
        ]
    }
}
