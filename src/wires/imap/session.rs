//! A logged-in connection to one mailbox: greeting, TLS, login, capabilities, farewell.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imap_proto::{Capability, Response};
use tokio::time::timeout;

use crate::wires::imap::dialogue::{Answer, Dialogue, ignore, protocol};
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::naming::quoted;
use crate::wires::net::credential::Auth;
use crate::wires::net::dialer::Dialer;
use crate::wires::net::endpoint::{Endpoint, Tls};

/// A farewell is a courtesy; nobody waits long for it.
const LOGOUT_SECONDS_MAX: u64 = 5;

/// A logged-in connection. After any error but `No` and `Bad` it is of no more use, and says so.
#[derive(Debug)]
pub struct Imap {
    /// What is said over it.
    pub(crate) dialogue: Dialogue,
    capabilities: Vec<String>,
    /// The folder that is open, for the words of errors.
    pub(crate) folder: String,
    /// Untagged data told of news before IDLE had begun.
    pub(crate) news: bool,
}

impl Imap {
    /// Connects, protects the connection as `endpoint` says or fails, logs in, and introduces itself where servers ask for it.
    pub async fn connect(dialer: &Dialer, endpoint: &Endpoint, username: &str, auth: &Auth) -> Result<Imap, ImapError> {
        let mut dialogue = Dialogue::new(dialer.connect(endpoint).await?);
        let is_known = dialogue.greeting().await?;
        if endpoint.tls == Tls::Starttls {
            if is_known {
                // A PREAUTH forbids STARTTLS (RFC 9051, 7.1.4): somebody between may have made it up.
                return Err(protocol("the greeting", "PREAUTH before STARTTLS"));
            }
            dialogue = protect(dialogue, dialer, &endpoint.host).await?;
        }
        let mut imap = Imap {
            dialogue,
            capabilities: Vec::new(),
            folder: String::new(),
            news: false,
        };
        imap.learn_capabilities().await?;
        if !is_known {
            imap.log_in(username, auth).await.map_err(ImapError::of_login)?;
            imap.learn_capabilities().await?;
        }
        imap.introduce().await?;
        Ok(imap)
    }

