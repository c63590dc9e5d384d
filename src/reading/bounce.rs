//! Delivery reports: what a mail system says it could not deliver, by RFC 3464 or in its own words.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::address::Address;
use crate::model::message_id::MessageId;
use crate::model::reading::BounceFacts;
use crate::reading::header;
use crate::reading::parse::Letter;
use crate::reading::wordings::{Wordings, even};

use serde::Deserialize;

/// What a row of rules/machines.toml is a sign of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The sender is a mail system.
    SystemSender,
    /// The subject of a delivery report.
    BounceSubject,
    /// A sentence of a delivery report.
    BounceText,
    /// Not delivered yet, still trying.
    Delay,
    /// Why it could not be delivered.
    Cause,
    /// From here on a report shows the message that it is about.
    CopyBegins,
    /// The subject of an answer or a forward.
    AnswerSubject,
    /// The subject of an automatic answer.
    AutoSubject,
    /// An address that nobody reads.
    AutoSender,
    /// A sentence of an automatic answer.
    AutoText,
    /// The same, but only at the beginning.
    AutoOpening,
    /// A sentence that machines do not write.
    Person,
    /// Nobody reads this mailbox.
    Unattended,
}

/// The rules file, also for its test.
pub const RULES: &str = include_str!("../../rules/machines.toml");

/// Compiled once. A faulty file would be an empty one: its test keeps that from happening.
pub static SIGNS: LazyLock<Wordings<Sign>> = LazyLock::new(|| Wordings::read(RULES).unwrap_or_default());

/// As many identifiers of returned messages as are looked at.
const IDS_MAX: usize = 20;

/// A delivery report, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounce {
    /// What it says of the delivery.
    pub facts: BounceFacts,
    /// To whom it could not be delivered.
    pub recipient: Option<Address>,
    /// Identifiers of the message that it is about.
    pub ids: Vec<MessageId>,
    /// What decided.
    pub rule: String,
    /// The deciding words, if from text.
    pub words: Option<String>,
}

