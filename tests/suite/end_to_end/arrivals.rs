//! Mail that arrives while the daemon waits, and folders that are numbered anew.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;
use crate::program::until;

/// Nobody asks, no time is due: the server's word alone wakes it, again and again. `export` reads files only and does
/// not wake the daemon.
#[test]
fn news_is_read_as_it_arrives() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    let daemon = firm.daemon_ready();
    firm.settled();
    for (n, email) in (1..).zip(["a@morel.example", "b@autre.example"]) {
        let reminder = firm.only_one_to(email).raw;
        firm.receives(&answer(&reminder, email, "Nous contestons cette facture."));
        let read = || firm.amiable(&["export"]).ok().matches("\"found\":\"reply\"").count() == n;
        assert!(until(PATIENCE, read), "{email}");
    }
    assert_eq!(daemon.stop(), Some(0));
}

/// A restored backup numbers every message anew: all is read again, nothing counts twice, and nothing goes out twice.
#[test]
fn folders_that_are_numbered_anew_are_read_again() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.round();
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.receives(&answer(&reminder, "a@morel.example", "Nous contestons cette facture."));
    firm.round();
    let before = firm.status();
    firm.host.renumber(ME);
    let late = firm.only_one_to("b@autre.example").raw;
    firm.receives(&answer(&late, "b@autre.example", "Nous contestons cette facture."));
    firm.round();
    assert_eq!(firm.case("2026-101"), before["cases"][0], "what was known is known");
    let case = firm.case("2026-201");
    assert_eq!(
        case["replies"].as_array().unwrap().len(),
        1,
        "what is new is read: {case}"
    );
    firm.round();
    assert_eq!(firm.host.sent().len(), 2);
    assert_eq!(firm.host.folder(ME, "Sent").len(), 4, "two invoices, two copies");
}

/// The same while the daemon runs and Dovecot comes back under it.
#[test]
fn a_running_daemon_survives_new_numbers() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    let daemon = firm.daemon_ready();
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.host.renumber(ME);
    firm.receives(&answer(&reminder, "a@morel.example", "Nous contestons cette facture."));
    assert!(until(PATIENCE, || firm.case("2026-101")["state"] == "held"));
    firm.settled();
    assert_eq!(firm.case("2026-101")["replies"].as_array().unwrap().len(), 1);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(firm.host.sent().len(), 1);
}
