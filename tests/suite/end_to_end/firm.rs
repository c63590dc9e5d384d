//! A small firm on a private mail host: what is owed to it, who writes to it, and the daemon that works for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use tempfile::TempDir;

use crate::end_to_end::mails::*;
use crate::mailhost::{ME, MailHost, Options, SinkMessage};
use crate::program::{Daemon, Run, amiable, until};

/// How long anything may take on a busy machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// What the invoice's file holds.
pub const PDF: &[u8] = b"%PDF-1.4 the invoice itself";

pub struct Firm {
    pub host: MailHost,
    pub config: PathBuf,
    pub dir: TempDir,
}

/// An invoice as the user imports it.
#[derive(Debug, Clone)]
pub struct Owed {
    pub number: String,
    pub customer: String,
    pub email: String,
    pub language: &'static str,
    pub late_days: u64,
}

/// 500 EUR, in French, five days late: the first step is due, the second is not yet.
pub fn owed(number: &str, email: &str) -> Owed {
    Owed {
        number: number.to_owned(),
        customer: format!("Maison {}", email.split_once('@').unwrap().1),
        email: email.to_owned(),
        language: "fr",
        late_days: 5,
    }
}

impl Owed {
    pub fn english(self) -> Owed {
        Owed { language: "en", ..self }
    }

    pub fn late(self, days: u64) -> Owed {
        Owed {
            late_days: days,
            ..self
        }
    }

    pub fn due(&self) -> NaiveDate {
        days_ago(self.late_days)
    }

    pub fn issued(&self) -> NaiveDate {
        self.due().checked_sub_days(Days::new(30)).unwrap()
    }

    /// The mail with which the user sent this invoice, its file attached.
    pub fn mail(&self) -> Vec<u8> {
        self.mail_with(&[])
    }

    /// The same with more header lines.
    pub fn mail_with(&self, lines: &[&str]) -> Vec<u8> {
        let more: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (number, date) = (&self.number, morning(self.issued()).to_rfc2822());
        crlf(&format!(
            "From: Camille Roux <{ME}>\nTo: {email}\nSubject: Facture {number} - vos travaux\nDate: {date}\n\
             Message-ID: <invoice-{number}@test.example>\n{more}MIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"cut\"\n\n\
             --cut\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
             Bonjour,\n\nVoici la facture {number}.\n\nCamille Roux\n\
             --cut\nContent-Type: application/pdf; name=\"Facture {number}.pdf\"\n\
             Content-Disposition: attachment; filename=\"Facture {number}.pdf\"\n\n{pdf}\n--cut--\n",
            email = self.email,
            pdf = String::from_utf8_lossy(PDF),
        ))
    }
}

impl Firm {
    /// A firm that sends at any hour, without rest between two invoices of one customer, and files its copies at once.
    pub fn open() -> Firm {
        Firm::with(&[])
    }

    /// The same with other settings.
    pub fn with(overrides: &[(&str, &str)]) -> Firm {
        Firm::on(MailHost::start(Options::default()), overrides)
    }

