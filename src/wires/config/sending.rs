//! The sections about when and what to send: [sending], [digest], [holds] and [[ladder]].

use chrono::NaiveTime;
use chrono_tz::Tz;

use crate::model::follow_up::Step;
use crate::model::policy::{Days, HoldTerms, Hours, Mode, Policy, Rung};
use crate::wires::config::section::Section;
use crate::wires::config::spot::{Faults, shown};
use crate::wires::config::values;
use crate::wires::names::nearest;

/// What [sending] may have.
pub const SENDING: &[&str] = &[
    "mode",
    "hours",
    "days",
    "min_days_between",
    "max_per_day",
    "seconds_between",
];
/// What [digest] may have.
pub const DIGEST: &[&str] = &["at"];
/// What [holds] may have: the effects of what customers answer.
pub const HOLDS: &[&str] = &[
    "promise_grace_business_days",
    "promise_undated_days",
    "acknowledged_business_days",
    "other_days",
    "user_wrote_days",
    "absence_days_max",
    "bounce_temporary_days",
    "recap",
];
/// What a [[ladder]] may have.
pub const RUNG: &[&str] = &["step", "after_days", "approval", "min_gap_days"];

/// The choice that nobody but the user makes, so there is no default.
const MODE_REMEDY: &str = "Choose its mode: \"observe\" only reads and tells you what it would do, \"draft\" lays follow-ups into your Drafts, \
                           \"send\" sends them by itself.";
/// What [sending] says, before the zone is known.
#[derive(Debug)]
pub struct Sending {
    mode: Mode,
    hours: Hours,
    days: Days,
    min_days_between: i64,
    max_per_day: u32,
    /// Seconds between two mails.
    pub seconds_between: u64,
}

impl Sending {
    /// Everything that decisions depend on.
    pub fn into_policy(self, ladder: Vec<Rung>, (holds, recap): (HoldTerms, bool), timezone: Tz) -> Policy {
        let Sending {
            mode,
            hours,
            days,
            min_days_between,
            max_per_day,
            ..
        } = self;
        Policy {
            mode,
            ladder,
            hours,
            days,
            min_days_between,
            max_per_day,
            holds,
            recap,
            timezone,
        }
    }
}

/// Reads [sending].
pub fn sending<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> Option<Sending> {
    let section = document.required_section("sending", SENDING, MODE_REMEDY, faults);
    let modes = [("send", Mode::Send), ("draft", Mode::Draft), ("observe", Mode::Observe)];
    let mode = section.required_choice("mode", &modes, MODE_REMEDY, faults);
    let hours = section
        .text("hours", faults)
        .and_then(|spot| faults.keep(&spot, values::hours(&spot.value)));
    let days = section.choice(
        "days",
        &[("business", Days::Business), ("all", Days::All)],
        "\"business\" leaves out week-ends and the holidays of the customer's country.",
        faults,
    );
    let mut number = |key, within| section.number(key, within, faults).map(|spot| spot.value);
    let min_days_between = number("min_days_between", 0..366);
    let max_per_day = number("max_per_day", 0..10_001);
    let seconds_between = number("seconds_between", 0..3_601);
    Some(Sending {
        mode: mode?,
        // Half past eight to six: inside the working day of every trade that we write to.
        hours: hours.unwrap_or(Hours { from: 510, to: 1080 }),
        days: days.map_or(Days::Business, |spot| spot.value),
        min_days_between: min_days_between.unwrap_or(7),
        max_per_day: max_per_day.and_then(|value| u32::try_from(value).ok()).unwrap_or(50),
        seconds_between: seconds_between.and_then(|value| u64::try_from(value).ok()).unwrap_or(2),
    })
}

/// Reads [digest].
pub fn digest_at<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> NaiveTime {
    let section = document.section("digest", DIGEST, faults);
    let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default();
    section
        .text("at", faults)
        .and_then(|spot| faults.keep(&spot, values::time_of_day(&spot.value)))
        .unwrap_or(eight)
}

/// Reads [holds]: how long answers hold, and whether promises are recapped.
pub fn holds<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> (HoldTerms, bool) {
    let section = document.section("holds", HOLDS, faults);
    let usual = HoldTerms::default();
    let mut days = |key, usual| {
        let found = section.number(key, 0..366, faults);
        found.and_then(|spot| u32::try_from(spot.value).ok()).unwrap_or(usual)
    };
    let terms = HoldTerms {
        promise_grace_business_days: days("promise_grace_business_days", usual.promise_grace_business_days),
        promise_undated_days: days("promise_undated_days", usual.promise_undated_days),
        acknowledged_business_days: days("acknowledged_business_days", usual.acknowledged_business_days),
        other_days: days("other_days", usual.other_days),
        user_wrote_days: days("user_wrote_days", usual.user_wrote_days),
        absence_days_max: days("absence_days_max", usual.absence_days_max),
        bounce_temporary_days: days("bounce_temporary_days", usual.bounce_temporary_days),
    };
    (terms, section.flag("recap", faults).is_some_and(|spot| spot.value))
}

