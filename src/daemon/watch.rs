//! The loop: sweep, act, wait for news; then again, until told to stop.

use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

use crate::daemon::books::Books;
use crate::daemon::connect;
use crate::daemon::desk::perform;
use crate::daemon::failure::Failure;
use crate::daemon::office::Office;
use crate::daemon::outbox;
use crate::daemon::progress::{Bar, Progress};
use crate::daemon::request::{Answer, Request};
use crate::daemon::rounds::Rounds;
use crate::daemon::stop::StopSignal;
use crate::daemon::sweep::sweep;
use crate::model::customer::Language;
use crate::model::event::Trouble;
use crate::reading::rules::rules;
use crate::wires::clock::JumpWatch;
use crate::wires::control::{Incoming, listen};
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::idle::IdleNews;
use crate::wires::imap::naming::FolderName;
use crate::wires::imap::session::Imap;
use crate::wires::lock::lock_account;

/// IDLE is begun anew after this long: middleboxes forget quiet connections, and every exit is followed by a full sweep.
const IDLE_SECONDS_MAX: u64 = 5 * 60;
/// Where the server has no IDLE, it is asked this often.
const POLL_SECONDS: u64 = 60;
/// The shortest and the longest pause before a connection is tried again.
const BACKOFF_SECONDS_MIN: u64 = 2;
const BACKOFF_SECONDS_MAX: u64 = 80;
/// A server that counts connections is left alone for an hour (hazards: zombies count too).
const LIMIT_SECONDS: u64 = 3600;
/// No waiting is shorter than this, unless something arrives.
const PAUSE_SECONDS_MIN: u64 = 1;
/// A login that worked before is tried again before it is taken for refused.
const LOGINS_REFUSED_MAX: u32 = 2;

/// Why waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// Something may have arrived, or time has come: sweep.
    Sweep,
    /// A command changed something: decide anew behind a sweep.
    Changed,
    /// The user wants us to stop.
    Stop,
}

/// Watches one account until it is told to stop; with `once`, for one round.
pub async fn run(office: &Office, once: bool) -> Result<(), Failure> {
    let server = &office.config.imap;
    let _account = lock_account(&server.username, &server.host, server.port)?;
    let (mut books, mended) = Books::open(&office.config.state_dir, &office.config.me.address, office.now())?;
    mended.warn();
    outbox::recover(&mut books, office)?;
    warm_up();
    let (_listening, commands) = listen(&office.config.state_dir)?;
    let mut watch = Watch {
        office,
        books,
        commands,
        waiting: VecDeque::new(),
        rounds: Rounds::default(),
        jumps: JumpWatch::new(&office.clock),
        stop: StopSignal::new(),
        once,
        went_well: false,
        is_read: false,
        no_idle: false,
    };
    let ended = watch.watch().await;
    // A flush that fails costs a rebuild at the next start, no more.
    if let Err(error) = watch.books.index.flush() {
        tracing::warn!(%error, "the index was not flushed");
    }
    ended
}

/// Compiles the rules before the first mail comes: no hold waits for that.
fn warm_up() {
    for language in [Language::Fr, Language::En] {
        if let Err(fault) = rules(language) {
            tracing::error!(%fault, "rules that do not load: every reply in this language needs review");
        }
    }
}

struct Watch<'a> {
    office: &'a Office,
    books: Books,
    commands: Receiver<Incoming>,
    /// Commands that came between two mails, in order.
    waiting: VecDeque<Incoming>,
    rounds: Rounds,
    jumps: JumpWatch,
    stop: StopSignal,
    /// End after one round.
    once: bool,
    /// A round came to its end over this connection.
    went_well: bool,
    /// The last sweep left nothing unread.
    is_read: bool,
    /// The server offers IDLE and refuses it.
    no_idle: bool,
}

