//! Why the program stops, and the exit code that says so.

use crate::daemon::books::BooksError;
use crate::daemon::briefing::BriefingError;
use crate::daemon::connect::ConnectError;
use crate::daemon::outbox::SendError;
use crate::daemon::sweep_fault::SweepError;
use crate::wires::control::ControlError;
use crate::wires::imap::fault::ImapError;
use crate::wires::lock::LockError;
use crate::writing::fault::WritingFault;

/// A failure that ends a command or the daemon.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The books.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// A mail to the user.
    #[error(transparent)]
    Writing(#[from] WritingFault),
    /// A connection that did not come about.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The mailbox.
    #[error(transparent)]
    Sweep(SweepError),
    /// A mail on its way.
    #[error(transparent)]
    Send(SendError),
    /// The control socket.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// Another daemon.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl From<BriefingError> for Failure {
    fn from(error: BriefingError) -> Failure {
        match error {
            BriefingError::Books(error) => Failure::Books(error),
            BriefingError::Writing(error) => Failure::Writing(error),
        }
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Failure {
        match error {
            SweepError::Books(error) => Failure::Books(error),
            error => Failure::Sweep(error),
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Failure {
        match error {
            SendError::Books(error) => Failure::Books(error),
            SendError::Fence(error) => Failure::from(error),
            error => Failure::Send(error),
        }
    }
}

impl From<ImapError> for Failure {
    fn from(error: ImapError) -> Failure {
        Failure::Sweep(SweepError::Imap(error))
    }
}

impl Failure {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Failure::Books(error) => error.is_transient(),
            Failure::Connect(error) => error.is_transient(),
            Failure::Sweep(SweepError::Imap(error)) | Failure::Send(SendError::Imap(error)) => error.is_transient(),
            Failure::Send(SendError::Smtp(error)) => error.is_transient(),
            Failure::Sweep(_) | Failure::Send(_) | Failure::Control(_) => true,
            Failure::Writing(_) => false,
            Failure::Lock(error) => error.is_transient(),
        }
    }

    /// Whether the connection is gone, or must be taken for gone, and a new one may help.
    pub fn is_of_connection(&self) -> bool {
        matches!(self, Failure::Connect(_) | Failure::Sweep(_) | Failure::Send(_))
    }

    /// Whether the connection is well, and some folders cannot be read over it.
    pub fn is_of_folders(&self) -> bool {
        matches!(self, Failure::Sweep(SweepError::Folders(_)))
    }

    /// Whether a server refused the login.
    pub fn is_login(&self) -> bool {
        match self {
            Failure::Connect(error) => error.is_login(),
            Failure::Sweep(SweepError::Imap(error)) => error.is_login(),
            _ => false,
        }
    }

    /// The exit code of the design: 77 login refused, 75 try again, 1 all else.
    pub fn exit_code(&self) -> u8 {
        if self.is_login() {
            77
        } else if self.is_transient() {
            75
        } else {
            1
        }
    }
}
