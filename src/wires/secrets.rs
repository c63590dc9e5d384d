//! Fetches a secret from where the user keeps it, and says exactly what to mend if that fails.
//!
//! With `auth = "oauth2"` the secret is the access token, so the command is a token program such as oama or pizauth.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::wires::net::credential::Secret;

/// A command may ask the user for a passphrase, or the provider for a token; longer than this is a hang.
const COMMAND_SECONDS_MAX: u64 = 60;
/// No password or token is longer; what is longer is the wrong file.
const SECRET_OCTETS_MAX: usize = 64 * 1024;

/// Where the user keeps a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that only its owner may read.
    File(PathBuf),
    /// A program and its arguments; no shell is involved. Its standard output is the secret.
    Command(Vec<String>),
    /// An environment variable.
    Env(String),
    /// The desktop's keyring, asked through the system's own program: `secret-tool lookup service amiable username NAME`
    /// on Linux, `security find-generic-password -s amiable -a NAME -w` on macOS.
    Keyring,
}

/// A secret that could not be had. None of these shows the secret or what a command printed.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not there, or not ours to read.
    #[error("password_file {} cannot be read: {error}", path.display())]
    Unreadable {
        /// As configured.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// Other users of the machine could read it.
    #[error("password_file {path} can be read by others (mode {mode:03o}): run `chmod 600 {path}`", path = path.display())]
    TooOpen {
        /// As configured.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The program did not start.
    #[error("{program}, which should give the secret, cannot be started: {error}")]
    NoProgram {
        /// Its name.
        program: String,
        /// The system's words.
        error: io::Error,
    },
    /// The program ended with a failure.
    #[error("{program}, which should give the secret, failed ({status}): run it by hand to see why")]
    Failed {
        /// Its name.
        program: String,
        /// Exit status or signal.
        status: String,
    },
    /// The program did not end.
    #[error("{program}, which should give the secret, did not end within {seconds} s")]
    Slow {
        /// Its name.
        program: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The variable is not set.
    #[error("the environment variable {name}, which should hold the secret, is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// There is something, but it cannot be a secret.
    #[error("{origin} gave {what} instead of a secret")]
    Unusable {
        /// From where it came.
        origin: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl SecretError {
    /// Whether trying again later, without any change, may help: a locked keyring, a token program without network.
    pub fn is_transient(&self) -> bool {
        matches!(self, SecretError::Failed { .. } | SecretError::Slow { .. })
    }
}

/// The secret of `account`, the user name at the server; only the keyring needs that name.
pub async fn fetch(source: &SecretSource, account: &str) -> Result<Secret, SecretError> {
    match source {
        SecretSource::File(path) => from_file(path),
        SecretSource::Command(argv) => from_command(argv).await,
        SecretSource::Env(name) => match std::env::var(name) {
            Ok(value) => usable(name, value.into_bytes()),
            Err(std::env::VarError::NotPresent) => Err(SecretError::NotSet { name: name.clone() }),
            Err(std::env::VarError::NotUnicode(_)) => Err(not_text(name)),
        },
        SecretSource::Keyring => from_command(&keyring_command(account)).await,
    }
}

fn from_file(path: &Path) -> Result<Secret, SecretError> {
    let unreadable = |error| SecretError::Unreadable {
        path: path.to_path_buf(),
        error,
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // Asked of the open file, not of the path: nobody can exchange it in between.
    refuse_open_mode(path, &file.metadata().map_err(unreadable)?)?;
    let mut octets = Vec::new();
    let limit = SECRET_OCTETS_MAX as u64 + 1;
    io::Read::read_to_end(&mut io::Read::take(file, limit), &mut octets).map_err(unreadable)?;
    usable(&path.display().to_string(), octets)
}

#[cfg(unix)]
fn refuse_open_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::TooOpen {
            path: path.to_path_buf(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), SecretError> {
    Ok(()) // no permission bits there; a file in the user's own folder is his alone
}

async fn from_command(argv: &[String]) -> Result<Secret, SecretError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(SecretError::Unusable {
            origin: "password_command".to_string(),
            what: "no program",
        });
    };
    // Standard error goes to the user's terminal or journal as the program wishes; it is no part of the answer.
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| SecretError::NoProgram {
            program: program.clone(),
            error,
        })?;
    let limit = Duration::from_secs(COMMAND_SECONDS_MAX);
    let (status, octets) = timeout(limit, outcome_of(&mut child))
        .await
        .map_err(|_| SecretError::Slow {
            program: program.clone(),
            seconds: COMMAND_SECONDS_MAX,
        })?
        .map_err(|error| SecretError::Failed {
            program: program.clone(),
            status: error.to_string(),
        })?;
    match status {
        Some(status) if !status.success() => Err(SecretError::Failed {
            program: program.clone(),
            status: status.to_string(),
        }),
        _ => usable(program, octets),
    }
}

/// What it printed, and how it ended; without an end if it printed more than any secret has.
async fn outcome_of(child: &mut Child) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let mut octets = Vec::new();
    if let Some(printed) = child.stdout.take() {
        printed
            .take(SECRET_OCTETS_MAX as u64 + 1)
            .read_to_end(&mut octets)
            .await?;
    }
    if octets.len() > SECRET_OCTETS_MAX {
        child.kill().await?;
        return Ok((None, octets));
    }
    Ok((Some(child.wait().await?), octets))
}

#[cfg(target_os = "macos")]
fn keyring_command(account: &str) -> Vec<String> {
    [
        "security",
        "find-generic-password",
        "-s",
        "amiable",
        "-a",
        account,
        "-w",
    ]
    .map(String::from)
    .to_vec()
}

#[cfg(not(target_os = "macos"))]
fn keyring_command(account: &str) -> Vec<String> {
    ["secret-tool", "lookup", "service", "amiable", "username", account]
        .map(String::from)
        .to_vec()
}

/// One line of text, without its end; everything else is the wrong file or a program's usage message.
fn usable(origin: &str, octets: Vec<u8>) -> Result<Secret, SecretError> {
    let unusable = |what| SecretError::Unusable {
        origin: origin.to_string(),
        what,
    };
    if octets.len() > SECRET_OCTETS_MAX {
        return Err(unusable("more than 64 KiB"));
    }
    let text = String::from_utf8(octets).map_err(|_| not_text(origin))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err(unusable("nothing")),
        _ if line.contains(['\n', '\r', '\0']) => Err(unusable("several lines")),
        _ => Ok(Secret::new(line)),
    }
}

fn not_text(origin: &str) -> SecretError {
    SecretError::Unusable {
        origin: origin.to_string(),
        what: "something that is not text",
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::secrets::*;

    fn command(script: &str) -> SecretSource {
        SecretSource::Command(vec!["sh".into(), "-c".into(), script.into()])
    }

    async fn outcome(source: SecretSource) -> Result<String, String> {
        match fetch(&source, "me@test.example").await {
            Ok(secret) => Ok(secret.reveal().to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[tokio::test]
    async fn commands_give_one_line_or_a_reason() {
        let check = async |script: &str, expected: Result<&str, &str>| match (outcome(command(script)).await, expected)
        {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{script}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{script}: {found}"),
            (found, _) => panic!("{script}: {found:?}"),
        };
        check("echo secret", Ok("secret")).await;
        check("printf secret", Ok("secret")).await; // no line end
        check(r"printf 'secret\r\n'", Ok("secret")).await; // a file from Windows
        check("echo ' a b '", Ok(" a b ")).await; // blanks belong to it
        check("true", Err("nothing")).await;
        check("echo hunter2; exit 3", Err("exit status: 3")).await;
        check("echo one; echo two", Err("several lines")).await; // a usage message
        check(r"printf '\377'", Err("not text")).await;
        check("head -c 70000 /dev/zero", Err("64 KiB")).await;
        check("yes", Err("64 KiB")).await; // without end
        check("kill -9 $$", Err("signal: 9")).await;
    }

    #[tokio::test]
    async fn a_failure_does_not_show_what_was_printed() {
        let error = outcome(command("echo hunter2; exit 1")).await.unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_program_or_variable_is_named() {
        let missing = SecretSource::Command(vec!["amiable-no-such-program".into()]);
        assert!(outcome(missing).await.unwrap_err().contains("amiable-no-such-program"));
        let unset = SecretSource::Env("AMIABLE_NO_SUCH_VARIABLE".into());
        assert!(outcome(unset).await.unwrap_err().contains("AMIABLE_NO_SUCH_VARIABLE"));
        assert!(outcome(SecretSource::Command(Vec::new())).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_given_up() {
        let error = outcome(command("exec sleep 3600")).await.unwrap_err();
        assert!(error.contains("60 s"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "secret\n").unwrap();
        for (mode, fine) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o601, false),
        ] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match outcome(SecretSource::File(path.clone())).await {
                Ok(secret) => assert!(fine && secret == "secret", "{mode:o}"),
                Err(error) => assert!(!fine && error.contains("`chmod 600 /"), "{mode:o}: {error}"),
            }
        }
    }
}
