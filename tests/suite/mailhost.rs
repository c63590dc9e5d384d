//! A private mail host for one test: Dovecot, the SMTP sink, their knobs, and a configuration that points there.
//!
//! It ends with its value, and with the test process, however that ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use amiable::cli::demo::mailbox::{Mailbox, Stored};
use amiable::cli::demo::post;
use serde::Deserialize;

use crate::program::{signal, until};

pub const ME: &str = "me@test.example";
pub const DEBTOR: &str = "debtor@test.example";
pub const PASSWORD: &str = "secret";

/// What to start, where it differs from the usual.
#[derive(Debug, Default)]
pub struct Options {
    /// Mailboxes with their passwords; empty: `ME` and `DEBTOR`.
    pub users: Vec<(&'static str, &'static str)>,
    /// The capabilities to admit to; empty: all.
    pub capabilities: &'static str,
    /// Dovecot's `imap_idle_notify_interval`; empty: two minutes.
    pub idle_notify: &'static str,
    /// Connections a user may have; 0: ten.
    pub connections_max: u32,
    /// Whether bearer tokens are taken; how many seconds they live.
    pub oauth_seconds: Option<u32>,
    /// `ca`, `self` or `other`; empty: `ca`.
    pub certificate: &'static str,
}

/// A running host.
#[derive(Debug)]
pub struct MailHost {
    pub root: PathBuf,
    pub imap: u16,
    pub imaps: u16,
    pub lmtp: u16,
    pub submission: u16,
    pub sink: u16,
    pub sink_tls: u16,
    pub tokens: u16,
    /// The host ends when this end of the pipe closes.
    _lifeline: ChildStdin,
}

