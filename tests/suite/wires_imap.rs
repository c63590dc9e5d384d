//! IMAP against scripted servers: every way of failing is told apart, and none is taken for success.

use std::time::Duration;

use amiable::wires::imap::fault::ImapError;
use amiable::wires::imap::naming::FolderName;
use amiable::wires::imap::session::Imap;
use amiable::wires::net::credential::{Auth, Secret};
use amiable::wires::net::endpoint::Tls;

use crate::scripted::{dialer, endpoint};

const LOGIN: &str = "S: * OK ready
    C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR
    S: $ OK
    C: AUTHENTICATE PLAIN AG1lAHNlY3JldA==
    S: $ OK
    C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 IDLE UIDPLUS
    S: $ OK\n";

fn password() -> Auth {
    Auth::Password(Secret::new("secret"))
}

fn token() -> Auth {
    Auth::OAuth2(Secret::new("T"))
}

/// In a word, what an error is.
pub fn kind(error: &ImapError) -> String {
    let name = match error {
        ImapError::Net(_) => "net",
        ImapError::LoginRefused { .. } => "login refused",
        ImapError::LoginUnavailable { limit: true, .. } => "limit",
        ImapError::LoginUnavailable { .. } => "login unavailable",
        ImapError::NoLoginMethod { .. } => "no login method",
        ImapError::NoStarttls { .. } => "no starttls",
        ImapError::Closed { .. } => "closed",
        ImapError::No { code: Some(code), .. } => return format!("no {code}"),
        ImapError::No { .. } => "no",
        ImapError::Bad { .. } => "bad",
        ImapError::Timeout { seconds, .. } => return format!("timeout {seconds}"),
        ImapError::Protocol { .. } => "protocol",
    };
    name.to_string()
}

pub fn shown<T: std::fmt::Debug>(outcome: Result<T, ImapError>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => kind(&error),
    }
}

async fn connected(script: &str, tls: Tls, auth: Auth) -> String {
    let (dialer, notes) = dialer(script.to_string(), true);
    let outcome = Imap::connect(&dialer, &endpoint(tls), "me", &auth).await.map(drop);
    notes.assert_none(script);
    shown(outcome)
}

/// Logs in, acts while the server plays `script`, and compares what came of it.
pub async fn check(why: &str, script: &str, act: impl AsyncFnOnce(&mut Imap) -> String, expected: &str) {
    let (dialer, notes) = dialer(format!("{LOGIN}{script}"), true);
    let mut imap = Imap::connect(&dialer, &endpoint(Tls::Implicit), "me", &password())
        .await
        .unwrap();
    let found = act(&mut imap).await;
    notes.assert_none(why);
    assert_eq!(found, expected, "{why}");
}

