//! What labels, reasons, steps, states and troubles are called, in both languages: for digest, notice and command line.

use crate::model::arrival::Match;
use crate::model::case::State;
use crate::model::customer::Language;
use crate::model::event::Trouble;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::HoldReason;
use crate::model::policy::Mode;
use crate::model::reading::{DisputeReason, Doubt, Label};

/// The one of two wordings that is in that language.
pub fn pick<T>(language: Language, fr: T, en: T) -> T {
    match language {
        Language::Fr => fr,
        Language::En => en,
    }
}

/// What the writer does, as a predicate: `conteste la facture`.
pub fn label(label: Label, language: Language) -> &'static str {
    let (fr, en) = match label {
        Label::Bounce => ("message non distribué", "message not delivered"),
        Label::AutoReply => ("réponse automatique", "automatic reply"),
        Label::OptOut => (
            "demande de ne plus recevoir de messages",
            "asks for the messages to stop",
        ),
        Label::Dispute => ("conteste la facture", "disputes the invoice"),
        Label::Hardship => ("a des difficultés pour payer", "has difficulty paying"),
        Label::Paid => ("dit avoir payé", "says it has been paid"),
        Label::Promise => ("promet de payer", "promises to pay"),
        Label::Redirect => ("renvoie vers un autre contact", "refers to another contact"),
        Label::Request => ("demande quelque chose", "asks for something"),
        Label::Acknowledged => ("a bien reçu, va regarder", "has received it, will look into it"),
        Label::Other => ("parle d'autre chose", "writes about something else"),
    };
    pick(language, fr, en)
}

/// Why follow-ups are stopped, as a noun: `litige`.
pub fn hold_reason(reason: HoldReason, language: Language) -> &'static str {
    let (fr, en) = match reason {
        HoldReason::Label(Label::Bounce) => ("adresse en échec", "address not working"),
        HoldReason::Label(Label::AutoReply) => ("boîte sans lecteur", "mailbox nobody reads"),
        HoldReason::Label(Label::OptOut) => ("demande d'arrêt", "request to stop"),
        HoldReason::Label(Label::Dispute) => ("litige", "dispute"),
        HoldReason::Label(Label::Hardship) => ("difficulté de paiement", "payment difficulty"),
        HoldReason::Label(Label::Paid) => ("paiement à vérifier", "payment to check"),
        HoldReason::Label(Label::Promise) => ("promesse de paiement", "promise to pay"),
        HoldReason::Label(Label::Redirect) => ("autre contact", "another contact"),
        HoldReason::Label(Label::Request) => ("demande du client", "customer's request"),
        HoldReason::Label(Label::Acknowledged) => ("réponse d'attente", "answer to follow"),
        HoldReason::Label(Label::Other) => ("autre sujet", "another subject"),
        HoldReason::NeedsReview => ("à lire par vous", "for you to read"),
        HoldReason::UserWrote => ("vous avez écrit vous-même", "you wrote yourself"),
        HoldReason::User => ("suspendu par vous", "held by you"),
        HoldReason::Unattributed => ("message à rattacher", "message to attribute"),
    };
    pick(language, fr, en)
}

/// A follow-up by name: `relance amicale`.
pub fn step(step: Step, language: Language) -> &'static str {
    let (fr, en) = match step {
        Step::Courtesy => ("mot avant l'échéance", "word before the due date"),
        Step::Friendly => ("relance amicale", "friendly reminder"),
        Step::Professional => ("relance professionnelle", "professional reminder"),
        Step::Formal => ("relance ferme", "formal reminder"),
        Step::FormalNotice => ("mise en demeure", "formal notice"),
        Step::LapsedPromise => ("mot sur la promesse passée", "note on the lapsed promise"),
        Step::PromiseQuestion => ("demande d'une date", "question for a date"),
        Step::ProofQuestion => ("demande de justificatif", "question for proof of payment"),
        Step::Recap => ("récapitulatif de la promesse", "recap of the promise"),
    };
    pick(language, fr, en)
}

/// Where a case stands.
pub fn state(state: State, language: Language) -> &'static str {
    let (fr, en) = match state {
        State::Waiting => ("en cours", "under way"),
        State::Held => ("suspendue", "held"),
        State::Promised => ("paiement promis", "payment promised"),
        State::Plan => ("échéancier", "instalments"),
        State::Paid => ("payée", "paid"),
        State::Stopped => ("arrêtée", "stopped"),
        State::Ended => ("relances terminées", "reminders at their end"),
        State::Closed => ("close", "closed"),
    };
    pick(language, fr, en)
}