/// A message that the sink took.
#[derive(Debug, Clone)]
pub struct SinkMessage {
    pub envelope_from: String,
    pub to: Vec<String>,
    /// The sink's mode when it came.
    pub mode: String,
    /// Who had logged in.
    pub user: Option<String>,
    pub raw: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope {
    from: String,
    to: Vec<String>,
    mode: String,
    auth: Option<String>,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mailhost").join(name)
}

impl MailHost {
    /// Starts one on free ports, in a new directory.
    pub fn start(options: Options) -> MailHost {
        let mut command = Command::new(script("start.sh"));
        command.arg("--watch-stdin").env_remove("ROOT").env_remove("BASE");
        let users: Vec<String> = options
            .users
            .iter()
            .map(|(user, password)| format!("{user}:{password}"))
            .collect();
        let text = [
            ("USERS", users.join(" ")),
            ("CAPS", options.capabilities.to_owned()),
            ("IDLE_NOTIFY", options.idle_notify.to_owned()),
            ("CERT", options.certificate.to_owned()),
        ];
        command.envs(text.into_iter().filter(|(_, value)| !value.is_empty()));
        if options.connections_max > 0 {
            command.env("MAXCONN", options.connections_max.to_string());
        }
        if let Some(seconds) = options.oauth_seconds {
            command.env("OAUTH", "1").env("EXPIRES", seconds.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lifeline = child.stdin.take().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "the mail host did not start; scripts/test installs what it needs:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        MailHost::described(&String::from_utf8(output.stdout).unwrap(), lifeline)
    }

    fn described(text: &str, lifeline: ChildStdin) -> MailHost {
        let value = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .unwrap()
        };
        let port = |name: &str| value(name).parse().unwrap();
        MailHost {
            root: PathBuf::from(value("ROOT")),
            imap: port("IMAP"),
            imaps: port("IMAPS"),
            lmtp: port("LMTP"),
            submission: port("SUBMISSION"),
            sink: port("SINK"),
            sink_tls: port("SINK_TLS"),
            tokens: port("TOKENS"),
            _lifeline: lifeline,
        }
    }

    /// A mail from outside arrives in that mailbox (`me+tag@…` too).
    pub fn deliver(&self, raw: &[u8], to: &str) {
        post::deliver(self.lmtp, "sender@elsewhere.example", to, raw).unwrap();
    }

    /// A connection as that user's own mail program has one.
    pub fn mailbox(&self, user: &str) -> Mailbox {
        Mailbox::login(self.imap, user, PASSWORD).unwrap()
    }

    /// The user `ME` files a message himself.
    pub fn append(&self, folder: &str, raw: &[u8], flags: &[&str]) {
        self.mailbox(ME).append(folder, flags, None, raw).unwrap();
    }

    /// What is in a folder, with flags, in order of arrival.
    pub fn folder(&self, user: &str, folder: &str) -> Vec<Stored> {
        self.mailbox(user).messages(folder).unwrap()
    }

    /// Only the messages of a folder.
    pub fn folder_messages(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        self.folder(user, folder).into_iter().map(|stored| stored.raw).collect()
    }

    /// Everything that the sink took, in order.
    pub fn sent(&self) -> Vec<SinkMessage> {
        let mut names: Vec<PathBuf> = fs::read_dir(self.root.join("sink"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        names.sort();
        names.iter().map(|path| taken(path)).collect()
    }

    /// Every login that the sink saw, in order: `yes` or `no`, and who.
    pub fn sink_logins(&self) -> Vec<String> {
        let text = fs::read_to_string(self.root.join("sink/logins")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How the sink treats the next messages (tests/mailhost/sink.py lists the modes).
    pub fn sink_mode(&self, mode: &str) {
        fs::write(self.root.join("sink/mode"), mode).unwrap();
    }

    /// The only password that the sink takes from now on.
    pub fn sink_password(&self, password: &str) {
        fs::write(self.root.join("sink/password"), password).unwrap();
    }

    /// The recipients that the sink refuses from now on.
    pub fn sink_refuses(&self, addresses: &[&str]) {
        fs::write(self.root.join("sink/refuse"), addresses.join("\n")).unwrap();
    }

    /// From now on the provider puts a copy into Sent by itself.
    pub fn sink_files_sent(&self) {
        fs::write(self.root.join("sink/file-sent"), "").unwrap();
    }

    /// Ends that user's IMAP sessions with BYE.
    pub fn kick(&self, user: &str) {
        self.doveadm(&["kick", user]);
    }

    /// One `doveadm` command on this host.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let output = Command::new("doveadm")
            .arg("-c")
            .arg(self.configuration())
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "doveadm {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The IMAP workers stop without closing anything, as behind a NAT that forgot the connection.
    pub fn freeze(&self) {
        self.signal_workers("STOP");
    }

    /// They go on.
    pub fn thaw(&self) {
        self.signal_workers("CONT");
    }

    /// Dovecot ends; the sink stays.
    pub fn stop_dovecot(&self) {
        let master = self.master();
        signal("TERM", master);
        let gone = || !Path::new(&format!("/proc/{master}")).exists() || !self.root.join("run/master.pid").exists();
        assert!(until(Duration::from_secs(20), gone), "Dovecot does not end");
    }

    /// It comes back with the same mailboxes, on the same ports.
    pub fn start_dovecot(&self) {
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap());
        // The daemon would keep a pipe open for ever.
        let started = || {
            let mut command = Command::new("dovecot");
            command.env("PATH", &path).arg("-c").arg(self.configuration());
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success()
        };
        assert!(until(Duration::from_secs(20), started), "Dovecot does not start again");
    }

    /// Every folder of that user gets a new UIDVALIDITY, as after a restored backup.
    pub fn renumber(&self, user: &str) {
        self.stop_dovecot();
        let maildir = self.root.join("home").join(user).join("Maildir");
        let folders = fs::read_dir(&maildir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir());
        for folder in folders.chain([maildir.clone()]) {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                if entry.file_name().to_string_lossy().starts_with("dovecot") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        }
        // UIDVALIDITY is made of the time in seconds.
        std::thread::sleep(Duration::from_millis(1100));
        self.start_dovecot();
    }

    /// The configuration of the design for `ME` on this host, sending at any hour; `overrides` are `("sending.mode",
    /// "\"draft\"")`: a dotted key and TOML.
    pub fn config_toml(&self, state_dir: &Path, password_file: &Path, overrides: &[(&str, &str)]) -> String {
        let usual = format!(
            r#"[me]
name = "Camille Roux"
address = "{ME}"
aliases = []
language = "fr"
country = "FR"
timezone = "Europe/Paris"
[imap]
host = "127.0.0.1"
port = {imaps}
tls = "implicit"
username = "{ME}"
password_file = {password:?}
ca_file = {ca:?}
[smtp]
host = "127.0.0.1"
port = {sink_tls}
tls = "implicit"
username = "{ME}"
password_file = {password:?}
ca_file = {ca:?}
save_to_sent = "auto"
[state]
dir = {state_dir:?}
[sending]
mode = "send"
hours = "00:00-24:00"
days = "all"
min_days_between = 7
max_per_day = 50
seconds_between = 0
[digest]
at = "08:00"
"#,
            imaps = self.imaps,
            sink_tls = self.sink_tls,
            password = password_file,
            ca = self.root.join("etc/ca.pem"),
        );
        let mut table: toml::Table = usual.parse().unwrap();
        for (key, value) in overrides {
            let value: toml::Table = format!("value = {value}").parse().unwrap();
            set(&mut table, key, value["value"].clone());
        }
        toml::to_string(&table).unwrap()
    }

    /// Writes that configuration with its password file into `dir` (state in `dir/state`) and gives its path.
    pub fn config_file(&self, dir: &Path, overrides: &[(&str, &str)]) -> PathBuf {
        let password_file = dir.join("password");
        fs::write(&password_file, format!("{PASSWORD}\n")).unwrap();
        fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)).unwrap();
        let path = dir.join("config.toml");
        fs::write(&path, self.config_toml(&dir.join("state"), &password_file, overrides)).unwrap();
        path
    }

    fn configuration(&self) -> PathBuf {
        self.root.join("etc/dovecot.conf")
    }

    fn master(&self) -> u32 {
        fs::read_to_string(self.root.join("run/master.pid"))
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }

    fn signal_workers(&self, name: &str) {
        let master = self.master().to_string();
        let output = Command::new("pgrep")
            .args(["-P", &master, "-x", "imap"])
            .output()
            .unwrap();
        for pid in String::from_utf8(output.stdout).unwrap().lines() {
            signal(name, pid.parse().unwrap());
        }
    }
}

impl Drop for MailHost {
    fn drop(&mut self) {
        let status = Command::new(script("stop.sh")).arg(&self.root).arg("--delete").status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the mail host in {:?} does not stop",
            self.root
        );
    }
}

/// Overrides that leave TLS out, on both ways.
pub fn plain(host: &MailHost) -> Vec<(&'static str, String)> {
    vec![
        ("imap.tls", "\"none\"".to_owned()),
        ("imap.port", host.imap.to_string()),
        ("smtp.tls", "\"none\"".to_owned()),
        ("smtp.port", host.sink.to_string()),
    ]
}

fn taken(path: &Path) -> SinkMessage {
    let envelope: Envelope = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
    SinkMessage {
        envelope_from: envelope.from,
        to: envelope.to,
        mode: envelope.mode,
        user: envelope.auth,
        raw: fs::read(path).unwrap(),
    }
}

fn set(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value)),
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| toml::Table::new().into());
            set(inner.as_table_mut().unwrap(), rest, value);
        }
    }
}
