//! The follow-up as the customer gets it: a reply inside the conversation, to the right people.

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::{ME, MailHost, Options};
use crate::program::until;
use base64::Engine as _;

const CLAIRE: &str = "claire@atelier-morel.example";

/// Claire's word of thanks for the invoice, weeks ago: she copied a colleague and a stranger, and wants answers elsewhere.
fn thanks(invoice: &Owed) -> Vec<u8> {
    let id = format!("<invoice-{}@test.example>", invoice.number);
    mail(
        &[
            &format!("From: Claire Morel <{CLAIRE}>"),
            &format!("To: Camille Roux <{ME}>"),
            "Cc: compta@atelier-morel.example, Me Dupuis <avocat@elsewhere.example>",
            "Reply-To: claire.privee@elsewhere.example",
            "Subject: RE: Facture 2026-014 - vos travaux",
            "Message-ID: <thanks@atelier-morel.example>",
            &format!("In-Reply-To: {id}"),
            &format!("References: <quote-7@test.example> {id}"),
        ],
        "Bonjour Camille,\n\nBien reçu, merci, je regarde ça.\n\nClaire",
    )
}

/// The heart of the program: who gets a follow-up sees an answer to the last mail, with the invoice at hand, and the
/// user sees it in Sent once, read, as if he had written it.
#[test]
fn a_follow_up_continues_the_conversation() {
    let firm = Firm::with(&[("smtp.save_to_sent", "\"auto\"")]);
    let invoice = owed("2026-014", CLAIRE);
    firm.file("INBOX", &thanks(&invoice), days_ago(30));
    firm.invoice(&[invoice]);
    let daemon = firm.daemon_ready();
    let sent = firm.only_one_to(CLAIRE);
    let raw = &sent.raw;
    assert_eq!(
        header(raw, "Subject"),
        "Re: Facture 2026-014 - vos travaux",
        "the very same subject"
    );
    assert_eq!(
        ids(raw, "In-Reply-To"),
        ["thanks@atelier-morel.example"],
        "it answers the last mail"
    );
    let own = id_of(raw);
    let chain = [
        "quote-7@test.example",
        "invoice-2026-014@test.example",
        "thanks@atelier-morel.example",
        &own,
    ];
    assert_eq!(ids(raw, "References"), chain, "the whole chain, and its own id last");
    let text = text_of(raw);
    assert!(text.contains("> Bien reçu, merci"), "the last mail is quoted: {text}");
    assert!(text.contains("Claire Morel a écrit"), "and says whose it is: {text}");
    let files = files_of(raw);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, "Facture 2026-014.pdf");
    assert!(files[0].1.starts_with(PDF), "the invoice is at hand again");
    assert!(
        header(raw, "From").contains(ME) && sent.envelope_from == ME,
        "from the user's own address"
    );

    // Nobody files the copy, so we do: after the second look, once, read.
    let copies = || {
        let sent = firm.host.folder(ME, "Sent");
        sent.into_iter()
            .filter(|stored| id_of(&stored.raw) == own)
            .collect::<Vec<_>>()
    };
    assert!(until(PATIENCE, || !copies().is_empty()), "the copy in Sent");
    firm.settled();
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    let copies = copies();
    assert_eq!(copies.len(), 1, "once, also after a restart");
    assert_eq!(copies[0].flags, ["\\Seen"]);
    assert_eq!(
        copies[0].raw.trim_ascii_end(),
        raw.trim_ascii_end(),
        "the very mail that went out"
    );
    let case = firm.case("2026-014");
    assert_eq!(case["sent"][0]["message_id"], own.as_str());
    assert_eq!(
        (&case["sent"][0]["step"], &case["sent"][0]["outcome"]),
        (&"friendly".into(), &"accepted".into())
    );
    assert_eq!(case["state"], "waiting");
}