    /// Whether the server has this capability, in any case: `"IDLE"`, `"AUTH=PLAIN"`.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities
            .iter()
            .any(|known| known.eq_ignore_ascii_case(capability))
    }

    /// Every capability, as the server wrote it after the login.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        self.capabilities.iter().map(String::as_str)
    }

    /// Does nothing, which makes the server tell what is new.
    pub async fn noop(&mut self) -> Result<(), ImapError> {
        self.dialogue.command("NOOP", "NOOP", &mut ignore).await.map(drop)
    }

    /// Says farewell; whether it is heard does not matter.
    pub async fn logout(mut self) {
        let farewell = async { self.dialogue.command("LOGOUT", "LOGOUT", &mut ignore).await };
        let _ = timeout(Duration::from_secs(LOGOUT_SECONDS_MAX), farewell).await; // its BYE is an error like any other
    }

    async fn learn_capabilities(&mut self) -> Result<(), ImapError> {
        let mut found = Vec::new();
        let mut each = |response: &Response<'_>| {
            if let Response::Capabilities(list) = response {
                found = list.iter().map(capability_name).collect();
            }
            Ok(())
        };
        self.dialogue.command("CAPABILITY", "CAPABILITY", &mut each).await?;
        self.capabilities = found;
        Ok(())
    }

    async fn log_in(&mut self, username: &str, auth: &Auth) -> Result<(), ImapError> {
        match auth {
            Auth::OAuth2(_) if self.has("AUTH=XOAUTH2") => self.authenticate("XOAUTH2", username, auth).await,
            Auth::Password(_) if self.has("AUTH=PLAIN") => self.authenticate("PLAIN", username, auth).await,
            Auth::Password(secret) if !self.has("LOGINDISABLED") => {
                self.log_in_plainly(username, secret.reveal()).await
            }
            Auth::OAuth2(_) | Auth::Password(_) => Err(ImapError::NoLoginMethod {
                offered: self.login_methods(),
            }),
        }
    }

    fn login_methods(&self) -> String {
        let mut methods: Vec<&str> = self.capabilities().filter(|name| name.starts_with("AUTH=")).collect();
        if !self.has("LOGINDISABLED") {
            methods.push("LOGIN");
        }
        if methods.is_empty() {
            "none".to_string()
        } else {
            methods.join(", ")
        }
    }

    /// SASL (RFC 3501, 6.2.2), with the initial response in the command where the server has SASL-IR (RFC 4959).
    async fn authenticate(&mut self, mechanism: &str, username: &str, auth: &Auth) -> Result<(), ImapError> {
        let doing = format!("AUTHENTICATE {mechanism}");
        let response = STANDARD.encode(auth.initial_response(username));
        let tag = if self.has("SASL-IR") {
            self.dialogue.begin(&doing, &format!("{doing} {response}")).await?
        } else {
            let tag = self.dialogue.begin(&doing, &doing).await?;
            self.dialogue.go_ahead(&doing, &tag, &mut ignore).await?;
            self.dialogue.send(&doing, format!("{response}\r\n").as_bytes()).await?;
            tag
        };
        let challenge = match self.dialogue.answer(&doing, &tag, &mut ignore).await? {
            Answer::Done(_) => return Ok(()),
            Answer::Go(challenge) => challenge,
        };
        // XOAUTH2 tells why it refuses in a challenge, and wants an empty answer before its NO; PLAIN has no second step.
        let rest: &[u8] = if mechanism == "XOAUTH2" { b"\r\n" } else { b"*\r\n" };
        self.dialogue.send(&doing, rest).await?;
        let refusal = match self.dialogue.answer(&doing, &tag, &mut ignore).await {
            Ok(_) => protocol(&doing, "it goes on asking"),
            Err(error) => error,
        };
        self.dialogue.broken(with_challenge(refusal, &challenge))
    }

    /// LOGIN, with literals where quotes could not carry it.
    async fn log_in_plainly(&mut self, username: &str, password: &str) -> Result<(), ImapError> {
        let is_quotable = |text: &str| text.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        if is_quotable(username) && is_quotable(password) {
            let line = format!("LOGIN {} {}", quoted(username), quoted(password));
            return self.dialogue.command("LOGIN", &line, &mut ignore).await.map(drop);
        }
        let tag = self
            .dialogue
            .begin("LOGIN", &format!("LOGIN {{{}}}", username.len()))
            .await?;
        self.dialogue.go_ahead("LOGIN", &tag, &mut ignore).await?;
        self.dialogue
            .send("LOGIN", format!("{username} {{{}}}\r\n", password.len()).as_bytes())
            .await?;
        self.dialogue.go_ahead("LOGIN", &tag, &mut ignore).await?;
        self.dialogue
            .send("LOGIN", format!("{password}\r\n").as_bytes())
            .await?;
        self.dialogue.finish("LOGIN", &tag, &mut ignore).await.map(drop)
    }

    /// ID (RFC 2971): some servers let nobody read who has not said his name. What they say of themselves is not needed.
    async fn introduce(&mut self) -> Result<(), ImapError> {
        if !self.has("ID") {
            return Ok(());
        }
        let line = concat!(
            "ID (\"name\" \"amiable\" \"version\" \"",
            env!("CARGO_PKG_VERSION"),
            "\")"
        );
        match self.dialogue.command("ID", line, &mut ignore).await {
            Ok(_) | Err(ImapError::No { .. }) => Ok(()), // a courtesy that may be declined
            Err(error) => Err(error),
        }
    }
}

async fn protect(mut dialogue: Dialogue, dialer: &Dialer, host: &str) -> Result<Dialogue, ImapError> {
    match dialogue.command("STARTTLS", "STARTTLS", &mut ignore).await {
        Ok(_) => Ok(Dialogue::new(dialer.upgrade(dialogue.into_stream(), host).await?)),
        Err(ImapError::No { text, .. } | ImapError::Bad { text, .. }) => Err(ImapError::NoStarttls { text }),
        Err(error) => Err(error),
    }
}

fn capability_name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4rev1".to_string(),
        Capability::Auth(name) => format!("AUTH={}", name.to_uppercase()),
        Capability::Atom(name) => name.to_string(),
    }
}

/// Puts the reason of XOAUTH2's challenge, JSON in base64, in front of the words of the NO.
fn with_challenge(refusal: ImapError, challenge: &str) -> ImapError {
    let reason = STANDARD
        .decode(challenge)
        .map(|octets| String::from_utf8_lossy(&octets).into_owned())
        .unwrap_or_default();
    match refusal {
        ImapError::No { doing, code, text } => ImapError::No {
            doing,
            code,
            text: format!("{reason} {text}"),
        },
        other => other,
    }
}
