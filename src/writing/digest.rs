//! The daily mail to the user: what to decide, what was read, what went wrong, what was sent and what comes.

use chrono::DateTime;
use chrono_tz::Tz;

use crate::model::customer::Language;
use crate::model::message_id::MessageId;
use crate::model::policy::Mode;
use crate::model::reading::Label;
use crate::writing::brief::Me;
use crate::writing::day::DigestContent;
use crate::writing::entries::{Scribe, capitalised};
use crate::writing::fault::WritingFault;
use crate::writing::page::{Card, ENTRIES_MAX, Page, Row, Section, Stat, Tone, UserMail, user_mail};
use crate::writing::template::typeset;
use crate::writing::terms::{self, pick};
use crate::writing::words;

/// Writes the digest. The same content gives the same octets.
pub fn digest(
    content: &DigestContent,
    me: &Me,
    language: Language,
    message_id: &MessageId,
    now: DateTime<Tz>,
) -> Result<UserMail, WritingFault> {
    let scribe = Scribe {
        zone: content.zone,
        day: content.day,
        language,
    };
    user_mail(
        &scribe.page(content),
        &scribe.subject(content),
        me,
        language,
        message_id,
        now,
    )
}

/// A card or a row.
enum Entry {
    Card(Card),
    Row(Row),
}

