//! A follow-up to a customer: from what is known of the case to the final octets.

use chrono::Utc;

use crate::model::address::Mailbox;
use crate::model::invoice::Document;
use crate::writing::brief::{Brief, Parent};
use crate::writing::facts::facts;
use crate::writing::fault::WritingFault;
use crate::writing::flowed;
use crate::writing::html;
use crate::writing::letter::{Letter, Thread, octets};
use crate::writing::quotation::{Quotation, name_of, quotation};
use crate::writing::template;
use crate::writing::thread;

/// A written follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// As in its header, decoded.
    pub subject: String,
    /// Our own words, without the quoted message; LF ended.
    pub text: String,
    /// The mail, ready to be sent and filed.
    pub octets: Vec<u8>,
}

/// Writes a follow-up. The same brief gives the same octets.
pub fn follow_up(brief: &Brief) -> Result<Composed, WritingFault> {
    if brief.invoice.document != Document::Invoice {
        return Err(WritingFault::NoWording {
            step: brief.step,
            document: brief.invoice.document,
        });
    }
    let wording = template::wording(brief.customer.language, brief.step.name(), &facts(brief))?;
    let subject = brief
        .parent
        .and_then(|parent| thread::reply_subject(parent.subject))
        .unwrap_or(wording.subject);
    let quotation = brief.parent.and_then(|parent| quoted(brief, &parent));
    let has_html = brief.parent.is_some_and(|parent| parent.has_html);
    let letter = Letter {
        from: Mailbox {
            name: Some(brief.me.name.to_string()),
            address: brief.me.address.clone(),
        },
        to: brief.to,
        cc: brief.cc,
        subject: &subject,
        date: brief.now.fixed_offset(),
        message_id: brief.message_id,
        thread: threading(brief),
        auto_generated: brief.unattended,
        flowed: flowed_with_quote(&wording.text, quotation.as_ref()),
        html: has_html.then(|| html::letter(&wording.text, quotation.as_ref())),
        attachment: brief.attachment,
    };
    Ok(Composed {
        octets: octets(&letter)?,
        text: wording.text,
        subject,
    })
}

/// The headers that tie it to its conversation.
fn threading(brief: &Brief) -> Thread {
    let own = brief.message_id;
    let Some(parent) = brief.parent else {
        return Thread {
            references: Some(thread::references(&[], None, own)),
            ..Thread::default()
        };
    };
    let now = brief.now.with_timezone(&Utc);
    Thread {
        in_reply_to: thread::in_reply_to(parent.message_id, own),
        references: Some(thread::references(parent.references, parent.message_id, own)),
        topic: parent.thread_topic.map(str::to_string),
        index: parent
            .thread_index
            .and_then(|index| thread::child_index(index, now, own)),
    }
}

/// The parent as it stands below our words.
fn quoted(brief: &Brief, parent: &Parent) -> Option<Quotation> {
    let name = if parent.from_user {
        Some(brief.me.name)
    } else {
        parent.from.map(name_of)
    };
    quotation(
        name,
        parent.date,
        parent.text,
        brief.now.timezone(),
        brief.customer.language,
    )
}

