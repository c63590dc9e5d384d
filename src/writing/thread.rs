//! The headers that keep a follow-up inside its conversation (RFC 5322, 3.6.4; MS-OXOMSG, 2.2.1.3).

use base64::Engine as _;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

use crate::model::message_id::MessageId;

/// Some servers refuse longer headers; the first id and the last ones are what mail programs thread by.
const REFERENCES_OCTETS_MAX: usize = 8_000;

/// With brackets, blank and line end an id must stay under the 998 octets of a line (RFC 5322, 2.1.1).
const ID_OCTETS_MAX: usize = 990;

/// Prefixes that mail programs put before a subject, in lower case: French, English, German, Dutch, Spanish, Nordic.
///
/// Rarer ones (I, R, PD) are also how a real subject may begin, and stay.
const PREFIXES: [&str; 11] = ["re", "rép", "rep", "aw", "antw", "sv", "tr", "fw", "fwd", "wg", "rv"];

/// `Re: ` and the conversation's own subject, however many prefixes it gathered; `None`: there is no subject.
pub fn reply_subject(subject: &str) -> Option<String> {
    let bare = without_prefixes(subject);
    (!bare.is_empty()).then(|| format!("Re: {bare}"))
}

/// The subject as the first message of the conversation had it.
fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(shorter) = without_prefix(rest) {
        rest = shorter;
    }
    rest
}

/// What follows one prefix such as `RE:`, `Re :`, `Re[2]:`, `TR :`.
fn without_prefix(subject: &str) -> Option<&str> {
    let (before, after) = subject.split_once(':')?;
    let word = before.trim_end_matches([' ', '\u{A0}', '\u{202F}']);
    let word = match word.split_once(['[', '(']) {
        Some((word, count)) if count.trim_end_matches([']', ')']).chars().all(|c| c.is_ascii_digit()) => word,
        _ => word,
    };
    PREFIXES
        .contains(&word.to_lowercase().as_str())
        .then(|| after.trim_start())
}

/// What In-Reply-To names: the last message, never our own.
pub fn in_reply_to(parent: Option<&MessageId>, own: &MessageId) -> Option<String> {
    parent
        .filter(|id| *id != own && is_sendable(id))
        .map(MessageId::in_brackets)
}

/// What References names: the whole chain, the last message, and our own id, so that a provider's change of it shows.
///
/// One id a line, already folded.
pub fn references(chain: &[MessageId], parent: Option<&MessageId>, own: &MessageId) -> String {
    // Of an id named twice the later place is the truer one.
    let mut seen = BTreeSet::from([own]);
    let mut ids: Vec<&MessageId> = chain.iter().chain(parent).rev().filter(|id| is_sendable(id)).collect();
    ids.retain(|id| seen.insert(id));
    ids.reverse();
    ids.push(own);
    let kept: Vec<String> = shortened(&ids).into_iter().map(MessageId::in_brackets).collect();
    kept.join("\r\n ")
}

/// The first id and as many of the last as fit.
fn shortened<'a>(ids: &[&'a MessageId]) -> Vec<&'a MessageId> {
    let cost = |id: &MessageId| id.as_str().len() + "<>\r\n ".len();
    let Some((first, later)) = ids.split_first() else {
        return Vec::new();
    };
    let mut room = REFERENCES_OCTETS_MAX.saturating_sub(cost(first));
    let mut last: Vec<&MessageId> = later
        .iter()
        .rev()
        .take_while(|id| {
            let fits = cost(id) <= room;
            room = room.saturating_sub(cost(id));
            fits
        })
        .copied()
        .collect();
    last.push(first);
    last.reverse();
    last
}

/// Whether an id can stand in a header as it is; others are left out, for an encoded id names nothing.
fn is_sendable(id: &MessageId) -> bool {
    id.as_str().len() <= ID_OCTETS_MAX && id.as_str().bytes().all(|b| b.is_ascii_graphic())
}

