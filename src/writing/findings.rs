//! What `amiable check` found, in plain words, and what to mend.

use chrono::{DateTime, Utc};

use crate::model::customer::Language;
use crate::model::policy::Mode;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// As it should be.
    Fine,
    /// Works, and is worth knowing.
    Note,
    /// Does not work.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The configuration was read.
    Configuration {
        /// What the program may do by itself.
        mode: Mode,
    },
    /// Logged in to the mailbox.
    Mailbox {
        /// The server.
        host: String,
    },
    /// The server tells of new mail at once, or has to be asked.
    Idle(bool),
    /// So many folders are read, and these cannot be.
    Folders {
        /// Readable ones.
        readable: usize,
        /// The others, by name.
        unreadable: Vec<String>,
    },
    /// Where copies of sent mail go.
    Sent {
        /// The folder, if there is one.
        folder: Option<String>,
        /// Whether the provider files them itself; `None`: it is looked for each time.
        provider_saves: Option<bool>,
    },
    /// Where drafts go; only of interest in draft mode.
    Drafts(Option<String>),
    /// Logged in to the submission server.
    Submission {
        /// The server.
        host: String,
    },
    /// Something did not work.
    Broken {
        /// In the words of the wire, with what to mend.
        error: String,
    },
    /// The newest mail is from the future: this machine's clock is late.
    ClockLate {
        /// When the newest mail arrived, by the server's clock.
        newest: DateTime<Utc>,
    },
    /// Nothing speaks against the clock.
    Clock,
    /// Whether a daemon is running.
    Daemon(bool),
}

impl Finding {
    /// How much it matters.
    pub fn weight(&self) -> Weight {
        match self {
            Finding::Folders { unreadable, .. } if !unreadable.is_empty() => Weight::Fault,
            Finding::Sent { folder: None, .. } | Finding::Drafts(None) | Finding::Broken { .. } => Weight::Fault,
            Finding::Idle(false) | Finding::ClockLate { .. } => Weight::Note,
            _ => Weight::Fine,
        }
    }

    /// One line for a terminal.
    pub fn line(&self, language: Language) -> String {
        let mark = match self.weight() {
            Weight::Fine => "✓",
            Weight::Note => "!",
            Weight::Fault => "✗",
        };
        let text = match language {
            Language::Fr => self.french(),
            Language::En => self.english(),
        };
        format!("{mark} {text}")
    }

    fn french(&self) -> String {
        match self {
            Finding::Configuration { mode } => {
                let mode = match mode {
                    Mode::Send => "les relances partent d'elles-mêmes",
                    Mode::Draft => "les relances sont déposées dans vos brouillons",
                    Mode::Observe => "rien ne part, amiable vous dit seulement ce qu'il ferait",
                };
                format!("La configuration est correcte : {mode}.")
            }
            Finding::Mailbox { host } => format!("Connexion à la boîte aux lettres réussie ({host})."),
            Finding::Idle(true) => "Le serveur signale les nouveaux messages aussitôt.".to_string(),
            Finding::Idle(false) => {
                "Le serveur ne signale pas les nouveaux messages (pas d'IDLE) : il sera interrogé chaque minute."
                    .to_string()
            }
            Finding::Folders { readable, unreadable } if unreadable.is_empty() => {
                format!("{readable} dossiers lisibles.")
            }
            Finding::Folders { readable, unreadable } => format!(
                "{readable} dossiers lisibles, mais pas ceux-ci : {}. Rien ne partira tant qu'une réponse pourrait s'y \
                 trouver : vérifiez les droits d'accès.",
                unreadable.join(", ")
            ),
            Finding::Sent { folder: None, .. } => {
                "Aucun dossier d'envoyés trouvé : indiquez son nom dans [folders] sent.".to_string()
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: Some(true),
            } => {
                format!("Dossier d'envoyés : {folder}. Votre fournisseur y range lui-même les copies.")
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: Some(false),
            } => {
                format!("Dossier d'envoyés : {folder}. Aucune copie n'y sera déposée, comme vous l'avez demandé.")
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: None,
            } => {
                format!("Dossier d'envoyés : {folder}. La copie y est cherchée, puis déposée si elle manque.")
            }
            Finding::Drafts(None) => {
                "Aucun dossier de brouillons trouvé : indiquez son nom dans [folders] drafts.".to_string()
            }
            Finding::Drafts(Some(folder)) => format!("Dossier de brouillons : {folder}."),
            Finding::Submission { host } => {
                format!("Connexion au serveur d'envoi réussie ({host}). Rien n'a été envoyé.")
            }
            Finding::Broken { error } => error.clone(),
            Finding::ClockLate { newest } => format!(
                "L'horloge de cette machine retarde : un message est arrivé le {} (UTC). Réglez-la.",
                newest.format("%Y-%m-%d à %H:%M")
            ),
            Finding::Clock => "L'horloge de cette machine semble juste.".to_string(),
            Finding::Daemon(true) => "amiable est en marche pour ce compte.".to_string(),
            Finding::Daemon(false) => "amiable n'est pas en marche pour ce compte : amiable run".to_string(),
        }
    }

