//! A message as it arrived, taken apart: who, when, in which conversation, what it says, what hangs on it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, FixedOffset};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::{HeaderName, Message, MessageParser};

use crate::model::address::Mailbox;
use crate::model::digest::ContentDigest;
use crate::model::message_id::MessageId;
use crate::model::reading::Doubt;
pub use crate::reading::body::{Attachment, ReportPart, TEXT_OCTETS_MAX};

use crate::reading::body::body_of;
use crate::reading::bounds::{bounded, split_header};
use crate::reading::header::{self, Fields};

/// As many headers as are kept as signals, and as many octets of each.
const SIGNALS_MAX: usize = 64;
const SIGNAL_OCTETS_MAX: usize = 1024;
/// The root of a Thread-Index; every reply adds five octets behind it.
const THREAD_ROOT_OCTETS: usize = 22;

/// What an arrived message holds, as far as anyone needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The first mailbox of the first From.
    pub from: Option<Mailbox>,
    /// Sender, where it differs or not.
    pub sender: Option<Mailbox>,
    /// Where the author wants answers.
    pub reply_to: Vec<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Decoded, on one line, without control characters.
    pub subject: String,
    /// Every Message-ID found: none, one, or a hostile two, in order of appearance.
    pub message_ids: Vec<MessageId>,
    /// The id that the sender gave it before its provider gave it another.
    pub original_message_id: Option<MessageId>,
    /// In-Reply-To.
    pub in_reply_to: Vec<MessageId>,
    /// References, bounded in number.
    pub references: Vec<MessageId>,
    /// Date: a claim, for display only.
    pub date: Option<DateTime<FixedOffset>>,
    /// Thread-Index (MS-OXOMSG 2.2.1.3), decoded.
    pub thread_index: Option<Vec<u8>>,
    /// Thread-Topic.
    pub thread_topic: Option<String>,
    /// List-Id: it came over a mailing list.
    pub list_id: Option<String>,
    /// `Return-Path: <>`: it wants no answer (RFC 5321, 4.5.5).
    pub return_path_is_null: bool,
    /// Headers that tell machines from people: lower-cased name to value, unfolded.
    pub signals: BTreeMap<String, String>,
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
    /// Recognises the same mail again, in another folder or delivered twice.
    pub content: ContentDigest,
}

impl Default for Letter {
    fn default() -> Letter {
        Letter {
            from: None,
            sender: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            message_ids: Vec::new(),
            original_message_id: None,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            date: None,
            thread_index: None,
            thread_topic: None,
            list_id: None,
            return_path_is_null: false,
            signals: BTreeMap::new(),
            text: String::new(),
            html: None,
            reports: Vec::new(),
            attachments: Vec::new(),
            doubt: None,
            content: ContentDigest::of(&[]),
        }
    }
}

/// Takes a whole message apart. What cannot be read is `Unreadable`, never an error: it still came from somebody.
pub fn parse(raw: &[u8]) -> Letter {
    guarded(raw, |bounded| {
        let message = MessageParser::default().parse(bounded)?;
        let body = body_of(&message);
        let letter = headers_of(&message, bounded);
        Some(Letter {
            text: body.text,
            html: body.html,
            reports: body.reports,
            attachments: body.attachments,
            doubt: body.doubt,
            ..letter
        })
    })
}

/// Takes a header block alone apart: no text, no doubt. Its digest is that of a message without a body.
pub fn parse_header(raw: &[u8]) -> Letter {
    let mut letter = guarded(raw, |bounded| {
        let message = MessageParser::default().parse_headers(bounded)?;
        Some(headers_of(&message, bounded))
    });
    letter.doubt = None;
    letter
}

/// The part of a Thread-Index that a whole conversation shares, in hexadecimal.
pub fn thread_index_root(index: &[u8]) -> Option<String> {
    let root = index.get(..THREAD_ROOT_OCTETS)?;
    Some(root.iter().map(|octet| format!("{octet:02x}")).collect())
}

