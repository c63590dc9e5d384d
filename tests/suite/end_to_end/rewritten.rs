//! Providers that give our mails other ids than we did.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::{ME, MailHost, Options, PASSWORD};
use crate::program::until;

const CLAIRE: &str = "claire@atelier-morel.example";

/// The provider renames the mail and files the copy itself: the new id is learned from that copy, no second copy is
/// laid beside it, and an answer that names nothing but the new id is tied.
#[test]
fn an_id_that_the_provider_gave_is_learned() {
    let users = vec![(ME, PASSWORD), (CLAIRE, PASSWORD)];
    let host = MailHost::start(Options {
        users,
        ..Options::default()
    });
    let firm = Firm::on(host, &[("smtp.save_to_sent", "\"auto\"")]);
    firm.host.sink_mode("rewrite");
    firm.host.sink_files_sent();
    firm.invoice(&[owed("2026-101", CLAIRE)]);
    let daemon = firm.daemon_ready();
    assert!(
        until(PATIENCE, || firm.host.folder(ME, "Sent").len() == 2),
        "the provider's copy"
    );
    firm.settled();
    let received = firm.host.folder_messages(CLAIRE, "INBOX").remove(0);
    let ours = firm.case("2026-101")["sent"][0]["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(id_of(&received), ours, "the customer sees another id");
    assert_eq!(
        ids(&received, "References").last().unwrap(),
        &ours,
        "ours stands in References"
    );
    let short = [
        &format!("From: {CLAIRE}"),
        &format!("To: {ME}"),
        "Subject: question",
        "Message-ID: <a1@atelier-morel.example>",
        &format!("In-Reply-To: <{}>", id_of(&received)),
    ];
    firm.receives(&mail(&short, "Bien reçu, merci, je regarde ça."));
    firm.settled();
    let case = firm.case("2026-101");
    assert_eq!(case["replies"][0]["match"], "ids", "{case}");
    assert_eq!(daemon.stop(), Some(0));
    std::thread::sleep(std::time::Duration::from_secs(11)); // the time after which we would lay a copy down ourselves
    firm.round();
    assert_eq!(firm.host.folder(ME, "Sent").len(), 2, "the invoice, and one copy");
}
