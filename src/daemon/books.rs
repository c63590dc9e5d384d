//! The books: journal, archive and index of one account, and the ledger that is folded from them.

use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::daemon::log;
use crate::model::address::Address;
use crate::model::customer::{CustomerCard, CustomerId};
use crate::model::digest::ContentDigest;
use crate::model::event::{Event, Record, Trouble};
use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;
use crate::model::ledger::Ledger;
use crate::model::message_id::MessageId;
use crate::reading::matching::Roll;
use crate::wires::archive::{Archive, ArchiveError, Kind};
use crate::wires::index::{Applied, Index, IndexError};
use crate::wires::journal::{Journal, JournalError, TornTail};
use crate::wires::lock::{Lock, LockError, lock_directory};

/// Why the books cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The state directory cannot be made or protected.
    #[error("cannot prepare the state directory {}: {source}; check [state] dir", dir.display())]
    Directory {
        /// Which.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The journal was begun for another mailbox.
    #[error("the state in {} belongs to another address; give each account a [state] dir of its own", .0.display())]
    OtherAccount(PathBuf),
    /// Another process has the directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The truth cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A message or card cannot be read or written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The index cannot be set aside.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl BooksError {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        match self {
            BooksError::Directory { .. } => true,
            BooksError::OtherAccount(_) | BooksError::Index(_) => false,
            BooksError::Lock(error) => error.is_transient(),
            BooksError::Journal(error) => error.is_transient(),
            BooksError::Archive(error) => error.is_transient(),
        }
    }
}

/// What had to be mended while opening; each is worth a warning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// The journal's last line was torn.
    pub torn: Option<TornTail>,
    /// The index did not open and was set aside.
    pub index_aside: Option<PathBuf>,
}

impl Mended {
    /// Tells the user of it, in the log: whatever opened the books, a torn line is cut off only once.
    pub fn warn(&self) {
        if let Some(torn) = &self.torn {
            let kept_in = torn.kept_in.display();
            tracing::warn!(octets = torn.octets, %kept_in, "the journal's last line was torn and cut off");
        }
        if let Some(aside) = &self.index_aside {
            tracing::warn!(aside = %aside.display(), "the index did not open; it was set aside and built anew");
        }
    }
}

/// The open books. Whoever holds them is the one writer.
#[derive(Debug)]
pub struct Books {
    /// What stands.
    pub ledger: Ledger,
    /// Raw messages, words, cards.
    pub archive: Archive,
    /// Which case an id belongs to.
    pub index: Index,
    /// Every customer's card, as the ledger names it.
    pub cards: BTreeMap<CustomerId, CustomerCard>,
    /// How often reading a message (folder, UID) failed: it is read with less and less. Found out again after a restart.
    pub failures: BTreeMap<(String, u32), u32>,
    /// Folders (name, UIDVALIDITY) that were read back for the cases that still wait for it. Done again after a restart.
    pub looked_back: BTreeSet<(String, u32)>,
    account: Address,
    journal: Journal,
    own_ids: HashMap<MessageId, (InvoiceNumber, Step)>,
    _lock: Lock,
}

impl Books {
    /// Opens the books of an account, or begins them; the index is brought up to the journal.
    pub fn open(dir: &Path, account: &Address, now: DateTime<Utc>) -> Result<(Books, Mended), BooksError> {
        prepare_directory(dir).map_err(|source| BooksError::Directory {
            dir: dir.to_path_buf(),
            source,
        })?;
        let lock = lock_directory(dir)?;
        let archive = Archive::open(&dir.join("archive"))?;
        let (mut index, index_aside) = Index::open(&dir.join("index"))?;
        let mut ledger = Ledger::default();
        let mut catch_up = CatchUp::new(&index)?;
        let (journal, torn) = Journal::open(&dir.join("journal"), &mut |record, sum| {
            ledger.apply(&record);
            catch_up.note(&record, sum);
        })?;
        if let CatchUp { mismatch: true, .. } = catch_up.ended() {
            rebuild(&mut index, &dir.join("journal"))?;
        } else {
            for (record, sum) in &catch_up.missing {
                index.apply(record, sum)?;
            }
        }
        let (account, cards, own_ids) = (account.clone(), BTreeMap::new(), HashMap::new());
        let (failures, looked_back) = (BTreeMap::new(), BTreeSet::new());
        let mut books = Books {
            ledger,
            archive,
            index,
            cards,
            failures,
            looked_back,
            account,
            journal,
            own_ids,
            _lock: lock,
        };
        books.begin(dir, now)?;
        books.load_cards()?;
        let numbers: Vec<InvoiceNumber> = books.ledger.cases.keys().cloned().collect();
        numbers.iter().for_each(|number| books.learn_own_ids(number));
        Ok((books, Mended { torn, index_aside }))
    }

