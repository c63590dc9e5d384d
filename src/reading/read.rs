//! The whole way from a letter to what was understood of it. Never panics: what cannot be read needs review.

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::model::customer::Language;
use crate::model::reading::{AmountMention, Author, DateMention, Doubt, Evidence, Label, Reading, Said, Understood};
use crate::reading::amounts::{AmountFound, amounts};
use crate::reading::classify::{Classified, HOLDS_FROM, classify};
use crate::reading::dates::{DateFound, Order, dates};
use crate::reading::facts;
use crate::reading::fold::Folded;
use crate::reading::language::{Tongue, language};
use crate::reading::machine::{Verdict, judge};
use crate::reading::parse::Letter;
use crate::reading::rules::rules;
use crate::reading::scope::Words;
use crate::reading::trim::trim;
use crate::reading::vocabulary::{Rules, Sense};

/// What is known beside the letter itself.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// When it arrived, in the writer's offset: "tomorrow" is resolved against it.
    pub received: DateTime<FixedOffset>,
    /// Of what the letter most likely speaks.
    pub invoice: Option<InvoiceFacts<'a>>,
    /// ISO 3166 code of the writer's country: decides what 05/03 means.
    pub country: Option<&'a str>,
    /// Texts that we sent, so that they are not taken for the writer's words.
    pub ours: &'a [&'a str],
}

/// Of an invoice, as much as reading needs.
#[derive(Debug, Clone)]
pub struct InvoiceFacts<'a> {
    /// As printed on it.
    pub number: &'a str,
    /// The whole sum, in units.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: &'a str,
    /// The due date.
    pub due: NaiveDate,
}

/// Reads a letter.
pub fn read(letter: &Letter, context: &Context) -> Understood {
    let attempt = catch_unwind(AssertUnwindSafe(|| understand(letter, context)));
    attempt.unwrap_or_else(|_| Understood {
        reading: Reading::needs_review(Doubt::Unreadable),
        said: Said::default(),
    })
}

fn understand(letter: &Letter, context: &Context) -> Understood {
    let trimmed = trim(&letter.text, context.ours);
    let reply = within_limit(&trimmed.reply);
    let verdict = judge(letter, reply);
    match verdict.author {
        Author::Bounce => of_bounce(reply, verdict),
        Author::AutoReply => of_machine(letter, context, reply, verdict),
        Author::Human => of_person(letter, context, reply),
    }
}