/// An enhanced status code (RFC 3463) that is no part of an IP address.
static STATUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?:$|[^\d.]|\.(?:$|\D))").ok());
/// An SMTP reply code (RFC 5321, 4.2) as reports show it.
static REPLY_CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)(?:^|[\s'(:<])([45][0-5]\d)[\s:-]+\S").ok());
/// An address anywhere in a text.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[^\s<>()\[\],;:'«»]+@[^\s<>()\[\],;:'«»]+").ok());

/// Reads the letter as a delivery report, if it is one.
pub fn find(letter: &Letter, reply: &str) -> Option<Bounce> {
    let (rule, words) = proof_of(letter, reply)?;
    let report = delivery_report(letter);
    let text = even(own_part(letter));
    let status = report
        .as_deref()
        .and_then(|report| field(report, "status"))
        .or_else(|| status_in(&text));
    let action = report
        .as_deref()
        .and_then(|report| field(report, "action"))
        .or_else(|| field(&text, "action"));
    let is_delay = match action.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("failed") => false,
        Some("delayed") => true,
        _ => SIGNS.says(Sign::Delay, &even(&letter.subject)) || SIGNS.says(Sign::Delay, &text),
    };
    Some(Bounce {
        facts: BounceFacts {
            status: status.map(|status| matching(&status, is_delay)),
            permanent: !is_delay,
        },
        recipient: recipient_of(letter, report.as_deref(), &text),
        ids: ids_of(letter),
        rule,
        words,
    })
}

/// A delay is never of class 5, whatever cause its words name.
fn matching(status: &str, is_delay: bool) -> String {
    match status.strip_prefix('5') {
        Some(rest) if is_delay => format!("4{rest}"),
        _ => status.to_string(),
    }
}

/// What proves it: a report by the book, a header that only mail systems write, or a system's name together with its words.
fn proof_of(letter: &Letter, reply: &str) -> Option<(String, Option<String>)> {
    let signal = |name: &str| letter.signals.get(name).map(|value| value.to_ascii_lowercase());
    if is_delivered(letter) {
        return None;
    }
    if delivery_report(letter).is_some()
        || signal("content-type")
            .is_some_and(|t| t.contains("report-type=delivery-status") || t.contains("report-type=\"delivery-status"))
    {
        return Some(("report:delivery-status".to_string(), None));
    }
    for name in ["x-failed-recipients", "x-ms-exchange-message-is-ndr"] {
        if signal(name).is_some() {
            return Some((format!("header:{name}"), None));
        }
    }
    by_words(letter, reply)
}

fn by_words(letter: &Letter, reply: &str) -> Option<(String, Option<String>)> {
    let subject = even(&letter.subject);
    let sender = sender_of(letter);
    let is_system = SIGNS.says(Sign::SystemSender, &sender);
    let has_subject = SIGNS.says(Sign::BounceSubject, &subject);
    if !is_system && !has_subject {
        return None;
    }
    // Of a person only the new words count; a system's report may quote anything.
    let text = if is_system { own_part(letter) } else { reply };
    let evened = even(text);
    let found = SIGNS
        .of(Sign::BounceText)
        .chain(SIGNS.of(Sign::Delay))
        .find_map(|row| Some((row, row.find(&evened)?)));
    let coded = status_code(&evened).is_some();
    let points = 2 * i32::from(is_system)
        + 2 * i32::from(has_subject)
        + 2 * i32::from(found.is_some())
        + i32::from(coded)
        + i32::from(letter.return_path_is_null)
        + i32::from(
            letter
                .signals
                .get("auto-submitted")
                .is_some_and(|value| !value.trim_start().starts_with("no")),
        );
    // A person may jest in the words of a mail system, but not from its address.
    let needed = if is_system { 4 } else { 5 };
    if points < needed || found.is_none() && !coded && !has_subject {
        return None;
    }
    let (row, range) = found.map_or((None, None), |(row, range)| (Some(row), Some(range)));
    let rule = row.map_or("sender:mail-system".to_string(), |row| format!("text:{}", row.row.id));
    let words = range.map(|range| crate::reading::wordings::in_original(text, &evened, range).to_string());
    Some((rule, words))
}

/// Name and address as they are shown.
pub fn sender_of(letter: &Letter) -> String {
    letter.from.as_ref().map_or(String::new(), |from| {
        even(&format!("{} <{}>", from.name.as_deref().unwrap_or(""), from.address))
    })
}

/// A report that it was delivered, relayed or expanded is no bounce.
fn is_delivered(letter: &Letter) -> bool {
    let actions: Vec<String> = letter
        .reports
        .iter()
        .flat_map(|report| fields(&report.text, "action"))
        .map(|a| a.to_ascii_lowercase())
        .collect();
    !actions.is_empty()
        && actions
            .iter()
            .all(|action| matches!(action.as_str(), "delivered" | "relayed" | "expanded"))
}

fn delivery_report(letter: &Letter) -> Option<String> {
    let of = |report: &&crate::reading::parse::ReportPart| report.media_type.ends_with("delivery-status");
    letter.reports.iter().find(of).map(|report| worst_first(&report.text))
}

/// Of several recipients those that failed come first.
fn worst_first(report: &str) -> String {
    let mut groups: Vec<&str> = report.split("\n\n").collect();
    groups.sort_by_key(|group| field(group, "action").is_none_or(|action| !action.eq_ignore_ascii_case("failed")));
    groups.join("\n\n")
}

fn fields<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = String> + use<'t> {
    text.lines().filter_map(move |line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_string())
    })
}

fn field(text: &str, name: &str) -> Option<String> {
    fields(text, name).next()
}

/// The report's own words: the copy of our message below them says nothing.
pub fn own_part(letter: &Letter) -> &str {
    let evened = even(&letter.text);
    let begins = SIGNS
        .of(Sign::CopyBegins)
        .filter_map(|row| row.find(&evened))
        .map(|found| found.start)
        .filter(|at| *at > 40)
        .min();
    let Some(begins) = begins else { return &letter.text };
    let chars = evened.get(..begins).map_or(0, |head| head.chars().count());
    let end = letter
        .text
        .char_indices()
        .nth(chars)
        .map_or(letter.text.len(), |(at, _)| at);
    letter.text.get(..end).unwrap_or(&letter.text)
}

fn status_code(text: &str) -> Option<String> {
    STATUS
        .as_ref()?
        .captures(text)?
        .get(1)
        .map(|code| code.as_str().to_string())
}

