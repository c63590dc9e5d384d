//! What a message says and what hangs on it: its text as a mail program would show it, reports, attachments.

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use crate::model::reading::Doubt;
use crate::reading::header;
use crate::reading::markup;

/// More of a text part is not read: a reply stands at the beginning.
pub const TEXT_OCTETS_MAX: usize = 256 * 1024;
/// As much of a report part as is kept, in octets.
const REPORT_OCTETS_MAX: usize = 16 * 1024;
/// As many report parts as are kept.
const REPORTS_MAX: usize = 8;
/// As many attachments as are named.
const ATTACHMENTS_MAX: usize = 100;

/// What stands below the header of a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// What a mail program would show as text; of HTML, quotes are marked with `> `.
    pub text: String,
    /// The HTML part, where there is one, bounded.
    pub html: Option<String>,
    /// What a mail system says about another message.
    pub reports: Vec<ReportPart>,
    /// What hangs on it.
    pub attachments: Vec<Attachment>,
    /// Why the text cannot be relied on.
    pub doubt: Option<Doubt>,
}

/// A part of a report (RFC 6522): its machine-readable part or the headers of the message it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPart {
    /// Such as `message/delivery-status`, in lower case.
    pub media_type: String,
    /// Its text, bounded; of a message its headers only.
    pub text: String,
}

/// Something that hangs on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name, a claim of the sender.
    pub name: Option<String>,
    /// Such as `application/pdf`, in lower case.
    pub media_type: String,
    /// Its decoded size.
    pub octets: usize,
}

/// Takes the body of a parsed message apart.
pub fn body_of(message: &Message<'_>) -> Body {
    let (text, is_whole) = shown_text(message);
    let html = message
        .html_bodies()
        .find_map(html_of)
        .map(|html| markup::head(html, TEXT_OCTETS_MAX).to_string());
    let mut body = Body {
        text,
        html,
        ..Body::default()
    };
    for part in message.attachments() {
        match report_of(part) {
            Some(report) if body.reports.len() < REPORTS_MAX => body.reports.push(report),
            Some(_) => {}
            None if body.attachments.len() < ATTACHMENTS_MAX => body.attachments.push(attachment_of(part)),
            None => {}
        }
    }
    body.doubt = doubt_of(&body, message).or((!is_whole).then_some(Doubt::Truncated));
    body
}

fn html_of<'m>(part: &'m MessagePart<'_>) -> Option<&'m str> {
    match &part.body {
        PartType::Html(html) => Some(html),
        _ => None,
    }
}

/// The text parts one below the other, and whether they fit. Blank text beside HTML (some phones send it) is passed over.
fn shown_text(message: &Message<'_>) -> (String, bool) {
    let mut text = String::new();
    let mut is_whole = true;
    for part in message.text_bodies() {
        is_whole &= part.len() <= TEXT_OCTETS_MAX;
        push_block(&mut text, part_text(part));
    }
    if text.trim().is_empty() {
        for html in message.html_bodies().filter_map(html_of) {
            is_whole &= html.len() <= markup::HTML_OCTETS_MAX;
            push_block(&mut text, markup::text_of(html));
        }
    }
    let text = clean_text(&text);
    let kept = markup::head(&text, TEXT_OCTETS_MAX);
    (kept.to_string(), is_whole && kept.len() == text.len())
}

fn push_block(text: &mut String, block: Option<String>) {
    let Some(block) = block.filter(|block| !block.trim().is_empty()) else {
        return;
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&block);
}

