//! How much of a message is read at all: no mail may cost more memory or stack than an honest one.

use std::borrow::Cow;

/// More of a header block is not read.
const HEADER_OCTETS_MAX: usize = 256 * 1024;
/// More lines are not read: each could be a header or a part, and each of those costs a hundred octets of memory. An
/// attachment of 25 MB in base64 has 350,000.
const LINES_MAX: usize = 600_000;
/// A mail with more parts within parts is not taken apart: the parser looks for the end of each through all the rest,
/// and gives nested messages back one inside another, on the stack.
const NESTED_MAX: usize = 250;
/// A mail with more extended parameters (RFC 2231) is not taken apart: the parser compares each with all the others.
const EXTENDED_MAX: usize = 2_000;

/// As much of the message as is read: see the limits above.
pub fn bounded(raw: &[u8]) -> Cow<'_, [u8]> {
    let raw = cut_after_lines(raw, LINES_MAX);
    let (block, body) = split_header(raw);
    let body = if is_costly(raw) { &[] } else { body };
    if block.len() <= HEADER_OCTETS_MAX && block.len() + body.len() == raw.len() {
        return Cow::Borrowed(raw);
    }
    let block = block.get(..HEADER_OCTETS_MAX).map_or(block, up_to_last_line);
    Cow::Owned([block, b"\r\n", body].concat())
}

fn cut_after_lines(raw: &[u8], lines_max: usize) -> &[u8] {
    let ends = raw.iter().enumerate().filter(|(_, octet)| **octet == b'\n');
    ends.map(|(at, _)| at)
        .nth(lines_max)
        .and_then(|at| raw.get(..=at))
        .unwrap_or(raw)
}

fn up_to_last_line(block: &[u8]) -> &[u8] {
    let end = block.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
    block.get(..end).unwrap_or(block)
}

/// The header block with its last line end, and what follows it, empty line included.
pub fn split_header(raw: &[u8]) -> (&[u8], &[u8]) {
    let is_empty_line_at = |at: usize| {
        let rest = raw.get(at + 1..).unwrap_or_default();
        raw.get(at) == Some(&b'\n') && (rest.starts_with(b"\n") || rest.starts_with(b"\r\n"))
    };
    match (0..raw.len()).find(|at| is_empty_line_at(*at)) {
        Some(at) => raw.split_at(at + 1),
        None => (raw, &[]),
    }
}

/// Whether taking the body apart could cost more than an honest mail does.
fn is_costly(raw: &[u8]) -> bool {
    let nested = [&b"multipart/"[..], b"message/rfc822", b"message/global"];
    count(raw, b'm', &nested, NESTED_MAX) > NESTED_MAX || count(raw, b'*', &[b"*="], EXTENDED_MAX) > EXTENDED_MAX
}

/// How often one of the needles, all of which begin with `first`, occurs without regard to case; counts to one over the limit.
fn count(raw: &[u8], first: u8, needles: &[&[u8]], limit: usize) -> usize {
    let is_one = |at: usize| {
        let rest = raw.get(at..).unwrap_or_default();
        needles.iter().any(|needle| {
            rest.get(..needle.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(needle))
        })
    };
    let starts = raw
        .iter()
        .enumerate()
        .filter(|(_, octet)| octet.eq_ignore_ascii_case(&first));
    starts.filter(|(at, _)| is_one(*at)).take(limit + 1).count()
}
