//! One command at a time, each with its own tagged OK: the only place that reads from the server.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_imap::Client;
use futures_util::FutureExt as _;
use imap_proto::rfc4315::UidSetMember;
use imap_proto::{Outcome, Response, ResponseCode, Status};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::wires::imap::fault::ImapError;
use crate::wires::imap::guard::{Excess, Guard};
use crate::wires::net::endpoint::Stream;

/// For each response, and for each 64 KiB of ours to be taken.
pub const ANSWER_SECONDS_MAX: u64 = 60;
/// A server that greets later is overloaded or not an IMAP server.
pub const GREETING_SECONDS_MAX: u64 = 30;
const CHUNK_OCTETS: usize = 64 * 1024;

/// What looks at untagged responses while a command runs.
pub type Each<'a> = &'a mut (dyn FnMut(&Response<'_>) -> Result<(), ImapError> + Send);

/// UIDVALIDITY and UID of an appended message, where the tagged OK says them (APPENDUID, RFC 4315).
pub type Appended = Option<(u32, u32)>;

/// One response, as far as every command is concerned.
pub enum Step {
    /// Data, already looked at.
    Untagged,
    /// `+`, with its text.
    Go(String),
    /// The end of a command: its tag, and what it came to.
    Tagged(String, Result<Appended, ImapError>),
}

/// What a server answers to a command.
pub enum Answer {
    /// `+`, with its text.
    Go(String),
    /// The tagged OK.
    Done(Appended),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Ready,
    /// A command is under way; found so by another one, it was cancelled half-way.
    Busy,
    /// IDLE is on, under this tag.
    Idling(String),
    /// Nothing more can be said over this connection.
    Ended,
}

/// The dialogue over one connection.
#[derive(Debug)]
pub struct Dialogue {
    client: Client<Guard>,
    tags: u64,
    state: State,
}

impl Dialogue {
    /// Over a fresh connection, or one that has just been given TLS.
    pub fn new(stream: Box<dyn Stream>) -> Dialogue {
        Dialogue {
            client: Client::new(Guard::new(stream)),
            tags: 0,
            state: State::Ready,
        }
    }

    /// Gives the stream back for TLS. What the server sent beyond its OK is dropped with the buffer: it came unprotected.
    pub fn into_stream(self) -> Box<dyn Stream> {
        self.client.into_inner().into_inner()
    }

    /// Waits for the greeting; whether it was PREAUTH.
    pub async fn greeting(&mut self) -> Result<bool, ImapError> {
        let doing = "the greeting";
        let look = |response: &Response<'_>| match response {
            Response::Data { status: Status::Ok, .. } => Ok(false),
            Response::Data {
                status: Status::PreAuth,
                ..
            } => Ok(true),
            Response::Data { status, outcome } => Err(refusal(doing, status, outcome)),
            _ => Err(protocol(doing, "it is not a greeting")),
        };
        self.read(doing, Some(GREETING_SECONDS_MAX), look).await?
    }

    /// One line, and everything up to its tagged OK.
    pub async fn command(&mut self, doing: &str, line: &str, each: Each<'_>) -> Result<Appended, ImapError> {
        let tag = self.begin(doing, line).await?;
        self.finish(doing, &tag, each).await
    }

    /// Sends the first line of a command, under the tag that is returned.
    pub async fn begin(&mut self, doing: &str, line: &str) -> Result<String, ImapError> {
        if self.state != State::Ready {
            return self.broken(ImapError::Closed {
                doing: doing.to_string(),
                text: "an earlier command was not finished".to_string(),
            });
        }
        self.state = State::Busy;
        self.tags += 1;
        let tag = format!("a{}", self.tags);
        self.send(doing, format!("{tag} {line}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    /// Everything up to a `+` or the tagged OK.
    pub async fn answer(&mut self, doing: &str, tag: &str, each: Each<'_>) -> Result<Answer, ImapError> {
        loop {
            match self.step(doing, Some(ANSWER_SECONDS_MAX), each).await? {
                Step::Untagged => {}
                Step::Go(text) => return Ok(Answer::Go(text)),
                Step::Tagged(found, verdict) => return self.conclude(doing, tag, &found, verdict).map(Answer::Done),
            }
        }
    }

    /// Everything up to a `+`, which must come.
    pub async fn go_ahead(&mut self, doing: &str, tag: &str, each: Each<'_>) -> Result<String, ImapError> {
        match self.answer(doing, tag, each).await? {
            Answer::Go(text) => Ok(text),
            Answer::Done(_) => self.broken(protocol(doing, "it was taken as complete half-way")),
        }
    }

    /// Everything up to the tagged OK, which must come.
    pub async fn finish(&mut self, doing: &str, tag: &str, each: Each<'_>) -> Result<Appended, ImapError> {
        match self.answer(doing, tag, each).await? {
            Answer::Done(appended) => Ok(appended),
            Answer::Go(_) => self.broken(protocol(doing, "it asks for more than was announced")),
        }
    }

    /// The next response, whichever; without a limit of time where none is given. Can be cancelled without loss.
    pub async fn step(&mut self, doing: &str, seconds_max: Option<u64>, each: Each<'_>) -> Result<Step, ImapError> {
        let look = |response: &Response<'_>| match response {
            Response::Continue(outcome) => Ok(Step::Go(text_of(outcome))),
            Response::Done { tag, status, outcome } => Ok(Step::Tagged(tag.0.clone(), verdict(doing, status, outcome))),
            untagged => each(untagged).map(|()| Step::Untagged),
        };
        match self.read(doing, seconds_max, look).await? {
            Ok(step) => Ok(step),
            Err(error) => self.broken(error),
        }
    }

    /// Ends a command with what its tagged response came to.
    pub fn conclude(
        &mut self,
        doing: &str,
        expected: &str,
        tag: &str,
        verdict: Result<Appended, ImapError>,
    ) -> Result<Appended, ImapError> {
        if tag != expected {
            return self.broken(protocol(doing, "an answer to another command"));
        }
        self.state = State::Ready;
        verdict
    }

    /// Sends octets as they are, in pieces that each have their own time.
    pub async fn send(&mut self, doing: &str, octets: &[u8]) -> Result<(), ImapError> {
        for chunk in octets.chunks(CHUNK_OCTETS) {
            let stream = self.client.get_mut();
            let sent = async {
                stream.write_all(chunk).await?;
                stream.flush().await
            };
            match timeout(Duration::from_secs(ANSWER_SECONDS_MAX), sent).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.broken(closed(doing, &error.to_string())),
                Err(_) => return self.broken(timed_out(doing, ANSWER_SECONDS_MAX)),
            }
        }
        Ok(())
    }

    /// Looks at the next response; BYE, the end of the connection, silence and nonsense are errors.
    async fn read<T>(
        &mut self,
        doing: &str,
        seconds_max: Option<u64>,
        look: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, ImapError> {
        if self.state == State::Ended {
            return Err(closed(doing, "the connection had already ended"));
        }
        // imap-proto panics on some malformed responses (INTERNALDATE NIL); the daemon must outlive them.
        let reading = AssertUnwindSafe(self.client.read_response()).catch_unwind();
        let read = match seconds_max {
            Some(seconds) => match timeout(Duration::from_secs(seconds), reading).await {
                Ok(read) => read,
                Err(_) => return self.broken(timed_out(doing, seconds)),
            },
            None => reading.await,
        };
        let response = match read {
            Err(_) => return self.broken(protocol(doing, "it is malformed")),
            Ok(Ok(None)) => return self.broken(closed(doing, "")),
            Ok(Err(error)) => return self.broken(read_fault(doing, &error)),
            Ok(Ok(Some(response))) => response,
        };
        match response.parsed() {
            Response::Data {
                status: Status::Bye,
                outcome,
            } => self.broken(closed(doing, &text_of(outcome))),
            other => Ok(look(other)),
        }
    }

    /// Notes that IDLE is on.
    pub fn idling(&mut self, tag: String) {
        self.state = State::Idling(tag);
    }

    /// Takes IDLE as ending, and gives its tag; cancelled from here on, the connection is of no more use.
    pub fn end_idle(&mut self, doing: &str) -> Result<Option<String>, ImapError> {
        match std::mem::replace(&mut self.state, State::Busy) {
            State::Idling(tag) => Ok(Some(tag)),
            State::Ended => self.broken(closed(doing, "the connection had already ended")),
            other => {
                self.state = other;
                Ok(None)
            }
        }
    }

    /// The tag of the IDLE that is on.
    pub fn idle_tag(&self) -> Option<String> {
        match &self.state {
            State::Idling(tag) => Some(tag.clone()),
            State::Ready | State::Busy | State::Ended => None,
        }
    }

    /// Gives an error back, after which nothing more goes over this connection.
    pub fn broken<T>(&mut self, error: ImapError) -> Result<T, ImapError> {
        self.state = State::Ended;
        Err(error)
    }
}

/// Ignores untagged responses.
pub fn ignore(_: &Response<'_>) -> Result<(), ImapError> {
    Ok(())
}

/// An answer that makes no sense.
pub fn protocol(doing: &str, what: &str) -> ImapError {
    ImapError::Protocol {
        doing: doing.to_string(),
        what: what.to_string(),
    }
}

fn closed(doing: &str, text: &str) -> ImapError {
    ImapError::Closed {
        doing: doing.to_string(),
        text: text.to_string(),
    }
}

fn timed_out(doing: &str, seconds: u64) -> ImapError {
    ImapError::Timeout {
        doing: doing.to_string(),
        seconds,
    }
}

/// async-imap reports what it cannot parse as an I/O error of kind Other, with the raw line in its text: that stays here.
fn read_fault(doing: &str, error: &std::io::Error) -> ImapError {
    let excess = error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>());
    match excess {
        Some(excess) => protocol(doing, &excess.to_string()),
        None if error.kind() == std::io::ErrorKind::Other => protocol(doing, "it is not IMAP as we know it"),
        None => closed(doing, &error.to_string()),
    }
}

fn text_of(outcome: &Outcome<'_>) -> String {
    outcome.information.as_deref().unwrap_or_default().to_string()
}

fn verdict(doing: &str, status: &Status, outcome: &Outcome<'_>) -> Result<Appended, ImapError> {
    match (status, &outcome.code) {
        (Status::Ok, Some(ResponseCode::AppendUid(validity, uids))) => Ok(match uids.as_slice() {
            [UidSetMember::Uid(uid)] => Some((*validity, *uid)),
            [UidSetMember::UidRange(range)] if range.start() == range.end() => Some((*validity, *range.start())),
            _ => None,
        }),
        (Status::Ok, _) => Ok(None),
        _ => Err(refusal(doing, status, outcome)),
    }
}

fn refusal(doing: &str, status: &Status, outcome: &Outcome<'_>) -> ImapError {
    let (code, text) = code_and_text(outcome);
    let doing = doing.to_string();
    // Microsoft 365 accepts the login of a mailbox without licence, and refuses every command after it in these words.
    if text.to_lowercase().contains("authenticated but not connected") {
        return ImapError::LoginRefused { text };
    }
    match status {
        Status::No => ImapError::No { doing, code, text },
        Status::Bad => ImapError::Bad { doing, text },
        Status::Bye => ImapError::Closed { doing, text },
        Status::Ok | Status::PreAuth => protocol(&doing, "it has no place here"),
    }
}

/// The response code, whether imap-proto knows it or leaves it in the text, and the text after it.
fn code_and_text(outcome: &Outcome<'_>) -> (Option<String>, String) {
    let text = text_of(outcome);
    match &outcome.code {
        Some(ResponseCode::TryCreate) => (Some("TRYCREATE".to_string()), text),
        Some(ResponseCode::Alert) => (Some("ALERT".to_string()), text),
        Some(_) => (None, text),
        None => match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((inside, rest)) => {
                let name = inside.split(' ').next().unwrap_or_default();
                (Some(name.to_uppercase()), rest.trim_start().to_string())
            }
            None => (None, text),
        },
    }
}
