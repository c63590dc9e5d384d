//! Which days and hours are open for a follow-up.

use chrono::{DateTime, Datelike, Days as DayCount, Duration, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use crate::model::policy::{Days, Policy};

/// No search for an open day goes further: every calendar has one within a week, holidays or not.
const SEARCH_DAYS_MAX: u32 = 60;

/// Whether business is done on that day: Monday to Friday.
pub fn is_business_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The day so many business days after another; a day that is none itself counts as the one before it.
pub fn plus_business_days(day: NaiveDate, count: u32) -> NaiveDate {
    let (mut day, mut left) = (day, count);
    while left > 0 {
        day = next_day(day);
        if is_business_day(day) {
            left -= 1;
        }
    }
    day
}

/// The first business day on or after that day.
pub fn business_day_from(day: NaiveDate) -> NaiveDate {
    first_day(day, is_business_day)
}

/// The first moment, not before `earliest`, at which the policy lets a follow-up go.
pub fn opening_from(earliest: DateTime<Utc>, policy: &Policy) -> DateTime<Utc> {
    let local = earliest.with_timezone(&policy.timezone);
    let today = local.date_naive();
    let open = |day: NaiveDate| policy.days == Days::All || is_business_day(day);
    if open(today) {
        let opens = instant(today, policy.hours.from, policy.timezone);
        let closes = instant(today, policy.hours.to, policy.timezone);
        if earliest < closes {
            return earliest.max(opens);
        }
    }
    instant(first_day(next_day(today), open), policy.hours.from, policy.timezone)
}

/// The first moment of a day in a zone.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant(day, 0, zone)
}

/// The last second of a day in a zone: "until the 17th" reads as the 17th wherever it is shown.
pub fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant(next_day(day), 0, zone) - Duration::seconds(1)
}

/// A calendar day in a zone at so many minutes after midnight; where daylight saving skips that moment, the next that exists.
pub fn instant(day: NaiveDate, minutes: u32, zone: Tz) -> DateTime<Utc> {
    let (day, minutes) = if minutes >= 1440 {
        (next_day(day), 0)
    } else {
        (day, minutes)
    };
    let wall = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap_or(NaiveTime::MIN);
    let mut naive = day.and_time(wall);
    // Gaps of daylight saving last an hour, rarely two; a day that a zone skipped altogether lasts 24.
    for _ in 0..100 {
        if let Some(moment) = zone.from_local_datetime(&naive).earliest() {
            return moment.with_timezone(&Utc);
        }
        naive += Duration::minutes(15);
    }
    Utc.from_utc_datetime(&naive)
}

fn first_day(from: NaiveDate, open: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    let mut day = from;
    for _ in 0..SEARCH_DAYS_MAX {
        if open(day) {
            return day;
        }
        day = next_day(day);
    }
    day
}

/// The calendar ends in the year 262142; there the last day repeats.
fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(DayCount::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use crate::dunning::calendar::*;
    use crate::model::policy::{HoldTerms, Hours, Mode};

    fn policy(days: Days, from: u32, to: u32) -> Policy {
        Policy {
            mode: Mode::Send,
            ladder: Policy::default_ladder(),
            hours: Hours { from, to },
            days,
            min_days_between: 7,
            max_per_day: 50,
            holds: HoldTerms::default(),
            recap: false,
            timezone: chrono_tz::Europe::Paris,
        }
    }

    #[test]
    fn follow_ups_go_in_open_hours_of_open_days() {
        let check = |days, hours: (u32, u32), earliest: &str, expected: &str| {
            let moment = opening_from(earliest.parse().unwrap(), &policy(days, hours.0, hours.1));
            assert_eq!(moment, expected.parse::<DateTime<Utc>>().unwrap(), "{earliest}");
        };
        let office = (8 * 60 + 30, 18 * 60);
        check(Days::Business, office, "2026-03-04T10:00:00Z", "2026-03-04T10:00:00Z"); // a Wednesday at eleven
        check(Days::Business, office, "2026-03-04T02:00:00Z", "2026-03-04T07:30:00Z"); // before opening
        check(Days::Business, office, "2026-03-04T17:00:00Z", "2026-03-05T07:30:00Z"); // 18:00 is too late
        check(Days::Business, office, "2026-03-06T20:00:00Z", "2026-03-09T07:30:00Z"); // Friday evening
        check(Days::All, office, "2026-03-06T20:00:00Z", "2026-03-07T07:30:00Z");
        check(Days::All, (0, 1440), "2026-03-07T22:59:59Z", "2026-03-07T22:59:59Z"); // the whole day
        check(Days::Business, office, "2026-03-29T10:00:00Z", "2026-03-30T06:30:00Z"); // clocks went forward that Sunday
        check(
            Days::All,
            (2 * 60 + 30, 3 * 60),
            "2026-03-28T23:30:00Z",
            "2026-03-29T01:00:00Z",
        ); // 02:30 does not exist
    }

    #[test]
    fn business_days_are_counted_as_people_do() {
        let check = |day: &str, count, expected: &str| {
            assert_eq!(
                plus_business_days(day.parse().unwrap(), count),
                expected.parse::<NaiveDate>().unwrap()
            );
        };
        check("2026-03-13", 2, "2026-03-17"); // Friday → Tuesday
        check("2026-03-14", 1, "2026-03-16"); // Saturday → Monday
        check("2026-03-11", 0, "2026-03-11");
        check("2026-03-11", 5, "2026-03-18");
    }
}
