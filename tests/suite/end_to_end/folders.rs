//! The answer is found wherever a rule, a filter or a thumb has put it.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

/// A rule files the customer's mail before we see it, the spam filter takes it for spam, the user's thumb deletes it,
/// or his folder is called « Clients/Société Générale » (modified UTF-7 on the wire): each is an answer all the same.
#[test]
fn an_answer_is_found_in_every_folder() {
    let firm = Firm::open();
    let places = [
        ("2026-101", "a@morel.example", "Clients/Morel"),
        ("2026-201", "b@junk.example", "Junk"),
        ("2026-301", "c@trash.example", "Trash"),
        (
            "2026-401",
            "d@accent.example",
            "Clients/Soci&AOk-t&AOk- G&AOk-n&AOk-rale",
        ),
        ("2026-501", "e@greek.example", "&A6AEOw- & Co"),
    ];
    let invoices: Vec<Owed> = places.iter().map(|(number, email, _)| owed(number, email)).collect();
    firm.invoice(&invoices);
    let mut mailbox = firm.host.mailbox(ME);
    mailbox.command("CREATE \"Clients/Morel\"").unwrap();
    mailbox
        .command("CREATE \"Clients/Soci&AOk-t&AOk- G&AOk-n&AOk-rale\"")
        .unwrap();
    mailbox.command("CREATE \"&A6AEOw- &- Co\"").unwrap();
    let daemon = firm.daemon_ready();
    for (_, email, folder) in &places {
        let raw = answer(&firm.only_one_to(email).raw, email, "Nous contestons cette facture.");
        let folder = folder.replace("& Co", "&- Co");
        mailbox.append(&folder, &[], None, &raw).unwrap();
    }
    firm.settled();
    for (number, _, folder) in &places {
        let case = firm.case(number);
        assert_eq!(
            (&case["state"], &case["hold"]["reason"]),
            (&"held".into(), &"dispute".into()),
            "{folder}: {case}"
        );
    }
    assert_eq!(daemon.stop(), Some(0));
}

/// An answer that lies in a folder when the daemon first starts counts just the same: nothing goes out over it.
#[test]
fn an_answer_that_was_there_before_the_first_start_is_found() {
    let firm = Firm::open();
    let invoice = owed("2026-101", "a@morel.example");
    firm.host.mailbox(ME).command("CREATE \"Clients/Morel\"").unwrap();
    let raw = answer(&invoice.mail(), "a@morel.example", "Nous contestons cette facture.");
    firm.file("Clients/Morel", &raw, days_ago(20));
    firm.invoice(&[
        invoice,
        owed("2026-102", "a@morel.example"),
        owed("2026-201", "b@autre.example"),
    ]);
    firm.round();
    assert!(firm.sent_to("a@morel.example").is_empty(), "a no is a no, however old");
    assert_eq!(firm.case("2026-101")["replies"][0]["match"], "ids");
    assert_eq!(firm.sent_to("b@autre.example").len(), 1);
}

/// A mail that comes and is deleted before we look leaves a gap in the numbering: the daemon goes on waiting, hears
/// what comes next, and answers commands.
#[test]
fn a_mail_that_came_and_went_does_not_keep_it_busy() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    firm.receives(&alone("ami@elsewhere.example", "un", "1@x", "un"));
    firm.round();
    firm.receives(&alone("ami@elsewhere.example", "deux", "2@x", "deux"));
    let mut mailbox = firm.host.mailbox(ME);
    mailbox.command("SELECT INBOX").unwrap();
    mailbox.command("STORE 2 +FLAGS (\\Deleted)").unwrap();
    mailbox.command("EXPUNGE").unwrap();
    let daemon = firm.daemon_ready();
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.receives(&answer(&reminder, "a@morel.example", "Nous contestons cette facture."));
    firm.settled();
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "dispute");
    assert_eq!(daemon.stop(), Some(0));
}
