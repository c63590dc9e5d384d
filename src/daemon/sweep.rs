//! One sweep of the mailbox: every folder that changed is read to its end. A sweep without error is the fence.

use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;

use crate::daemon::batch::read_batch;
use crate::daemon::books::{Books, BooksError};
use crate::daemon::office::Office;
use crate::daemon::progress::Progress;
use crate::daemon::sweep_fault::SweepError;
use crate::model::arrival::Arrival;
use crate::model::event::{Event, Trouble};
use crate::model::invoice::InvoiceNumber;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::folders::{Folder, Status};
use crate::wires::imap::naming::Role;
use crate::wires::imap::session::Imap;
use crate::wires::providers::is_freemail;

/// Messages whose findings share one journal record: so much is read again after a crash.
const BATCH_UIDS_MAX: usize = 1000;
/// Folders are gone through until nothing new is found: mail comes in, and moves, while others are read. More often than
/// this only in a mailbox that never rests.
const PASSES_MAX: usize = 5;

/// What a sweep found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages that concern us, now in the journal.
    pub arrivals: usize,
}

/// One folder and how far it is known.
struct Reading<'a> {
    folder: &'a Folder,
    status: Status,
}

/// What reading one folder brought.
struct Read {
    arrivals: usize,
    /// Whether there was anything that had not been read before.
    is_new: bool,
}

/// Reads every folder that changed, Sent first (it holds the conversations that replies are tied to), and looks back
/// for cases that are new; then again, until a pass finds nothing. Returns without error only when nothing is left unread.
pub async fn sweep(
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
    progress: &mut dyn Progress,
) -> Result<Swept, SweepError> {
    let mut swept = Swept::default();
    let mut unreadable: Vec<String> = Vec::new();
    let mut folders = Vec::new();
    let new_cases: Vec<InvoiceNumber> = cases_to_look_back_for(books);
    for pass in 0..PASSES_MAX {
        let look_back = pass == 0 && !new_cases.is_empty();
        let mut is_new = false;
        folders = folders_to_read(imap).await?;
        for folder in folders
            .iter()
            .filter(|folder| !unreadable.contains(&folder.name.to_string()))
            .collect::<Vec<_>>()
        {
            match read_folder(imap, books, office, folder, look_back, progress).await {
                Ok(read) => {
                    swept.arrivals += read.arrivals;
                    is_new |= read.is_new;
                }
                Err(SweepError::Imap(error)) if error.is_refusal() => unreadable.push(folder.name.to_string()),
                Err(SweepError::Folders(folder)) => unreadable.extend(folder),
                Err(error) => return Err(error),
            }
        }
        if !is_new {
            break;
        }
    }
    progress.done();
    settle_troubles(books, office, &folders, &unreadable)?;
    if !unreadable.is_empty() {
        return Err(SweepError::Folders(unreadable));
    }
    if !new_cases.is_empty() {
        books.record(office.now(), Event::LookedBack { cases: new_cases })?;
    }
    Ok(swept)
}

/// Every selectable folder; at Gmail, whose labels are no folders, All Mail, Junk and Trash hold everything.
async fn folders_to_read(imap: &mut Imap) -> Result<Vec<Folder>, ImapError> {
    let mut folders = imap.folders().await?;
    let all_mail = imap.has("X-GM-EXT-1") && folders.iter().any(|folder| folder.role == Some(Role::All));
    folders.retain(|folder| {
        let kept = matches!(folder.role, Some(Role::Inbox | Role::All | Role::Junk | Role::Trash));
        folder.selectable && (!all_mail || kept)
    });
    folders.sort_by_key(|folder| match folder.role {
        Some(Role::Sent) => 0,
        Some(Role::All) => 1,
        Some(Role::Inbox) => 2,
        _ => 3,
    });
    Ok(folders)
}

