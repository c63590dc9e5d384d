//! A finished mail as octets (RFC 5322, MIME): what stands in its headers can never become another header.
//!
//! No clock and no randomness: the boundary comes from the Message-ID, so the same letter has the same bytes.

use chrono::{DateTime, FixedOffset};
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Body, Mailbox as Recipient, Message, MessageBuilder, MultiPart, SinglePart};
use std::time::SystemTime;

use crate::model::address::{Address, Mailbox};
use crate::model::message_id::MessageId;
use crate::writing::clean;
use crate::writing::fault::WritingFault;

/// A name beside an address; folding happens at blanks only, so it must fit a line by itself.
const NAME_CHARS_MAX: usize = 120;
/// A subject that no person writes is cut.
const SUBJECT_CHARS_MAX: usize = 400;
/// A word of a header that is longer would not fold; it is encoded instead.
const WORD_OCTETS_MAX: usize = 60;

/// A file that goes with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachedFile<'a> {
    /// Its name, without folders.
    pub name: &'a str,
    /// Such as `application/pdf`; what is not a plain media type becomes `application/octet-stream`.
    pub media_type: &'a str,
    /// What it holds.
    pub octets: &'a [u8],
}

/// Everything that a mail is made of.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// The user.
    pub from: Mailbox,
    /// At least one.
    pub to: &'a [Mailbox],
    /// Any.
    pub cc: &'a [Mailbox],
    /// Decoded.
    pub subject: &'a str,
    /// With the user's own offset.
    pub date: DateTime<FixedOffset>,
    /// Known beforehand.
    pub message_id: &'a MessageId,
    /// The conversation it belongs to.
    pub thread: Thread,
    /// No person had a hand in it: `Auto-Submitted: auto-generated` (RFC 3834, 5).
    pub auto_generated: bool,
    /// Plain text as format=flowed (RFC 3676), CRLF ended.
    pub flowed: String,
    /// The same in HTML.
    pub html: Option<String>,
    /// At most one file.
    pub attachment: Option<AttachedFile<'a>>,
}

/// The threading headers, as they stand in a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// One id in brackets.
    pub in_reply_to: Option<String>,
    /// Ids in brackets, folded.
    pub references: Option<String>,
    /// Decoded.
    pub topic: Option<String>,
    /// Base64.
    pub index: Option<String>,
}

/// The octets of the mail, CRLF ended, no line over 998.
pub fn octets(letter: &Letter) -> Result<Vec<u8>, WritingFault> {
    if letter.to.is_empty() {
        return Err(WritingFault::NoRecipient);
    }
    let mut builder = Message::builder().from(recipient(&letter.from)?);
    for mailbox in letter.to {
        builder = builder.to(recipient(mailbox)?);
    }
    for mailbox in letter.cc {
        builder = builder.cc(recipient(mailbox)?);
    }
    // The builder would read the clock for want of a date it knows; ours, with its offset, replaces this one below.
    builder = builder
        .date(SystemTime::UNIX_EPOCH)
        .message_id(Some(letter.message_id.in_brackets()));
    builder = threaded(
        builder.raw_header(text_header("Subject", letter.subject)),
        &letter.thread,
    );
    if letter.auto_generated {
        builder = builder.raw_header(encoded_header("Auto-Submitted", "auto-generated"));
    }
    let failed = |error: lettre::error::Error| WritingFault::Assembly {
        detail: error.to_string(),
    };
    let mut message = match body(letter)? {
        Content::One(part) => builder.header(MIME_VERSION_1_0).singlepart(part).map_err(failed)?,
        Content::Several(parts) => builder.header(MIME_VERSION_1_0).multipart(parts).map_err(failed)?,
    };
    message
        .headers_mut()
        .insert_raw(encoded_header("Date", &letter.date.to_rfc2822()));
    Ok(message.formatted())
}

/// The headers of the conversation.
fn threaded(mut builder: MessageBuilder, thread: &Thread) -> MessageBuilder {
    let encoded = [
        ("In-Reply-To", &thread.in_reply_to),
        ("References", &thread.references),
        ("Thread-Index", &thread.index),
    ];
    for (name, value) in encoded {
        if let Some(value) = value {
            builder = builder.raw_header(encoded_header(name, value));
        }
    }
    match &thread.topic {
        Some(topic) => builder.raw_header(text_header("Thread-Topic", topic)),
        None => builder,
    }
}

/// A header whose value is ASCII and folded already.
fn encoded_header(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_string(), value.to_string())
}

/// A header of free text, encoded (RFC 2047) where it has to be.
fn text_header(name: &'static str, text: &str) -> HeaderValue {
    let text = clean::line(text, SUBJECT_CHARS_MAX);
    let plain = text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() <= WORD_OCTETS_MAX);
    if plain && !text.contains("  ") {
        return HeaderValue::new(HeaderName::new_from_ascii_str(name), text);
    }
    encoded_header(name, &encoded_words(&text))
}

