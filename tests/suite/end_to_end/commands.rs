//! The user's own word, through the running daemon and without one: both do the same.

use serde_json::Value;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;

/// A firm with a running daemon, or without; what a command changed is seen after `settle`.
struct Desk {
    firm: Firm,
    daemon: Option<crate::program::Daemon>,
}

impl Desk {
    fn open(running: bool) -> Desk {
        let firm = Firm::open();
        let invoices: Vec<Owed> = (1..=8)
            .map(|n| owed(&format!("2026-{n}01"), &format!("a@client{n}.example")))
            .collect();
        firm.invoice(&invoices);
        let daemon = running.then(|| firm.daemon_ready());
        let desk = Desk { firm, daemon };
        desk.settle();
        assert_eq!(desk.firm.host.sent().len(), 8);
        desk
    }

    fn settle(&self) {
        if self.daemon.is_some() {
            self.firm.settled();
        } else {
            self.firm.round();
        }
    }

    /// A command that is done, and the case after it.
    fn done(&self, arguments: &[&str]) -> Value {
        self.firm.amiable(arguments).ok();
        self.settle();
        self.firm.case(arguments[1])
    }

    /// A command that is refused with these words, and changes nothing.
    fn refused(&self, arguments: &[&str], words: &str) {
        let before = self.firm.status();
        let run = self.firm.amiable(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(words), "{arguments:?}: {run:?}");
        assert_eq!(self.firm.status(), before, "{arguments:?} changed something");
    }

    /// That customer answers his reminder.
    fn hears(&self, number: &str, email: &str, body: &str) {
        let reminder = self.firm.only_one_to(email).raw;
        self.firm.receives(&answer(&reminder, email, body));
        self.settle();
        assert_eq!(self.firm.case(number)["state"], "held", "{body}");
    }
}

fn state_and_reason(case: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&case["state"]), text(&case["hold"]["reason"]))
}

fn is(case: &Value, state: &str, reason: &str) {
    assert_eq!(state_and_reason(case), (state.to_owned(), reason.to_owned()), "{case}");
}

fn money_and_holds(running: bool) {
    let desk = Desk::open(running);
    let case = desk.done(&["paid", "2026-101", "--amount", "200"]);
    is(&case, "waiting", "");
    assert_eq!(
        (&case["amount"], &case["owed"]),
        (&"500.00".into(), &"300.00".into()),
        "{case}"
    );
    let case = desk.done(&["paid", "2026-101"]);
    is(&case, "paid", "");
    assert!(case["next"].is_null() && case["owed"] == "0.00", "{case}");
    desk.refused(&["paid", "2026-999"], "2026-999");

    let until = in_days(20).to_string();
    let case = desk.done(&["hold", "2026-201", "--until", &until]);
    is(&case, "held", "user");
    assert!(case["hold"]["until"].as_str().unwrap().starts_with(&until), "{case}");
    desk.refused(&["hold", "2026-201", "--until", &days_ago(2).to_string()], "");
    is(&desk.done(&["resume", "2026-201"]), "waiting", "");

    let day = in_days(6).to_string();
    let case = desk.done(&["note", "2026-301", "promis au téléphone", "--promise", &day]);
    is(&case, "promised", "promise");
    assert!(
        desk.firm
            .amiable(&["show", "2026-301"])
            .ok()
            .contains("promis au téléphone")
    );

    let case = desk.done(&["stop", "2026-401"]);
    is(&case, "stopped", "");
    assert!(case["next"].is_null(), "{case}");
    let case = desk.done(&["contact", "2026-501", "compta@client5.example"]);
    assert_eq!(case["email"], "compta@client5.example", "{case}");
    desk.firm.import(&[owed("2026-502", "a@client5.example")]);
    desk.settle();
    assert_eq!(
        desk.firm.sent_to("compta@client5.example").len(),
        1,
        "the next one goes there"
    );
    assert_eq!(desk.firm.sent_to("a@client5.example").len(), 1);
    if let Some(daemon) = desk.daemon {
        assert_eq!(daemon.stop(), Some(0));
    }
}

/// What commands do, through the socket of a running daemon.
#[test]
fn money_and_holds_through_the_running_daemon() {
    money_and_holds(true);
}

/// The same where no daemon runs.
#[test]
fn money_and_holds_without_a_daemon() {
    money_and_holds(false);
}

fn noes(running: bool) {
    let desk = Desk::open(running);
    desk.hears("2026-601", "a@client6.example", "Nous contestons cette facture.");
    desk.refused(&["resume", "2026-601"], "--despite dispute");
    desk.refused(&["resume", "2026-601", "--despite", "hardship"], "--despite dispute");
    is(&desk.firm.case("2026-601"), "held", "dispute");
    is(
        &desk.done(&["resume", "2026-601", "--despite", "dispute"]),
        "waiting",
        "",
    );
    desk.hears("2026-701", "a@client7.example", "Nous contestons cette facture.");
    let case = desk.done(&["settle", "2026-701", "--amount", "350"]);
    is(&case, "waiting", "");
    assert_eq!(case["owed"], "350.00", "{case}");
    desk.hears("2026-801", "a@client8.example", "Nous contestons cette facture.");
    is(&desk.done(&["settle", "2026-801", "--amount", "0"]), "closed", "");
    if let Some(daemon) = desk.daemon {
        assert_eq!(daemon.stop(), Some(0));
    }
}