/// Octets of the header of a conversation index: 6 of time, 16 of GUID.
const INDEX_HEADER_OCTETS: usize = 22;
/// Octets that each answer adds.
const INDEX_CHILD_OCTETS: usize = 5;
/// Longer indexes are not extended: their base64 would not fit on one line.
const INDEX_OCTETS_MAX: usize = 600;
/// 100-nanosecond ticks from 1601 to 1970 (MS-DTYP, FILETIME).
const FILETIME_OF_UNIX_EPOCH: i64 = 116_444_736_000_000_000;

/// The index of an answer to `parent`, in base64; `None` where the parent's is not one.
///
/// The eight random bits of a child block are taken from our id: the same mail has the same bytes.
pub fn child_index(parent: &[u8], now: DateTime<Utc>, own: &MessageId) -> Option<String> {
    let header: &[u8; INDEX_HEADER_OCTETS] = parent.first_chunk()?;
    let odd = !(parent.len() - INDEX_HEADER_OCTETS).is_multiple_of(INDEX_CHILD_OCTETS);
    if odd || parent.len() > INDEX_OCTETS_MAX || header.first() != Some(&1) {
        return None;
    }
    let now_ticks = now
        .timestamp_micros()
        .saturating_mul(10)
        .saturating_add(FILETIME_OF_UNIX_EPOCH);
    let ticks = now_ticks.saturating_sub(index_time(header)).max(0);
    // A span over 1.7 years is kept in coarser units (MS-OXOMSG, 2.2.1.3).
    let (code, shift) = if ticks & 0x00FE_0000_0000_0000 == 0 {
        (0, 18)
    } else {
        (0x8000_0000, 23)
    };
    let delta = u32::try_from((ticks >> shift) & 0x7FFF_FFFF).unwrap_or(0) | code;
    let random = own
        .as_str()
        .bytes()
        .fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let mut index = parent.to_vec();
    index.extend_from_slice(&delta.to_be_bytes());
    index.push(random);
    Some(base64::engine::general_purpose::STANDARD.encode(index))
}

