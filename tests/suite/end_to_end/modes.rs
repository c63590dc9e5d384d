//! What the user lets the program do: only look, or lay drafts for him.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

/// "observe" is for the first days: everything is read and planned, and not one mail reaches a customer.
#[test]
fn observing_sends_nothing_to_customers() {
    let firm = Firm::with(&[("sending.mode", "\"observe\"")]);
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.receives(&answer(
        &owed("2026-101", "a@morel.example").mail(),
        "a@morel.example",
        "Nous contestons cette facture.",
    ));
    let daemon = firm.daemon_ready();
    firm.settled();
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "dispute", "it reads");
    let case = firm.case("2026-201");
    assert_eq!(case["next"]["step"], "friendly", "it plans: {case}");
    assert!(case["sent"].as_array().unwrap().is_empty(), "{case}");
    assert_eq!(daemon.stop(), Some(0));
    assert!(firm.host.sent().is_empty() && firm.host.folder(ME, "Drafts").is_empty());
    assert_eq!(firm.host.folder(ME, "Sent").len(), 2, "the invoices alone");
}

/// "draft" lays each follow-up into Drafts, in its conversation, once; what the user sends from there is known as sent.
#[test]
fn a_draft_is_laid_once_and_known_when_it_is_sent() {
    let firm = Firm::with(&[("sending.mode", "\"draft\"")]);
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    let daemon = firm.daemon_ready();
    firm.settled();
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    let drafts = firm.host.folder(ME, "Drafts");
    assert_eq!(drafts.len(), 1, "one, also after a restart");
    assert!(drafts[0].flags.contains(&"\\Draft".to_owned()), "{:?}", drafts[0].flags);
    let raw = &drafts[0].raw;
    assert_eq!(
        ids(raw, "In-Reply-To"),
        ["invoice-2026-101@test.example"],
        "inside the conversation"
    );
    assert!(header(raw, "To").contains("a@morel.example"));
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "draft", "{case}");
    assert!(firm.host.sent().is_empty());
    // The user sends it with his own program: it leaves Drafts and lies in Sent.
    let mut mailbox = firm.host.mailbox(ME);
    mailbox.command("SELECT Drafts").unwrap();
    mailbox.command("STORE 1 +FLAGS (\\Deleted)").unwrap();
    mailbox.command("EXPUNGE").unwrap();
    firm.host.append("Sent", raw, &["\\Seen"]);
    firm.round();
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "accepted", "{case}");
    assert_eq!(
        (&case["state"], &case["next"]["step"]),
        (&"waiting".into(), &"professional".into()),
        "{case}"
    );
    assert!(case["hold"].is_null(), "it is ours, not a word of the user's: {case}");
    assert!(firm.host.folder(ME, "Drafts").is_empty());
}

/// A state that is lost must not lay a second draft beside the first.
#[test]
fn a_draft_is_not_laid_twice_without_its_state() {
    let firm = Firm::with(&[("sending.mode", "\"draft\"")]);
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    firm.round();
    std::fs::remove_dir_all(firm.state()).unwrap();
    firm.import(&[owed("2026-101", "a@morel.example")]);
    firm.round();
    assert_eq!(firm.host.folder(ME, "Drafts").len(), 1);
}

/// Mail programs give a draft that was changed a new id, and keep its place in the conversation: it is known by that.
#[test]
fn a_draft_that_the_user_changed_is_known_too() {
    let firm = Firm::with(&[("sending.mode", "\"draft\"")]);
    firm.invoice(&[owed("2026-101", "a@morel.example")]);
    firm.round();
    let draft = firm.host.folder_messages(ME, "Drafts").remove(0);
    let text = String::from_utf8(draft.clone()).unwrap();
    let own = format!("Message-ID: <{}>", id_of(&draft));
    assert!(text.contains(&own));
    let changed = text.replacen(&own, "Message-ID: <other@thunderbird.example>", 1);
    firm.host.append("Sent", changed.as_bytes(), &["\\Seen"]);
    firm.round();
    let case = firm.case("2026-101");
    assert_eq!(case["sent"][0]["outcome"], "accepted", "{case}");
    assert!(case["hold"].is_null(), "{case}");
}
