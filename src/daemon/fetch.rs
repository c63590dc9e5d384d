//! The body of a candidate: text parts for reading, the raw message for the archive, both in bounded pieces.

use crate::daemon::books::{Books, BooksError};
use crate::daemon::intake::Post;
use crate::model::digest::ContentDigest;
use crate::model::reading::Doubt;
use crate::reading::parse::{Letter, parse, parse_header};
use crate::wires::archive::Kind;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::session::Imap;

/// A message up to this size is fetched whole in one piece: most mails are, attachments aside.
const WHOLE_OCTETS_MAX: u32 = 256 * 1024;
/// Of each text part of a larger one, so much is read.
const PART_OCTETS_MAX: u32 = 256 * 1024;
/// Of a stranger's mail that only may quote us, so much is looked at.
const GLANCE_OCTETS_MAX: u32 = 64 * 1024;
/// A larger message is kept without its attachments.
const ARCHIVE_OCTETS_MAX: u32 = 25 * 1024 * 1024;
/// Text parts of one message that are read; more is not a letter.
const PARTS_MAX: usize = 8;
/// Servers misreport RFC822.SIZE; a little more than announced is still the whole message.
const SIZE_SLACK_OCTETS: u32 = 64 * 1024;

/// Why a body could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// The disk.
    #[error(transparent)]
    Books(#[from] BooksError),
}

/// A message as far as it was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Parsed.
    pub letter: Letter,
    /// Its bytes: all of them, or headers and text parts.
    raw: Vec<u8>,
    /// Whether `raw` is the whole message.
    whole: bool,
}

/// Fetches what is needed for reading; `None`: the message is gone.
///
/// `unstructured`: the server's account of its parts broke the connection before, so the beginning has to do.
pub async fn fetch(imap: &mut Imap, post: &Post, unstructured: bool) -> Result<Option<Fetched>, ImapError> {
    if post.octets <= WHOLE_OCTETS_MAX || unstructured {
        let limit = post.octets.min(WHOLE_OCTETS_MAX).saturating_add(SIZE_SLACK_OCTETS);
        let Some(raw) = imap.section(post.uid, "", 0, limit).await? else {
            return Ok(None);
        };
        let mut letter = parse(&raw);
        if raw.len() as u64 >= u64::from(limit) {
            letter.doubt = letter.doubt.or(Some(Doubt::Truncated));
        }
        return Ok(Some(Fetched {
            letter,
            raw,
            whole: !unstructured,
        }));
    }
    fetch_texts(imap, post).await
}

/// The beginning of a stranger's mail, to see whether it quotes us.
pub async fn glance(imap: &mut Imap, post: &Post) -> Result<Option<Letter>, ImapError> {
    let raw = imap.section(post.uid, "", 0, GLANCE_OCTETS_MAX).await?;
    Ok(raw.map(|raw| parse(&raw)))
}

/// Puts the message into the archive, under its content digest, before the journal names it.
pub async fn keep(imap: &mut Imap, post: &Post, fetched: &Fetched, books: &Books) -> Result<(), FetchError> {
    let name = &fetched.letter.content;
    if fetched.whole || post.octets > ARCHIVE_OCTETS_MAX {
        books
            .archive
            .put(Kind::Message, name, &fetched.raw)
            .map_err(BooksError::from)?;
        return Ok(());
    }
    let mut part = books.archive.begin().map_err(BooksError::from)?;
    let mut start = 0;
    while let Some(piece) = imap.section(post.uid, "", start, PART_OCTETS_MAX).await? {
        part.write(&piece).map_err(BooksError::from)?;
        let octets = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        start = start.saturating_add(octets);
        if octets < PART_OCTETS_MAX || start > ARCHIVE_OCTETS_MAX {
            break;
        }
    }
    part.finish(Kind::Message, name).map_err(BooksError::from)?;
    Ok(())
}

/// Headers and text parts of a large message, put together as a message of their own.
async fn fetch_texts(imap: &mut Imap, post: &Post) -> Result<Option<Fetched>, ImapError> {
    let Some(header) = imap.section(post.uid, "HEADER", 0, PART_OCTETS_MAX).await? else {
        return Ok(None);
    };
    let Some(parts) = imap.structure(post.uid).await? else {
        return Ok(None);
    };
    let boundary = format!("amiable-part-{}", post.uid);
    let mut raw = without_content_fields(&header);
    raw.extend_from_slice(format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n").as_bytes());
    let parts: Vec<_> = parts
        .iter()
        .filter(|part| part.is_readable() && !part.is_attachment)
        .collect();
    let mut truncated = false;
    for part in parts.iter().take(PARTS_MAX) {
        // A message of a single part has its fields in the message's own header (RFC 3501, 6.4.5).
        let fields = match imap
            .section(post.uid, &format!("{}.MIME", part.section), 0, PART_OCTETS_MAX)
            .await?
        {
            Some(fields) if !fields.is_empty() => fields,
            _ => content_fields(&header),
        };
        let Some(body) = imap.section(post.uid, &part.section, 0, PART_OCTETS_MAX).await? else {
            return Ok(None);
        };
        truncated |= body.len() as u64 >= u64::from(PART_OCTETS_MAX);
        raw.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        raw.extend_from_slice(fields.trim_ascii_end());
        raw.extend_from_slice(b"\r\n\r\n");
        raw.extend_from_slice(&body);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let mut letter = parse(&raw);
    // The boundary is of this folder's UID; the same mail in another folder is still the same mail.
    letter.content = ContentDigest::of(&[
        parse_header(&header).content.as_str().as_bytes(),
        letter.text.as_bytes(),
    ]);
    if truncated || parts.len() > PARTS_MAX {
        letter.doubt = Some(Doubt::Truncated);
    }
    Ok(Some(Fetched {
        letter,
        raw,
        whole: false,
    }))
}

/// A header block without what describes the body (RFC 2045, 3), and without its closing empty line.
fn without_content_fields(header: &[u8]) -> Vec<u8> {
    fields_where(header, |name| !is_content_field(name))
}

/// Only what describes the body.
fn content_fields(header: &[u8]) -> Vec<u8> {
    fields_where(header, is_content_field)
}

fn is_content_field(name: &[u8]) -> bool {
    name.to_ascii_lowercase().starts_with(b"content-") || name.eq_ignore_ascii_case(b"mime-version")
}

fn fields_where(header: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut out, mut taking) = (Vec::with_capacity(header.len()), false);
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            taking = wanted(name.trim_ascii());
        }
        if taking {
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::daemon::fetch::*;

    #[test]
    fn fields_are_told_apart_with_their_folded_lines() {
        let header = b"From: a@b.example\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nSubject: x\r\n\r\nbody";
        assert_eq!(without_content_fields(header), b"From: a@b.example\r\nSubject: x\r\n");
        assert_eq!(
            content_fields(header),
            b"Content-Type: text/plain;\r\n charset=utf-8\r\n"
        );
    }
}
