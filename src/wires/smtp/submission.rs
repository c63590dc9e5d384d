//! One connection to a submission server, and one message after another over it.

use std::error::Error as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error as LettreError, commands};
use tokio::time::timeout;

use crate::model::address::Address;
use crate::wires::net::credential::Auth;
use crate::wires::net::dialer::Dialer;
use crate::wires::net::endpoint::{Endpoint, Tls};
use crate::wires::smtp::fault::{Delivery, Doubt, SmtpError, Stage};
use crate::wires::smtp::line::Line;
use crate::wires::smtp::meaning::{canonical, delivery, delivery_in_doubt, fault, of_login, protocol, text_of};

/// For each reply up to the 354. RFC 5321 (4.5.3.2) allows five minutes, which no submission server needs.
const REPLY_SECONDS_MAX: u64 = 60;
/// For the reply to the final dot (RFC 5321, 4.5.3.2.6): giving up earlier makes duplicates.
const CONTENT_SECONDS_MAX: u64 = 600;
/// A slow line may upload at this pace; the time for it comes on top.
const UPLOAD_OCTETS_PER_SECOND: u64 = 16 * 1024;
/// A farewell is a courtesy.
const FAREWELL_SECONDS_MAX: u64 = 5;

/// What the server offers after EHLO.
#[derive(Debug, Default)]
struct Offers {
    starttls: bool,
    eight_bit: bool,
    utf8: bool,
    size: bool,
    size_max: Option<u64>,
    logins: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// The server has agreed to take the message.
    Open,
    /// Nothing more can be said over this connection.
    Ended,
}

/// A logged-in connection.
pub struct Submission {
    connection: AsyncSmtpConnection,
    line: Line,
    offers: Offers,
    state: State,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Submission")
            .field("offers", &self.offers)
            .field("state", &self.state)
            .finish()
    }
}

impl Submission {
    /// Connects, protects the connection as `endpoint` says or fails, and logs in. `hello_name` is a domain of ours.
    pub async fn connect(
        dialer: &Dialer,
        endpoint: &Endpoint,
        username: &str,
        auth: &Auth,
        hello_name: &str,
    ) -> Result<Submission, SmtpError> {
        let hello = client_id(hello_name);
        let line = Line::new(dialer.connect(endpoint).await?);
        let opening = AsyncSmtpConnection::connect_with_transport(Box::new(line.clone()), &hello);
        let mut submission = Submission {
            connection: within(Stage::Greeting, &line, opening).await?,
            line,
            offers: Offers::default(),
            state: State::Ready,
        };
        submission.greet(&hello, Stage::Greeting).await?;
        if endpoint.tls == Tls::Starttls {
            submission.protect(dialer, &endpoint.host).await?;
            submission.greet(&hello, Stage::Starttls).await?;
        }
        submission.log_in(username, auth).await?;
        Ok(submission)
    }

    /// Announces sender, recipients and size. Any recipient refused: all is taken back (RSET), and nothing will be sent.
    pub async fn envelope(&mut self, from: &Address, to: &[Address], octets: &[u8]) -> Result<(), SmtpError> {
        let mail = self.mail_command(from, to, octets)?;
        let mut outcome = self.command(Stage::Sender, mail).await.map(drop);
        for recipient in to {
            if outcome.is_ok() {
                outcome = self
                    .command(Stage::Recipient, format!("RCPT TO:<{recipient}>\r\n"))
                    .await
                    .map(drop);
            }
        }
        if outcome.is_err() {
            self.reset().await;
        }
        outcome
    }

    /// DATA, up to its 354: after this the next octets are the message.
    pub async fn start_content(&mut self) -> Result<(), SmtpError> {
        let reply = self.command(Stage::Start, commands::Data).await?;
        if !reply.has_code(354) {
            self.state = State::Ended;
            return Err(protocol(Stage::Start, "a yes that is not 354"));
        }
        self.state = State::Open;
        Ok(())
    }

    /// The message itself, as it stands; waits for the server's word as long as RFC 5321 asks.
    pub async fn content(&mut self, octets: &[u8]) -> Delivery {
        if self.state != State::Open {
            return Delivery::Deferred {
                code: 0,
                text: "nothing was sent: the server had not agreed to take a message".to_string(),
            };
        }
        self.state = State::Ended; // until the answer proves otherwise
        let seconds = CONTENT_SECONDS_MAX + octets.len() as u64 / UPLOAD_OCTETS_PER_SECOND;
        let canonical = canonical(octets);
        // lettre ends with CRLF, dot, CRLF whatever comes before: without our own last CRLF the octets on the wire are ours.
        let body = canonical.strip_suffix(b"\r\n").unwrap_or(&canonical);
        let answer = match timeout(Duration::from_secs(seconds), self.connection.message(body)).await {
            Ok(answer) => answer,
            Err(_) => return Delivery::Unknown { why: Doubt::Silence },
        };
        let delivery = match answer {
            Err(error) if error.status().is_none() => self.last_words(&error).await,
            answer => delivery(&answer),
        };
        if !matches!(
            delivery,
            Delivery::Unknown { .. } | Delivery::Deferred { code: 421, .. }
        ) {
            self.state = State::Ready;
        }
        delivery
    }

