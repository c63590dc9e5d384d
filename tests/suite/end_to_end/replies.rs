//! What customers answer: each answer is read, holds its writer on all of his cases, and nobody else.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;
use amiable::cli::demo::letter::{bounce, with_headers};

/// Until when a hold is to last.
#[derive(Clone, Copy)]
enum Until {
    Forever,
    Day(NaiveDate),
}

/// One customer's answer, and what is to come of it.
struct Answer {
    email: &'static str,
    body: String,
    /// The label that counts; "" where the message needs review.
    label: &'static str,
    state: &'static str,
    until: Until,
    why: &'static str,
}

fn business_days_after(day: NaiveDate, count: u32) -> NaiveDate {
    let open = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days = (1..).map(|n| day.checked_add_days(Days::new(n)).unwrap());
    days.filter(open).nth(count as usize - 1).unwrap()
}

fn promises() -> Vec<Answer> {
    let day = in_days(8);
    let grace = Until::Day(business_days_after(day, 2));
    vec![
        Answer {
            email: "a@promesse.example",
            body: format!(
                "Bonjour,\n\nLe virement sera fait le {}.\n\nAnne",
                day.format("%d/%m/%Y")
            ),
            label: "promise",
            state: "promised",
            until: grace,
            why: "a dated promise waits for its day and two business days more",
        },
        Answer {
            email: "b@promise.example",
            body: format!(
                "Hello,\n\nWe will pay this invoice on {}.\n\nBob",
                day.format("%-d %B %Y")
            ),
            label: "promise",
            state: "promised",
            until: grace,
            why: "likewise in English",
        },
    ]
}

fn noes_and_doubts() -> Vec<Answer> {
    let forever = |email, body: &str, label, why| Answer {
        email,
        body: body.to_owned(),
        label,
        state: "held",
        until: Until::Forever,
        why,
    };
    vec![
        forever(
            "c@litige.example",
            "Bonjour,\n\nNous contestons cette facture : le montant ne correspond pas au devis signé.\n\nChloé",
            "dispute",
            "a dispute stops everything until the user settles it",
        ),
        forever(
            "d@dispute.example",
            "Hi,\n\nWe dispute this invoice: half of the work was never delivered.\n\nDan",
            "dispute",
            "likewise in English",
        ),
        forever(
            "e@gene.example",
            "Bonjour,\n\nNous avons de grosses difficultés de trésorerie et ne pouvons pas payer en ce moment.\n\nÉric",
            "hardship",
            "who cannot pay is not pressed",
        ),
        forever(
            "f@hardship.example",
            "Hello,\n\nWe are in serious financial difficulty and cannot pay at the moment.\n\nFay",
            "hardship",
            "likewise in English",
        ),
        forever(
            "g@regle.example",
            "Bonjour,\n\nLa facture a été réglée par virement la semaine dernière.\n\nGuy",
            "paid",
            "who says that he paid is not reminded: the user looks at his account",
        ),
        forever(
            "h@paid.example",
            "Hello,\n\nThis invoice has already been paid by bank transfer.\n\nHal",
            "paid",
            "likewise in English",
        ),
        forever(
            "i@stop.example",
            "Bonjour,\n\nCessez de m'écrire, toute correspondance doit désormais passer par mon avocat.\n\nIda",
            "opt_out",
            "a request to stop is obeyed",
        ),
        forever(
            "j@renvoi.example",
            "Bonjour,\n\nMerci de vous adresser à notre comptable : compta@renvoi.example.\n\nJo",
            "redirect",
            "another contact is approved by the user alone",
        ),
        forever(
            "k@redirect.example",
            "Hello,\n\nPlease contact our accounts department at accounts@redirect.example.\n\nKim",
            "redirect",
            "likewise in English",
        ),
        forever(
            "l@question.example",
            "Bonjour,\n\nPourriez-vous me renvoyer la facture en PDF ?\n\nLou",
            "request",
            "a question wants an answer, not a reminder",
        ),
        forever(
            "m@flou.example",
            "Le chat est sur le tapis et la lune est bleue, voyez avec Bernard pour le truc.",
            "",
            "what is not understood is held and shown",
        ),
    ]
}