/// The whole text as encoded words, so that blanks, and what looks encoded already, come back as they were.
///
/// An encoded word has at most 75 octets (RFC 2047, 2) and whole characters.
fn encoded_words(text: &str) -> String {
    const CHUNK_OCTETS_MAX: usize = 42; // 56 octets of base64, with room for the name of the header
    let mut chunks = vec![String::new()];
    for c in text.chars() {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + c.len_utf8() <= CHUNK_OCTETS_MAX => chunk.push(c),
            _ => chunks.push(c.to_string()),
        }
    }
    let encode = |chunk: &String| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, chunk);
    let words: Vec<String> = chunks
        .iter()
        .map(|chunk| format!("=?utf-8?B?{}?=", encode(chunk)))
        .collect();
    words.join("\r\n ")
}

/// An address with its name, both fit for a header.
fn recipient(mailbox: &Mailbox) -> Result<Recipient, WritingFault> {
    let name = mailbox
        .name
        .as_deref()
        .map(|name| clean::line(name, NAME_CHARS_MAX))
        .filter(|name| !name.is_empty());
    let refuse = || WritingFault::Address {
        domain: mailbox.address.domain().to_string(),
    };
    let address = as_ascii(&mailbox.address).ok_or_else(refuse)?;
    let address = address.parse::<lettre::Address>().map_err(|_| refuse())?;
    Ok(Recipient::new(name, address))
}

/// Only what every server takes: SMTPUTF8 (RFC 6531) is not assumed.
fn as_ascii(address: &Address) -> Option<&str> {
    address.as_str().is_ascii().then_some(address.as_str())
}

/// One part or several.
enum Content {
    One(SinglePart),
    Several(MultiPart),
}

/// The parts in their order: text, HTML beside it, file after them.
fn body(letter: &Letter) -> Result<Content, WritingFault> {
    let text = text_part("text/plain; charset=utf-8; format=flowed", &letter.flowed)?;
    let words = match &letter.html {
        None => Content::One(text),
        Some(html) => {
            let twin = text_part("text/html; charset=utf-8", html)?;
            Content::Several(
                multipart("alternative", letter.message_id)?
                    .singlepart(text)
                    .singlepart(twin),
            )
        }
    };
    let Some(file) = &letter.attachment else {
        return Ok(words);
    };
    let whole = multipart("mixed", letter.message_id)?;
    let whole = match words {
        Content::One(part) => whole.singlepart(part),
        Content::Several(parts) => whole.multipart(parts),
    };
    Ok(Content::Several(whole.singlepart(file_part(file)?)))
}

/// Words as 7bit where every line is short and ASCII, else quoted-printable, which people can still read.
fn text_part(media_type: &str, text: &str) -> Result<SinglePart, WritingFault> {
    let body = Body::new_with_encoding(text.to_string(), ContentTransferEncoding::SevenBit)
        .or_else(|_| Body::new_with_encoding(text.to_string(), ContentTransferEncoding::QuotedPrintable))
        .map_err(|_| WritingFault::Assembly {
            detail: "a text part cannot be encoded".to_string(),
        })?;
    Ok(SinglePart::builder().header(content_type(media_type)?).body(body))
}

/// A file, always in base64.
fn file_part(file: &AttachedFile) -> Result<SinglePart, WritingFault> {
    let body = Body::new_with_encoding(file.octets.to_vec(), ContentTransferEncoding::Base64).map_err(|_| {
        WritingFault::Assembly {
            detail: "the attachment cannot be encoded".to_string(),
        }
    })?;
    let name: String = clean::line(file.name, NAME_CHARS_MAX)
        .chars()
        .map(|c| if matches!(c, '/' | '\\' | '"' | ':') { '_' } else { c })
        .collect();
    let name = if name.is_empty() {
        "attachment".to_string()
    } else {
        name
    };
    Ok(SinglePart::builder()
        .header(content_type(&plain_media_type(file.media_type))?)
        .header(ContentDisposition::attachment(&name))
        .body(body))
}

/// Type and subtype without parameters; composite types have rules of their own for encoding (RFC 2045, 6.4).
fn plain_media_type(claimed: &str) -> String {
    let bare = claimed.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        !part.is_empty() && part.len() <= 60 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.+_".contains(&b))
    };
    match bare.split_once('/') {
        Some(("multipart" | "message", _)) => "application/octet-stream".to_string(),
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) => bare,
        _ => "application/octet-stream".to_string(),
    }
}

/// An empty multipart whose boundary is derived from the Message-ID.
///
/// `=_` cannot stand in quoted-printable or base64 (RFC 2045, 6.7), and short 7bit text would have to know our id.
fn multipart(kind: &str, id: &MessageId) -> Result<MultiPart, WritingFault> {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("{kind} {id}"));
    let mark: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let media_type = content_type(&format!("multipart/{kind}; boundary=\"=_{mark}\""))?;
    Ok(MultiPart::builder().header(media_type).build())
}

/// A header made by ourselves.
fn content_type(text: &str) -> Result<ContentType, WritingFault> {
    ContentType::parse(text).map_err(|error| WritingFault::Assembly {
        detail: error.to_string(),
    })
}
