//! The sections about servers: [imap], [smtp] and [folders].

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::address::Address;
use crate::wires::config::section::Section;
use crate::wires::config::settings::{AuthKind, Folders, SaveToSent, SecretSetting, Server, TlsMode};
use crate::wires::config::spot::{Faults, Spot, shown};
use crate::wires::config::values;

/// What [imap] may have.
pub const IMAP: &[&str] = &[
    "host",
    "port",
    "tls",
    "username",
    "password_file",
    "password_command",
    "password_env",
    "keyring",
    "auth",
    "ca_file",
];
/// What [smtp] may have beyond that.
pub const SAVE_TO_SENT: &str = "save_to_sent";
/// What a server needs.
const SERVER_REMEDY: &str = "Give host, username and password_file in it, as in config.example.toml.";
/// What [folders] may have.
pub const FOLDERS: &[&str] = &["sent", "drafts"];
/// The four places that a secret can come from.
const SECRETS: [&str; 4] = ["password_file", "password_command", "password_env", "keyring"];

/// Where relative paths begin.
#[derive(Debug, Clone, Copy)]
pub struct Places<'p> {
    /// The directory of the configuration file.
    pub base_dir: &'p Path,
    /// What `~` stands for.
    pub home: Option<&'p Path>,
}

impl Places<'_> {
    /// The path that a value means.
    pub fn path(&self, text: &str) -> PathBuf {
        values::path(text, self.base_dir, self.home)
    }
}

/// Which of the two servers, with the ports that are usual there.
struct Trade {
    section: &'static str,
    implicit_port: u16,
    starttls_port: u16,
}

/// Reads [imap].
pub fn imap<'d>(
    document: &Section<'d>,
    own: Option<&Address>,
    places: Places<'_>,
    faults: &mut Faults<'d>,
) -> Option<Server> {
    let section = document.required_section("imap", IMAP, SERVER_REMEDY, faults);
    // The usual ports: RFC 8314, 7; RFC 3501.
    server(
        &section,
        &Trade {
            section: "imap",
            implicit_port: 993,
            starttls_port: 143,
        },
        own,
        places,
        faults,
    )
}

/// Reads [smtp].
pub fn smtp<'d>(
    document: &Section<'d>,
    own: Option<&Address>,
    places: Places<'_>,
    faults: &mut Faults<'d>,
) -> Option<(Server, SaveToSent)> {
    let keys: Vec<&str> = IMAP.iter().copied().chain([SAVE_TO_SENT]).collect();
    let section = document.required_section("smtp", &keys, SERVER_REMEDY, faults);
    // The usual ports: RFC 8314, 7.3; RFC 6409.
    let server = server(
        &section,
        &Trade {
            section: "smtp",
            implicit_port: 465,
            starttls_port: 587,
        },
        own,
        places,
        faults,
    );
    let choices = [
        ("auto", SaveToSent::Auto),
        ("always", SaveToSent::Always),
        ("never", SaveToSent::Never),
    ];
    let remedy = "\"auto\" looks whether your provider keeps a copy, and lays one down where it does not.";
    let save_to_sent = section.choice(SAVE_TO_SENT, &choices, remedy, faults);
    Some((server?, save_to_sent.map_or(SaveToSent::Auto, |spot| spot.value)))
}

/// Reads [folders].
pub fn folders<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> Folders {
    let section = document.section("folders", FOLDERS, faults);
    let [sent, drafts] = ["sent", "drafts"].map(|key| {
        section
            .text(key, faults)
            .and_then(|spot| faults.keep(&spot, values::line(&spot.value)))
    });
    Folders { sent, drafts }
}

fn server<'d>(
    section: &Section<'d>,
    trade: &Trade,
    own: Option<&Address>,
    places: Places<'_>,
    faults: &mut Faults<'d>,
) -> Option<Server> {
    let host_remedy = format!(
        "Write the name that your provider gives: host = \"{}.provider.example\".",
        trade.section
    );
    let host = section.required_text("host", &host_remedy, faults).and_then(|spot| {
        let host = faults.keep(&spot, values::host(&spot.value))?;
        Some(Spot {
            value: host,
            line: spot.line,
            key: spot.key,
        })
    });
    let tls = tls(section, host.as_ref(), faults);
    let port = section
        .number("port", 1..65_536, faults)
        .and_then(|spot| u16::try_from(spot.value).ok());
    let username = section
        .text("username", faults)
        .and_then(|spot| faults.keep(&spot, values::line(&spot.value)));
    let secret = secret(section, places, faults);
    let auth = section.choice(
        "auth",
        &[("password", AuthKind::Password), ("oauth2", AuthKind::Oauth2)],
        "With \"oauth2\" the secret is an access token, mostly printed by a password_command.",
        faults,
    );
    let ca_file = ca_file(section, places, faults);
    Some(Server {
        host: host?.value,
        port: port.unwrap_or(match tls {
            TlsMode::Implicit => trade.implicit_port,
            TlsMode::Starttls | TlsMode::None => trade.starttls_port,
        }),
        tls,
        username: username.or_else(|| own.map(Address::to_string))?,
        secret: secret?,
        auth: auth.map_or(AuthKind::Password, |spot| spot.value),
        ca_file,
    })
}

/// Without TLS passwords and mail are readable on the way, so it is left out on this very machine only.
fn tls<'d>(section: &Section<'d>, host: Option<&Spot<String>>, faults: &mut Faults<'d>) -> TlsMode {
    let choices = [
        ("implicit", TlsMode::Implicit),
        ("starttls", TlsMode::Starttls),
        ("none", TlsMode::None),
    ];
    let remedy = "Most providers want \"implicit\"; \"none\" is for this very machine only.";
    let Some(spot) = section.choice("tls", &choices, remedy, faults) else {
        return TlsMode::Implicit;
    };
    if let (TlsMode::None, Some(host)) = (spot.value, host)
        && !values::is_loopback(&host.value)
    {
        let problem = format!("\"none\" would send your password readable to {}", host.value);
        faults.at(
            &spot,
            problem,
            "Write \"implicit\" or \"starttls\"; \"none\" is for 127.0.0.1, ::1 and localhost only.",
        );
    }
    spot.value
}

