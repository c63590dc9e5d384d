//! What a rule file holds, once it is read: rules, ways of writing a date, the small words of a language.

use regex::bytes::Regex;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::customer::Language;
use crate::model::reading::{DisputeReason, Label};

/// What a match of a rule stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// For `Label::OptOut`.
    OptOut,
    /// For `Label::Dispute`.
    Dispute,
    /// For `Label::Hardship`.
    Hardship,
    /// For `Label::Paid`.
    Paid,
    /// For `Label::Promise`.
    Promise,
    /// For `Label::Redirect`.
    Redirect,
    /// For `Label::Request`.
    Request,
    /// For `Label::Acknowledged`.
    Acknowledged,
    /// For `Label::Other`.
    Other,
    /// No label, but a reply that holds it may be a no: never sent on without a person.
    Alarm,
    /// Takes the words it covers out of every other rule: "no problem with the work".
    Cleared,
    /// Courtesies and circumstances that mean nothing by themselves.
    Routine,
    /// Of an automatic answer: the person has left, nobody reads this, a cover takes over all mail.
    Left,
}

impl Sense {
    /// The label it speaks for.
    pub fn label(self) -> Option<Label> {
        match self {
            Sense::OptOut => Some(Label::OptOut),
            Sense::Dispute => Some(Label::Dispute),
            Sense::Hardship => Some(Label::Hardship),
            Sense::Paid => Some(Label::Paid),
            Sense::Promise => Some(Label::Promise),
            Sense::Redirect => Some(Label::Redirect),
            Sense::Request => Some(Label::Request),
            Sense::Acknowledged => Some(Label::Acknowledged),
            Sense::Other => Some(Label::Other),
            Sense::Alarm | Sense::Cleared | Sense::Routine | Sense::Left => None,
        }
    }
}

/// How much a match says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A hint: two of them, or one beside silence, make the label likely.
    Weak,
    /// Says it, unless the clause turns it round.
    Clear,
    /// Cannot well be said without meaning it.
    Strong,
}

impl Strength {
    /// Its weight in a sum; a label holds from `classify::HOLDS_FROM` on.
    pub fn weight(self) -> u32 {
        match self {
            Strength::Weak => 1,
            Strength::Clear => 2,
            Strength::Strong => 4,
        }
    }
}

/// What in a clause voids a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// "I do not …".
    Negation,
    /// "As soon as you …", "if …".
    Condition,
    /// The clause is a question.
    Question,
    /// The clause speaks of what is still to come.
    Future,
}

/// What must stand in the same clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// A day that is not past.
    Date,
    /// An amount.
    Amount,
}

/// One rule, compiled.
#[derive(Debug)]
pub struct Rule {
    /// `fr/dispute/not-delivered`.
    pub id: String,
    /// What it stands for.
    pub sense: Sense,
    /// How much it says.
    pub strength: Strength,
    /// What voids it.
    pub scopes: Vec<Scope>,
    /// What it needs beside it.
    pub with: Option<With>,
    /// Of a dispute.
    pub reason: Option<DisputeReason>,
    /// Of an alarm: which label such words most often go with.
    pub leans: Option<Label>,
    /// Over folded text.
    pub pattern: Regex,
    /// Texts that must match.
    pub examples: Vec<String>,
    /// Texts that must not match.
    pub counterexamples: Vec<String>,
}

/// How a date is resolved; the groups of the pattern that each kind reads stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateKind {
    /// Calendar day: `day`, `month` or `monthno`, `year` where given.
    DayMonth,
    /// Two numbers whose order the country decides: `a`, `b`, `year` where given.
    Numeric,
    /// Year first (ISO 8601): `year`, `monthno`, `day`.
    Iso,
    /// A day of the current month, or the next: `day`.
    Day,
    /// The coming one: `weekday`.
    Weekday,
    /// The one of this very week, today included: `weekday`.
    WeekdayThis,
    /// A week after the coming one: `weekday`.
    WeekdayPlusWeek,
    /// Of the following calendar week: `weekday`.
    WeekdayNextWeek,
    /// Of a month: `nth`, `weekday`, `month`.
    NthWeekday,
    /// So many days on: `n`.
    Days,
    /// So many weeks on: `n`.
    Weeks,
    /// So many months on: `n`.
    Months,
    /// So many hours on, in whole days: `n`.
    Hours,
    /// So many days, Monday to Friday: `n`.
    BusinessDays,
    /// Last day of `month`, else of this month.
    MonthEnd,
    /// Last working day of `month`, else of this month.
    MonthEndWorking,
    /// Last day of the next month.
    NextMonthEnd,
    /// The 5th of the next month.
    NextMonthStart,
    /// The 5th of `month`, else the next 5th.
    MonthStart,
    /// The 15th of `month`, else the next 15th.
    MonthMiddle,
    /// Friday of the first week of `month`.
    MonthFirstWeek,
    /// Friday of this week.
    WeekEnd,
    /// Friday of next week.
    NextWeekEnd,
    /// Friday of the ISO week `n`.
    WeekNumber,
    /// Sunday.
    Weekend,
    /// Last day of the quarter.
    QuarterEnd,
    /// Last day of the year.
    YearEnd,
    /// A fixed number of days on, given as `days` in the rule.
    Fixed,
    /// A past day, only found so that it is not taken for another.
    Past,
}

