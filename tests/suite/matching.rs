//! Which case a message is tied to, and which headers make it worth reading: tables.

use amiable::model::address::{Address, Mailbox};
use amiable::model::arrival::Match;
use amiable::model::customer::{CustomerCard, CustomerId};
use amiable::model::customer::{CustomerKind, Language};
use amiable::model::digest::ContentDigest;
use amiable::model::event::{Event, Record};
use amiable::model::invoice::InvoiceNumber;
use amiable::model::invoice::{Document, Invoice};
use amiable::model::ledger::Ledger;
use amiable::model::money::Money;
use amiable::reading::matching::*;
use amiable::reading::parse::Letter;
use chrono::DateTime;
use std::collections::BTreeMap;

/// morel: two addresses at a firm of his own, three invoices, one of them paid. petit: at a freemail provider.
/// grand: at the same firm as morel, under another address.
fn world() -> (Ledger, Roll) {
    let mut ledger = Ledger::default();
    let mut cards = BTreeMap::new();
    let people: [(&str, &[&str]); 3] = [
        ("morel", &["claire@morel.example", "compta@morel.example"]),
        ("petit", &["petit@gmail.example"]),
        ("grand", &["direction@morel.example"]),
    ];
    let papers = [
        ("2026-1", "morel", "2026-03-02", "EUR"),
        ("2026-14", "morel", "2026-02-02", "EUR"),
        ("FA 2026 9", "morel", "2026-03-09", "EUR"),
        ("2025-7", "morel", "2025-07-01", "EUR"),
        ("31", "petit", "2026-03-02", "EUR"),
        ("2026-88", "grand", "2026-03-02", "EUR"),
    ];
    let mut events = Vec::new();
    for (id, addresses) in people {
        let customer = CustomerId(id.to_string());
        let addresses = addresses.iter().map(|text| Address::parse(text).unwrap()).collect();
        let (country, kind) = ("FR".to_string(), CustomerKind::Business);
        let (name, language) = (id.to_string(), Language::Fr);
        let card = CustomerCard {
            name,
            contact: None,
            addresses,
            language,
            country,
            region: None,
            kind,
        };
        cards.insert(customer.clone(), card);
        events.push(Event::CustomerRecorded {
            customer,
            card: ContentDigest::of(&[id.as_bytes()]),
        });
    }
    for (number, customer, due, currency) in papers {
        let due = due.parse().unwrap();
        let total = Money {
            amount: 100.into(),
            currency: currency.parse().unwrap(),
        };
        let (number, customer) = (InvoiceNumber::parse(number).unwrap(), CustomerId(customer.to_string()));
        let (document, service, order, valid_until, terms) = (Document::Invoice, None, None, None, None);
        let invoice = Invoice {
            number,
            customer,
            total,
            issued: due,
            due,
            document,
            service,
            order,
            valid_until,
            terms,
        };
        events.push(Event::InvoiceRecorded { invoice });
    }
    let (case, on) = (InvoiceNumber::parse("2025-7").unwrap(), "2026-01-01".parse().unwrap());
    events.push(Event::PaymentRecorded { case, amount: None, on });
    for (at, event) in events.into_iter().enumerate() {
        ledger.apply(&Record {
            seq: at as u64 + 1,
            at: DateTime::UNIX_EPOCH,
            event,
        });
    }
    let own = Address::parse("me@test.example").unwrap();
    let roll = Roll::new(&ledger, &cards, [own], |domain| domain == "gmail.example");
    (ledger, roll)
}

fn numbers(texts: &[&str]) -> Vec<InvoiceNumber> {
    texts.iter().map(|text| InvoiceNumber::parse(text).unwrap()).collect()
}

fn letter(from: &str, subject: &str) -> Letter {
    let from = Some(Mailbox {
        name: None,
        address: Address::parse(from).unwrap(),
    });
    Letter {
        from,
        subject: subject.to_string(),
        ..Letter::default()
    }
}