/// How far a mail got.
pub fn outcome(outcome: &Outcome, language: Language) -> &'static str {
    let (fr, en) = match outcome {
        Outcome::Prepared => ("prêt à partir", "ready to go"),
        Outcome::ContentStarted | Outcome::Unknown => ("envoi incertain", "outcome unknown"),
        Outcome::Accepted => ("envoyé", "sent"),
        Outcome::Refused { .. } => ("refusé par le serveur", "refused by the server"),
        Outcome::Deferred { .. } => ("nouvel essai prévu", "will be tried again"),
        Outcome::Draft => ("dans vos brouillons", "in your drafts"),
        Outcome::Withdrawn => ("retiré avant l'envoi", "withdrawn before sending"),
    };
    pick(language, fr, en)
}

/// Why a person has to look.
pub fn doubt(doubt: Doubt, language: Language) -> &'static str {
    let (fr, en) = match doubt {
        Doubt::Unclear => ("le sens n'est pas assez clair", "the meaning is not clear enough"),
        Doubt::Empty => ("aucun texte propre à ce message", "no text of its own"),
        Doubt::Unreadable => ("le message n'a pas pu être lu", "the message could not be read"),
        Doubt::Truncated => (
            "le message est trop long pour être lu en entier",
            "the message is too long to be read whole",
        ),
        Doubt::Encrypted => ("le message est chiffré", "the message is encrypted"),
        Doubt::Language => ("la langue n'est pas connue", "the language is not known"),
        Doubt::Attachment => ("le contenu est en pièce jointe", "the content is in an attachment"),
    };
    pick(language, fr, en)
}

/// Why a debt is contested.
pub fn dispute_reason(reason: DisputeReason, language: Language) -> &'static str {
    let (fr, en) = match reason {
        DisputeReason::WrongAmount => ("montant erroné", "wrong amount"),
        DisputeReason::NotDelivered => (
            "non livré, en retard ou incomplet",
            "not, late or incompletely delivered",
        ),
        DisputeReason::Defective => ("défaut", "defective"),
        DisputeReason::NotOrdered => ("non commandé", "not ordered"),
        DisputeReason::Duplicate => ("facturé deux fois", "billed twice"),
        DisputeReason::PriceAgreement => ("prix convenu", "agreed price"),
        DisputeReason::CreditDue => ("avoir attendu", "credit note owed"),
        DisputeReason::Cancelled => ("contrat annulé", "contract cancelled"),
        DisputeReason::WrongParty => ("mauvais destinataire", "wrong party"),
        DisputeReason::SetOff => ("compensation", "set-off"),
        DisputeReason::Legal => ("motif juridique", "legal ground"),
        DisputeReason::Other => ("autre motif", "another reason"),
    };
    pick(language, fr, en)
}

/// How weakly a message is tied to its case; `None`: the conversation itself ties it.
pub fn weak_match(matched: Match, language: Language) -> Option<&'static str> {
    let (fr, en) = match matched {
        Match::Ids | Match::Thread | Match::Index => return None,
        Match::Reference => (
            "rattaché par le numéro de facture cité",
            "tied by the invoice number it names",
        ),
        Match::Address => ("rattaché par l'adresse seulement", "tied by the address alone"),
    };
    Some(pick(language, fr, en))
}

/// What the program does by itself in that mode; `None` for sending, which needs no remark.
pub fn mode(mode: Mode, language: Language) -> Option<&'static str> {
    let (fr, en) = match mode {
        Mode::Send => return None,
        Mode::Draft => (
            "Mode brouillon : les relances sont déposées dans vos brouillons, c'est vous qui les envoyez.",
            "Draft mode: follow-ups are laid in your drafts, and you send them.",
        ),
        Mode::Observe => (
            "Mode observation : rien n'est envoyé, ce message dit ce qui le serait.",
            "Observe mode: nothing is sent; this mail tells what would be.",
        ),
    };
    Some(pick(language, fr, en))
}

