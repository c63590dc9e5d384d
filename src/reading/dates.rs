//! Dates as people write them, resolved to calendar days against the moment the reply was received.

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, Weekday};
use regex::bytes::Captures;
use std::ops::Range;

use crate::reading::fold::{Folded, fold};
use crate::reading::vocabulary::{DateForm, DateKind, Rules, Words};

/// A date in a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFound {
    /// Where it stands in the folded text.
    pub range: Range<usize>,
    /// The day.
    pub date: NaiveDate,
    /// The words say that it lies behind ("yesterday", "last week").
    pub past: bool,
}

/// In which order two numbers stand for day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 05/03 is the 5th of March.
    DayFirst,
    /// 05/03 is the 3rd of May.
    MonthFirst,
}

impl Order {
    /// By the writer's country, else by the currency of the invoice: only the United States write the month first throughout.
    pub fn of(country: Option<&str>, currency: Option<&str>) -> Order {
        let month_first = match country {
            Some(country) => ["US", "PH", "FM", "PW", "MH"]
                .iter()
                .any(|code| code.eq_ignore_ascii_case(country)),
            None => currency == Some("USD"),
        };
        if month_first {
            Order::MonthFirst
        } else {
            Order::DayFirst
        }
    }
}

/// Every date of a text, in order of place; ranges give their end, what the text takes back is left out.
pub fn dates(folded: &Folded, rules: &Rules, received: &DateTime<FixedOffset>, order: Order) -> Vec<DateFound> {
    let today = received.date_naive();
    let mut taken: Vec<(Range<usize>, Option<DateFound>)> = Vec::new();
    for form in &rules.dates {
        for captures in form.pattern.captures_iter(folded.text.as_bytes()) {
            let Some(whole) = captures.get(0) else { continue };
            let range = whole.range();
            if taken
                .iter()
                .any(|(other, _)| range.start < other.end && other.start < range.end)
            {
                continue;
            }
            let found = Resolver {
                today,
                order,
                words: &rules.words,
            }
            .resolve(form, &captures)
            .map(|date| DateFound {
                range: range.clone(),
                date,
                past: form.kind == DateKind::Past,
            });
            taken.push((range, found));
        }
    }
    let mut found: Vec<DateFound> = taken.into_iter().filter_map(|(_, found)| found).collect();
    found.sort_by_key(|date| date.range.start);
    without_denied(folded, rules, found)
}

/// Drops the first of a range ("between the 10th and the 14th") and what is taken back ("not the 10th").
fn without_denied(folded: &Folded, rules: &Rules, found: Vec<DateFound>) -> Vec<DateFound> {
    let text = folded.text.as_bytes();
    let between = |from: usize, to: usize| text.get(from..to).unwrap_or(&[]);
    let mut kept: Vec<DateFound> = Vec::with_capacity(found.len());
    for date in found {
        let line_start = between(0, date.range.start)
            .iter()
            .rposition(|octet| *octet == b'\n')
            .map_or(0, |at| at + 1);
        if rules.date_denied.is_match(between(line_start, date.range.start)) {
            continue;
        }
        if let Some(last) = kept.last()
            && !last.past
            && rules.date_range.is_match(between(last.range.end, date.range.start))
        {
            kept.pop();
        }
        kept.push(date);
    }
    kept
}

/// A bare month name further ahead than this was meant as past: payments are not promised eight months ahead.
const MONTH_AHEAD_DAYS_MAX: i64 = 240;

/// What a form is resolved with.
struct Resolver<'a> {
    today: NaiveDate,
    order: Order,
    words: &'a Words,
}