    /// The same on a host of its own kind.
    pub fn on(host: MailHost, overrides: &[(&str, &str)]) -> Firm {
        let dir = state_dir();
        host.sink_mode("deliver");
        let config = configure(&host, dir.path(), overrides);
        Firm { host, config, dir }
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Writes the configuration anew.
    pub fn set(&self, overrides: &[(&str, &str)]) {
        configure(&self.host, self.dir.path(), overrides);
    }

    /// Runs one command.
    pub fn amiable(&self, arguments: &[&str]) -> Run {
        amiable(&self.config, arguments)
    }

    /// One round of the daemon.
    pub fn round(&self) {
        self.amiable(&["run", "--once"]).ok();
    }

    pub fn daemon(&self) -> Daemon {
        Daemon::start(&self.config)
    }

    /// The daemon, once it answers: what was there before has been read.
    pub fn daemon_ready(&self) -> Daemon {
        let daemon = self.daemon();
        let socket = self.state().join("control.sock");
        assert!(until(PATIENCE, || socket.exists()), "the daemon does not listen");
        self.status();
        daemon
    }

    pub fn import(&self, invoices: &[Owed]) {
        let path = self.dir.path().join("invoices.csv");
        fs::write(&path, csv(invoices)).unwrap();
        self.amiable(&["import", path.to_str().unwrap()]).ok();
    }

    /// Imports invoices whose mails lie in Sent since they were issued.
    pub fn invoice(&self, invoices: &[Owed]) {
        for owed in invoices {
            self.file("Sent", &owed.mail(), owed.issued());
        }
        self.import(invoices);
    }

    /// A message that has been in a folder since that day.
    pub fn file(&self, folder: &str, raw: &[u8], since: NaiveDate) {
        let mut mailbox = self.host.mailbox(ME);
        mailbox.append(folder, &["\\Seen"], Some(morning(since)), raw).unwrap();
    }

    /// A mail arrives in the user's INBOX.
    pub fn receives(&self, raw: &[u8]) {
        self.host.deliver(raw, ME);
    }

    /// `status --json`. Through a running daemon it waits for the round under way, and another one follows it.
    pub fn status(&self) -> Value {
        self.amiable(&["status", "--json"]).json()
    }

    /// One case of `status --json`.
    pub fn case(&self, number: &str) -> Value {
        let status = self.status();
        let cases = status["cases"].as_array().unwrap();
        let found = cases.iter().find(|case| case["number"] == number);
        found.unwrap_or_else(|| panic!("no case {number} in {status}")).clone()
    }

    /// Waits until a running daemon has read and done everything that is there now: the first question waits for the
    /// round under way and starts another, and the second is answered behind that one.
    pub fn settled(&self) {
        self.status();
        self.status();
    }

    /// What went out to that address, in order.
    pub fn sent_to(&self, email: &str) -> Vec<SinkMessage> {
        let mut sent = self.host.sent();
        sent.retain(|message| message.to.iter().any(|to| to == email));
        sent
    }

    /// The only mail that went out to that address.
    pub fn only_one_to(&self, email: &str) -> SinkMessage {
        let mut sent = self.sent_to(email);
        assert_eq!(sent.len(), 1, "mails to {email}; {}", self.status());
        sent.remove(0)
    }

    /// Every file of the archive that is a message.
    pub fn archived(&self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        walk(&self.state().join("archive"), &mut |path| {
            if path.extension().is_some_and(|end| end == "eml") {
                found.push(fs::read(path).unwrap());
            }
        });
        found
    }
}

/// In memory where that is possible: half of the time of a test would be fsync, and what a power cut leaves is not
/// the matter here.
fn state_dir() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// The usual settings of a firm, and others. The digest is hours away: a test must not run into its hour.
fn configure(host: &MailHost, dir: &Path, overrides: &[(&str, &str)]) -> PathBuf {
    let hours_away = format!("\"{}:00\"", clock_in(6 * 60).format("%H"));
    let usual = [
        ("sending.min_days_between", "0"),
        ("smtp.save_to_sent", "\"always\""),
        ("digest.at", hours_away.as_str()),
    ];
    let all: Vec<(&str, &str)> = usual.iter().chain(overrides).copied().collect();
    host.config_file(dir, &all)
}

/// Every file below a directory.
pub fn walk(dir: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, each);
        } else {
            each(&path);
        }
    }
}

fn csv(invoices: &[Owed]) -> String {
    let head = "number,amount,currency,issued,due,customer,email,language,country,kind\n".to_owned();
    invoices.iter().fold(head, |text, owed| {
        let Owed {
            number,
            customer,
            email,
            language,
            ..
        } = owed;
        let (issued, due) = (owed.issued(), owed.due());
        text + &format!("{number},500.00,EUR,{issued},{due},{customer},{email},{language},FR,business\n")
    })
}
