//! The mail that goes to the user at once: a follow-up could not be delivered, and never will be.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::model::customer::Language;
use crate::model::follow_up::Step;
use crate::model::message_id::MessageId;
use crate::writing::brief::Me;
use crate::writing::clean;
use crate::writing::fault::WritingFault;
use crate::writing::page::{Card, Page, Section, Tone, UserMail, user_mail};
use crate::writing::phrases::Choices;
use crate::writing::template::typeset;
use crate::writing::terms::{self, pick};
use crate::writing::words;

/// A mail of ours that came back for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// About which invoice, where that is known.
    pub number: Option<String>,
    /// To whom.
    pub customer: Option<String>,
    /// The address that failed, as the bounce names it.
    pub recipient: Option<String>,
    /// RFC 3463 status, such as `5.1.1`.
    pub status: Option<String>,
    /// Which follow-up, and when it went out.
    pub sent: Option<(Step, DateTime<Utc>)>,
}

/// Longer names and addresses are cut.
const NAME_CHARS_MAX: usize = 120;

/// Writes the notice.
pub fn notice(
    undelivered: &Undelivered,
    me: &Me,
    language: Language,
    message_id: &MessageId,
    now: DateTime<Tz>,
) -> Result<UserMail, WritingFault> {
    let say = |fr: &str, en: &str| typeset(pick(language, fr, en), language);
    let about = about(undelivered, language);
    let page = Page {
        language: language.code(),
        title: say(
            "Un message n'a pas pu être distribué",
            "A message could not be delivered",
        ),
        banner: None,
        stats: Vec::new(),
        lead: Vec::new(),
        sections: vec![Section {
            title: say("Ce qui s'est passé", "What happened"),
            cards: vec![card(undelivered, &about, language, now)],
            ..Section::default()
        }],
        foot: vec![say(
            "Écrit par amiable sur votre machine.",
            "Written by amiable on your own machine.",
        )],
    };
    let subject = pick(
        language,
        "amiable : message non distribué, ",
        "amiable: message not delivered, ",
    );
    user_mail(&page, &format!("{subject}{about}"), me, language, message_id, now)
}

/// Words from outside, on one line; `None`: there are none.
fn known(text: &Option<String>) -> Option<String> {
    let line = text.as_deref().map(|text| clean::line(text, NAME_CHARS_MAX));
    line.filter(|line| !line.is_empty())
}

/// The invoice and the customer, as far as they are known.
fn about(undelivered: &Undelivered, language: Language) -> String {
    let about: Vec<String> = known(&undelivered.number)
        .into_iter()
        .chain(known(&undelivered.customer))
        .collect();
    if about.is_empty() {
        return pick(language, "une relance", "a follow-up").to_string();
    }
    about.join(" · ")
}

/// Why it came back, what that stopped, and what the user can do.
fn card(undelivered: &Undelivered, about: &str, language: Language, now: DateTime<Tz>) -> Card {
    let say = |fr: &str, en: &str| typeset(pick(language, fr, en), language);
    let why = terms::delivery_status(undelivered.status.as_deref(), true, language);
    let status = known(&undelivered.status)
        .map(|status| format!(" ({status})"))
        .unwrap_or_default();
    let mut lines = vec![format!("{} {why}{status}.", say("Cause :", "Cause:"))];
    lines.extend(undelivered.sent.map(|(step, at)| sent_line(step, at, now, language)));
    let commands = known(&undelivered.number).map(|number| {
        Choices {
            number: &number,
            address: None,
            language,
        }
        .for_refusal()
    });
    Card {
        tone: Tone::Red,
        heading: about.to_string(),
        aside: known(&undelivered.recipient),
        chips: Vec::new(),
        sure: None,
        excerpt: Vec::new(),
        lines,
        done: vec![say(
            "Les relances à ce client sont suspendues jusqu'à votre décision.",
            "Reminders to this customer are held until you decide.",
        )],
        commands: commands.unwrap_or_default(),
    }
}

/// Which message it was.
fn sent_line(step: Step, at: DateTime<Utc>, now: DateTime<Tz>, language: Language) -> String {
    let local = at.with_timezone(&now.timezone());
    let day = words::near_date(local.date_naive(), now.date_naive(), language);
    let (message, time) = (terms::step(step, language), words::time(&local));
    match language {
        Language::Fr => format!("Message concerné\u{A0}: {message}, le {day} à {time}."),
        Language::En => format!("The message: {message}, on {day} at {time}."),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::cast::cast;
    use crate::writing::notice::*;
    use chrono::TimeZone;
    use chrono_tz::Europe::Paris;
    use mail_parser::MessageParser;

    fn written(undelivered: &Undelivered, language: Language) -> UserMail {
        let cast = cast(language);
        let now = Paris.with_ymd_and_hms(2026, 3, 13, 9, 0, 0).unwrap();
        let id = MessageId::of_mail_to_user(&cast.me, "notice", "1");
        notice(undelivered, &cast.brief(Step::Friendly).me, language, &id, now).unwrap()
    }

    #[test]
    fn it_says_what_failed_and_what_to_do() {
        let sent = Utc.with_ymd_and_hms(2026, 3, 13, 7, 31, 0).unwrap();
        let undelivered = Undelivered {
            number: Some("2026-008".into()),
            customer: Some("Les Jardins d'Ambre".into()),
            recipient: Some("contact@jardins-ambre.example".into()),
            status: Some("5.1.1".into()),
            sent: Some((Step::Friendly, sent)),
        };
        for language in [Language::Fr, Language::En] {
            let mail = written(&undelivered, language);
            let shown = format!("{}\n\n{}", mail.subject, mail.text.replace('\u{A0}', "_"));
            insta::assert_snapshot!(language.code(), shown);
            let parsed = MessageParser::default().parse(&mail.octets).unwrap();
            assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
        }
    }

    #[test]
    fn little_is_known_of_some_bounces() {
        let nothing = Undelivered {
            number: None,
            customer: None,
            recipient: None,
            status: None,
            sent: None,
        };
        let mail = written(&nothing, Language::En);
        assert_eq!(mail.subject, "amiable: message not delivered, a follow-up");
        assert!(
            !mail.text.contains("amiable contact"),
            "no command without an invoice: {}",
            mail.text
        );
    }
}