fn secret<'d>(section: &Section<'d>, places: Places<'_>, faults: &mut Faults<'d>) -> Option<SecretSetting> {
    let one_of_four = "Give exactly one of password_file = \"…\", password_command = [\"…\"], password_env = \"…\" or keyring = true.";
    let given: Vec<&str> = SECRETS
        .into_iter()
        .filter(|key| is_given(section, key, faults))
        .collect();
    match given.as_slice() {
        [] => {
            section.miss("password_file", one_of_four, faults);
            None
        }
        ["password_file"] => secret_file(section, places, faults).map(SecretSetting::File),
        ["password_command"] => secret_command(section, places, faults).map(SecretSetting::Command),
        ["password_env"] => secret_env(section, faults).map(SecretSetting::Env),
        ["keyring"] => Some(SecretSetting::Keyring),
        [first, others @ ..] => {
            for other in others {
                if let Some(spot) = section.value(other, faults) {
                    faults.at(&spot, format!("comes beside {}", section.key(first)), one_of_four);
                }
            }
            None
        }
    }
}

/// `keyring = false` and empty texts are as good as nothing.
fn is_given<'d>(section: &Section<'d>, key: &str, faults: &mut Faults<'d>) -> bool {
    match key {
        "keyring" => section.flag(key, faults).is_some_and(|spot| spot.value),
        _ => section
            .value(key, faults)
            .is_some_and(|spot| spot.value.as_str().is_none_or(|text| !text.trim().is_empty())),
    }
}

fn secret_file<'d>(section: &Section<'d>, places: Places<'_>, faults: &mut Faults<'d>) -> Option<PathBuf> {
    let spot = section.text("password_file", faults)?;
    let path = places.path(&spot.value);
    let made = match fs::metadata(&path) {
        Err(error) => Err((
            format!("cannot look at {}: {}", path.display(), plain(&error)),
            "Create it with the password in its first line, readable by you alone (chmod 600).".to_string(),
        )),
        Ok(found) if !found.is_file() => Err((
            format!("{} is not a file", path.display()),
            "Name the file that holds the password.".to_string(),
        )),
        Ok(found) if is_open_to_others(&found) => Err((
            format!("{} can be read by others on this machine", path.display()),
            format!("Run: chmod 600 {}", quoted(&path)),
        )),
        Ok(found) if found.len() == 0 => Err((
            format!("{} is empty", path.display()),
            "Write the password into its first line.".to_string(),
        )),
        Ok(_) => Ok(path),
    };
    faults.keep(&spot, made)
}

#[cfg(unix)]
fn is_open_to_others(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_found: &fs::Metadata) -> bool {
    false
}

/// What the operating system says, without its error number.
fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        std::io::ErrorKind::PermissionDenied => "this user may not".to_string(),
        _ => error.to_string(),
    }
}

/// The path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    match text.chars().all(|c| c.is_alphanumeric() || "/._-~+".contains(c)) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn secret_command<'d>(section: &Section<'d>, places: Places<'_>, faults: &mut Faults<'d>) -> Option<Vec<String>> {
    let words: Vec<String> = section
        .texts("password_command", faults)?
        .into_iter()
        .map(|spot| spot.value)
        .collect();
    match words.split_first() {
        Some((program, arguments)) if !program.trim().is_empty() => {
            // A bare name is looked for in PATH; only what is written as a path is one.
            let is_path = program.starts_with("~/") || program.starts_with("./") || program.starts_with("../");
            let program = if is_path {
                places.path(program).display().to_string()
            } else {
                program.clone()
            };
            Some(std::iter::once(program).chain(arguments.iter().cloned()).collect())
        }
        _ => {
            let spot = section.value("password_command", faults)?;
            faults.at(
                &spot,
                "names no program",
                "Write program and arguments: [\"pass\", \"show\", \"mail/me\"].",
            );
            None
        }
    }
}

/// The value is not shown: somebody may have written the password itself here.
fn secret_env<'d>(section: &Section<'d>, faults: &mut Faults<'d>) -> Option<String> {
    let spot = section.text("password_env", faults)?;
    let is_name = !spot.value.starts_with(|c: char| c.is_ascii_digit())
        && spot.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let made = is_name.then(|| spot.value.clone()).ok_or_else(|| {
        let remedy = "Write the variable's name, like AMIABLE_PASSWORD, not the password.";
        (
            "is not the name of an environment variable".to_string(),
            remedy.to_string(),
        )
    });
    faults.keep(&spot, made)
}

fn ca_file<'d>(section: &Section<'d>, places: Places<'_>, faults: &mut Faults<'d>) -> Option<PathBuf> {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;

    let spot = section.text("ca_file", faults)?;
    let path = places.path(&spot.value);
    let remedy = "Name a PEM file that begins with -----BEGIN CERTIFICATE-----.";
    let made = match fs::read(&path) {
        Err(error) => Err((
            format!("cannot read {}: {}", path.display(), plain(&error)),
            remedy.to_string(),
        )),
        Ok(octets) if CertificateDer::pem_slice_iter(&octets).any(|certificate| certificate.is_ok()) => Ok(path),
        Ok(_) => Err((
            format!("{} holds no certificate", shown(&spot.value)),
            remedy.to_string(),
        )),
    };
    faults.keep(&spot, made)
}