/// Reads within bounds; a panic of the parser becomes an unreadable letter.
fn guarded(raw: &[u8], read: impl Fn(&[u8]) -> Option<Letter>) -> Letter {
    let bounded = bounded(raw);
    let read = catch_unwind(AssertUnwindSafe(|| read(&bounded))).unwrap_or(None);
    let mut letter = read.unwrap_or_else(|| Letter {
        doubt: Some(Doubt::Unreadable),
        ..Letter::default()
    });
    if bounded.len() < raw.len() && matches!(letter.doubt, None | Some(Doubt::Empty | Doubt::Attachment)) {
        letter.doubt = Some(Doubt::Truncated);
    }
    letter.content = content_of(&letter, raw);
    letter
}

/// Over what the author wrote, not over what deliveries add: identifiers, From, Date, Subject and the body, line ends evened out.
fn content_of(letter: &Letter, raw: &[u8]) -> ContentDigest {
    let (block, body) = split_header(raw);
    let kept = header_values(block, &["message-id", "from", "date", "subject"]);
    let body: Vec<u8> = body.iter().copied().filter(|octet| *octet != b'\r').collect();
    let end = body
        .iter()
        .rposition(|octet| !octet.is_ascii_whitespace())
        .map_or(0, |at| at + 1);
    let start = body.iter().position(|octet| *octet != b'\n').unwrap_or(0).min(end);
    let mut parts: Vec<&[u8]> = letter.message_ids.iter().map(|id| id.as_str().as_bytes()).collect();
    parts.extend(kept.iter().map(|value| value.as_bytes()));
    parts.push(body.get(start..end).unwrap_or_default());
    ContentDigest::of(&parts)
}

/// Unfolded `name:value` of the fields of these names, in the order of the names.
fn header_values(block: &[u8], names: &[&str]) -> Vec<String> {
    let block = String::from_utf8_lossy(block);
    let mut fields: Vec<String> = Vec::new();
    for line in block.lines() {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => fields.push(line.trim().to_string()),
        }
    }
    let named = |name: &str, field: &str| {
        field
            .split_once(':')
            .is_some_and(|(n, _)| n.trim().eq_ignore_ascii_case(name))
    };
    names
        .iter()
        .flat_map(|name| fields.iter().filter(move |field| named(name, field)))
        .map(|field| header::clean_line(field))
        .collect()
}

fn headers_of(message: &Message<'_>, raw: &[u8]) -> Letter {
    let headers = message.parts.first().map_or(&[][..], |part| &part.headers);
    let fields = Fields::of(headers, raw);
    let first = |name: HeaderName<'static>| headers.iter().find(|h| h.name == name).map(|h| &h.value);
    let boxes = |name| first(name).map(header::mailboxes).unwrap_or_default();
    let any = |name: &'static str| fields.each(name).next().and_then(header::any_mailbox);
    let original = [
        "x-microsoft-original-message-id",
        "x-google-original-message-id",
        "x-original-message-id",
    ];
    Letter {
        from: boxes(HeaderName::From).into_iter().next().or_else(|| any("from")),
        sender: boxes(HeaderName::Sender).into_iter().next().or_else(|| any("sender")),
        reply_to: boxes(HeaderName::ReplyTo),
        to: boxes(HeaderName::To),
        cc: boxes(HeaderName::Cc),
        subject: fields.text("subject").unwrap_or_default(),
        message_ids: fields.ids("message-id"),
        original_message_id: original.iter().find_map(|name| fields.ids(name).into_iter().next()),
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        date: first(HeaderName::Date).and_then(header::date),
        thread_index: fields.each("thread-index").next().and_then(thread_index),
        thread_topic: fields.text("thread-topic"),
        list_id: fields.text("list-id"),
        return_path_is_null: fields.each("return-path").any(|raw| header::unfolded(raw) == "<>"),
        signals: signals_of(&fields),
        ..Letter::default()
    }
}

fn thread_index(raw: &[u8]) -> Option<Vec<u8>> {
    let packed: Vec<u8> = raw
        .iter()
        .copied()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    base64_decode(&packed).filter(|index| !index.is_empty())
}

