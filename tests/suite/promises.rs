//! The promises of the design as properties: random weeks of several customers, watched by a witness with rules of its own.

use amiable::dunning::ladder::next_of;
use amiable::dunning::plan::plan;
use amiable::model::arrival::Match;
use amiable::model::case::Closing;
use amiable::model::event::Event;
use amiable::model::follow_up::Step;
use amiable::model::invoice::{Document, InvoiceNumber};
use amiable::model::policy::{Days, Hours, Mode, Policy, Rung};
use amiable::model::reading::{Doubt, Label, Reading};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::firm::{Answer, Firm, bounce, id_of, invoice, reading, usual_policy};
use crate::witness::{CASES_EACH, CUSTOMERS, Kind, Witness, all_cases, business_days_after, customer_of};

/// Something that happens; cases and labels are told by number, so that proptest can make them smaller.
#[derive(Debug, Clone)]
enum Happening {
    Minutes(u32),
    Down(u32),
    Hears {
        case: usize,
        about_any: bool,
        matched: usize,
        labels: Vec<usize>,
        days: i64,
        doubt: bool,
    },
    Pays {
        case: usize,
        half: bool,
    },
    Resumes {
        case: usize,
        despite: Option<usize>,
    },
    Settles {
        case: usize,
        amount: Option<u32>,
    },
    Stops(usize),
    Approves {
        case: usize,
        step: usize,
    },
    Holds {
        case: usize,
        days: Option<i64>,
    },
    Notes {
        case: usize,
        days: Option<i64>,
    },
    Writes(usize),
    InSent {
        case: usize,
    },
    Server(usize),
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let case = 0..CUSTOMERS * CASES_EACH;
    let labels = prop::collection::vec(0..Label::ALL.len(), 1..3);
    prop_oneof![
        8 => (1u32..20_000).prop_map(Minutes),
        2 => (1u32..80_000).prop_map(Down),
        6 => (case.clone(), any::<bool>(), 0usize..6, labels, -5i64..40, prop::bool::weighted(0.2))
            .prop_map(|(case, about_any, matched, labels, days, doubt)| Hears { case, about_any, matched, labels, days, doubt }),
        2 => (case.clone(), any::<bool>()).prop_map(|(case, half)| Pays { case, half }),
        4 => (case.clone(), prop::option::of(0..Label::ALL.len())).prop_map(|(case, despite)| Resumes { case, despite }),
        2 => (case.clone(), prop::option::of(0u32..300)).prop_map(|(case, amount)| Settles { case, amount }),
        1 => case.clone().prop_map(Stops),
        2 => (case.clone(), 0..Step::ALL.len()).prop_map(|(case, step)| Approves { case, step }),
        1 => (case.clone(), prop::option::of(0i64..20)).prop_map(|(case, days)| Holds { case, days }),
        1 => (case.clone(), prop::option::of(-3i64..20)).prop_map(|(case, days)| Notes { case, days }),
        1 => case.clone().prop_map(Writes),
        2 => case.prop_map(|case| InSent { case }),
        3 => (0usize..6).prop_map(Server),
        1 => Just(Restart),
    ]
}

/// The usual ladder, or one with a courtesy before it and a gap of its own on the second rung.
fn ladder(gap: Option<i64>) -> Vec<Rung> {
    let mut ladder = Policy::default_ladder();
    if let Some(gap) = gap {
        ladder[1].min_gap_days = Some(gap);
        let (step, after_days, approval, min_gap_days) = (Step::Courtesy, -3, false, None);
        ladder.insert(
            0,
            Rung {
                step,
                after_days,
                approval,
                min_gap_days,
            },
        );
    }
    ladder
}

fn policies() -> impl Strategy<Value = Policy> {
    let zones = prop::sample::select(vec![
        chrono_tz::Europe::Paris,
        chrono_tz::America::New_York,
        chrono_tz::Pacific::Apia,
    ]);
    (
        0usize..8,
        any::<bool>(),
        any::<bool>(),
        0i64..12,
        1u32..5,
        any::<bool>(),
        prop::option::of(0i64..20),
        zones,
    )
        .prop_map(
            |(mode, all_days, whole_day, between, per_day, recap, gap, timezone)| Policy {
                mode: if mode == 0 { Mode::Draft } else { Mode::Send },
                days: if all_days { Days::All } else { Days::Business },
                hours: if whole_day {
                    Hours { from: 0, to: 1440 }
                } else {
                    Hours { from: 510, to: 1080 }
                },
                min_days_between: between,
                max_per_day: per_day,
                recap,
                ladder: ladder(gap),
                timezone,
                ..usual_policy()
            },
        )
}

