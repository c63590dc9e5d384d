//! A day on which everything happened, for the tests of the digest.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use iso_currency::Currency;

use crate::model::arrival::Match;
use crate::model::customer::Language;
use crate::model::event::Trouble;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::money::Money;
use crate::model::policy::Mode;
use crate::model::reading::{Author, BounceFacts, DisputeReason, Doubt, Label, Reading};
use crate::writing::cast::day;
use crate::writing::day::{Asks, DigestContent, Failure, PlannedItem, Question, ReadItem, SentItem};
use crate::writing::terms::pick;

fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, day, hour, minute, 0).unwrap()
}

fn reading(labels: &[Label], confidence: f64) -> Reading {
    let doubtless = Reading::needs_review(Doubt::Unclear);
    Reading {
        primary: labels[0],
        labels: labels.to_vec(),
        confidence,
        doubt: None,
        ..doubtless
    }
}

fn hold(reason: HoldReason, until: Option<DateTime<Utc>>) -> Option<Hold> {
    Some(Hold {
        reason,
        since: at(13, 6, 0),
        until,
        case: None,
        message: None,
    })
}

fn planned(number: &str, customer: &str, step: Step, at: DateTime<Utc>) -> PlannedItem {
    PlannedItem {
        number: number.into(),
        customer: customer.into(),
        step,
        at,
        approval: step == Step::FormalNotice,
    }
}

fn question(number: &str, customer: &str, asks: Asks, excerpt: &str) -> Question {
    Question {
        number: Some(number.into()),
        customer: Some(customer.into()),
        asks,
        since: at(12, 13, 0),
        excerpt: excerpt.into(),
        address: None,
    }
}

fn item(number: &str, customer: &str, sender: &str, reading: Reading, excerpt: &str, words: &[&str]) -> ReadItem {
    let primary = reading.primary;
    ReadItem {
        at: at(12, 16, 42),
        sender_name: Some(sender.into()),
        sender_address: Some("someone@customer.example".into()),
        number: Some(number.into()),
        customer: Some(customer.into()),
        matched: Some(Match::Ids),
        reading,
        currency: Some(Currency::EUR),
        words: words.iter().map(|word| (primary, word.to_string())).collect(),
        excerpt: excerpt.into(),
        hold: None,
        next: None,
        redirect_to: None,
        claimed: false,
    }
}

fn questions(language: Language) -> Vec<Question> {
    let disputed = pick(
        language,
        "Nous ne réglerons pas cette facture tant que la page contact ne fonctionne pas.",
        "We will not pay this invoice until the contact page works.",
    );
    let redirected = pick(
        language,
        "Merci d'écrire désormais à notre comptabilité.",
        "Please write to our accounts team from now on.",
    );
    vec![
        question(
            "2026-014",
            "Atelier Morel",
            Asks::Held(HoldReason::Label(Label::Dispute)),
            disputed,
        ),
        Question {
            address: Some("compta@brasserie-du-port.example".into()),
            ..question(
                "2026-009",
                "Brasserie du Port",
                Asks::Held(HoldReason::Label(Label::Redirect)),
                redirected,
            )
        },
        question("2025-131", "Garage Lemoine", Asks::Approval(Step::FormalNotice), ""),
        question(
            "2026-011",
            "SCI Belvédère",
            Asks::UnknownOutcome {
                step: Step::Friendly,
                at: at(12, 8, 31),
            },
            "",
        ),
    ]
}

fn disputed(language: Language) -> ReadItem {
    let reading = Reading {
        dispute_reason: Some(DisputeReason::Defective),
        disputed_amount: "400".parse().ok(),
        ..reading(&[Label::Dispute, Label::Acknowledged], 0.93)
    };
    let (excerpt, words) = pick(
        language,
        (
            "Bonjour Camille, nous ne réglerons pas cette facture tant que la page contact ne fonctionne pas.",
            ["ne réglerons pas", "ne fonctionne pas"],
        ),
        (
            "Hello Camille, we will not pay this invoice until the contact page works.",
            ["will not pay", "until the contact page works"],
        ),
    );
    ReadItem {
        hold: hold(HoldReason::Label(Label::Dispute), None),
        ..item("2026-014", "Atelier Morel", "Claire Morel", reading, excerpt, &words)
    }
}

