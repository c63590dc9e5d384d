//! Person or machine: a bounce is looked for first, then an automatic answer; on doubt it is a person.

use crate::model::address::Address;
use crate::model::message_id::MessageId;
use crate::model::reading::{Author, BounceFacts};
use crate::reading::bounce::{self, SIGNS, Sign};
use crate::reading::parse::Letter;
use crate::reading::trim;
use crate::reading::wordings::{Wording, even, in_original};

/// Who wrote it, and what shows that.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Person or machine.
    pub author: Author,
    /// Of a bounce.
    pub bounce: Option<BounceFacts>,
    /// To whom it could not be delivered.
    pub bounce_recipient: Option<Address>,
    /// Identifiers of the message that could not be delivered.
    pub bounced_ids: Vec<MessageId>,
    /// A machine says that nobody reads this mailbox (any more), or that the person has left.
    pub unattended: bool,
    /// What decided, for evidence.
    pub rule: String,
    /// The deciding words, if from text.
    pub words: Option<String>,
}

/// From so many points on it is a machine.
const MACHINE_POINTS: i32 = 3;

/// One sign at least must weigh so much.
const TELLING_WEIGHT: i32 = 2;
/// The beginning of a text, where a machine says why it writes.
const OPENING_OCTETS: usize = 320;

/// Decides who wrote the letter; `reply` is what `trim` left of its text.
pub fn judge(letter: &Letter, reply: &str) -> Verdict {
    if let Some(found) = bounce::find(letter, reply) {
        return Verdict {
            author: Author::Bounce,
            bounce: Some(found.facts),
            bounce_recipient: found.recipient,
            bounced_ids: found.ids,
            unattended: false,
            rule: found.rule,
            words: found.words,
        };
    }
    // Firms put « sent automatically » where others sign.
    let own = format!("{reply}\n\n{}", trim::boilerplate_of(&letter.text));
    let evened = even(&own);
    match auto_reply(letter, &own, &evened) {
        Some((rule, words)) => Verdict {
            author: Author::AutoReply,
            bounce: None,
            bounce_recipient: None,
            bounced_ids: Vec::new(),
            unattended: SIGNS.says(Sign::Unattended, &evened) || SIGNS.says(Sign::Unattended, &even(&letter.subject)),
            rule,
            words,
        },
        None => human(),
    }
}

fn human() -> Verdict {
    Verdict {
        author: Author::Human,
        bounce: None,
        bounce_recipient: None,
        bounced_ids: Vec::new(),
        unattended: false,
        rule: "person".to_string(),
        words: None,
    }
}

/// The points that a header gives by itself, with its name.
fn header_points(letter: &Letter) -> (i32, String) {
    let value = |name: &str| letter.signals.get(name).map(|value| value.trim().to_ascii_lowercase());
    let is = |name: &str, test: fn(&str) -> bool| value(name).is_some_and(|value| test(&value));
    let decisive = [
        // RFC 3834, 5: a direct answer to a message.
        (
            "auto-submitted",
            is("auto-submitted", |v| v.starts_with("auto-replied")),
        ),
        (
            "content-type",
            is("content-type", |v| v.contains("disposition-notification")),
        ),
        ("precedence", is("precedence", |v| v.starts_with("auto"))),
        ("x-autoreply", is("x-autoreply", |v| v != "no")),
        ("x-autorespond", is("x-autorespond", |v| v != "no")),
        ("x-auto-reply-from", value("x-auto-reply-from").is_some()),
        ("x-autoreply-from", value("x-autoreply-from").is_some()),
        ("x-autoresponder", value("x-autoresponder").is_some()),
        ("x-mail-autoreply", value("x-mail-autoreply").is_some()),
        ("x-vacation", value("x-vacation").is_some()),
        (
            "x-ms-exchange-generated-message-source",
            is("x-ms-exchange-generated-message-source", |v| {
                v.contains("mailbox rules agent")
            }),
        ),
    ];
    if let Some((name, _)) = decisive.iter().find(|(_, holds)| *holds) {
        return (9, format!("header:{name}"));
    }
    let points = [
        // RFC 3834, 5: made by a machine, but not as an answer: a remittance advice or a case worker's tool writes so, too.
        ("auto-submitted", 2, is("auto-submitted", |v| v.starts_with("auto"))),
        (
            "precedence",
            1,
            is("precedence", |v| matches!(v, "bulk" | "junk")) && !is_list(letter),
        ),
        (
            "x-auto-response-suppress",
            1,
            value("x-auto-response-suppress").is_some(),
        ),
        ("return-path", 1, letter.return_path_is_null),
    ];
    let held: Vec<_> = points.iter().filter(|(_, _, holds)| *holds).collect();
    let name = held
        .first()
        .map_or(String::new(), |(name, _, _)| format!("header:{name}"));
    (
        held.iter()
            .map(|(_, points, _)| points)
            .sum::<i32>()
            .min(MACHINE_POINTS - 1),
        name,
    )
}