fn part_text(part: &MessagePart<'_>) -> Option<String> {
    match &part.body {
        PartType::Text(text) => {
            let text = markup::head(text, TEXT_OCTETS_MAX);
            let of = |name| part.content_type().and_then(|ct| ct.attribute(name));
            let is_flowed = of("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
            let deletes_space = of("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
            Some(if is_flowed {
                unflowed(text, deletes_space)
            } else {
                text.to_string()
            })
        }
        PartType::Html(html) => markup::text_of(html),
        _ => None,
    }
}

/// Lines that were wrapped for transport made whole again (RFC 3676, 4).
fn unflowed(text: &str, deletes_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches('>').len();
        let content = line.get(depth..).unwrap_or("");
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open != Some(depth) {
            if open.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            out.push_str(if depth > 0 { " " } else { "" });
        }
        let is_soft = content.ends_with(' ') && content != "-- ";
        out.push_str(if is_soft && deletes_space {
            content.trim_end_matches(' ')
        } else {
            content
        });
        open = is_soft.then_some(depth);
        if !is_soft {
            out.push('\n');
        }
    }
    out
}

/// Plain line ends; no control or invisible characters.
fn clean_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || header::is_invisible(*c)))
        .collect()
}

fn media_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(ct) => format!("{}/{}", ct.ctype(), ct.subtype().unwrap_or("*")).to_ascii_lowercase(),
        None => "text/plain".to_string(),
    }
}

fn report_of(part: &MessagePart<'_>) -> Option<ReportPart> {
    let media_type = media_type(part);
    let text = match (media_type.as_str(), &part.body) {
        ("message/rfc822" | "message/global", PartType::Message(inner)) => {
            let root = inner.parts.first()?;
            let head = inner
                .raw_message
                .get(root.offset_header as usize..root.offset_body as usize)?;
            String::from_utf8_lossy(head.get(..REPORT_OCTETS_MAX).unwrap_or(head)).into_owned()
        }
        (other, PartType::Text(text)) if is_report(other) => text.to_string(),
        (other, PartType::Binary(octets) | PartType::InlineBinary(octets)) if is_report(other) => {
            String::from_utf8_lossy(octets.get(..REPORT_OCTETS_MAX).unwrap_or(octets)).into_owned()
        }
        _ => return None,
    };
    Some(ReportPart {
        media_type,
        text: clean_text(markup::head(&text, REPORT_OCTETS_MAX)),
    })
}

fn is_report(media_type: &str) -> bool {
    matches!(
        media_type,
        "message/delivery-status"
            | "message/global-delivery-status"
            | "message/disposition-notification"
            | "message/global-disposition-notification"
            | "message/feedback-report"
            | "message/rfc822"
            | "message/global"
            | "text/rfc822-headers"
            | "message/rfc822-headers"
            | "message/global-headers"
    )
}

fn attachment_of(part: &MessagePart<'_>) -> Attachment {
    Attachment {
        name: part.attachment_name().map(header::clean_line),
        media_type: media_type(part),
        octets: part.len(),
    }
}

fn doubt_of(body: &Body, message: &Message<'_>) -> Option<Doubt> {
    let is_blank = body.text.trim().is_empty();
    if is_encrypted(body, message) {
        return Some(Doubt::Encrypted);
    }
    let broken = message
        .text_bodies()
        .any(|part| part.is_encoding_problem && !matches!(&part.body, PartType::Text(t) if t.is_empty()));
    if broken || is_garbled(&body.text) {
        return Some(Doubt::Unreadable);
    }
    match (is_blank, body.attachments.is_empty(), body.reports.is_empty()) {
        (true, false, _) => Some(Doubt::Attachment),
        (true, true, true) => Some(Doubt::Empty),
        _ => None,
    }
}

/// OpenPGP (RFC 3156, RFC 9580) or S/MIME (RFC 8551), signed-and-opaque S/MIME included: only the user's mail program opens those.
fn is_encrypted(body: &Body, message: &Message<'_>) -> bool {
    let types = || message.parts.iter().map(media_type);
    let wrapped = |t: String| {
        matches!(
            t.as_str(),
            "multipart/encrypted" | "application/pkcs7-mime" | "application/x-pkcs7-mime"
        )
    };
    types().any(wrapped)
        && !body
            .text
            .lines()
            .any(|line| line.chars().filter(|c| c.is_alphanumeric()).count() > 2)
        || body.text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----")
}

/// Whether so much could not be decoded that the words left may mislead: one character in fifty, or more.
fn is_garbled(text: &str) -> bool {
    let lost = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    lost > 0 && lost * 50 >= text.chars().count()
}

