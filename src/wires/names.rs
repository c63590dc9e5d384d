//! Names that people type: what they probably meant, and whether a country exists.
//!
//! A leaf: knows nothing of files or servers, so that configuration and import can say the same things alike.

use iso_country::Country;

/// Below this likeness (0 to 1, Jaro-Winkler) a suggestion confuses more than it helps.
const LIKENESS_MIN: f64 = 0.8;

/// The known name that looks most like the one typed, if any looks like it at all.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// The names in a row, as a sentence has them: `"a", "b" or "c"`.
pub fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("\"{only}\""),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|name| format!("\"{name}\"")).collect();
            format!("{} or \"{last}\"", most.join(", "))
        }
    }
}

/// Reads an ISO 3166-1 alpha-2 code in either case; the error says what was probably meant.
pub fn country(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let code = typed.to_uppercase();
    if code.len() == 2 && code.parse::<Country>().is_ok() {
        return Ok(code);
    }
    let meant = match code.as_str() {
        "UK" | "EN" | "ENGLAND" | "SCOTLAND" | "WALES" => Some("GB".to_string()),
        "USA" => Some("US".to_string()),
        _ => country_of_name(typed),
    };
    Err(match meant {
        Some(code) => format!("Write \"{code}\"."),
        None => "Write the country's two letters (ISO 3166-1), like FR, BE, CH or GB.".to_string(),
    })
}

/// The code of a country by its English name, and of the neighbours by their French ones.
fn country_of_name(name: &str) -> Option<String> {
    const FRENCH: [(&str, &str); 8] = [
        ("belgique", "BE"),
        ("suisse", "CH"),
        ("allemagne", "DE"),
        ("espagne", "ES"),
        ("italie", "IT"),
        ("royaume-uni", "GB"),
        ("pays-bas", "NL"),
        ("maroc", "MA"),
    ];
    let lower = name.to_lowercase();
    if let Some((_, code)) = FRENCH.iter().find(|(french, _)| *french == lower) {
        return Some((*code).to_string());
    }
    iso_country::data::all()
        .iter()
        .find(|country| !lower.is_empty() && country.name.to_lowercase() == lower)
        .map(|country| country.alpha2.to_string())
}

#[cfg(test)]
mod tests {
    use crate::wires::names::*;

    #[test]
    fn the_nearest_name_is_what_was_meant() {
        let known = ["language", "country", "timezone", "password_file", "password_command"];
        let check = |typed: &str, expected: Option<&str>| assert_eq!(nearest(typed, known), expected, "{typed}");
        check("langage", Some("language")); // a letter dropped
        check("Timezone", Some("timezone")); // another case
        check("contry", Some("country"));
        check("password-file", Some("password_file")); // a hyphen for an underscore
        check("zzz", None); // nothing like it: say nothing
        check("", None);
    }

    #[test]
    fn countries_are_known_by_their_two_letters() {
        let check = |typed: &str, expected: Result<&str, &str>| {
            assert_eq!(country(typed).as_deref().map_err(|e| e.as_str()), expected, "{typed}");
        };
        check("FR", Ok("FR"));
        check(" ch ", Ok("CH"));
        check("UK", Err("Write \"GB\".")); // reserved, not assigned
        check("France", Err("Write \"FR\"."));
        check("Suisse", Err("Write \"CH\"."));
        check(
            "XX",
            Err("Write the country's two letters (ISO 3166-1), like FR, BE, CH or GB."),
        );
        check(
            "",
            Err("Write the country's two letters (ISO 3166-1), like FR, BE, CH or GB."),
        );
        check(
            "é",
            Err("Write the country's two letters (ISO 3166-1), like FR, BE, CH or GB."),
        ); // two octets, one letter
    }
}