fn promised(language: Language) -> ReadItem {
    let reading = Reading {
        promise_date: Some(day("2026-03-20")),
        ..reading(&[Label::Promise], 0.97)
    };
    let (excerpt, words) = pick(
        language,
        (
            "Désolé pour le retard, le virement partira vendredi 20 mars.",
            "le virement partira vendredi 20 mars",
        ),
        (
            "Sorry for the delay, the transfer will leave on Friday 20 March.",
            "the transfer will leave on Friday 20 March",
        ),
    );
    ReadItem {
        hold: hold(HoldReason::Label(Label::Promise), Some(at(24, 7, 30))),
        next: Some(planned("2026-012", "Cabinet Duval", Step::LapsedPromise, at(24, 7, 30))),
        ..item("2026-012", "Cabinet Duval", "Hugues Duval", reading, excerpt, &[words])
    }
}

fn unclear(language: Language) -> ReadItem {
    let reading = Reading {
        doubt: Some(Doubt::Unclear),
        ..reading(&[Label::Other], 0.41)
    };
    let excerpt = pick(language, "Voir avec Paul ?", "Ask Paul?");
    ReadItem {
        hold: hold(HoldReason::NeedsReview, None),
        claimed: true,
        matched: Some(Match::Reference),
        ..item("2026-010", "Studio Nord", "M. <script>", reading, excerpt, &[])
    }
}

fn bounced() -> ReadItem {
    let facts = BounceFacts {
        status: Some("5.1.1".into()),
        permanent: true,
    };
    let reading = Reading {
        author: Author::Bounce,
        bounce: Some(facts),
        ..reading(&[Label::Bounce], 1.0)
    };
    ReadItem {
        hold: hold(HoldReason::Label(Label::Bounce), None),
        ..item(
            "2026-008",
            "Les Jardins d'Ambre",
            "Mail Delivery System",
            reading,
            "",
            &[],
        )
    }
}

/// Something of every kind, on Friday 13 March 2026.
pub fn busy_day(language: Language) -> DigestContent {
    let sent = |number: &str, customer: &str, step, outcome| SentItem {
        number: number.into(),
        customer: customer.into(),
        step,
        at: at(12, 8, 31),
        outcome,
        left_out: Vec::new(),
    };
    let euros = Money {
        amount: "14320".parse().unwrap(),
        currency: Currency::EUR,
    };
    DigestContent {
        day: day("2026-03-13"),
        zone: Paris,
        mode: Mode::Send,
        questions: questions(language),
        read: vec![disputed(language), promised(language), unclear(language), bounced()],
        sent: vec![
            SentItem {
                left_out: vec!["stage@petit.example".into()],
                ..sent("2026-015", "Boulangerie Petit", Step::Friendly, Outcome::Accepted)
            },
            sent("2026-011", "SCI Belvédère", Step::Friendly, Outcome::Unknown),
        ],
        today: vec![
            planned("2026-006", "Menuiserie Arnaud", Step::Professional, at(13, 7, 30)),
            planned("2026-016", "Atelier des Quais", Step::Friendly, at(13, 7, 30)),
        ],
        coming: vec![
            planned("2026-003", "Hôtel de la Gare", Step::Formal, at(17, 7, 30)),
            planned("2025-131", "Garage Lemoine", Step::FormalNotice, at(18, 7, 30)),
        ],
        failures: vec![Failure {
            trouble: Trouble::Submission {
                detail: "smtp.example: 421 4.7.0".into(),
            },
            since: at(12, 20, 5),
            ongoing: true,
        }],
        open_total: vec![
            euros,
            Money {
                amount: "900".parse().unwrap(),
                currency: Currency::GBP,
            },
        ],
        open_count: 14,
        held_count: 5,
    }
}
