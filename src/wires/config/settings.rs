//! What the configuration says, checked and complete: defaults filled in, paths absolute to their file.

use chrono::NaiveTime;
use std::path::PathBuf;

use crate::model::address::Address;
use crate::model::customer::Language;
use crate::model::policy::Policy;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Who writes.
    pub me: Me,
    /// How customers can pay.
    pub payment: Payment,
    /// Where mail is read.
    pub imap: Server,
    /// Where mail is handed in.
    pub smtp: Server,
    /// Whether we lay the Sent copy down ourselves.
    pub save_to_sent: SaveToSent,
    /// Folders whose names the server's flags do not tell.
    pub folders: Folders,
    /// Where journal, index and archive live.
    pub state_dir: PathBuf,
    /// What decisions depend on.
    pub policy: Policy,
    /// Seconds between two mails.
    pub seconds_between: u64,
    /// When the digest goes out, in the user's time zone.
    pub digest_at: NaiveTime,
}

/// The user, as customers see him.
#[derive(Debug, Clone, PartialEq)]
pub struct Me {
    /// First and last name.
    pub name: String,
    /// The From of every follow-up.
    pub address: Address,
    /// Further addresses of his: mail from them is his own.
    pub aliases: Vec<Address>,
    /// The language of the digest, and of customers whose language is not known.
    pub language: Language,
    /// ISO 3166-1 alpha-2: of customers whose country is not known.
    pub country: String,
    /// In which days and hours are meant.
    pub timezone: chrono_tz::Tz,
    /// The firm's name.
    pub company: Option<String>,
    /// A number to call.
    pub phone: Option<String>,
    /// The postal address; may have several lines.
    pub postal_address: Option<String>,
}

/// How customers can pay, as shown to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payment {
    /// Without blanks, upper case, its checksum verified (ISO 13616).
    pub iban: Option<String>,
    /// Without blanks, upper case (ISO 9362).
    pub bic: Option<String>,
    /// An https page to pay on.
    pub link: Option<String>,
    /// Other means, in the user's words.
    pub other: Option<String>,
}

/// A server and how to log in to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name or IP address, without brackets.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// The login name.
    pub username: String,
    /// Where its secret comes from.
    pub secret: SecretSetting,
    /// What kind of secret that is.
    pub auth: AuthKind,
    /// An extra root, or the pinned certificate itself, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain at first, then TLS or nothing.
    Starttls,
    /// None at all: only to this very machine.
    None,
}

/// Where a secret comes from; the secret itself is never kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSetting {
    /// The first line of a file that nobody else can read.
    File(PathBuf),
    /// The first line that a program prints; its name and arguments, no shell.
    Command(Vec<String>),
    /// A variable of the environment.
    Env(String),
    /// The desktop's keyring.
    Keyring,
}

/// What kind of secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// A password, or an app password.
    Password,
    /// An OAuth2 access token (SASL XOAUTH2 or OAUTHBEARER, RFC 7628).
    Oauth2,
}

/// Whether we lay the copy in Sent down ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveToSent {
    /// By what is known of the provider, else look first.
    Auto,
    /// Without looking at the provider.
    Always,
    /// The server does, or nobody.
    Never,
}

/// Folder names where the server's special-use flags (RFC 6154) are missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// Where copies of sent mail go.
    pub sent: Option<String>,
    /// Where drafts go.
    pub drafts: Option<String>,
}