/// Everybody answers at once; the journal holds each answer with its hold, `status --json` says so, and of everybody's
/// next invoice, due at once, only those of people who did not answer are followed up.
#[test]
fn every_answer_holds_its_writer_on_all_of_his_cases() {
    let firm = Firm::open();
    let answers: Vec<Answer> = promises().into_iter().chain(noes_and_doubts()).collect();
    let first: Vec<Owed> = (1..)
        .zip(&answers)
        .map(|(n, one)| owed(&format!("2026-{n}01"), one.email))
        .collect();
    let silent = owed("2026-9901", "z@silence.example");
    firm.invoice(&first);
    firm.invoice(std::slice::from_ref(&silent));
    let daemon = firm.daemon_ready();
    for answer in &answers {
        let reminder = firm.only_one_to(answer.email);
        firm.receives(&answer_of(answer, &reminder.raw));
    }
    firm.settled();
    for (owed, answer) in first.iter().zip(&answers) {
        expect_held(&firm, &owed.number, answer, true);
    }
    let second: Vec<Owed> = (1..)
        .zip(&answers)
        .map(|(n, one)| owed(&format!("2026-{n}02"), one.email))
        .collect();
    firm.import(&second);
    firm.import(&[owed("2026-9902", "z@silence.example")]);
    firm.settled();
    for (owed, answer) in second.iter().zip(&answers) {
        expect_held(&firm, &owed.number, answer, false);
        assert_eq!(
            firm.sent_to(answer.email).len(),
            1,
            "{}: nothing more after the answer",
            answer.email
        );
    }
    assert_eq!(
        firm.sent_to("z@silence.example").len(),
        2,
        "who did not answer gets his second reminder"
    );
    assert_eq!(daemon.stop(), Some(0));
}

fn answer_of(answer_given: &Answer, reminder: &[u8]) -> Vec<u8> {
    answer(reminder, answer_given.email, &answer_given.body)
}

fn expect_held(firm: &Firm, number: &str, answer: &Answer, replied: bool) {
    let case = firm.case(number);
    let why = format!("{}: {}\n{case}", answer.email, answer.why);
    assert_eq!(case["state"], answer.state, "{why}");
    let reason = if answer.label.is_empty() {
        "needs_review"
    } else {
        answer.label
    };
    assert_eq!(case["hold"]["reason"], reason, "{why}");
    match answer.until {
        Until::Forever => {
            assert!(case["hold"]["until"].is_null(), "{why}");
            assert!(case["next"].is_null(), "{why}");
        }
        Until::Day(day) => {
            let until = case["hold"]["until"].as_str().unwrap();
            assert!(until.starts_with(&day.to_string()), "{why}: until {day}");
        }
    }
    if !replied {
        return;
    }
    let reply = &case["replies"][0];
    assert_eq!(case["replies"].as_array().unwrap().len(), 1, "{why}");
    assert_eq!(reply["match"], "ids", "{why}");
    assert_eq!(reply["needs_review"], answer.label.is_empty(), "{why}");
    let confidence = reply["confidence"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&confidence), "{why}");
    if !answer.label.is_empty() {
        assert_eq!(reply["primary"], answer.label, "{why}");
        assert!(
            reply["labels"].as_array().unwrap().contains(&answer.label.into()),
            "{why}"
        );
    }
}

/// A machine's note is no answer: it never counts as one; one that says when somebody is back holds until then, one
/// that says nobody reads this mailbox holds and asks, and one that says neither stops nothing.
#[test]
fn absence_notes_are_not_answers() {
    let firm = Firm::open();
    let back = in_days(9);
    let notes = [
        (
            "n@absent.example",
            format!("Je suis absent jusqu'au {}.", back.format("%d/%m/%Y")),
        ),
        (
            "o@parti.example",
            "Cette boîte n'est plus consultée. Je ne travaille plus dans cette société.".to_owned(),
        ),
        (
            "p@bref.example",
            "Votre message a bien été reçu et sera traité.".to_owned(),
        ),
    ];
    let first: Vec<Owed> = (1..)
        .zip(&notes)
        .map(|(n, (email, _))| owed(&format!("2026-{n}01"), email))
        .collect();
    firm.invoice(&first);
    firm.round();
    for (email, text) in &notes {
        let note = answer(&firm.only_one_to(email).raw, email, text);
        firm.receives(&with_headers(&note, &["Auto-Submitted: auto-replied"]));
    }
    let second: Vec<Owed> = (1..)
        .zip(&notes)
        .map(|(n, (email, _))| owed(&format!("2026-{n}02"), email))
        .collect();
    firm.import(&second);
    firm.round();
    for (owed, (email, _)) in first.iter().zip(&notes) {
        let case = firm.case(&owed.number);
        assert_eq!(
            case["replies"][0]["primary"], "auto_reply",
            "{email}: shown, as what it is: {case}"
        );
    }
    let absent = firm.case("2026-101");
    assert_eq!(
        (&absent["state"], &absent["hold"]["reason"]),
        (&"held".into(), &"auto_reply".into()),
        "{absent}"
    );
    let until = absent["hold"]["until"].as_str().unwrap();
    let free = business_days_after(back, 1);
    assert!(
        until >= back.to_string().as_str() && until <= format!("{free}T00:00:01").as_str(),
        "{until}"
    );
    let left = firm.case("2026-201");
    assert_eq!(left["state"], "held", "{left}");
    assert!(
        left["hold"]["until"].is_null(),
        "nobody reads it: the user is asked: {left}"
    );
    let sent: Vec<usize> = notes.iter().map(|(email, _)| firm.sent_to(email).len()).collect();
    assert_eq!(sent, [1, 1, 2], "only the receipt stops nothing");
}