    /// Whether another message can be handed in over this connection.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Takes back an envelope; a failure shows at the next command.
    pub async fn reset(&mut self) {
        if self.command(Stage::Sender, commands::Rset).await.is_err() {
            self.state = State::Ended;
        }
    }

    /// Says farewell; whether it is heard does not matter.
    pub async fn quit(mut self) {
        if self.state == State::Ready {
            let _ = timeout(Duration::from_secs(FAREWELL_SECONDS_MAX), self.connection.quit()).await;
        }
    }

    /// A server that has had enough answers and closes while we still write: the answer may lie there unread.
    async fn last_words(&mut self, error: &LettreError) -> Delivery {
        let is_unread = error.source().is_some_and(|source| source.is::<std::io::Error>());
        let limit = Duration::from_secs(FAREWELL_SECONDS_MAX);
        if is_unread && let Ok(answer) = timeout(limit, self.connection.read_response()).await {
            return match delivery(&answer) {
                // A yes to half a message is no yes.
                Delivery::Accepted { .. } => Delivery::Unknown { why: Doubt::Garbled },
                word => word,
            };
        }
        delivery_in_doubt(self.line.has_ended())
    }

    async fn command(&mut self, stage: Stage, command: impl std::fmt::Display) -> Result<Response, SmtpError> {
        if self.state == State::Ended {
            return Err(SmtpError::Closed { stage });
        }
        let outcome = within(stage, &self.line, self.connection.command(command)).await;
        let is_over = match &outcome {
            Err(SmtpError::Temporary { code, .. } | SmtpError::Permanent { code, .. }) => *code == 421,
            Err(_) => true,
            Ok(_) => false,
        };
        if is_over {
            self.state = State::Ended;
        }
        outcome
    }

    /// EHLO, again: what lettre keeps of the first one lacks SIZE, and after STARTTLS it is out of date.
    async fn greet(&mut self, hello: &ClientId, stage: Stage) -> Result<(), SmtpError> {
        let reply = self.command(stage, commands::Ehlo::new(hello.clone())).await?;
        self.offers = Offers::default();
        for line in reply.message().skip(1) {
            self.offers.take(line);
        }
        Ok(())
    }

    /// STARTTLS (RFC 3207), or nothing.
    async fn protect(&mut self, dialer: &Dialer, host: &str) -> Result<(), SmtpError> {
        if !self.offers.starttls {
            return Err(SmtpError::NoStarttls);
        }
        let reply = self.command(Stage::Starttls, commands::Starttls).await?;
        let stream = self.line.take().filter(|_| reply.has_code(220));
        let Some(stream) = stream else {
            return Err(protocol(Stage::Starttls, "a yes that is not 220"));
        };
        self.line = Line::new(dialer.upgrade(stream, host).await?);
        // A new buffer with the new stream: what came unprotected after the 220 is not read.
        #[allow(deprecated)] // lettre deprecates the type that its own set_stream takes
        let stream =
            lettre::transport::smtp::client::AsyncNetworkStream::use_existing_tokio1(Box::new(self.line.clone()));
        self.connection.set_stream(stream);
        Ok(())
    }

    async fn log_in(&mut self, username: &str, auth: &Auth) -> Result<(), SmtpError> {
        let initial = STANDARD.encode(auth.initial_response(username));
        match auth {
            Auth::Password(_) if self.offers.has_login("PLAIN") => self.authenticate("PLAIN", &initial).await,
            Auth::OAuth2(_) if self.offers.has_login("XOAUTH2") => self.authenticate("XOAUTH2", &initial).await,
            Auth::Password(secret) if self.offers.has_login("LOGIN") => {
                // Undocumented but widespread: asked for the name, then for the password.
                let steps = [
                    "AUTH LOGIN".to_string(),
                    STANDARD.encode(username),
                    STANDARD.encode(secret.reveal()),
                ];
                let mut code = 0;
                for step in steps {
                    let reply = self
                        .command(Stage::Login, format!("{step}\r\n"))
                        .await
                        .map_err(of_login)?;
                    code = u16::from(reply.code());
                }
                self.logged_in(code, String::new())
            }
            Auth::OAuth2(_) | Auth::Password(_) => Err(SmtpError::NoLoginMethod {
                offered: match self.offers.logins.is_empty() {
                    true => "none".to_string(),
                    false => self.offers.logins.join(", "),
                },
            }),
        }
    }

