//! What a lost, torn or damaged state costs, and what it never costs.

use std::fs;
use std::path::PathBuf;

use amiable::model::address::Address;
use amiable::model::message_id::MessageId;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

fn segment(firm: &Firm) -> PathBuf {
    firm.state().join("journal/000001.jsonl")
}

/// A firm that has sent one reminder and read one answer.
fn with_a_story() -> Firm {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.round();
    let reminder = firm.only_one_to("a@morel.example").raw;
    firm.receives(&answer(&reminder, "a@morel.example", "Nous contestons cette facture."));
    firm.round();
    firm
}

/// The marks of what was sent are in Sent: whoever loses his state and imports again sends nothing twice, and hears
/// the old no again.
#[test]
fn without_its_state_it_sends_nothing_twice() {
    let firm = with_a_story();
    let before = firm.status();
    fs::remove_dir_all(firm.state()).unwrap();
    firm.import(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.round();
    firm.round();
    assert_eq!(
        firm.sent_to("a@morel.example").len() + firm.sent_to("b@autre.example").len(),
        2
    );
    for number in ["2026-101", "2026-201"] {
        let (case, earlier) = (firm.case(number), &before["cases"]);
        let earlier = earlier
            .as_array()
            .unwrap()
            .iter()
            .find(|case| case["number"] == number)
            .unwrap();
        assert_eq!(case["sent"][0]["message_id"], earlier["sent"][0]["message_id"]);
        assert_eq!(case["sent"][0]["outcome"], "accepted", "{case}");
        assert_eq!(case["state"], earlier["state"], "{case}");
    }
}

/// The mark counts however old it is, before all that is read for the invoice: the search for the id finds it still.
#[test]
fn a_mark_in_sent_from_before_the_issue_date_counts() {
    let firm = Firm::open();
    let invoice = owed("2026-101", "a@morel.example");
    let id = MessageId::of_follow_up(&Address::parse(ME).unwrap(), &invoice.number, "friendly");
    let lines = [
        &format!("From: {ME}"),
        "To: a@morel.example",
        "Subject: Re: Facture 2026-101",
        &format!("Message-ID: <{id}>"),
        &format!("References: <invoice-2026-101@test.example> <{id}>"),
    ];
    firm.file("Sent", &mail(&lines, "Petit rappel"), days_ago(90));
    firm.import(&[invoice]);
    firm.round();
    assert!(firm.sent_to("a@morel.example").is_empty(), "not again");
    let case = firm.case("2026-101");
    assert_eq!(
        (&case["sent"][0]["step"], &case["sent"][0]["outcome"]),
        (&"friendly".into(), &"accepted".into()),
        "{case}"
    );
}

/// The index is a convenience: deleted, or full of garbage, it is built anew, and the next answer is tied as before.
#[test]
fn an_index_that_is_gone_or_garbage_is_built_anew() {
    let firm = with_a_story();
    let before = firm.status();
    let index = firm.state().join("index");
    fs::remove_dir_all(&index).unwrap();
    assert_eq!(firm.status(), before, "gone");
    walk(&index, &mut |path| {
        fs::write(path, b"\xff\xfegarbage".repeat(500)).unwrap()
    });
    assert_eq!(firm.status(), before, "garbage");
    walk(&index, &mut |path| fs::write(path, b"").unwrap());
    let lines = [
        "From: x@elsewhere.example",
        "Subject: x",
        "Message-ID: <r2@x>",
        "In-Reply-To: <invoice-2026-201@test.example>",
    ];
    firm.receives(&mail(&lines, "Nous contestons cette facture."));
    firm.round();
    let case = firm.case("2026-201");
    assert_eq!(
        case["replies"][0]["match"], "ids",
        "the index knows the conversation again: {case}"
    );
}

/// A power cut tears the last line: it is cut off, kept aside, and told; all before it stands.
#[test]
fn a_torn_last_line_is_cut_off_with_a_word() {
    let firm = with_a_story();
    let before = firm.status();
    let whole = fs::read(segment(&firm)).unwrap();
    let torn = [&whole[..], br#"{"seq":99,"at":"2026-"#].concat();
    fs::write(segment(&firm), &torn).unwrap();
    let run = firm.amiable(&["status", "--json"]);
    assert!(run.stderr.contains("torn"), "{run:?}");
    assert_eq!(run.json(), before);
    assert_eq!(fs::read(segment(&firm)).unwrap(), whole);
    fs::write(segment(&firm), &torn).unwrap();
    let run = firm.amiable(&["run", "--once"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("torn"), "{run:?}");
    assert_eq!(firm.status(), before);
}

/// Damage in the middle is no power cut: the program stops, names file and line, and leaves every byte as it is.
#[test]
fn damage_in_the_middle_stops_everything() {
    let firm = with_a_story();
    let whole = fs::read_to_string(segment(&firm)).unwrap();
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    lines[3] = lines[3].replacen("\"event\"", "\"evemt\"", 1);
    let damaged = lines.join("\n") + "\n";
    fs::write(segment(&firm), &damaged).unwrap();
    for command in [&["run", "--once"][..], &["status"], &["paid", "2026-101"]] {
        let run = firm.amiable(command);
        assert_eq!(run.code, Some(1), "{command:?}: {run:?}");
        assert!(
            run.stderr.contains("000001.jsonl:4"),
            "{command:?} names file and line: {run:?}"
        );
    }
    assert_eq!(
        fs::read_to_string(segment(&firm)).unwrap(),
        damaged,
        "nothing is overwritten"
    );
    assert_eq!(firm.host.sent().len(), 2, "and nothing goes out");
}