/// Reads every [[ladder]]; where there is none, the default ladder stands.
pub fn ladder<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> Vec<Rung> {
    let Some(sections) = document.sections("ladder", RUNG, faults) else {
        return Policy::default_ladder();
    };
    if sections.is_empty()
        && let Some(spot) = document.value("ladder", faults)
    {
        faults.at(
            &spot,
            "has no step",
            "Leave it out for the usual ladder; to send nothing, write sending.mode = \"observe\".",
        );
    }
    let mut rungs: Vec<Rung> = Vec::new();
    for section in &sections {
        let Some(next) = rung(section, faults) else { continue };
        if let Some(last) = rungs.last() {
            check_order(section, last, &next, faults);
        }
        rungs.push(next);
    }
    rungs
}

fn rung<'d>(section: &Section<'d>, faults: &mut Faults<'d>) -> Option<Rung> {
    let step = step(section, faults);
    let after_days = section.number("after_days", -365..3_651, faults);
    if section.value("after_days", faults).is_none() {
        section.miss(
            "after_days",
            "Write how many days after the due date: after_days = 10.",
            faults,
        );
    }
    let approval = section.flag("approval", faults);
    let min_gap_days = section.number("min_gap_days", 0..366, faults).map(|spot| spot.value);
    let (step, after) = (step?, after_days?);
    match step {
        Step::Courtesy if after.value > 0 => faults.at(
            &after,
            "comes after the due date, and courtesy says that it is near",
            "Write after_days = -3, or take the step \"friendly\".",
        ),
        Step::Courtesy => {}
        _ if after.value < 0 => faults.at(
            &after,
            format!("comes before the due date, and {} says that it is past", step.name()),
            "Write a number of days after the due date, or take the step \"courtesy\".",
        ),
        _ => {}
    }
    if let (Step::FormalNotice, Some(spot)) = (step, &approval)
        && !spot.value
    {
        let remedy = "Write approval = true: a formal notice goes out by your own word only.";
        faults.at(spot, "lets a formal notice go out without your approval", remedy);
    }
    let approval = step == Step::FormalNotice || approval.is_some_and(|spot| spot.value);
    Some(Rung {
        step,
        after_days: after.value,
        approval,
        min_gap_days,
    })
}

fn step<'d>(section: &Section<'d>, faults: &mut Faults<'d>) -> Option<Step> {
    let reminders: Vec<&str> = Step::ALL
        .into_iter()
        .filter(|step| step.is_reminder())
        .map(Step::name)
        .collect();
    let remedy = format!("The steps of a ladder are {}.", reminders.join(", "));
    let spot = section.required_text("step", &remedy, faults)?;
    let made = Step::from_name(&spot.value)
        .filter(|step| step.is_reminder())
        .ok_or_else(|| {
            let meant = nearest(&spot.value, reminders.iter().copied());
            let meant = meant
                .map(|name| format!("Did you mean \"{name}\"? "))
                .unwrap_or_default();
            (
                format!("{} is not a step of a ladder", shown(&spot.value)),
                format!("{meant}{remedy}"),
            )
        });
    faults.keep(&spot, made)
}

/// Later on the ladder means later in time and firmer in tone.
fn check_order<'d>(section: &Section<'d>, last: &Rung, next: &Rung, faults: &mut Faults<'d>) {
    let place = |step: Step| Step::ALL.into_iter().position(|other| other == step);
    if let Some(spot) = section.value("after_days", faults)
        && next.after_days <= last.after_days
    {
        let problem = format!(
            "{} is not after the {} of the step before",
            next.after_days, last.after_days
        );
        faults.at(
            &spot,
            problem,
            "Put the steps in order, each some days after the one before.",
        );
    }
    if let Some(spot) = section.value("step", faults)
        && place(next.step) <= place(last.step)
    {
        let problem = match next.step == last.step {
            true => format!("{} is on the ladder twice", next.step.name()),
            false => format!(
                "{} is gentler than {}, which comes before it",
                next.step.name(),
                last.step.name()
            ),
        };
        let remedy = "Go from gentle to firm, each step once: courtesy, friendly, professional, formal, formal_notice.";
        faults.at(&spot, problem, remedy);
    }
}
