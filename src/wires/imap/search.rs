//! Which messages of the open folder are asked for, by their UIDs.

use chrono::NaiveDate;
use imap_proto::{MailboxDatum, Response};

use crate::model::message_id::MessageId;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::naming::quoted;
use crate::wires::imap::session::Imap;

impl Imap {
    /// Those that arrived on that day or later, by the server's clock and day (RFC 3501, SINCE).
    pub async fn uids_since(&mut self, date: NaiveDate) -> Result<Vec<u32>, ImapError> {
        self.search(&format!("SINCE {}", date.format("%-d-%b-%Y"))).await
    }

    /// Those with that UID or a higher one. (`first:*` also names the last message, however low its UID: left out here.)
    pub async fn uids_from(&mut self, first: u32) -> Result<Vec<u32>, ImapError> {
        let first = first.max(1); // there is no UID 0, and servers refuse to look for it
        let mut uids = self.search(&format!("UID {first}:*")).await?;
        uids.retain(|uid| *uid >= first);
        Ok(uids)
    }

    /// Those whose Message-ID may be this one. Servers search unreliably (Gmail misses some, others find parts): the
    /// caller compares the headers, and does not take an empty answer for a proof of absence.
    pub async fn uids_by_message_id(&mut self, id: &MessageId) -> Result<Vec<u32>, ImapError> {
        // A search finds parts of headers, so the longest part in ASCII finds an id that is not all ASCII.
        let runs = id.as_str().split(|c: char| !c.is_ascii_graphic());
        let part = runs.max_by_key(|run| run.len()).unwrap_or_default();
        // iCloud dislikes quotes where an atom would do.
        let is_atom = !part.is_empty() && !part.contains(['(', ')', '{', '%', '*', '"', '\\', ']']);
        let part = if is_atom { part.to_string() } else { quoted(part) };
        self.search(&format!("HEADER Message-ID {part}")).await
    }

    async fn search(&mut self, keys: &str) -> Result<Vec<u32>, ImapError> {
        let doing = format!("SEARCH in {}", self.folder);
        let mut uids: Vec<u32> = Vec::new();
        let mut each = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                uids.extend(found);
            }
            Ok(())
        };
        self.dialogue
            .command(&doing, &format!("UID SEARCH {keys}"), &mut each)
            .await?;
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }
}

/// Sets of at most `uids_max` UIDs, as short as ranges make them: `4:7,9`. Each stays below 1,000 octets (RFC 7162, 4).
pub fn uid_sets(sorted: &[u32], uids_max: usize) -> Vec<String> {
    const SET_OCTETS_MAX: usize = 900;
    let mut sets = Vec::new();
    for chunk in sorted.chunks(uids_max.max(1)) {
        let mut set = String::new();
        for range in chunk.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
            let text = match range {
                [only] => only.to_string(),
                [first, .., last] => format!("{first}:{last}"),
                [] => continue,
            };
            if set.len() + text.len() > SET_OCTETS_MAX {
                sets.push(std::mem::take(&mut set));
            }
            if !set.is_empty() {
                set.push(',');
            }
            set.push_str(&text);
        }
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use crate::wires::imap::search::*;

    #[test]
    fn sets_are_short_and_complete() {
        let check = |uids: &[u32], max, expected: &[&str]| assert_eq!(uid_sets(uids, max), expected);
        check(&[], 10, &[]);
        check(&[7], 10, &["7"]);
        check(&[4, 5, 6, 9, 11, 12], 10, &["4:6,9,11:12"]);
        check(&[1, 2, 3, 4], 3, &["1:3", "4"]);
        check(&[u32::MAX - 1, u32::MAX], 3, &["4294967294:4294967295"]);
    }

    #[test]
    fn scattered_uids_make_several_lines() {
        let uids: Vec<u32> = (0..1000).map(|n| 1_000_000 + 2 * n).collect();
        let sets = uid_sets(&uids, 1000);
        assert!(sets.len() > 1 && sets.iter().all(|set| set.len() < 1000));
        let back: Vec<u32> = sets
            .iter()
            .flat_map(|set| set.split(','))
            .map(|uid| uid.parse().unwrap())
            .collect();
        assert_eq!(back, uids);
    }
}
