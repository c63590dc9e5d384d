//! What the user writes himself, what we wrote for him, and mails that come twice.

use amiable::model::address::Address;
use amiable::model::message_id::MessageId;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

/// Who answers his customer himself has taken over: nothing goes out for a week.
#[test]
fn the_users_own_word_holds_the_customer_for_a_week() {
    let firm = Firm::open();
    firm.invoice(&[
        owed("2026-101", "a@morel.example"),
        owed("2026-201", "b@autre.example").late(2),
    ]);
    firm.round();
    let reminder = firm.only_one_to("a@morel.example").raw;
    // Servers keep the time of arrival in whole seconds: the import must lie a second behind.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let from_me = [
        &format!("From: Camille Roux <{ME}>"),
        "To: a@morel.example",
        "Subject: Re: Facture 2026-101 - vos travaux",
        "Message-ID: <hand@test.example>",
        &format!("In-Reply-To: <{}>", id_of(&reminder)),
        &format!("References: <invoice-2026-101@test.example> <{}>", id_of(&reminder)),
    ];
    firm.host.append(
        "Sent",
        &mail(&from_me, "Bonjour, on en parle au téléphone ?"),
        &["\\Seen"],
    );
    // To the other one he writes in no conversation at all.
    let new = [
        &format!("From: {ME}"),
        "To: b@autre.example",
        "Subject: Demain",
        "Message-ID: <hand2@test.example>",
    ];
    firm.host
        .append("Sent", &mail(&new, "Je passe demain à 9 h."), &["\\Seen"]);
    firm.import(&[owed("2026-102", "a@morel.example"), owed("2026-202", "b@autre.example")]);
    firm.round();
    let week = in_days(7).to_string();
    for number in ["2026-101", "2026-102", "2026-201", "2026-202"] {
        let case = firm.case(number);
        assert_eq!(
            (&case["state"], &case["hold"]["reason"]),
            (&"held".into(), &"user_wrote".into()),
            "{case}"
        );
        assert!(case["hold"]["until"].as_str().unwrap().starts_with(&week), "{case}");
        assert!(
            case["replies"].as_array().unwrap().is_empty(),
            "his own words are no reply: {case}"
        );
    }
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
    assert!(firm.sent_to("b@autre.example").is_empty());
}

/// What he wrote before the import is the conversation, not a taking over.
#[test]
fn what_the_user_wrote_before_the_import_holds_nobody() {
    let firm = Firm::open();
    let invoice = owed("2026-101", "a@morel.example");
    let earlier = [
        &format!("From: {ME}"),
        "To: a@morel.example",
        "Subject: Re: Facture 2026-101 - vos travaux",
        "Message-ID: <earlier@test.example>",
        "In-Reply-To: <invoice-2026-101@test.example>",
        "References: <invoice-2026-101@test.example>",
    ];
    firm.file(
        "Sent",
        &mail(&earlier, "Avez-vous bien reçu la facture ?"),
        days_ago(20),
    );
    firm.invoice(&[invoice]);
    firm.round();
    let sent = firm.only_one_to("a@morel.example").raw;
    assert_eq!(
        ids(&sent, "In-Reply-To"),
        ["earlier@test.example"],
        "it goes on from his last word"
    );
}

/// Our own mails, wherever their copies lie, and the digest in the user's INBOX, are nobody's answers and no word of
/// the user's.
#[test]
fn our_own_mails_are_never_taken_for_answers() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    let daemon = firm.daemon_ready();
    let sent = firm.only_one_to("a@morel.example").raw;
    // Some providers put a copy for the sender into INBOX; some users file everything.
    firm.receives(&sent);
    firm.host.mailbox(ME).command("CREATE Archive").unwrap();
    firm.host.append("Archive", &sent, &[]);
    firm.amiable(&["digest", "--send"]).ok();
    firm.settled();
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    assert_eq!(firm.host.folder(ME, "INBOX").len(), 2, "our copy and the digest");
    for number in ["2026-101", "2026-201"] {
        let case = firm.case(number);
        assert_eq!(case["state"], "waiting", "{case}");
        assert!(
            case["replies"].as_array().unwrap().is_empty() && case["hold"].is_null(),
            "{case}"
        );
    }
}

/// The same mail may come twice, by two ways or because it was moved; two mails may bear one id, because somebody's
/// program is broken or because he hopes that we look away.
#[test]
fn the_same_mail_counts_once_and_two_mails_with_one_id_count_twice() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.round();
    let twice = answer(
        &firm.only_one_to("a@morel.example").raw,
        "a@morel.example",
        "Bien reçu, merci, je regarde ça.",
    );
    firm.receives(&twice);
    firm.host.deliver(&twice, "me+facture@test.example");
    firm.round();
    firm.host.append("Junk", &twice, &[]);
    firm.round();
    let case = firm.case("2026-101");
    assert_eq!(case["replies"].as_array().unwrap().len(), 1, "{case}");
    for (body, folder) in [
        ("Bien reçu, merci, je regarde ça.", "INBOX"),
        ("Nous contestons cette facture.", "Junk"),
    ] {
        let lines = [
            "From: b@autre.example",
            &format!("To: {ME}"),
            "Subject: Re: Facture 2026-201",
            "Message-ID: <one@autre.example>",
            "In-Reply-To: <invoice-2026-201@test.example>",
        ];
        firm.host.append(folder, &mail(&lines, body), &[]);
    }
    firm.round();
    let case = firm.case("2026-201");
    assert_eq!(case["replies"].as_array().unwrap().len(), 2, "{case}");
    assert_eq!(case["hold"]["reason"], "dispute", "the second one was read: {case}");
}

/// Anybody can work out the id of a step: a mail that bears it and the user's address, but came from outside, does not
/// pass for a reminder that was sent. One in Trash may be the user's own copy, thrown away: on doubt it was sent.
#[test]
fn a_forged_copy_of_ours_proves_nothing() {
    let firm = Firm::open();
    let forged = |number: &str, email: &str| {
        let id = MessageId::of_follow_up(&Address::parse(ME).unwrap(), number, "friendly");
        let (from, to) = (format!("From: Camille Roux <{ME}>"), format!("To: {email}"));
        mail(
            &[&from, &to, "Subject: rappel", &format!("Message-ID: <{id}>")],
            "Petit rappel",
        )
    };
    firm.receives(&forged("2026-101", "a@morel.example"));
    firm.host.append("Junk", &forged("2026-201", "b@autre.example"), &[]);
    firm.host.append("Trash", &forged("2026-301", "c@tiers.example"), &[]);
    firm.invoice(&[
        owed("2026-101", "a@morel.example"),
        owed("2026-201", "b@autre.example"),
        owed("2026-301", "c@tiers.example"),
    ]);
    firm.round();
    for email in ["a@morel.example", "b@autre.example"] {
        firm.only_one_to(email);
    }
    assert!(firm.sent_to("c@tiers.example").is_empty());
}

/// A mail under one of his other addresses is the user's own word as well.
#[test]
fn an_alias_of_the_user_is_the_user() {
    let firm = Firm::with(&[("me.aliases", "[\"camille@roux.example\"]")]);
    firm.invoice(&[owed("2026-101", "a@morel.example").late(2)]);
    firm.round();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let lines = [
        "From: camille@roux.example",
        "To: a@morel.example",
        "Subject: x",
        "Message-ID: <alias@roux.example>",
    ];
    firm.host.append("Sent", &mail(&lines, "Je passe demain."), &["\\Seen"]);
    firm.round();
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "user_wrote");
}
