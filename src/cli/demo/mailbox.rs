//! A mailbox seen as its owner's mail program sees it: a blocking IMAP connection for the demo and the tests.
//!
//! The daemon has its own, careful reader; this one trusts a mail host that we started ourselves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, FixedOffset};

/// A local server that does not answer for this long will not answer at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// One logged-in connection in plain text.
#[derive(Debug)]
pub struct Mailbox {
    stream: BufReader<TcpStream>,
    tag: u32,
}

/// One untagged response: its text without literals, and these in order.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The line, `* 1 FETCH (UID 7 BODY[] )`.
    pub text: String,
    /// What stood in `{n}` literals.
    pub literals: Vec<Vec<u8>>,
}

/// A message in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number in the folder.
    pub uid: u32,
    /// As the server lists them, without `\Recent`, sorted.
    pub flags: Vec<String>,
    /// The whole message.
    pub raw: Vec<u8>,
}

impl Mailbox {
    /// Connects to the loopback port, without logging in.
    ///
    /// # Errors
    /// No connection, or no greeting.
    pub fn connect(port: u16) -> anyhow::Result<Mailbox> {
        let stream =
            TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("connecting to IMAP on port {port}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut mailbox = Mailbox {
            stream: BufReader::new(stream),
            tag: 0,
        };
        mailbox.response().context("waiting for the IMAP greeting")?;
        Ok(mailbox)
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// No connection, or the login refused.
    pub fn login(port: u16, user: &str, password: &str) -> anyhow::Result<Mailbox> {
        let mut mailbox = Mailbox::connect(port)?;
        mailbox
            .command(&format!("LOGIN \"{user}\" \"{password}\""))
            .context("logging in")?;
        Ok(mailbox)
    }

    /// Sends one command and gives the untagged responses up to its OK.
    ///
    /// # Errors
    /// NO, BAD, or a lost connection.
    pub fn command(&mut self, line: &str) -> anyhow::Result<Vec<Response>> {
        let tag = self.send(line)?;
        self.finish(&tag)
            .with_context(|| format!("IMAP {}", line.split(' ').next().unwrap_or(line)))
    }

    /// Puts a message into a folder, at a moment of its own where one is given.
    ///
    /// # Errors
    /// As `command`.
    pub fn append(
        &mut self,
        folder: &str,
        flags: &[&str],
        received: Option<DateTime<FixedOffset>>,
        raw: &[u8],
    ) -> anyhow::Result<()> {
        let date = received.map_or(String::new(), |at| at.format("\"%d-%b-%Y %H:%M:%S %z\" ").to_string());
        let tag = self.send(&format!(
            "APPEND \"{folder}\" ({}) {date}{{{}}}",
            flags.join(" "),
            raw.len()
        ))?;
        let go_on = self.response()?;
        if !go_on.text.starts_with('+') {
            bail!("APPEND to {folder}: {}", go_on.text);
        }
        let out = self.stream.get_mut();
        out.write_all(raw)?;
        out.write_all(b"\r\n")?;
        self.finish(&tag).with_context(|| format!("APPEND to {folder}"))?;
        Ok(())
    }

    /// Every message of a folder in order of arrival, nothing marked as read.
    ///
    /// # Errors
    /// As `command`.
    pub fn messages(&mut self, folder: &str) -> anyhow::Result<Vec<Stored>> {
        self.command(&format!("EXAMINE \"{folder}\""))?;
        let responses = self.command("UID FETCH 1:* (FLAGS UID BODY.PEEK[])")?;
        Ok(responses.iter().filter_map(stored).collect())
    }

    /// Waits in IDLE (RFC 2177) until a message arrives; false when it stays silent for that long.
    ///
    /// # Errors
    /// The server ends the connection or does not know IDLE.
    pub fn idle(&mut self, patience: Duration) -> anyhow::Result<bool> {
        let tag = self.send("IDLE")?;
        self.response().context("IDLE")?;
        self.stream.get_mut().set_read_timeout(Some(patience))?;
        let arrived = loop {
            match self.response() {
                Ok(response) if response.text.ends_with("EXISTS") => break true,
                Ok(response) if response.text.starts_with("* BYE") => bail!("the server said {}", response.text),
                Ok(_) => {}
                Err(error) if is_silence(&error) => break false,
                Err(error) => return Err(error),
            }
        };
        self.stream.get_mut().set_read_timeout(Some(PATIENCE))?;
        if arrived {
            self.stream.get_mut().write_all(b"DONE\r\n")?;
            self.finish(&tag)?;
        }
        Ok(arrived)
    }

    fn send(&mut self, line: &str) -> anyhow::Result<String> {
        self.tag += 1;
        let tag = format!("t{}", self.tag);
        self.stream
            .get_mut()
            .write_all(format!("{tag} {line}\r\n").as_bytes())?;
        Ok(tag)
    }

    fn finish(&mut self, tag: &str) -> anyhow::Result<Vec<Response>> {
        let mut untagged = Vec::new();
        loop {
            let response = self.response()?;
            match response.text.strip_prefix(tag).map(str::trim_start) {
                Some(end) if end.starts_with("OK") => return Ok(untagged),
                Some(end) => bail!("the server said {end}"),
                None => untagged.push(response),
            }
        }
    }

    fn response(&mut self) -> anyhow::Result<Response> {
        let mut response = Response::default();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line)? == 0 {
                bail!("the server hung up");
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            let Some((before, length)) = literal(line) else {
                response.text.push_str(line);
                return Ok(response);
            };
            response.text.push_str(before);
            let mut bytes = vec![0; length];
            self.stream.read_exact(&mut bytes)?;
            response.literals.push(bytes);
        }
    }
}

/// A read that timed out, which the system calls by either name.
fn is_silence(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
        )
    })
}

/// `… {12}` → (`… `, 12).
fn literal(line: &str) -> Option<(&str, usize)> {
    let (before, length) = line.strip_suffix('}')?.rsplit_once('{')?;
    Some((before, length.parse().ok()?))
}

/// A FETCH response with UID, FLAGS and the body.
fn stored(response: &Response) -> Option<Stored> {
    let uid = response
        .text
        .split_once("UID ")?
        .1
        .split([' ', ')'])
        .next()?
        .parse()
        .ok()?;
    let flags = response.text.split_once("FLAGS (")?.1.split_once(')')?.0;
    let mut flags: Vec<String> = flags
        .split(' ')
        .filter(|flag| !flag.is_empty() && *flag != "\\Recent")
        .map(str::to_owned)
        .collect();
    flags.sort();
    Some(Stored {
        uid,
        flags,
        raw: response.literals.first()?.clone(),
    })
}
