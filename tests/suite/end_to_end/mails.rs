//! Mails put together by hand, and looked into.

use amiable::cli::demo::letter::Letter;
use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, Utc};
use mail_parser::{Message, MessageParser, MimeHeaders};

use crate::mailhost::ME;

/// Today where the user lives.
pub fn today() -> NaiveDate {
    Utc::now().with_timezone(&chrono_tz::Europe::Paris).date_naive()
}

/// What the user's clock will show in so many minutes.
pub fn clock_in(minutes: i64) -> NaiveTime {
    let at = Utc::now() + Duration::minutes(minutes);
    at.with_timezone(&chrono_tz::Europe::Paris).time()
}

pub fn days_ago(days: u64) -> NaiveDate {
    today().checked_sub_days(Days::new(days)).unwrap()
}

pub fn in_days(days: u64) -> NaiveDate {
    today().checked_add_days(Days::new(days)).unwrap()
}

/// Ten in the morning of a day, as an INTERNALDATE or a Date header.
pub fn morning(day: NaiveDate) -> DateTime<FixedOffset> {
    day.and_hms_opt(9, 0, 0).unwrap().and_utc().fixed_offset()
}

pub fn now() -> DateTime<FixedOffset> {
    Utc::now().fixed_offset()
}

/// A mail in plain UTF-8 with these header lines; `Date` and the MIME lines are added.
pub fn mail(headers: &[&str], body: &str) -> Vec<u8> {
    let kind = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit";
    let date = now().to_rfc2822();
    let text = format!("{}\r\nDate: {date}\r\n{kind}\r\n\r\n{body}\r\n", headers.join("\r\n"));
    crlf(&text)
}

/// The same text with the line ends of mail.
pub fn crlf(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
}

/// What `from` writes in answer to one of our mails, the quotation below.
pub fn answer(parent: &[u8], from: &str, body: &str) -> Vec<u8> {
    Letter::answer(parent, from, now(), body).unwrap().bytes().unwrap()
}

/// A mail from a customer that belongs to no conversation.
pub fn alone(from: &str, subject: &str, id: &str, body: &str) -> Vec<u8> {
    let lines = [
        format!("From: {from}"),
        format!("To: {ME}"),
        format!("Subject: {subject}"),
        format!("Message-ID: <{id}>"),
    ];
    mail(&lines.each_ref().map(String::as_str), body)
}

pub fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

/// A header's raw value on one line; empty where there is none.
pub fn header(raw: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(raw);
    let head = text.split("\r\n\r\n").next().unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = unfolded
        .lines()
        .find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
    line.and_then(|line| line.split_once(':'))
        .map_or(String::new(), |(_, value)| value.trim().to_owned())
}

/// The ids of a header, without brackets.
pub fn ids(raw: &[u8], name: &str) -> Vec<String> {
    let value = header(raw, name);
    let ids = value
        .split_whitespace()
        .map(|id| id.trim_matches(['<', '>']).to_owned());
    ids.collect()
}

/// The one id of a mail, without brackets.
pub fn id_of(raw: &[u8]) -> String {
    ids(raw, "Message-ID").remove(0)
}

/// The text that a mail program shows.
pub fn text_of(raw: &[u8]) -> String {
    parsed(raw).body_text(0).unwrap_or_default().into_owned()
}

/// Names and contents of the files that hang on a mail.
pub fn files_of(raw: &[u8]) -> Vec<(String, Vec<u8>)> {
    let message = parsed(raw);
    let files = message.attachments().map(|part| {
        let name = part.attachment_name().unwrap_or_default().to_owned();
        (name, part.contents().to_vec())
    });
    files.collect()
}
