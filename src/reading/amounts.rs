//! Amounts as people write them, with their currency where one is named, and parts of the whole.

use rust_decimal::Decimal;
use std::ops::Range;

use crate::reading::fold::Folded;
use crate::reading::vocabulary::Rules;

/// An amount in a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountFound {
    /// Where it stands in the folded text.
    pub range: Range<usize>,
    /// The value.
    pub value: Decimal,
    /// ISO 4217; for a bare dollar that of the invoice where that is in dollars.
    pub currency: Option<String>,
    /// A number without a currency: an amount only where the words around it say so.
    pub bare: bool,
}

/// Every amount of a text, in order of place. `invoice_currency` decides what a bare dollar is.
pub fn amounts(folded: &Folded, rules: &Rules, invoice_currency: Option<&str>) -> Vec<AmountFound> {
    let mut found = Vec::new();
    for captures in rules.amount.captures_iter(folded.text.as_bytes()) {
        let group = |name: &str| {
            captures
                .name(name)
                .and_then(|part| std::str::from_utf8(part.as_bytes()).ok())
        };
        let (Some(whole), Some(number)) = (captures.get(0), group("number")) else {
            continue;
        };
        let written = group("before").or(group("after")).map(str::trim);
        let thousands = group("kilo").is_some();
        let Some(value) = value_of(number, thousands) else {
            continue;
        };
        if written.is_none() && !stands_alone(&folded.text, &whole.range()) {
            continue;
        }
        found.push(AmountFound {
            range: whole.range(),
            value,
            currency: written.and_then(|word| currency_of(word, rules, invoice_currency)),
            bare: written.is_none() && !thousands && !number.contains([',', '.']),
        });
    }
    found
}

/// Half of the whole, a third of it, where the text names such a part: its place and value.
pub fn shares(folded: &Folded, rules: &Rules, whole: Decimal) -> Vec<AmountFound> {
    let mut found: Vec<AmountFound> = Vec::new();
    for form in &rules.shares {
        found.extend(form.pattern.find_iter(folded.text.as_bytes()).map(|place| AmountFound {
            range: place.range(),
            value: (whole * Decimal::from(form.part) / Decimal::from(10_000)).round_dp(2),
            currency: None,
            bare: false,
        }));
    }
    found.sort_by_key(|share| share.range.start);
    found
}

/// ISO 4217 of a currency as written.
fn currency_of(word: &str, rules: &Rules, invoice_currency: Option<&str>) -> Option<String> {
    let code = rules.words.currencies.get(word)?;
    if !code.is_empty() {
        return Some(code.clone());
    }
    const DOLLARS: &[&str] = &["USD", "CAD", "AUD", "NZD", "SGD", "HKD"];
    Some(
        invoice_currency
            .filter(|currency| DOLLARS.contains(currency))
            .unwrap_or("USD")
            .to_string(),
    )
}

/// `1 250`, `1.250,00`, `1'250.5`, `1,2` k: the last mark is the decimal one unless three digits follow it.
fn value_of(number: &str, thousands: bool) -> Option<Decimal> {
    let marks: Vec<(usize, char)> = number.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let decimal_at = marks.last().and_then(|(at, mark)| {
        let digits_after = number.len() - at - 1;
        let same_before = marks.iter().filter(|(_, other)| other == mark).count() > 1;
        let is_decimal = !same_before && (digits_after != 3 || thousands);
        is_decimal.then_some(*at)
    });
    let plain: String = number
        .char_indices()
        .filter_map(|(at, c)| match c {
            '0'..='9' => Some(c),
            _ if Some(at) == decimal_at => Some('.'),
            _ => None,
        })
        .collect();
    let value: Decimal = plain.parse().ok()?;
    if thousands {
        value.checked_mul(Decimal::from(1000)).map(|sum| sum.normalize())
    } else {
        Some(value)
    }
}

/// A bare number that is not part of a reference, a date, a time or a percentage.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|head| head.chars().next_back());
    let after = text.get(range.end..).unwrap_or("");
    let free_before = before.is_none_or(|c| c == ' ' || c == '(' || c == '\n');
    let next = after.trim_start().chars().next();
    let free_after = !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | ':' | '%' | '\''))
        && next != Some('%');
    free_before && free_after
}

#[cfg(test)]
mod tests {
    use crate::model::customer::Language;
    use crate::reading::amounts::*;
    use crate::reading::rules::rules;

    fn found(text: &str, currency: Option<&str>) -> Vec<String> {
        let rules = rules(Language::En).unwrap();
        let folded = Folded::of(text, None);
        let all = amounts(&folded, rules, currency);
        all.iter()
            .map(|a| format!("{} {}", a.value, a.currency.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn amounts_are_read_as_meant() {
        let check = |text: &str, expected: &[&str]| assert_eq!(found(text, Some("CAD")), expected, "{text}");
        check("1 250 €", &["1250 EUR"]);
        check("1\u{202f}250,00 €", &["1250.00 EUR"]); // narrow no-break space
        check("1.250,00 €", &["1250.00 EUR"]);
        check("1'250.– CHF", &["1250 CHF"]);
        check("CHF 1’250.50", &["1250.50 CHF"]);
        check("£1,250.00", &["1250.00 GBP"]);
        check("1,2 k€", &["1200 EUR"]);
        check("9.6k", &["9600 -"]);
        check("USD 500", &["500 USD"]);
        check("$500", &["500 CAD"]); // the invoice's own dollar
        check("12.480,00 euros", &["12480.00 EUR"]);
        check("1,200,000 USD", &["1200000 USD"]);
        check("2 310 € HT", &["2310 EUR"]);
        check("412€", &["412 EUR"]);
        check("invoice 2026-0142", &[]); // a reference
        check("at 10:30 on 05/03, 20%", &[]);
        check("give you 480 then", &["480 -"]);
    }

    #[test]
    fn parts_of_the_whole_are_computed() {
        let rules = rules(Language::Fr).unwrap();
        let folded = Folded::of("je vous vire la moitié vendredi", None);
        let parts = shares(&folded, rules, "2480.00".parse().unwrap());
        assert_eq!(parts.first().map(|share| share.value), "1240".parse().ok());
    }
}
