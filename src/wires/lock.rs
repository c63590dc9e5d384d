//! One process a state directory, and one daemon an account.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::digest::ContentDigest;

/// Held as long as it lives; the system lets go of it even after a kill.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{} is in use by another amiable; stop that one first, or wait until its command ends", .0.display())]
    Held(PathBuf),
    /// The file could not be opened or locked.
    #[error("cannot lock {}: {source}; check that the directory exists and is yours", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl LockError {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, LockError::Held(_))
    }
}

/// Locks the state directory for one process.
pub fn lock_directory(dir: &Path) -> Result<Lock, LockError> {
    lock(dir.join("lock"))
}

/// Locks a mail account for one daemon of this user on this machine, whatever state directory it uses.
pub fn lock_account(username: &str, host: &str, port: u16) -> Result<Lock, LockError> {
    let name = ContentDigest::of(&[username.to_lowercase().as_bytes(), host.as_bytes(), &port.to_be_bytes()]);
    let dir = match std::env::var_os("HOME").map(PathBuf::from) {
        Some(home) if home.is_dir() => home.join(".local/state/amiable/locks"),
        _ => std::env::temp_dir(),
    };
    fs::create_dir_all(&dir).map_err(|source| LockError::Io {
        path: dir.clone(),
        source,
    })?;
    lock(dir.join(format!("{name}.lock")))
}

fn lock(path: PathBuf) -> Result<Lock, LockError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|source| LockError::Io {
        path: path.clone(),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Held(path)),
        Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
    }
}