/// A reminder that came back for good: no other goes out, and the user hears of it at once, once; a mailbox that is
/// only full today stops less.
#[test]
fn a_bounce_stops_and_is_told_at_once() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "q@parti.example"), owed("2026-201", "r@plein.example")]);
    let daemon = firm.daemon_ready();
    let gone = bounce(&firm.only_one_to("q@parti.example").raw, "q@parti.example", now()).unwrap();
    let full = bounce(&firm.only_one_to("r@plein.example").raw, "r@plein.example", now()).unwrap();
    let full = String::from_utf8(full).unwrap();
    let full = full
        .replace("Action: failed", "Action: delayed")
        .replace("Status: 5.1.1", "Status: 4.2.2")
        .replace("550 5.1.1 User unknown", "452 4.2.2 Mailbox full")
        .replace(
            "Undelivered Mail Returned to Sender",
            "Delayed Mail (still being retried)",
        );
    firm.receives(&gone);
    firm.receives(full.as_bytes());
    firm.settled();
    firm.import(&[owed("2026-102", "q@parti.example"), owed("2026-202", "r@plein.example")]);
    firm.settled();
    let notices: Vec<_> = firm.sent_to(ME);
    assert_eq!(notices.len(), 1, "one notice, for the one that is lost");
    let words = text_of(&notices[0].raw);
    assert!(
        words.contains("q@parti.example") && words.contains("2026-101"),
        "{words}"
    );
    let case = firm.case("2026-101");
    assert_eq!(
        (&case["state"], &case["hold"]["reason"]),
        (&"held".into(), &"bounce".into()),
        "{case}"
    );
    assert!(case["hold"]["until"].is_null(), "{case}");
    assert_eq!(case["replies"][0]["primary"], "bounce", "{case}");
    let case = firm.case("2026-201");
    assert_eq!(case["hold"]["reason"], "bounce", "{case}");
    assert!(
        case["hold"]["until"].is_string(),
        "a full mailbox empties again: {case}"
    );
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    assert_eq!(firm.sent_to(ME).len(), 1, "not again after a restart");
    assert_eq!(
        firm.sent_to("q@parti.example").len() + firm.sent_to("r@plein.example").len(),
        2
    );
}

/// A first "no" is not softened by what comes later: thanks, or a promise, add to it.
#[test]
fn a_later_word_never_lifts_a_no() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "s@litige.example")]);
    firm.round();
    let reminder = firm.only_one_to("s@litige.example").raw;
    firm.receives(&answer(
        &reminder,
        "s@litige.example",
        "Nous contestons cette facture, le travail n'est pas terminé.",
    ));
    firm.round();
    let day = in_days(3).format("%d/%m/%Y");
    firm.receives(&answer(
        &reminder,
        "s@litige.example",
        &format!("Merci, je vous paie le {day}."),
    ));
    firm.import(&[owed("2026-102", "s@litige.example")]);
    firm.round();
    for number in ["2026-101", "2026-102"] {
        let case = firm.case(number);
        assert_eq!(
            (&case["state"], &case["hold"]["reason"]),
            (&"held".into(), &"dispute".into()),
            "{case}"
        );
    }
    assert_eq!(firm.case("2026-101")["replies"].as_array().unwrap().len(), 2);
    assert_eq!(firm.sent_to("s@litige.example").len(), 1);
}
