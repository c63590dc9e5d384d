//! Dates as people and spreadsheets write them, where only one reading is possible.

use chrono::{Datelike, NaiveDate};

use crate::wires::import_file::fault::{Refusal, refuse};

/// What to write instead of anything unclear.
const REMEDY: &str = "Write it like 2026-03-05: year, month, day.";
/// Nobody follows up what is older; an earlier year is a slip.
const YEAR_MIN: i32 = 2000;
/// Nor what is later: terms of payment are counted in weeks.
const YEARS_AHEAD_MAX: i32 = 5;

/// Countries where everybody writes the day before the month, so that 05/03/2026 is in March.
///
/// Canada writes both, the United States the month first: they are left out, like everything unsure (Unicode CLDR, date formats).
const DAY_FIRST: &[&str] = &[
    "AD", "AT", "AU", "BE", "BF", "BG", "BJ", "CD", "CG", "CH", "CI", "CM", "CY", "CZ", "DE", "DK", "DZ", "EE", "ES",
    "FI", "FR", "GA", "GB", "GF", "GN", "GP", "GR", "HR", "IE", "IN", "IS", "IT", "LI", "LU", "MA", "MC", "MG", "ML",
    "MQ", "MT", "MU", "NC", "NE", "NL", "NO", "NZ", "PF", "PL", "PT", "RE", "RO", "SI", "SK", "SN", "TG", "TN", "YT",
];

/// In which order day and month stand in a file, where a date alone does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOrder {
    /// The user's country writes the day first, and nothing in the file speaks against it.
    DayFirst,
    /// Not sure: only dates with one reading are taken.
    Unknown,
}

impl DayOrder {
    /// By the user's country, whose programs wrote the file; a single date with the month first makes all of them unsure.
    pub fn of<'a>(country: &str, dates: impl IntoIterator<Item = &'a str>) -> DayOrder {
        let is_month_first = |text: &str| match parts(text) {
            Some((Order::YearLast { .. }, [first, second, _])) => first <= 12 && second > 12,
            _ => false,
        };
        match DAY_FIRST.contains(&country) && !dates.into_iter().any(is_month_first) {
            true => DayOrder::DayFirst,
            false => DayOrder::Unknown,
        }
    }
}

/// Where the year stands.
enum Order {
    YearFirst,
    YearLast { has_points: bool },
}

/// Three numbers and where the year stands; `None` for anything else.
fn parts(text: &str) -> Option<(Order, [u32; 3])> {
    let mark = text.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let texts: Vec<&str> = text.split(mark).collect();
    let [first, second, third] = texts.as_slice() else {
        return None;
    };
    if [first, second, third]
        .iter()
        .any(|part| part.is_empty() || !part.bytes().all(|c| c.is_ascii_digit()))
    {
        return None;
    }
    let order = match (first.len(), second.len(), third.len()) {
        (4, 1..=2, 1..=2) => Order::YearFirst,
        (1..=2, 1..=2, 4) => Order::YearLast {
            has_points: mark == '.',
        },
        _ => return None,
    };
    Some((order, [first.parse().ok()?, second.parse().ok()?, third.parse().ok()?]))
}

/// Reads a date between the year 2000 and five years from today.
pub fn date(text: &str, order: DayOrder, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    let text = text.trim();
    let Some((place, [first, second, third])) = parts(text) else {
        return refuse(form_problem(text), REMEDY);
    };
    let (year, month, day) = match place {
        Order::YearFirst => (first, second, third),
        // With points the day comes first wherever points are used.
        Order::YearLast { has_points: true } => (third, second, first),
        Order::YearLast { .. } if order == DayOrder::DayFirst || first == second => (third, second, first),
        Order::YearLast { .. } if first > 12 => (third, second, first),
        Order::YearLast { .. } if second > 12 => (third, first, second),
        Order::YearLast { .. } => {
            let remedy = format!("Write {third}-{second:02}-{first:02} or {third}-{first:02}-{second:02}.");
            return refuse("could be in either order of day and month", remedy);
        }
    };
    let found = i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    match found {
        None => refuse("is no day of the calendar", REMEDY),
        Some(found) if found.year() < YEAR_MIN => refuse(format!("lies before the year {YEAR_MIN}"), REMEDY),
        Some(found) if found.year() > today.year() + YEARS_AHEAD_MAX => {
            refuse(format!("lies more than {YEARS_AHEAD_MAX} years ahead"), REMEDY)
        }
        Some(found) => Ok(found),
    }
}

fn form_problem(text: &str) -> &'static str {
    if text.len() == 5 && text.bytes().all(|c| c.is_ascii_digit()) {
        "is a spreadsheet's count of days, not a date"
    } else {
        "is not a date with a year of four digits"
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::import_file::date::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()
    }

    fn check(text: &str, order: DayOrder, expected: Option<&str>) {
        let read = date(text, order, today()).ok().map(|day| day.to_string());
        assert_eq!(read.as_deref(), expected, "{text} {order:?}");
    }

    #[test]
    fn clear_dates_are_read() {
        use DayOrder::*;
        check("2026-03-05", Unknown, Some("2026-03-05"));
        check(" 2026-3-5 ", Unknown, Some("2026-03-05"));
        check("2026/03/05", Unknown, Some("2026-03-05")); // the year first: no doubt about the rest
        check("05.03.2026", Unknown, Some("2026-03-05")); // points: the day first, everywhere
        check("13/03/2026", Unknown, Some("2026-03-13")); // no thirteenth month
        check("03/13/2026", Unknown, Some("2026-03-13"));
        check("05/05/2026", Unknown, Some("2026-05-05")); // the same either way
        check("05/03/2026", DayFirst, Some("2026-03-05"));
        check("5-3-2026", DayFirst, Some("2026-03-05"));
        check("2031-12-31", Unknown, Some("2031-12-31"));
    }

    #[test]
    fn unclear_dates_are_refused() {
        use DayOrder::*;
        check("05/03/2026", Unknown, None); // March or May
        check("03/13/2026", DayFirst, None); // no thirteenth month, and the month is second here
        check("2026-02-30", Unknown, None);
        check("2026-13-01", Unknown, None);
        check("1999-12-31", Unknown, None); // a slip
        check("2032-01-01", Unknown, None);
        check("05/03/26", DayFirst, None); // which century, which part?
        check("46086", DayFirst, None); // a spreadsheet's count of days
        check("2026-03-05T00:00", Unknown, None);
        check("05/03-2026", DayFirst, None);
        check("5 mars 2026", DayFirst, None);
        check("99999999999-01-01", DayFirst, None);
        check("", DayFirst, None);
    }

    #[test]
    fn a_file_with_the_month_first_makes_all_of_it_unsure() {
        let check = |country: &str, dates: &[&str], expected: DayOrder| {
            assert_eq!(
                DayOrder::of(country, dates.iter().copied()),
                expected,
                "{country} {dates:?}"
            );
        };
        check("FR", &["05/03/2026", "25/03/2026"], DayOrder::DayFirst);
        check("FR", &["05/03/2026", "03/25/2026"], DayOrder::Unknown); // an American program
        check("US", &["25/03/2026"], DayOrder::Unknown);
        check("CA", &["25/03/2026"], DayOrder::Unknown); // both are in use
        check("FR", &["2026-03-25"], DayOrder::DayFirst); // says nothing
    }
}
