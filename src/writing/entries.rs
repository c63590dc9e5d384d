//! The entries of a digest: each question, message, failure and follow-up in words.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use iso_currency::Currency;
use rust_decimal::Decimal;

use crate::model::customer::Language;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::{Hold, HoldReason};
use crate::model::money::Money;
use crate::model::reading::{Author, Label, Reading};
use crate::writing::clean;
use crate::writing::day::{Asks, Failure, PlannedItem, Question, ReadItem, SentItem};
use crate::writing::page::{Card, Chip, Row, Tone, compact, marked};
use crate::writing::phrases::Choices;
use crate::writing::template::typeset;
use crate::writing::terms::{self, pick};
use crate::writing::words;

/// Longer names and addresses are cut.
const NAME_CHARS_MAX: usize = 120;

/// Writes for one day, zone and language.
pub struct Scribe {
    /// In which times are shown.
    pub zone: Tz,
    /// Of the digest.
    pub day: NaiveDate,
    /// The user's.
    pub language: Language,
}

impl Scribe {
    /// A phrase of ours.
    pub fn say(&self, fr: &str, en: &str) -> String {
        typeset(pick(self.language, fr, en), self.language)
    }

    /// The noun for a number.
    pub fn plural(
        &self,
        count: usize,
        fr: (&'static str, &'static str),
        en: (&'static str, &'static str),
    ) -> &'static str {
        let (one, many) = pick(self.language, fr, en);
        if count == 1 || (count == 0 && self.language == Language::Fr) {
            one
        } else {
            many
        }
    }

    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    fn near(&self, day: NaiveDate) -> String {
        words::near_date(day, self.day, self.language)
    }

    fn weekday_date(&self, day: NaiveDate) -> String {
        format!("{} {}", words::weekday(day, self.language), self.near(day))
    }

    /// `09:12` on the digest's own day, else `12 mars, 09:12`.
    fn moment(&self, at: DateTime<Utc>) -> String {
        let time = words::time(&at.with_timezone(&self.zone));
        let day = self.day_of(at);
        if day == self.day {
            time
        } else {
            format!("{}, {time}", self.near(day))
        }
    }

    /// A question, with what the user can do.
    pub fn question(&self, item: &Question) -> Card {
        let choices = item.number.as_deref().map(|number| Choices {
            number,
            address: item.address.as_deref(),
            language: self.language,
        });
        let commands = choices.map(|choices| match &item.asks {
            Asks::Held(reason) => choices.for_hold(*reason),
            Asks::Approval(step) => choices.for_approval(*step),
            Asks::UnknownOutcome { .. } => choices.for_unknown_outcome(),
            Asks::Refused { .. } => choices.for_refusal(),
        });
        let mut lines = self.remarks(item);
        if commands.is_none() {
            lines.push(self.say(
                "Ce message n'a pas pu être rattaché à une facture : il vous attend dans votre boîte.",
                "This message could not be tied to an invoice: it waits for you in your mailbox.",
            ));
        }
        let since = self.near(self.day_of(item.since));
        let text = match &item.asks {
            Asks::Held(reason) => terms::hold_reason(*reason, self.language),
            Asks::Approval(_) => pick(self.language, "attend votre accord", "waits for your word"),
            Asks::UnknownOutcome { .. } => pick(self.language, "envoi incertain", "outcome unknown"),
            Asks::Refused { .. } => pick(self.language, "envoi refusé", "refused"),
        };
        let tone = question_tone(&item.asks);
        Card {
            tone,
            heading: self.heading(item.number.as_deref(), item.customer.as_deref()),
            aside: Some(format!("{} {since}", pick(self.language, "depuis le", "since"))),
            chips: vec![Chip {
                text: text.to_string(),
                tone,
            }],
            sure: None,
            excerpt: marked(&compact(&item.excerpt), std::iter::empty::<&str>()),
            lines,
            done: Vec::new(),
            commands: commands
                .unwrap_or_default()
                .into_iter()
                .map(|mut command| {
                    command.meaning = typeset(&command.meaning, self.language);
                    command
                })
                .collect(),
        }
    }

    /// What the user should know before he decides.
    fn remarks(&self, item: &Question) -> Vec<String> {
        let remark = match &item.asks {
            Asks::Held(HoldReason::Label(Label::Hardship)) => Some(self.say(
                "Le mieux est souvent de lui proposer deux ou trois échéances, en répondant dans la conversation.",
                "It often helps to propose two or three instalments, by replying in the conversation.",
            )),
            Asks::Held(HoldReason::Label(Label::Request)) => Some(self.say("Répondez-lui dans la conversation.", "Reply in the conversation.")),
            Asks::Held(HoldReason::Label(Label::OptOut)) => Some(self.say(
                "Plus rien ne part vers ce client. La suite se décide hors de ce programme.",
                "Nothing more goes to this customer. What comes next is decided outside of this program.",
            )),
            Asks::Approval(step @ (Step::Formal | Step::FormalNotice)) => Some(format!(
                "{} {}",
                capitalised(terms::step(*step, self.language)),
                self.say(
                    "à envoyer ? Après plusieurs messages, un appel fait souvent plus qu'un mail de plus.",
                    "to be sent? After several messages, a call often does more than one more mail.",
                ),
            )),
            Asks::Approval(step) => Some(format!("{} {}", capitalised(terms::step(*step, self.language)), self.say("à envoyer ?", "to be sent?"))),
            Asks::UnknownOutcome { step, at } => Some(format!(
                "{} ({}){} {}",
                capitalised(terms::step(*step, self.language)),
                self.moment(*at),
                self.say(" :", ":"),
                self.say(
                    "la connexion s'est coupée pendant l'envoi. Le message est peut-être parti ; il ne sera pas renvoyé.",
                    "the connection broke while it was being sent. It may have gone out; it will not be sent again.",
                ),
            )),
            Asks::Refused { step, code } => Some(format!(
                "{}{} {} ({code}).",
                capitalised(terms::step(*step, self.language)),
                self.say(" :", ":"),
                self.say("refus définitif du serveur", "refused by the server for good"),
            )),
            Asks::Held(HoldReason::NeedsReview | HoldReason::Unattributed) => Some(self.say(
                "Ce message est à lire dans votre boîte : son sens ou son auteur n'est pas certain.",
                "Please read this message in your mailbox: its meaning or its author is not certain.",
            )),
            Asks::Held(_) => None,
        };
        let address = item.address.as_deref().map(|address| self.redirected(address));
        remark.into_iter().chain(address).collect()
    }

    fn redirected(&self, address: &str) -> String {
        let address = clean::line(address, NAME_CHARS_MAX);
        format!("{} {address}", self.say("Adresse indiquée :", "Address given:"))
    }

    /// A message, with what was understood and done.
    pub fn read(&self, item: &ReadItem) -> Card {
        let mut aside: Vec<String> = Vec::new();
        let sender = item.sender_name.as_deref().or(item.sender_address.as_deref());
        aside.extend(sender.map(|name| clean::line(name, NAME_CHARS_MAX)));
        if item.claimed && item.sender_name.is_some() {
            aside.extend(
                item.sender_address
                    .as_deref()
                    .map(|address| clean::line(address, NAME_CHARS_MAX)),
            );
        }
        aside.push(self.moment(item.at));
        let chips = self.chips(&item.reading);
        Card {
            tone: chips.first().map_or(Tone::Grey, |chip| chip.tone),
            heading: self.heading(item.number.as_deref(), item.customer.as_deref()),
            aside: Some(aside.join(" · ")),
            chips,
            sure: self.sure(&item.reading),
            excerpt: marked(&compact(&item.excerpt), item.words.iter().map(|(_, words)| words)),
            lines: self.details(item),
            done: self.done(item),
            commands: Vec::new(),
        }
    }

    /// What it says: the primary label first.
    fn chips(&self, reading: &Reading) -> Vec<Chip> {
        if reading.doubt.is_some() {
            return vec![Chip {
                text: pick(self.language, "à lire par vous", "for you to read").to_string(),
                tone: Tone::Amber,
            }];
        }
        let chip = |label: &Label| Chip {
            text: self.said(*label, reading),
            tone: label_tone(*label),
        };
        reading.labels.iter().map(chip).collect()
    }

    /// A label with its date.
    fn said(&self, label: Label, reading: &Reading) -> String {
        let plain = terms::label(label, self.language);
        match (label, reading.promise_date, reading.absent_until) {
            (Label::Promise, Some(date), _) => {
                format!("{plain} {} {}", pick(self.language, "le", "on"), self.near(date))
            }
            (Label::AutoReply, _, Some(date)) => {
                format!(
                    "{} {}",
                    pick(self.language, "absence, retour le", "away, back on"),
                    self.near(date)
                )
            }
            _ => plain.to_string(),
        }
    }

    /// `sûr à 93 %`, or why not.
    fn sure(&self, reading: &Reading) -> Option<String> {
        if let Some(doubt) = reading.doubt {
            return Some(terms::doubt(doubt, self.language).to_string());
        }
        if reading.author != Author::Human {
            return None;
        }
        let percent = (reading.confidence.clamp(0.0, 1.0) * 100.0).round() as u8; // 0 to 100; NaN becomes 0
        let (fr, en) = match percent {
            90.. => ("sûr à", "sure:"),
            70..90 => ("plutôt sûr, à", "fairly sure:"),
            _ => ("peu sûr, à", "not sure:"),
        };
        let sign = pick(self.language, "\u{A0}%", "%");
        Some(format!("{} {percent}{sign}", pick(self.language, fr, en)))
    }

    /// Facts beside the words.
    fn details(&self, item: &ReadItem) -> Vec<String> {
        let reading = &item.reading;
        let mut lines = Vec::new();
        let mut fact = |fr: &str, en: &str, value: String| lines.push(format!("{} {value}", self.say(fr, en)));
        if let Some(reason) = reading.dispute_reason {
            fact(
                "Motif :",
                "Reason:",
                terms::dispute_reason(reason, self.language).to_string(),
            );
        }
        if let Some(amount) = reading.disputed_amount {
            fact(
                "Montant contesté :",
                "Amount disputed:",
                self.sum(amount, item.currency),
            );
        }
        if let Some(amount) = reading.promise_amount {
            fact("Montant promis :", "Amount promised:", self.sum(amount, item.currency));
        }
        if let Some(bounce) = &reading.bounce {
            let why = terms::delivery_status(bounce.status.as_deref(), bounce.permanent, self.language);
            fact("Cause :", "Cause:", why.to_string());
        }
        if let Some(address) = &item.redirect_to {
            lines.push(self.redirected(address));
        }
        lines.extend(
            item.matched
                .and_then(|matched| terms::weak_match(matched, self.language))
                .map(capitalised),
        );
        if item.claimed {
            lines.push(self.say(
                "Expéditeur non approuvé : ce qu'il dit est seulement affirmé.",
                "Sender not approved: what it says is only claimed.",
            ));
        }
        lines
    }

    fn sum(&self, amount: Decimal, currency: Option<Currency>) -> String {
        currency.map_or_else(
            || amount.to_string(),
            |currency| words::money(Money { amount, currency }, self.language),
        )
    }

    /// What was done, and what comes next.
    fn done(&self, item: &ReadItem) -> Vec<String> {
        let held = match &item.hold {
            Some(Hold { until: Some(until), .. }) => {
                let day = self.weekday_date(self.day_of(*until));
                format!(
                    "{} {day}.",
                    self.say(
                        "Relances à ce client suspendues jusqu'au",
                        "Reminders to this customer held until"
                    )
                )
            }
            Some(Hold { until: None, .. }) => self.say(
                "Relances à ce client suspendues sans limite, jusqu'à votre décision.",
                "Reminders to this customer held without limit, until you decide.",
            ),
            None if item.reading.author == Author::Human => self.say("Rien n'est suspendu.", "Nothing is held."),
            None => self.say(
                "Message automatique : rien n'est suspendu.",
                "Automatic message: nothing is held.",
            ),
        };
        let next = item.next.as_ref().map(|next| {
            let step = terms::step(next.step, self.language);
            let day = self.weekday_date(self.day_of(next.at));
            let approval = if next.approval {
                self.say(", avec votre accord", ", with your approval")
            } else {
                String::new()
            };
            format!(
                "{} {step}, {day}{approval}.",
                self.say("Ensuite, sans autre nouvelle :", "Next, unless something new comes:")
            )
        });
        std::iter::once(held).chain(next).collect()
    }

    /// A failure, and what it means.
    pub fn failure(&self, item: &Failure) -> Card {
        let (day, time) = (
            self.day_of(item.since),
            words::time(&item.since.with_timezone(&self.zone)),
        );
        let since = match (day == self.day, self.language) {
            (true, _) => time,
            (false, Language::Fr) => format!("le {} à {time}", self.near(day)),
            (false, Language::En) => format!("{} at {time}", self.near(day)),
        };
        let aside = match (item.ongoing, self.language) {
            (true, Language::Fr) => format!("depuis {since}"),
            (true, Language::En) => format!("since {since}"),
            (false, Language::Fr) => format!("{since}, rétabli depuis"),
            (false, Language::En) => format!("{since}, back in order since"),
        };
        let (heading, explanation) = split_sentence(&compact(&terms::trouble(&item.trouble, self.language)));
        Card {
            tone: if item.ongoing { Tone::Red } else { Tone::Grey },
            heading: typeset(&heading, self.language),
            aside: Some(aside),
            chips: Vec::new(),
            sure: None,
            excerpt: Vec::new(),
            lines: explanation.into_iter().filter(|_| item.ongoing).collect(),
            done: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// A follow-up that went out, or tried to.
    pub fn sent(&self, item: &SentItem) -> Row {
        let tone = match item.outcome {
            Outcome::Accepted | Outcome::Draft | Outcome::Withdrawn => Tone::Grey,
            Outcome::Refused { .. } | Outcome::Unknown | Outcome::ContentStarted => Tone::Red,
            Outcome::Prepared | Outcome::Deferred { .. } => Tone::Amber,
        };
        let mut detail = vec![terms::step(item.step, self.language).to_string()];
        detail.extend(item.left_out.iter().map(|address| {
            format!(
                "{} {}",
                self.say("sans copie à", "not copied to"),
                clean::line(address, NAME_CHARS_MAX)
            )
        }));
        Row {
            heading: self.heading(Some(&item.number), Some(&item.customer)),
            detail: detail.join(", "),
            when: self.moment(item.at),
            note: Some(terms::outcome(&item.outcome, self.language).to_string()),
            tone,
        }
    }

    /// A follow-up that is to come.
    pub fn planned(&self, item: &PlannedItem) -> Row {
        let note = item
            .approval
            .then(|| pick(self.language, "avec votre accord", "with your word").to_string());
        Row {
            heading: self.heading(Some(&item.number), Some(&item.customer)),
            detail: terms::step(item.step, self.language).to_string(),
            when: self.moment(item.at),
            note,
            tone: Tone::Amber,
        }
    }

    /// `2026-014 · Atelier Morel`
    fn heading(&self, number: Option<&str>, customer: Option<&str>) -> String {
        let known: Vec<String> = number
            .into_iter()
            .chain(customer)
            .map(|text| clean::line(text, NAME_CHARS_MAX))
            .filter(|text| !text.is_empty())
            .collect();
        if known.is_empty() {
            self.say("Message sans facture connue", "Message about no known invoice")
        } else {
            known.join(" · ")
        }
    }
}

fn question_tone(asks: &Asks) -> Tone {
    match asks {
        Asks::Held(reason) if reason.is_a_no() => Tone::Red,
        Asks::UnknownOutcome { .. } | Asks::Refused { .. } => Tone::Red,
        Asks::Held(HoldReason::Label(Label::Paid)) => Tone::Green,
        Asks::Approval(_) => Tone::Blue,
        Asks::Held(_) => Tone::Amber,
    }
}

fn label_tone(label: Label) -> Tone {
    match label {
        Label::Dispute | Label::OptOut | Label::Hardship => Tone::Red,
        Label::Bounce | Label::Redirect | Label::Request => Tone::Amber,
        Label::Paid | Label::Promise => Tone::Green,
        Label::Acknowledged => Tone::Blue,
        Label::AutoReply | Label::Other => Tone::Grey,
    }
}

/// With a capital at its start.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// The first sentence, and what follows it.
fn split_sentence(text: &str) -> (String, Option<String>) {
    match text.split_once(". ") {
        Some((first, rest)) => (format!("{first}."), Some(rest.to_string())),
        None => (text.to_string(), None),
    }
}
