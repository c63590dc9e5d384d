//! What an answer stops, and until when: the table of the design.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::dunning::calendar::{end_of, plus_business_days, start_of};
use crate::model::arrival::Match;
use crate::model::digest::ContentDigest;
use crate::model::hold::{Hold, HoldReason};
use crate::model::invoice::InvoiceNumber;
use crate::model::policy::Policy;
use crate::model::reading::{Author, Label, Reading};

/// A message that was read, and how it was tied to the customer.
pub struct Heard<'a> {
    /// What it says.
    pub reading: &'a Reading,
    /// How it was tied; `None`: from an address that nobody approved.
    pub matched: Option<Match>,
    /// The case that it is about, where that is known.
    pub case: Option<&'a InvoiceNumber>,
    /// The message.
    pub message: &'a ContentDigest,
}

/// The holds that a message puts on the whole customer, one a label that stops anything; every human message has at least one.
pub fn holds_of(heard: &Heard, policy: &Policy, now: DateTime<Utc>) -> Vec<Hold> {
    let make = |reason, until| Hold {
        reason,
        since: now,
        until,
        case: heard.case.cloned(),
        message: Some(heard.message.clone()),
    };
    match heard.reading.author {
        Author::Bounce => vec![make(
            HoldReason::Label(Label::Bounce),
            bounce_end(heard.reading, policy, now),
        )],
        Author::AutoReply => {
            let away = machine_end(heard.reading, policy, now);
            let away = away.map(|until| (HoldReason::Label(Label::AutoReply), until));
            noes(heard.reading)
                .chain(away)
                .map(|(reason, until)| make(reason, until))
                .collect()
        }
        Author::Human => human_reasons(heard, policy, now)
            .into_iter()
            .map(|(reason, until)| make(reason, until))
            .collect(),
    }
}

/// The hold of a message that the user wrote himself: he has taken over for a while.
pub fn hold_of_user(
    case: Option<&InvoiceNumber>,
    message: &ContentDigest,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Hold {
    let until = Some(in_days(policy.holds.user_wrote_days, policy, now));
    Hold {
        reason: HoldReason::UserWrote,
        since: now,
        until,
        case: case.cloned(),
        message: Some(message.clone()),
    }
}

/// Until when a promised date and its grace hold.
pub fn promise_end(date: NaiveDate, policy: &Policy) -> DateTime<Utc> {
    end_of(
        plus_business_days(date, policy.holds.promise_grace_business_days),
        policy.timezone,
    )
}

type Ending = (HoldReason, Option<DateTime<Utc>>);

/// A no is a no whoever wrote it, however it was tied, and however unsure we are.
fn noes(reading: &Reading) -> impl Iterator<Item = Ending> {
    let noes = reading.labels.iter().filter(|label| label.is_a_no());
    noes.map(|label| (HoldReason::Label(*label), None))
}

fn human_reasons(heard: &Heard, policy: &Policy, now: DateTime<Utc>) -> Vec<Ending> {
    let reading = heard.reading;
    let mut reasons: Vec<Ending> = noes(reading).collect();
    match (heard.matched, reading.doubt) {
        (None, _) => reasons.push((HoldReason::Unattributed, None)),
        (Some(_), Some(_)) => reasons.push((HoldReason::NeedsReview, None)),
        (Some(matched), None) => {
            let rest = reading.labels.iter().filter(|label| !label.is_a_no());
            reasons.extend(rest.map(|label| {
                (
                    HoldReason::Label(*label),
                    label_end(*label, reading, matched, policy, now),
                )
            }));
        }
    }
    // A person's message that carries a machine's label alone is a contradiction: the user looks.
    if reasons.is_empty() {
        reasons.push((HoldReason::NeedsReview, None));
    }
    reasons
}

/// The end of one label's hold; `None`: not before an act of the user.
fn label_end(
    label: Label,
    reading: &Reading,
    matched: Match,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&policy.timezone).date_naive();
    match label {
        Label::Bounce | Label::AutoReply | Label::OptOut | Label::Dispute | Label::Hardship => None,
        Label::Paid | Label::Redirect | Label::Request => None,
        // "I send it on Friday" need not mean the money when nothing but the address ties it to an invoice.
        Label::Promise if matched == Match::Address => None,
        Label::Promise => match reading.promise_date {
            Some(date) => Some(promise_end(date.max(today), policy)),
            None => Some(in_days(policy.holds.promise_undated_days, policy, now)),
        },
        Label::Acknowledged => {
            let last = plus_business_days(today, policy.holds.acknowledged_business_days);
            Some(end_of(last, policy.timezone))
        }
        Label::Other => Some(in_days(policy.holds.other_days, policy, now)),
    }
}

