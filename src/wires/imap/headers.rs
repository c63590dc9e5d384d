//! Headers, sizes and dates of many messages, one at a time, so that fifty thousand need no more memory than one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

use crate::wires::imap::dialogue::protocol;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::search::uid_sets;
use crate::wires::imap::session::Imap;

/// What is asked of a header: who, to whom, when, in which conversation, and whether a machine wrote it.
pub const FIELDS: &str = "From Sender Reply-To To Cc Date Subject Message-ID In-Reply-To References Thread-Index \
    Thread-Topic Auto-Submitted Precedence X-Autoreply X-Autorespond X-Auto-Response-Suppress X-Failed-Recipients \
    Return-Path List-Id Content-Type X-Microsoft-Original-Message-ID";
/// More of a header is not passed on; the fields above seldom need a hundredth of it.
pub const HEADER_OCTETS_MAX: usize = 256 * 1024;
/// So many messages a command: a failure costs little, and servers answer without long preparation.
const UIDS_PER_COMMAND: usize = 1000;

/// What is known of a message before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderItem {
    /// In the open folder.
    pub uid: u32,
    /// RFC822.SIZE.
    pub octets: u32,
    /// When it arrived, by the server's clock.
    pub internal_date: DateTime<Utc>,
    /// `\Seen` and the like.
    pub flags: Vec<String>,
    /// The fields of [`FIELDS`], raw, with the empty line at their end.
    pub header: Vec<u8>,
    /// The header was longer than [`HEADER_OCTETS_MAX`], and is cut there.
    pub header_cut: bool,
    /// The server's own conversation id: Gmail's X-GM-THRID, THREADID (RFC 8474) elsewhere.
    pub thread: Option<String>,
    /// Gmail's X-GM-MSGID: the same message under another label has the same.
    pub gmail_id: Option<u64>,
}

impl Imap {
    /// Fetches the headers of these UIDs in the open folder, and hands each to `each` as it comes, each once.
    ///
    /// Returns the UIDs that came: one that did not may have been deleted meanwhile, or must be asked for again.
    pub async fn headers(
        &mut self,
        uids: &[u32],
        each: &mut (dyn FnMut(HeaderItem) + Send),
    ) -> Result<BTreeSet<u32>, ImapError> {
        let doing = format!("FETCH in {}", self.folder);
        let asked: BTreeSet<u32> = uids.iter().copied().filter(|uid| *uid > 0).collect();
        let sorted: Vec<u32> = asked.iter().copied().collect();
        let mut came = BTreeSet::new();
        for set in uid_sets(&sorted, UIDS_PER_COMMAND) {
            let line = format!("UID FETCH {set} ({})", self.header_items());
            let mut take = |response: &Response<'_>| {
                if let Response::Fetch(_, attributes) = response
                    && let Some(item) = header_item(attributes, &doing)?
                    && asked.contains(&item.uid)
                    && came.insert(item.uid)
                {
                    each(item);
                }
                Ok(())
            };
            match self.dialogue.command(&doing, &line, &mut take).await {
                Ok(_) => {}
                // Somebody deletes at this moment (RFC 5530): what did not come is missing in the answer, and that says it.
                Err(ImapError::No { code: Some(code), .. }) if code == "EXPUNGEISSUED" => {}
                Err(error) => return Err(error),
            }
        }
        Ok(came)
    }

    fn header_items(&self) -> String {
        let thread = if self.has("X-GM-EXT-1") {
            "X-GM-MSGID X-GM-THRID "
        } else if self.has("OBJECTID") {
            "THREADID "
        } else {
            ""
        };
        format!("UID FLAGS INTERNALDATE RFC822.SIZE {thread}BODY.PEEK[HEADER.FIELDS ({FIELDS})]")
    }
}

/// The item, unless this response is about something else: an unasked flag change has no header and no size.
fn header_item(attributes: &[AttributeValue<'_>], doing: &str) -> Result<Option<HeaderItem>, ImapError> {
    let (mut uid, mut octets, mut date, mut header) = (None, None, None, None);
    let (mut flags, mut thread, mut gmail_id) = (Vec::new(), None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::Rfc822Size(value) => octets = Some(*value),
            AttributeValue::InternalDate(text) => date = Some(text),
            AttributeValue::Flags(list) => flags = list.iter().map(|flag| flag.to_string()).collect(),
            AttributeValue::GmailThrId(id) => thread = Some(id.to_string()),
            AttributeValue::ThreadId(id) => thread = id.as_ref().map(|id| id.to_string()),
            AttributeValue::GmailMsgId(id) => gmail_id = Some(*id),
            AttributeValue::BodySection {
                section: Some(SectionPath::Full(MessageSection::Header)),
                data,
                ..
            } => header = Some(data.as_deref().unwrap_or_default()),
            _ => {}
        }
    }
    let (Some(uid), Some(octets), Some(date), Some(header)) = (uid, octets, date, header) else {
        return Ok(None);
    };
    Ok(Some(HeaderItem {
        uid,
        octets,
        internal_date: internal_date(date).ok_or_else(|| protocol(doing, "INTERNALDATE is not a date"))?,
        flags,
        header: header.get(..HEADER_OCTETS_MAX).unwrap_or(header).to_vec(),
        header_cut: header.len() > HEADER_OCTETS_MAX,
        thread,
        gmail_id,
    }))
}

/// ` 7-Jul-1996 02:44:25 -0700` (RFC 3501, date-time); some servers leave out the blank or the zone.
fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = DateTime::parse_from_str(text, "%d-%b-%Y %H:%M:%S %z")
        .ok()
        .map(|date| date.to_utc());
    zoned.or_else(|| {
        let naive = chrono::NaiveDateTime::parse_from_str(text, "%d-%b-%Y %H:%M:%S").ok()?;
        Some(naive.and_utc())
    })
}

#[cfg(test)]
mod tests {
    use crate::wires::imap::headers::*;

    #[test]
    fn internal_dates_are_read_to_the_second() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                internal_date(text).map(|date| date.to_rfc3339()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("17-Jul-2026 02:44:25 -0700", Some("2026-07-17T09:44:25+00:00"));
        check(" 7-Jul-2026 02:44:25 +0200", Some("2026-07-07T00:44:25+00:00")); // a blank for the missing digit
        check("7-Jul-2026 02:44:25 +0200", Some("2026-07-07T00:44:25+00:00"));
        check("17-Jul-2026 02:44:25", Some("2026-07-17T02:44:25+00:00"));
        check("yesterday", None);
    }
}
