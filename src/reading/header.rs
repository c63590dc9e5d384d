//! Header fields: raw values unfolded and decoded, identifiers found whatever a sender did to them.

use chrono::{DateTime, FixedOffset, NaiveDate};
use mail_parser::{Addr, Header, HeaderValue, parsers::MessageStream};

use crate::model::address::{Address, Mailbox};
use crate::model::message_id::MessageId;

/// A chain longer than this tells nothing more; the oldest and the newest identifiers are kept.
const IDS_MAX: usize = 500;
/// Of a chain that is too long, so many of the oldest: the invoice mail stands there.
const OLDEST_IDS_KEPT: usize = 100;
/// As many mailboxes of one field as are looked at.
const MAILBOXES_MAX: usize = 200;
/// No header value worth reading is longer, in octets.
const VALUE_OCTETS_MAX: usize = 64 * 1024;

/// The header fields of one message, raw, in order of appearance.
pub struct Fields<'a> {
    all: Vec<(String, &'a [u8])>,
}

impl<'a> Fields<'a> {
    /// Of parsed headers and the message they were parsed from.
    pub fn of(headers: &[Header<'_>], raw: &'a [u8]) -> Fields<'a> {
        let all = headers.iter().filter_map(|header| {
            let value = raw.get(header.offset_start as usize..header.offset_end as usize)?;
            Some((
                header.name().to_ascii_lowercase(),
                value.get(..VALUE_OCTETS_MAX).unwrap_or(value),
            ))
        });
        Fields { all: all.collect() }
    }

    /// Names in lower case with their raw values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.all.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Every raw value of that name (in lower case).
    pub fn each<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.all
            .iter()
            .filter(move |(other, _)| other == name)
            .map(|(_, value)| *value)
    }

    /// The first value of that name, unfolded and decoded.
    pub fn text(&self, name: &str) -> Option<String> {
        self.each(name).next().map(decoded)
    }

    /// The identifiers of every field of that name, without repetition, in order.
    pub fn ids(&self, name: &str) -> Vec<MessageId> {
        let mut ids = Vec::new();
        for id in self.each(name).flat_map(ids_in) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// A raw value as one line: folding removed, blanks at the ends removed, octets that are not UTF-8 replaced.
pub fn unfolded(raw: &[u8]) -> String {
    clean_line(&String::from_utf8_lossy(raw))
}

/// A raw value as a person sees it: encoded-words decoded (RFC 2047), unfolded, without control characters.
pub fn decoded(raw: &[u8]) -> String {
    let mut line = raw.to_vec();
    line.extend_from_slice(b"\r\n");
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => clean_line(&text),
        HeaderValue::TextList(texts) => clean_line(&texts.join(" ")),
        _ => unfolded(raw),
    }
}

/// One line without control and invisible characters.
pub fn clean_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text
        .split(|c: char| c == ' ' || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !is_invisible(*c)));
    }
    line
}

/// Characters that show nothing and would hide a word from every rule: zero-width, direction marks, soft hyphen.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The identifiers in a raw value (RFC 5322, 3.6.4), bounded in number.
///
/// Read from the raw octets because parsers lose those in encoded-words and keep line ends inside folded ones. Where
/// there are brackets only what they hold counts (In-Reply-To was a phrase once); else every word with an `@`.
pub fn ids_in(raw: &[u8]) -> Vec<MessageId> {
    let text = String::from_utf8_lossy(raw);
    let text = if text.contains("=?") {
        decoded(raw)
    } else {
        text.into_owned()
    };
    let mut ids: Vec<MessageId> = if text.contains('<') {
        text.split('<')
            .skip(1)
            .filter_map(|rest| rest.split_once('>').map_or(Some(rest), |(id, _)| Some(id)))
            .filter_map(MessageId::parse)
            .collect()
    } else {
        let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
        words
            .filter(|word| word.contains('@'))
            .filter_map(MessageId::parse)
            .collect()
    };
    if ids.len() > IDS_MAX {
        let newest = ids.split_off(ids.len() - (IDS_MAX - OLDEST_IDS_KEPT));
        ids.truncate(OLDEST_IDS_KEPT);
        ids.extend(newest);
    }
    ids
}

