//! The disposable index over the journal: which case an id belongs to, which content was seen.
//!
//! sled 0.34 promises nothing after a power cut, so nothing here is the truth: every entry comes from a journal record,
//! entries and the number of the last record go in together, and an index that does not open is set aside and rebuilt.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::model::arrival::{Arrival, Found};
use crate::model::digest::ContentDigest;
use crate::model::event::{Event, Record};
use crate::model::follow_up::Purpose;
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;

/// Pages kept in memory; the index is small, and the daemon is to stay so.
const CACHE_OCTETS: u64 = 1024 * 1024;
/// Entries are flushed after so many records; what a crash loses is applied again from the journal.
const RECORDS_BETWEEN_FLUSHES: u64 = 256;
const APPLIED: &[u8] = b"applied";

/// Why the index cannot be used. Deleting its directory is always safe.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// sled refused or is damaged.
    #[error("the index in {} does not work: {why}; it is only a cache: delete the directory and start again", dir.display())]
    Broken {
        /// Its directory.
        dir: PathBuf,
        /// What sled says.
        why: String,
    },
    /// Its directory could not be moved aside.
    #[error("cannot set the damaged index {} aside: {source}; delete it by hand", dir.display())]
    SetAside {
        /// Its directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The last record whose entries are in the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Its number; 0: none.
    pub seq: u64,
    /// Its checksum, which tells an index of another journal.
    pub sum: String,
}

/// What ties a message to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    Id,
    Thread,
    Index,
}

/// The open index.
#[derive(Debug)]
pub struct Index {
    db: sled::Db,
    dir: PathBuf,
    unflushed: u64,
}

impl Index {
    /// Opens the index; one that does not open is set aside and begun anew. Tells where the old one went.
    pub fn open(dir: &Path) -> Result<(Index, Option<PathBuf>), IndexError> {
        match try_open(dir) {
            Ok(db) => Ok((
                Index {
                    db,
                    dir: dir.to_path_buf(),
                    unflushed: 0,
                },
                None,
            )),
            Err(_) => {
                let aside = set_aside(dir)?;
                let db = try_open(dir).map_err(|why| IndexError::Broken {
                    dir: dir.to_path_buf(),
                    why,
                })?;
                Ok((
                    Index {
                        db,
                        dir: dir.to_path_buf(),
                        unflushed: 0,
                    },
                    Some(aside),
                ))
            }
        }
    }

    /// Forgets everything, before it is built again from the journal's first record.
    pub fn clear(&mut self) -> Result<(), IndexError> {
        self.db.clear().map_err(|error| self.broken(error))
    }

    /// Up to which record it is built.
    pub fn applied(&self) -> Result<Applied, IndexError> {
        let Some(value) = self.db.get(APPLIED).map_err(|error| self.broken(error))? else {
            return Ok(Applied::default());
        };
        let text = String::from_utf8_lossy(&value);
        let (seq, sum) = text.split_once(' ').unwrap_or(("0", ""));
        Ok(Applied {
            seq: seq.parse().unwrap_or(0),
            sum: sum.to_string(),
        })
    }