/// One way of writing a date.
#[derive(Debug)]
pub struct DateForm {
    /// `fr/dates/end-of-month`.
    pub id: String,
    /// How to resolve it.
    pub kind: DateKind,
    /// For `DateKind::Fixed`.
    pub days: i64,
    /// Over folded text.
    pub pattern: Regex,
    /// Pairs of text and day, resolved against `EXAMPLES_RECEIVED`.
    pub examples: Vec<(String, String)>,
    /// Texts that must not match.
    pub counterexamples: Vec<String>,
}

/// When the examples of the date files were received: a Wednesday.
pub const EXAMPLES_RECEIVED: &str = "2026-03-11T10:00:00+01:00";

/// One way of writing a part of the whole: "half", "a third".
#[derive(Debug)]
pub struct ShareForm {
    /// Over folded text.
    pub pattern: Regex,
    /// The part of the whole, in hundredths of a per cent.
    pub part: u32,
}

/// All of one language.
#[derive(Debug)]
pub struct Rules {
    /// Of which language.
    pub language: Language,
    /// Every rule, files in order.
    pub rules: Vec<Rule>,
    /// Every way of writing a date, the more specific first.
    pub dates: Vec<DateForm>,
    /// An amount: `number`, and where written `before` or `after` (a currency) and `kilo`.
    pub amount: Regex,
    /// Parts of the whole.
    pub shares: Vec<ShareForm>,
    /// The small words of the language.
    pub words: Words,
    /// Before these words a sentence falls into two clauses.
    pub breaks: Regex,
    /// Ends with a negation that governs what follows.
    pub negation_before: Regex,
    /// Begins with a negation that governs what stands before.
    pub negation_after: Regex,
    /// A condition.
    pub condition: Regex,
    /// A condition that only names a time or the writer's own doing: it does not take a promise back.
    pub harmless_condition: Regex,
    /// Speaks of what is still to come.
    pub future: Regex,
    /// Ends with a word that takes the date after it back: "not the …".
    pub date_denied: Regex,
    /// Stands between two dates of which the second counts.
    pub date_range: Regex,
    /// Closes a letter: what follows is a signature.
    pub closing: Regex,
    /// Further instalments: the first date counts.
    pub instalments: Regex,
    /// Ends with words of coming back: the day after them is the day of return.
    pub return_before: Regex,
    /// Ends with words of absence: the day after them is its last, or that of return.
    pub absence_before: Regex,
    /// Begins with a word that counts the day before it in.
    pub inclusive_after: Regex,
    /// Ends with a span whose end is counted in: "from … to".
    pub inclusive_before: Regex,
    /// The matters of whoever pays bills.
    pub accounting: Regex,
    /// Ends with a word that makes the sum after it a total or a balance, not a payment.
    pub not_a_payment: Regex,
}

/// The small words of a language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Month names and their short forms, 1 to 12.
    pub months: BTreeMap<String, u32>,
    /// Weekday names and their short forms, Monday 1 to Sunday 7.
    pub weekdays: BTreeMap<String, u32>,
    /// Written-out numbers.
    pub numbers: BTreeMap<String, u32>,
    /// How currencies are written, and their ISO 4217 codes; empty for a dollar of whichever country.
    pub currencies: BTreeMap<String, String>,
    /// Written-out ordinals, -1 for "last".
    pub ordinals: BTreeMap<String, i32>,
    /// The words by which a short text shows its language.
    pub(crate) hints: BTreeSet<String>,
    /// The same, folded.
    #[serde(skip)]
    pub folded_hints: BTreeSet<String>,
    pub(crate) patterns: WordPatterns,
}

/// The patterns of a words file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordPatterns {
    pub(crate) breaks: String,
    pub(crate) negation_before: String,
    pub(crate) negation_after: String,
    pub(crate) condition: String,
    pub(crate) harmless_condition: String,
    pub(crate) future: String,
    pub(crate) date_denied: String,
    pub(crate) date_range: String,
    pub(crate) closing: String,
    pub(crate) instalments: String,
    pub(crate) return_before: String,
    pub(crate) absence_before: String,
    pub(crate) inclusive_after: String,
    pub(crate) inclusive_before: String,
    pub(crate) accounting: String,
    pub(crate) not_a_payment: String,
    pub(crate) shares: BTreeMap<String, u32>,
}