/// Whether a header of that name (in lower case) tells a machine from a person.
pub fn is_signal(name: &str) -> bool {
    const WHOLE: &[&str] = &["precedence", "content-type", "return-path", "user-agent", "feedback-id"];
    const BEGINNINGS: &[&str] = &[
        "auto",
        "x-auto",
        "x-mail-auto",
        "x-vacation",
        "x-failed-recipients",
        "x-mailer",
        "x-loop",
        "list-",
        "x-list",
        "x-ms-exchange-",
        "x-ticket",
        "x-glpi",
        "x-otrs",
        "x-rt-",
        "rt-",
        "x-zendesk",
        "x-zammad",
        "x-freshdesk",
        "x-freescout",
        "x-jira",
        "x-hubspot",
        "x-rationale",
        "x-qmail",
        "x-postfix",
        "x-challenge",
    ];
    WHOLE.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

fn signals_of(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let mut signals = BTreeMap::new();
    for (name, raw) in fields.iter().filter(|(name, _)| is_signal(name)) {
        if signals.len() >= SIGNALS_MAX {
            break;
        }
        let value = header::decoded(raw.get(..SIGNAL_OCTETS_MAX).unwrap_or(raw));
        signals.entry(name.to_string()).or_insert(value);
    }
    signals
}

#[cfg(test)]
mod tests {
    use crate::reading::parse::*;

    fn crlf(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    fn ids(ids: &[MessageId]) -> Vec<&str> {
        ids.iter().map(MessageId::as_str).collect()
    }

    const PLAIN: &str = "\
Return-Path: <claire@atelier.example>
Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0100
From: =?utf-8?Q?Claire_Mor=C3=A9l?= <Claire@Atelier.example>
To: Me <me@test.example>, other@test.example
Cc: boss@atelier.example
Reply-To: claire.private@mail.example
Subject: =?utf-8?Q?Re=3A_Facture_2026-0142_=E2=80=93?=
 suivi
Message-ID: <one@atelier.example>
In-Reply-To: <amiable.abc@test.example>
References: <root@test.example>
\t<amiable.abc@
 test.example>
Date: Thu, 5 Mar 2026 10:12:00 +0100
Thread-Index: AQHZAAECAwQFBgcICQoLDA0ODxAREhMUFRYX
Thread-Topic: Facture 2026-0142
X-Microsoft-Original-Message-ID: <two@atelier.example>
Precedence: bulk
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Bonjour,

Pay\u{e9} hier.
";

    #[test]
    fn a_plain_reply_is_taken_apart() {
        let letter = parse(&crlf(PLAIN));
        let from = letter.from.clone().unwrap();
        assert_eq!(
            (from.name.as_deref(), from.address.as_str()),
            (Some("Claire Morél"), "claire@atelier.example")
        );
        assert_eq!(letter.to.len(), 2);
        assert_eq!(letter.cc[0].address.as_str(), "boss@atelier.example");
        assert_eq!(letter.reply_to[0].address.as_str(), "claire.private@mail.example");
        assert_eq!(letter.subject, "Re: Facture 2026-0142 – suivi");
        assert_eq!(ids(&letter.message_ids), ["one@atelier.example"]);
        assert_eq!(
            letter.original_message_id.as_ref().unwrap().as_str(),
            "two@atelier.example"
        );
        assert_eq!(ids(&letter.in_reply_to), ["amiable.abc@test.example"]);
        assert_eq!(
            ids(&letter.references),
            ["root@test.example", "amiable.abc@test.example"],
            "folded inside an id"
        );
        assert_eq!(letter.date.unwrap().to_rfc3339(), "2026-03-05T10:12:00+01:00");
        assert_eq!(
            thread_index_root(letter.thread_index.as_ref().unwrap()).unwrap().len(),
            44
        );
        assert_eq!(letter.thread_topic.as_deref(), Some("Facture 2026-0142"));
        assert!(!letter.return_path_is_null);
        assert_eq!(letter.signals["precedence"], "bulk");
        assert_eq!(letter.text, "Bonjour,\n\nPayé hier.\n");
        assert_eq!((letter.doubt, letter.html, letter.attachments.len()), (None, None, 0));
    }

    #[test]
    fn a_header_alone_tells_the_same_about_the_header() {
        let whole = parse(&crlf(PLAIN));
        let (block, _) = split_header(PLAIN.as_bytes());
        let head = parse_header(block);
        assert_eq!((head.doubt, head.text.as_str()), (None, ""));
        assert_eq!(
            (head.from, head.subject, head.references, head.signals),
            (whole.from, whole.subject, whole.references, whole.signals)
        );
    }

    #[test]
    fn the_same_mail_is_recognised_wherever_it_turns_up() {
        let one = parse(&crlf(PLAIN)).content;
        let check = |from: &str, to: &str, same: bool| {
            let other = parse(&crlf(&PLAIN.replace(from, to))).content;
            assert_eq!(one == other, same, "{from:?} to {to:?}");
        };
        check(
            "Received: from a by b",
            "Delivered-To: me@test.example\nReceived: from c by d",
            true,
        ); // delivered twice
        check("Return-Path: <claire@atelier.example>\n", "", true); // a copy in another folder
        check(
            " =?utf-8?Q?Re=3A_Facture_2026-0142_=E2=80=93?=\n suivi",
            " =?utf-8?Q?Re=3A_Facture_2026-0142_=E2=80=93?= suivi",
            true,
        );
        check("hier", "demain", false); // the same id over another text
        check("<one@", "<other@", false);
        check("5 Mar 2026", "6 Mar 2026", false);
        assert_eq!(one, parse(PLAIN.as_bytes()).content, "line ends do not matter");
    }

    #[test]
    fn hostile_headers() {
        let check = |header: &str, expected: fn(&Letter) -> bool| {
            let letter = parse(&crlf(&format!("{header}\n\nBonjour\n")));
            assert!(expected(&letter), "{header:?} gave {letter:?}");
        };
        check("Message-ID: <a@b>\nMessage-ID: <c@d>", |l| {
            ids(&l.message_ids) == ["a@b", "c@d"]
        }); // in order
        check("Subject: x", |l| l.message_ids.is_empty() && l.from.is_none());
        check("References: =?utf-8?q?=3Ca=40b=3E?= <c@d>", |l| {
            ids(&l.references) == ["a@b", "c@d"]
        });
        check("References: <a@b>,<c@d>", |l| ids(&l.references) == ["a@b", "c@d"]);
        check("From: a@b.example\nFrom: c@d.example", |l| {
            l.from.as_ref().unwrap().address.as_str() == "a@b.example"
        });
        check("From: \"Claire\" claire@b.example", |l| {
            l.from.as_ref().unwrap().address.as_str() == "claire@b.example"
        });
        check("From: nobody", |l| l.from.is_none());
        check("Subject: a\u{7}b\u{200b}c", |l| l.subject == "a bc");
        check("Return-Path: <>", |l| l.return_path_is_null);
        check("Date: Thu, 31 Feb 2026 10:12:00 +0100", |l| l.date.is_none());
        check("Thread-Index: AQ==", |l| {
            thread_index_root(l.thread_index.as_ref().unwrap()).is_none()
        });
        check("Auto-Submitted: auto-replied\nAuto-Submitted: no", |l| {
            l.signals["auto-submitted"] == "auto-replied"
        });
    }

    #[test]
    fn hostile_structure_stays_cheap() {
        let nested_parts: String = (0..3000)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
            .collect();
        let nested_mails = "Content-Type: message/rfc822\n\n".repeat(100_000);
        let digests = "Content-Type: multipart/digest; boundary=b\n\n--b\n".repeat(50_000);
        let empty_parts = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}",
            "--b\n\n".repeat(1_000_000)
        );
        let headers = format!("{}\nText", "a:\n".repeat(2_000_000));
        let long_line = format!("Subject: x\n\n{}", "x".repeat(1_000_000));
        let long_header = format!("References: {}\n\nText", "<a@b>".repeat(1_000_000));
        let html = format!("Content-Type: text/html\n\n{}", "<div>".repeat(1_000_000));
        for (why, raw) in [
            ("parts", nested_parts),
            ("mails", nested_mails),
            ("digests", digests),
            ("empty parts", empty_parts),
            ("headers", headers),
            ("line", long_line),
            ("header", long_header),
            ("html", html),
        ] {
            let letter = parse(raw.as_bytes());
            assert!(letter.text.len() <= TEXT_OCTETS_MAX, "{why}");
            assert!(
                letter.references.len() <= 500 && letter.attachments.len() <= 100,
                "{why}"
            );
        }
    }
}