/// Why a mail system did not deliver, in plain words, from its status (RFC 3463).
pub fn delivery_status(status: Option<&str>, permanent: bool, language: Language) -> &'static str {
    let code = status
        .and_then(|status| status.split_once('.'))
        .map_or("", |(_, detail)| detail);
    let (fr, en) = match code {
        "1.2" => ("ce domaine ne reçoit pas de courrier", "this domain takes no mail"),
        "1.0" | "1.1" | "1.3" | "1.6" | "1.10" => (
            "cette adresse n'existe pas, ou plus",
            "this address does not exist, or no longer does",
        ),
        "2.1" => ("cette boîte est désactivée", "this mailbox is disabled"),
        "2.2" => ("cette boîte est pleine", "this mailbox is full"),
        "2.3" | "3.4" => (
            "le message est trop gros pour ce serveur",
            "the message is too large for that server",
        ),
        "4.1" | "4.3" | "4.4" | "4.7" => (
            "le serveur du destinataire n'a pas répondu",
            "the recipient's server did not answer",
        ),
        _ if code.starts_with("7.") => (
            "le serveur du destinataire a refusé le message",
            "the recipient's server rejected the message",
        ),
        _ if permanent => (
            "le serveur du destinataire n'en a pas voulu",
            "the recipient's server did not take it",
        ),
        _ => ("la distribution est retardée", "delivery is delayed"),
    };
    pick(language, fr, en)
}

/// What stands in the way, and what that means.
pub fn trouble(trouble: &Trouble, language: Language) -> String {
    let fr = language == Language::Fr;
    match trouble {
        Trouble::Mailbox { detail } if fr => {
            format!("La boîte aux lettres ne peut pas être lue ({detail}). Rien ne part tant que cela dure.")
        }
        Trouble::Mailbox { detail } => {
            format!("The mailbox cannot be read ({detail}). Nothing goes out while this lasts.")
        }
        Trouble::Folder { folder } if fr => {
            format!("Le dossier « {folder} » ne peut pas être lu. Rien ne part tant que cela dure.")
        }
        Trouble::Folder { folder } => {
            format!("The folder “{folder}” cannot be read. Nothing goes out while this lasts.")
        }
        Trouble::Submission { detail } if fr => {
            format!("Le serveur d'envoi ne prend pas les messages ({detail}). Ils partiront plus tard.")
        }
        Trouble::Submission { detail } => {
            format!("The sending server does not take messages ({detail}). They will go later.")
        }
        Trouble::SentCopy { .. } if fr => {
            "La copie d'un message envoyé n'a pas pu être rangée. Le message lui-même est parti.".to_string()
        }
        Trouble::SentCopy { .. } => {
            "The copy of a sent message could not be filed. The message itself went out.".to_string()
        }
        Trouble::Draft { .. } if fr => "Un brouillon n'a pas pu être déposé.".to_string(),
        Trouble::Draft { .. } => "A draft could not be laid down.".to_string(),
        Trouble::Clock { minutes } if fr => {
            format!("L'horloge de la machine a sauté de {minutes} minutes. Les envois attendent.")
        }
        Trouble::Clock { minutes } => format!("The machine's clock jumped by {minutes} minutes. Sending waits."),
        Trouble::Writing { case, detail } if fr => {
            format!("Une relance pour la facture {case} n'a pas pu être écrite ({detail}).")
        }
        Trouble::Writing { case, detail } => format!("A follow-up on invoice {case} could not be written ({detail})."),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::terms::*;

    #[test]
    fn every_term_has_a_name_of_its_own() {
        for language in [Language::Fr, Language::En] {
            let mut labels: Vec<&str> = Label::ALL.into_iter().map(|each| label(each, language)).collect();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(labels.len(), Label::ALL.len());
            let mut steps: Vec<&str> = Step::ALL.into_iter().map(|each| step(each, language)).collect();
            steps.sort_unstable();
            steps.dedup();
            assert_eq!(steps.len(), Step::ALL.len());
        }
    }

    #[test]
    fn statuses_in_plain_words() {
        let check = |status: Option<&str>, permanent, expected: &str| {
            assert_eq!(delivery_status(status, permanent, Language::En), expected, "{status:?}");
        };
        check(Some("5.1.1"), true, "this address does not exist, or no longer does");
        check(Some("5.1.10"), true, "this address does not exist, or no longer does"); // null MX (RFC 7505)
        check(Some("5.2.2"), true, "this mailbox is full");
        check(Some("5.7.26"), true, "the recipient's server rejected the message");
        check(Some("4.4.1"), false, "the recipient's server did not answer");
        check(Some("nonsense"), true, "the recipient's server did not take it");
        check(None, false, "delivery is delayed");
    }
}
