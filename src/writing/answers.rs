//! What the command line answers, in the user's language: one line for each thing that a command can do or refuse.

use chrono::NaiveDate;

use crate::model::customer::Language;
use crate::model::follow_up::Step;
use crate::model::hold::HoldReason;
use crate::model::money::Money;
use crate::model::reading::Label;
use crate::writing::terms;
use crate::writing::words;

/// The answer to a command.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerWords {
    /// The number is not known.
    NoSuchInvoice(String),
    /// Invoices were taken over.
    Imported {
        /// New ones.
        new: usize,
        /// Known ones whose figures changed.
        changed: usize,
        /// Known ones that are the same.
        same: usize,
    },
    /// Paid in full: the case is closed.
    Paid(String),
    /// Paid in part.
    PartlyPaid {
        /// Which invoice.
        number: String,
        /// What is left.
        owed: Money,
    },
    /// The amount of a payment makes no sense.
    NotAPayment,
    /// Written down.
    Noted {
        /// Which invoice.
        number: String,
        /// What was promised.
        promise: Option<NaiveDate>,
    },
    /// Follow-ups are stopped by the user's word.
    Held {
        /// Which invoice.
        number: String,
        /// The last day.
        until: Option<NaiveDate>,
    },
    /// The day of a hold has passed already.
    HoldInThePast,
    /// The case goes on.
    Resumed(String),
    /// The case goes on as far as this resume says, and is still stopped by something else.
    StillHeld {
        /// Which invoice.
        number: String,
        /// By what.
        reason: HoldReason,
    },
    /// A no must be named to be overridden.
    NeedsDespite {
        /// Which invoice.
        number: String,
        /// The no.
        label: Label,
    },
    /// The dispute is settled.
    Settled {
        /// Which invoice.
        number: String,
        /// What is owed now.
        owed: Money,
    },
    /// The case is over by the user's word.
    Stopped(String),
    /// The step will go out.
    Approved {
        /// Which invoice.
        number: String,
        /// Which step.
        step: Step,
    },
    /// The address was approved.
    ContactApproved {
        /// Which invoice.
        number: String,
        /// The address.
        address: String,
    },
    /// The digest went to the user.
    DigestSent,
    /// The server did not take the digest.
    DigestNotSent,
    /// There is nothing to tell.
    NothingToTell,
    /// The case is closed: nothing of the kind can be done.
    AlreadyClosed(String),
}

impl AnswerWords {
    /// Whether the command did what was asked.
    pub fn is_success(&self) -> bool {
        !matches!(
            self,
            AnswerWords::NoSuchInvoice(_)
                | AnswerWords::NotAPayment
                | AnswerWords::HoldInThePast
                | AnswerWords::DigestNotSent
                | AnswerWords::NeedsDespite { .. }
                | AnswerWords::AlreadyClosed(_)
        )
    }