#[cfg(test)]
mod tests {
    use crate::reading::body::*;
    use mail_parser::MessageParser;

    fn crlf(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    fn read(raw: &[u8]) -> Body {
        body_of(&MessageParser::default().parse(raw).unwrap())
    }

    #[test]
    fn what_a_mail_program_would_show() {
        let check = |rest: &str, text: &str, doubt: Option<Doubt>| {
            let body = read(&crlf(&format!("From: a@b.example\nMIME-Version: 1.0\n{rest}")));
            assert_eq!((body.text.trim(), body.doubt), (text, doubt), "{rest}");
        };
        let multi = |kind: &str, parts: &[&str]| {
            let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
            format!("Content-Type: multipart/{kind}; boundary=b\n\n{parts}--b--\n")
        };
        let html = "Content-Type: text/html\n\n<p>Non.</p><blockquote>Payez.</blockquote>";
        check("\nOui\n", "Oui", None); // no type at all
        check(
            "Content-Type: text/html\n\n<p>Non.</p><blockquote>Payez.</blockquote>\n",
            "Non.\n\n> Payez.",
            None,
        );
        check(
            &multi("alternative", &["Content-Type: text/plain\n\nOui", html]),
            "Oui",
            None,
        );
        check(
            &multi("alternative", &["Content-Type: text/plain\n\n \n", html]),
            "Non.\n\n> Payez.",
            None,
        ); // blank twin
        check(
            &multi(
                "mixed",
                &[
                    "Content-Type: text/plain\n\nUn",
                    "Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx",
                    "Content-Type: text/plain\n\nDeux",
                ],
            ),
            "Un\nDeux",
            None,
        ); // Apple Mail
        check(
            &multi("mixed", &["Content-Type: application/pdf; name=lettre.pdf\n\nx"]),
            "",
            Some(Doubt::Attachment),
        );
        check(
            &multi("mixed", &["Content-Type: image/png\n\nx"]),
            "",
            Some(Doubt::Attachment),
        );
        check(
            &multi(
                "encrypted",
                &[
                    "Content-Type: application/pgp-encrypted\n\nVersion: 1",
                    "Content-Type: application/octet-stream\n\nx",
                ],
            ),
            "",
            Some(Doubt::Encrypted),
        );
        check(
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nAAAA\n",
            "",
            Some(Doubt::Encrypted),
        );
        check(
            "\n-----BEGIN PGP MESSAGE-----\n\nx\n",
            "-----BEGIN PGP MESSAGE-----\n\nx",
            Some(Doubt::Encrypted),
        );
        check("\n\n", "", Some(Doubt::Empty));
        check(
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nPay=E9 !\n",
            "Payé !",
            None,
        );
        check(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=E9=E8=E0 non\n",
            "\u{fffd}\u{fffd}\u{fffd} non",
            Some(Doubt::Unreadable),
        );
        check(
            "Content-Type: text/plain; format=flowed\n\nJe vous paierai \nvendredi.\n> votre \n> relance\n-- \nClaire\n",
            "Je vous paierai vendredi.\n> votre relance\n-- \nClaire",
            None,
        );
    }

    #[test]
    fn reports_and_attachments_are_told_apart() {
        let body = read(&crlf(
            "\
From: mailer-daemon@x.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; a@b.example
Action: failed
Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <amiable.1@test.example>
Subject: Relance

Bonjour, payez.
--b--
",
        ));
        let types: Vec<&str> = body.reports.iter().map(|report| report.media_type.as_str()).collect();
        assert_eq!(types, ["message/delivery-status", "message/rfc822"]);
        assert!(body.reports[0].text.contains("Status: 5.1.1"));
        assert!(
            body.reports[1].text.contains("amiable.1@test.example") && !body.reports[1].text.contains("payez"),
            "headers only"
        );
        assert_eq!(body.text.trim(), "Could not be delivered.");
        assert_eq!(body.attachments, []);
    }
}
