//! The octets of a file as text, and the mark between its columns: what spreadsheets of several countries write.

use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

use crate::wires::import_file::fault::{Refusal, refuse};

/// UTF-8 or UTF-16 where a byte order mark says so, else UTF-8, else Windows-1252 (which Excel writes as "CSV").
pub fn decode(octets: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if let Some((encoding, length)) = Encoding::for_bom(octets) {
        let (text, is_broken) = encoding.decode_without_bom_handling(octets.get(length..).unwrap_or_default());
        return match is_broken {
            false => Ok(text),
            true => refuse(
                format!("the file is marked as {} and is not", encoding.name()),
                "Save it as CSV UTF-8.",
            ),
        };
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        return Ok(Cow::Borrowed(text));
    }
    // Letters beyond ASCII that are sound UTF-8, beside others that are not: two files glued together.
    let is_mixed = octets.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    match is_mixed {
        true => refuse(
            "the file mixes two encodings, so names would be garbled",
            "Save it anew as CSV UTF-8.",
        ),
        false => Ok(WINDOWS_1252.decode_without_bom_handling(octets).0),
    }
}

/// Takes off the line `sep=;` that some spreadsheets put first; says whether it was there.
pub fn without_separator_line(text: &str) -> (&str, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes) {
        Some([mark @ (b',' | b';' | b'\t' | b'|')]) => (rest, Some(*mark)),
        _ => (text, None),
    }
}

/// The mark that cuts the header into the most names that are known; a comma where none does.
pub fn delimiter(text: &str, is_known: impl Fn(&str) -> bool) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let known = |mark: u8| {
        header
            .split(char::from(mark))
            .filter(|name| is_known(name.trim_matches(['"', ' '])))
            .count()
    };
    // The last of equals wins, so the comma stands last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|mark| known(*mark))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use crate::wires::import_file::text::*;

    #[test]
    fn files_of_every_spreadsheet_are_text() {
        let check = |octets: &[u8], expected: Option<&str>| assert_eq!(decode(octets).ok().as_deref(), expected);
        check("Léa".as_bytes(), Some("Léa"));
        check(b"\xef\xbb\xbfL\xc3\xa9a", Some("Léa")); // CSV UTF-8
        check(b"L\xe9a \x80", Some("Léa €")); // Windows-1252
        check(b"\xff\xfeL\x00\xe9\x00", Some("Lé")); // "Unicode text"
        check(b"\xfe\xff\x00L\x00\xe9", Some("Lé"));
        check(b"L\xc3\xa9a\nL\xe9a", None); // glued together
        check(b"\xef\xbb\xbfL\xe9a", None); // a mark that lies
        check(b"", Some(""));
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        let is_known = |name: &str| ["number", "amount", "due"].contains(&name);
        let check = |text: &str, expected: u8| assert_eq!(delimiter(text, is_known), expected, "{text:?}");
        check("number,amount,due\n", b',');
        check("number;amount;due\n", b';');
        check("\n\"number\"\t\"amount\"\t\"due\"\n", b'\t');
        check("numéro;montant,échéance;due\n", b';');
        check("anything", b',');
    }
}
