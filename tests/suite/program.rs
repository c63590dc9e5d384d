//! The binary as a user runs it: one command with a timeout, or the daemon until it is stopped.

use amiable::cli::demo::lifeline::Lifeline;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What one command did.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` where a signal or the timeout ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The output of a command that must have succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "the command failed: {self:?}");
        self.stdout
    }

    /// That output as JSON.
    pub fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
    }
}

/// Runs `amiable --config CONFIG ARGUMENTS…` to its end, a minute at most.
pub fn amiable(config: &Path, arguments: &[&str]) -> Run {
    let config = config.to_str().unwrap();
    let all: Vec<&str> = ["--config", config].iter().chain(arguments).copied().collect();
    amiable_with(&all, b"", Duration::from_secs(60))
}

/// Runs `amiable ARGUMENTS…` with that on its standard input.
pub fn amiable_with(arguments: &[&str], input: &[u8], timeout: Duration) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amiable"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that never reads its input closes it, and that is no fault.
    let writer = thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &input)));
    let (out, err) = (read_all(child.stdout.take()), read_all(child.stderr.take()));
    let code = wait(&mut child, timeout);
    writer.join().unwrap();
    Run {
        code,
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    }
}

fn read_all<R: Read + Send + 'static>(from: Option<R>) -> thread::JoinHandle<String> {
    let mut from = from.unwrap();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The exit code, or `None` after killing what did not end in time.
fn wait(child: &mut Child, timeout: Duration) -> Option<i32> {
    let ended = until_some(timeout, || child.try_wait().unwrap());
    if ended.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    ended.and_then(|status| status.code())
}

/// `amiable run`, ended with its value.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
    /// Kills it, should the tests be killed.
    lifeline: Option<Lifeline>,
}

impl Daemon {
    /// Starts the daemon; its log goes to `daemon.log` beside the configuration.
    pub fn start(config: &Path) -> Daemon {
        let log = config.with_file_name("daemon.log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_amiable"))
            .arg("--config")
            .arg(config)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let lifeline = Some(Lifeline::tie(child.id()).unwrap());
        Daemon { child, log, lifeline }
    }

    /// Asks it to end, as a service manager does, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        signal("TERM", self.child.id());
        wait(&mut self.child, Duration::from_secs(20))
    }

    /// Pulls the plug.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A panicking test shows why: the log is part of its message.
        if thread::panicking() {
            let mut tail = String::new();
            for line in self.log().lines().rev().take(40).collect::<Vec<_>>().iter().rev() {
                writeln!(tail, "  {line}").unwrap();
            }
            println!("the daemon's last words:\n{tail}");
        }
        drop(self.child.kill());
        drop(self.child.wait());
        self.lifeline.take().into_iter().for_each(Lifeline::untie);
    }
}

/// Sends a signal by name to one process.
pub fn signal(name: &str, pid: u32) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

/// Asks twenty times a second until it is so; false when the time is over.
pub fn until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    until_some(timeout, || condition().then_some(())).is_some()
}

/// Asks twenty times a second until there is an answer.
pub fn until_some<T>(timeout: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if start.elapsed() >= timeout {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
