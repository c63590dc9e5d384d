//! The mail host does what the tests on it count on.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use amiable::cli::demo::letter::{Letter, bounce};
use amiable::cli::demo::mailbox::Mailbox;
use chrono::DateTime;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{SmtpTransport, Transport};

use crate::mailhost::*;
use crate::program::{amiable_with, signal, until};

fn letter(id: &str) -> Letter {
    Letter {
        from: format!("Camille Roux <{ME}>"),
        to: DEBTOR.to_owned(),
        subject: "Facture 2026-014 : petite vérification".to_owned(),
        date: DateTime::parse_from_rfc3339("2026-03-04T10:00:00+01:00").unwrap(),
        message_id: format!("<{id}@test.example>"),
        references: Vec::new(),
        body: "Bonjour,\n.un point en tête de ligne\n".to_owned(),
        attachment: None,
    }
}

fn sent_with(port: u16, password: Option<&str>, to: &[&str], raw: &[u8]) -> Result<(), String> {
    let recipients = to.iter().map(|address| address.parse().unwrap()).collect();
    let envelope = Envelope::new(Some(ME.parse().unwrap()), recipients).unwrap();
    let mut transport = SmtpTransport::builder_dangerous("127.0.0.1")
        .port(port)
        .timeout(Some(Duration::from_secs(2)));
    if let Some(password) = password {
        transport = transport.credentials(Credentials::new(ME.to_owned(), password.to_owned()));
    }
    transport
        .build()
        .send_raw(&envelope, raw)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn uid_validity(host: &MailHost, folder: &str) -> String {
    host.mailbox(ME)
        .command(&format!("STATUS {folder} (UIDVALIDITY)"))
        .unwrap()[0]
        .text
        .clone()
}

#[test]
fn what_comes_in_is_found_unread() {
    let host = MailHost::start(Options::default());
    let raw = letter("in").bytes().unwrap();
    host.deliver(&raw, ME);
    host.deliver(&raw, "me+facture@test.example");
    host.append("Sent", &raw, &["\\Seen", "\\Flagged"]);
    let inbox = host.folder(ME, "INBOX");
    assert_eq!(inbox.len(), 2, "plus addresses arrive too");
    assert!(
        inbox.iter().all(|stored| stored.flags.is_empty()),
        "looking does not mark as read"
    );
    assert!(
        String::from_utf8_lossy(&inbox[0].raw).contains("\r\n.un point"),
        "dots survive LMTP"
    );
    let sent = host.folder(ME, "Sent");
    assert_eq!(
        (sent[0].raw.clone(), sent[0].flags.join(" ")),
        (raw, "\\Flagged \\Seen".to_owned())
    );
    let flags: Vec<String> = host
        .mailbox(ME)
        .command("LIST \"\" *")
        .unwrap()
        .into_iter()
        .map(|r| r.text)
        .collect();
    for special in ["\\Sent", "\\Drafts", "\\Junk", "\\Trash"] {
        assert!(
            flags.iter().any(|line| line.contains(special)),
            "{special} in {flags:?}"
        );
    }
}

#[test]
fn the_sink_misbehaves_on_request() {
    let host = MailHost::start(Options::default());
    for (mode, word, kept) in [
        ("ok", "", true),
        ("deliver", "", true),
        ("tempfail", "451", false),
        ("permfail", "550", false),
        ("datafail", "451", false),
        ("ratelimit", "421", false),
        ("drop", "", true),
        ("hang", "", true),
        ("cut", "", false),
    ] {
        host.sink_mode(mode);
        let before = host.sent().len();
        let outcome = sent_with(
            host.sink,
            None,
            &[DEBTOR, "stranger@elsewhere.example"],
            &letter(mode).bytes().unwrap(),
        );
        assert_eq!(outcome.is_ok(), matches!(mode, "ok" | "deliver"), "{mode}: {outcome:?}");
        assert!(outcome.err().unwrap_or_default().contains(word), "{mode} says {word}");
        assert_eq!(host.sent().len() > before, kept, "{mode} keeps the message or not");
    }
    let last = host.sent().pop().unwrap();
    assert_eq!(
        (last.envelope_from.as_str(), last.mode.as_str(), last.to.len()),
        (ME, "hang", 2)
    );
    assert_eq!(
        host.folder_messages(DEBTOR, "INBOX").len(),
        1,
        "only mode deliver hands over, and only to whom it knows"
    );
}

#[test]
fn the_sink_refuses_whom_it_is_told_to() {
    let host = MailHost::start(Options::default());
    let raw = letter("one").bytes().unwrap();
    host.sink_refuses(&["gone@elsewhere.example"]);
    assert!(sent_with(host.sink, None, &[DEBTOR], &raw).is_ok());
    assert!(
        sent_with(host.sink, None, &[DEBTOR, "gone@elsewhere.example"], &raw)
            .unwrap_err()
            .contains("550")
    );
    assert!(sent_with(host.sink, Some("anything"), &[DEBTOR], &raw).is_ok());
    host.sink_password("another");
    assert!(
        sent_with(host.sink, Some("anything"), &[DEBTOR], &raw)
            .unwrap_err()
            .contains("535")
    );
    assert!(sent_with(host.sink, Some("another"), &[DEBTOR], &raw).is_ok());
    assert!(
        sent_with(host.submission, Some(PASSWORD), &[DEBTOR], &raw).is_ok(),
        "through Dovecot's own submission too"
    );
    assert_eq!(host.sent()[1].user.as_deref(), Some(ME));
}

#[test]
fn a_provider_rewrites_ids_and_files_sent() {
    let host = MailHost::start(Options::default());
    host.sink_mode("rewrite");
    host.sink_files_sent();
    sent_with(host.sink, None, &[DEBTOR], &letter("old").bytes().unwrap()).unwrap();
    let sent = host.folder(ME, "Sent");
    let text = String::from_utf8_lossy(&sent[0].raw).into_owned();
    assert!(
        text.contains("@rewritten.invalid>") && text.contains("X-Microsoft-Original-Message-ID: <old@test.example>")
    );
    assert_eq!(sent[0].flags, ["\\Seen"]);
    assert_eq!(host.folder_messages(DEBTOR, "INBOX").len(), 1);
}

#[test]
fn certificates_are_what_they_say() {
    for (certificate, trusted_by_root) in [("ca", true), ("self", false), ("other", false)] {
        let host = MailHost::start(Options {
            certificate,
            ..Options::default()
        });
        for port in [host.imaps, host.sink_tls] {
            let trusts = |file: &str| {
                let status = Command::new("openssl")
                    .args([
                        "s_client",
                        "-verify_return_error",
                        "-verify_hostname",
                        "localhost",
                        "-partial_chain",
                    ])
                    .args(["-connect", &format!("127.0.0.1:{port}"), "-CAfile"])
                    .arg(host.root.join("etc").join(file))
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status();
                status.unwrap().success()
            };
            assert_eq!(trusts("ca.pem"), trusted_by_root, "{certificate} against the root");
            assert_eq!(
                trusts("self.pem"),
                certificate == "self",
                "{certificate} against the pinned certificate"
            );
        }
    }
}

#[test]
fn idle_wakes_goes_silent_and_ends() {
    let host = MailHost::start(Options::default());
    let raw = letter("idle").bytes().unwrap();
    let second = Duration::from_secs(1);
    let mut mailbox = host.mailbox(ME);
    mailbox.command("SELECT INBOX").unwrap();
    host.deliver(&raw, ME);
    assert!(mailbox.idle(10 * second).unwrap(), "IDLE tells of an arrival");
    host.freeze();
    host.deliver(&raw, ME);
    assert!(
        !mailbox.idle(2 * second).is_ok_and(|arrived| arrived),
        "a frozen worker says nothing and closes nothing"
    );
    host.thaw();
    let mut mailbox = host.mailbox(ME);
    mailbox.command("SELECT INBOX").unwrap();
    let kicker = std::thread::scope(|scope| {
        let kicked = scope.spawn(|| mailbox.idle(10 * second));
        std::thread::sleep(second / 2);
        host.kick(ME);
        kicked.join().unwrap()
    });
    assert!(kicker.is_err(), "kick ends the connection");
}

#[test]
fn a_restored_server_counts_anew() {
    let host = MailHost::start(Options::default());
    host.append("Sent", &letter("kept").bytes().unwrap(), &[]);
    let before = (uid_validity(&host, "INBOX"), uid_validity(&host, "Sent"));
    host.renumber(ME);
    let after = (uid_validity(&host, "INBOX"), uid_validity(&host, "Sent"));
    assert!(before.0 != after.0 && before.1 != after.1, "{before:?} {after:?}");
    assert_eq!(host.folder_messages(ME, "Sent").len(), 1);
}

#[test]
fn capabilities_can_be_hidden() {
    let host = MailHost::start(Options {
        capabilities: "IMAP4rev1 UIDPLUS",
        ..Options::default()
    });
    let text = host.mailbox(ME).command("CAPABILITY").unwrap()[0].text.clone();
    assert!(text.contains("UIDPLUS") && !text.contains("IDLE"), "{text}");
}

#[test]
fn bearer_tokens_come_and_expire() {
    let host = MailHost::start(Options {
        oauth_seconds: Some(2),
        ..Options::default()
    });
    let body = "grant_type=refresh_token&refresh_token=rt-1";
    let mut http = TcpStream::connect(("127.0.0.1", host.tokens)).unwrap();
    write!(
        http,
        "POST /token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).unwrap();
    let json: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let token = json["access_token"].as_str().unwrap();
    let login = || {
        let text = format!("user={ME}\u{1}auth=Bearer {token}\u{1}\u{1}");
        let mut encoder = Command::new("openssl")
            .args(["base64", "-A"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        encoder.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let encoded = String::from_utf8(encoder.wait_with_output().unwrap().stdout).unwrap();
        let mut mailbox = Mailbox::connect(host.imap).unwrap();
        mailbox
            .command(&format!("AUTHENTICATE XOAUTH2 {}\r\n", encoded.trim()))
            .is_ok()
    };
    assert!(login(), "a fresh token");
    assert!(until(Duration::from_secs(10), || !login()), "a token past its life");
}

#[test]
fn nothing_stays_behind() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mailhost/start.sh");
    let gone = |root: &str, master: &str| {
        let ended =
            || std::fs::read_to_string(format!("/proc/{master}/stat")).map_or(true, |stat| stat.contains(") Z"));
        until(Duration::from_secs(20), || !Path::new(root).exists() && ended())
    };
    let started = |output: std::process::Output| {
        let root = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .replace("ROOT=", "");
        let master = std::fs::read_to_string(format!("{root}/run/master.pid"))
            .unwrap()
            .trim()
            .to_owned();
        (root, master)
    };

    let mut child = Command::new(&script)
        .arg("--watch-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lifeline = child.stdin.take();
    let (root, master) = started(child.wait_with_output().unwrap());
    drop(lifeline);
    assert!(gone(&root, &master), "{root} outlives its standard input");

    let mut parent = Command::new("sleep").arg("1000").spawn().unwrap();
    let output = Command::new(&script)
        .args(["--parent-pid", &parent.id().to_string()])
        .output()
        .unwrap();
    let (root, master) = started(output);
    signal("KILL", parent.id());
    parent.wait().unwrap();
    assert!(gone(&root, &master), "{root} outlives its parent");
}

#[test]
fn several_run_side_by_side() {
    let hosts: Vec<MailHost> = (0..3).map(|_| MailHost::start(Options::default())).collect();
    let ports: BTreeSet<u16> = hosts
        .iter()
        .flat_map(|host| [host.imap, host.lmtp, host.sink])
        .collect();
    assert_eq!(ports.len(), 9);
    hosts[1].deliver(&letter("second").bytes().unwrap(), ME);
    assert_eq!(
        hosts
            .iter()
            .map(|host| host.folder_messages(ME, "INBOX").len())
            .collect::<Vec<_>>(),
        [0, 1, 0]
    );
}

#[test]
fn configuration_and_letters() {
    let host = MailHost::start(Options::default());
    let dir = tempfile::tempdir().unwrap();
    let mut overrides = vec![
        ("sending.mode", "\"draft\""),
        ("ladder", "[{step = \"friendly\", after_days = 3}]"),
    ];
    let plain = plain(&host);
    overrides.extend(plain.iter().map(|(key, value)| (*key, value.as_str())));
    let path = host.config_file(dir.path(), &overrides);
    let config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    assert_eq!(config["sending"]["mode"].as_str(), Some("draft"));
    assert_eq!(config["ladder"][0]["step"].as_str(), Some("friendly"));
    assert_eq!(config["imap"]["port"].as_integer(), Some(i64::from(host.imap)));
    let mode = std::fs::metadata(dir.path().join("password"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let parent = letter("parent").bytes().unwrap();
    let date = DateTime::parse_from_rfc3339("2026-03-05T09:00:00+01:00").unwrap();
    let answer = Letter::answer(&parent, "Léa Martin <lea@client.example>", date, "Je paie vendredi.").unwrap();
    let text = String::from_utf8(answer.bytes().unwrap()).unwrap();
    assert_eq!(answer.subject, "Re: Facture 2026-014 : petite vérification");
    assert_eq!(answer.to, ME);
    assert!(
        text.contains("In-Reply-To: <parent@test.example>\r\n") && text.contains("\r\n> Bonjour,"),
        "{text}"
    );
    let again = Letter::answer(text.as_bytes(), ME, date, "Merci.").unwrap();
    assert_eq!(
        again.references,
        ["<parent@test.example>".to_owned(), answer.message_id],
        "the chain grows"
    );
    let dsn = String::from_utf8(bounce(&parent, "lea@client.example", date).unwrap()).unwrap();
    assert!(dsn.contains("Final-Recipient: rfc822; lea@client.example") && dsn.contains("<parent@test.example>"));
}

#[test]
fn the_program_is_run_with_a_limit() {
    let run = amiable_with(&["--version"], b"", Duration::from_secs(20));
    assert_eq!(run.code, Some(0), "{run:?}");
}
