//! Why a sweep ended before its end.

use crate::daemon::books::BooksError;
use crate::daemon::fetch::FetchError;
use crate::wires::imap::fault::ImapError;

/// Why a sweep ended before its end: nothing may go out.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The connection or the server.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// The disk.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The server would not let these folders be read; the others were.
    #[error("these folders cannot be read: {}; nothing goes out until they can (check their access rights)", .0.join(", "))]
    Folders(Vec<String>),
}

impl From<FetchError> for SweepError {
    fn from(error: FetchError) -> SweepError {
        match error {
            FetchError::Imap(error) => SweepError::Imap(error),
            FetchError::Books(error) => SweepError::Books(error),
        }
    }
}