impl Watch<'_> {
    /// Connects, and connects again; ends with the user's word, a refused login, or a failure that time does not mend.
    async fn watch(&mut self) -> Result<(), Failure> {
        let mut backoff = BACKOFF_SECONDS_MIN;
        let mut logins_refused = 0;
        let mut connected_before = false;
        loop {
            self.went_well = false;
            let began = Instant::now();
            let failure = match self.with_connection(&mut connected_before).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            // One that ends at once, again and again, is left alone for longer and longer.
            if self.went_well && began.elapsed() >= Duration::from_secs(BACKOFF_SECONDS_MAX) {
                (backoff, logins_refused) = (BACKOFF_SECONDS_MIN, 0);
            }
            // That a connection ends which did its work is everyday; that no other comes about is not.
            let is_everyday = self.went_well && !self.once;
            if failure.is_of_connection() && !failure.is_of_folders() && !is_everyday {
                let trouble = Trouble::Mailbox {
                    detail: failure.to_string(),
                };
                self.books.trouble_begins(self.office.now(), trouble)?;
            }
            logins_refused += u32::from(failure.is_login());
            // Servers refuse a good login now and then, while their own directory is away.
            let is_locked_out = failure.is_login() && (!connected_before || logins_refused >= LOGINS_REFUSED_MAX);
            let hopeless = is_locked_out || !failure.is_of_connection();
            if self.once || hopeless || (!connected_before && !failure.is_transient()) {
                return Err(failure);
            }
            tracing::warn!(%failure, seconds = backoff, "no mailbox; nothing goes out until it is back");
            let pause = if is_limit(&failure) { LIMIT_SECONDS } else { backoff };
            backoff = (backoff * 2).min(BACKOFF_SECONDS_MAX);
            let until = Instant::now() + self.jittered(pause);
            // Commands are answered meanwhile, and do not shorten the pause: the server is to be left alone.
            while Instant::now() < until {
                if self.wait_offline(until - Instant::now()).await? == Woken::Stop {
                    return Ok(());
                }
            }
        }
    }

    /// From login to farewell; `Ok` when the user wants us to stop, or the one round is done.
    async fn with_connection(&mut self, connected_before: &mut bool) -> Result<(), Failure> {
        let connected = tokio::select! {
            connected = connect::imap(self.office) => connected,
            () = self.stop.wait() => return Ok(()),
        };
        let mut imap = connected?;
        if !*connected_before {
            tracing::info!("watching the mailbox");
        }
        *connected_before = true;
        self.with_mailbox(&mut imap).await?;
        imap.logout().await;
        Ok(())
    }

    /// Up to half as long again, so that machines behind one failed server do not all come back at one moment.
    fn jittered(&self, seconds: u64) -> Duration {
        let spread = u64::from(self.office.now().timestamp_subsec_millis()) * seconds / 2;
        Duration::from_secs(seconds) + Duration::from_millis(spread)
    }

    async fn with_mailbox(&mut self, imap: &mut Imap) -> Result<(), Failure> {
        let mut progress = Bar::default();
        loop {
            if self.round(imap, &mut progress).await? == Woken::Stop || self.once {
                return Ok(());
            }
            self.went_well = true;
            match self.wait(imap).await? {
                Woken::Stop => return Ok(()),
                Woken::Changed => self.rounds.try_again(),
                Woken::Sweep => {}
            }
        }
    }

    /// One sweep and what follows from it. Folders that cannot be read stop what goes to customers, nothing else.
    async fn round(&mut self, imap: &mut Imap, progress: &mut dyn Progress) -> Result<Woken, Failure> {
        let jump = self.jumps.jump(&self.office.clock);
        self.rounds.clock_jumped(jump, &mut self.books, self.office)?;
        // A sweep can be left at any moment: what it found is in the journal with its position, or will be found again.
        let swept = tokio::select! {
            swept = sweep(imap, &mut self.books, self.office, progress) => swept.map_err(Failure::from),
            () = self.stop.wait() => {
                progress.done();
                return Ok(Woken::Stop);
            }
        };
        let acted = match swept {
            Ok(_) => {
                let trouble = Trouble::Mailbox { detail: String::new() };
                self.books.trouble_ends(self.office.now(), trouble)?;
                let (commands, waiting, stop) = (&mut self.commands, &mut self.waiting, &mut self.stop);
                let once = self.once;
                let mut is_wanted_elsewhere = || stop.has_come() || (!once && takes_in_a_change(commands, waiting));
                let books = &mut self.books;
                self.rounds
                    .act(imap, books, self.office, &mut is_wanted_elsewhere)
                    .await
            }
            Err(failure) => Err(failure),
        };
        self.is_read = !matches!(&acted, Err(failure) if failure.is_of_folders());
        match acted {
            Ok(()) => Ok(Woken::Sweep),
            Err(failure) if failure.is_of_folders() => {
                tracing::warn!(%failure, "nothing goes out until these folders can be read");
                self.rounds.act_offline(&mut self.books, self.office).await?;
                if self.once { Err(failure) } else { Ok(Woken::Sweep) }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Waits for news from the mailbox, for the next thing due, or for a command.
    async fn wait(&mut self, imap: &mut Imap) -> Result<Woken, Failure> {
        if let Some(command) = self.waiting.pop_front() {
            return self.answer(command).await;
        }
        if self.no_idle || !imap.has("IDLE") {
            return self.wait_without_idle(imap).await;
        }
        let inbox = imap.examine(&FolderName::inbox()).await?;
        let read_to = self
            .books
            .ledger
            .positions
            .get(FolderName::inbox().as_str())
            .map_or(0, |at| at.uid_last);
        // What arrived between the sweep and this moment shows here; IDLE itself would not speak of it.
        if self.is_read && inbox.uid_next.is_some_and(|next| next > read_to.saturating_add(1)) {
            return Ok(Woken::Sweep);
        }
        match imap.idle_begin().await {
            // Offered, and refused: the server is asked now and then instead.
            Err(error) if error.is_refusal() => {
                self.no_idle = true;
                return self.wait_without_idle(imap).await;
            }
            begun => begun?,
        }
        let mut ended = false;
        let limit = self.until_next_due(Duration::from_secs(IDLE_SECONDS_MAX));
        let woken = tokio::select! {
            news = heard(imap) => { ended = news?; Woken::Sweep }
            () = sleep(limit) => Woken::Sweep,
            Some(command) = self.commands.recv() => self.answer(command).await?,
            () = self.stop.wait() => Woken::Stop,
        };
        let quiet = if ended { Ok(()) } else { imap.idle_end().await };
        // Who is to stop does not mind that the connection is gone.
        if woken != Woken::Stop {
            quiet?;
        }
        Ok(woken)
    }

    async fn wait_without_idle(&mut self, imap: &mut Imap) -> Result<Woken, Failure> {
        let limit = self.until_next_due(Duration::from_secs(POLL_SECONDS));
        let woken = self.wait_offline(limit).await?;
        if woken != Woken::Stop {
            imap.noop().await?;
        }
        Ok(woken)
    }

    /// Waits without a mailbox: commands are answered, and mails to the user go out.
    async fn wait_offline(&mut self, limit: Duration) -> Result<Woken, Failure> {
        if let Some(command) = self.waiting.pop_front() {
            return self.answer(command).await;
        }
        self.rounds.act_offline(&mut self.books, self.office).await?;
        tokio::select! {
            () = sleep(limit) => Ok(Woken::Sweep),
            Some(command) = self.commands.recv() => Ok(self.answer(command).await?),
            () = self.stop.wait() => Ok(Woken::Stop),
        }
    }

    fn until_next_due(&self, longest: Duration) -> Duration {
        let Some(due) = self.rounds.next_due(&self.books, self.office) else {
            return longest;
        };
        let left: Option<Duration> = between(self.office.now(), due);
        // Whatever is due and cannot be done must not keep us spinning.
        left.map_or(Duration::ZERO, |left| left.min(longest))
            .max(Duration::from_secs(PAUSE_SECONDS_MIN))
    }

    /// A server that cannot be reached is the command's failure, not the daemon's.
    async fn send_digest(&mut self) -> Result<Answer, Failure> {
        let language = self.office.config.me.language;
        match self.rounds.digest_now(&mut self.books, self.office).await {
            Ok(words) => Ok(Answer {
                ok: words.is_success(),
                text: words.text(language),
            }),
            Err(failure @ Failure::Books(_)) => Err(failure),
            Err(failure) => Ok(Answer {
                ok: false,
                text: failure.to_string(),
            }),
        }
    }

    /// Carries a command out and answers it. A command that is not understood changes nothing.
    async fn answer(&mut self, incoming: Incoming) -> Result<Woken, Failure> {
        let Incoming { request, answer } = incoming;
        let (reply, changed) = match serde_json::from_str::<Request>(&request) {
            Ok(Request::Digest { send: true }) => (self.send_digest().await?, false),
            Ok(request) => match perform(&request, &mut self.books, self.office) {
                Ok(reply) => (reply, request.changes()),
                Err(error) if request.changes() => return Err(error.into()),
                // Something that cannot be shown is no reason to stop watching.
                Err(error) => (
                    Answer {
                        ok: false,
                        text: error.to_string(),
                    },
                    false,
                ),
            },
            Err(error) => {
                let text =
                    format!("the running daemon does not know this command ({error}); is it of another version?");
                (Answer { ok: false, text }, false)
            }
        };
        // The client may have gone away; what it asked for is done all the same.
        let _ = answer.send(serde_json::to_string(&reply).unwrap_or_default());
        Ok(if changed { Woken::Changed } else { Woken::Sweep })
    }
}

/// Takes in the commands that have come; tells whether one of them changes anything. The others can wait for the round.
fn takes_in_a_change(commands: &mut Receiver<Incoming>, waiting: &mut VecDeque<Incoming>) -> bool {
    while let Ok(command) = commands.try_recv() {
        waiting.push_back(command);
    }
    let request = |command: &Incoming| serde_json::from_str::<Request>(&command.request).ok();
    waiting.iter().filter_map(request).any(|request| request.changes())
}

/// Waits for more than a sign of life; tells whether the server ended the waiting itself.
async fn heard(imap: &mut Imap) -> Result<bool, ImapError> {
    loop {
        match imap.idle_wait().await? {
            IdleNews::Alive => {}
            IdleNews::Changed => return Ok(false),
            IdleNews::Ended => return Ok(true),
        }
    }
}

fn between(now: DateTime<Utc>, due: DateTime<Utc>) -> Option<Duration> {
    (due - now).to_std().ok()
}

fn is_limit(failure: &Failure) -> bool {
    use crate::daemon::connect::ConnectError;
    matches!(
        failure,
        Failure::Connect(ConnectError::Imap {
            source: ImapError::LoginUnavailable { limit: true, .. },
            ..
        })
    )
}