fn cases_to_look_back_for(books: &Books) -> Vec<InvoiceNumber> {
    let cases = books.ledger.cases.values();
    cases
        .filter(|case| case.is_open() && !case.looked_back)
        .map(|case| case.invoice.number.clone())
        .collect()
}

/// Back to when the mailbox is read for new cases, or for all open ones where a folder's position is lost.
fn issued_since(books: &Books, only_new: bool) -> Option<NaiveDate> {
    let open = books
        .ledger
        .cases
        .values()
        .filter(|case| case.is_open() && !(only_new && case.looked_back));
    // A day earlier: SINCE compares days without their zone (RFC 3501, 6.4.4).
    open.map(|case| case.invoice.issued)
        .min()
        .map(|day| day.checked_sub_days(Days::new(1)).unwrap_or(day))
}

async fn read_folder(
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
    folder: &Folder,
    look_back: bool,
    progress: &mut dyn Progress,
) -> Result<Read, SweepError> {
    let name = folder.name.as_str();
    let position = books.ledger.positions.get(name).copied();
    let is_inbox = folder.role == Some(Role::Inbox);
    let mut status = match &folder.status {
        Some(status) => *status,
        None => imap.status(&folder.name).await?,
    };
    let read_to = position.filter(|position| position.uid_validity == status.uid_validity);
    let is_read = |next: u32, to: u32| next <= to.saturating_add(1);
    let unchanged = read_to.is_some_and(|read_to| status.uid_next.is_some_and(|next| is_read(next, read_to.uid_last)));
    let look_back = look_back && !books.looked_back.contains(&(name.to_string(), status.uid_validity));
    // The folder that is selected may be known to us later than to STATUS (RFC 3501, 6.3.10); INBOX is always looked into.
    if unchanged && !look_back && !is_inbox {
        return Ok(Read {
            arrivals: 0,
            is_new: false,
        });
    }
    status = imap.examine(&folder.name).await?;
    let read_to = position.filter(|position| position.uid_validity == status.uid_validity);
    let reading = Reading { folder, status };
    let mut arrivals = 0;
    let last = read_to.map(|read_to| read_to.uid_last);
    if look_back && let Some(read_to) = last {
        let old = uids_since(imap, issued_since(books, true)).await?;
        let old = old.into_iter().filter(|uid| *uid <= read_to).collect();
        arrivals += read_uids(imap, books, office, &reading, old, Some(read_to), progress).await?;
    }
    let end = end_of(imap, &reading).await?;
    let new = match last {
        Some(read_to) => with_unlisted(imap.uids_from(read_to.saturating_add(1)).await?, read_to, end),
        None => uids_since(imap, issued_since(books, false)).await?,
    };
    let is_new = !new.is_empty() || last.is_none();
    arrivals += read_uids(imap, books, office, &reading, new, None, progress).await?;
    let position = books
        .ledger
        .positions
        .get(name)
        .filter(|at| at.uid_validity == reading.status.uid_validity);
    // Where there was nothing to read, or nothing is left of it, the end is remembered all the same.
    if position.is_none_or(|at| at.uid_last < end) {
        record(books, office, &reading, end, Vec::new())?;
    }
    if look_back || last.is_none() {
        books
            .looked_back
            .insert((name.to_string(), reading.status.uid_validity));
    }
    Ok(Read { arrivals, is_new })
}

/// The highest UID that has been given out; without UIDNEXT, the highest that is there.
async fn end_of(imap: &mut Imap, reading: &Reading<'_>) -> Result<u32, ImapError> {
    match reading.status.uid_next {
        Some(next) => Ok(next.saturating_sub(1)),
        None => Ok(imap.uids_from(1).await?.into_iter().max().unwrap_or(0)),
    }
}

/// The UIDs that a search found, and those up to the folder's end that it did not name: deleted, as a rule, but a search
/// that lags behind would hide a mail for good. They are asked for by number.
fn with_unlisted(mut found: Vec<u32>, read_to: u32, end: u32) -> Vec<u32> {
    let last = found.iter().copied().max().unwrap_or(read_to);
    if end.saturating_sub(last) as usize <= BATCH_UIDS_MAX {
        found.extend(last.saturating_add(1)..=end);
    }
    found
}