impl Resolver<'_> {
    fn resolve(&self, form: &DateForm, captures: &Captures) -> Option<NaiveDate> {
        let group = |name: &str| {
            captures
                .name(name)
                .and_then(|found| std::str::from_utf8(found.as_bytes()).ok())
        };
        let n = || self.number(group("n").unwrap_or("1"));
        let month = || self.month(group("month"), group("monthno"));
        let weekday = || self.weekday(group("weekday")?);
        match form.kind {
            DateKind::DayMonth | DateKind::Iso => self.day_month(self.number(group("day")?)?, month()?, group("year")),
            DateKind::Numeric => self.numeric(group("a")?, group("b")?, group("year")),
            DateKind::Day => self.day(self.number(group("day")?)?),
            DateKind::Weekday => self.coming(weekday()?),
            DateKind::WeekdayThis => self.of_week(weekday()?, 0),
            DateKind::WeekdayPlusWeek => self.coming(weekday()?)?.checked_add_days(Days::new(7)),
            DateKind::WeekdayNextWeek => self.of_week(weekday()?, 1),
            DateKind::NthWeekday => self.nth_weekday(*self.words.ordinals.get(group("nth")?)?, weekday()?, month()),
            DateKind::Days => self.after_days(u64::from(n()?)),
            DateKind::Weeks => self.after_days(u64::from(n()?) * 7),
            DateKind::Months => self.today.checked_add_months(Months::new(n()?)),
            DateKind::Hours => self.after_days(u64::from(n()?.div_ceil(24))),
            DateKind::BusinessDays => Some(business_days(self.today, n()?.min(400))),
            DateKind::MonthEnd => month_end(self.near_month(month())?),
            DateKind::MonthEndWorking => month_end(self.month_or_this(month())?).map(last_working_day),
            DateKind::NextMonthEnd => month_end(self.today.with_day(1)?.checked_add_months(Months::new(1))?),
            DateKind::NextMonthStart => self.today.with_day(5)?.checked_add_months(Months::new(1)),
            DateKind::MonthStart => self.in_month(month(), 5),
            DateKind::MonthMiddle => self.in_month(month(), 15),
            DateKind::MonthFirstWeek => first_friday_of_first_week(self.month_or_this(month())?),
            DateKind::WeekEnd => self
                .of_week(Weekday::Fri, 0)
                .filter(|friday| *friday >= self.today)
                .or(Some(self.today)),
            DateKind::NextWeekEnd => self.of_week(Weekday::Fri, 1),
            DateKind::WeekNumber => self.iso_week(n()?),
            DateKind::Weekend => self.of_week(Weekday::Sun, 0),
            DateKind::QuarterEnd => self.quarter_end(),
            DateKind::YearEnd => NaiveDate::from_ymd_opt(self.today.year(), 12, 31),
            DateKind::Fixed => self.today.checked_add_signed(chrono::Duration::days(form.days)),
            DateKind::Past => self.today.pred_opt(),
        }
    }

    /// Digits with or without an ordinal ending, or a written-out number.
    fn number(&self, text: &str) -> Option<u32> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        if digits.is_empty() {
            self.words.numbers.get(text).copied()
        } else {
            digits.parse().ok()
        }
    }

    fn month(&self, name: Option<&str>, number: Option<&str>) -> Option<u32> {
        match name {
            Some(name) => lookup(&self.words.months, name),
            None => number?.parse().ok(),
        }
    }

    fn weekday(&self, name: &str) -> Option<Weekday> {
        let number = lookup(&self.words.weekdays, name)?;
        Weekday::try_from(u8::try_from(number.checked_sub(1)?).ok()?).ok()
    }

    /// With no year: the one that brings the day nearest; a late promise is rarely older than four months.
    fn day_month(&self, day: u32, month: u32, year: Option<&str>) -> Option<NaiveDate> {
        if let Some(year) = year {
            let year: i32 = year.parse().ok()?;
            return NaiveDate::from_ymd_opt(if year < 100 { 2000 + year } else { year }, month, day);
        }
        let years = [self.today.year() - 1, self.today.year(), self.today.year() + 1];
        let candidates = years
            .into_iter()
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
        candidates.min_by_key(|date| {
            let away = (*date - self.today).num_days();
            if away < 0 { -away * 2 } else { away }
        })
    }

    /// The writer's order, unless only the other makes a date, or only the other lies ahead within three months.
    fn numeric(&self, a: &str, b: &str, year: Option<&str>) -> Option<NaiveDate> {
        let (a, b): (u32, u32) = (a.parse().ok()?, b.parse().ok()?);
        let (day, month) = if self.order == Order::MonthFirst {
            (b, a)
        } else {
            (a, b)
        };
        self.day_month(day, month, year)
            .or_else(|| self.day_month(month, day, year))
    }

    /// Today, or the next month that has it still ahead.
    fn day(&self, day: u32) -> Option<NaiveDate> {
        let first = self.today.with_day(1)?;
        (0..3)
            .filter_map(|ahead| first.checked_add_months(Months::new(ahead))?.with_day(day))
            .find(|date| *date >= self.today)
    }

    /// Strictly ahead: a weekday named on that weekday means a week later.
    fn coming(&self, weekday: Weekday) -> Option<NaiveDate> {
        let ahead = (weekday.num_days_from_monday() + 7 - self.today.weekday().num_days_from_monday()) % 7;
        self.after_days(u64::from(if ahead == 0 { 7 } else { ahead }))
    }

    /// A day of this calendar week (Monday first) or of one after.
    fn of_week(&self, weekday: Weekday, weeks: u64) -> Option<NaiveDate> {
        let monday = self
            .today
            .checked_sub_days(Days::new(u64::from(self.today.weekday().num_days_from_monday())))?;
        monday.checked_add_days(Days::new(u64::from(weekday.num_days_from_monday()) + 7 * weeks))
    }

    fn after_days(&self, days: u64) -> Option<NaiveDate> {
        self.today.checked_add_days(Days::new(days.min(4000)))
    }

    /// The first day of the coming month of that number, this one included; without a number, of this month.
    fn month_or_this(&self, month: Option<u32>) -> Option<NaiveDate> {
        let this = self.today.with_day(1)?;
        let Some(month) = month else { return Some(this) };
        (0..12)
            .filter_map(|ahead| this.checked_add_months(Months::new(ahead)))
            .find(|first| first.month() == month)
    }

    /// As `month_or_this`, but a name that would lie most of a year ahead means the month gone by ("in September", in November).
    fn near_month(&self, month: Option<u32>) -> Option<NaiveDate> {
        self.month_or_this(month)
            .filter(|first| (*first - self.today).num_days() < MONTH_AHEAD_DAYS_MAX)
    }

    /// A day of the named month, else the next such day ahead.
    fn in_month(&self, month: Option<u32>, day: u32) -> Option<NaiveDate> {
        match month {
            Some(_) => self.month_or_this(month)?.with_day(day),
            None => self.day(day),
        }
    }

    /// "First Monday of May", "last Friday of the month".
    fn nth_weekday(&self, nth: i32, weekday: Weekday, month: Option<u32>) -> Option<NaiveDate> {
        let first = self.month_or_this(month)?;
        if nth < 0 {
            let last = month_end(first)?;
            let back = (7 + last.weekday().num_days_from_monday() - weekday.num_days_from_monday()) % 7;
            return last.checked_sub_days(Days::new(u64::from(back)));
        }
        let of = |first: NaiveDate| {
            NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), weekday, u8::try_from(nth).ok()?)
        };
        of(first)
            .filter(|date| *date >= self.today)
            .or_else(|| of(first.checked_add_months(Months::new(1))?))
    }

    /// The Friday of that ISO week, this year's or the next.
    fn iso_week(&self, week: u32) -> Option<NaiveDate> {
        let year = self.today.iso_week().year();
        [year, year + 1]
            .into_iter()
            .filter_map(|year| NaiveDate::from_isoywd_opt(year, week, Weekday::Fri))
            .find(|friday| *friday >= self.today)
    }

    fn quarter_end(&self) -> Option<NaiveDate> {
        let last_month = self.today.month0() / 3 * 3 + 3;
        month_end(NaiveDate::from_ymd_opt(self.today.year(), last_month, 1)?)
    }
}

