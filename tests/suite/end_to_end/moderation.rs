//! When it does not send: the rest between two mails, the day's limit, the hours, and the fence before each mail.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;
use crate::program::until;

/// A customer with three invoices long overdue gets one mail, of the gentlest kind, and the next one after the rest
/// that the user set: never a burst, whatever was missed.
#[test]
fn a_customer_gets_one_mail_and_then_has_his_rest() {
    let firm = Firm::with(&[("sending.min_days_between", "7")]);
    let late = |number: &str| owed(number, "a@morel.example").late(80);
    firm.invoice(&[late("2026-101"), late("2026-102"), late("2026-103")]);
    firm.round();
    firm.round();
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
    let week = in_days(7).to_string();
    let status = firm.status();
    for case in status["cases"].as_array().unwrap() {
        let sent = case["sent"].as_array().unwrap();
        assert!(
            sent.iter().all(|sent| sent["step"] == "friendly"),
            "the first step first: {case}"
        );
        assert!(case["next"]["at"].as_str().unwrap() >= week.as_str(), "{case}");
    }
}

/// The day's limit counts everybody's mails together.
#[test]
fn a_day_has_its_limit() {
    let firm = Firm::with(&[("sending.max_per_day", "2")]);
    let invoices: Vec<Owed> = (1..=4)
        .map(|n| owed(&format!("2026-{n}01"), &format!("a@client{n}.example")))
        .collect();
    firm.invoice(&invoices);
    firm.round();
    firm.round();
    assert_eq!(firm.host.sent().len(), 2);
}

/// Outside the user's hours nothing goes to customers, and the answer that comes meanwhile counts.
#[test]
fn outside_the_hours_nothing_goes_out() {
    // A window of half an hour that is hours away, on the same day or the next.
    let hour = clock_in(5 * 60).format("%H").to_string();
    let hours = format!("\"{hour}:00-{hour}:30\"");
    let firm = Firm::with(&[("sending.hours", &hours)]);
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.receives(&answer(
        &owed("2026-101", "a@morel.example").mail(),
        "a@morel.example",
        "Nous contestons cette facture.",
    ));
    firm.round();
    assert!(firm.host.sent().is_empty());
    assert_eq!(firm.case("2026-101")["state"], "held");
    let case = firm.case("2026-201");
    assert!(
        case["next"]["at"].as_str().unwrap().contains(&format!("T{hour}:00:00")),
        "{case}"
    );
}

/// The fence: between two mails of one round a customer answers, and his own reminder, decided upon already, stays.
#[test]
fn an_answer_in_the_last_moment_stops_the_mail() {
    let firm = Firm::with(&[("sending.seconds_between", "5")]);
    let (first, second) = (owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example"));
    firm.invoice(&[first, second.clone()]);
    let daemon = firm.daemon();
    assert!(until(PATIENCE, || firm.host.sent().len() == 1), "the first one");
    assert_eq!(firm.sent_to("a@morel.example").len(), 1);
    firm.receives(&answer(
        &second.mail(),
        "b@autre.example",
        "Nous contestons cette facture.",
    ));
    firm.settled();
    assert!(firm.sent_to("b@autre.example").is_empty(), "he has said no");
    assert_eq!(firm.case("2026-201")["hold"]["reason"], "dispute");
    assert_eq!(daemon.stop(), Some(0));
}

/// A folder that cannot be read may hold a no: nothing goes out until it can be, and the user is told which.
#[test]
fn a_folder_that_cannot_be_read_closes_the_fence() {
    let firm = Firm::open();
    firm.host.mailbox(ME).command("CREATE Clients").unwrap();
    let invoice = owed("2026-101", "a@morel.example");
    let no = answer(&invoice.mail(), "a@morel.example", "Nous contestons cette facture.");
    firm.host.append("Clients", &no, &[]);
    let folder = firm.host.root.join("home").join(ME).join("Maildir/.Clients");
    let open = fs::metadata(&folder).unwrap().permissions();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    firm.invoice(&[invoice, owed("2026-201", "b@autre.example")]);
    let run = firm.amiable(&["run", "--once"]);
    assert!(firm.host.sent().is_empty(), "{run:?}");
    let digest = firm.amiable(&["digest", "--print"]).ok();
    assert!(digest.contains("Clients"), "the digest names it: {digest}");
    fs::set_permissions(&folder, open).unwrap();
    firm.round();
    assert_eq!(firm.case("2026-101")["hold"]["reason"], "dispute");
    assert_eq!(firm.sent_to("b@autre.example").len(), 1, "and it goes on");
}
