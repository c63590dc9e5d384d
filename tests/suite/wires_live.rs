//! Logins and IMAP against a real Dovecot: what the scripts in the other files assume, servers must do.

use std::time::{Duration, Instant};

use amiable::model::message_id::MessageId;
use amiable::wires::imap::fault::ImapError;
use amiable::wires::imap::idle::IdleNews;
use amiable::wires::imap::naming::{FolderName, Role};
use amiable::wires::imap::session::Imap;
use amiable::wires::net::credential::{Auth, Secret};
use amiable::wires::net::dialer::Dialer;
use amiable::wires::net::endpoint::{Endpoint, Tls};
use amiable::wires::net::fault::{Distrust, NetError};
use amiable::wires::smtp::fault::SmtpError;
use amiable::wires::smtp::submission::Submission;

use crate::mailhost::{DEBTOR, ME, MailHost, Options, PASSWORD};

pub fn password() -> Auth {
    Auth::Password(Secret::new(PASSWORD))
}

pub fn endpoint(port: u16, tls: Tls) -> Endpoint {
    Endpoint {
        host: "127.0.0.1".into(),
        port,
        tls,
    }
}

pub fn dialer(host: &MailHost, ca_file: &str) -> Dialer {
    Dialer::network(Some(&host.root.join("etc").join(ca_file))).unwrap()
}

async fn login(host: &MailHost, auth: &Auth) -> Result<Imap, ImapError> {
    Imap::connect(&dialer(host, "ca.pem"), &endpoint(host.imaps, Tls::Implicit), ME, auth).await
}

async fn inbox(host: &MailHost) -> Imap {
    let mut imap = login(host, &password()).await.unwrap();
    imap.examine(&FolderName::inbox()).await.unwrap();
    imap
}

pub fn mail(id: &str, body: &str) -> Vec<u8> {
    let text = format!("From: {DEBTOR}\nTo: {ME}\nSubject: =?utf-8?q?R=C3=A9?=\nMessage-ID: <{id}>\n\n{body}");
    text.replace('\n', "\r\n").into_bytes()
}

#[tokio::test]
async fn certificates_are_accepted_or_explained() {
    let check = async |shown: &'static str, file: Option<&str>, expected: Option<Distrust>| {
        let host = MailHost::start(Options {
            certificate: shown,
            ..Options::default()
        });
        let dialer = match file {
            Some(file) => dialer(&host, file),
            None => Dialer::network(None).unwrap(),
        };
        for (port, tls) in [(host.imaps, Tls::Implicit), (host.imap, Tls::Starttls)] {
            let found = match Imap::connect(&dialer, &endpoint(port, tls), ME, &password()).await {
                Err(ImapError::Net(NetError::Untrusted { why, .. })) => Some(why),
                other => other.map(|_| None).unwrap(),
            };
            assert_eq!(found, expected, "{shown} with {file:?} over {tls:?}");
        }
        for (port, tls) in [
            (host.sink_tls, Tls::Implicit),
            (host.sink, Tls::Starttls),
            (host.submission, Tls::Starttls),
        ] {
            let found = match Submission::connect(&dialer, &endpoint(port, tls), ME, &password(), "test.example").await
            {
                Err(SmtpError::Net(NetError::Untrusted { why, .. })) => Some(why),
                other => other.map(|_| None).unwrap(),
            };
            assert_eq!(
                found, expected,
                "{shown} with {file:?} over {tls:?} to the sink or the submission port"
            );
        }
    };
    check("ca", Some("ca.pem"), None).await;
    check("ca", None, Some(Distrust::UnknownIssuer)).await;
    check("self", Some("self.pem"), None).await;
    check("self", Some("ca.pem"), Some(Distrust::UnknownIssuer)).await;
    check("other", Some("ca.pem"), Some(Distrust::WrongName)).await;
    check("other", Some("other.pem"), None).await; // pinned: the very certificate that the user named
}