    /// Adds the entries of the next record, and its number, in one step.
    pub fn apply(&mut self, record: &Record, sum: &str) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for key in keys_of(&record.event) {
            batch.insert(key, &[]);
        }
        batch.insert(APPLIED, format!("{} {sum}", record.seq).as_bytes());
        self.db.apply_batch(batch).map_err(|error| self.broken(error))?;
        self.unflushed += 1;
        if self.unflushed >= RECORDS_BETWEEN_FLUSHES {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Brings the index to the disk as far as sled can.
    pub fn flush(&mut self) -> Result<(), IndexError> {
        self.unflushed = 0;
        self.db.flush().map(|_| ()).map_err(|error| self.broken(error))
    }

    /// Whether a message of that content was found before, in whatever folder.
    pub fn has_seen(&self, content: &ContentDigest) -> Result<bool, IndexError> {
        self.db
            .contains_key(content_key(content))
            .map_err(|error| self.broken(error))
    }

    /// The cases whose conversations hold that id.
    pub fn cases_of_id(&self, id: &MessageId) -> Result<Vec<InvoiceNumber>, IndexError> {
        self.cases_of(Tie::Id, id.as_str())
    }

    /// The cases whose conversations have that thread id at the provider.
    pub fn cases_of_thread(&self, thread: &str) -> Result<Vec<InvoiceNumber>, IndexError> {
        self.cases_of(Tie::Thread, thread)
    }

    /// The cases whose conversations have that Thread-Index root.
    pub fn cases_of_index(&self, root: &str) -> Result<Vec<InvoiceNumber>, IndexError> {
        self.cases_of(Tie::Index, root)
    }

    fn cases_of(&self, tie: Tie, name: &str) -> Result<Vec<InvoiceNumber>, IndexError> {
        let prefix = tie_prefix(tie, name);
        let mut cases = Vec::new();
        for entry in self.db.scan_prefix(&prefix).keys() {
            let key = entry.map_err(|error| self.broken(error))?;
            let number = key
                .get(prefix.len()..)
                .and_then(|number| std::str::from_utf8(number).ok());
            cases.extend(number.and_then(InvoiceNumber::parse));
        }
        Ok(cases)
    }

    fn broken(&self, error: sled::Error) -> IndexError {
        IndexError::Broken {
            dir: self.dir.clone(),
            why: error.to_string(),
        }
    }
}

/// sled may panic over damaged files; that is an index that does not open, no more.
fn try_open(dir: &Path) -> Result<sled::Db, String> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(CACHE_OCTETS)
        .flush_every_ms(None);
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("sled panicked while opening it".to_string()),
    }
}

fn set_aside(dir: &Path) -> Result<PathBuf, IndexError> {
    let free = (1..u32::MAX)
        .map(|n| dir.with_extension(format!("damaged-{n}")))
        .find(|path| !path.exists());
    let aside = free.unwrap_or_else(|| dir.with_extension("damaged"));
    match fs::rename(dir, &aside) {
        Ok(()) => Ok(aside),
        Err(source) => Err(IndexError::SetAside {
            dir: dir.to_path_buf(),
            source,
        }),
    }
}

/// Every entry that a record adds: keys alone, the case at their end.
fn keys_of(event: &Event) -> Vec<Vec<u8>> {
    match event {
        Event::FolderRead { arrivals, .. } => arrivals.iter().flat_map(arrival_keys).collect(),
        Event::Prepared { outgoing } => match &outgoing.purpose {
            Purpose::FollowUp { case, .. } => {
                vec![
                    tie_key(Tie::Id, outgoing.message_id.as_str(), case),
                    content_key(&outgoing.content),
                ]
            }
            Purpose::Digest { .. } | Purpose::Notice { .. } => vec![content_key(&outgoing.content)],
        },
        _ => Vec::new(),
    }
}

fn arrival_keys(arrival: &Arrival) -> Vec<Vec<u8>> {
    let mut keys = vec![content_key(&arrival.content)];
    if let Found::OwnFollowUp { case, message_id, .. } = &arrival.what {
        keys.push(tie_key(Tie::Id, message_id.as_str(), case));
    }
    if let Some(case) = arrival.what.conversation() {
        keys.extend(arrival.message_id.iter().map(|id| tie_key(Tie::Id, id.as_str(), case)));
        keys.extend(
            arrival
                .keys
                .thread
                .iter()
                .map(|thread| tie_key(Tie::Thread, thread, case)),
        );
        keys.extend(arrival.keys.index.iter().map(|root| tie_key(Tie::Index, root, case)));
    }
    keys
}

fn content_key(content: &ContentDigest) -> Vec<u8> {
    [b"content\0".as_slice(), content.as_str().as_bytes()].concat()
}

fn tie_prefix(tie: Tie, name: &str) -> Vec<u8> {
    let kind: &[u8] = match tie {
        Tie::Id => b"id\0",
        Tie::Thread => b"thread\0",
        Tie::Index => b"index\0",
    };
    [kind, name.as_bytes(), b"\0"].concat()
}

fn tie_key(tie: Tie, name: &str, case: &InvoiceNumber) -> Vec<u8> {
    [tie_prefix(tie, name), case.as_str().as_bytes().to_vec()].concat()
}
