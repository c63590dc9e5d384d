//! Starts that cannot succeed end at once, with the right exit code and a word that helps.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::{alone, days_ago};
use crate::mailhost::{ME, MailHost, Options};
use crate::program::{Run, amiable};

/// The lines of Dovecot's log that tell of a refused login.
fn refused_logins(firm: &Firm) -> usize {
    let mut count = 0;
    walk(&firm.host.root.join("log"), &mut |path| {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        count += text.lines().filter(|line| line.contains("auth failed")).count();
    });
    count
}

fn refused(run: Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word} in {run:?}");
    }
    assert!(!run.stderr.contains("wrong-secret"), "no secrets: {run:?}");
}

/// A wrong password is told once: trying again would lock the account.
#[test]
fn a_wrong_imap_password_ends_it_at_once() {
    let firm = Firm::open();
    firm.import(&[owed("2026-101", "a@morel.example")]);
    fs::write(firm.dir.path().join("password"), "wrong-secret\n").unwrap();
    let start = Instant::now();
    refused(firm.amiable(&["run"]), 77, &["password"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(
        (1..=2).contains(&refused_logins(&firm)),
        "{} tries",
        refused_logins(&firm)
    );
    assert!(firm.host.sent().is_empty());
}

/// Nobody home: worth another try later, says the exit code to whoever called.
#[test]
fn an_unreachable_host_is_worth_another_try() {
    let firm = Firm::open();
    firm.import(&[owed("2026-101", "a@morel.example")]);
    firm.host.stop_dovecot();
    refused(firm.amiable(&["run", "--once"]), 75, &["127.0.0.1"]);
    firm.host.start_dovecot();
    firm.round();
    assert_eq!(firm.sent_to("a@morel.example").len(), 1, "and then it goes on");
}

/// A server that cannot prove who it is gets no password, for reading or for sending.
#[test]
fn an_untrusted_certificate_is_refused_with_the_way_out() {
    let firm = Firm::with(&[("imap.ca_file", "\"\"")]);
    refused(firm.amiable(&["run"]), 1, &["certificate", "ca_file"]);
    let host = MailHost::start(Options {
        certificate: "other",
        ..Options::default()
    });
    let firm = Firm::on(host, &[]);
    refused(firm.amiable(&["run", "--once"]), 1, &["certificate", "name"]);
    let firm = Firm::with(&[("smtp.ca_file", "\"\"")]);
    firm.import(&[owed("2026-101", "a@morel.example")]);
    firm.round();
    assert!(
        firm.host.sent().is_empty() && firm.host.sink_logins().is_empty(),
        "no password left"
    );
    let digest = firm.amiable(&["digest", "--print"]).ok();
    assert!(digest.contains("ca_file"), "{digest}");
}

/// Two daemons on one account would send everything twice: the second one refuses, in the same state directory or in
/// another.
#[test]
fn a_second_daemon_refuses() {
    let firm = Firm::open();
    let daemon = firm.daemon_ready();
    let second = firm.amiable(&["run"]);
    assert!(matches!(second.code, Some(1 | 75)), "{second:?}");
    assert!(second.stderr.contains("another amiable"), "{second:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    let config = firm.host.config_file(elsewhere.path(), &[]);
    let third = amiable(&config, &["run"]);
    assert!(matches!(third.code, Some(1 | 75)), "{third:?}");
    assert!(third.stderr.contains("another amiable"), "{third:?}");
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(
        amiable(&config, &["run", "--once"]).code,
        Some(0),
        "when the first has gone, it may"
    );
}

/// A password that everybody on the machine can read is none.
#[test]
fn a_password_file_for_everybody_is_refused() {
    let firm = Firm::open();
    fs::set_permissions(firm.dir.path().join("password"), fs::Permissions::from_mode(0o644)).unwrap();
    for command in [&["run"][..], &["run", "--once"], &["check"], &["status"]] {
        let run = firm.amiable(command);
        assert_eq!(run.code, Some(78), "{command:?}: {run:?}");
        assert!(run.stderr.contains("chmod 600"), "{run:?}");
    }
}

/// A state directory belongs to one address: another one does not take it over.
#[test]
fn a_state_of_another_address_is_refused() {
    let firm = Firm::open();
    firm.import(&[owed("2026-101", "a@morel.example")]);
    firm.set(&[("me.address", "\"somebody@else.example\"")]);
    let run = firm.amiable(&["status"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("another address"), "{run:?}");
}

/// `check` finds the same faults without sending anything, and says that all is well where it is.
#[test]
fn check_tells_before_anything_is_sent() {
    let firm = Firm::open();
    firm.import(&[owed("2026-101", "a@morel.example")]);
    let words = firm.amiable(&["check"]).ok();
    for word in ["Sent", "127.0.0.1"] {
        assert!(words.contains(word), "{word} in {words}");
    }
    firm.host.sink_password("another");
    assert_eq!(firm.amiable(&["check"]).code, Some(77), "the login for sending");
    fs::write(firm.dir.path().join("password"), "wrong-secret\n").unwrap();
    refused(firm.amiable(&["check"]), 77, &[]);
    firm.host.stop_dovecot();
    assert_ne!(firm.amiable(&["check"]).code, Some(0));
    assert!(firm.host.sent().is_empty());
}

/// A file with wrong rows: the good ones are taken, each wrong one is told with its line, column and reason.
#[test]
fn wrong_rows_are_told_and_good_ones_taken() {
    let firm = Firm::open();
    let head = "number,amount,currency,issued,due,customer,email,language,country,kind\n";
    let good = format!(
        "2026-101,500.00,EUR,{},{},Morel,a@morel.example,fr,FR,business\n",
        days_ago(40),
        days_ago(5)
    );
    let wrong = good.replace("2026-101", "2026-102").replace("500.00", "beaucoup");
    let path = firm.dir.path().join("invoices.csv");
    fs::write(&path, format!("{head}{good}{wrong}")).unwrap();
    let run = firm.amiable(&["import", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stderr.contains("line 3") && run.stderr.contains("amount"),
        "{run:?}"
    );
    let status = firm.status();
    assert_eq!(status["cases"].as_array().unwrap().len(), 1, "{status}");
}

/// The log is what people send to others when they ask for help: no password in it at any level, and no customer.
#[test]
fn neither_secrets_nor_customers_stand_in_the_log() {
    let secret = "hunter2-xyzzy";
    let users = vec![(ME, secret)];
    let firm = Firm::on(
        MailHost::start(Options {
            users,
            ..Options::default()
        }),
        &[],
    );
    fs::write(firm.dir.path().join("password"), secret).unwrap();
    firm.import(&[
        owed("2026-101", "claire@morel.example"),
        owed("2026-201", "b@autre.example"),
    ]);
    firm.receives(&alone(
        "claire@morel.example",
        "Facture 2026-101",
        "c@x",
        "Nous contestons cette facture plugh.",
    ));
    firm.host.sink_refuses(&["b@autre.example"]);
    let run = firm.amiable(&["run", "--once", "-v"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for word in ["morel.example", "autre.example", "plugh", "Maison"] {
        assert!(!run.stderr.contains(word), "{word} in {}", run.stderr);
    }
    let run = firm.amiable(&["run", "--once", "-vv"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let plain = format!("\0{ME}\0{secret}");
    for word in [secret.to_owned(), STANDARD.encode(secret), STANDARD.encode(plain)] {
        assert!(!run.stderr.contains(&word), "{word} in {}", run.stderr);
    }
}
