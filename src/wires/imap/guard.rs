//! Stands between the connection and the parser, and stops what would overflow its stack or fill the memory.
//!
//! imap-proto descends once per parenthesis: 400 to 800 nested ones overflow a stack of 2 MiB (measured), which ends
//! the whole process. async-imap buffers up to 512 MiB and parses an unfinished line again with every read. Both
//! limits below are far above what a sound server sends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wires::net::endpoint::Stream;

/// Dovecot stops at 100 nested MIME parts, each of which is one level here.
const DEPTH_MAX: u32 = 150;
/// Of a response without its literals: a SEARCH of half a million hits.
const LINE_OCTETS_MAX: u64 = 4 * 1024 * 1024;
/// Of one literal: more than the largest section that is ever asked for, and than any header.
const LITERAL_OCTETS_MAX: u64 = 32 * 1024 * 1024;
/// Of all literals in one response.
const RESPONSE_OCTETS_MAX: u64 = 64 * 1024 * 1024;

/// Why reading was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Too many parentheses within one another.
    #[error("parentheses nested more than {DEPTH_MAX} deep")]
    Depth,
    /// A line without end.
    #[error("a line of more than {LINE_OCTETS_MAX} octets")]
    Line,
    /// A literal larger than anything that was asked for.
    #[error("a literal of more than {LITERAL_OCTETS_MAX} octets")]
    Literal,
}

/// Where in a response the last octet stood (RFC 3501, 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Plain,
    Quoted,
    Escaped,
    /// Within `{n`.
    Count(u64),
    /// After `{n}`.
    Counted(u64),
    /// After `{n}` CR.
    Announced(u64),
}

/// Follows the structure of what a server sends.
#[derive(Debug, Default)]
struct Watch {
    place: Place,
    depth: u32,
    literal_left: u64,
    line_octets: u64,
    literal_octets: u64,
}

impl Watch {
    fn take(&mut self, mut octets: &[u8]) -> Result<(), Excess> {
        while let Some((&octet, rest)) = octets.split_first() {
            if self.literal_left > 0 {
                let skip = self.literal_left.min(octets.len() as u64);
                self.literal_left -= skip;
                octets = octets.get(skip as usize..).unwrap_or_default();
                continue;
            }
            self.step(octet)?;
            octets = rest;
        }
        Ok(())
    }

    fn step(&mut self, octet: u8) -> Result<(), Excess> {
        self.line_octets += 1;
        if self.line_octets > LINE_OCTETS_MAX {
            return Err(Excess::Line);
        }
        self.place = match (self.place, octet) {
            (Place::Announced(count), b'\n') => return self.begin_literal(count),
            (_, b'\n') => {
                *self = Watch::default(); // a quoted string cannot span lines, so nothing outlives one
                return Ok(());
            }
            (Place::Counted(count), b'\r') => Place::Announced(count),
            (Place::Quoted, b'\\') => Place::Escaped,
            (Place::Quoted, b'"') => Place::Plain,
            (Place::Quoted | Place::Escaped, _) => Place::Quoted,
            (Place::Count(count), digit @ b'0'..=b'9') => {
                Place::Count(count.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
            }
            (Place::Count(count), b'}') => Place::Counted(count),
            (_, b'{') => Place::Count(0),
            (_, b'"') => Place::Quoted,
            (_, b'(') => {
                self.depth += 1;
                Place::Plain
            }
            (_, b')') => {
                self.depth = self.depth.saturating_sub(1);
                Place::Plain
            }
            _ => Place::Plain,
        };
        if self.depth > DEPTH_MAX {
            Err(Excess::Depth)
        } else {
            Ok(())
        }
    }

    fn begin_literal(&mut self, count: u64) -> Result<(), Excess> {
        self.place = Place::Plain;
        self.literal_left = count;
        self.literal_octets = self.literal_octets.saturating_add(count);
        if count > LITERAL_OCTETS_MAX || self.literal_octets > RESPONSE_OCTETS_MAX {
            return Err(Excess::Literal);
        }
        Ok(())
    }
}

/// A stream that fails with [`Excess`] instead of passing on what is dangerous.
#[derive(Debug)]
pub struct Guard {
    stream: Box<dyn Stream>,
    watch: Watch,
}

impl Guard {
    /// Guards what comes in; what goes out is ours.
    pub fn new(stream: Box<dyn Stream>) -> Guard {
        Guard {
            stream,
            watch: Watch::default(),
        }
    }

    /// The stream itself, for TLS over it.
    pub fn into_inner(self) -> Box<dyn Stream> {
        self.stream
    }
}

impl AsyncRead for Guard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let fresh = buf.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.watch.take(fresh).map_err(io::Error::other))
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::imap::guard::*;

    #[test]
    fn only_what_is_dangerous_is_stopped() {
        let check = |input: String, expected: Result<(), Excess>| {
            for chunk in [1, 7, input.len().max(1)] {
                let mut watch = Watch::default();
                let found = input.as_bytes().chunks(chunk).try_for_each(|chunk| watch.take(chunk));
                assert_eq!(
                    found,
                    expected,
                    "{} in chunks of {chunk}",
                    &input[..input.len().min(60)]
                );
            }
        };
        let deep = "(".repeat(200);
        check(format!("* 1 FETCH {deep}"), Err(Excess::Depth));
        check("(".repeat(10_000), Err(Excess::Depth));
        check(format!("* 1 FETCH (BODY[1] \"{deep}\")\r\n"), Ok(())); // a file name
        check(format!("* 1 FETCH (BODY[1] {{200}}\r\n{deep})\r\n"), Ok(())); // a text
        check(format!("* 1 FETCH (A \"x\\\"{deep}\")\r\n"), Ok(())); // an escaped quote does not end it
        check(format!("* 1 FETCH (A {{0}}\r\n {deep})"), Err(Excess::Depth)); // after an empty literal
        check("* OK it\"s ((((\r\n".repeat(100), Ok(())); // each line begins anew
        check(format!("* OK it\"s\r\n{deep}"), Err(Excess::Depth)); // a stray quote shields no later line
        check("* 1 FETCH (A {33554433}\r\n".into(), Err(Excess::Literal));
        check(
            "* 1 FETCH (A {99999999999999999999999}\r\n".into(),
            Err(Excess::Literal),
        );
        check(
            format!("* 1 FETCH (A \"{{200}}\" {}", "(".repeat(300)),
            Err(Excess::Depth),
        ); // no literal within quotes
    }

    #[test]
    fn a_line_without_end_is_stopped() {
        let mut watch = Watch::default();
        let found = (0..2000).try_for_each(|_| watch.take(&[b'a'; 4096]));
        assert_eq!(found, Err(Excess::Line));
    }

    /// The limit is of use only if the parser bears it: on the 2 MiB of a test thread, unoptimized.
    #[test]
    fn the_parser_bears_what_passes() {
        let levels = DEPTH_MAX as usize - 2;
        let leaf = r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#;
        let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
        let nested = |before: String, after: &str| format!("{}{leaf}{}", before.repeat(levels), after.repeat(levels));
        let kinds = [
            nested("(".into(), " \"MIXED\")"),
            nested(
                format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 1 {envelope} "),
                " 1)",
            ),
        ];
        for structure in kinds {
            let line = format!("* 1 FETCH (BODYSTRUCTURE {structure})\r\n");
            let found = imap_proto::Response::parse(line.as_bytes());
            assert!(found.is_ok(), "{}", line.len());
        }
    }
}