/// Finds a word of the tables by its folded form.
fn lookup(table: &std::collections::BTreeMap<String, u32>, word: &str) -> Option<u32> {
    table.get(word).copied().or_else(|| {
        table
            .iter()
            .find(|(name, _)| fold(name) == word)
            .map(|(_, number)| *number)
    })
}

/// The last day of the month of `day`.
fn month_end(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

/// The day itself, or the Friday before a weekend.
fn last_working_day(day: NaiveDate) -> NaiveDate {
    let back = u64::from(day.weekday().num_days_from_monday().saturating_sub(4));
    day.checked_sub_days(Days::new(back)).unwrap_or(day)
}

/// The Friday of the first week of a month that has more than two of its days.
fn first_friday_of_first_week(first: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), Weekday::Fri, 1)
}

/// So many days on, Monday to Friday; holidays are left out of account.
fn business_days(from: NaiveDate, days: u32) -> NaiveDate {
    let mut left = days;
    let mut day = from;
    while left > 0
        && let Some(next) = day.succ_opt()
    {
        day = next;
        if day.weekday().num_days_from_monday() < 5 {
            left -= 1;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use crate::model::customer::Language;
    use crate::reading::dates::*;
    use crate::reading::rules::rules;
    use crate::reading::vocabulary::EXAMPLES_RECEIVED;

    fn found(language: Language, text: &str, received: &str, order: Order) -> Vec<NaiveDate> {
        let rules = rules(language).unwrap();
        let folded = Folded::of(text, Some(&rules.breaks));
        dates(&folded, rules, &received.parse().unwrap(), order)
            .into_iter()
            .map(|date| date.date)
            .collect()
    }

    #[test]
    fn every_form_keeps_to_its_examples() {
        let mut faults = Vec::new();
        for language in [Language::Fr, Language::En] {
            for form in &rules(language).unwrap().dates {
                for (text, expected) in &form.examples {
                    let got = found(language, text, EXAMPLES_RECEIVED, Order::DayFirst);
                    if got.first().map(NaiveDate::to_string).as_deref() != Some(expected) {
                        faults.push(format!("{}: {text}: {expected}, not {got:?}", form.id));
                    }
                }
                faults.extend(
                    form.counterexamples
                        .iter()
                        .filter(|text| form.pattern.is_match(fold(text).as_bytes()))
                        .map(|text| format!("{} takes {text}", form.id)),
                );
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn the_moment_and_the_country_decide() {
        let check = |language, text: &str, received: &str, order, expected: &str| {
            let got = found(language, text, received, order);
            assert_eq!(
                got.last().map(NaiveDate::to_string).as_deref(),
                Some(expected),
                "{text}: {got:?}"
            );
        };
        let friday = "2026-03-13T23:30:00-05:00";
        check(Language::En, "on Friday", friday, Order::DayFirst, "2026-03-20"); // named on that weekday: a week later
        check(Language::En, "tomorrow", friday, Order::DayFirst, "2026-03-14"); // in the reply's own offset, not in UTC
        check(Language::En, "by 4/3", friday, Order::MonthFirst, "2026-04-03");
        check(
            Language::En,
            "by 4/3",
            "2026-02-26T10:00:00Z",
            Order::DayFirst,
            "2026-03-04",
        );
        check(
            Language::Fr,
            "le 5 janvier",
            "2025-12-22T10:00:00+01:00",
            Order::DayFirst,
            "2026-01-05",
        ); // over the year's end
        check(
            Language::Fr,
            "le 31",
            "2026-02-03T10:00:00+01:00",
            Order::DayFirst,
            "2026-03-31",
        ); // February has none
        check(
            Language::Fr,
            "fin février",
            "2028-02-03T10:00:00+01:00",
            Order::DayFirst,
            "2028-02-29",
        ); // a leap year
        check(
            Language::En,
            "between the 10th and 14 July",
            "2026-07-03T10:00:00+02:00",
            Order::DayFirst,
            "2026-07-14",
        );
        check(
            Language::Fr,
            "entre le 10 et le 14 juillet",
            "2026-07-03T10:00:00+02:00",
            Order::DayFirst,
            "2026-07-14",
        ); // a range gives its end
        check(
            Language::Fr,
            "ce sera le 15, pas le 10",
            "2026-10-05T10:00:00+02:00",
            Order::DayFirst,
            "2026-10-15",
        ); // taken back
    }

    #[test]
    fn country_comes_before_currency() {
        assert_eq!(Order::of(Some("GB"), Some("USD")), Order::DayFirst);
        assert_eq!(Order::of(None, Some("USD")), Order::MonthFirst);
        assert_eq!(Order::of(None, None), Order::DayFirst);
    }
}