#[test]
fn numbers_are_found_as_whole_tokens() {
    let (_, roll) = world();
    let check = |text: &str, expected: &[&str]| {
        let found = roll.numbers_in(text);
        assert_eq!(
            found.iter().map(InvoiceNumber::as_str).collect::<Vec<_>>(),
            expected,
            "{text:?}"
        );
    };
    check("Re: Facture 2026-1", &["2026-1"]);
    check("Re: Facture 2026-14", &["2026-14"]); // not 2026-1
    check("factures 2026-1 et 2026-14.", &["2026-1", "2026-14"]);
    check("n°2026-1, merci", &["2026-1"]);
    check("(2026-1)", &["2026-1"]);
    check("-2026-1-", &[]); // part of something longer, as far as anybody can tell
    check("FA-2026-1", &[]);
    check("2026-1-B", &[]);
    check("2026-1.pdf", &[]);
    check("votre facture fa 2026 9 est fausse", &["FA 2026 9"]); // more than one token, and case does not matter
    check("fa 2026 91", &[]);
    check("le 31 mars", &["31"]); // weak; who wrote it decides
    check("2025-7", &["2025-7"]); // a paid one is still a number of ours
    check("", &[]);
}

#[test]
fn a_text_full_of_a_number_costs_no_more_than_one() {
    let (_, roll) = world();
    // Looked for at every occurrence, this took minutes.
    let text = "31x 31 ".repeat(40_000);
    assert_eq!(roll.numbers_in(&text).len(), 1);
}

/// Cases named by ids.
fn ids(cases: &[&str]) -> Ties {
    Ties {
        by_ids: numbers(cases),
        ..Ties::default()
    }
}

/// One row: who wrote what, tied by what, concerns whom.
fn check(why: &str, letter: &Letter, bounced: Option<&str>, ties: Ties, expected: &[&str]) {
    let (ledger, roll) = world();
    let bounced = bounced.map(|text| Address::parse(text).unwrap());
    let tied = tie(letter, &letter.text, bounced.as_ref(), &ties, &roll, &ledger);
    let shown: Vec<String> = tied
        .iter()
        .map(|tied| {
            let case = tied.case.as_ref().map_or("any", InvoiceNumber::as_str);
            format!(
                "{} {case} {}",
                tied.customer,
                tied.matched.map_or("stranger", Match::name)
            )
        })
        .collect();
    assert_eq!(shown, expected, "{why}");
}

#[test]
fn ids_are_the_strongest_tie() {
    let (claire, bob, nobody) = ("claire@morel.example", "bob@morel.example", "x@stranger.example");
    check(
        "an id, whoever writes",
        &letter(nobody, "Re:"),
        None,
        ids(&["2026-1"]),
        &["morel 2026-1 ids"],
    );
    check(
        "ids of several: the one named",
        &letter(claire, "2026-1"),
        None,
        ids(&["2026-1", "2026-14"]),
        &["morel 2026-1 ids"],
    );
    check(
        "… else the longest due",
        &letter(claire, "Re:"),
        None,
        ids(&["2026-1", "2026-14"]),
        &["morel 2026-14 ids"],
    );
    check(
        "… and open before paid",
        &letter(claire, "Re:"),
        None,
        ids(&["2025-7", "2026-1"]),
        &["morel 2026-1 ids"],
    );
    check(
        "ids of two customers",
        &letter(nobody, "Re:"),
        None,
        ids(&["2026-1", "31"]),
        &["morel 2026-1 ids", "petit 31 ids"],
    );
    check(
        "an id that the ledger lost",
        &letter(claire, "2026-1"),
        None,
        ids(&["1999-1"]),
        &["morel 2026-1 reference"],
    );
    let of_another = ["morel 2026-1 ids", "petit 31 address"];
    check(
        "a customer in another's conversation",
        &letter("petit@gmail.example", "Re:"),
        None,
        ids(&["2026-1"]),
        &of_another,
    );
    check(
        "a colleague there is no other customer",
        &letter(bob, "Re:"),
        None,
        ids(&["2026-1"]),
        &["morel 2026-1 ids"],
    );
}

