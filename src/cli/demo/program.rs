//! The real program beside the story: single commands, and the daemon until it is stopped.

use std::env::current_exe;
use std::fs::{File, OpenOptions, read_to_string};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::cli::demo::lifeline::Lifeline;
use crate::cli::demo::status::Status;
use crate::wires::control::is_listening;

/// No command of the demo has more to do than this.
const COMMAND_SECONDS_MAX: u64 = 30;
/// Lines of the log that tell why something failed.
const LOG_LINES_SHOWN: usize = 15;

/// `amiable --config FILE`.
#[derive(Debug)]
pub struct Program {
    config: PathBuf,
    state_dir: PathBuf,
}

/// A running daemon; it is killed with its value.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    /// Kills it, should this program be killed.
    lifeline: Option<Lifeline>,
}

impl Program {
    /// With that configuration, which names that state directory.
    pub fn new(config: PathBuf, state_dir: PathBuf) -> Program {
        Program { config, state_dir }
    }

    /// Whether the daemon is up and takes commands.
    pub fn is_up(&self) -> bool {
        is_listening(&self.state_dir)
    }

    /// Runs one command to its end and gives what it printed.
    ///
    /// # Errors
    /// It fails or takes too long; what it complained of is in the error.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let shown = arguments.join(" ");
        let complaints = self.beside("command.log");
        let mut child = self
            .command(arguments)?
            .stdout(Stdio::piped())
            .stderr(File::create(&complaints)?)
            .spawn()?;
        let mut stdout = child.stdout.take().context("a child without output")?;
        let reader = spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        let deadline = Instant::now() + Duration::from_secs(COMMAND_SECONDS_MAX);
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("amiable {shown} did not end within {COMMAND_SECONDS_MAX} s");
            }
            sleep(Duration::from_millis(20));
        };
        let text = reader
            .join()
            .map_err(|_| anyhow::anyhow!("reading from amiable {shown} failed"))??;
        if !status.success() {
            bail!(
                "amiable {shown} ended with {status}: {}",
                read_to_string(&complaints)?.trim()
            );
        }
        Ok(text)
    }

    /// What the running daemon says of all cases.
    ///
    /// # Errors
    /// As `run`, or an answer that is not of the agreed form.
    pub fn status(&self) -> anyhow::Result<Status> {
        let text = self.run(&["status", "--json"])?;
        serde_json::from_str(&text).with_context(|| format!("status --json gave {text}"))
    }

    /// Starts `amiable run`; its log goes on in the same file each time.
    ///
    /// # Errors
    /// The program or its log cannot be opened.
    pub fn start(&self) -> anyhow::Result<Daemon> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.beside("daemon.log"))?;
        let child = self.command(&["run"])?.stdout(log.try_clone()?).stderr(log).spawn()?;
        let lifeline = Some(Lifeline::tie(child.id())?);
        Ok(Daemon { child, lifeline })
    }

    /// The end of the daemon's log.
    pub fn last_words(&self) -> String {
        let log = read_to_string(self.beside("daemon.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES_SHOWN);
        lines.get(from..).unwrap_or_default().join("\n")
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(current_exe().context("finding this very program")?);
        command
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .stdin(Stdio::null());
        Ok(command)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.config.parent().unwrap_or(Path::new(".")).join(name)
    }
}

impl Daemon {
    /// Whether it still runs.
    ///
    /// # Errors
    /// The system does not say.
    pub fn runs(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Pulls the plug, as a power cut does.
    ///
    /// # Errors
    /// The system refuses.
    pub fn pull_the_plug(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself, which is what is wanted here.
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(lifeline) = self.lifeline.take() {
            lifeline.untie();
        }
    }
}
