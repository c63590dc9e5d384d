//! The submission server on its bad days: put off, refused, lost after the dot. Never twice, and never in silence.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, Utc};

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;
use crate::program::until;

const CLAIRE: &str = "claire@morel.example";

/// The copies in the user's INBOX and the questions of the digest are how he hears of it.
fn digest(firm: &Firm) -> String {
    firm.amiable(&["digest", "--print"]).ok()
}

/// A server that asks for patience gets it: the mail waits for a quarter of an hour, is shown as waiting, and nothing
/// is lost or sent in between.
#[test]
fn a_mail_that_is_put_off_waits() {
    for mode in ["tempfail", "datafail"] {
        let firm = Firm::open();
        firm.invoice(&[owed("2026-101", CLAIRE)]);
        firm.host.sink_mode(mode);
        firm.round();
        let case = firm.case("2026-101");
        assert_eq!(case["sent"][0]["outcome"], "prepared", "{mode}: {case}");
        assert_eq!(
            (&case["state"], &case["next"]["step"]),
            (&"waiting".into(), &"friendly".into()),
            "{mode}: {case}"
        );
        let at: DateTime<Utc> = case["next"]["at"].as_str().unwrap().parse().unwrap();
        let minutes = (at - Utc::now()).num_minutes();
        assert!((13..=15).contains(&minutes), "{mode}: again in {minutes} minutes");
        firm.host.sink_mode("deliver");
        firm.round();
        assert!(
            firm.host.sent().is_empty(),
            "{mode}: not before its time, also after a restart"
        );
    }
}

/// A server that says 421 is left alone by everybody who waits behind it.
#[test]
fn a_server_that_closes_is_left_alone() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", CLAIRE), owed("2026-201", "b@autre.example")]);
    firm.host.sink_mode("ratelimit");
    let daemon = firm.daemon_ready();
    firm.settled();
    assert!(firm.host.sent().is_empty());
    assert!(
        firm.host.sink_logins().len() <= 2,
        "no hammering: {:?}",
        firm.host.sink_logins()
    );
    let words = digest(&firm);
    assert!(words.contains("421"), "the digest tells: {words}");
    assert_eq!(daemon.stop(), Some(0));
}

/// An address that the server refuses holds that customer and asks; the others get theirs, and the mail to the refused
/// one is not handed in for his colleague alone.
#[test]
fn a_refused_recipient_holds_and_asks() {
    let firm = Firm::open();
    let invoice = owed("2026-101", CLAIRE);
    firm.file(
        "Sent",
        &invoice.mail_with(&["Cc: compta@morel.example"]),
        invoice.issued(),
    );
    firm.import(&[invoice]);
    firm.invoice(&[owed("2026-201", "b@autre.example")]);
    firm.host.sink_refuses(&["compta@morel.example"]);
    firm.round();
    assert!(firm.sent_to(CLAIRE).is_empty(), "all recipients or none");
    assert_eq!(firm.sent_to("b@autre.example").len(), 1);
    let case = firm.case("2026-101");
    assert_eq!(
        (&case["state"], &case["hold"]["reason"]),
        (&"held".into(), &"bounce".into()),
        "{case}"
    );
    assert_eq!(case["sent"][0]["outcome"], "refused", "{case}");
    assert!(case["hold"]["until"].is_null(), "{case}");
    let words = digest(&firm);
    assert!(words.contains("2026-101") && words.contains("550"), "{words}");
    let notices = firm.sent_to(ME);
    assert_eq!(notices.len(), 1, "told at once, once");
    let words = text_of(&notices[0].raw);
    assert!(words.contains("2026-101") && words.contains("550"), "{words}");
    firm.host.sink_refuses(&[]);
    firm.import(&[owed("2026-102", CLAIRE)]);
    firm.round();
    assert!(firm.sent_to(CLAIRE).is_empty(), "held until the user says otherwise");
    assert_eq!(firm.sent_to(ME).len(), 1, "not told again");
}