#[tokio::test(start_paused = true)]
async fn connecting_fails_in_plain_words() {
    let check = async |why: &str, script: &str, tls, auth, expected: &str| {
        assert_eq!(connected(script, tls, auth).await, expected, "{why}");
    };
    let before = "S: * OK hi\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\nS: $ OK\n";
    let refuse = |answer: &str| format!("{before}C: AUTHENTICATE PLAIN …\n{answer}");
    let (tls, plain) = (Tls::Implicit, Tls::Starttls);

    check("no greeting at all", "SILENCE", tls, password(), "timeout 30").await;
    check("end of file at once", "END", tls, password(), "closed").await;
    check(
        "BYE for greeting",
        "S: * BYE [UNAVAILABLE] busy",
        tls,
        password(),
        "closed",
    )
    .await;
    check("not IMAP", "S: 220 mail.test ESMTP", tls, password(), "protocol").await;
    check("HTTP", "S: HTTP/1.1 400 Bad Request", tls, password(), "protocol").await;
    check(
        "no capability, EOF",
        "S: * OK hi\nC: CAPABILITY\nEND",
        tls,
        password(),
        "closed",
    )
    .await;
    check(
        "wrong password",
        &refuse("S: $ NO [AUTHENTICATIONFAILED] no"),
        tls,
        password(),
        "login refused",
    )
    .await;
    check(
        "its database is down",
        &refuse("S: $ NO [UNAVAILABLE] later"),
        tls,
        password(),
        "login unavailable",
    )
    .await;
    check(
        "too many of us",
        &refuse("S: $ NO [LIMIT] too many"),
        tls,
        password(),
        "limit",
    )
    .await;
    check(
        "a login not understood",
        &refuse("S: $ BAD what"),
        tls,
        password(),
        "login refused",
    )
    .await;
    check(
        "BYE instead of an answer",
        &refuse("S: * BYE too many errors"),
        tls,
        password(),
        "closed",
    )
    .await;
    check(
        "silence after the password",
        &refuse("SILENCE"),
        tls,
        password(),
        "timeout 60",
    )
    .await;
    check(
        "an endless challenge",
        &refuse("S: +\nC: *\nS: +"),
        tls,
        password(),
        "protocol",
    )
    .await;

    let sso = format!(
        "{before}C: AUTHENTICATE XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciBUAQE=\nS: + eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: $ NO failed"
    );
    check(
        "a stale token, told by a challenge",
        &sso,
        tls,
        token(),
        "login refused",
    )
    .await;
    let none = "S: * OK hi\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI\nS: $ OK";
    check("no way for a password", none, tls, password(), "no login method").await;
    check("no way for a token", none, tls, token(), "no login method").await;

    check(
        "STARTTLS refused",
        "S: * OK hi\nC: STARTTLS\nS: $ NO no",
        plain,
        password(),
        "no starttls",
    )
    .await;
    check(
        "STARTTLS unknown",
        "S: * OK hi\nC: STARTTLS\nS: $ BAD what",
        plain,
        password(),
        "no starttls",
    )
    .await;
    check(
        "PREAUTH before STARTTLS",
        "S: * PREAUTH hi",
        plain,
        password(),
        "protocol",
    )
    .await;

    let late =
        format!("{before}C: AUTHENTICATE …\nS: $ OK\nC: CAPABILITY\nS: $ BAD User is authenticated but not connected.");
    check(
        "Microsoft 365 without a licence",
        &late,
        tls,
        password(),
        "login refused",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_login_works() {
    let check = async |why: &str, script: &str, tls, username: &str, auth: Auth| {
        let (dialer, notes) = dialer(script.to_string(), true);
        let outcome = Imap::connect(&dialer, &endpoint(tls), username, &auth).await;
        notes.assert_none(why);
        assert!(outcome.is_ok(), "{why}: {outcome:?}");
    };
    let begin =
        |capabilities: &str| format!("S: * OK hi\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 {capabilities}\nS: $ OK\n");
    let end = "S: $ OK in\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK\nSILENCE";
    let id_end = "S: $ OK in\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: $ OK\nC: ID (\"name\" \"amiable\"…\nS: * ID NIL\nS: $ OK\nSILENCE";
    let tls = Tls::Implicit;

    let script = format!("{}C: LOGIN \"me\" \"se\\\"c\\\\t\"\n{end}", begin(""));
    check(
        "LOGIN, with its specials quoted",
        &script,
        tls,
        "me",
        Auth::Password(Secret::new("se\"c\\t")),
    )
    .await;
    let script = format!("{}C: LOGIN {{2}}\nS: + go\nC: me {{4}}\nS: +\nC: pä$\n{end}", begin(""));
    check(
        "LOGIN with literals",
        &script,
        tls,
        "me",
        Auth::Password(Secret::new("pä$")),
    )
    .await;
    let script = format!(
        "{}C: AUTHENTICATE PLAIN\nS: +\nC: AG1lAHNlY3JldA==\n{end}",
        begin("AUTH=PLAIN")
    );
    check("PLAIN without SASL-IR", &script, tls, "me", password()).await;
    let script = format!("{}C: AUTHENTICATE XOAUTH2 …\n{id_end}", begin("SASL-IR AUTH=XOAUTH2"));
    check("XOAUTH2, and ID", &script, tls, "me", token()).await;
    check(
        "PREAUTH",
        "S: * PREAUTH hi\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK\nC: ID…\n",
        tls,
        "me",
        password(),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn every_command_demands_its_ok() {
    type Act = (
        &'static str,
        &'static str,
        fn(&mut Imap) -> std::pin::Pin<Box<dyn Future<Output = String> + '_>>,
    );
    let acts: [Act; 8] = [
        ("NOOP", "", |imap| Box::pin(async { shown(imap.noop().await) })),
        ("LIST", "S: * LIST () \"/\" Sent", |imap| {
            Box::pin(async { shown(imap.folders().await) })
        }),
        ("STATUS", "S: * STATUS A (UIDVALIDITY 1)", |imap| {
            Box::pin(async { shown(imap.status(&FolderName::new("A")).await) })
        }),
        ("EXAMINE", "S: * OK [UIDVALIDITY 1] ok", |imap| {
            Box::pin(async { shown(imap.examine(&FolderName::inbox()).await) })
        }),
        ("UID SEARCH", "S: * SEARCH 1 2", |imap| {
            Box::pin(async { shown(imap.uids_from(1).await) })
        }),
        ("UID FETCH", "S: * 1 FETCH (UID 1 FLAGS ())", |imap| {
            Box::pin(async { shown(imap.headers(&[1], &mut |_| {}).await) })
        }),
        ("UID FETCH", "S: * 1 FETCH (UID 7 BODY[1]<0> \"x\")", |imap| {
            Box::pin(async { shown(imap.section(7, "1", 0, 9).await) })
        }),
        ("APPEND", "S: * 5 EXISTS", |imap| {
            Box::pin(async { shown(imap.append(&FolderName::new("Sent"), &["\\Seen"], b"x").await) })
        }),
    ];
    let ends = [
        ("S: $ NO [NOPERM] no", "no NOPERM"),
        ("S: $ NO", "no"),
        ("S: $ BAD what", "bad"),
        ("END", "closed"),
        ("S: * BYE bye", "closed"),
        ("S: * BYE bye\nS: $ OK", "closed"),
        ("S: a999 OK another", "protocol"),
        ("R: * 1 FETCH (UID", "closed"),
        ("S: * what is this", "protocol"),
        ("S: +", "protocol"),
        ("SILENCE", "timeout 60"),
    ];
    for (command, data, act) in acts {
        for (end, expected) in ends {
            if command == "APPEND" && end == "S: +" {
                continue; // there it is the go-ahead
            }
            let script = format!("C: {command}…\n{data}\n{end}");
            check(&script.clone(), &script, async |imap| act(imap).await, expected).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_silence_or_a_cancelled_command_nothing_more_is_said() {
    let act = async |imap: &mut Imap| {
        let first = shown(imap.noop().await);
        format!("{first}, {}", shown(imap.noop().await))
    };
    check("silence", "C: NOOP\nSILENCE", act, "timeout 60, closed").await;
    check("a NO does no harm", "C: NOOP\nS: $ NO\nC: NOOP\nS: $ OK", act, "no, ()").await;
    let cancelled = async |imap: &mut Imap| {
        let _ = tokio::time::timeout(Duration::from_secs(1), imap.noop()).await;
        shown(imap.noop().await)
    };
    check("cancelled", "C: NOOP\nSILENCE", cancelled, "closed").await;
}

#[tokio::test(start_paused = true)]
async fn malformed_answers_end_the_connection_not_the_program() {
    let section = async |imap: &mut Imap| shown(imap.section(7, "1", 0, 9).await);
    let headers = async |imap: &mut Imap| shown(imap.headers(&[7], &mut |_| {}).await);
    let structure = async |imap: &mut Imap| shown(imap.structure(7).await.map(|parts| parts.map(|parts| parts.len())));
    let deep = |depth: usize| {
        format!(
            "C: UID FETCH…\nS: * 1 FETCH (UID 7 BODYSTRUCTURE {})\nS: $ OK",
            "(".repeat(depth)
        )
    };
    check("10,000 parentheses", &deep(10_000), structure, "protocol").await;
    check("200 parentheses", &deep(200), structure, "protocol").await;
    check(
        "NIL for a date panics in imap-proto",
        "C: UID FETCH…\nS: * 1 FETCH (UID 7 INTERNALDATE NIL)",
        headers,
        "protocol",
    )
    .await;
    check(
        "so does text right after a code",
        "C: UID FETCH…\nS: * OK [ALERT]é",
        headers,
        "protocol",
    )
    .await;
    check(
        "a literal of 4 GB",
        "C: UID FETCH…\nS: * 1 FETCH (UID 7 BODY[1] {4294967295}",
        section,
        "protocol",
    )
    .await;
    check(
        "more than was asked for",
        "C: UID FETCH…\nS: * 1 FETCH (UID 7 BODY[1]<0> \"ten octets\")\nS: $ OK",
        section,
        "protocol",
    )
    .await;
    let injected = async |imap: &mut Imap| shown(imap.section(7, "1] BODY[", 0, 9).await);
    check("a section that is a command", "", injected, "protocol").await;
}

#[tokio::test(start_paused = true)]
async fn appending_waits_for_the_go_ahead_and_the_ok() {
    let act = async |imap: &mut Imap| {
        shown(
            imap.append(&FolderName::new("Envoyés"), &["\\Seen"], b"A: b\r\n\r\nc")
                .await,
        )
    };
    let begin = "C: APPEND \"Envoy&AOk-s\" (\\Seen) {9}\n";
    let body = "S: + go\nL: 11\n";
    check(
        "APPENDUID",
        &format!("{begin}{body}S: $ OK [APPENDUID 5 42] done"),
        act,
        "Some((5, 42))",
    )
    .await;
    check("without UIDPLUS", &format!("{begin}{body}S: $ OK done"), act, "None").await;
    check(
        "data before the go-ahead",
        &format!("{begin}S: * 3 EXISTS\nS: * 1 RECENT\n{body}S: * 4 EXISTS\nS: $ OK"),
        act,
        "None",
    )
    .await;
    check(
        "no such folder",
        &format!("{begin}S: $ NO [TRYCREATE] no"),
        act,
        "no TRYCREATE",
    )
    .await;
    check(
        "full",
        &format!("{begin}{body}S: $ NO [OVERQUOTA] full"),
        act,
        "no OVERQUOTA",
    )
    .await;
    check("lost after the literal", &format!("{begin}{body}"), act, "closed").await;
    check(
        "silence after the literal",
        &format!("{begin}{body}SILENCE"),
        act,
        "timeout 60",
    )
    .await;
    check("taken without the literal", &format!("{begin}S: $ OK"), act, "protocol").await;
}
