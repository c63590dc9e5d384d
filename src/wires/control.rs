//! The control socket: commands reach a running daemon as one JSON line, and get one JSON line back.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader as AsyncBufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::model::digest::ContentDigest;

/// A request may carry a whole CSV file; more than this is not one.
const LINE_OCTETS_MAX: u64 = 16 * 1024 * 1024;
/// The kernel's limit for the path of a socket, with room for its closing NUL (unix(7)).
const PATH_OCTETS_MAX: usize = 107;
/// A first reading of a large mailbox may keep the daemon busy for a while.
const ANSWER_SECONDS_MAX: u64 = 120;
/// A client that takes longer to write its line, or to read its answer, is hanging.
const CLIENT_SECONDS_MAX: u64 = 60;
/// After the system would not give a connection (too many open files), it is asked again so much later.
const ACCEPT_PAUSE_MILLIS: u64 = 500;

/// Why a command did not reach the daemon, or the daemon cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket refused.
    #[error("cannot {doing} the control socket {}: {source}; is another user's daemon running there?", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// The socket.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else's socket stands where ours should: what commands carry is not for him.
    #[error("the control socket {} belongs to another user; remove it, or choose a shorter [state] dir", .0.display())]
    Stranger(PathBuf),
    /// The daemon took the command and gave no answer in time.
    #[error(
        "the daemon did not answer within {ANSWER_SECONDS_MAX} s; it may be reading a large mailbox: try again, `status` shows whether the command took effect"
    )]
    NoAnswer,
}

/// A command that came in, and where its answer goes.
#[derive(Debug)]
pub struct Incoming {
    /// One JSON value.
    pub request: String,
    /// Takes one JSON value.
    pub answer: oneshot::Sender<String>,
}

/// Where the socket of a state directory is: in it, or, where its path is too long for a socket, among temporary files.
pub fn socket_path(state_dir: &Path) -> PathBuf {
    let inside = state_dir.join("control.sock");
    if inside.as_os_str().len() <= PATH_OCTETS_MAX {
        return inside;
    }
    let name = ContentDigest::of(&[state_dir.as_os_str().as_encoded_bytes()]);
    std::env::temp_dir().join(format!("amiable-{name}.sock"))
}

/// Whether a daemon answers the door of that state directory.
pub fn is_listening(state_dir: &Path) -> bool {
    BlockingStream::connect(socket_path(state_dir)).is_ok()
}

/// Sends one command to a running daemon; `None`: none is running.
pub fn ask(state_dir: &Path, request: &str) -> Result<Option<String>, ControlError> {
    let path = socket_path(state_dir);
    let owner = |path: &Path| fs::metadata(path).ok().map(|found| found.uid());
    if owner(&path).is_some_and(|socket| owner(state_dir).is_some_and(|ours| socket != ours)) {
        return Err(ControlError::Stranger(path));
    }
    let mut stream = match BlockingStream::connect(&path) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(source) => {
            return Err(ControlError::Io {
                doing: "reach",
                path,
                source,
            });
        }
    };
    let fault = |source: io::Error| match source.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => ControlError::NoAnswer,
        _ => ControlError::Io {
            doing: "talk over",
            path: path.clone(),
            source,
        },
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
        .map_err(fault)?;
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.write_all(b"\n"))
        .map_err(fault)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(fault)?;
    if answer.ends_with('\n') {
        Ok(Some(answer))
    } else {
        Err(ControlError::NoAnswer)
    }
}

/// Listens for commands and hands each over. The socket disappears with the listener.
pub fn listen(state_dir: &Path) -> Result<(Listening, mpsc::Receiver<Incoming>), ControlError> {
    let path = socket_path(state_dir);
    // The directory is locked by now: a socket that is still there belongs to a process that is gone.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(ControlError::Io {
                doing: "replace",
                path,
                source: error,
            });
        }
        _ => {}
    }
    let fault = |source| ControlError::Io {
        doing: "open",
        path: path.clone(),
        source,
    };
    let listener = UnixListener::bind(&path).map_err(fault)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(fault)?;
    let (sender, receiver) = mpsc::channel(16);
    let task = tokio::spawn(accept(listener, sender));
    Ok((Listening { path, task }, receiver))
}

/// The open door; closed when dropped.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        // Nobody is left to tell; a leftover is replaced at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, sender: mpsc::Sender<Incoming>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(stream, sender.clone()))),
            // It passes; a door that closed for good would leave the daemon deaf until its next start.
            Err(_) => sleep(Duration::from_millis(ACCEPT_PAUSE_MILLIS)).await,
        }
    }
}

/// One connection, one command. A client that goes away gets no answer; what it asked for may still be done.
async fn serve(stream: UnixStream, sender: mpsc::Sender<Incoming>) {
    let (read, mut write) = stream.into_split();
    let mut request = String::new();
    let mut lines = AsyncBufReader::new(read).take(LINE_OCTETS_MAX);
    let limit = Duration::from_secs(CLIENT_SECONDS_MAX);
    let read = timeout(limit, lines.read_line(&mut request)).await;
    if !matches!(read, Ok(Ok(_))) || !request.ends_with('\n') {
        return;
    }
    let (answer, answered) = oneshot::channel();
    if sender.send(Incoming { request, answer }).await.is_err() {
        return;
    }
    if let Ok(text) = answered.await {
        let line = format!("{}\n", text.trim_end());
        let _ = timeout(limit, write.write_all(line.as_bytes())).await;
    }
}