    fn english(&self) -> String {
        match self {
            Finding::Configuration { mode } => {
                let mode = match mode {
                    Mode::Send => "follow-ups go out by themselves",
                    Mode::Draft => "follow-ups are laid in your drafts",
                    Mode::Observe => "nothing goes out, amiable only tells you what it would do",
                };
                format!("The configuration is right: {mode}.")
            }
            Finding::Mailbox { host } => format!("Logged in to the mailbox ({host})."),
            Finding::Idle(true) => "The server tells of new mail at once.".to_string(),
            Finding::Idle(false) => {
                "The server does not tell of new mail (no IDLE): it will be asked every minute.".to_string()
            }
            Finding::Folders { readable, unreadable } if unreadable.is_empty() => {
                format!("{readable} folders can be read.")
            }
            Finding::Folders { readable, unreadable } => format!(
                "{readable} folders can be read, but not these: {}. Nothing goes out while an answer could be in there: \
                 check the access rights.",
                unreadable.join(", ")
            ),
            Finding::Sent { folder: None, .. } => {
                "No Sent folder was found: give its name in [folders] sent.".to_string()
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: Some(true),
            } => {
                format!("Sent folder: {folder}. Your provider files the copies itself.")
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: Some(false),
            } => {
                format!("Sent folder: {folder}. No copies will be laid there, as you asked.")
            }
            Finding::Sent {
                folder: Some(folder),
                provider_saves: None,
            } => {
                format!("Sent folder: {folder}. The copy is looked for, and laid there if it is missing.")
            }
            Finding::Drafts(None) => "No drafts folder was found: give its name in [folders] drafts.".to_string(),
            Finding::Drafts(Some(folder)) => format!("Drafts folder: {folder}."),
            Finding::Submission { host } => format!("Logged in to the submission server ({host}). Nothing was sent."),
            Finding::Broken { error } => error.clone(),
            Finding::ClockLate { newest } => format!(
                "This machine's clock is late: a message arrived at {} (UTC). Set it right.",
                newest.format("%Y-%m-%d %H:%M")
            ),
            Finding::Clock => "This machine's clock seems right.".to_string(),
            Finding::Daemon(true) => "amiable is running for this account.".to_string(),
            Finding::Daemon(false) => "amiable is not running for this account: amiable run".to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::findings::*;

    #[test]
    fn what_does_not_work_is_marked_and_says_what_to_do() {
        let check = |finding: Finding, expected: &str| assert_eq!(finding.line(Language::En), expected);
        check(Finding::Idle(true), "✓ The server tells of new mail at once.");
        check(
            Finding::Drafts(None),
            "✗ No drafts folder was found: give its name in [folders] drafts.",
        );
        check(
            Finding::Folders {
                readable: 3,
                unreadable: vec!["Secret".into()],
            },
            "✗ 3 folders can be read, but not these: Secret. Nothing goes out while an answer could be in there: check the access rights.",
        );
    }
}
