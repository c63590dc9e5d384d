//! Mails as broken programs and ill-meaning people make them: each is read or held, none is lost, none does harm.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;

const NO: &str = "Bonjour,\n\nNous contestons cette facture, le travail n'est pas terminé.";

/// A mail in the conversation of an invoice, with these lines behind the usual ones, and that rest.
fn raw(email: &str, number: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: {email}\nTo: {ME}\nSubject: Re: Facture {number} - vos travaux\n\
         In-Reply-To: <invoice-{number}@test.example>\n{lines}\n"
    );
    [crlf(&head), body.to_vec()].concat()
}

fn id(name: &str) -> String {
    format!("Message-ID: <{name}@bad.example>\nMIME-Version: 1.0\n")
}

/// A mail with that file and, where there is one, that text.
fn with_file(text: &str, kind: &str, name: &str, octets: &[u8]) -> Vec<u8> {
    let text = if text.is_empty() {
        String::new()
    } else {
        format!("--cut\nContent-Type: text/plain; charset=utf-8\n\n{text}\n")
    };
    let file = format!("--cut\nContent-Type: {kind}\nContent-Disposition: attachment; filename=\"{name}\"\n\n");
    [crlf(&text), crlf(&file), octets.to_vec(), b"\r\n--cut--\r\n".to_vec()].concat()
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=\"cut\"\n";

/// What arrives, why it is hard, and the reason for which it must hold.
fn bad_mails(email: &str, number: &str, kind: &str) -> (Vec<u8>, &'static str) {
    let text = NO.as_bytes();
    let make = |lines: String, body: &[u8]| raw(email, number, &lines, body);
    let plain = "Content-Type: text/plain; charset=utf-8\n";
    match kind {
        "no Message-ID" => (make(plain.to_owned(), text), "dispute"),
        "two Message-IDs" => (make(id("one") + &id("two") + plain, text), "dispute"),
        "HTML only" => {
            let html = "<html><body><p>Bonjour,</p><p>Nous <b>contestons</b> cette facture.</p></body></html>";
            (
                make(id("html") + "Content-Type: text/html; charset=utf-8\n", html.as_bytes()),
                "dispute",
            )
        }
        "a boundary that never comes" => (make(id("mime") + MIXED, text), ""),
        "nested without end" => {
            let open = "--cut\nContent-Type: multipart/mixed; boundary=\"cut\"\n\n".repeat(300);
            (make(id("nest") + MIXED, &crlf(&open)), "needs_review")
        }
        "an unknown charset" => {
            let lines = id("charset") + "Content-Type: text/plain; charset=x-klingon-9\n";
            (
                make(
                    lines,
                    b"Bonjour, nous contestons cette facture, le travail n'est pas termin\xe9.",
                ),
                "",
            )
        }
        "octets of another charset" => (
            make(id("octets") + plain, b"Bonjour \xff\xfe\x00, nous contestons."),
            "",
        ),
        "an empty body" => (make(id("empty") + plain, b""), "needs_review"),
        "only a file" => {
            let body = with_file("", "application/pdf", "lettre.pdf", b"%PDF-1.4 letter");
            (make(id("file") + MIXED, &body), "needs_review")
        }
        "five megabytes of photographs" => {
            let photo =
                b"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkI\r\n".repeat(65_000);
            (
                make(
                    id("photo") + MIXED,
                    &with_file(NO, "image/jpeg", "chantier.jpg", &photo),
                ),
                "dispute",
            )
        }
        "a text without end" => {
            let long = format!(
                "Bien reçu, merci, je regarde ça.\n{}",
                "encore une ligne de texte\n".repeat(20_000)
            );
            (make(id("long") + plain, &crlf(&long)), "needs_review")
        }
        "encrypted" => {
            let lines = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"cut\"\n";
            let body = "--cut\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--cut\nContent-Type: \
                        application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n--cut--\n";
            (make(id("pgp") + lines, &crlf(body)), "needs_review")
        }
        "ten kilobytes of references" => {
            let ids: String = (0..200)
                .map(|n| format!("\n <{n}.{}@references.example>", "x".repeat(30)))
                .collect();
            (
                make(format!("References:{ids}\n{}{plain}", id("references")), text),
                "dispute",
            )
        }
        _ => (
            make(
                format!("References: =?utf-8?q?=0D=0ABcc:_x@y?= <\n{}{plain}", id("broken")),
                text,
            ),
            "dispute",
        ),
    }
}

const KINDS: [&str; 14] = [
    "a text without end",
    "no Message-ID",
    "two Message-IDs",
    "HTML only",
    "a boundary that never comes",
    "nested without end",
    "an unknown charset",
    "octets of another charset",
    "an empty body",
    "only a file",
    "five megabytes of photographs",
    "encrypted",
    "ten kilobytes of references",
    "broken references",
];

/// One mailbox full of bad mails: each holds its customer, is kept for the user, and the daemon goes on for the others.
#[test]
fn every_bad_mail_is_read_or_held() {
    let firm = Firm::open();
    let email = |n: usize| format!("a@client{n}.example");
    let number = |n: usize| format!("2026-1{n:02}");
    let invoices: Vec<Owed> = (0..KINDS.len()).map(|n| owed(&number(n), &email(n))).collect();
    for (n, kind) in KINDS.iter().enumerate() {
        firm.receives(&bad_mails(&email(n), &number(n), kind).0);
    }
    firm.invoice(&invoices);
    firm.invoice(&[owed("2026-999", "good@client.example")]);
    let mut daemon = firm.daemon_ready();
    firm.settled();
    assert!(daemon.runs());
    for (n, kind) in KINDS.iter().enumerate() {
        let (_, reason) = bad_mails(&email(n), &number(n), kind);
        let case = firm.case(&number(n));
        assert_eq!(case["state"], "held", "{kind}: {case}");
        assert!(case["hold"]["until"].is_null(), "{kind}: {case}");
        assert_eq!(case["replies"].as_array().unwrap().len(), 1, "{kind}: {case}");
        if !reason.is_empty() {
            assert_eq!(case["hold"]["reason"], reason, "{kind}: {case}");
        }
        assert!(firm.sent_to(&email(n)).is_empty(), "{kind}");
    }
    assert_eq!(firm.sent_to("good@client.example").len(), 1);
    let kept = firm.archived();
    assert!(
        kept.iter().any(|raw| raw.len() > 5_000_000),
        "the photographs are kept for the user"
    );
    assert!(kept.len() > KINDS.len(), "every mail is");
    assert!(
        firm.amiable(&["digest", "--print"]).code == Some(0) && firm.amiable(&["show", "2026-104"]).code == Some(0)
    );
    assert_eq!(daemon.stop(), Some(0));
}

/// A customer who names another customer's invoice in his headers, by malice or by a forwarded mail, is held himself:
/// it is his mail.
#[test]
fn foreign_references_do_not_hide_their_sender() {
    let firm = Firm::open();
    firm.invoice(&[owed("2026-101", "a@morel.example"), owed("2026-201", "b@autre.example")]);
    firm.receives(&mail(
        &[
            "From: b@autre.example",
            "Subject: Re: tout autre chose",
            "Message-ID: <f@autre.example>",
            "In-Reply-To: <invoice-2026-101@test.example>",
        ],
        NO,
    ));
    firm.round();
    let case = firm.case("2026-201");
    assert_eq!(case["state"], "held", "who wrote it: {case}");
    assert!(firm.sent_to("b@autre.example").is_empty());
}

/// What stands in a customer's headers does not become a header of ours, nor a recipient, nor a line too long to send.
#[test]
fn hostile_headers_do_not_pass_into_ours() {
    let firm = Firm::open();
    let invoice = owed("2026-101", "a@morel.example");
    let ids: String = (0..400)
        .map(|n| format!(" <{n}.{}@references.example>", "x".repeat(30)))
        .collect();
    let hostile = [
        "From: =?utf-8?q?Anne=0D=0ABcc:_one@evil.example?= <a@morel.example>",
        &format!("To: {ME}"),
        "Cc: \"two@evil.example\" <three@evil.example>, a@morel.example.evil.example",
        "Reply-To: four@evil.example",
        "Subject: =?utf-8?q?Re:_Facture=0D=0ABcc:_five@evil.example=0D=0A=0D=0Atexte?=",
        "Message-ID: <h@morel.example>",
        "In-Reply-To: <invoice-2026-101@test.example>",
        &format!("References:{ids}"),
    ];
    firm.file(
        "INBOX",
        &mail(&hostile, "Bien reçu, merci, je regarde ça."),
        days_ago(30),
    );
    firm.invoice(&[invoice]);
    firm.round();
    let sent = firm.only_one_to("a@morel.example");
    assert_eq!(sent.to, ["a@morel.example"]);
    let text = String::from_utf8_lossy(&sent.raw).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(
        !head.lines().any(|line| line.to_lowercase().starts_with("bcc")),
        "{head}"
    );
    assert!(head.lines().all(|line| line.len() <= 998), "{head}");
    assert!(header(&sent.raw, "References").len() <= 10_000);
    assert_eq!(ids_of_ends(&sent.raw), ("h@morel.example".to_owned(), id_of(&sent.raw)));
}

/// What it answers, and the last of its references.
fn ids_of_ends(raw: &[u8]) -> (String, String) {
    (ids(raw, "In-Reply-To").remove(0), ids(raw, "References").pop().unwrap())
}
