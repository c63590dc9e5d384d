//! SMTP against scripted servers: before the message a failure is certain, after it only an answer is.

use amiable::model::address::Address;
use amiable::wires::net::credential::{Auth, Secret};
use amiable::wires::net::endpoint::Tls;
use amiable::wires::smtp::fault::{Delivery, SmtpError};
use amiable::wires::smtp::submission::Submission;

use crate::scripted::{dialer, endpoint};

const MAIL: &[u8] = b"Subject: x\r\n\r\n.a dot\r\n.\r\nend\r\n";
const HELLO: &str =
    "C: EHLO test.example\nS: 250-mail.test\nS: 250-SIZE 1000\nS: 250-8BITMIME\nS: 250 AUTH PLAIN LOGIN\n";

fn password() -> Auth {
    Auth::Password(Secret::new("secret"))
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// In a word, what an error is.
fn kind(error: &SmtpError) -> String {
    match error {
        SmtpError::Net(_) => "net".into(),
        SmtpError::LoginRefused { code, .. } => format!("login refused {code}"),
        SmtpError::NoLoginMethod { .. } => "no login method".into(),
        SmtpError::NoStarttls => "no starttls".into(),
        SmtpError::Temporary { stage, code, .. } => format!("temporary {stage:?} {code}"),
        SmtpError::Permanent {
            stage,
            code,
            recipient_refused,
            ..
        } => format!(
            "permanent {stage:?} {code}{}",
            if *recipient_refused { " recipient" } else { "" }
        ),
        SmtpError::Unsupported { .. } => "unsupported".into(),
        SmtpError::Closed { stage } => format!("closed {stage:?}"),
        SmtpError::Timeout { stage, seconds } => format!("timeout {stage:?} {seconds}"),
        SmtpError::Protocol { stage, .. } => format!("protocol {stage:?}"),
    }
}

fn shown(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Accepted { code, text } => format!("accepted {code} {text}"),
        Delivery::Refused { code, text } => format!("refused {code} {text}"),
        Delivery::Deferred { code, text } => format!("deferred {code} {text}"),
        Delivery::Unknown { why } => format!("unknown {why:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn connecting_fails_in_plain_words() {
    let check = async |why: &str, script: &str, tls, auth: Auth, expected: &str| {
        let (dialer, notes) = dialer(script.to_string(), false);
        let outcome = Submission::connect(&dialer, &endpoint(tls), "me", &auth, "test.example").await;
        notes.assert_none(why);
        assert_eq!(
            outcome.map_or_else(|error| kind(&error), |_| "in".into()),
            expected,
            "{why}"
        );
    };
    let twice = format!("S: 220 hi\n{HELLO}{HELLO}");
    let (tls, plain, token) = (Tls::Implicit, Tls::Starttls, || Auth::OAuth2(Secret::new("T")));
    check("no greeting", "SILENCE", tls, password(), "timeout Greeting 60").await;
    check("end of file", "END", tls, password(), "closed Greeting").await;
    check("busy", "S: 421 busy", tls, password(), "temporary Greeting 421").await;
    check(
        "not for us",
        "S: 554 go away",
        tls,
        password(),
        "permanent Greeting 554",
    )
    .await;
    check("not SMTP", "S: * OK IMAP4 ready", tls, password(), "protocol Greeting").await;
    check(
        "in",
        &format!("{twice}C: AUTH PLAIN AG1lAHNlY3JldA==\nS: 235 ok\nSILENCE"),
        tls,
        password(),
        "in",
    )
    .await;
    check(
        "wrong password",
        &format!("{twice}C: AUTH PLAIN…\nS: 535 5.7.8 no"),
        tls,
        password(),
        "login refused 535",
    )
    .await;
    check(
        "its database is down",
        &format!("{twice}C: AUTH PLAIN…\nS: 454 later"),
        tls,
        password(),
        "temporary Login 454",
    )
    .await;
    check(
        "a yes that is none",
        &format!("{twice}C: AUTH PLAIN…\nS: 334 \nC: *\nS: 501 off"),
        tls,
        password(),
        "login refused 501",
    )
    .await;
    check(
        "lost in the login",
        &format!("{twice}C: AUTH PLAIN…\nEND"),
        tls,
        password(),
        "closed Login",
    )
    .await;
    check("no way for a token", &twice, tls, token(), "no login method").await;
    let login = twice.replace("PLAIN LOGIN", "LOGIN");
    check(
        "LOGIN",
        &format!(
            "{login}C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bWU=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 ok\nSILENCE"
        ),
        tls,
        password(),
        "in",
    )
    .await;
    let sso = twice.replace("PLAIN LOGIN", "PLAIN XOAUTH2");
    check("a stale token", &format!("{sso}C: AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciBUAQE=\nS: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: \nS: 535 5.7.8 no"), tls, token(), "login refused 535").await;
    check("STARTTLS stripped", &twice, plain, password(), "no starttls").await;
    let offer = twice.replace("250-8BITMIME", "250-STARTTLS");
    check(
        "STARTTLS refused",
        &format!("{offer}C: STARTTLS\nS: 454 no"),
        plain,
        password(),
        "temporary Starttls 454",
    )
    .await;
    check(
        "STARTTLS, then EHLO again",
        &format!("{offer}C: STARTTLS\nS: 220 go\n{HELLO}C: AUTH PLAIN…\nS: 235 ok\nSILENCE"),
        plain,
        password(),
        "in",
    )
    .await;
    // What came with the 220, before TLS, must not be taken for an answer to the EHLO after it.
    let injected = "R: 220 go\\r\\n250-evil\\r\\n250 AUTH PLAIN\\r\\n\n";
    check(
        "injected before TLS",
        &format!("{offer}C: STARTTLS\n{injected}C: EHLO…\nS: 554 no"),
        plain,
        password(),
        "permanent Starttls 554",
    )
    .await;
}

/// Logs in, sends the whole mail while the server plays `script`, and compares what came of it.
async fn check(why: &str, script: &str, octets: &[u8], to: &[&str], expected: &str) {
    let opening = format!("S: 220 hi\n{HELLO}{HELLO}C: AUTH PLAIN…\nS: 235 ok\n");
    let (dialer, notes) = dialer(format!("{opening}{script}"), false);
    let mut submission = Submission::connect(&dialer, &endpoint(Tls::Implicit), "me", &password(), "test.example")
        .await
        .unwrap();
    let to: Vec<Address> = to.iter().map(|to| address(to)).collect();
    let found = async {
        submission.envelope(&address("me@test.example"), &to, octets).await?;
        submission.start_content().await?;
        Ok(shown(&submission.content(octets).await))
    };
    let found = found.await.unwrap_or_else(|error: SmtpError| kind(&error));
    submission.quit().await;
    notes.assert_none(why);
    assert_eq!(found, expected, "{why}");
}

#[tokio::test(start_paused = true)]
async fn before_the_message_every_failure_is_certain() {
    let two = ["a@x.example", "b@x.example"];
    let mail = "C: MAIL FROM:<me@test.example> SIZE=30\n";
    let sender = format!("{mail}S: 250 ok\n");
    let first = format!("{sender}C: RCPT TO:<a@x.example>\nS: 250 ok\n");
    let both = format!("{first}C: RCPT TO:<b@x.example>\nS: 250 ok\n");
    let reset = "\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye";
    let row = async |why: &str, script: String, expected: &str| check(why, &script, MAIL, &two, expected).await;
    row(
        "sender refused",
        format!("{mail}S: 550 5.7.1 no{reset}"),
        "permanent Sender 550",
    )
    .await;
    row("rate limit", format!("{mail}S: 421 slow down"), "temporary Sender 421").await;
    row("lost", format!("{mail}END"), "closed Sender").await;
    row("silence", format!("{mail}SILENCE"), "timeout Sender 60").await;
    row(
        "greylisted",
        format!("{sender}C: RCPT…\nS: 451 4.7.1 later{reset}"),
        "temporary Recipient 451",
    )
    .await;
    row(
        "the first refused",
        format!("{sender}C: RCPT…\nS: 550 5.1.1 no{reset}"),
        "permanent Recipient 550 recipient",
    )
    .await;
    row(
        "the second refused: nothing goes to the first",
        format!("{first}C: RCPT…\nS: 550 no{reset}"),
        "permanent Recipient 550 recipient",
    )
    .await;
    row(
        "a refusal in Latin-1",
        format!("{first}C: RCPT…\nR: 550 Bo\u{ee}te\\r\\n\n{}", &reset[1..]),
        "permanent Recipient 550 recipient",
    )
    .await;
    row(
        "lost at the recipient",
        format!("{first}C: RCPT…\nEND"),
        "closed Recipient",
    )
    .await;
    row(
        "DATA refused",
        format!("{both}C: DATA\nS: 554 no\nC: QUIT\nS: 221 bye"),
        "permanent Start 554",
    )
    .await;
    row(
        "DATA put off",
        format!("{both}C: DATA\nS: 451 later\nC: QUIT\nS: 221 bye"),
        "temporary Start 451",
    )
    .await;
    row(
        "DATA without 354",
        format!("{both}C: DATA\nS: 250 ok"),
        "protocol Start",
    )
    .await;
    row("lost at DATA", format!("{both}C: DATA\nEND"), "closed Start").await;
    check(
        "too big for the server",
        "C: QUIT\nS: 221 bye",
        &[b'a'; 1001],
        &two,
        "unsupported",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn after_the_dot_only_an_answer_is_certain() {
    let to = ["a@x.example"];
    let start = "C: MAIL…\nS: 250 ok\nC: RCPT…\nS: 250 ok\nC: DATA\nS: 354 go\n";
    let body = "C: Subject: x\nC: \nC: ..a dot\nC: ..\nC: end\nC: .\n"; // no line more than the message has
    let quit = "\nC: QUIT\nS: 221 bye";
    let row = async |why: &str, script: String, expected: &str| {
        check(why, &format!("{start}{script}"), MAIL, &to, expected).await
    };
    row(
        "accepted",
        format!("{body}S: 250 2.0.0 queued as 7{quit}"),
        "accepted 250 2.0.0 queued as 7",
    )
    .await;
    row(
        "in several lines",
        format!("{body}S: 250-a\nS: 250 b{quit}"),
        "accepted 250 a b",
    )
    .await;
    row(
        "refused",
        format!("{body}S: 554 5.7.1 spam{quit}"),
        "refused 554 5.7.1 spam",
    )
    .await;
    row(
        "put off",
        format!("{body}S: 451 4.3.0 later{quit}"),
        "deferred 451 4.3.0 later",
    )
    .await;
    row(
        "put off, and closed",
        format!("{body}S: 421 4.3.0 later"),
        "deferred 421 4.3.0 later",
    )
    .await;
    row("lost", format!("{body}END"), "unknown Lost").await;
    row(
        "lost within the answer",
        format!("{body}R: 250 2.0.0 que"),
        "unknown Lost",
    )
    .await;
    row("lost within the message", "C: Subject: x\nEND".into(), "unknown Lost").await;
    row(
        "nine minutes are not too long",
        format!("{body}W: 540\nS: 250 ok{quit}"),
        "accepted 250 ok",
    )
    .await;
    row("silence", format!("{body}SILENCE"), "unknown Silence").await;
    row("neither yes nor no", format!("{body}S: 354 go on"), "unknown Garbled").await;
    row("nonsense", format!("{body}S: ok\nSILENCE"), "unknown Garbled").await;
}

#[tokio::test(start_paused = true)]
async fn messages_reach_the_wire_as_they_are() {
    let to = ["a@x.example"];
    let start = "C: MAIL…\nS: 250 ok\nC: RCPT…\nS: 250 ok\nC: DATA\nS: 354 go\n";
    let end = "C: .\nS: 250 ok\nC: QUIT\nS: 221 bye";
    let row = async |why: &str, octets: &[u8], lines: &str| {
        check(why, &format!("{start}{lines}{end}"), octets, &to, "accepted 250 ok").await;
    };
    row("without a last line end", b"A: b\r\n\r\nc", "C: A: b\nC: \nC: c\n").await;
    row(
        "empty lines at its end are kept",
        b"A: b\r\n\r\nc\r\n\r\n",
        "C: A: b\nC: \nC: c\nC: \n",
    )
    .await;
    row("a dot at its very end", b"A: b\r\n\r\n.", "C: A: b\nC: \nC: ..\n").await;
    row(
        "a lone line feed cannot end it",
        b"A: b\r\n\r\n\n.\nx",
        "C: A: b\nC: \nC: \nC: ..\nC: x\n",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn eight_bits_and_foreign_addresses_are_announced() {
    let quit = "\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye";
    let script = format!("C: MAIL FROM:<me@test.example> SIZE=8 BODY=8BITMIME\nS: 550 no{quit}");
    check(
        "8-bit text",
        &script,
        "é: b\r\n\n".as_bytes(),
        &["a@x.example"],
        "permanent Sender 550",
    )
    .await;
    check(
        "no SMTPUTF8",
        "C: QUIT\nS: 221 bye",
        b"A: b",
        &["é@x.example"],
        "unsupported",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_connection_takes_one_message_after_another() {
    let mail = "C: MAIL…\nS: 250 ok\nC: RCPT…\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok\n";
    let refused = "C: MAIL…\nS: 250 ok\nC: RCPT…\nS: 550 no\nC: RSET\nS: 250 ok\n";
    let script =
        format!("S: 220 hi\n{HELLO}{HELLO}C: AUTH PLAIN…\nS: 235 ok\n{mail}{refused}{mail}C: QUIT\nS: 221 bye");
    let (dialer, notes) = dialer(script, false);
    let mut submission = Submission::connect(&dialer, &endpoint(Tls::Implicit), "me", &password(), "test.example")
        .await
        .unwrap();
    let (me, to) = (address("me@test.example"), [address("a@x.example")]);
    for expected in [true, false, true] {
        let found = submission.envelope(&me, &to, b"x").await;
        assert_eq!(found.is_ok(), expected);
        if expected {
            submission.start_content().await.unwrap();
            assert!(matches!(submission.content(b"x").await, Delivery::Accepted { .. }));
        }
    }
    // Without a DATA that was answered nothing goes out, whatever the caller does.
    assert_eq!(
        submission.content(b"x").await,
        Delivery::Deferred {
            code: 0,
            text: "nothing was sent: the server had not agreed to take a message".into()
        }
    );
    submission.quit().await;
    notes.assert_none("three messages");
}