/// One life: the firm and its witness, side by side.
struct Life {
    firm: Firm,
    witness: Witness,
}

impl Life {
    fn new(policy: Policy, start: NaiveDate) -> Life {
        let mut firm = Firm::new(policy, start.and_hms_opt(7, 30, 0).unwrap().and_utc());
        for (at, case) in all_cases().into_iter().enumerate() {
            let due = start + Duration::days([-40, 2, 9, -3, 0, 5, 20, 1, -100][at]);
            let document = if at == 7 { Document::Quote } else { Document::Invoice };
            firm.import(
                invoice(case.as_str(), &customer_of(&case).0, Decimal::from(300), due, document),
                true,
            );
        }
        Life {
            firm,
            witness: Witness::default(),
        }
    }

    fn today(&self) -> NaiveDate {
        self.firm.now.with_timezone(&self.firm.policy.timezone).date_naive()
    }

    fn lives(&mut self, happening: &Happening) {
        let cases = all_cases();
        let today = self.today();
        match happening {
            Happening::Minutes(minutes) => self
                .firm
                .run_until(self.firm.now + Duration::minutes(i64::from(*minutes))),
            Happening::Down(minutes) => self.firm.now += Duration::minutes(i64::from(*minutes)),
            Happening::Restart => self.firm.restart(),
            Happening::Server(at) => self.firm.answers.push_back(
                [
                    Answer::Accepts,
                    Answer::Defers,
                    Answer::DefersEarly,
                    Answer::Refuses,
                    Answer::Lost,
                    Answer::Dies,
                ][*at],
            ),
            Happening::Hears {
                case,
                about_any,
                matched,
                labels,
                days,
                doubt,
            } => {
                let matches = [
                    Match::Ids,
                    Match::Thread,
                    Match::Index,
                    Match::Reference,
                    Match::Address,
                ];
                let matched = matches.get(*matched).copied();
                let labels: Vec<Label> = labels.iter().map(|at| Label::ALL[*at]).collect();
                let told = Reading {
                    promise_date: (*days >= -2).then(|| today + Duration::days(*days)),
                    absent_until: (*days >= -2).then(|| today + Duration::days(*days)),
                    unattended: *days == -5 && labels.contains(&Label::AutoReply),
                    bounce: labels
                        .contains(&Label::Bounce)
                        .then(|| bounce(*days % 2 == 0))
                        .flatten(),
                    doubt: doubt.then_some(Doubt::Unclear),
                    ..reading(&labels)
                };
                let case = &cases[*case];
                self.witness.hears(case, !about_any, matched, &told, today);
                self.firm
                    .hear(&customer_of(case), Some(case).filter(|_| !about_any), matched, told);
            }
            happening => self.acts(happening, &cases, today),
        }
        self.witness.looks(&self.firm);
    }

    fn acts(&mut self, happening: &Happening, cases: &[InvoiceNumber], today: NaiveDate) {
        let event = match happening {
            Happening::Pays { case, half } => {
                let amount = half.then(|| Decimal::from(150));
                Event::PaymentRecorded {
                    case: cases[*case].clone(),
                    amount,
                    on: today,
                }
            }
            Happening::Resumes { case, despite } => {
                let (case, despite) = (cases[*case].clone(), despite.map(|at| Label::ALL[at]));
                self.witness.resumes(&case, despite, today);
                Event::Resumed { case, despite }
            }
            Happening::Settles { case, amount } => {
                self.witness.settles(&cases[*case], today);
                Event::Settled {
                    case: cases[*case].clone(),
                    amount: amount.map(Decimal::from),
                }
            }
            Happening::Stops(case) => Event::Stopped {
                case: cases[*case].clone(),
            },
            Happening::Approves { case, step } => {
                let (case, step) = (cases[*case].clone(), Step::ALL[*step]);
                self.witness.approved.insert((case.clone(), step));
                Event::Approved { case, step }
            }
            Happening::Holds { case, days } => {
                let through = days.map(|days| today + Duration::days(days));
                self.witness.stop(&cases[*case], true, None, Kind::Else, through);
                return self.firm.user_holds(&cases[*case], through);
            }
            Happening::Notes { case, days } => {
                let date = days.map(|days| today + Duration::days(days));
                if let Some(date) = date {
                    self.witness.stop(
                        &cases[*case],
                        true,
                        None,
                        Kind::Promise,
                        Some(business_days_after(date, 2)),
                    );
                }
                return self.firm.user_notes(&cases[*case], date);
            }
            Happening::Writes(case) => {
                self.witness
                    .stop(&cases[*case], true, None, Kind::Else, Some(today + Duration::days(7)));
                return self.firm.user_wrote(&cases[*case]);
            }
            Happening::InSent { case } => return self.turns_up(&cases[*case], today),
            _ => return,
        };
        self.firm.record(event);
        let settling = match happening {
            Happening::Pays { case, .. } | Happening::Settles { case, .. } => Some(&cases[*case]),
            _ => None,
        };
        self.notes_what_is_over(cases, settling);
    }