/// A status as written, else one derived from the words of the cause and the class of the reply code.
fn status_in(text: &str) -> Option<String> {
    if let Some(code) = status_code(text) {
        return Some(code);
    }
    let class = REPLY_CODE
        .as_ref()
        .and_then(|regex| regex.captures(text))
        .and_then(|found| found.get(1))
        .map(|code| code.as_str().to_string());
    let cause = SIGNS
        .of(Sign::Cause)
        .find(|row| row.is_in(text))
        .and_then(|row| row.row.value.clone());
    match (cause, class) {
        (Some(cause), Some(class)) if class.starts_with('4') => Some(matching(&cause, true)),
        (Some(cause), _) => Some(cause),
        (None, Some(class)) => Some(format!("{}.0.0", class.chars().next()?)),
        (None, None) => None,
    }
}

fn recipient_of(letter: &Letter, report: Option<&str>, text: &str) -> Option<Address> {
    let from_report =
        report.and_then(|report| field(report, "final-recipient").or_else(|| field(report, "original-recipient")));
    let from_text = || field(text, "final-recipient");
    let typed = from_report.or_else(from_text).and_then(|value| {
        let bare = value
            .rsplit_once(';')
            .map_or(value.clone(), |(_, address)| address.to_string());
        Address::parse(&bare).ok()
    });
    let failed = || {
        letter
            .signals
            .get("x-failed-recipients")
            .and_then(|value| header::any_mailbox(value.as_bytes()))
            .map(|m| m.address)
    };
    typed.or_else(failed).or_else(|| first_address(letter, text))
}

/// The first address in the words that is neither the system's own nor ours.
fn first_address(letter: &Letter, text: &str) -> Option<Address> {
    let is_own = |address: &Address| {
        letter.from.as_ref().is_some_and(|from| from.address == *address)
            || letter.to.iter().any(|to| to.address == *address)
    };
    let found = ADDRESS
        .as_ref()?
        .find_iter(text)
        .filter_map(|word| Address::parse(word.as_str().trim_matches(['.', '"', '*'])).ok());
    found
        .filter(|address| !SIGNS.says(Sign::SystemSender, address.as_str()))
        .find(|address| !is_own(address))
}