/// Newsletters and lists are written by people.
fn is_list(letter: &Letter) -> bool {
    letter.list_id.is_some() || letter.signals.keys().any(|name| name.starts_with("list-"))
}

/// Adds up what speaks for a machine and what against it; one weak header alone never decides.
fn auto_reply(letter: &Letter, own: &str, evened: &str) -> Option<(String, Option<String>)> {
    let (by_header, header) = header_points(letter);
    if by_header > MACHINE_POINTS {
        return Some((header, None));
    }
    let subject = even(&letter.subject);
    let sender = bounce::sender_of(letter);
    let best = |sign, text: &str| {
        SIGNS
            .of(sign)
            .filter(|row| row.is_in(text))
            .max_by_key(|row| row.row.weight)
    };
    // Below `Re:` stands a subject that the author did not choose; answers to an absence note look like one.
    let by_subject = best(Sign::AutoSubject, &subject)
        .filter(|row| row.row.weight > TELLING_WEIGHT || !SIGNS.says(Sign::AnswerSubject, &subject));
    let by_sender = best(Sign::AutoSender, &sender);
    let opening = crate::reading::markup::head(evened, OPENING_OCTETS);
    let openings = SIGNS.of(Sign::AutoOpening).filter(|row| row.is_in(opening));
    let anywhere = SIGNS
        .of(Sign::AutoText)
        .chain(SIGNS.of(Sign::Unattended))
        .filter(|row| row.is_in(evened));
    let texts: Vec<&Wording<Sign>> = anywhere.chain(openings).collect();
    let against: i32 = SIGNS
        .of(Sign::Person)
        .filter(|row| row.is_in(evened))
        .map(|row| row.row.weight)
        .sum();
    let weight = |row: Option<&Wording<Sign>>| row.map_or(0, |row| row.row.weight);
    let by_text: i32 = texts.iter().map(|row| row.row.weight).sum();
    let total = by_header + weight(by_subject) + weight(by_sender) + by_text + against;
    // Small signs alone, however many, may be a person's.
    let strongest = texts.iter().map(|row| row.row.weight).chain([weight(by_subject)]).max();
    if total < MACHINE_POINTS || strongest < Some(TELLING_WEIGHT) {
        return None;
    }
    let heaviest = texts.iter().max_by_key(|row| row.row.weight);
    match heaviest {
        Some(row) => {
            let words = row
                .find(evened)
                .map(|range| in_original(own, evened, range).trim().to_string());
            Some((format!("text:{}", row.row.id), words))
        }
        None => Some((by_subject.map_or(header, |row| format!("subject:{}", row.row.id)), None)),
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::machine::*;
    use crate::reading::parse::parse;
    use crate::reading::trim::trim;
    use proptest::prelude::*;

    fn verdict(header: &str, text: &str) -> Verdict {
        let letter = parse(format!("From: Claire <claire@b.example>\n{header}\n\n{text}\n").as_bytes());
        judge(&letter, &trim(&letter.text, &[]).reply)
    }

    fn check(header: &str, text: &str, expected: Author) {
        let verdict = verdict(header, text);
        assert_eq!(verdict.author, expected, "{header:?} {text:?} by {}", verdict.rule);
    }

    #[test]
    fn machines_are_known_by_strong_headers() {
        let auto = |header: &str| check(header, "Je suis l\u{e0}.", Author::AutoReply);
        auto("Auto-Submitted: auto-replied");
        auto("Auto-Submitted: auto-replied (vacation)");
        auto("X-Autoreply: yes");
        auto("X-Autorespond: x");
        auto("Precedence: auto_reply");
        auto("Content-Type: multipart/report; report-type=disposition-notification; boundary=b");
    }

    #[test]
    fn one_weak_header_alone_leaves_a_person_a_person() {
        let human = |header: &str| check(header, "Bonjour, nous payons vendredi.", Author::Human);
        human("Precedence: bulk");
        human("Precedence: list\nList-Unsubscribe: <mailto:x@y.example>");
        human("X-Auto-Response-Suppress: All");
        human("Return-Path: <>");
        human("Auto-Submitted: no");
        human("Auto-Submitted: auto-generated"); // case workers' tools write so
        human("Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nReturn-Path: <>\nPrecedence: bulk");
        human("Subject: Re: Automatic reply: facture");
        human("X-Autoreply: no");
    }

    #[test]
    fn machines_without_headers_are_known_by_their_words() {
        let auto = |subject: &str, text: &str| check(&format!("Subject: {subject}"), text, Author::AutoReply);
        auto("Automatic reply: Statement", "I am on annual leave.");
        auto("=?utf-8?q?R=C3=A9ponse_automatique_=3A_Facture?=", "Absente.");
        auto("Abwesenheitsnotiz: Rechnung", "Ich bin nicht da.");
        auto("Out of office", "Back on the 5th.");
        auto(
            "[Ticket #1] Votre demande a bien \u{e9}t\u{e9} enregistr\u{e9}e",
            "Votre demande a \u{e9}t\u{e9} re\u{e7}ue. Un conseiller la traitera sous 3 jours ouvr\u{e9}s.",
        );
        auto(
            "Lu : Relance",
            "Votre message a \u{e9}t\u{e9} lu le jeudi 12 juin 2025.",
        );
        auto(
            "Re: facture",
            "Absent du 3 au 12 ao\u{fb}t. Les messages ne sont pas redirig\u{e9}s. Ceci est une r\u{e9}ponse automatique.",
        );
    }

    #[test]
    fn people_who_speak_of_machines_stay_people() {
        let human = |text: &str| check("Subject: Re: facture", text, Author::Human);
        human("r\u{e9}ponse automatique ? non non, c'est bien moi. Virement demain.");
        human("Ceci n'est pas un message automatique, promis. Le compte est \u{e0} d\u{e9}couvert.");
        human("I suppose this is an automated message, but I dispute the bill.");
        human("Je suis en cong\u{e9}s jusqu'\u{e0} lundi mais je vois passer votre relance : c'est pay\u{e9}.");
        human("M. Vasseur est absent jusqu'au 14 mai, je lui transmets votre message \u{e0} son retour.");
        human("Please ignore the auto-reply, I'm a real person and I'll pay on Friday.");
        human("Nous avons bien re\u{e7}u votre message et le traiterons sous 48 heures.");
        human("Julie a quitt\u{e9} la soci\u{e9}t\u{e9}, \u{e9}crivez \u{e0} compta@b.example.");
    }

    #[test]
    fn nobody_reads_here_any_more() {
        let check = |text: &str, expected: bool| {
            assert_eq!(
                verdict("Auto-Submitted: auto-replied", text).unattended,
                expected,
                "{text:?}"
            );
        };
        check("I no longer work at Fernhill. This inbox isn't read by anyone.", true);
        check("J'ai quitt\u{e9} Tercet, cette adresse sera supprim\u{e9}e.", true);
        check("Bastien Ollier me remplace sur l'ensemble de mes dossiers.", true);
        check("Je suis absente jusqu'au 12 juin. En cas d'urgence : Bastien.", false);
        check("This inbox is checked twice a day.", false);
    }

    /// Bytes made of what breaks readers of mail, in any order.
    fn mail() -> impl Strategy<Value = Vec<u8>> {
        let pieces = prop::sample::select(vec![
            "From: ",
            "To: a@b\r\n",
            "Subject: =?utf-8?b?",
            "=?=",
            "Message-ID: <",
            "@x>",
            "\r\n\r\n",
            "\n\n",
            "--b",
            "--b--",
            "\r\n",
            "Content-Type: multipart/report; boundary=b\r\n",
            "Content-Type: message/rfc822\r\n",
            "Content-Type: text/html\r\n",
            "Content-Type: message/delivery-status\r\n",
            "Content-Transfer-Encoding: base64\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "charset=utf-7",
            "=E9=",
            "<blockquote>",
            "<div",
            "&#x110000;",
            "> ",
            "Le 4 mars 2026 \u{e0} 10:12, X a \u{e9}crit :\n",
            "De : X <a@b>\n",
            "Objet : y\n",
            "-----Original Message-----\n",
            "_____\n",
            "-- \n",
            "Action: failed\n",
            "Status: 5.1.1\n",
            "Date: Thu, 99 Foo 2026 25:61:61 +9999\r\n",
            "Thread-Index: ////\r\n",
            "\u{202e}",
            "\0",
            "\u{1f4a9}",
            "Envoy\u{e9} de mon iPhone\n",
            "mailer-daemon@x",
            "References: ",
        ]);
        let piece = prop_oneof![4 => pieces.prop_map(|p| p.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..12)];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reading_room_panic(raw in mail()) {
            // `parse` would turn a panic into doubt; what it read must be sound all the same.
            let letter = parse(&raw);
            let trimmed = trim(&letter.text, &[&letter.subject, "Bonjour, la facture est \u{e9}chue depuis hier matin"]);
            let verdict = judge(&letter, &trimmed.reply);
            prop_assert_eq!(verdict.author == Author::Bounce, verdict.bounce.is_some());
            prop_assert!(letter.content.is_well_formed());
            prop_assert!(letter.subject.chars().all(|c| !c.is_control()));
        }

        #[test]
        fn no_text_makes_trimming_invent_words(text in "(?s).{0,400}") {
            let trimmed = trim(&text, &[]);
            prop_assert!(trimmed.reply.lines().all(|line| line.is_empty() || text.contains(line)));
        }
    }
}
