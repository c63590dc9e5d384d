//! A server that can do little, and a mailbox that breaks off.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::{ME, MailHost, Options};
use crate::program::until;

/// No IDLE, no UIDPLUS, no special folders, no LIST-STATUS, no ID: what is there is read, the copy is laid into "Sent"
/// by its name, and what comes later is read too.
#[test]
fn a_server_without_extensions_will_do() {
    let host = MailHost::start(Options {
        capabilities: "IMAP4rev1",
        ..Options::default()
    });
    let firm = Firm::on(host, &[]);
    firm.host.mailbox(ME).command("CREATE Clients").unwrap();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    let old = answer(
        &owed("2026-201", "b@autre.example").mail(),
        "b@autre.example",
        "Nous contestons cette facture.",
    );
    firm.host.append("Clients", &old, &[]);
    let daemon = firm.daemon_ready();
    assert_eq!(firm.case("2026-201")["hold"]["reason"], "dispute");
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
    assert!(firm.sent_to("b@autre.example").is_empty());
    assert_eq!(daemon.stop(), Some(0));
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.receives(&answer(&reminder, "a@morel.example", "Nous contestons cette facture."));
    firm.round();
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "dispute");
    let copies = firm
        .host
        .folder(ME, "Sent")
        .into_iter()
        .filter(|stored| id_of(&stored.raw) == id_of(&reminder));
    assert_eq!(copies.count(), 1, "the copy, without \\Sent to tell where");
}

/// The server goes away and comes back: the daemon waits, tries again, and reads what came meanwhile before it sends.
#[test]
fn a_server_that_comes_back_is_found_again() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    let daemon = firm.daemon_ready();
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.host.stop_dovecot();
    assert!(until(PATIENCE, || daemon.log().contains("no mailbox")), "it notices");
    firm.import(&[owed("2026-102", "a@morel.example")]);
    assert!(
        firm.amiable(&["status"]).ok().contains("2026-102"),
        "commands are answered without a mailbox"
    );
    assert_eq!(
        firm.sent_to("a@morel.example").len(),
        1,
        "nothing goes out without the fence"
    );
    // The answer lies there when the server comes back.
    let raw = answer(&reminder, "a@morel.example", "Nous contestons cette facture.");
    let inbox = firm.host.root.join("home").join(ME).join("Maildir/new");
    std::fs::write(inbox.join("1.meanwhile.test"), raw).unwrap();
    firm.host.start_dovecot();
    let held = || firm.case("2026-102")["state"] == "held";
    assert!(until(PATIENCE, held), "it reads again");
    assert_eq!(firm.sent_to("a@morel.example").len(), 1, "and reads before it sends");
    assert_eq!(daemon.stop(), Some(0));
}
