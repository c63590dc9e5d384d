//! The message that a follow-up answers, as it stands quoted below it.

use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;

use crate::model::address::Mailbox;
use crate::model::customer::Language;
use crate::writing::clean;
use crate::writing::words;

/// Enough for the last exchange; the rest of the conversation is in the other's mailbox already.
const LINES_MAX: usize = 120;
const CHARS_MAX: usize = 8_000;
/// Longer names are cut: the attribution has to stay one readable line.
const NAME_CHARS_MAX: usize = 80;

/// Said below what was cut off.
const CUT_MARK: &str = "[…]";

/// Who wrote what, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotation {
    /// `Le 13 mars 2026 à 09:12, Claire Morel a écrit :`
    pub attribution: String,
    /// Bounded, LF ended, without characters that cannot be shown.
    pub text: String,
}

/// The quotation; `None` where there is nothing to quote. The time is shown in the writer's own zone.
pub fn quotation(
    name: Option<&str>,
    date: Option<DateTime<FixedOffset>>,
    text: &str,
    zone: Tz,
    language: Language,
) -> Option<Quotation> {
    let whole = clean::block(text, CHARS_MAX);
    if whole.trim().is_empty() {
        return None;
    }
    let mut lines: Vec<&str> = whole.lines().take(LINES_MAX).collect();
    if whole.ends_with('…') && whole.len() < text.len() || whole.lines().count() > LINES_MAX {
        lines.push(CUT_MARK);
    }
    let name = name
        .map(|name| clean::line(name, NAME_CHARS_MAX))
        .filter(|name| !name.is_empty());
    Some(Quotation {
        attribution: attribution(name.as_deref(), date, zone, language),
        text: lines.join("\n"),
    })
}

/// What to call the writer: his name, else his address.
pub fn name_of(from: &Mailbox) -> &str {
    from.name
        .as_deref()
        .filter(|name| !name.trim().is_empty())
        .unwrap_or(from.address.as_str())
}

/// The line above the quoted words, in the form that mail programs recognise.
fn attribution(name: Option<&str>, date: Option<DateTime<FixedOffset>>, zone: Tz, language: Language) -> String {
    let when = date.map(|date| date.with_timezone(&zone));
    let day = when.map(|when| words::date(when.date_naive(), language).replace(words::NO_BREAK_SPACE, " "));
    let hour = when.map(|when| words::time(&when));
    match (language, name, day.zip(hour)) {
        (Language::Fr, Some(name), Some((day, hour))) => format!("Le {day} à {hour}, {name} a écrit :"),
        (Language::Fr, Some(name), None) => format!("{name} a écrit :"),
        (Language::Fr, None, Some((day, hour))) => format!("Message du {day} à {hour} :"),
        (Language::Fr, None, None) => "Message précédent :".to_string(),
        (Language::En, Some(name), Some((day, hour))) => format!("On {day} at {hour}, {name} wrote:"),
        (Language::En, Some(name), None) => format!("{name} wrote:"),
        (Language::En, None, Some((day, hour))) => format!("Message of {day} at {hour}:"),
        (Language::En, None, None) => "Earlier message:".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::quotation::*;

    fn quoted(name: Option<&str>, date: Option<&str>, text: &str, language: Language) -> Option<Quotation> {
        let date = date.map(|text| DateTime::parse_from_rfc3339(text).unwrap());
        quotation(name, date, text, chrono_tz::Europe::Paris, language)
    }

    #[test]
    fn the_attribution_speaks_the_language_of_the_customer() {
        let check = |name, date, language, expected: &str| {
            assert_eq!(quoted(name, date, "x", language).unwrap().attribution, expected);
        };
        let day = Some("2026-03-13T08:12:00+00:00");
        check(
            Some("Claire Morel"),
            day,
            Language::Fr,
            "Le 13 mars 2026 à 09:12, Claire Morel a écrit :",
        );
        check(
            Some("Claire Morel"),
            day,
            Language::En,
            "On 13 March 2026 at 09:12, Claire Morel wrote:",
        );
        check(Some("Claire"), None, Language::Fr, "Claire a écrit :"); // a mail without a date
        check(None, None, Language::En, "Earlier message:");
        check(Some("A\r\nBcc: x@y"), None, Language::En, "A Bcc: x@y wrote:"); // a hostile name stays on its line
        check(
            Some(" \u{202E}"),
            day,
            Language::Fr,
            "Message du 13 mars 2026 à 09:12 :",
        );
    }

    #[test]
    fn a_quotation_is_bounded() {
        assert_eq!(quoted(None, None, " \n\r\n", Language::Fr), None);
        let long = quoted(None, None, &"mot\n".repeat(5_000), Language::Fr).unwrap().text;
        assert!(long.lines().count() == LINES_MAX + 1 && long.ends_with(CUT_MARK));
        let wide = quoted(None, None, &"m".repeat(50_000), Language::Fr).unwrap().text;
        assert!(wide.chars().count() < CHARS_MAX + 10 && wide.ends_with(CUT_MARK));
        assert_eq!(quoted(None, None, "à suivre…", Language::Fr).unwrap().text, "à suivre…");
    }
}
