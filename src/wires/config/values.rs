//! Single values of the configuration: paths, hours, time zones, bank details, hosts.
//!
//! What does not fit comes back as (problem, remedy).

use chrono::NaiveTime;
use chrono_tz::Tz;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::model::policy::Hours;
use crate::wires::config::spot::shown;
use crate::wires::names::nearest;

/// What is wrong, and what would be right.
pub type Refusal = (String, String);

fn refuse<T>(problem: impl Into<String>, remedy: impl Into<String>) -> Result<T, Refusal> {
    Err((problem.into(), remedy.into()))
}

/// A path as the configuration means it: `~/` is the home directory, all else is relative to the file's own directory.
pub fn path(text: &str, base_dir: &Path, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base_dir.join(text),
    }
}

/// One line of text, as headers and templates can carry it.
pub fn line(text: &str) -> Result<String, Refusal> {
    match text.chars().find(|c| c.is_control()) {
        None => Ok(text.to_string()),
        Some(_) => refuse("has a line break or another control character", "Write it in one line."),
    }
}

/// A text of several lines, without other control characters.
pub fn lines(text: &str) -> Result<String, Refusal> {
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r')) {
        None => Ok(text.replace("\r\n", "\n").replace('\r', "\n")),
        Some(_) => refuse("has a control character", "Remove it; line breaks are welcome."),
    }
}

/// An IANA time zone.
pub fn timezone(text: &str) -> Result<Tz, Refusal> {
    text.parse::<Tz>().or_else(|_| {
        let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let meant = names()
            .find(|name| text.eq_ignore_ascii_case(name) || text.eq_ignore_ascii_case(city(name)))
            .or_else(|| nearest(text, names()));
        let remedy = match meant {
            Some(name) => format!("Did you mean \"{name}\"?"),
            None => "Write a zone like \"Europe/Paris\", \"Europe/Zurich\" or \"Europe/London\".".to_string(),
        };
        refuse(format!("{} is not a known time zone", shown(text)), remedy)
    })
}

/// Minutes since midnight of `08:30`; `24:00` is 1440.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_digits =
        |part: &str, least: usize| (least..=2).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
    if !is_digits(hours, 1) || !is_digits(minutes, 2) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// Opening hours like `08:30-18:00`.
pub fn hours(text: &str) -> Result<Hours, Refusal> {
    let remedy = "Write them like \"08:30-18:00\"; \"00:00-24:00\" is the whole day.";
    let read = text.split_once(['-', '–']).and_then(|(from, to)| {
        Some(Hours {
            from: minutes(from)?,
            to: minutes(to)?,
        })
    });
    match read {
        None => refuse(format!("{} is not a pair of times", shown(text)), remedy),
        Some(hours) if hours.from >= hours.to => refuse("ends before it begins", remedy),
        Some(hours) => Ok(hours),
    }
}

/// A time of day like `08:00`.
pub fn time_of_day(text: &str) -> Result<NaiveTime, Refusal> {
    minutes(text)
        .and_then(|all| NaiveTime::from_hms_opt(all / 60, all % 60, 0))
        .map_or_else(
            || {
                refuse(
                    format!("{} is not a time of day", shown(text)),
                    "Write hours and minutes, like \"08:00\".",
                )
            },
            Ok,
        )
}

/// Whether connections to this host stay on this machine (RFC 1122, 3.2.1.3; RFC 6761, 6.3).
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The name of a server, or its address.
pub fn host(text: &str) -> Result<String, Refusal> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_string());
    }
    if bare.contains("://") || bare.contains(['/', '@']) {
        return refuse(
            format!("{} is not a host name", shown(text)),
            "Write the name alone, like \"imap.provider.example\".",
        );
    }
    if bare.contains(':') {
        return refuse(
            format!("{} is not a host name", shown(text)),
            "Write the name alone, and its port under the key port.",
        );
    }
    let fits = bare.len() <= 253
        && bare.trim_end_matches('.').split('.').all(|label| {
            !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        });
    match fits {
        true => Ok(bare.trim_end_matches('.').to_lowercase()),
        false => refuse(
            format!("{} is not a host name", shown(text)),
            "Write a name like \"imap.provider.example\".",
        ),
    }
}