/// A no is overridden only by the word that names it, and a dispute is settled by the user alone.
#[test]
fn a_no_is_lifted_only_by_name() {
    noes(true);
}

/// The same where no daemon runs.
#[test]
fn a_no_is_lifted_only_by_name_without_a_daemon() {
    noes(false);
}

/// A formal notice has legal weight: it never goes out without the user's word for this very case, whatever its date,
/// and then it goes out once.
#[test]
fn a_formal_notice_waits_for_approval() {
    let ladder = "[{ step = \"formal_notice\", after_days = 3, approval = true }]";
    let firm = Firm::with(&[("ladder", ladder)]);
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    let daemon = firm.daemon_ready();
    firm.settled();
    let case = firm.case("2026-101");
    assert_eq!(
        (&case["next"]["step"], &case["next"]["approval"]),
        (&"formal_notice".into(), &true.into()),
        "{case}"
    );
    assert!(firm.host.sent().is_empty(), "not without a word");
    let digest = firm.amiable(&["digest", "--print"]).ok();
    assert!(
        digest.contains("2026-101") && digest.contains("approve"),
        "the digest asks: {digest}"
    );
    firm.amiable(&["approve", "2026-101", "formal_notice"]).ok();
    firm.settled();
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
    assert!(
        firm.sent_to("b@autre.example").is_empty(),
        "each case needs its own word"
    );
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
}

/// `plan --json` is what would go out if nobody answered: every step in order, the formal notice marked as waiting; a
/// held case has none, and a day limits it.
#[test]
fn the_plan_is_what_would_go_out() {
    let firm = Firm::open();
    firm.import(&[
        owed("2026-101", "a@morel.example").late(0),
        owed("2026-201", "b@autre.example").late(0),
    ]);
    firm.amiable(&["hold", "2026-201"]).ok();
    let plan = firm.amiable(&["plan", "--json"]).json();
    let of = |plan: &Value, number: &str| {
        let cases = plan["cases"].as_array().unwrap().clone();
        let case = cases.into_iter().find(|case| case["number"] == number);
        case.map(|case| case["steps"].as_array().unwrap().clone())
            .unwrap_or_default()
    };
    let steps = of(&plan, "2026-101");
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["friendly", "professional", "formal", "formal_notice"], "{plan}");
    let waits: Vec<_> = steps.iter().map(|step| step["approval"].as_bool().unwrap()).collect();
    assert_eq!(waits, [false, false, false, true]);
    for (step, days) in steps.iter().zip([3, 10, 24, 38]) {
        assert!(
            step["at"].as_str().unwrap().starts_with(&in_days(days).to_string()),
            "{step} in {days} days"
        );
    }
    assert!(of(&plan, "2026-201").is_empty(), "{plan}");
    let near = firm
        .amiable(&["plan", "2026-101", "--until", &in_days(11).to_string(), "--json"])
        .json();
    assert_eq!(near["cases"].as_array().unwrap().len(), 1, "{near}");
    assert_eq!(of(&near, "2026-101").len(), 2, "{near}");
}

/// The journal goes out as it is, while a daemon runs too: every line JSON, numbered without a gap, and nobody's name,
/// address or words in it.
#[test]
fn the_export_is_the_whole_journal_without_names() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "claire@morel.example")]);
    let daemon = firm.daemon_ready();
    let reminder = firm.only_one_to("claire@morel.example").raw;
    firm.receives(&answer(
        &reminder,
        "Claire Morel <claire@morel.example>",
        "Nous contestons cette facture xyzzy.",
    ));
    firm.settled();
    let text = firm.amiable(&["export"]).ok();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (expected, record) in (1..).zip(&records) {
        assert_eq!(record["seq"], expected);
        assert!(record["event"].is_string() && record["at"].is_string(), "{record}");
    }
    assert!(text.contains("dispute") && text.contains("accepted"));
    for word in ["claire@morel.example", "Claire", "Maison", "xyzzy"] {
        assert!(!text.contains(word), "{word} stands in the journal");
    }
    assert_eq!(daemon.stop(), Some(0));
}

/// Billing programs export the same file every week: importing it again changes nothing and sends nothing.
#[test]
fn importing_the_same_file_again_is_harmless() {
    let firm = Firm::open();
    let rows = [owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")];
    firm.invoice(&rows);
    let daemon = firm.daemon_ready();
    let before = firm.status();
    firm.import(&rows);
    firm.import(&rows);
    firm.settled();
    assert_eq!(firm.status(), before);
    assert_eq!(firm.host.sent().len(), 2);
    assert_eq!(daemon.stop(), Some(0));
}
