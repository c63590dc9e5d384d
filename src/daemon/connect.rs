//! Connections, from the configuration's words to the wires'.

use crate::daemon::office::Office;
use crate::wires::config::settings::{AuthKind, SecretSetting, Server, TlsMode};
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::session::Imap;
use crate::wires::net::credential::Auth;
use crate::wires::net::endpoint::{Endpoint, Tls};
use crate::wires::secrets::{SecretError, SecretSource, fetch};
use crate::wires::smtp::fault::SmtpError;
use crate::wires::smtp::submission::Submission;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The password or token could not be had.
    #[error("{key}: {source}")]
    Secret {
        /// Which part of the configuration asks for it.
        key: &'static str,
        /// Why not.
        source: SecretError,
    },
    /// The mailbox.
    #[error("{host}: {source}")]
    Imap {
        /// The server.
        host: String,
        /// Why not.
        source: ImapError,
    },
    /// The submission server.
    #[error("{host}: {source}")]
    Smtp {
        /// The server.
        host: String,
        /// Why not.
        source: SmtpError,
    },
}

impl ConnectError {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        match self {
            ConnectError::Secret { source, .. } => source.is_transient(),
            ConnectError::Imap { source, .. } => source.is_transient(),
            ConnectError::Smtp { source, .. } => source.is_transient(),
        }
    }

    /// Whether the server refused the login: trying again would only lock the account.
    pub fn is_login(&self) -> bool {
        match self {
            ConnectError::Secret { .. } => false,
            ConnectError::Imap { source, .. } => source.is_login(),
            ConnectError::Smtp { source, .. } => source.is_login(),
        }
    }
}

/// Logs in to the mailbox. Secrets are fetched anew each time: tokens expire, passwords change.
pub async fn imap(office: &Office) -> Result<Imap, ConnectError> {
    let server = &office.config.imap;
    let auth = auth_of(server, "[imap]").await?;
    let connected = Imap::connect(&office.imap, &endpoint_of(server), &server.username, &auth).await;
    connected.map_err(|source| ConnectError::Imap {
        host: server.host.clone(),
        source,
    })
}

/// Logs in to the submission server.
pub async fn submission(office: &Office) -> Result<Submission, ConnectError> {
    let server = &office.config.smtp;
    let auth = auth_of(server, "[smtp]").await?;
    // What a server makes of the name is its own affair; a name that reveals the machine would be the user's.
    let hello = office.config.me.address.domain();
    let connected = Submission::connect(&office.smtp, &endpoint_of(server), &server.username, &auth, hello).await;
    connected.map_err(|source| ConnectError::Smtp {
        host: server.host.clone(),
        source,
    })
}

fn endpoint_of(server: &Server) -> Endpoint {
    let tls = match server.tls {
        TlsMode::Implicit => Tls::Implicit,
        TlsMode::Starttls => Tls::Starttls,
        TlsMode::None => Tls::None,
    };
    Endpoint {
        host: server.host.clone(),
        port: server.port,
        tls,
    }
}

async fn auth_of(server: &Server, key: &'static str) -> Result<Auth, ConnectError> {
    let source = match &server.secret {
        SecretSetting::File(path) => SecretSource::File(path.clone()),
        SecretSetting::Command(command) => SecretSource::Command(command.clone()),
        SecretSetting::Env(name) => SecretSource::Env(name.clone()),
        SecretSetting::Keyring => SecretSource::Keyring,
    };
    let secret = fetch(&source, &server.username)
        .await
        .map_err(|source| ConnectError::Secret { key, source })?;
    Ok(match server.auth {
        AuthKind::Password => Auth::Password(secret),
        AuthKind::Oauth2 => Auth::OAuth2(secret),
    })
}
