//! The archive: raw messages, words and names, one file each, on disk before the journal names them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::model::digest::ContentDigest;

/// What a file holds, told by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A raw message (RFC 5322).
    Message,
    /// What a message said: sender, subject, deciding words.
    Words,
    /// A customer's card.
    Card,
    /// A note of the user.
    Note,
    /// From whom and to whom a mail of ours goes.
    Envelope,
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Kind::Message => "eml",
            Kind::Words => "words.json",
            Kind::Card => "card.json",
            Kind::Note => "note.txt",
            Kind::Envelope => "envelope.json",
        }
    }
}

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The disk refused.
    #[error("cannot {doing} {}: {source}; see that the disk is mounted and has room", file.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On which file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is there and is not what it should be.
    #[error("{} is damaged: {why}; restore it from a backup", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl ArchiveError {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, ArchiveError::Io { .. })
    }
}

/// A directory of files that are written once and never changed.
#[derive(Debug, Clone)]
pub struct Archive {
    dir: PathBuf,
}

impl Archive {
    /// Opens the archive; files that a crash left half-written are removed.
    pub fn open(dir: &Path) -> Result<Archive, ArchiveError> {
        let archive = Archive { dir: dir.to_path_buf() };
        let parts = archive.dir.join("tmp");
        fs::create_dir_all(&parts).map_err(|source| fault("create", &parts, source))?;
        for entry in fs::read_dir(&parts)
            .map_err(|source| fault("list", &parts, source))?
            .flatten()
        {
            let path = entry.path();
            fs::remove_file(&path).map_err(|source| fault("remove", &path, source))?;
        }
        Ok(archive)
    }

    /// Writes a file, unless it is there already; returns when it is on the disk.
    pub fn put(&self, kind: Kind, name: &ContentDigest, octets: &[u8]) -> Result<(), ArchiveError> {
        if kind == Kind::Message && self.path(kind, name).exists() {
            return Ok(());
        }
        let mut part = self.begin()?;
        part.write(octets)?;
        part.finish(kind, name)
    }

    /// Writes a value as JSON.
    pub fn put_json(&self, kind: Kind, name: &ContentDigest, value: &impl Serialize) -> Result<(), ArchiveError> {
        let path = self.path(kind, name);
        let octets = serde_json::to_vec(value).map_err(|error| fault("write", &path, io::Error::other(error)))?;
        self.put(kind, name, &octets)
    }

    /// Begins a file whose name is known only at its end: a message that comes as a stream.
    pub fn begin(&self) -> Result<Part<'_>, ArchiveError> {
        let mut number = 0u32;
        loop {
            let path = self.dir.join("tmp").join(format!("{}-{number}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => {
                    return Ok(Part {
                        archive: self,
                        file: Some(file),
                        path,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(fault("create", &path, source)),
            }
        }
    }

    /// Reads a file; `None`: there is none (any more).
    pub fn get(&self, kind: Kind, name: &ContentDigest) -> Result<Option<Vec<u8>>, ArchiveError> {
        let path = self.path(kind, name);
        match fs::read(&path) {
            Ok(octets) => Ok(Some(octets)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(fault("read", &path, source)),
        }
    }

    /// Reads a value that was written as JSON.
    pub fn get_json<T: DeserializeOwned>(&self, kind: Kind, name: &ContentDigest) -> Result<Option<T>, ArchiveError> {
        let Some(octets) = self.get(kind, name)? else {
            return Ok(None);
        };
        let damaged = |error: serde_json::Error| ArchiveError::Damaged {
            file: self.path(kind, name),
            why: error.to_string(),
        };
        serde_json::from_slice(&octets).map(Some).map_err(damaged)
    }

    /// Removes a file that nothing needs any more; one that is not there is removed already.
    pub fn remove(&self, kind: Kind, name: &ContentDigest) -> Result<(), ArchiveError> {
        let path = self.path(kind, name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault("remove", &path, error)),
            _ => Ok(()),
        }
    }

    /// Where a file stands. A name that is no digest (a forged journal) leads nowhere.
    pub fn path(&self, kind: Kind, name: &ContentDigest) -> PathBuf {
        let safe = if name.is_well_formed() {
            name.as_str()
        } else {
            "00nowhere"
        };
        let (shelf, _) = safe.split_at(2);
        self.dir.join(shelf).join(format!("{safe}.{}", kind.ending()))
    }
}

/// A file on its way into the archive; dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Part<'a> {
    archive: &'a Archive,
    file: Option<File>,
    path: PathBuf,
}

impl Part<'_> {
    /// Adds to the file.
    pub fn write(&mut self, octets: &[u8]) -> Result<(), ArchiveError> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        file.write_all(octets)
            .map_err(|source| fault("write", &self.path, source))
    }

    /// Gives the file its name; returns when content and name are on the disk.
    pub fn finish(mut self, kind: Kind, name: &ContentDigest) -> Result<(), ArchiveError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        file.sync_all().map_err(|source| fault("write", &self.path, source))?;
        let path = self.archive.path(kind, name);
        let shelf = path.parent().unwrap_or(&self.archive.dir);
        fs::create_dir_all(shelf).map_err(|source| fault("create", shelf, source))?;
        fs::rename(&self.path, &path).map_err(|source| fault("name", &path, source))?;
        let named = File::open(shelf).and_then(|dir| dir.sync_all());
        let kept = named.and_then(|()| File::open(&self.archive.dir)?.sync_all());
        kept.map_err(|source| fault("name", &path, source))
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // A leftover is removed at the next start; there is nobody to tell here.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn fault(doing: &'static str, file: &Path, source: io::Error) -> ArchiveError {
    ArchiveError::Io {
        doing,
        file: file.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::archive::*;

    #[test]
    fn files_are_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(dir.path()).unwrap();
        let name = ContentDigest::of(&[b"a"]);
        let mut part = archive.begin().unwrap();
        part.write(b"half").unwrap();
        drop(part);
        assert_eq!(archive.get(Kind::Message, &name).unwrap(), None);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
        archive.put(Kind::Message, &name, b"whole").unwrap();
        assert_eq!(
            archive.get(Kind::Message, &name).unwrap().as_deref(),
            Some(&b"whole"[..])
        );
    }

    #[test]
    fn a_forged_name_leads_nowhere() {
        let archive = Archive {
            dir: PathBuf::from("a"),
        };
        let forged: ContentDigest = serde_json::from_str("\"../../etc/passwd\"").unwrap();
        assert!(archive.path(Kind::Note, &forged).starts_with("a/00"));
    }
}
