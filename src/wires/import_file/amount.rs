//! Amounts as people and spreadsheets write them, where only one reading is possible.

use iso_currency::Currency;
use rust_decimal::Decimal;

use crate::wires::import_file::fault::{Refusal, refuse};

/// What separates thousands besides point and comma: blanks of several widths, and the Swiss apostrophe.
const GROUPING: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
/// More digits before the decimals than any invoice has: most likely two cells in one.
const WHOLE_DIGITS_MAX: usize = 12;
/// What to write instead of anything unclear.
const REMEDY: &str = "Write it like 1250.00.";

/// Reads an amount; a minus sign in front is kept.
///
/// Point and comma are decimal or grouping by their place alone. `1.250` could be either, so it is refused.
pub fn amount(text: &str, currency: Option<Currency>) -> Result<Decimal, Refusal> {
    let bare = text.trim();
    let (is_negative, bare) = match bare.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, bare),
    };
    if let Some(odd) = bare
        .chars()
        .find(|c| !c.is_ascii_digit() && !GROUPING.contains(c) && !matches!(c, '.' | ','))
    {
        let remedy = format!("{REMEDY} The currency has a column of its own.");
        return refuse(
            format!("has \"{}\" in it, which is no part of a number", odd.escape_debug()),
            remedy,
        );
    }
    let (whole, decimals) = split(bare)?;
    let whole = ungrouped(whole)?;
    check_decimals(decimals, currency)?;
    if whole.len() > WHOLE_DIGITS_MAX {
        return refuse("is larger than any invoice", REMEDY);
    }
    let number = if decimals.is_empty() {
        whole
    } else {
        format!("{whole}.{decimals}")
    };
    let amount: Decimal = number.parse().or_else(|_| refuse("is not an amount", REMEDY))?;
    Ok(if is_negative { -amount } else { amount })
}

/// Cuts at the decimal mark, where there is one.
fn split(text: &str) -> Result<(&str, &str), Refusal> {
    let marks: Vec<char> = text.chars().filter(|c| matches!(c, '.' | ',')).collect();
    let Some(last) = marks.last() else {
        return Ok((text, ""));
    };
    let (whole, after) = text.rsplit_once(*last).unwrap_or((text, ""));
    match marks.iter().filter(|mark| *mark == last).count() {
        // 1.250.000: what comes twice can only group.
        2.. if marks.iter().all(|mark| mark == last) => Ok((text, "")),
        2.. => refuse("mixes points and commas in a way that no country does", REMEDY),
        _ if marks.len() > 1 || whole.chars().any(|c| GROUPING.contains(&c)) => Ok((whole, after)),
        // 1.250 is twelve hundred and fifty here and one and a quarter there; 0.250 and 1250.000 are clear.
        _ if after.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') => {
            let other = if *last == '.' { ',' } else { '.' };
            let short = after.trim_end_matches('0');
            let small = if short.len() > 2 {
                ", or round it".to_string()
            } else {
                format!(" or {whole}.{short:0<2}")
            };
            refuse(
                format!("could mean {whole}{after} or {whole}{other}{after}, depending on the country"),
                format!("Write {whole}{after}.00{small}."),
            )
        }
        _ => Ok((whole, after)),
    }
}

/// The digits before the decimals, groups of three checked and joined.
fn ungrouped(whole: &str) -> Result<String, Refusal> {
    let is_mark = |c: char| GROUPING.contains(&c) || matches!(c, '.' | ',');
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let marks: Vec<char> = whole.chars().filter(|c| is_mark(*c)).collect();
    let sizes_fit = groups.iter().skip(1).all(|group| group.len() == 3)
        && groups
            .first()
            .is_some_and(|first| !first.is_empty() && (groups.len() == 1 || first.len() <= 3));
    if groups.concat().is_empty() {
        return refuse("has no digits before the decimal mark", REMEDY);
    }
    if !sizes_fit || marks.windows(2).any(|pair| pair.first() != pair.last()) {
        return refuse("does not group its digits by three", REMEDY);
    }
    Ok(groups.concat())
}