/// As much of the text as is read and kept, cut at a letter.
fn within_limit(text: &str) -> &str {
    let mut end = text.len().min(Said::TEXT_OCTETS_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// How often the machine rules are right on mails that announce themselves (measured on tests/corpus).
const MACHINE_CONFIDENCE: f64 = 0.97;

fn of_bounce(reply: &str, verdict: Verdict) -> Understood {
    let mut reading = Reading::needs_review(Doubt::Unclear);
    reading.author = Author::Bounce;
    reading.primary = Label::Bounce;
    reading.labels = vec![Label::Bounce];
    reading.confidence = MACHINE_CONFIDENCE;
    reading.doubt = None;
    reading.bounce = verdict.bounce;
    let said = Said {
        reply_text: reply.to_string(),
        evidence: machine_evidence(Label::Bounce, reply, verdict.rule, verdict.words),
        bounce_recipient: verdict.bounce_recipient,
        ..Said::default()
    };
    Understood { reading, said }
}

/// An automatic answer: when somebody is back, and who takes over.
fn of_machine(letter: &Letter, context: &Context, reply: &str, verdict: Verdict) -> Understood {
    let languages = languages_of(reply).unwrap_or_else(|| vec![Language::Fr, Language::En]);
    let texts: Vec<Text> = languages
        .iter()
        .filter_map(|language| Text::of(reply, *language, context))
        .collect();
    let own = letter.from.as_ref().map(|from| &from.address);
    let mut reading = Reading::needs_review(Doubt::Unclear);
    reading.author = Author::AutoReply;
    reading.doubt = None;
    reading.confidence = MACHINE_CONFIDENCE;
    reading.absent_until = texts.iter().find_map(|text| facts::absent_until(&text.words()));
    let left = texts.iter().any(|text| text.says(Sense::Left));
    let unattended = verdict.unattended && reading.absent_until.is_none();
    reading.unattended = verdict.unattended || left;
    let redirect_to = texts.iter().find_map(|text| facts::redirect_to(reply, own, text.rules));
    reading.labels = vec![Label::AutoReply];
    if (left || unattended) && redirect_to.is_some() {
        reading.labels.push(Label::Redirect);
    }
    reading.primary = Label::AutoReply;
    reading.language = languages.first().copied().filter(|_| languages.len() == 1);
    let said = Said {
        reply_text: reply.to_string(),
        evidence: machine_evidence(Label::AutoReply, reply, verdict.rule, verdict.words),
        dates: texts.first().map(|text| text.date_mentions(reply)).unwrap_or_default(),
        redirect_to,
        ..Said::default()
    };
    Understood { reading, said }
}

/// The words of a machine rule, where they stand in the text.
fn machine_evidence(label: Label, reply: &str, rule: String, words: Option<String>) -> Vec<Evidence> {
    let found = words.and_then(|words| {
        reply.find(&words).map(|start| Evidence {
            label,
            words,
            start,
            rule,
        })
    });
    found.into_iter().collect()
}

/// A person's letter.
fn of_person(letter: &Letter, context: &Context, reply: &str) -> Understood {
    let keep = |reading: Reading| Understood {
        reading,
        said: Said {
            reply_text: reply.to_string(),
            ..Said::default()
        },
    };
    if !reply.chars().any(char::is_alphanumeric) {
        let doubt = if letter.attachments.is_empty() {
            Doubt::Empty
        } else {
            Doubt::Attachment
        };
        return keep(Reading::needs_review(letter.doubt.unwrap_or(doubt)));
    }
    let Some(languages) = languages_of(reply) else {
        return keep(Reading::needs_review(letter.doubt.unwrap_or(Doubt::Language)));
    };
    let mut read: Vec<Understood> = languages
        .iter()
        .filter_map(|language| Text::of(reply, *language, context))
        .map(|text| text.understood(letter, context, reply))
        .collect();
    // With too little text to tell the language, the reading that is surest stands; a no in either counts first.
    read.sort_by(|a, b| {
        let no = |it: &Understood| it.reading.primary.is_a_no();
        no(b)
            .cmp(&no(a))
            .then(b.reading.confidence.total_cmp(&a.reading.confidence))
    });
    read.into_iter()
        .next()
        .unwrap_or_else(|| keep(Reading::needs_review(Doubt::Unclear)))
}

/// Which languages to read it in; `None`: one that has no rules.
fn languages_of(reply: &str) -> Option<Vec<Language>> {
    match language(reply) {
        Tongue::Ours(language) => Some(vec![language]),
        Tongue::Unsure => Some(vec![Language::Fr, Language::En]),
        Tongue::Foreign => None,
    }
}

/// A reply folded and searched in one language.
struct Text {
    folded: Folded,
    rules: &'static Rules,
    dates: Vec<DateFound>,
    amounts: Vec<AmountFound>,
    today: NaiveDate,
}

impl Text {
    fn of(reply: &str, language: Language, context: &Context) -> Option<Text> {
        let rules = rules(language).ok()?;
        let folded = Folded::of(reply, Some(&rules.breaks));
        let currency = context.invoice.as_ref().map(|invoice| invoice.currency);
        let order = Order::of(context.country, currency);
        let dates = dates(&folded, rules, &context.received, order);
        let amounts = amounts(&folded, rules, currency);
        Some(Text {
            folded,
            rules,
            dates,
            amounts,
            today: context.received.date_naive(),
        })
    }

    fn words(&self) -> Words<'_> {
        Words {
            folded: &self.folded,
            rules: self.rules,
            dates: &self.dates,
            amounts: &self.amounts,
            today: self.today,
        }
    }

    fn says(&self, sense: Sense) -> bool {
        let rules = self.rules.rules.iter().filter(|rule| rule.sense == sense);
        rules
            .into_iter()
            .any(|rule| rule.pattern.is_match(self.folded.text.as_bytes()))
    }

    fn understood(&self, letter: &Letter, context: &Context, reply: &str) -> Understood {
        let words = self.words();
        let classified = classify(&words);
        let whole = context.invoice.as_ref().map(|invoice| invoice.amount);
        let promised = facts::promise_date(&words, &classified);
        let promise_amount = facts::promise_amount(&words, &classified, promised, whole);
        let reading = Reading {
            author: Author::Human,
            primary: classified.labels.first().copied().unwrap_or(Label::Other),
            confidence: classified.confidence,
            doubt: letter.doubt.or(classified.unclear.then_some(Doubt::Unclear)),
            language: Some(self.rules.language),
            promise_date: promised.map(|date| date.date),
            promise_amount,
            dispute_reason: classified.reason,
            disputed_amount: facts::disputed_amount(&words, &classified, whole, promise_amount),
            absent_until: None,
            unattended: false,
            bounce: None,
            labels: classified.labels.clone(),
        };
        let redirects = reading.says(Label::Redirect) || reading.says(Label::OptOut);
        let own = letter.from.as_ref().map(|from| &from.address);
        let said = Said {
            reply_text: reply.to_string(),
            evidence: self.evidence(&classified, reply),
            dates: self.date_mentions(reply),
            amounts: self.amount_mentions(reply),
            redirect_to: redirects.then(|| facts::redirect_to(reply, own, self.rules)).flatten(),
            bounce_recipient: None,
        };
        Understood { reading, said }
    }

    /// For every label that holds the words of its rules, in order of place.
    fn evidence(&self, classified: &Classified, reply: &str) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = classified
            .hits
            .iter()
            .filter_map(|hit| {
                let label = hit
                    .rule
                    .sense
                    .label()
                    .filter(|label| classified.labels.contains(label))?;
                let place = self.folded.original(&hit.range);
                let words = reply.get(place.clone())?.trim_end().to_string();
                Some(Evidence {
                    label,
                    words,
                    start: place.start,
                    rule: hit.rule.id.clone(),
                })
            })
            .collect();
        evidence.sort_by_key(|item| item.start);
        evidence.truncate(EVIDENCE_MAX);
        evidence
    }

    fn date_mentions(&self, reply: &str) -> Vec<DateMention> {
        let known = self.dates.iter().filter(|date| !date.past);
        let mention = |date: &DateFound| {
            let text = reply.get(self.folded.original(&date.range))?.trim().to_string();
            Some(DateMention { text, date: date.date })
        };
        known.filter_map(mention).collect()
    }

    fn amount_mentions(&self, reply: &str) -> Vec<AmountMention> {
        let sure = self.amounts.iter().filter(|amount| !amount.bare);
        let mention = |amount: &AmountFound| {
            let text = reply.get(self.folded.original(&amount.range))?.trim().to_string();
            Some(AmountMention {
                text,
                value: amount.value,
                currency: amount.currency.clone(),
            })
        };
        sure.filter_map(mention).collect()
    }
}

/// More words than these a person does not look at; a long letter full of one word could have thousands.
const EVIDENCE_MAX: usize = 32 * HOLDS_FROM as usize;
