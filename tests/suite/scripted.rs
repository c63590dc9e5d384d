//! A server that plays a script over memory, and notes where the client leaves it.
//!
//! A script is lines: `C: ` what the client must send (for IMAP without its tag; a trailing `…` leaves the rest open),
//! `S: ` what the server sends (`$` stands for the last tag), `R: ` the same without a line end and with `\r \n \0`
//! written so, `L: n` octets of the client, `W: n` seconds of waiting, `END` closing, `SILENCE` never closing. At the
//! end of the script the server closes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amiable::wires::net::dialer::Dialer;
use amiable::wires::net::endpoint::{Endpoint, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// What the client did against the script.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub fn assert_none(&self, why: &str) {
        assert_eq!(*self.0.lock().unwrap(), Vec::<String>::new(), "{why}");
    }

    fn add(&self, note: String) {
        self.0.lock().unwrap().push(note);
    }
}

pub fn endpoint(tls: Tls) -> Endpoint {
    Endpoint {
        host: "mail.test".into(),
        port: 1,
        tls,
    }
}

/// Every connection gets the script from its beginning.
pub fn dialer(script: String, tagged: bool) -> (Dialer, Notes) {
    let notes = Notes::default();
    let noting = notes.clone();
    let dialer = Dialer::memory(move |_| {
        let (client, server) = tokio::io::duplex(64 * 1024);
        tokio::spawn(play(server, script.clone(), tagged, noting.clone()));
        Ok(Box::new(client))
    });
    (dialer, notes)
}

async fn play(mut stream: DuplexStream, script: String, tagged: bool, notes: Notes) {
    let mut tag = String::new();
    for step in script.lines().map(str::trim_start).filter(|step| !step.is_empty()) {
        let (kind, text) = step.split_once(": ").unwrap_or((step, ""));
        let sent = match kind {
            "C" => match client_line(&mut stream).await {
                Some(line) => {
                    let (found, rest) = line
                        .split_once(' ')
                        .filter(|(found, _)| tagged && is_tag(found))
                        .unwrap_or(("", &line));
                    if !is_as_expected(rest, text) {
                        return notes.add(format!("expected {text:?}, got {line:?}"));
                    }
                    if !found.is_empty() {
                        tag = found.to_string(); // continuations (DONE, SASL) have none
                    }
                    Ok(())
                }
                None => return notes.add(format!("expected {text:?}, but the client left")),
            },
            "S" => {
                stream
                    .write_all(format!("{}\r\n", text.replace('$', &tag)).as_bytes())
                    .await
            }
            "R" => {
                let raw = text
                    .replace("\\r", "\r")
                    .replace("\\n", "\n")
                    .replace("\\0", "\0")
                    .replace('$', &tag);
                stream.write_all(raw.as_bytes()).await
            }
            "L" => stream.read_exact(&mut vec![0; text.parse().unwrap()]).await.map(drop),
            "W" => {
                tokio::time::sleep(Duration::from_secs(text.parse().unwrap())).await;
                Ok(())
            }
            "END" => return,
            "SILENCE" => std::future::pending().await,
            other => panic!("no such step: {other}"),
        };
        if sent.is_err() {
            return notes.add(format!("the client left before {step:?}"));
        }
    }
}

fn is_tag(word: &str) -> bool {
    word.strip_prefix('a')
        .is_some_and(|number| number.parse::<u32>().is_ok())
}

fn is_as_expected(found: &str, expected: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(start) => found.starts_with(start),
        None => found == expected,
    }
}

async fn client_line(stream: &mut DuplexStream) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.ok()?);
    }
    line.truncate(line.len() - 2);
    Some(String::from_utf8_lossy(&line).into_owned())
}
