//! The daily mail to the user: at its hour, once, with everything in it and nothing of a customer's making unescaped.

use chrono::Timelike;

use crate::end_to_end::firm::*;
use crate::end_to_end::mails::*;
use crate::mailhost::ME;
use crate::program::until;

/// A minute of the user's clock that is just far enough away to make things ready before.
fn soon() -> String {
    let minutes = if clock_in(0).second() < 45 { 1 } else { 2 };
    clock_in(minutes).format("\"%H:%M\"").to_string()
}

/// The digests in the user's INBOX.
fn digests(firm: &Firm) -> Vec<Vec<u8>> {
    let mails = firm.host.folder_messages(ME, "INBOX");
    mails
        .into_iter()
        .filter(|raw| id_of(raw).starts_with("amiable."))
        .collect()
}

/// The one promise of the program to its user: once a day, at the hour he chose, he hears what was understood, done and
/// planned. Not at the start, not twice, not again after a restart.
#[test]
fn it_arrives_once_at_its_hour() {
    let at = soon();
    let firm = Firm::with(&[("digest.at", &at)]);
    let hostile =
        "Nous contestons <script>alert('x')</script><img src=http://evil.example/p.png> cette facture & tout.";
    firm.invoice(&[
        owed("2026-101", "claire@morel.example"),
        owed("2026-201", "b@autre.example"),
        owed("2026-301", "c@demain.example").late(2),
    ]);
    let daemon = firm.daemon_ready();
    let reminder = firm.only_one_to("claire@morel.example").raw;
    let name = "\"<b>Claire</b> Morel\" <claire@morel.example>";
    firm.receives(&answer(&reminder, name, hostile));
    firm.settled();
    assert!(
        digests(&firm).is_empty(),
        "nothing before its hour, and nothing at the start"
    );
    assert!(
        until(std::time::Duration::from_secs(150), || !digests(&firm).is_empty()),
        "it comes at {at}"
    );
    firm.settled();
    assert_eq!(daemon.stop(), Some(0));
    firm.round();
    let found = digests(&firm);
    assert_eq!(found.len(), 1, "once");
    let raw = &found[0];
    assert!(header(raw, "From").contains(ME) && header(raw, "To").contains(ME));
    let message = parsed(raw);
    let text = message.body_text(0).unwrap().into_owned();
    let html = message.body_html(0).unwrap().into_owned();
    assert!(
        message.html_body_count() == 1 && message.text_body_count() >= 1,
        "text and HTML"
    );
    for page in [&text, &html] {
        for word in ["2026-101", "2026-201", "2026-301", "Morel", "contest", "despite"] {
            assert!(page.contains(word), "{word} in\n{page}");
        }
    }
    for tag in ["<script", "<img", "<b>Claire"] {
        assert!(!html.contains(tag), "{tag} came through:\n{html}");
    }
    assert!(html.contains("&lt;script"), "shown as what it is:\n{html}");
    let case = firm.case("2026-101");
    assert_eq!(case["state"], "held", "the digest itself is nobody's answer: {case}");
}

/// `--send` mails it now; what it told is not new a second time, but a question stays until it is answered.
#[test]
fn it_can_be_sent_on_demand() {
    let firm = Firm::open();
    firm.invoice(&[
        owed("2026-101", "claire@morel.example"),
        owed("2026-201", "b@autre.example"),
    ]);
    firm.round();
    let reminder = firm.only_one_to("claire@morel.example").raw;
    firm.receives(&answer(
        &reminder,
        "claire@morel.example",
        "Nous contestons cette facture.",
    ));
    firm.round();
    firm.amiable(&["digest", "--send"]).ok();
    let found = digests(&firm);
    assert_eq!(found.len(), 1);
    assert!(text_of(&found[0]).contains("2026-201"), "what was sent is in it");
    let next = firm.amiable(&["digest", "--print"]).ok();
    assert!(
        next.contains("2026-101"),
        "the dispute is asked about until it is settled: {next}"
    );
    assert_eq!(firm.sent_to(ME).len(), 1, "--print sends nothing");
}