/// When the conversation began, in ticks since 1601.
///
/// Two layouts are in use: 01 and the next five octets of the FILETIME, or a reserved 01 before its first five.
fn index_time(header: &[u8; INDEX_HEADER_OCTETS]) -> i64 {
    let [first, second, third, fourth, fifth, sixth, ..] = header.map(i64::from);
    if second == 1 {
        second << 56 | third << 48 | fourth << 40 | fifth << 32 | sixth << 24
    } else {
        first << 56 | second << 48 | third << 40 | fourth << 32 | fifth << 24 | sixth << 16
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::thread::*;

    fn id(text: &str) -> MessageId {
        MessageId::parse(text).unwrap()
    }

    #[test]
    fn subjects_keep_their_conversation() {
        let check = |input: &str, expected: Option<&str>| {
            assert_eq!(reply_subject(input).as_deref(), expected, "{input:?}");
        };
        check("Facture 2026-014", Some("Re: Facture 2026-014"));
        check("Re: Facture 2026-014", Some("Re: Facture 2026-014"));
        check("RE : Facture 2026-014", Some("Re: Facture 2026-014")); // French Outlook puts a blank
        check("Re\u{A0}: Facture", Some("Re: Facture")); // or a no-break one
        check("AW: RE: Re[2]: Facture", Some("Re: Facture"));
        check("TR: Facture 2026-014", Some("Re: Facture 2026-014")); // forwarded to their accountant, who answers
        check("Réf : 2026-014", Some("Re: Réf : 2026-014")); // a reference is not a reply
        check("Re: [EXT] Re: Facture", Some("Re: [EXT] Re: Facture")); // what is not a prefix stays as it is
        check("Report : mars", Some("Re: Report : mars"));
        check("Facture  n° 3 :  acompte", Some("Re: Facture  n° 3 :  acompte")); // untouched, blanks included
        check("Re:", None);
        check("", None);
    }

    #[test]
    fn references_end_in_our_own_id() {
        let check = |chain: &[&str], parent: Option<&str>, expected: &str| {
            let chain: Vec<MessageId> = chain.iter().copied().map(id).collect();
            let got = references(&chain, parent.map(id).as_ref(), &id("own@us"));
            assert_eq!(got.replace("\r\n ", " "), expected);
        };
        check(&[], None, "<own@us>"); // a new conversation
        check(&["a@x", "b@x"], Some("c@x"), "<a@x> <b@x> <c@x> <own@us>");
        check(&["a@x", "b@x"], Some("b@x"), "<a@x> <b@x> <own@us>"); // some programs name the parent twice
        check(&["own@us", "a@x"], Some("own@us"), "<a@x> <own@us>"); // our id once, and last
        check(&["a@x", "é@x"], Some("b@x"), "<a@x> <b@x> <own@us>"); // an encoded id would name nothing
        check(&[&format!("{}@x", "a".repeat(995))], Some("b@x"), "<b@x> <own@us>"); // longer than a line
    }

    #[test]
    fn a_long_chain_keeps_its_ends() {
        let chain: Vec<MessageId> = (0..1000).map(|n| id(&format!("{n}.{}@x", "y".repeat(60)))).collect();
        let got = references(&chain, Some(&id("parent@x")), &id("own@us"));
        assert!(got.len() <= REFERENCES_OCTETS_MAX, "{}", got.len());
        assert!(got.starts_with("<0.y") && got.ends_with("<parent@x>\r\n <own@us>"));
        assert!(got.contains("<999.y") && !got.contains("<500.y"));
    }

    #[test]
    fn we_never_answer_ourselves() {
        assert_eq!(in_reply_to(Some(&id("own@us")), &id("own@us")), None);
        assert_eq!(in_reply_to(Some(&id("a@x")), &id("own@us")).as_deref(), Some("<a@x>"));
    }

    #[test]
    fn conversation_indexes_grow() {
        // Figures computed apart from this code, from a conversation that began on 2026-02-12 at 09:00 UTC.
        let check = |parent: &str, now: &str, child: Option<&str>| {
            let octets: Vec<u8> = (0..parent.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&parent[at..at + 2], 16).unwrap())
                .collect();
            let got = child_index(&octets, now.parse().unwrap(), &id("own@us"));
            let got = got.map(|text| base64::engine::general_purpose::STANDARD.decode(text).unwrap());
            let delta = got.as_ref().map(|index| index[octets.len()..octets.len() + 4].to_vec());
            let hex = delta.map(|bytes| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>());
            assert_eq!(hex.as_deref(), child, "{parent}");
            assert!(got.is_none_or(|index| index.starts_with(&octets) && index.len() == octets.len() + 5));
        };
        let (old, new) = (
            "01dc9bfdf7c2000102030405060708090a0b0c0d0e0f",
            "0101dc9bfdf7000102030405060708090a0b0c0d0e0f",
        );
        check(old, "2026-03-16T08:30:00Z", Some("06484715"));
        check(new, "2026-03-16T08:30:00Z", Some("06484745")); // the layout of newer Exchange
        check(&format!("{old}0648471500"), "2026-03-16T08:30:00Z", Some("06484715")); // an answer to an answer
        check(old, "2028-03-16T08:30:00Z", Some("84af1a70")); // over 1.7 years: the coarser unit
        check(old, "2020-01-01T00:00:00Z", Some("00000000")); // a clock behind theirs
        check(&old[..40], "2026-03-16T08:30:00Z", None); // too short
        check(&format!("{old}06"), "2026-03-16T08:30:00Z", None); // no whole blocks
        check(&format!("02{}", &old[2..]), "2026-03-16T08:30:00Z", None); // another version
        check(
            &format!("{old}{}", "0648471500".repeat(200)),
            "2026-03-16T08:30:00Z",
            None,
        ); // hostile length
    }
}