#[test]
fn without_ids_the_sender_decides() {
    let (claire, bob, nobody) = ("claire@morel.example", "bob@morel.example", "x@stranger.example");
    let thread = || Ties {
        by_thread: numbers(&["2026-1"]),
        ..Ties::default()
    };
    check(
        "a thread, from the customer",
        &letter(claire, "Re:"),
        None,
        thread(),
        &["morel 2026-1 thread"],
    );
    check("a thread, from a stranger", &letter(nobody, "Re:"), None, thread(), &[]);
    let index = || Ties {
        by_index: numbers(&["2026-1"]),
        ..Ties::default()
    };
    check(
        "an index, from the customer",
        &letter(claire, "Re:"),
        None,
        index(),
        &["morel 2026-1 index"],
    );
    check(
        "an index, from another customer",
        &letter("petit@gmail.example", "Re:"),
        None,
        index(),
        &["petit 31 address"],
    );
    check(
        "a number, from its customer",
        &letter(claire, "2026-1"),
        None,
        Ties::default(),
        &["morel 2026-1 reference"],
    );
    check(
        "two numbers",
        &letter(claire, "2026-1, 2026-14"),
        None,
        Ties::default(),
        &["morel any reference"],
    );
    check(
        "a tagged address",
        &letter("claire+x@morel.example", "2026-1"),
        None,
        Ties::default(),
        &["morel 2026-1 reference"],
    );
    check(
        "an address alone",
        &letter(claire, "Bonjour"),
        None,
        Ties::default(),
        &["morel any address"],
    );
    check(
        "… with one open invoice",
        &letter("petit@gmail.example", "Bonjour"),
        None,
        Ties::default(),
        &["petit 31 address"],
    );
    check(
        "a firm's domain",
        &letter(bob, "Bonjour"),
        None,
        Ties::default(),
        &["grand 2026-88 address", "morel any address"],
    );
    check(
        "… and a number of one of them",
        &letter(bob, "2026-88"),
        None,
        Ties::default(),
        &["grand 2026-88 reference"],
    );
    check(
        "a freemail domain is nobody's",
        &letter("autre@gmail.example", "Bonjour"),
        None,
        Ties::default(),
        &[],
    );
    check(
        "a stranger who names a number",
        &letter(nobody, "2026-14"),
        None,
        Ties::default(),
        &["morel 2026-14 stranger"],
    );
    check(
        "… that is no more than a day of March",
        &letter(nobody, "le 31"),
        None,
        Ties::default(),
        &[],
    );
    let daemon = letter("mailer-daemon@mx.example", "Undelivered");
    check(
        "a bounce, by its recipient",
        &daemon,
        Some("petit@gmail.example"),
        Ties::default(),
        &["petit 31 address"],
    );
    check(
        "a bounce, by our id",
        &daemon,
        Some("petit@gmail.example"),
        ids(&["2026-1"]),
        &["morel 2026-1 ids"],
    );
    check(
        "a bounce of the user's own mail",
        &daemon,
        Some("friend@far.example"),
        Ties::default(),
        &[],
    );
}

#[test]
fn headers_tell_what_is_worth_reading() {
    let (_, roll) = world();
    let check = |letter: &Letter, ties: Ties, expected: Candidacy| {
        assert_eq!(candidacy(letter, &ties, &roll), expected, "{}", letter.subject);
    };
    let stranger = |subject: &str| letter("x@stranger.example", subject);
    check(
        &letter("claire@morel.example", "a customer"),
        Ties::default(),
        Candidacy::Yes,
    );
    check(
        &letter("bob@morel.example", "his firm"),
        Ties::default(),
        Candidacy::Yes,
    );
    check(
        &letter("autre@gmail.example", "freemail"),
        Ties::default(),
        Candidacy::No,
    );
    check(
        &stranger("an id"),
        Ties {
            by_ids: numbers(&["31"]),
            ..Ties::default()
        },
        Candidacy::Yes,
    );
    check(
        &stranger("a thread proves nothing"),
        Ties {
            by_thread: numbers(&["31"]),
            ..Ties::default()
        },
        Candidacy::No,
    );
    check(&stranger("votre facture 2026-14"), Ties::default(), Candidacy::Yes);
    check(&stranger("a newsletter"), Ties::default(), Candidacy::No);
    let answer = Letter {
        references: vec![amiable::model::message_id::MessageId::parse("a@b").unwrap()],
        ..stranger("an answer")
    };
    check(&answer, Ties::default(), Candidacy::IfItQuotesUs);
    check(
        &Letter {
            return_path_is_null: true,
            ..stranger("a report")
        },
        Ties::default(),
        Candidacy::IfItQuotesUs,
    );
    check(
        &letter("MAILER-DAEMON@mx.example", "Undelivered"),
        Ties::default(),
        Candidacy::IfItQuotesUs,
    );
    let reply_to = vec![Mailbox {
        name: None,
        address: Address::parse("claire@morel.example").unwrap(),
    }];
    check(
        &Letter {
            reply_to,
            ..stranger("on behalf of a customer")
        },
        Ties::default(),
        Candidacy::Yes,
    );
}
