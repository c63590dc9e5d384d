//! However the daemon ends, nothing goes out twice, and nothing is missed.

use std::time::Duration;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::program::{signal, until};

/// The service manager's word, and Ctrl-C, end it cleanly.
#[test]
fn it_ends_when_it_is_asked_to() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    let daemon = firm.daemon_ready();
    assert_eq!(daemon.stop(), Some(0), "SIGTERM");
    assert!(!firm.state().join("control.sock").exists(), "the door is closed");
    let mut daemon = firm.daemon_ready();
    signal("INT", daemon.pid());
    assert!(until(Duration::from_secs(20), || !daemon.runs()), "SIGINT");
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
}

/// The plug is pulled again and again at moments of their own choosing, while mails go out and answers come in: in the
/// end everybody has got his reminder, nobody two, and every answer holds.
#[test]
fn pulling_the_plug_sends_nothing_twice() {
    let firm = Firm::open();
    let email = |n: usize| format!("a@client{n}.example");
    let invoices: Vec<Owed> = (0..12).map(|n| owed(&format!("2026-1{n:02}"), &email(n))).collect();
    firm.invoice(&invoices);
    for pause in [150, 400, 700, 1000, 1300, 250, 550, 850] {
        let daemon = firm.daemon();
        std::thread::sleep(Duration::from_millis(pause));
        daemon.kill();
    }
    firm.round();
    let mut unknown = 0;
    for (n, invoice) in invoices.iter().enumerate() {
        let case = firm.case(&invoice.number);
        let sent = firm.sent_to(&email(n)).len();
        let outcome = case["sent"][0]["outcome"].as_str().unwrap().to_owned();
        unknown += usize::from(outcome == "unknown");
        assert!(sent == 1 || (sent == 0 && outcome == "unknown"), "{sent} mails, {case}");
    }
    assert!(unknown <= 8, "each kill leaves one open question at most");
    for n in 0..12 {
        for reminder in firm.sent_to(&email(n)) {
            firm.receives(&answer(&reminder.raw, &email(n), "Nous contestons cette facture."));
        }
    }
    for pause in [300, 600, 900] {
        let daemon = firm.daemon();
        std::thread::sleep(Duration::from_millis(pause));
        daemon.kill();
    }
    firm.round();
    for (n, invoice) in invoices.iter().enumerate() {
        let case = firm.case(&invoice.number);
        let replies = case["replies"].as_array().unwrap().len();
        assert_eq!(replies, firm.sent_to(&email(n)).len(), "each answer once: {case}");
        assert_eq!(case["state"], "held", "{case}");
    }
}