fn bounce_end(reading: &Reading, policy: &Policy, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let permanent = reading.bounce.as_ref().is_none_or(|bounce| bounce.permanent);
    (!permanent).then(|| in_days(policy.holds.bounce_temporary_days, policy, now))
}

/// A machine's note: `None` holds nothing, `Some(None)` holds until the user acts.
fn machine_end(reading: &Reading, policy: &Policy, now: DateTime<Utc>) -> Option<Option<DateTime<Utc>>> {
    if reading.unattended {
        return Some(None);
    }
    let zone = policy.timezone;
    let latest = day_in(policy.holds.absence_days_max, policy, now);
    let back = reading.absent_until?.min(latest);
    let until = start_of(plus_business_days(back, 1), zone);
    (until > now).then_some(Some(until))
}

/// The end of the local day so many days from now.
fn in_days(days: u32, policy: &Policy, now: DateTime<Utc>) -> DateTime<Utc> {
    end_of(day_in(days, policy, now), policy.timezone)
}

/// The local day so many days from today. Counted in days, not in hours: some days have 23 or 25.
fn day_in(days: u32, policy: &Policy, now: DateTime<Utc>) -> NaiveDate {
    let today = now.with_timezone(&policy.timezone).date_naive();
    today.checked_add_days(Days::new(u64::from(days))).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use crate::dunning::hold::*;
    use crate::model::policy::{self, HoldTerms, Hours, Mode};
    use crate::model::reading::{BounceFacts, Doubt};

    fn policy() -> Policy {
        Policy {
            mode: Mode::Send,
            ladder: Policy::default_ladder(),
            hours: Hours { from: 510, to: 1080 },
            days: policy::Days::Business,
            min_days_between: 7,
            max_per_day: 50,
            holds: HoldTerms::default(),
            recap: false,
            timezone: chrono_tz::Europe::Paris,
        }
    }

    fn says(labels: &[Label]) -> Reading {
        let mut reading = Reading::needs_review(Doubt::Unclear);
        (reading.labels, reading.primary, reading.doubt) = (labels.to_vec(), labels[0], None);
        reading
    }

    /// Heard on Friday, 6 March 2026, at 16:00 in Paris; each hold as `reason until`.
    fn held(reading: &Reading, matched: Option<Match>) -> Vec<String> {
        let now = "2026-03-06T15:00:00Z".parse().unwrap();
        let message = ContentDigest::of(&[b"message"]);
        let holds = holds_of(
            &Heard {
                reading,
                matched,
                case: None,
                message: &message,
            },
            &policy(),
            now,
        );
        let shown = |hold: &Hold| {
            let until = hold.until.map(|until| {
                until
                    .with_timezone(&chrono_tz::Europe::Paris)
                    .format("%m-%d %H:%M")
                    .to_string()
            });
            format!("{} {}", hold.reason.name(), until.as_deref().unwrap_or("without end"))
        };
        holds.iter().map(shown).collect()
    }

    #[test]
    fn a_person_holds_as_the_table_says() {
        use Label::*;
        let check = |labels: &[Label], date: Option<&str>, matched: Match, expected: &[&str]| {
            let reading = Reading {
                promise_date: date.map(|date| date.parse().unwrap()),
                ..says(labels)
            };
            assert_eq!(
                held(&reading, Some(matched)),
                expected,
                "{labels:?} {date:?} {matched:?}"
            );
        };
        check(&[Dispute], None, Match::Ids, &["dispute without end"]);
        check(&[Hardship], Some("2026-04-01"), Match::Ids, &["hardship without end"]); // a proposed first date ends nothing
        check(&[OptOut], None, Match::Address, &["opt_out without end"]);
        check(&[Promise], Some("2026-03-13"), Match::Ids, &["promise 03-17 23:59"]);
        check(
            &[Promise],
            Some("2026-03-13"),
            Match::Reference,
            &["promise 03-17 23:59"],
        );
        check(&[Promise], Some("2026-03-13"), Match::Address, &["promise without end"]);
        check(&[Promise], Some("2026-03-07"), Match::Ids, &["promise 03-10 23:59"]); // a Saturday
        check(&[Promise], Some("2026-02-01"), Match::Ids, &["promise 03-10 23:59"]); // past already: counted from today
        check(&[Promise], None, Match::Ids, &["promise 03-13 23:59"]);
        check(&[Paid], None, Match::Ids, &["paid without end"]);
        check(&[Redirect], None, Match::Ids, &["redirect without end"]);
        check(&[Request], None, Match::Ids, &["request without end"]);
        check(&[Acknowledged], None, Match::Ids, &["acknowledged 03-13 23:59"]);
        check(&[Other], None, Match::Address, &["other 03-13 23:59"]);
        check(
            &[Dispute, Promise],
            Some("2026-03-13"),
            Match::Ids,
            &["dispute without end", "promise 03-17 23:59"],
        );
        check(
            &[Paid, Promise],
            Some("2026-03-30"),
            Match::Ids,
            &["paid without end", "promise 04-01 23:59"],
        );
        check(&[Bounce], None, Match::Ids, &["bounce without end"]); // a person under a machine's label: the user looks
    }

    #[test]
    fn what_is_unclear_holds_without_end_and_hides_no_no() {
        let check = |labels: &[Label], matched, expected: &[&str]| {
            let reading = Reading {
                doubt: Some(Doubt::Truncated),
                ..says(labels)
            };
            assert_eq!(held(&reading, matched), expected, "{labels:?} {matched:?}");
        };
        check(&[Label::Other], Some(Match::Ids), &["needs_review without end"]);
        check(&[Label::Promise], Some(Match::Ids), &["needs_review without end"]);
        check(
            &[Label::Dispute],
            Some(Match::Ids),
            &["dispute without end", "needs_review without end"],
        );
        check(&[Label::Other], None, &["unattributed without end"]);
        check(
            &[Label::OptOut, Label::Promise],
            None,
            &["opt_out without end", "unattributed without end"],
        );
    }

    #[test]
    fn a_machine_holds_as_the_table_says() {
        let check = |labels: &[Label], back: Option<&str>, unattended: bool, expected: &[&str]| {
            let absent_until = back.map(|day| day.parse().unwrap());
            let reading = Reading {
                author: Author::AutoReply,
                absent_until,
                unattended,
                ..says(labels)
            };
            assert_eq!(
                held(&reading, Some(Match::Ids)),
                expected,
                "{labels:?} {back:?} {unattended}"
            );
        };
        let absent = [Label::AutoReply];
        check(&absent, None, false, &[]); // a ticket, a receipt
        check(&absent, Some("2026-03-20"), false, &["auto_reply 03-23 00:00"]); // Friday, then Monday
        check(&absent, Some("2026-03-21"), false, &["auto_reply 03-23 00:00"]); // Saturday, then Monday
        check(&absent, Some("2026-03-06"), false, &["auto_reply 03-09 00:00"]); // back today
        check(&absent, Some("2026-03-05"), false, &[]); // back yesterday: today is the business day after
        check(&absent, Some("2026-04-05"), false, &["auto_reply 04-06 00:00"]); // 30 days away, a Sunday
        check(&absent, Some("2027-01-01"), false, &["auto_reply 04-06 00:00"]); // further away than is believed
        check(&absent, Some("2026-03-20"), true, &["auto_reply without end"]);
        check(
            &[Label::AutoReply, Label::Redirect],
            None,
            true,
            &["auto_reply without end"],
        );
        check(
            &[Label::AutoReply, Label::Hardship],
            None,
            false,
            &["hardship without end"],
        );
    }

    #[test]
    fn a_bounce_holds_as_the_table_says() {
        let check = |bounce: Option<bool>, expected: &[&str]| {
            let bounce = bounce.map(|permanent| BounceFacts {
                status: None,
                permanent,
            });
            let reading = Reading {
                author: Author::Bounce,
                bounce,
                ..says(&[Label::Bounce])
            };
            assert_eq!(held(&reading, Some(Match::Ids)), expected, "{:?}", reading.bounce);
        };
        check(Some(true), &["bounce without end"]);
        check(Some(false), &["bounce 03-11 23:59"]);
        check(None, &["bounce without end"]); // nothing said: the worst is assumed
    }
}