/// The UIDs since a day; without a day there is no open case, and nothing to look for.
async fn uids_since(imap: &mut Imap, since: Option<NaiveDate>) -> Result<Vec<u32>, ImapError> {
    match since {
        Some(day) => imap.uids_since(day).await,
        None => Ok(Vec::new()),
    }
}

/// Reads messages in batches; position and findings move in one record. `keep_at`: the position stays where it is.
async fn read_uids(
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
    reading: &Reading<'_>,
    mut uids: Vec<u32>,
    keep_at: Option<u32>,
    progress: &mut dyn Progress,
) -> Result<usize, SweepError> {
    uids.sort_unstable();
    progress.begin(reading.folder.name.as_str(), uids.len());
    if uids.is_empty() {
        return Ok(0);
    }
    // Nothing that is found makes or ends a case: one roll serves every batch.
    let roll = books.roll(&office.config.me.aliases, is_freemail);
    let mut found = 0;
    for batch in uids.chunks(BATCH_UIDS_MAX) {
        let arrivals = read_batch(imap, books, office, &roll, reading.folder, batch).await?;
        found += arrivals.len();
        let end = keep_at.or(batch.last().copied()).unwrap_or(0);
        // Old mail without findings leaves nothing to write down.
        if keep_at.is_none() || !arrivals.is_empty() {
            record(books, office, reading, end, arrivals)?;
        }
        progress.advance(batch.len());
    }
    Ok(found)
}

fn record(
    books: &mut Books,
    office: &Office,
    reading: &Reading,
    uid_last: u32,
    arrivals: Vec<Arrival>,
) -> Result<(), BooksError> {
    let folder = reading.folder.name.to_string();
    let uid_validity = reading.status.uid_validity;
    books.record(
        office.now(),
        Event::FolderRead {
            folder,
            uid_validity,
            uid_last,
            arrivals,
        },
    )
}

/// Tells the journal of folders that cannot be read, and of those that can again.
fn settle_troubles(
    books: &mut Books,
    office: &Office,
    folders: &[Folder],
    unreadable: &[String],
) -> Result<(), BooksError> {
    for folder in unreadable {
        books.trouble_begins(office.now(), Trouble::Folder { folder: folder.clone() })?;
    }
    let standing: BTreeSet<String> = books
        .ledger
        .troubles
        .iter()
        .filter(|entry| entry.until.is_none())
        .filter_map(|entry| {
            if let Trouble::Folder { folder } = &entry.trouble {
                Some(folder.clone())
            } else {
                None
            }
        })
        .collect();
    let gone = |folder: &String| !folders.iter().any(|known| known.name.as_str() == folder);
    for folder in standing
        .iter()
        .filter(|folder| gone(folder) || !unreadable.contains(folder))
    {
        books.trouble_ends(office.now(), Trouble::Folder { folder: folder.clone() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::daemon::sweep::*;

    #[test]
    fn the_end_of_a_folder_is_reached_even_where_nothing_is_left_of_it() {
        let check = |found: &[u32], read_to: u32, end: u32, expected: &[u32]| {
            assert_eq!(
                with_unlisted(found.to_vec(), read_to, end),
                expected,
                "{found:?} after {read_to} to {end}"
            );
        };
        check(&[8, 9], 7, 9, &[8, 9]);
        check(&[], 7, 9, &[8, 9]); // both were moved away by a filter, or the search lags behind
        check(&[8], 7, 9, &[8, 9]);
        check(&[8, 10], 7, 9, &[8, 10]); // one more came after EXAMINE
        check(&[], 7, 7, &[]);
        check(&[], 7, 5_000, &[]); // too many to ask for by number; the end is noted all the same
    }
}