/// The connection is lost after the last dot: it may have gone out or not. It is never sent again by itself, the user
/// is asked, and a copy that turns up in Sent is the answer.
#[test]
fn a_lost_answer_is_never_answered_by_sending_again() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", CLAIRE)]);
    firm.host.sink_mode("drop");
    firm.round();
    assert_eq!(firm.sent_to(CLAIRE).len(), 1, "the sink has it, and said nothing");
    firm.host.sink_mode("deliver");
    firm.import(&[owed("2026-102", CLAIRE)]);
    firm.round();
    firm.round();
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "unknown", "{case}");
    assert_eq!(
        (&case["state"], &case["hold"]["reason"]),
        (&"held".into(), &"needs_review".into()),
        "{case}"
    );
    assert!(case["hold"]["until"].is_null(), "{case}");
    assert_eq!(firm.sent_to(CLAIRE).len(), 1, "neither it nor another one goes out");
    assert!(
        digest(&firm).contains("2026-101"),
        "the user is asked: {}",
        digest(&firm)
    );
    firm.host.append("Sent", &firm.only_one_to(CLAIRE).raw, &["\\Seen"]);
    firm.round();
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "accepted", "the copy proves it: {case}");
    assert!(case["hold"].is_null(), "and the question is answered: {case}");
    assert_eq!(firm.sent_to(CLAIRE).len(), 2, "the other invoice goes on");
}

/// The plug is pulled while the server has the content and has not answered: at the next start nobody knows, so nothing
/// is sent again.
#[test]
fn a_crash_after_the_content_never_sends_again() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", CLAIRE)]);
    firm.host.sink_mode("hang");
    let daemon = firm.daemon();
    assert!(
        until(PATIENCE, || firm.sent_to(CLAIRE).len() == 1),
        "the content is out"
    );
    daemon.kill();
    firm.host.sink_mode("deliver");
    firm.round();
    firm.round();
    assert_eq!(firm.sent_to(CLAIRE).len(), 1);
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "unknown", "{case}");
    assert_eq!(case["hold"]["reason"], "needs_review", "{case}");
}

/// The connection breaks in the middle of the content: half a mail is no mail, but nobody can know how much arrived.
#[test]
fn a_connection_lost_in_the_content_is_unknown_too() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", CLAIRE)]);
    firm.host.sink_mode("cut");
    firm.round();
    firm.host.sink_mode("deliver");
    firm.round();
    assert!(firm.sent_to(CLAIRE).is_empty());
    let case = firm.case("2026-101");
    assert_eq!(
        (&case["state"], &case["sent"][0]["outcome"]),
        (&"held".into(), &"unknown".into()),
        "{case}"
    );
}

/// A password that the submission server refuses would lock the account if it were tried again and again: it is tried
/// once, the user is told, and the daemon goes on reading.
#[test]
fn a_wrong_smtp_password_is_told_and_not_hammered() {
    let firm = Firm::open();
    firm.host.sink_password("another");
    firm.invoice(&[owed("2026-101", CLAIRE), owed("2026-201", "b@autre.example")]);
    let mut daemon = firm.daemon_ready();
    firm.settled();
    firm.receives(&answer(
        &owed("2026-101", CLAIRE).mail(),
        CLAIRE,
        "Nous contestons cette facture.",
    ));
    firm.settled();
    assert!(daemon.runs(), "it lives");
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "dispute", "and reads");
    assert!(
        firm.host.sink_logins().len() <= 2,
        "one try, or two: {:?}",
        firm.host.sink_logins()
    );
    let words = digest(&firm);
    assert!(
        words.contains("SMTP") || words.contains("smtp"),
        "the digest tells: {words}"
    );
    assert!(firm.host.sent().is_empty());
    assert_eq!(daemon.stop(), Some(0));
    // The user mends it; nothing was lost meanwhile.
    firm.host.sink_password(crate::mailhost::PASSWORD);
    firm.round();
    assert_eq!(firm.sent_to("b@autre.example").len(), 1);
    assert!(firm.sent_to(CLAIRE).is_empty() && firm.sent_to(ME).is_empty());
}

/// The copy in Sent cannot be laid down: the mail went out all the same and is not sent again for it, and the user is
/// told.
#[test]
fn a_copy_that_cannot_be_filed_sends_nothing_again() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", CLAIRE)]);
    let place = firm.host.root.join("home").join(ME).join("Maildir/.Sent/tmp");
    let open = fs::metadata(&place).unwrap().permissions();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o555)).unwrap();
    firm.round();
    firm.round();
    firm.round();
    assert_eq!(firm.sent_to(CLAIRE).len(), 1);
    assert_eq!(firm.host.folder(ME, "Sent").len(), 1, "the invoice alone");
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "accepted", "{case}");
    assert!(digest(&firm).contains("copie"), "the digest tells: {}", digest(&firm));
    fs::set_permissions(&place, open).unwrap();
}
