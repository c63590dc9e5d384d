//! Amounts, dates and counts as people of a language write them.

use chrono::{DateTime, Datelike, NaiveDate, TimeZone};
use iso_currency::Currency;

use crate::model::customer::Language;
use crate::model::money::Money;

/// Keeps an amount on one line; the narrow one (U+202F) lacks a glyph in some mail programs.
pub const NO_BREAK_SPACE: char = '\u{A0}';

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS_FR: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const WEEKDAYS_EN: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// `1 250,00 €` with no-break spaces, `€1,250.00`.
pub fn money(money: Money, language: Language) -> String {
    let text = money.amount_text();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
    let (group, point) = match language {
        Language::Fr => (NO_BREAK_SPACE, ","),
        Language::En => (',', "."),
    };
    let mut figure = grouped(whole, group);
    if !cents.is_empty() {
        figure.push_str(point);
        figure.push_str(cents);
    }
    match (language, symbol(money.currency, language)) {
        (Language::Fr, Some(symbol)) => format!("{sign}{figure}{NO_BREAK_SPACE}{symbol}"),
        (Language::Fr, None) => format!("{sign}{figure}{NO_BREAK_SPACE}{}", money.currency.code()),
        (Language::En, Some(symbol)) => format!("{sign}{symbol}{figure}"),
        (Language::En, None) => format!("{sign}{}{NO_BREAK_SPACE}{figure}", money.currency.code()),
    }
}

/// The sign of a currency where it means that currency and no other; a code is clearer than one of twenty dollars.
fn symbol(currency: Currency, language: Language) -> Option<String> {
    match (currency, language) {
        (Currency::EUR | Currency::GBP, _) | (Currency::USD, Language::En) => Some(currency.symbol().to_string()),
        (Currency::USD, Language::Fr) => Some("$US".to_string()),
        _ => None,
    }
}

/// Groups of three digits from the right.
fn grouped(digits: &str, separator: char) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// `1er mars`, `13 mars`; `13 March`.
pub fn day_month(date: NaiveDate, language: Language) -> String {
    let month = date.month0() as usize;
    match language {
        Language::Fr if date.day() == 1 => format!("1er{NO_BREAK_SPACE}{}", MONTHS_FR[month]), // month0 is 0 to 11
        Language::Fr => format!("{}{NO_BREAK_SPACE}{}", date.day(), MONTHS_FR[month]),         // month0 is 0 to 11
        Language::En => format!("{}{NO_BREAK_SPACE}{}", date.day(), MONTHS_EN[month]),         // month0 is 0 to 11
    }
}

/// `13 mars 2026`, `13 March 2026`.
pub fn date(date: NaiveDate, language: Language) -> String {
    format!("{} {}", day_month(date, language), date.year())
}

/// As `day_month`, with the year where it is another than that of `today`.
pub fn near_date(day: NaiveDate, today: NaiveDate, language: Language) -> String {
    if day.year() == today.year() {
        day_month(day, language)
    } else {
        date(day, language)
    }
}

/// `vendredi`, `Friday`.
pub fn weekday(date: NaiveDate, language: Language) -> &'static str {
    let index = date.weekday().num_days_from_monday() as usize;
    match language {
        Language::Fr => WEEKDAYS_FR[index], // 0 to 6
        Language::En => WEEKDAYS_EN[index], // 0 to 6
    }
}

/// `vendredi 13 mars 2026`, `Friday 13 March 2026`.
pub fn full_date(day: NaiveDate, language: Language) -> String {
    format!("{} {}", weekday(day, language), date(day, language))
}

/// `09:12`, in the zone that the time carries.
pub fn time<Z: TimeZone>(at: &DateTime<Z>) -> String {
    at.naive_local().format("%H:%M").to_string()
}

