//! What the digest offers for each open question: the commands, word for word, and what each would do.

use crate::model::customer::Language;
use crate::model::follow_up::Step;
use crate::model::hold::HoldReason;
use crate::model::reading::Label;
use crate::writing::clean;
use crate::writing::page::Command;
use crate::writing::terms::pick;

/// Longer than any number or address may be (RFC 5321, 4.5.3.1.3).
const WORD_CHARS_MAX: usize = 300;

/// A word of a command line, quoted where a shell would read it otherwise: numbers and addresses come from outside.
pub fn quoted(word: &str) -> String {
    let word = clean::line(word, WORD_CHARS_MAX);
    let plain = |c: char| c.is_alphanumeric() || "-_./@+:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Builds the commands about one invoice.
pub struct Choices<'a> {
    /// The invoice.
    pub number: &'a str,
    /// Where to write instead, where that is known.
    pub address: Option<&'a str>,
    /// The user's language.
    pub language: Language,
}

impl Choices<'_> {
    /// What can be done about a hold, the likeliest first.
    pub fn for_hold(&self, reason: HoldReason) -> Vec<Command> {
        match reason {
            HoldReason::Label(Label::Dispute) => vec![
                self.settle(),
                self.resume_despite(
                    Label::Dispute,
                    "Relancer malgré le litige",
                    "Go on in spite of the dispute",
                ),
                self.paid(),
                self.stop(),
            ],
            HoldReason::Label(Label::Hardship) => vec![
                self.resume_despite(
                    Label::Hardship,
                    "Relancer malgré la difficulté",
                    "Go on in spite of the difficulty",
                ),
                self.paid(),
                self.stop(),
            ],
            HoldReason::Label(Label::OptOut) => vec![
                self.stop(),
                self.resume_despite(
                    Label::OptOut,
                    "Relancer malgré sa demande",
                    "Go on in spite of the request",
                ),
            ],
            HoldReason::Label(Label::Paid) => vec![
                self.command("paid", "Le paiement est bien arrivé", "The payment has arrived"),
                self.command(
                    "resume",
                    "Rien n'est arrivé : lui demander la date ou la référence du paiement",
                    "Nothing has arrived: ask for the date or reference of the payment",
                ),
            ],
            HoldReason::Label(Label::Redirect | Label::Bounce | Label::AutoReply) => {
                vec![self.contact(), self.keep_contact(), self.stop()]
            }
            HoldReason::Unattributed => vec![
                self.contact(),
                self.command(
                    "resume",
                    "Ce message ne concerne pas cette facture",
                    "This message is not about this invoice",
                ),
            ],
            HoldReason::Label(Label::Request) => vec![
                self.command(
                    "resume",
                    "C'est répondu, les relances reprennent",
                    "Answered; the reminders go on",
                ),
                self.paid(),
                self.stop(),
            ],
            _ => vec![self.resume(), self.paid(), self.stop()],
        }
    }

    /// What can be done about a step that waits for a word.
    pub fn for_approval(&self, step: Step) -> Vec<Command> {
        let meaning = pick(self.language, "Envoyer", "Send it");
        let line = format!("amiable approve {} {}", quoted(self.number), step.name());
        vec![
            Command {
                meaning: meaning.to_string(),
                line,
            },
            self.paid(),
            self.stop(),
        ]
    }

    /// What can be done when nobody knows whether a mail went out.
    pub fn for_unknown_outcome(&self) -> Vec<Command> {
        vec![
            self.command(
                "resume",
                "Continuer avec l'étape suivante, sans rien renvoyer",
                "Go on with the next step, resending nothing",
            ),
            self.stop(),
        ]
    }

    /// What can be done when the server refused.
    pub fn for_refusal(&self) -> Vec<Command> {
        vec![self.contact(), self.keep_contact(), self.stop()]
    }

    fn command(&self, verb: &str, fr: &str, en: &str) -> Command {
        Command {
            meaning: pick(self.language, fr, en).to_string(),
            line: format!("amiable {verb} {}", quoted(self.number)),
        }
    }

    fn resume(&self) -> Command {
        self.command("resume", "Reprendre les relances", "Let the reminders go on")
    }

    fn settle(&self) -> Command {
        self.command(
            "settle",
            "C'est réglé avec le client, les relances reprennent",
            "Settled with the customer; the reminders go on",
        )
    }

    fn paid(&self) -> Command {
        self.command("paid", "C'est payé", "It has been paid")
    }

    fn stop(&self) -> Command {
        self.command(
            "stop",
            "Ne plus relancer cette facture",
            "Stop reminding about this invoice",
        )
    }

    fn resume_despite(&self, label: Label, fr: &str, en: &str) -> Command {
        let mut command = self.command("resume", fr, en);
        command.line.push_str(&format!(" --despite {}", label.name()));
        command
    }

    fn keep_contact(&self) -> Command {
        self.command(
            "resume",
            "Garder l'adresse actuelle et reprendre",
            "Keep the present address and go on",
        )
    }

    fn contact(&self) -> Command {
        let (mut command, address) = match self.address {
            Some(address) => {
                let address = quoted(address);
                (
                    self.command(
                        "contact",
                        "Écrire désormais à cette adresse",
                        "Write to this address from now on",
                    ),
                    address,
                )
            }
            None => {
                let placeholder = pick(self.language, "ADRESSE", "ADDRESS").to_string();
                (
                    self.command(
                        "contact",
                        "Écrire désormais à une autre adresse",
                        "Write to another address from now on",
                    ),
                    placeholder,
                )
            }
        };
        command.line.push_str(&format!(" {address}"));
        command
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::phrases::*;

    #[test]
    fn words_from_outside_are_quoted() {
        let check = |input: &str, expected: &str| assert_eq!(quoted(input), expected);
        check("2026-014", "2026-014");
        check("FA 2026/1", "'FA 2026/1'");
        check("`reboot`@x.example", "'`reboot`@x.example'"); // a sender chooses his address
        check("a'b@x.example", r"'a'\''b@x.example'");
        check("compta+fr@x.example", "compta+fr@x.example");
        check("2026\u{202E}-1\0", "2026-1"); // nothing hidden is copied into a shell
        check("", "''");
    }

    #[test]
    fn a_no_is_only_overridden_in_so_many_words() {
        for label in Label::ALL.into_iter().filter(|label| label.is_a_no()) {
            let choices = Choices {
                number: "2026-014",
                address: None,
                language: Language::En,
            };
            for command in choices.for_hold(HoldReason::Label(label)) {
                let plain = command.line == "amiable resume 2026-014";
                assert!(!plain, "{label:?} must not be lifted by {}", command.line);
            }
        }
    }
}
