//! The words of a story, one by one: moments, steps, labels, readings.

use amiable::dunning::calendar::instant;
use amiable::model::arrival::Match;
use amiable::model::follow_up::Step;
use amiable::model::policy::Rung;
use amiable::model::reading::{Doubt, Label, Reading};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::firm::{Answer, bounce, reading};

/// Why a line of a story fails.
pub type Told = Result<(), String>;

pub fn moment(day: NaiveDate, time: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let seconds = time.parse::<NaiveTime>().map_or(0, |time| i64::from(time.second()));
    Ok(instant(day, minutes(time)?, zone) + chrono::Duration::seconds(seconds))
}

pub fn minutes(text: &str) -> Result<u32, String> {
    let mut parts = text.split(':').map(|part| part.parse::<u32>());
    match (parts.next(), parts.next()) {
        (Some(Ok(hours)), Some(Ok(minutes))) if hours * 60 + minutes <= 1440 => Ok(hours * 60 + minutes),
        _ => Err(format!("{text} is not a time of day")),
    }
}

pub fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("{text} is not a day"))
}

pub fn rung(text: &str) -> Result<Rung, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (step, after) = words.split_first().ok_or("an empty rung")?;
    let gap = match after.get(1..) {
        Some(["gap", days]) => Some(days.parse().map_err(display)?),
        _ => None,
    };
    let step = step_of(step)?;
    let after_days = after.first().ok_or("after how many days?")?.parse().map_err(display)?;
    Ok(Rung {
        step,
        after_days,
        approval: step == Step::FormalNotice,
        min_gap_days: gap,
    })
}

pub fn reading_of(text: &str) -> Result<Reading, String> {
    let (mut labels, mut facts) = (Vec::new(), reading(&[Label::Other]));
    for item in text.split(',') {
        match item.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["needs_review"] => facts.doubt = Some(Doubt::Unclear),
            ["promise", date] => {
                labels.push(Label::Promise);
                facts.promise_date = Some(day(date)?);
            }
            ["auto_reply", "until", date] => {
                labels.push(Label::AutoReply);
                facts.absent_until = Some(day(date)?);
            }
            ["auto_reply", "unattended"] => {
                labels.push(Label::AutoReply);
                facts.unattended = true;
            }
            ["bounce", kind] => {
                labels.push(Label::Bounce);
                facts.bounce = bounce(*kind == "permanent");
            }
            [label] => labels.push(label_of(label)?),
            _ => return Err(format!("{item}: no such words")),
        }
    }
    if labels.is_empty() {
        labels.push(Label::Other);
    }
    let told = reading(&labels);
    Ok(Reading {
        author: told.author,
        primary: told.primary,
        labels: told.labels,
        ..facts
    })
}

pub fn step_of(name: &str) -> Result<Step, String> {
    Step::from_name(name).ok_or(format!("{name} is no step"))
}

pub fn label_of(name: &str) -> Result<Label, String> {
    Label::from_name(name).ok_or(format!("{name} is no label"))
}

pub fn match_of(name: &str) -> Result<Match, String> {
    let all = [
        Match::Ids,
        Match::Thread,
        Match::Index,
        Match::Reference,
        Match::Address,
    ];
    all.into_iter()
        .find(|matched| matched.name() == name)
        .ok_or(format!("{name} is no match"))
}

pub fn answer(name: &str) -> Result<Answer, String> {
    match name {
        "accepts" => Ok(Answer::Accepts),
        "defers" => Ok(Answer::Defers),
        "defers_early" => Ok(Answer::DefersEarly),
        "refuses" => Ok(Answer::Refuses),
        "lost" => Ok(Answer::Lost),
        "dies" => Ok(Answer::Dies),
        _ => Err(format!("a server does not {name}")),
    }
}

pub fn display(fault: impl std::fmt::Display) -> String {
    fault.to_string()
}

pub fn equal<T: PartialEq + std::fmt::Display>(found: T, expected: T) -> Told {
    if found == expected {
        Ok(())
    } else {
        Err(format!("it is `{found}`"))
    }
}