fn ids_of(letter: &Letter) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    let texts = letter
        .reports
        .iter()
        .map(|report| report.text.as_str())
        .chain([letter.text.as_str()]);
    for value in texts.flat_map(|text| {
        fields(text, "message-id")
            .chain(fields(text, "original-message-id"))
            .collect::<Vec<_>>()
    }) {
        for id in header::ids_in(value.as_bytes()) {
            if !ids.contains(&id) && ids.len() < IDS_MAX {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use crate::reading::bounce::*;
    use crate::reading::parse::parse;
    use crate::reading::trim::trim;
    use crate::reading::wordings::faults_of;

    #[test]
    fn every_row_finds_its_examples() {
        assert_eq!(faults_of::<Sign>(RULES), Vec::<String>::new());
        assert!(SIGNS.all().len() > 30);
    }

    /// From, subject and further headers; text; (recipient, status, permanent) or nothing.
    fn check(header: &str, text: &str, expected: Option<(&str, &str, bool)>) {
        let letter = parse(format!("To: me@test.example\n{header}\n\n{text}\n").as_bytes());
        let reply = trim(&letter.text, &[]).reply;
        let found = find(&letter, &reply);
        let facts = found.as_ref().map(|bounce| {
            let recipient = bounce.recipient.as_ref().map_or("", Address::as_str);
            (
                recipient,
                bounce.facts.status.as_deref().unwrap_or(""),
                bounce.facts.permanent,
            )
        });
        assert_eq!(facts, expected, "{header}\n\n{text}");
    }

    const DAEMON: &str = "From: Mail Delivery System <MAILER-DAEMON@x.example>";

    #[test]
    fn systems_that_do_not_follow_the_book() {
        let gone = "a@b.example";
        // Postfix
        check(
            &format!("{DAEMON}\nSubject: Undelivered Mail Returned to Sender"),
            "This is the mail system at host x.example.\n\n<a@b.example>: host mx.b.example[203.0.113.24]\n    said: 550 5.1.1 <a@b.example>: User unknown",
            Some((gone, "5.1.1", true)),
        );
        // Exim
        check(
            &format!(
                "{DAEMON}\nSubject: Mail delivery failed: returning message to sender\nX-Failed-Recipients: a@b.example"
            ),
            "A message that you sent could not be delivered.\n\n  a@b.example\n    host mail.b.example [198.51.100.8]\n    552 Mailbox over quota",
            Some((gone, "5.2.2", true)),
        );
        // qmail
        check(
            "From: MAILER-DAEMON@x.example\nSubject: failure notice",
            "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver your message.\n\n<a@b.example>:\nSorry, no mailbox here by that name. (#5.1.1)",
            Some((gone, "5.1.1", true)),
        );
        // Exchange, French
        check(
            "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>\nSubject: Non remis : Rappel",
            "\u{c9}chec de la remise \u{e0} ces destinataires ou groupes :\n\na@b.example\nL'adresse de messagerie que vous avez entr\u{e9}e est introuvable.",
            Some((gone, "5.1.1", true)),
        );
        // Gmail
        check(
            "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: a@b.example",
            "** Address not found **\n\nYour message wasn't delivered to a@b.example",
            Some((gone, "5.1.1", true)),
        );
        // A delay
        check(
            &format!("{DAEMON}\nSubject: Warning: could not send message for past 4 hours"),
            "<a@b.example>... Deferred: Connection timed out\nWill keep trying until message is 5 days old",
            Some((gone, "", false)),
        );
        check(
            "From: postmaster@x.example\nSubject: Avis de retard de remise : Facture",
            "Votre message n'a pas encore pu \u{ea}tre remis :\n\n  a@b.example\n  451 4.4.1 d\u{e9}lai",
            Some((gone, "4.4.1", false)),
        );
        // An IP address is no status.
        check(
            &format!("{DAEMON}\nSubject: failure notice"),
            "<a@b.example>:\nunable to deliver, 5.100.7.8 does not answer",
            Some((gone, "", true)),
        );
    }

    #[test]
    fn people_are_no_mail_systems() {
        check(
            "From: Claire <claire@b.example>\nSubject: Re: facture",
            "Mon mail vous est revenu : 550 5.1.1 User unknown, could not be delivered.",
            None,
        );
        check(
            "From: Claire <claire@b.example>\nSubject: TR: \u{c9}chec de la remise : chaises",
            "Voici la preuve.\n\n---------- Message transf\u{e9}r\u{e9} ---------\nDe : MAILER-DAEMON@x.example\n\n552 5.2.2 over quota",
            None,
        );
        check(
            "From: Raymond <r@b.example>\nSubject: Undelivered Mail Returned to Sender",
            "This is the mail system at host Raymond, 61 ans.\n\nAction: failed",
            None,
        ); // jests
        check(
            "From: postmaster@b.example\nSubject: Re: facture",
            "Nous payons vendredi.",
            None,
        ); // a person with that address
        check(
            "From: Claire <claire@b.example>\nReturn-Path: <>\nSubject: Re: facture",
            "Je ne suis pas la bonne personne.",
            None,
        );
    }

    const REPORT: &str = "From: mailer-daemon@x.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

See below.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; late@b.example
Action: delayed
Status: 4.4.1

Final-Recipient: rfc822; gone@b.example
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: <amiable.1@test.example>
--b--
";

    #[test]
    fn reports_by_the_book() {
        let check = |raw: &str, expected: Option<(&str, &str, bool)>| {
            let found = find(&parse(raw.as_bytes()), "");
            let facts = found.as_ref().map(|f| {
                (
                    f.recipient.as_ref().unwrap().as_str(),
                    f.facts.status.as_deref().unwrap(),
                    f.facts.permanent,
                )
            });
            assert_eq!(facts, expected, "{raw}");
        };
        check(REPORT, Some(("gone@b.example", "5.1.1", true))); // the worse one counts
        check(
            &REPORT
                .replace("Action: failed", "Action: delayed")
                .replace("5.1.1", "4.4.1"),
            Some(("late@b.example", "4.4.1", false)),
        );
        check(
            &REPORT
                .replace("Action: failed", "Action: delivered")
                .replace("Action: delayed", "Action: relayed"),
            None,
        ); // a receipt
        let ids = find(&parse(REPORT.as_bytes()), "").unwrap().ids;
        assert_eq!(
            ids.iter().map(MessageId::as_str).collect::<Vec<_>>(),
            ["amiable.1@test.example"]
        );
    }
}