/// An IBAN (ISO 13616): letters and digits whose remainder by 97 is 1.
pub fn iban(text: &str) -> Result<String, Refusal> {
    let iban: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let octets = iban.as_bytes();
    let is_shaped = (15..=34).contains(&octets.len())
        && octets.iter().all(u8::is_ascii_alphanumeric)
        && octets.iter().take(2).all(u8::is_ascii_uppercase)
        && octets.iter().skip(2).take(2).all(u8::is_ascii_digit);
    if !is_shaped {
        return refuse(
            "is not an IBAN",
            "An IBAN has two letters, two digits, then 11 to 30 letters and digits.",
        );
    }
    // The first four go to the end, letters count from 10 (ISO 13616-1, 5.2).
    let turned = octets.iter().cycle().skip(4).take(octets.len());
    let remainder = turned.fold(0u32, |rest, octet| match octet {
        b'0'..=b'9' => (rest * 10 + u32::from(octet - b'0')) % 97,
        _ => (rest * 100 + u32::from(octet - b'A') + 10) % 97,
    });
    match remainder {
        1 => Ok(iban),
        _ => refuse(
            "is not a valid IBAN: its check digits do not match",
            "Compare it with your bank statement, digit by digit; your customers would pay to it.",
        ),
    }
}

/// A BIC (ISO 9362): four letters, a country, two characters, and three more for a branch.
pub fn bic(text: &str) -> Result<String, Refusal> {
    let bic: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let octets = bic.as_bytes();
    let is_shaped = matches!(octets.len(), 8 | 11)
        && octets.iter().all(u8::is_ascii_alphanumeric)
        && octets.iter().take(6).all(u8::is_ascii_uppercase);
    match is_shaped {
        true => Ok(bic),
        false => refuse(
            "is not a BIC",
            "A BIC has 8 or 11 characters and begins with six letters, like AGRIFRPP.",
        ),
    }
}

/// A page to pay on: https only, since customers follow it with their bank card in hand.
pub fn link(text: &str) -> Result<String, Refusal> {
    let host = text
        .strip_prefix("https://")
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let is_plain = !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>\"`\\".contains(c));
    match host {
        Some(host) if host.contains('.') && !host.contains('@') && is_plain => Ok(text.to_string()),
        _ => refuse(
            format!("{} is not a safe link", shown(text)),
            "Write the whole address, beginning with https://.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::config::values::*;

    #[test]
    fn hours_are_a_pair_in_order() {
        let check = |text: &str, expected: Option<(u32, u32)>| {
            assert_eq!(hours(text).ok().map(|hours| (hours.from, hours.to)), expected, "{text}");
        };
        check("08:30-18:00", Some((510, 1080)));
        check("00:00-24:00", Some((0, 1440))); // the whole day
        check("8:30 – 18:00", Some((510, 1080))); // as people type it
        check("18:00-08:30", None); // over midnight: nobody wants mail then
        check("08:30-08:30", None); // never open
        check("08:30-25:00", None);
        check("08:60-18:00", None);
        check("8h30-18h", None);
        check("+8:30-18:00", None); // digits only
        check("", None);
    }

    #[test]
    fn a_digest_has_a_time_of_day() {
        assert_eq!(time_of_day("08:00").ok(), NaiveTime::from_hms_opt(8, 0, 0));
        assert!(time_of_day("24:00").is_err()); // a day begins at 00:00
        assert!(time_of_day("8").is_err());
    }

    #[test]
    fn an_iban_has_a_checksum() {
        let check = |text: &str, expected: bool| assert_eq!(iban(text).is_ok(), expected, "{text}");
        check("FR14 2004 1010 0505 0001 3M02 606", true); // letters inside
        check("GB82WEST12345698765432", true);
        check("DE89 3704 0044 0532 0130 00", true);
        check("fr1420041010050500013m02606", true);
        check("FR14 2004 1010 0505 0001 3M02 607", false); // one digit off
        check("FR14 2004 1010 0505 0010 3M02 606", false); // two digits swapped
        check("FR14", false);
        check("1234567890123456", false);
        check("FR14 2004 1010 0505 0001 3M02 60é", false);
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let check = |host: &str, expected: bool| assert_eq!(is_loopback(host), expected, "{host}");
        check("127.0.0.1", true);
        check("127.8.9.1", true); // the whole block
        check("::1", true);
        check("LocalHost", true);
        check("localhost.example", false);
        check("127.0.0.1.example", false); // a name, whoever owns it
        check("192.168.1.2", false); // the house's network is not this machine
    }

    #[test]
    fn hosts_are_names_without_ports() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(host(text).ok().as_deref(), expected, "{text}");
        check("IMAP.provider.example", Some("imap.provider.example"));
        check("[::1]", Some("::1"));
        check("imap.provider.example:993", None);
        check("imaps://imap.provider.example", None);
        check("imap provider", None);
        check("a..b", None);
    }

    #[test]
    fn links_are_https() {
        let check = |text: &str, expected: bool| assert_eq!(link(text).is_ok(), expected, "{text}");
        check("https://pay.example/camille", true);
        check("http://pay.example/camille", false);
        check("https://bank.example@evil.example/", false); // the host is what stands after the @
        check("https://", false);
        check("javascript:alert(1)", false);
        check("https://pay.example/\"><script>", false);
    }
}