    /// The line to print.
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Fr => self.french(),
            Language::En => self.english(),
        }
    }

    fn french(&self) -> String {
        let fr = Language::Fr;
        match self {
            AnswerWords::NoSuchInvoice(number) => {
                format!("La facture {number} n'est pas connue. `amiable status` montre celles qui le sont.")
            }
            AnswerWords::Imported { new, changed, same } => {
                format!("Factures nouvelles : {new}, mises à jour : {changed}, inchangées : {same}.")
            }
            AnswerWords::Paid(number) => format!("La facture {number} est soldée. Plus aucune relance ne partira."),
            AnswerWords::PartlyPaid { number, owed } => {
                format!(
                    "Paiement noté. Reste dû sur la facture {number} : {}.",
                    words::money(*owed, fr)
                )
            }
            AnswerWords::NotAPayment => "Un paiement doit être supérieur à zéro.".to_string(),
            AnswerWords::Noted { number, promise: None } => format!("C'est noté pour la facture {number}."),
            AnswerWords::Noted {
                number,
                promise: Some(date),
            } => {
                format!(
                    "C'est noté : la facture {number} est promise pour le {}.",
                    words::date(*date, fr)
                )
            }
            AnswerWords::DigestSent => "Le point du jour est parti.".to_string(),
            AnswerWords::DigestNotSent => "Le serveur d'envoi n'a pas pris le point du jour.".to_string(),
            AnswerWords::NothingToTell => "Rien de nouveau à signaler.".to_string(),
            AnswerWords::AlreadyClosed(number) => format!("La facture {number} est close."),
            _ => self.french_on_holds(),
        }
    }

    fn french_on_holds(&self) -> String {
        let fr = Language::Fr;
        match self {
            AnswerWords::Held { number, until: None } => {
                format!("Relances suspendues pour la facture {number}, jusqu'à `amiable resume {number}`.")
            }
            AnswerWords::Held {
                number,
                until: Some(day),
            } => {
                format!(
                    "Relances suspendues pour la facture {number} jusqu'au {} inclus.",
                    words::date(*day, fr)
                )
            }
            AnswerWords::HoldInThePast => "Cette date est déjà passée.".to_string(),
            AnswerWords::Resumed(number) => format!("Les relances de la facture {number} reprennent."),
            AnswerWords::StillHeld { number, reason } => format!(
                "C'est noté, mais la facture {number} reste suspendue : {}.",
                terms::hold_reason(*reason, fr)
            ),
            AnswerWords::NeedsDespite { number, label } => format!(
                "La facture {number} est suspendue ({}). Pour passer outre : amiable resume {number} --despite {}",
                terms::label(*label, fr),
                label.name()
            ),
            AnswerWords::Settled { number, owed } => {
                format!(
                    "Litige réglé pour la facture {number}. Reste dû : {}.",
                    words::money(*owed, fr)
                )
            }
            AnswerWords::Stopped(number) => format!("La facture {number} ne sera plus relancée."),
            AnswerWords::Approved { number, step } => {
                format!(
                    "Accord donné : « {} » partira pour la facture {number}.",
                    terms::step(*step, fr)
                )
            }
            AnswerWords::ContactApproved { number, address } => format!(
                "Les messages sur la facture {number} iront désormais à {address}. Pour reprendre : amiable resume {number}"
            ),
            // Everything else is told by `french`.
            _ => String::new(),
        }
    }

    fn english(&self) -> String {
        let en = Language::En;
        match self {
            AnswerWords::NoSuchInvoice(number) => {
                format!("Invoice {number} is not known. `amiable status` shows those that are.")
            }
            AnswerWords::Imported { new, changed, same } => {
                format!("Invoices: {new} new, {changed} updated, {same} unchanged.")
            }
            AnswerWords::Paid(number) => format!("Invoice {number} is settled in full. Nothing more will be sent."),
            AnswerWords::PartlyPaid { number, owed } => {
                format!(
                    "Payment noted. Still owed on invoice {number}: {}.",
                    words::money(*owed, en)
                )
            }
            AnswerWords::NotAPayment => "A payment must be more than zero.".to_string(),
            AnswerWords::Noted { number, promise: None } => format!("Noted for invoice {number}."),
            AnswerWords::Noted {
                number,
                promise: Some(date),
            } => {
                format!("Noted: invoice {number} is promised for {}.", words::date(*date, en))
            }
            AnswerWords::DigestSent => "The digest is on its way.".to_string(),
            AnswerWords::DigestNotSent => "The submission server did not take the digest.".to_string(),
            AnswerWords::NothingToTell => "Nothing new to tell.".to_string(),
            AnswerWords::AlreadyClosed(number) => format!("Invoice {number} is closed."),
            _ => self.english_on_holds(),
        }
    }

    fn english_on_holds(&self) -> String {
        let en = Language::En;
        match self {
            AnswerWords::Held { number, until: None } => {
                format!("Reminders for invoice {number} are on hold, until `amiable resume {number}`.")
            }
            AnswerWords::Held {
                number,
                until: Some(day),
            } => {
                format!(
                    "Reminders for invoice {number} are on hold up to and including {}.",
                    words::date(*day, en)
                )
            }
            AnswerWords::HoldInThePast => "That date has passed already.".to_string(),
            AnswerWords::Resumed(number) => format!("Reminders for invoice {number} go on."),
            AnswerWords::StillHeld { number, reason } => {
                format!(
                    "Noted, but invoice {number} stays on hold: {}.",
                    terms::hold_reason(*reason, en)
                )
            }
            AnswerWords::NeedsDespite { number, label } => format!(
                "Invoice {number} is on hold ({}). To go on all the same: amiable resume {number} --despite {}",
                terms::label(*label, en),
                label.name()
            ),
            AnswerWords::Settled { number, owed } => {
                format!(
                    "Dispute settled for invoice {number}. Still owed: {}.",
                    words::money(*owed, en)
                )
            }
            AnswerWords::Stopped(number) => format!("Invoice {number} will not be followed up any more."),
            AnswerWords::Approved { number, step } => {
                format!(
                    "Approved: the {} will go out for invoice {number}.",
                    terms::step(*step, en)
                )
            }
            AnswerWords::ContactApproved { number, address } => format!(
                "Messages about invoice {number} will go to {address} from now on. To go on: amiable resume {number}"
            ),
            // Everything else is told by `english`.
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::answers::*;
    use iso_currency::Currency;

    fn every_answer() -> Vec<AnswerWords> {
        let number = || "2026-014".to_string();
        let owed = Money {
            amount: "750".parse().unwrap(),
            currency: Currency::EUR,
        };
        let day: NaiveDate = "2026-03-13".parse().unwrap();
        vec![
            AnswerWords::NoSuchInvoice(number()),
            AnswerWords::Imported {
                new: 2,
                changed: 1,
                same: 0,
            },
            AnswerWords::Paid(number()),
            AnswerWords::PartlyPaid { number: number(), owed },
            AnswerWords::NotAPayment,
            AnswerWords::Noted {
                number: number(),
                promise: None,
            },
            AnswerWords::Noted {
                number: number(),
                promise: Some(day),
            },
            AnswerWords::Held {
                number: number(),
                until: None,
            },
            AnswerWords::Held {
                number: number(),
                until: Some(day),
            },
            AnswerWords::HoldInThePast,
            AnswerWords::Resumed(number()),
            AnswerWords::StillHeld {
                number: number(),
                reason: HoldReason::Label(Label::Hardship),
            },
            AnswerWords::NeedsDespite {
                number: number(),
                label: Label::Dispute,
            },
            AnswerWords::Settled { number: number(), owed },
            AnswerWords::Stopped(number()),
            AnswerWords::Approved {
                number: number(),
                step: Step::FormalNotice,
            },
            AnswerWords::ContactApproved {
                number: number(),
                address: "compta@morel.example".to_string(),
            },
            AnswerWords::DigestSent,
            AnswerWords::DigestNotSent,
            AnswerWords::NothingToTell,
            AnswerWords::AlreadyClosed(number()),
        ]
    }

    #[test]
    fn every_answer_is_said_in_both_languages() {
        for language in [Language::Fr, Language::En] {
            let said: Vec<String> = every_answer().iter().map(|answer| answer.text(language)).collect();
            assert!(said.iter().all(|text| !text.is_empty()));
            insta::assert_snapshot!(format!("answers_{}", language.code()), said.join("\n"));
        }
    }
}