    /// Writes an event down and folds it in. When this returns, it is on the disk.
    pub fn record(&mut self, at: DateTime<Utc>, event: Event) -> Result<(), BooksError> {
        let (record, sum) = self.journal.append(at, event)?;
        self.ledger.apply(&record);
        log::happened(&record.event, &self.ledger);
        // More to look back for, or all of it done: what was read back so far was read for less.
        if let Event::CustomerRecorded { .. }
        | Event::InvoiceRecorded { .. }
        | Event::Resumed { .. }
        | Event::LookedBack { .. } = record.event
        {
            self.looked_back.clear();
        }
        match &record.event {
            Event::CustomerRecorded { customer, card } => {
                let (customer, card) = (customer.clone(), card.clone());
                self.load_card(&customer, &card)?;
            }
            Event::InvoiceRecorded { invoice } => self.learn_own_ids(&invoice.number),
            _ => {}
        }
        self.index.apply(&record, &sum)?;
        Ok(())
    }

    /// Writes down that something stands in the way, once.
    pub fn trouble_begins(&mut self, at: DateTime<Utc>, trouble: Trouble) -> Result<(), BooksError> {
        if self.ledger.stands_in_the_way(&trouble) {
            Ok(())
        } else {
            self.record(at, Event::TroubleBegan { trouble })
        }
    }

    /// Writes down that it no longer does, if it did.
    pub fn trouble_ends(&mut self, at: DateTime<Utc>, trouble: Trouble) -> Result<(), BooksError> {
        if self.ledger.stands_in_the_way(&trouble) {
            self.record(at, Event::TroubleEnded { trouble })
        } else {
            Ok(())
        }
    }

    /// Whom mail may come from, as things stand.
    pub fn roll(&self, aliases: &[Address], is_freemail: impl Fn(&str) -> bool) -> Roll {
        let own = std::iter::once(self.account.clone()).chain(aliases.iter().cloned());
        Roll::new(&self.ledger, &self.cards, own, is_freemail)
    }

    /// The follow-up that carries this id, whether or not the journal knows that it was sent.
    pub fn follow_up_of(&self, id: &MessageId) -> Option<&(InvoiceNumber, Step)> {
        self.own_ids.get(id)
    }

    /// The user's own address.
    pub fn account(&self) -> &Address {
        &self.account
    }

    fn begin(&mut self, dir: &Path, now: DateTime<Utc>) -> Result<(), BooksError> {
        let account = ContentDigest::of(&[self.account.as_str().as_bytes()]);
        match &self.ledger.account {
            None => self.record(now, Event::Opened { account }),
            Some(known) if *known == account => Ok(()),
            Some(_) => Err(BooksError::OtherAccount(dir.to_path_buf())),
        }
    }

    fn load_cards(&mut self) -> Result<(), BooksError> {
        let named: Vec<_> = self
            .ledger
            .customers
            .values()
            .map(|known| (known.id.clone(), known.card.clone()))
            .collect();
        named
            .iter()
            .try_for_each(|(customer, card)| self.load_card(customer, card))
    }

    /// A card that was forgotten leaves a customer without addresses: nothing can be sent to him.
    fn load_card(&mut self, customer: &CustomerId, card: &ContentDigest) -> Result<(), BooksError> {
        if let Some(card) = self.archive.get_json(Kind::Card, card)? {
            self.cards.insert(customer.clone(), card);
        }
        Ok(())
    }

    fn learn_own_ids(&mut self, number: &InvoiceNumber) {
        for step in Step::ALL {
            let id = MessageId::of_follow_up(&self.account, number.as_str(), step.name());
            self.own_ids.insert(id, (number.clone(), step));
        }
    }
}

/// Only the user may look into the state: it holds his customers' mail.
fn prepare_directory(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// Compares the journal, as it is read, with what the index says that it holds.
struct CatchUp {
    applied: Applied,
    met: bool,
    mismatch: bool,
    missing: Vec<(Record, String)>,
}

impl CatchUp {
    fn new(index: &Index) -> Result<CatchUp, IndexError> {
        let applied = index.applied()?;
        Ok(CatchUp {
            met: applied.seq == 0,
            applied,
            mismatch: false,
            missing: Vec::new(),
        })
    }

    fn note(&mut self, record: &Record, sum: &str) {
        if record.seq == self.applied.seq {
            self.met = true;
            self.mismatch = sum != self.applied.sum;
        } else if record.seq > self.applied.seq && self.applied.seq > 0 {
            self.missing.push((record.clone(), sum.to_string()));
        }
    }

    /// An index of another journal, or one that is ahead of it, or none at all, is built anew.
    fn ended(&mut self) -> &CatchUp {
        self.mismatch |= !self.met || self.applied.seq == 0;
        self
    }
}

fn rebuild(index: &mut Index, journal: &Path) -> Result<(), BooksError> {
    index.clear()?;
    let mut fault = None;
    Journal::open(journal, &mut |record, sum| {
        if fault.is_none() {
            fault = index.apply(&record, sum).err();
        }
    })?;
    fault.map_or(Ok(()), |error| Err(BooksError::Index(error)))
}