/// Our words, and the quotation below them.
fn flowed_with_quote(text: &str, quotation: Option<&Quotation>) -> String {
    let mut out = flowed::flow(text);
    if let Some(quotation) = quotation {
        out.push_str("\r\n");
        out.push_str(&flowed::flow(&quotation.attribution));
        out.push_str(&flowed::quote(&quotation.text));
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::model::address::Address;
    use crate::model::customer::{CustomerKind, Language};
    use crate::model::follow_up::Step;
    use crate::model::invoice::Invoice;
    use crate::model::money::Money;
    use crate::writing::brief::{Me, PaymentMeans, PromiseSaid};
    use crate::writing::cast::{cast, day, hostile};
    use crate::writing::follow_up::*;
    use crate::writing::letter::AttachedFile;
    use chrono::NaiveDate;
    use chrono_tz::Europe::Paris;
    use iso_currency::Currency;
    use mail_parser::{MessageParser, MimeHeaders};
    use proptest::prelude::*;

    /// Subject and words, as a customer reads them; no-break spaces shown as `_`.
    fn shown(brief: &Brief) -> String {
        let composed = follow_up(brief).unwrap();
        format!("{}\n\n{}", composed.subject, composed.text.replace('\u{A0}', "_"))
    }

    /// What was sent and said before a step, in the usual order of things.
    fn story(step: Step) -> (Vec<(Step, NaiveDate)>, Option<PromiseSaid>, &'static str) {
        let promise = |date| {
            Some(PromiseSaid {
                said_on: day("2026-03-12"),
                date,
            })
        };
        let (one, two, three) = (
            (Step::Friendly, day("2026-03-13")),
            (Step::Professional, day("2026-03-20")),
            (Step::Formal, day("2026-04-03")),
        );
        match step {
            Step::Courtesy => (vec![], None, "2026-03-07"),
            Step::Friendly => (vec![], None, "2026-03-13"),
            Step::Professional => (vec![one], None, "2026-03-20"),
            Step::Formal => (vec![one, two], None, "2026-04-03"),
            Step::FormalNotice => (vec![one, two, three], None, "2026-04-17"),
            Step::LapsedPromise => (vec![one], promise(Some(day("2026-03-20"))), "2026-03-24"),
            Step::PromiseQuestion => (vec![one], promise(None), "2026-03-20"),
            Step::ProofQuestion => (vec![one], None, "2026-03-20"),
            Step::Recap => (vec![one], promise(Some(day("2026-03-20"))), "2026-03-13"),
        }
    }

    #[test]
    fn every_step_in_both_languages() {
        for language in [Language::Fr, Language::En] {
            let cast = cast(language);
            for step in Step::ALL {
                let (earlier, promise, today) = story(step);
                let now = day(today)
                    .and_hms_opt(9, 12, 0)
                    .unwrap()
                    .and_local_timezone(Paris)
                    .unwrap();
                let brief = Brief {
                    earlier: &earlier,
                    promise,
                    now,
                    ..cast.brief(step)
                };
                insta::assert_snapshot!(format!("{}_{}", language.code(), step.name()), shown(&brief));
            }
        }
    }

    #[test]
    fn unknown_things_leave_no_hole() {
        for language in [Language::Fr, Language::En] {
            let mut cast = cast(language);
            (cast.customer.contact, cast.invoice.service) = (None, None);
            (cast.invoice.order, cast.invoice.terms) = (None, None);
            cast.customer.kind = CustomerKind::Consumer;
            for step in Step::ALL {
                let brief = cast.brief(step);
                let me = Me {
                    company: None,
                    phone: None,
                    postal_address: None,
                    ..brief.me
                };
                let paid = "400".parse().unwrap();
                let owed = Money {
                    amount: "850".parse().unwrap(),
                    currency: Currency::EUR,
                };
                let bare = Brief {
                    me,
                    payment: PaymentMeans::default(),
                    paid,
                    owed,
                    ..brief
                };
                let text = shown(&bare);
                for hole in ["none", "undefined", "{{", "  ", " ,", " .", "()", "\n\n\n"] {
                    assert!(!text.contains(hole), "{hole:?} in {step:?} {language:?}:\n{text}");
                }
                insta::assert_snapshot!(format!("bare_{}_{}", language.code(), step.name()), text);
            }
        }
    }

    #[test]
    fn a_payment_follow_up_holds_the_eight_things() {
        for language in [Language::Fr, Language::En] {
            let cast = cast(language);
            for step in Step::ALL {
                let (earlier, promise, today) = story(step);
                let now = day(today)
                    .and_hms_opt(9, 12, 0)
                    .unwrap()
                    .and_local_timezone(Paris)
                    .unwrap();
                let text = shown(&Brief {
                    earlier: &earlier,
                    promise,
                    now,
                    ..cast.brief(step)
                });
                let amount = if language == Language::Fr {
                    "1_250,00_€"
                } else {
                    "€1,250.00"
                };
                let facts = [
                    "Camille Roux",
                    "06_12_34_56_78",
                    "Claire Morel",
                    "Atelier Morel",
                    "2026-014",
                    amount,
                ];
                let link = if step == Step::ProofQuestion {
                    ""
                } else {
                    "https://pay.example/2026-014"
                };
                let means = ["FR76 3000 6000 0112 3456 7890 189", link];
                for fact in facts.iter().chain(&means) {
                    assert!(text.contains(fact), "{fact} is missing in {step:?}:\n{text}");
                }
                if step == Step::Friendly {
                    assert!(!text.contains("rappel") && !text.contains("reminder"), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_mail_is_what_was_meant() {
        let cast = cast(Language::Fr);
        let parent = cast.parent("Bonjour Camille,\r\nje regarde <ça>.\r\n> Votre facture\r\n");
        let file = AttachedFile {
            name: "Facture né 2026/014.pdf",
            media_type: "application/pdf",
            octets: b"%PDF-1.7\0\xff",
        };
        let composed = follow_up(&Brief {
            parent: Some(parent),
            attachment: Some(file),
            ..cast.brief(Step::Friendly)
        })
        .unwrap();
        assert_well_formed(&composed.octets);
        let mail = MessageParser::default().parse(&composed.octets).unwrap();
        assert_eq!(mail.subject(), Some("Re: Facture 2026-014 - Refonte"));
        assert_eq!(composed.subject, "Re: Facture 2026-014 - Refonte");
        assert_eq!(mail.in_reply_to().as_text(), Some("invoice@roux-design.example"));
        let references: Vec<&str> = mail
            .references()
            .as_text_list()
            .unwrap()
            .iter()
            .map(|id| id.as_ref())
            .collect();
        assert_eq!(references, ["invoice@roux-design.example", cast.id.as_str()]);
        assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-03-13T09:12:00+01:00");
        assert_eq!(mail.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
        assert_eq!(
            mail.header_raw("Thread-Topic").unwrap().trim(),
            "Facture 2026-014 - Refonte"
        );
        assert_eq!(
            mail.attachment(0).unwrap().attachment_name(),
            Some("Facture né 2026_014.pdf")
        );
        assert_eq!(mail.attachment(0).unwrap().contents(), b"%PDF-1.7\0\xff");
        let text = mail.body_text(0).unwrap();
        let tail = "Le 11 mars 2026 à 17:05, Claire Morel a écrit :\r\n> Bonjour Camille,\r\n> je regarde <ça>.\r\n>> Votre facture\r\n";
        assert!(text.trim_end().ends_with(tail.trim_end()), "{text}");
        let html = mail.body_html(0).unwrap();
        assert!(
            html.contains("je regarde &lt;ça&gt;.") && html.contains("<blockquote"),
            "{html}"
        );
        assert!(html.contains("1\u{A0}250,00\u{A0}€"));
        insta::assert_snapshot!(
            "octets",
            String::from_utf8(composed.octets).unwrap().replace("\r\n", "\n")
        );
    }

    #[test]
    fn the_same_brief_gives_the_same_octets() {
        let cast = cast(Language::En);
        let brief = Brief {
            parent: Some(cast.parent("x")),
            ..cast.brief(Step::Formal)
        };
        assert_eq!(follow_up(&brief), follow_up(&brief));
    }

    #[test]
    fn a_new_conversation_names_itself_and_answers_nothing() {
        let cast = cast(Language::Fr);
        let composed = follow_up(&Brief {
            unattended: false,
            ..cast.brief(Step::Friendly)
        })
        .unwrap();
        let mail = MessageParser::default().parse(&composed.octets).unwrap();
        assert_eq!(mail.subject(), Some("Facture 2026-014 : petite vérification"));
        assert_eq!(mail.references().as_text(), Some(cast.id.as_str()));
        assert!(mail.header_raw("In-Reply-To").is_none() && mail.header_raw("Auto-Submitted").is_none());
        assert_eq!(
            mail.html_body_count(),
            1,
            "no HTML part: the parser falls back on the text"
        );
        assert!(mail.content_type().is_some_and(|kind| kind.subtype() == Some("plain")));
    }

    #[test]
    fn what_cannot_be_written_says_why() {
        let cast = cast(Language::Fr);
        let nobody = follow_up(&Brief {
            to: &[],
            ..cast.brief(Step::Friendly)
        });
        assert_eq!(nobody.unwrap_err(), WritingFault::NoRecipient);
        let foreign = [Mailbox {
            name: None,
            address: Address::parse("é@müller.example").unwrap(),
        }];
        let refused = follow_up(&Brief {
            to: &foreign,
            ..cast.brief(Step::Friendly)
        })
        .unwrap_err();
        assert!(refused.to_string().contains("müller.example"), "{refused}");
        let quote = Invoice {
            document: Document::Quote,
            ..cast.invoice.clone()
        };
        assert!(
            follow_up(&Brief {
                invoice: &quote,
                ..cast.brief(Step::Friendly)
            })
            .is_err()
        );
    }

    /// CRLF everywhere, no octet that 7bit forbids, lines within RFC 5322, 2.1.1.
    fn assert_well_formed(octets: &[u8]) {
        let text = std::str::from_utf8(octets).expect("ASCII");
        assert!(text.is_ascii() && !text.contains('\0'));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "a bare LF");
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count(), "a bare CR");
        for line in text.split("\r\n") {
            assert!(line.len() <= 998, "{} octets: {}", line.len(), &line[..80]);
        }
    }

    /// Names of the headers of the whole mail, in order.
    fn header_names(octets: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(octets);
        let head = text.split("\r\n\r\n").next().unwrap().to_string();
        let fields = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        fields.map(|line| line.split(':').next().unwrap().to_string()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn hostile_words_never_break_the_mail(
            name in hostile(), subject in hostile(), text in hostile(), service in hostile(), topic in hostile(), file in hostile(),
        ) {
            let mut cast = cast(Language::Fr);
            cast.customer.contact = Some(name.clone());
            cast.invoice.service = Some(service);
            cast.to[0].name = Some(name);
            let calm = AttachedFile { name: "a.pdf", media_type: "application/pdf", octets: b"x" };
            let brief = |parent, file| Brief { parent: Some(parent), attachment: Some(file), ..cast.brief(Step::Friendly) };
            let expected = follow_up(&brief(cast.parent("x"), calm)).unwrap();
            let parent = Parent { subject: &subject, thread_topic: Some(&topic), text: &text, ..cast.parent("x") };
            let composed = follow_up(&brief(parent, AttachedFile { name: &file, media_type: &topic, ..calm })).unwrap();
            assert_well_formed(&composed.octets);
            prop_assert_eq!(header_names(&composed.octets), header_names(&expected.octets));
            let mail = MessageParser::default().parse(&composed.octets).unwrap();
            prop_assert_eq!(mail.parts.len(), 5, "mixed, alternative, text, html, file");
            let meant = crate::writing::clean::line(&composed.subject, 400);
            prop_assert_eq!(mail.subject().unwrap_or("").trim(), meant.trim());
            prop_assert!(!mail.body_html(0).unwrap().contains("<script"));
            prop_assert_eq!(mail.attachment(0).unwrap().contents(), b"x");
            let flowed = mail.body_text(0).unwrap();
            prop_assert!(flowed.contains("Merci d'avance"));
        }
    }
}