impl Scribe {
    /// `amiable : 2 décisions, 1 litige, 3 relances aujourd'hui`
    fn subject(&self, content: &DigestContent) -> String {
        let disputes = content
            .read
            .iter()
            .filter(|item| item.reading.says(Label::Dispute))
            .count();
        let ongoing = content.failures.iter().filter(|failure| failure.ongoing).count();
        let goes_out = match content.mode {
            Mode::Draft => (
                ("brouillon aujourd'hui", "brouillons aujourd'hui"),
                ("draft today", "drafts today"),
            ),
            _ => (
                ("relance aujourd'hui", "relances aujourd'hui"),
                ("follow-up today", "follow-ups today"),
            ),
        };
        let mut counts = vec![
            (
                content.questions.len(),
                ("décision", "décisions"),
                ("decision", "decisions"),
            ),
            (disputes, ("litige", "litiges"), ("dispute", "disputes")),
            (ongoing, ("problème", "problèmes"), ("problem", "problems")),
            (content.today.len(), goes_out.0, goes_out.1),
        ];
        if disputes == 0 {
            counts.insert(
                1,
                (
                    content.read.len(),
                    ("réponse lue", "réponses lues"),
                    ("reply read", "replies read"),
                ),
            );
        }
        let named: Vec<String> = counts
            .into_iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, fr, en)| format!("{count} {}", self.plural(count, fr, en)))
            .collect();
        let news = if named.is_empty() {
            pick(self.language, "rien de nouveau", "nothing new").to_string()
        } else {
            named.join(", ")
        };
        format!("{}{news}", pick(self.language, "amiable : ", "amiable: "))
    }

    fn page(&self, content: &DigestContent) -> Page {
        let sections: Vec<Section> = [
            self.section(self.say("À décider", "To decide"), &content.questions, |item| {
                Entry::Card(self.question(item))
            }),
            self.section(self.say("Réponses lues", "Replies read"), &content.read, |item| {
                Entry::Card(self.read(item))
            }),
            self.section(self.say("Problèmes", "Problems"), &content.failures, |item| {
                Entry::Card(self.failure(item))
            }),
            self.section(self.sent_title(content.mode), &content.sent, |item| {
                Entry::Row(self.sent(item))
            }),
            self.section(self.today_title(content.mode), &content.today, |item| {
                Entry::Row(self.planned(item))
            }),
            self.section(
                self.say("Les prochains jours", "The coming days"),
                &content.coming,
                |item| Entry::Row(self.planned(item)),
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        let quiet = sections.is_empty();
        Page {
            language: self.language.code(),
            title: capitalised(&words::full_date(self.day, self.language)),
            banner: terms::mode(content.mode, self.language).map(|text| typeset(text, self.language)),
            stats: self.stats(content),
            lead: quiet
                .then(|| {
                    self.say(
                        "Rien de nouveau, et rien ne part aujourd'hui.",
                        "Nothing new, and nothing goes out today.",
                    )
                })
                .into_iter()
                .collect(),
            sections,
            foot: self.foot(content),
        }
    }

    fn stats(&self, content: &DigestContent) -> Vec<Stat> {
        let stat = |count: usize, tone, fr, en| Stat {
            figure: count.to_string(),
            words: self.plural(count, fr, en).to_string(),
            tone: if count == 0 { Tone::Grey } else { tone },
        };
        vec![
            stat(
                content.questions.len(),
                Tone::Red,
                ("décision attendue", "décisions attendues"),
                ("decision for you", "decisions for you"),
            ),
            stat(
                content.read.len(),
                Tone::Blue,
                ("réponse lue", "réponses lues"),
                ("reply read", "replies read"),
            ),
            stat(
                content.today.len(),
                Tone::Green,
                ("relance aujourd'hui", "relances aujourd'hui"),
                ("follow-up today", "follow-ups today"),
            ),
        ]
    }

    fn sent_title(&self, mode: Mode) -> String {
        match mode {
            Mode::Draft => self.say("Déposé dans vos brouillons", "Laid in your drafts"),
            _ => self.say("Envoyé", "Sent"),
        }
    }

    fn today_title(&self, mode: Mode) -> String {
        match mode {
            Mode::Send => self.say("Part aujourd'hui", "Going out today"),
            Mode::Draft => self.say("À envoyer aujourd'hui depuis vos brouillons", "For your drafts today"),
            Mode::Observe => self.say("Partirait aujourd'hui", "Would go out today"),
        }
    }

    /// A section of at most `ENTRIES_MAX` entries; `None` where there is nothing to tell.
    fn section<T>(&self, title: String, items: &[T], entry: impl Fn(&T) -> Entry) -> Option<Section> {
        if items.is_empty() {
            return None;
        }
        let mut section = Section {
            title,
            count: items.len(),
            ..Section::default()
        };
        for item in items.iter().take(ENTRIES_MAX) {
            match entry(item) {
                Entry::Card(card) => section.cards.push(card),
                Entry::Row(row) => section.rows.push(row),
            }
        }
        let rest = items.len().saturating_sub(ENTRIES_MAX);
        section.more = (rest > 0).then(|| match self.language {
            Language::Fr => format!("… et {rest} de plus : amiable status"),
            Language::En => format!("… and {rest} more: amiable status"),
        });
        Some(section)
    }

    fn foot(&self, content: &DigestContent) -> Vec<String> {
        let sums: Vec<String> = content
            .open_total
            .iter()
            .map(|sum| words::money(*sum, self.language))
            .collect();
        let open = words::count(
            content.open_count as u64,
            pick(self.language, "facture ouverte", "open invoice"),
            pick(self.language, "factures ouvertes", "open invoices"),
            self.language,
        );
        let sums = if sums.is_empty() {
            String::new()
        } else {
            format!("{} {}", self.say(" :", ":"), words::listed(&sums, self.language))
        };
        let noun = self.plural(content.held_count, ("suspendue", "suspendues"), ("on hold", "on hold"));
        let held = match content.held_count {
            0 => String::new(),
            count => format!(", {count} {noun}"),
        };
        vec![
            format!("{open}{sums}{held}."),
            self.say(
                "Écrit par amiable sur votre machine. Le détail d'une facture : amiable show NUMÉRO",
                "Written by amiable on your own machine. All about one invoice: amiable show NUMBER",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::model::address::Address;
    use crate::model::follow_up::Step;
    use crate::writing::busy_day::busy_day;
    use crate::writing::cast::{cast, hostile};
    use crate::writing::digest::*;
    use chrono::TimeZone;
    use chrono_tz::Europe::Paris;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    fn written(content: &DigestContent, language: Language) -> UserMail {
        let cast = cast(language);
        let now = Paris.with_ymd_and_hms(2026, 3, 13, 8, 0, 0).unwrap();
        let id = MessageId::of_mail_to_user(&cast.me, "digest", "2026-03-13");
        digest(content, &cast.brief(Step::Friendly).me, language, &id, now).unwrap()
    }

    #[test]
    fn a_busy_day_in_both_languages() {
        for language in [Language::Fr, Language::En] {
            let mail = written(&busy_day(language), language);
            let code = language.code();
            insta::assert_snapshot!(
                format!("{code}_text"),
                format!("{}\n\n{}", mail.subject, mail.text.replace('\u{A0}', "_"))
            );
            insta::assert_snapshot!(format!("{code}_html"), mail.html);
            let parsed = MessageParser::default().parse(&mail.octets).unwrap();
            assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
            assert_eq!(
                parsed.body_html(0).unwrap().replace("\r\n", "\n").trim(),
                mail.html.trim()
            );
            assert_eq!(parsed.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
            assert!(
                !mail.html.contains("<script") && !mail.html.contains("http"),
                "nothing runs, nothing is fetched"
            );
            assert!(mail.octets.split(|b| *b == b'\n').all(|line| line.len() <= 998));
        }
    }

    #[test]
    fn subjects_say_what_matters() {
        let check = |content: &DigestContent, fr: &str, en: &str| {
            assert_eq!(written(content, Language::Fr).subject, fr);
            assert_eq!(written(content, Language::En).subject, en);
        };
        let busy = busy_day(Language::Fr);
        check(
            &busy,
            "amiable : 4 décisions, 1 litige, 1 problème, 2 relances aujourd'hui",
            "amiable: 4 decisions, 1 dispute, 1 problem, 2 follow-ups today",
        );
        let calm = DigestContent {
            questions: vec![],
            failures: vec![],
            read: busy.read[1..2].to_vec(),
            mode: Mode::Draft,
            ..busy
        };
        check(
            &calm,
            "amiable : 1 réponse lue, 2 brouillons aujourd'hui",
            "amiable: 1 reply read, 2 drafts today",
        );
        let quiet = DigestContent {
            read: vec![],
            today: vec![],
            ..calm
        };
        check(&quiet, "amiable : rien de nouveau", "amiable: nothing new");
    }

    #[test]
    fn a_quiet_day_says_so() {
        let busy = busy_day(Language::Fr);
        let quiet = DigestContent {
            questions: vec![],
            read: vec![],
            sent: vec![],
            today: vec![],
            coming: vec![],
            failures: vec![],
            mode: Mode::Observe,
            ..busy
        };
        insta::assert_snapshot!("quiet", written(&quiet, Language::Fr).text.replace('\u{A0}', "_"));
    }

    #[test]
    fn long_sections_are_counted() {
        let busy = busy_day(Language::Fr);
        let many = DigestContent {
            coming: vec![busy.coming[0].clone(); 1_000],
            ..busy
        };
        let mail = written(&many, Language::En);
        assert!(mail.text.contains("and 800 more"), "{}", mail.text);
        assert_eq!(mail.html.matches("Hôtel de la Gare").count(), ENTRIES_MAX);
    }

    #[test]
    fn the_user_writes_to_himself() {
        let mail = written(&busy_day(Language::Fr), Language::Fr);
        let parsed = MessageParser::default().parse(&mail.octets).unwrap();
        let me: &Address = &cast(Language::Fr).me;
        let only = |list: &mail_parser::Address| list.first().unwrap().address().unwrap().to_string();
        assert_eq!(only(parsed.from().unwrap()), me.as_str());
        assert_eq!(only(parsed.to().unwrap()), me.as_str());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn hostile_customers_never_break_the_page(name in hostile(), excerpt in hostile(), words in hostile()) {
            let mut content = busy_day(Language::Fr);
            let calm = written(&content, Language::Fr);
            content.questions[0].excerpt = excerpt.clone();
            content.questions[0].number = Some(name.clone());
            content.read[0].customer = Some(name.clone());
            content.read[0].sender_name = Some(name);
            content.read[0].excerpt = excerpt;
            content.read[0].words = vec![(Label::Dispute, words)];
            let mail = written(&content, Language::Fr);
            let shows_unfit = mail.text.contains(['\u{202E}', '\u{0}']);
            prop_assert!(!shows_unfit && !mail.html.contains("<script"));
            // Only the stretches of the excerpt may come and go.
            let frames = |html: &str| (html.matches("<table").count(), html.matches("</table>").count());
            prop_assert_eq!(frames(&mail.html), frames(&calm.html));
            let parsed = MessageParser::default().parse(&mail.octets).unwrap();
            prop_assert_eq!(parsed.parts.len(), 3, "alternative, text, html");
            prop_assert_eq!(parsed.headers().len(), MessageParser::default().parse(&calm.octets).unwrap().headers().len());
        }
    }
}
