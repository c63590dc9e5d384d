//! Whose mail is it: by ids, by Outlook's index, by number, by address, by nothing at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

/// Every message of the user's mailbox: its name, without what Dovecot adds, to folder, flags and content.
fn mailbox_as_it_lies(firm: &Firm) -> BTreeMap<String, (String, String, Vec<u8>)> {
    let maildir = firm.host.root.join("home").join(ME).join("Maildir");
    let mut found = BTreeMap::new();
    walk(&maildir, &mut |path: &Path| {
        let parent = path.parent().unwrap();
        if !parent.ends_with("cur") && !parent.ends_with("new") {
            return;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (base, flags) = name.split_once(":2,").unwrap_or((&name, ""));
        let folder = parent
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        found.insert(base.to_owned(), (folder, flags.to_owned(), fs::read(path).unwrap()));
    });
    found
}

/// One round over a mailbox with `mails` in it must leave the reply of that kind on the case.
fn expect_match(firm: &Firm, number: &str, kind: &str) {
    let case = firm.case(number);
    let replies = case["replies"].as_array().unwrap();
    assert_eq!(replies.len(), 1, "{kind}: {case}");
    assert_eq!(replies[0]["match"], kind, "{case}");
    assert!(
        matches!(case["state"].as_str().unwrap(), "held" | "promised"),
        "whatever ties it, it holds: {case}"
    );
}

/// Mail programs lose half of the threading headers: what is left ties the answer, down to the bare address; and a
/// number is only the whole number.
#[test]
fn an_answer_is_tied_by_what_is_left_of_its_conversation() {
    let firm = Firm::open();
    let index = |children: usize| {
        let mut octets = vec![1, 0xdc, 0x9b, 0xfd, 0xf7, 0xc2];
        octets.extend(0..16);
        octets.extend(vec![7; 5 * children]);
        base64::engine::general_purpose::STANDARD.encode(octets)
    };
    let outlook = owed("2026-61", "luc@outlook-shop.example");
    let root = format!("Thread-Index: {}", index(0));
    firm.file("Sent", &outlook.mail_with(&[&root]), outlook.issued());
    firm.import(&[outlook]);
    firm.invoice(&[
        owed("2026-51", "ref@only.example"),
        owed("2026-1", "jean@leroy.example"),
        owed("2026-14", "jean@leroy.example"),
        owed("2026-71", "chef@chantier.example"),
    ]);
    firm.round();
    let body = "Bonjour,\n\nBien reçu, merci, je regarde ça.";
    let from = |email: &str| format!("From: {email}");
    let to = format!("To: {ME}");
    let follow_up = id_of(&firm.only_one_to("ref@only.example").raw);
    let references = format!("References: <{follow_up}>");
    let only_references = [
        &from("ref@only.example"),
        &to,
        "Subject: Re: x",
        "Message-ID: <51@x>",
        &references,
    ];
    firm.receives(&mail(&only_references, body));
    let child = format!("Thread-Index: {}", index(2));
    firm.receives(&mail(
        &[
            &from("luc@outlook-shop.example"),
            &to,
            "Subject: RE: x",
            "Message-ID: <61@x>",
            &child,
        ],
        body,
    ));
    firm.receives(&alone("jean@leroy.example", "Votre relance 2026-14", "14@x", body));
    firm.receives(&alone("secretariat@chantier.example", "Bonjour", "71@x", body));
    firm.round();
    expect_match(&firm, "2026-51", "ids");
    expect_match(&firm, "2026-61", "index");
    expect_match(&firm, "2026-14", "reference");
    expect_match(&firm, "2026-71", "address");
    let other = firm.case("2026-1");
    assert!(
        other["replies"].as_array().unwrap().is_empty(),
        "2026-14 is not 2026-1: {other}"
    );
    assert_eq!(other["state"], "held", "the customer is held all the same: {other}");
}

/// An index or an id proves nothing by itself: the conversation index in a stranger's mail ties nothing to anybody.
#[test]
fn a_strangers_index_ties_nothing() {
    let firm = Firm::open();
    let index = base64::engine::general_purpose::STANDARD.encode([1; 22]);
    let line = format!("Thread-Index: {index}");
    let invoice = owed("2026-61", "luc@outlook-shop.example");
    firm.file("Sent", &invoice.mail_with(&[&line]), invoice.issued());
    firm.import(&[invoice]);
    firm.receives(&mail(
        &[
            "From: spam@elsewhere.example",
            &format!("To: {ME}"),
            "Subject: RE: x",
            "Message-ID: <s@x>",
            &line,
        ],
        "Bonjour, offre spéciale",
    ));
    firm.round();
    assert!(firm.case("2026-61")["replies"].as_array().unwrap().is_empty());
    assert_eq!(firm.sent_to("luc@outlook-shop.example").len(), 1);
}

/// Somebody unknown writes about an invoice: he may be the customer's accountant, or nobody. It is held, asked, and
/// his address gets nothing.
#[test]
fn an_unknown_sender_who_names_the_invoice_is_a_question() {
    let firm = Firm::open();
    firm.invoice(&[
        owed("2026-081", "claire@morel.example"),
        owed("2026-091", "autre@client.example"),
    ]);
    firm.receives(&alone(
        "Cabinet Vidal <expert@vidal-compta.example>",
        "Facture 2026-081",
        "vidal@x",
        "Bonjour,\n\nMerci de m'adresser désormais la facture 2026-081, le virement suivra.",
    ));
    firm.round();
    let case = firm.case("2026-081");
    assert_eq!(
        (&case["state"], &case["hold"]["reason"]),
        (&"held".into(), &"unattributed".into()),
        "{case}"
    );
    assert!(case["hold"]["until"].is_null(), "{case}");
    assert_eq!(case["replies"][0]["attributed"], false, "{case}");
    assert!(firm.sent_to("claire@morel.example").is_empty() && firm.sent_to("expert@vidal-compta.example").is_empty());
    assert_eq!(firm.sent_to("autre@client.example").len(), 1);
    let digest = firm.amiable(&["digest", "--print"]).ok();
    assert!(
        digest.contains("expert@vidal-compta.example") && digest.contains("2026-081"),
        "{digest}"
    );
}

/// A guest in the mailbox: what is none of its business leaves no trace in the state, and nothing in the mailbox is
/// marked, moved or deleted, whoever it is from.
#[test]
fn other_peoples_mail_is_neither_kept_nor_touched() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-014", "claire@morel.example")]);
    let secret = "xyzzy-private";
    let strangers = [
        mail(
            &[
                "From: Maman <maman@famille.example>",
                "To: me@test.example",
                "Subject: dimanche",
                "Message-ID: <m1@x>",
            ],
            secret,
        ),
        mail(
            &[
                "From: news@boutique.example",
                "To: me@test.example",
                "Subject: soldes",
                "Message-ID: <m2@x>",
                "List-Unsubscribe: <https://boutique.example/u>",
                "Precedence: bulk",
            ],
            secret,
        ),
        mail(
            &[
                "From: Rex <rex@elsewhere.example>",
                "To: me@test.example",
                "Subject: Re: la fête",
                "Message-ID: <m3@x>",
                "In-Reply-To: <party@test.example>",
                "References: <party@test.example>",
            ],
            secret,
        ),
        mail(
            &[
                "Return-Path: <>",
                "From: MAILER-DAEMON@elsewhere.example",
                "Subject: failure",
                "Message-ID: <m4@x>",
            ],
            secret,
        ),
    ];
    for stranger in &strangers {
        firm.receives(stranger);
    }
    firm.file("INBOX", &strangers[0], days_ago(20));
    firm.receives(&alone(
        "claire@morel.example",
        "Facture 2026-014",
        "claire@x",
        "Nous contestons cette facture.",
    ));
    let before = mailbox_as_it_lies(&firm);
    let daemon = firm.daemon_ready();
    firm.settled();
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(firm.case("2026-014")["state"], "held", "Claire's mail was read");
    let after = mailbox_as_it_lies(&firm);
    for (name, as_it_lay) in &before {
        assert_eq!(
            after.get(name),
            Some(as_it_lay),
            "{name} was marked, moved, changed or deleted"
        );
    }
    assert_eq!(after.len(), before.len(), "nothing went out, so nothing was added");
    walk(&firm.state(), &mut |path| {
        let octets = fs::read(path).unwrap();
        let found = octets.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} holds a stranger's words", path.display());
        for name in ["maman@famille", "boutique.example", "rex@elsewhere"] {
            let found = octets.windows(name.len()).any(|window| window == name.as_bytes());
            assert!(!found, "{} holds {name}", path.display());
        }
    });
}
