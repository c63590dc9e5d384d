//! What commands begin with: configuration, log, surroundings; and how they reach the books.

use anyhow::Context as _;
use std::io::{Write as _, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::daemon::books::{Books, BooksError};
use crate::daemon::desk::perform;
use crate::daemon::failure::Failure;
use crate::daemon::office::Office;
use crate::daemon::request::{Answer, Request};
use crate::daemon::rounds::Rounds;
use crate::wires::clock::Clock;
use crate::wires::config::fault::ConfigFaults;
use crate::wires::config::load::{find, load};
use crate::wires::config::settings::Config;
use crate::wires::control::ask;
use crate::wires::lock::LockError;
use crate::wires::net::dialer::Dialer;

/// The exit code of a faulty configuration (sysexits.h, EX_CONFIG).
const EXIT_CONFIG: u8 = 78;

/// Loads the configuration that `--config` names, or the usual one.
pub fn config(told: Option<&Path>) -> anyhow::Result<Config> {
    let path =
        find(told).context("there is no home directory to look for a configuration in; name one with --config FILE")?;
    Ok(load(&path)?)
}

/// Configuration, clock, and the ways to both servers.
pub fn office(told: Option<&Path>) -> anyhow::Result<Office> {
    let config = config(told)?;
    let imap = Dialer::network(config.imap.ca_file.as_deref()).context("[imap] ca_file")?;
    let smtp = Dialer::network(config.smtp.ca_file.as_deref()).context("[smtp] ca_file")?;
    Ok(Office {
        config,
        clock: Clock::System,
        imap,
        smtp,
    })
}

/// Another command holds the books for a moment, and a daemon that starts opens its door only after taking them.
const BOOKS_WAIT: Duration = Duration::from_secs(10);
/// How often is tried meanwhile.
const BOOKS_ASK_EVERY: Duration = Duration::from_millis(100);

/// Asks the running daemon, or, where none runs, does it on the books oneself.
pub fn request(told: Option<&Path>, request: &Request) -> anyhow::Result<Answer> {
    let office = office(told)?;
    let line = serde_json::to_string(request).context("cannot write the command down")?;
    let until = Instant::now() + BOOKS_WAIT;
    loop {
        if let Some(answer) = ask(&office.config.state_dir, &line).map_err(Failure::Control)? {
            return serde_json::from_str(&answer)
                .context("the running daemon's answer cannot be read; is it of another version?");
        }
        match Books::open(&office.config.state_dir, &office.config.me.address, office.now()) {
            Ok((mut books, mended)) => {
                mended.warn();
                return on_books(request, &mut books, &office);
            }
            Err(BooksError::Lock(LockError::Held(_))) if Instant::now() < until => sleep(BOOKS_ASK_EVERY),
            Err(error) => return Err(Failure::Books(error).into()),
        }
    }
}

fn on_books(request: &Request, books: &mut Books, office: &Office) -> anyhow::Result<Answer> {
    if let Request::Digest { send: true } = request {
        let words = block_on(Rounds::default().digest_now(books, office))??;
        return Ok(Answer {
            ok: words.is_success(),
            text: words.text(office.config.me.language),
        });
    }
    Ok(perform(request, books, office).map_err(Failure::from)?)
}

/// Prints what came back; whether it was done is the exit code.
pub fn print(answer: &Answer) -> ExitCode {
    if answer.ok {
        say(&answer.text);
        return ExitCode::SUCCESS;
    }
    complain(&answer.text);
    ExitCode::FAILURE
}

/// Runs something asynchronous to its end, on this one thread.
pub fn block_on<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("cannot start the event loop")?.block_on(work))
}

/// Says what went wrong, with its causes, and gives the exit code that tells what kind of fault it is.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    // Faults and failures name their causes in their own words; other errors are told with the chain behind them.
    let (code, text) = match error.downcast_ref::<Failure>() {
        Some(failure) => (failure.exit_code(), failure.to_string()),
        None if error.is::<ConfigFaults>() => (EXIT_CONFIG, error.to_string()),
        None => (1, format!("{error:#}")),
    };
    complain(&text);
    ExitCode::from(code)
}

/// Writes to standard output. Who stops reading (`amiable status | head`) has read enough.
pub fn say(text: &str) {
    let _ = writeln!(stdout(), "{text}");
}

/// Writes a line for people to standard error, if anybody reads it.
pub fn complain(text: &str) {
    let _ = writeln!(stderr(), "{}", text.trim_end());
}

/// A panic's message may hold words of a mail: only its place is told. Those in reading are caught, and mean "needs review".
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic, which is a fault of amiable: please report its place");
    }));
}

/// Writes the log to standard error: warnings, with -v what happens, with -vv every step.
pub fn log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("AMIABLE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("amiable={level}")));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        // It would say so on standard error, and panic where that is what is gone.
        .log_internal_errors(false)
        .init();
}