    /// What a case is worth is arithmetic that the stories hold; whether it is over is what matters here.
    fn notes_what_is_over(&mut self, cases: &[InvoiceNumber], settling: Option<&InvoiceNumber>) {
        for case in cases {
            match self.firm.ledger.cases[case].closing {
                Some(Closing::Paid | Closing::Settled) if settling == Some(case) => self.witness.closes(case),
                Some(_) => self.witness.stops_for_good(case),
                None => self.witness.opens_again(case),
            }
        }
    }

    /// A copy turns up of a mail that is not known to have arrived, if there is one.
    fn turns_up(&mut self, case: &InvoiceNumber, today: NaiveDate) {
        let open = |step: &Step| {
            let outgoing = self.firm.ledger.outbox.get(&id_of(case, *step));
            outgoing.is_some_and(|outgoing| outgoing.outcome.public_name() != Some("accepted"))
        };
        if let Some(step) = Step::ALL.into_iter().find(open) {
            self.firm.found_in_sent(case, step);
            self.witness.finds(case, step, today);
        }
    }

    /// What `plan` foretells: never before `decide` would, and beginning with what is next.
    fn foretells(&self) {
        let firm = &self.firm;
        let plans = plan(&firm.ledger, &firm.policy, firm.now, None);
        for (id, customer) in &firm.ledger.customers {
            let cases: Vec<_> = firm.ledger.cases_of(id).filter(|case| case.is_open()).collect();
            let next = |case: &&_| next_of(case, customer, &firm.policy, firm.now);
            let soonest = cases.iter().filter_map(next).map(|next| next.at).min();
            let first = cases
                .iter()
                .flat_map(|case| plans[&case.invoice.number].first())
                .map(|next| next.at)
                .min();
            assert_eq!(first, soonest, "the plan of {id} begins with what is next");
            for case in &cases {
                let steps = &plans[&case.invoice.number];
                let own = next_of(case, customer, &firm.policy, firm.now);
                // Later than alone, because the customer's other case goes first, it may have become another step.
                if let Some((first, own)) = steps.first().zip(own).filter(|(first, own)| first.at == own.at) {
                    assert_eq!(first.step, own.step, "{}", case.invoice.number);
                }
                assert!(
                    steps.first().map(|next| next.at) >= own.map(|next| next.at),
                    "{steps:?} before {own:?}"
                );
                assert!(
                    steps.is_sorted_by(|a, b| a.at < b.at),
                    "one step a day at most: {steps:?}"
                );
            }
        }
    }

    /// With everything approved and accepted, what happens is what the plan foretold.
    fn comes_as_foretold(&mut self) {
        let firm = &mut self.firm;
        firm.answers.clear();
        firm.restart();
        (firm.policy.mode, firm.policy.max_per_day) = (Mode::Send, 1000);
        for (case, step) in all_cases()
            .into_iter()
            .flat_map(|case| Step::ALL.map(|step| (case.clone(), step)))
        {
            firm.record(Event::Approved { case, step });
        }
        let end = firm.now + Duration::days(120);
        let mut foretold: Vec<(DateTime<Utc>, InvoiceNumber, Step)> =
            plan(&firm.ledger, &firm.policy, firm.now, Some(end))
                .into_iter()
                .flat_map(|(case, steps)| steps.into_iter().map(move |next| (next.at, case.clone(), next.step)))
                .collect();
        let before = firm.done.len();
        firm.run_until(end);
        let mut came: Vec<_> = firm
            .done
            .iter()
            .skip(before)
            .map(|done| (done.at, done.case.clone(), done.step))
            .collect();
        foretold.sort();
        came.sort();
        assert_eq!(came, foretold);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_are_kept_whatever_happens(
        policy in policies(),
        start in 0i64..365,
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Duration::days(start);
        let mut life = Life::new(policy, start);
        for happening in &happenings {
            life.lives(happening);
            prop_assert_eq!(&life.firm.refolded(), &life.firm.ledger);
        }
        life.foretells();
        life.comes_as_foretold();
    }
}
