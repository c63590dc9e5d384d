//! What lettre's answers mean: a failure with its stage, the fate of a message, and the octets it may have on the wire.

use std::borrow::Cow;
use std::error::Error as _;

use lettre::transport::smtp::Error as LettreError;
use lettre::transport::smtp::response::{Response, Severity};

use crate::wires::smtp::fault::{Delivery, Doubt, SmtpError, Stage};
use crate::wires::smtp::line::Line;

/// The failure of a command.
pub fn fault(stage: Stage, line: &Line, error: &LettreError) -> SmtpError {
    let text = words_of(error);
    match error.status().map(u16::from) {
        Some(code @ 400..=499) => SmtpError::Temporary { stage, code, text },
        Some(code) => SmtpError::Permanent {
            stage,
            code,
            text,
            recipient_refused: stage == Stage::Recipient,
        },
        None if line.has_ended() => SmtpError::Closed { stage },
        None => protocol(stage, "it is not SMTP"),
    }
}

/// A refusal during AUTH is a refused login, unless it speaks of the moment (454, 421).
pub fn of_login(error: SmtpError) -> SmtpError {
    match error {
        SmtpError::Permanent { code, text, .. } => SmtpError::LoginRefused { code, text },
        other => other,
    }
}

/// An answer that makes no sense.
pub fn protocol(stage: Stage, what: &str) -> SmtpError {
    SmtpError::Protocol {
        stage,
        what: what.to_string(),
    }
}

fn words_of(error: &LettreError) -> String {
    error.source().map(|source| source.to_string()).unwrap_or_default()
}

/// Every line of a reply, in one.
pub fn text_of(reply: &Response) -> String {
    reply.message().collect::<Vec<_>>().join(" ")
}

/// The fate of a message by the answer to its end.
pub fn delivery(answer: &Result<Response, LettreError>) -> Delivery {
    match answer {
        Ok(reply) if reply.code().severity == Severity::PositiveCompletion => Delivery::Accepted {
            code: u16::from(reply.code()),
            text: text_of(reply),
        },
        Ok(_) => Delivery::Unknown { why: Doubt::Garbled },
        Err(error) => match error.status().map(u16::from) {
            Some(code @ 400..=499) => Delivery::Deferred {
                code,
                text: words_of(error),
            },
            Some(code) => Delivery::Refused {
                code,
                text: words_of(error),
            },
            None => Delivery::Unknown { why: Doubt::Lost },
        },
    }
}

/// The fate of a message without any answer.
pub fn delivery_in_doubt(ended: bool) -> Delivery {
    let why = if ended { Doubt::Lost } else { Doubt::Garbled };
    Delivery::Unknown { why }
}

/// Every line end as CRLF: a bare one could be taken for the end of the message by one server and not by the next.
pub fn canonical(octets: &[u8]) -> Cow<'_, [u8]> {
    let mut before = b' ';
    let is_bare = |(index, octet): (usize, &u8)| {
        let bare_lf = *octet == b'\n' && before != b'\r';
        let bare_cr = *octet == b'\r' && octets.get(index + 1) != Some(&b'\n');
        before = *octet;
        bare_lf || bare_cr
    };
    if !octets.iter().enumerate().any(is_bare) {
        return Cow::Borrowed(octets);
    }
    let mut out = Vec::with_capacity(octets.len() + 64);
    let mut rest = octets;
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'\r' => {
                out.extend_from_slice(b"\r\n");
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(*other),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use crate::wires::smtp::meaning::*;

    #[test]
    fn line_ends_become_crlf() {
        let check = |input: &[u8], expected: &[u8]| assert_eq!(&*canonical(input), expected);
        check(b"a\r\nb\r\n", b"a\r\nb\r\n");
        check(b"a\nb", b"a\r\nb");
        check(b"a\rb\r", b"a\r\nb\r\n");
        check(b"a\n.\nb", b"a\r\n.\r\nb"); // what lone line ends could smuggle
        check(b"a\r\r\n", b"a\r\n\r\n");
        check(b"", b"");
    }
}