    /// AUTH with an initial response (RFC 4954).
    async fn authenticate(&mut self, mechanism: &str, initial: &str) -> Result<(), SmtpError> {
        let reply = self
            .command(Stage::Login, format!("AUTH {mechanism} {initial}\r\n"))
            .await
            .map_err(of_login)?;
        if !reply.has_code(334) {
            return self.logged_in(u16::from(reply.code()), text_of(&reply));
        }
        // XOAUTH2 tells why it refuses in a challenge, and wants an empty answer before its 535; PLAIN has no second step.
        let reason = STANDARD.decode(text_of(&reply)).unwrap_or_default();
        let reason = String::from_utf8_lossy(&reason).into_owned();
        let rest = if mechanism == "XOAUTH2" { "\r\n" } else { "*\r\n" };
        match self.command(Stage::Login, rest).await.map_err(of_login) {
            Ok(_) => Err(protocol(Stage::Login, "it goes on asking")),
            Err(SmtpError::LoginRefused { code, text }) => Err(SmtpError::LoginRefused {
                code,
                text: format!("{reason} {text}"),
            }),
            Err(error) => Err(error),
        }
    }

    fn logged_in(&mut self, code: u16, text: String) -> Result<(), SmtpError> {
        match code {
            200..=299 => Ok(()),
            _ => Err(protocol(Stage::Login, &format!("{code} {text}"))),
        }
    }

    fn mail_command(&self, from: &Address, to: &[Address], octets: &[u8]) -> Result<String, SmtpError> {
        let missing = |what: &str| SmtpError::Unsupported { what: what.to_string() };
        let mut command = format!("MAIL FROM:<{from}>");
        if self.offers.size {
            command.push_str(&format!(" SIZE={}", octets.len()));
        }
        if self
            .offers
            .size_max
            .is_some_and(|max| max > 0 && octets.len() as u64 > max)
        {
            return Err(missing("takes no message of that size"));
        }
        let is_utf8 = std::iter::once(from)
            .chain(to)
            .any(|address| !address.as_str().is_ascii());
        match (octets.is_ascii(), self.offers.eight_bit) {
            (true, _) => {}
            (false, true) => command.push_str(" BODY=8BITMIME"),
            (false, false) => return Err(missing("takes no 8-bit text (8BITMIME)")),
        }
        match (is_utf8, self.offers.utf8) {
            (false, _) => {}
            (true, true) => command.push_str(" SMTPUTF8"),
            (true, false) => return Err(missing("takes no addresses beyond ASCII (SMTPUTF8)")),
        }
        command.push_str("\r\n");
        Ok(command)
    }
}

impl Offers {
    fn take(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "STARTTLS" => self.starttls = true,
            "8BITMIME" => self.eight_bit = true,
            "SMTPUTF8" => self.utf8 = true,
            "SIZE" => {
                self.size = true;
                self.size_max = words.next().and_then(|max| max.parse().ok());
            }
            "AUTH" => self.logins.extend(words.map(str::to_ascii_uppercase)),
            _ => {}
        }
    }

    fn has_login(&self, mechanism: &str) -> bool {
        self.logins.iter().any(|known| known == mechanism)
    }
}

/// A domain as EHLO wants it (RFC 5321, 4.1.4); the literal of this machine where there is none.
fn client_id(hello_name: &str) -> ClientId {
    let is_domain = hello_name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    match is_domain && !hello_name.is_empty() {
        true => ClientId::Domain(hello_name.to_string()),
        false => ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST),
    }
}

async fn within<T>(
    stage: Stage,
    line: &Line,
    work: impl Future<Output = Result<T, LettreError>>,
) -> Result<T, SmtpError> {
    match timeout(Duration::from_secs(REPLY_SECONDS_MAX), work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(fault(stage, line, &error)),
        Err(_) => Err(SmtpError::Timeout {
            stage,
            seconds: REPLY_SECONDS_MAX,
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::smtp::submission::*;

    #[test]
    fn a_name_for_ehlo_is_a_domain_or_a_literal() {
        let check = |name: &str, expected: &str| assert_eq!(client_id(name).to_string(), expected);
        check("test.example", "test.example");
        check("", "[127.0.0.1]");
        check("x\r\nMAIL", "[127.0.0.1]");
        check("bücher.example", "[127.0.0.1]");
    }
}