#[tokio::test]
async fn what_is_not_tls_or_not_local_is_explained() {
    let host = MailHost::start(Options::default());
    let dialer = dialer(&host, "ca.pem");
    let wrong_port = Imap::connect(&dialer, &endpoint(host.imap, Tls::Implicit), ME, &password())
        .await
        .unwrap_err();
    assert!(
        matches!(wrong_port, ImapError::Net(NetError::NotTls { .. })),
        "{wrong_port}"
    );
    assert!(
        Imap::connect(&dialer, &endpoint(host.imap, Tls::None), ME, &password())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let host = MailHost::start(Options::default());
    let wrong = Auth::Password(Secret::new("wrong"));
    let refused = login(&host, &wrong).await.unwrap_err();
    assert!(refused.is_login() && !refused.is_transient(), "{refused:?}");
    host.sink_password("another");
    let sink = endpoint(host.sink_tls, Tls::Implicit);
    let refused = Submission::connect(&dialer(&host, "ca.pem"), &sink, ME, &wrong, "test.example").await;
    assert!(
        matches!(refused, Err(SmtpError::LoginRefused { code: 535, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn busy_servers_are_told_from_refusals() {
    let host = MailHost::start(Options {
        connections_max: 1,
        oauth_seconds: Some(3600),
        ..Options::default()
    });
    let tokens = format!(r#"{{"T": {{"email": "{ME}", "active": true}}}}"#);
    std::fs::write(host.root.join("tokens.json"), tokens).unwrap();
    let token = |text: &str| Auth::OAuth2(Secret::new(text));
    let first = login(&host, &token("T")).await.unwrap();
    let second = login(&host, &password()).await.unwrap_err();
    assert!(
        matches!(second, ImapError::LoginUnavailable { limit: true, .. }),
        "{second:?}"
    );
    first.logout().await;
    let submission = endpoint(host.submission, Tls::Starttls);
    let dialer = dialer(&host, "ca.pem");
    Submission::connect(&dialer, &submission, ME, &token("T"), "test.example")
        .await
        .unwrap()
        .quit()
        .await;

    std::fs::write(host.root.join("tokens.mode"), "").unwrap();
    let down = login(&host, &token("other")).await.unwrap_err();
    assert!(
        matches!(down, ImapError::LoginUnavailable { limit: false, .. }) && down.is_transient(),
        "{down:?}"
    );
}

/// Each refusal on a host of its own, because Dovecot answers later and later after one.
#[tokio::test]
async fn a_stale_token_is_told_with_its_reason() {
    let oauth = || {
        MailHost::start(Options {
            oauth_seconds: Some(3600),
            ..Options::default()
        })
    };
    let stale = Auth::OAuth2(Secret::new("stale"));
    let host = oauth();
    let refused = login(&host, &stale).await.unwrap_err();
    assert!(refused.is_login() && refused.detail().contains("status"), "{refused:?}"); // from the challenge
    let host = oauth();
    let submission = endpoint(host.submission, Tls::Starttls);
    let refused = Submission::connect(&dialer(&host, "ca.pem"), &submission, ME, &stale, "test.example").await;
    let refused = refused.unwrap_err();
    assert!(refused.is_login() && refused.detail().contains("status"), "{refused:?}");
}

#[tokio::test]
async fn folders_have_roles_states_and_any_name() {
    let odd = ["Entwürfe", "Clients & Cie", "日本語 🧾", "a \"quoted\" one", "Envoyés"];
    for capabilities in ["", "IMAP4rev1 UIDPLUS"] {
        let host = MailHost::start(Options {
            capabilities,
            ..Options::default()
        });
        for name in odd {
            host.doveadm(&["mailbox", "create", "-u", ME, name]);
        }
        let mut imap = login(&host, &password()).await.unwrap();
        let folders = imap.folders().await.unwrap();
        let find = |name: &str| {
            folders
                .iter()
                .find(|folder| folder.name.as_str() == name)
                .unwrap_or_else(|| panic!("{name}"))
        };
        assert_eq!(
            (find("INBOX").role, find("Sent").role),
            (Some(Role::Inbox), Some(Role::Sent))
        );
        assert_eq!(find("Envoyés").role, None); // Sent has the flag, or at least the plainer name
        for name in odd {
            let status = imap.status(&find(name).name).await.unwrap();
            assert_eq!(status, find(name).status.unwrap_or(status), "{name}");
            assert_eq!(
                imap.examine(&FolderName::new(name)).await.unwrap().uid_validity,
                status.uid_validity
            );
        }
        assert_eq!(find("Entwürfe").status.is_some(), capabilities.is_empty()); // LIST-STATUS where there is one
        let missing = imap.examine(&FolderName::new("Missing")).await.unwrap_err();
        assert!(matches!(missing, ImapError::No { .. }), "{missing:?}"); // Dovecot 2.3 has no code for it
        imap.noop().await.unwrap(); // a NO does no harm
        imap.logout().await;
    }
}

#[tokio::test]
async fn copies_are_appended_and_found_again() {
    let host = MailHost::start(Options::default());
    let mut imap = inbox(&host).await;
    let (sent, raw) = (FolderName::new("Sent"), mail("copy.1@test.example", "a\n.\nb é\n"));
    let (validity, uid) = imap.append(&sent, &["\\Seen"], &raw).await.unwrap().unwrap();
    assert_eq!(imap.examine(&sent).await.unwrap().uid_validity, validity);
    let id = MessageId::parse("<copy.1@test.example>").unwrap();
    assert_eq!(imap.uids_by_message_id(&id).await.unwrap(), [uid]);
    let other = MessageId::parse("copy.2@test.example").unwrap();
    assert_eq!(imap.uids_by_message_id(&other).await.unwrap(), [0_u32; 0]);
    assert_eq!(imap.section(uid, "", 0, 100_000).await.unwrap().unwrap(), raw);
    let mut flags = Vec::new();
    imap.headers(&[uid], &mut |item| flags = item.flags).await.unwrap();
    assert!(flags.contains(&"\\Seen".to_string()), "{flags:?}");
    let missing = imap.append(&FolderName::new("Missing"), &[], &raw).await.unwrap_err();
    assert!(
        matches!(missing, ImapError::No { code: Some(ref code), .. } if code == "TRYCREATE"),
        "{missing:?}"
    );
    // Mail arrives while the literal is under way: data before the go-ahead.
    host.deliver(&mail("in.1@test.example", "x"), ME);
    imap.examine(&FolderName::inbox()).await.unwrap();
    host.deliver(&mail("in.2@test.example", "x"), ME);
    assert!(imap.append(&sent, &[], &raw).await.unwrap().is_some());
}

#[tokio::test]
async fn headers_and_sections_are_exact_and_leave_no_trace() {
    let host = MailHost::start(Options::default());
    let big = format!("{}\n", "0123456789".repeat(9)).repeat(60_000); // 5.5 MB
    host.deliver(&mail("small@test.example", "Bonjour é\n"), ME);
    host.deliver(&mail("big@test.example", &big), ME);
    let mut imap = inbox(&host).await;
    let today = chrono::Utc::now().date_naive() - chrono::Days::new(1);
    let uids = imap.uids_since(today).await.unwrap();
    assert_eq!(
        (imap.uids_from(1).await.unwrap(), imap.uids_from(99).await.unwrap()),
        (uids.clone(), vec![])
    );
    let mut items = Vec::new();
    let came = imap
        .headers(&[uids[0], uids[1], 77], &mut |item| items.push(item))
        .await
        .unwrap();
    assert_eq!(came.into_iter().collect::<Vec<_>>(), uids); // 77 was never there
    let header = String::from_utf8(items[0].header.clone()).unwrap();
    assert!(
        header.contains("Message-ID: <small@test.example>") && header.contains("Return-Path:"),
        "{header}"
    );
    assert!(items[1].octets > 5_000_000 && (chrono::Utc::now() - items[1].internal_date).num_seconds().abs() < 60);

    let mut whole = Vec::new();
    while let Some(piece) = imap
        .section(uids[1], "TEXT", whole.len() as u32, 256 * 1024)
        .await
        .unwrap()
    {
        if piece.is_empty() {
            break;
        }
        whole.extend(piece);
    }
    assert!(
        whole == big.replace('\n', "\r\n").into_bytes(),
        "{} octets",
        whole.len()
    );
    assert_eq!(imap.section(77, "1", 0, 9).await.unwrap(), None);
    assert_eq!(imap.structure(77).await.unwrap(), None);
    let parts = imap.structure(uids[0]).await.unwrap().unwrap();
    assert_eq!(
        (parts.len(), parts[0].section.as_str(), parts[0].media_type.as_str()),
        (1, "1", "text/plain")
    );
    imap.headers(&uids, &mut |item| {
        assert!(!item.flags.contains(&"\\Seen".to_string()), "{item:?}")
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn no_structure_of_a_mail_ends_the_program() {
    let host = MailHost::start(Options::default());
    let nested = |levels: usize| {
        let open = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
        (0..levels).map(open).collect::<String>() + "Content-Type: text/plain\n\nx\n"
    };
    let head = format!("From: {DEBTOR}\nTo: {ME}\nMIME-Version: 1.0\n");
    let forwarded = "Content-Type: message/rfc822\n\n".repeat(5000);
    let names = "Content-Type: text/plain; name=\"a\\\"(((\\\\\";\n filename*=utf-8''%00; x=\"\u{e9}(\"\nContent-ID: (((\nContent-Language: ((\nContent-Location: \"\n\nx\n";
    let many = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n{}",
        "--b\nContent-Type: text/plain\n\nx\n".repeat(20_000)
    );
    let hostile = [
        nested(50),
        nested(5000),
        forwarded,
        names.to_string(),
        many,
        "Content-Type: (((\n\nx\n".into(),
    ];
    for (number, structure) in hostile.iter().enumerate() {
        host.deliver(format!("{head}{structure}").replace('\n', "\r\n").as_bytes(), ME);
        let mut imap = inbox(&host).await;
        let uid = *imap.uids_from(1).await.unwrap().last().unwrap();
        let begin = Instant::now();
        let found = imap.structure(uid).await;
        let shown = found.as_ref().map(|parts| parts.as_ref().map(Vec::len));
        println!("structure {number}: {shown:?} in {:?}", begin.elapsed());
        assert!(
            matches!(found, Ok(Some(_)) | Err(ImapError::Protocol { .. })),
            "{number}"
        );
        // Whatever came of it, the message itself can be read.
        let mut imap = inbox(&host).await;
        assert!(!imap.section(uid, "", 0, 256 * 1024).await.unwrap().unwrap().is_empty());
    }
}

#[tokio::test]
async fn waiting_ends_with_news_and_with_the_connection() {
    let host = MailHost::start(Options::default());
    let mut imap = inbox(&host).await;
    imap.idle_begin().await.unwrap();
    host.deliver(&mail("new@test.example", "x"), ME);
    let news = tokio::time::timeout(Duration::from_secs(20), imap.idle_wait()).await;
    assert_eq!(news.unwrap().unwrap(), IdleNews::Changed);
    imap.idle_end().await.unwrap();
    assert_eq!(imap.uids_from(1).await.unwrap().len(), 1);

    imap.idle_begin().await.unwrap();
    host.kick(ME);
    let end = loop {
        match tokio::time::timeout(Duration::from_secs(20), imap.idle_wait())
            .await
            .unwrap()
        {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(end, ImapError::Closed { .. }), "{end:?}");

    let mut imap = inbox(&host).await;
    imap.idle_begin().await.unwrap();
    host.freeze();
    tokio::time::pause(); // nobody answers, so the clock may run ahead
    let dead = imap.idle_end().await.unwrap_err();
    host.thaw();
    assert!(matches!(dead, ImapError::Timeout { seconds: 15, .. }), "{dead:?}");
}

#[tokio::test]
async fn a_vanished_message_is_missing_and_nothing_else() {
    let host = MailHost::start(Options::default());
    for number in 0..3 {
        host.deliver(&mail(&format!("{number}@test.example"), "x"), ME);
    }
    let mut imap = inbox(&host).await;
    let uids = imap.uids_from(1).await.unwrap();
    host.doveadm(&["expunge", "-u", ME, "mailbox", "INBOX", "uid", &uids[1].to_string()]);
    imap.noop().await.unwrap(); // until then Dovecot may still give what it remembers of it
    let came = imap.headers(&uids, &mut |_| {}).await.unwrap();
    assert_eq!(came.into_iter().collect::<Vec<_>>(), [uids[0], uids[2]]);
    assert_eq!(imap.section(uids[1], "1", 0, 9).await.unwrap(), None);
}