/// The mailboxes of an address header; those that are no addresses are left out.
pub fn mailboxes(value: &HeaderValue<'_>) -> Vec<Mailbox> {
    let HeaderValue::Address(addresses) = value else {
        return Vec::new();
    };
    addresses.iter().take(MAILBOXES_MAX).filter_map(mailbox).collect()
}

fn mailbox(addr: &Addr<'_>) -> Option<Mailbox> {
    let name = addr.name.as_deref().map(clean_line).filter(|name| !name.is_empty());
    let address = Address::parse(addr.address.as_deref()?).ok()?;
    Some(Mailbox { name, address })
}

/// The first word of a raw value that is an address, for fields too broken for a parser.
pub fn any_mailbox(raw: &[u8]) -> Option<Mailbox> {
    let text = decoded(raw);
    let words = text.split(|c: char| c.is_whitespace() || "<>,;\"'()[]:".contains(c));
    let address = words
        .filter(|word| word.contains('@'))
        .find_map(|word| Address::parse(word).ok())?;
    Some(Mailbox { name: None, address })
}

/// A Date header (RFC 5322, 3.3), if it names a day that exists.
pub fn date(value: &HeaderValue<'_>) -> Option<DateTime<FixedOffset>> {
    let HeaderValue::DateTime(date) = value else {
        return None;
    };
    let day = NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))?;
    let time = day.and_hms_opt(
        u32::from(date.hour),
        u32::from(date.minute),
        u32::from(date.second.min(59)),
    )?;
    let seconds = i32::from(date.tz_hour) * 3600 + i32::from(date.tz_minute) * 60;
    let offset = FixedOffset::east_opt(if date.tz_before_gmt { -seconds } else { seconds })?;
    time.and_local_timezone(offset).single()
}

#[cfg(test)]
mod tests {
    use crate::reading::header::*;

    #[test]
    fn identifiers_are_found_whatever_was_done_to_them() {
        let check = |raw: &str, expected: &[&str]| {
            let ids = ids_in(raw.as_bytes());
            assert_eq!(
                ids.iter().map(MessageId::as_str).collect::<Vec<_>>(),
                expected,
                "{raw:?}"
            );
        };
        check(" <a@b> <c@d>\r\n", &["a@b", "c@d"]);
        check(" <a@b><c@d>", &["a@b", "c@d"]); // no blank between
        check(" <a@b>,<c@d>", &["a@b", "c@d"]); // commas, seen from Exchange connectors
        check(" a@b c@d", &["a@b", "c@d"]); // no brackets
        check(" <a\r\n\t@b>\r\n <c@d>", &["a@b", "c@d"]); // folded inside
        check(" Your mail of Monday <a@b>", &["a@b"]); // RFC 822 phrase
        check(" =?UTF-8?Q?=3Ca=40b=3E_=3Cc=40d=3E?=", &["a@b", "c@d"]); // encoded-words (K-9 4228)
        check(" <a@b> <c@", &["a@b", "c@"]); // cut off
        check("", &[]);
        check(" nothing here", &[]);
    }

    #[test]
    fn a_hostile_chain_is_bounded() {
        let raw: String = (0..10_000).map(|n| format!("<{n}@x> ")).collect();
        let ids = ids_in(raw.as_bytes());
        assert_eq!(ids.len(), IDS_MAX);
        assert_eq!(
            (ids[0].as_str(), ids[IDS_MAX - 1].as_str()),
            ("0@x", "9999@x"),
            "oldest and newest are kept"
        );
    }

    #[test]
    fn values_are_one_clean_line() {
        let check = |raw: &str, expected: &str| assert_eq!(decoded(raw.as_bytes()), expected, "{raw:?}");
        check(" Re: Facture\r\n 2026-014\r\n", "Re: Facture 2026-014");
        check(" =?utf-8?q?R=C3=A9ponse?= automatique", "Réponse automatique");
        check(" a\u{200b}b\u{7}c", "ab c"); // zero-width blank, bell
        check("", "");
    }
}
