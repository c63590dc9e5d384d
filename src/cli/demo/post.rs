//! The postman: hands mails to a mail host by LMTP (RFC 2033).

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};

/// A local server that does not answer for this long will not answer at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers one mail to one mailbox of the host, as the world outside would.
///
/// # Errors
/// No connection, or any answer but "taken".
pub fn deliver(port: u16, envelope_from: &str, to: &str, raw: &[u8]) -> anyhow::Result<()> {
    let stream =
        TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("connecting to LMTP on port {port}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    expect(&mut answers, "220")?;
    for (line, code) in [
        ("LHLO demo.test".to_owned(), "250"),
        (format!("MAIL FROM:<{envelope_from}>"), "250"),
        (format!("RCPT TO:<{to}>"), "250"),
        ("DATA".to_owned(), "354"),
    ] {
        out.write_all(format!("{line}\r\n").as_bytes())?;
        expect(&mut answers, code).with_context(|| format!("delivering to {to}: {line}"))?;
    }
    out.write_all(&stuffed(raw))?;
    expect(&mut answers, "250").with_context(|| format!("delivering to {to}"))?;
    out.write_all(b"QUIT\r\n")?;
    Ok(())
}

/// The content with CRLF line ends, dots doubled at line starts, and the final dot (RFC 5321, 4.5.2).
fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 8);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// Reads one answer to its last line; `250-` goes on, `250 ` ends.
fn expect(answers: &mut impl BufRead, code: &str) -> anyhow::Result<()> {
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            bail!("the server hung up");
        }
        if !line.starts_with(code) {
            bail!("the server said {}", line.trim_end());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::demo::post::*;

    #[test]
    fn dots_and_line_ends() {
        for (raw, wire, why) in [
            ("a\n", "a\r\n.\r\n", "bare LF becomes CRLF"),
            ("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n", "a dot at a line's start is doubled"),
            ("a", "a\r\n.\r\n", "a last line without an end gets one"),
        ] {
            assert_eq!(String::from_utf8_lossy(&stuffed(raw.as_bytes())), wire, "{why}");
        }
    }
}