/// How far a day is away: `aujourd'hui`, `demain`, `dans 3 jours`, `hier`, `il y a 3 jours`.
pub fn distance(days: i64, language: Language) -> String {
    match (days, language) {
        (0, Language::Fr) => "aujourd'hui".to_string(),
        (1, Language::Fr) => "demain".to_string(),
        (-1, Language::Fr) => "hier".to_string(),
        (2.., Language::Fr) => format!("dans {}", counted(days, language)),
        (_, Language::Fr) => format!("il y a {}", counted(-days, language)),
        (0, Language::En) => "today".to_string(),
        (1, Language::En) => "tomorrow".to_string(),
        (-1, Language::En) => "yesterday".to_string(),
        (2.., Language::En) => format!("in {}", counted(days, language)),
        (_, Language::En) => format!("{} ago", counted(-days, language)),
    }
}

/// `1 jour`, `12 jours`; `1 day`, `12 days`.
pub fn counted(days: i64, language: Language) -> String {
    let (one, many) = match language {
        Language::Fr => ("jour", "jours"),
        Language::En => ("day", "days"),
    };
    count(days.unsigned_abs(), one, many, language)
}

/// A number with its noun: French has the singular for 0 and 1, English for 1 alone.
pub fn count(number: u64, one: &str, many: &str, language: Language) -> String {
    let singular = number == 1 || (number == 0 && language == Language::Fr);
    format!("{number}{NO_BREAK_SPACE}{}", if singular { one } else { many })
}

/// `a`, `a et b`, `a, b et c`.
pub fn listed(items: &[String], language: Language) -> String {
    let and = match language {
        Language::Fr => "et",
        Language::En => "and",
    };
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::words::*;

    #[test]
    fn amounts() {
        let check = |amount: &str, currency, fr: &str, en: &str| {
            let sum = Money {
                amount: amount.parse().unwrap(),
                currency,
            };
            assert_eq!(money(sum, Language::Fr).replace(NO_BREAK_SPACE, "_"), fr);
            assert_eq!(money(sum, Language::En).replace(NO_BREAK_SPACE, "_"), en);
        };
        check("1250", Currency::EUR, "1_250,00_€", "€1,250.00");
        check("950.5", Currency::GBP, "950,50_£", "£950.50");
        check("1234567.891", Currency::USD, "1_234_567,89_$US", "$1,234,567.89");
        check("100", Currency::CAD, "100,00_CAD", "CAD_100.00"); // "$" would be read as another one
        check("500000", Currency::XOF, "500_000_XOF", "XOF_500,000"); // no cents
        check("-12", Currency::EUR, "-12,00_€", "-€12.00");
        check("0", Currency::CHF, "0,00_CHF", "CHF_0.00");
    }

    #[test]
    fn dates() {
        let check = |day: &str, fr: &str, en: &str| {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!(full_date(day, Language::Fr).replace(NO_BREAK_SPACE, " "), fr);
            assert_eq!(full_date(day, Language::En).replace(NO_BREAK_SPACE, " "), en);
        };
        check("2026-03-13", "vendredi 13 mars 2026", "Friday 13 March 2026");
        check("2026-03-01", "dimanche 1er mars 2026", "Sunday 1 March 2026"); // the first is an ordinal in French
        check("2028-02-29", "mardi 29 février 2028", "Tuesday 29 February 2028");
    }

    #[test]
    fn distances() {
        let check = |days, fr: &str, en: &str| {
            assert_eq!(distance(days, Language::Fr).replace(NO_BREAK_SPACE, " "), fr);
            assert_eq!(distance(days, Language::En).replace(NO_BREAK_SPACE, " "), en);
        };
        check(0, "aujourd'hui", "today");
        check(1, "demain", "tomorrow");
        check(3, "dans 3 jours", "in 3 days");
        check(-1, "hier", "yesterday");
        check(-12, "il y a 12 jours", "12 days ago");
    }

    #[test]
    fn nothing_is_singular_in_french_only() {
        assert_eq!(count(0, "litige", "litiges", Language::Fr), "0\u{A0}litige");
        assert_eq!(count(0, "dispute", "disputes", Language::En), "0\u{A0}disputes");
        assert_eq!(count(2, "litige", "litiges", Language::Fr), "2\u{A0}litiges");
    }
}