/// As many decimals as the currency has, or fewer; zeros beyond are harmless where they cannot be a group of three.
fn check_decimals(decimals: &str, currency: Option<Currency>) -> Result<(), Refusal> {
    if !decimals.chars().all(|c| c.is_ascii_digit()) {
        return refuse("is not an amount", REMEDY);
    }
    let Some(currency) = currency else { return Ok(()) };
    let most = usize::from(currency.exponent().unwrap_or(2));
    let beyond = decimals.get(most..).unwrap_or("");
    let is_harmless = beyond.chars().all(|c| c == '0') && decimals.len() != 3;
    match beyond.is_empty() || is_harmless {
        true => Ok(()),
        false => refuse(
            format!("has {} decimals, and {} has {most}", decimals.len(), currency.code()),
            "Round it, or look for a lost digit group.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::import_file::amount::*;

    fn check(text: &str, expected: Option<&str>) {
        let read = amount(text, Some(Currency::EUR)).ok();
        assert_eq!(read, expected.map(|number| number.parse().unwrap()), "{text:?}");
    }

    #[test]
    fn clear_amounts_are_read() {
        check("1250.00", Some("1250.00"));
        check("1250,00", Some("1250.00")); // French
        check("1250,5", Some("1250.5"));
        check("1250", Some("1250"));
        check("1 250,00", Some("1250.00"));
        check("1\u{202f}250,00", Some("1250.00")); // French spreadsheets
        check("1\u{a0}250", Some("1250"));
        check("1.250,00", Some("1250.00")); // German
        check("1,250.00", Some("1250.00")); // English
        check("1'250.00", Some("1250.00")); // Swiss
        check("1.250.000", Some("1250000")); // what comes twice can only group
        check("12,345,678.90", Some("12345678.90"));
        check("-12,50", Some("-12.50"));
        check("\u{2212} 12,50", Some("-12.50")); // a typographic minus
        check("0.5", Some("0.5"));
    }

    #[test]
    fn unclear_amounts_are_refused() {
        check("1.250", None); // 1250 or 1.25
        check("1,250", None);
        check("12.500", None);
        check("0.250", None); // clear, but a euro has two decimals
        check("1250.000", None); // a digit group lost, or a decimal too many?
        check("12.50 €", None);
        check("EUR 12.50", None);
        check("1.2.3", None);
        check("1 25", None);
        check("12 50,00", None);
        check("1,250.000,00", None);
        check("1.250'000,00", None); // two marks group
        check("1.2E+05", None); // a spreadsheet's shorthand
        check("(12.50)", None);
        check("--12", None);
        check("12..5", None);
        check(",50", None);
        check("12.", Some("12"));
        check("", None);
        check("-", None);
        check("12345678901234567890", None);
        check("١٢", None); // other digits than ours
    }

    #[test]
    fn decimals_are_those_of_the_currency() {
        let check = |text: &str, currency, expected: Option<&str>| {
            assert_eq!(
                amount(text, Some(currency)).ok(),
                expected.map(|number| number.parse().unwrap()),
                "{text}"
            );
        };
        check("500000", Currency::XOF, Some("500000"));
        check("500000.00", Currency::XOF, Some("500000")); // zeros are harmless
        check("500000.50", Currency::XOF, None);
        check("1250.500", Currency::TND, Some("1250.5")); // a dinar has a thousand millimes
        check("1.250", Currency::TND, None); // still either
    }

    #[test]
    fn the_refusal_offers_both_readings() {
        let (problem, remedy) = amount("1.250", Some(Currency::EUR)).unwrap_err();
        assert_eq!(problem, "could mean 1250 or 1,250, depending on the country");
        assert_eq!(remedy, "Write 1250.00 or 1.25.");
    }
}