/// A reminder about money is for the customer alone: colleagues at his own domain who were in the conversation stay,
/// a stranger in Cc goes, and a Reply-To never leads elsewhere. What was left out is told.
#[test]
fn only_the_customers_people_get_it() {
    let firm = Firm::open();
    let invoice = owed("2026-014", CLAIRE);
    firm.file("INBOX", &thanks(&invoice), days_ago(30));
    firm.invoice(&[invoice]);
    firm.round();
    let sent = firm.only_one_to(CLAIRE);
    assert_eq!(sent.to, [CLAIRE, "compta@atelier-morel.example"]);
    assert!(header(&sent.raw, "To").contains(CLAIRE));
    assert_eq!(header(&sent.raw, "Cc"), "compta@atelier-morel.example");
    assert!(
        !String::from_utf8_lossy(&sent.raw).contains("elsewhere.example"),
        "neither in a header nor quoted"
    );
    let digest = firm.amiable(&["digest", "--print"]).ok();
    assert!(
        digest.contains("avocat@elsewhere.example"),
        "the digest names who was left out:\n{digest}"
    );
}

/// At a provider of free mail everybody has the same domain: nobody in Cc is a colleague there.
#[test]
fn people_of_a_freemail_domain_are_strangers() {
    let firm = Firm::open();
    let email = "paul.durand@gmail.com";
    let invoice = owed("2026-020", email);
    firm.file(
        "Sent",
        &invoice.mail_with(&["Cc: voisin.du.dessous@gmail.com"]),
        invoice.issued(),
    );
    firm.import(&[invoice]);
    firm.round();
    assert_eq!(firm.only_one_to(email).to, [email]);
}

/// Outlook sorts by its own index, and an HTML conversation wants an HTML answer; both are continued where they exist.
#[test]
fn an_outlook_conversation_in_html_is_continued_in_kind() {
    let firm = Firm::open();
    let root = base64::engine::general_purpose::STANDARD.encode([
        1, 0xdc, 0x9b, 0xfd, 0xf7, 0xc2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ]);
    let invoice = owed("2026-021", "tom@northbridge.example").english();
    let raw = crlf(&format!(
        "From: Camille Roux <{ME}>\nTo: {}\nSubject: Invoice 2026-021\nMessage-ID: <html-21@test.example>\n\
         Thread-Topic: Invoice 2026-021\nThread-Index: {root}\nDate: {}\nMIME-Version: 1.0\n\
         Content-Type: text/html; charset=utf-8\n\n<p>Hello Tom,</p><p>please find <b>invoice</b> 2026-021.</p>\n",
        invoice.email,
        morning(invoice.issued()).to_rfc2822()
    ));
    firm.file("Sent", &raw, invoice.issued());
    firm.import(std::slice::from_ref(&invoice));
    firm.round();
    let sent = firm.only_one_to(&invoice.email).raw;
    assert_eq!(header(&sent, "Thread-Topic"), "Invoice 2026-021");
    let index = base64::engine::general_purpose::STANDARD
        .decode(header(&sent, "Thread-Index"))
        .unwrap();
    let parent = base64::engine::general_purpose::STANDARD.decode(&root).unwrap();
    assert!(
        index.starts_with(&parent) && index.len() == parent.len() + 5,
        "one child block more"
    );
    let message = parsed(&sent);
    assert!(
        message.html_body_count() == 1 && message.text_body_count() >= 1,
        "HTML and plain text"
    );
    assert!(text_of(&sent).contains("> Hello Tom,"), "{}", text_of(&sent));
}

/// Where no mail of the invoice is known, a conversation begins; and of two numbers that begin alike each is answered
/// in its own conversation.
#[test]
fn each_invoice_has_its_own_conversation() {
    let firm = Firm::on(MailHost::start(Options::default()), &[]);
    let (one, fourteen) = (
        owed("2026-1", "jean@leroy.example"),
        owed("2026-14", "jean@leroy.example"),
    );
    firm.invoice(&[one, fourteen]);
    firm.import(&[owed("2026-30", "sans@trace.example")]);
    firm.round();
    let mut threads: Vec<_> = firm
        .sent_to("jean@leroy.example")
        .iter()
        .map(|sent| ids(&sent.raw, "In-Reply-To"))
        .collect();
    threads.sort();
    assert_eq!(
        threads,
        [["invoice-2026-14@test.example"], ["invoice-2026-1@test.example"]]
    );
    let new = firm.only_one_to("sans@trace.example").raw;
    assert!(ids(&new, "In-Reply-To").is_empty(), "a new conversation");
    assert_eq!(
        ids(&new, "References"),
        [id_of(&new)],
        "that answers can be tied to, even where ids are rewritten"
    );
    assert!(parsed(&new).subject().unwrap().contains("2026-30"));
}
