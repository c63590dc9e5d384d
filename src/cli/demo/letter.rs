//! Mails as customers, machines and the user himself write them.

use anyhow::Context;
use chrono::{DateTime, FixedOffset};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use mail_parser::MessageParser;

/// A mail of somebody, before it is put into bytes.
#[derive(Debug, Clone)]
pub struct Letter {
    /// `Name <address>` or an address.
    pub from: String,
    /// Likewise.
    pub to: String,
    /// Unencoded.
    pub subject: String,
    /// The `Date` header.
    pub date: DateTime<FixedOffset>,
    /// With its angle brackets.
    pub message_id: String,
    /// The chain of the conversation, oldest first, with angle brackets; the last one goes into `In-Reply-To`.
    pub references: Vec<String>,
    /// Plain text, lines ended by `\n`.
    pub body: String,
    /// A PDF and its file name.
    pub attachment: Option<(String, Vec<u8>)>,
}

impl Letter {
    /// The mail as bytes (RFC 5322), lines ended by CRLF.
    ///
    /// # Errors
    /// An address that is none.
    pub fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        let mut builder = Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(&self.to)?)
            .subject(&self.subject)
            .date(self.date.into())
            .message_id(Some(self.message_id.clone()));
        if let Some(last) = self.references.last() {
            builder = builder.in_reply_to(last.clone()).references(self.references.join(" "));
        }
        let text = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(self.body.clone());
        let message = match &self.attachment {
            None => builder.singlepart(text),
            Some((name, bytes)) => {
                let pdf = ContentType::parse("application/pdf").context("naming the type of an attachment")?;
                let file = Attachment::new(name.clone()).body(bytes.clone(), pdf);
                builder.multipart(MultiPart::mixed().singlepart(text).singlepart(file))
            }
        };
        Ok(message.context("putting a mail together")?.formatted())
    }

    /// The answer that `from` gives to `parent`: same subject, threading headers, the parent quoted below as mail programs do.
    ///
    /// # Errors
    /// A parent that cannot be parsed or has no Message-ID.
    pub fn answer(parent: &[u8], from: &str, date: DateTime<FixedOffset>, body: &str) -> anyhow::Result<Letter> {
        let parsed = MessageParser::default()
            .parse(parent)
            .context("parsing the mail to answer")?;
        let parent_id = bracketed(parsed.message_id().context("the mail to answer has no Message-ID")?);
        let mut references: Vec<String> = match parsed.references().as_text_list() {
            Some(list) => list.iter().map(|id| bracketed(id)).collect(),
            None => Vec::new(),
        };
        references.push(parent_id);
        let subject = parsed.subject().unwrap_or_default();
        let writer = parsed
            .from()
            .and_then(|list| list.first())
            .and_then(|one| one.address())
            .unwrap_or_default();
        let quoted: String = parsed
            .body_text(0)
            .unwrap_or_default()
            .lines()
            .map(|line| format!("> {line}\n"))
            .collect();
        Ok(Letter {
            from: from.to_owned(),
            to: writer.to_owned(),
            subject: if subject.starts_with("Re:") {
                subject.to_owned()
            } else {
                format!("Re: {subject}")
            },
            date,
            message_id: own_id(from, date, references.len(), body),
            references,
            body: format!(
                "{body}\n\nLe {}, {writer} a écrit :\n{quoted}",
                date.format("%d/%m/%Y à %H:%M")
            ),
            attachment: None,
        })
    }
}

/// The same mail with more header lines in front, for what the builder does not know (`Auto-Submitted: auto-replied`).
pub fn with_headers(raw: &[u8], lines: &[&str]) -> Vec<u8> {
    let mut out: Vec<u8> = lines
        .iter()
        .flat_map(|line| format!("{line}\r\n").into_bytes())
        .collect();
    out.extend_from_slice(raw);
    out
}

/// What a mail system writes when it cannot deliver `parent` to `recipient` (RFC 3464).
///
/// # Errors
/// A parent that cannot be parsed.
pub fn bounce(parent: &[u8], recipient: &str, date: DateTime<FixedOffset>) -> anyhow::Result<Vec<u8>> {
    let parsed = MessageParser::default()
        .parse(parent)
        .context("parsing the mail that bounces")?;
    let writer = parsed
        .from()
        .and_then(|list| list.first())
        .and_then(|one| one.address())
        .unwrap_or_default();
    let end_of_headers = parent
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(parent.len());
    let headers = String::from_utf8_lossy(parent.get(..end_of_headers).unwrap_or(parent));
    let domain = recipient.rsplit('@').next().unwrap_or_default();
    let text = format!(
        "From: Mail Delivery System <MAILER-DAEMON@{domain}>\nTo: {writer}\n\
         Subject: Undelivered Mail Returned to Sender\nDate: {date}\nMessage-ID: {id}\nAuto-Submitted: auto-replied\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"parts\"\n\n\
         --parts\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system at host mx.{domain}.\n\n\
         I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n\
         <{recipient}>: host mx.{domain} said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n\n\
         --parts\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.{domain}\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n\
         --parts\nContent-Type: text/rfc822-headers\n\n{headers}\n\n--parts--\n",
        date = date.to_rfc2822(),
        id = own_id(&format!("daemon@{domain}"), date, 0, recipient),
    );
    Ok(text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes())
}

/// A Message-ID of that writer, the same for the same letter.
fn own_id(from: &str, date: DateTime<FixedOffset>, place: usize, body: &str) -> String {
    let domain = from.rsplit('@').next().unwrap_or_default().trim_end_matches('>');
    let sum = body
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("<{}.{place}.{sum:08x}@{domain}>", date.timestamp())
}

fn bracketed(id: &str) -> String {
    format!("<{}>", id.trim_matches(['<', '>']))
}

fn mailbox(text: &str) -> anyhow::Result<Mailbox> {
    text.parse().with_context(|| format!("{text} is not an address"))
}
