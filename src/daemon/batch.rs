//! One batch of a folder's messages: headers of all, and what those that concern us are to us.

use std::collections::BTreeSet;

use crate::daemon::books::{Books, BooksError};
use crate::daemon::fetch::FetchError;
use crate::daemon::intake::{self, Interest, Known, Post};
use crate::daemon::look::look_at;
use crate::daemon::office::Office;
use crate::daemon::sweep_fault::SweepError;
use crate::model::arrival::Arrival;
use crate::reading::matching::Roll;
use crate::reading::parse::parse_header;
use crate::wires::imap::folders::Folder;
use crate::wires::imap::headers::HeaderItem;
use crate::wires::imap::naming::Role;
use crate::wires::imap::session::Imap;

/// What a batch holds. What is found may tie messages of the same batch that were passed over a moment before, so it is
/// gone through until nothing ties any more.
pub async fn read_batch(
    imap: &mut Imap,
    books: &mut Books,
    office: &Office,
    roll: &Roll,
    folder: &Folder,
    batch: &[u32],
) -> Result<Vec<Arrival>, SweepError> {
    let mut arrivals: Vec<Arrival> = Vec::new();
    let mut looked_at: BTreeSet<u32> = BTreeSet::new();
    loop {
        let before = arrivals.len();
        let left: Vec<u32> = batch.iter().copied().filter(|uid| !looked_at.contains(uid)).collect();
        let known = Known {
            books,
            roll,
            office,
            fresh: &arrivals,
        };
        for (post, interest) in interesting(imap, &known, folder, &left).await? {
            looked_at.insert(post.uid);
            let place = (folder.name.to_string(), post.uid);
            let failures = books.failures.get(&place).copied().unwrap_or(0);
            let known = Known {
                books,
                roll,
                office,
                fresh: &arrivals,
            };
            match look_at(imap, &known, &post, interest, failures).await {
                Ok(found) => arrivals.extend(found),
                Err(error) => {
                    if matches!(error, FetchError::Imap(_)) {
                        *books.failures.entry(place).or_default() += 1;
                    }
                    return Err(error.into());
                }
            }
        }
        let ties = arrivals
            .iter()
            .skip(before)
            .any(|arrival| arrival.what.conversation().is_some());
        if !ties || looked_at.len() == batch.len() {
            return Ok(arrivals);
        }
    }
}

/// Fetches headers and keeps those that concern us. A message that is there and does not show its header leaves the
/// folder unread: it may be anybody's.
async fn interesting(
    imap: &mut Imap,
    known: &Known<'_>,
    folder: &Folder,
    uids: &[u32],
) -> Result<Vec<(Post, Interest)>, SweepError> {
    let role = folder.role;
    let (mut posts, mut fault) = (Vec::new(), None);
    let mut take = |item: HeaderItem| {
        let post = post_of(item, role);
        match intake::interest(&post, known) {
            Ok(Interest::Nothing) => {}
            Ok(interest) => posts.push((post, interest)),
            Err(error) => fault = Some(error),
        }
    };
    let came = imap.headers(uids, &mut take).await?;
    let missing: Vec<u32> = uids.iter().copied().filter(|uid| !came.contains(uid)).collect();
    if let Some(first) = missing.iter().min() {
        let there = imap.uids_from(*first).await?;
        let asked: Vec<u32> = missing.into_iter().filter(|uid| there.contains(uid)).collect();
        let came = imap.headers(&asked, &mut take).await?;
        if asked.iter().any(|uid| !came.contains(uid)) {
            return Err(SweepError::Folders(vec![folder.name.to_string()]));
        }
    }
    posts.sort_by_key(|(post, _): &(Post, Interest)| post.uid);
    match fault {
        Some(error) => Err(SweepError::Books(BooksError::Index(error))),
        None => Ok(posts),
    }
}

fn post_of(item: HeaderItem, role: Option<Role>) -> Post {
    let is_draft = role == Some(Role::Drafts) || item.flags.iter().any(|flag| flag.eq_ignore_ascii_case("\\Draft"));
    Post {
        uid: item.uid,
        octets: item.octets,
        at: item.internal_date,
        thread: item.thread,
        is_draft,
        // A copy that the user threw away still proves that it was sent; one that was delivered proves nothing.
        from_outside: matches!(role, Some(Role::Inbox | Role::Junk)),
        header: parse_header(&item.header),
    }
}
