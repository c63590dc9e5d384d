//! What the command line shows: cases, plans, one case in full, in the user's language.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::model::case::State;
use crate::model::customer::Language;
use crate::model::follow_up::{Outcome, Step};
use crate::model::hold::HoldReason;
use crate::model::invoice::Invoice;
use crate::model::money::Money;
use crate::model::reading::Reading;
use crate::writing::terms;
use crate::writing::words;

/// As much of a reply as `show` prints.
const EXCERPT_CHARS_MAX: usize = 400;

/// One case in one line.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// The invoice's number.
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// What is still owed.
    pub owed: Money,
    /// When it was to be paid.
    pub due: NaiveDate,
    /// Where it stands.
    pub state: State,
    /// What holds it, and until when.
    pub hold: Option<(HoldReason, Option<DateTime<Utc>>)>,
    /// What comes next, when, and whether it waits for the user's word.
    pub next: Option<(Step, DateTime<Utc>, bool)>,
}

/// One step to come.
#[derive(Debug, Clone)]
pub struct PlanLine {
    /// The invoice's number.
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// Which step.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it waits for the user's word.
    pub approval: bool,
}

/// One follow-up that went out.
#[derive(Debug, Clone)]
pub struct SentLine {
    /// Which step.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
    /// How far it got.
    pub outcome: Outcome,
}

/// One message of the customer.
#[derive(Debug, Clone)]
pub struct ReplyLine {
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// Who it says wrote it.
    pub from: Option<String>,
    /// What was understood.
    pub reading: Reading,
    /// The words that decided.
    pub evidence: Vec<String>,
    /// What was newly written.
    pub text: String,
}

/// For whom things are shown.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// In which language.
    pub language: Language,
    /// In which zone.
    pub zone: Tz,
}

impl Screen {
    /// A line a case.
    pub fn status(&self, lines: &[CaseLine]) -> String {
        if lines.is_empty() {
            return self
                .pick(
                    "Aucune facture suivie. Pour commencer : amiable import FICHIER.csv",
                    "No invoices yet. To begin: amiable import FILE.csv",
                )
                .to_string();
        }
        let rows = lines.iter().map(|line| {
            vec![
                clean(&line.number),
                clean(&line.customer),
                words::money(line.owed, self.language),
                words::date(line.due, self.language),
                self.standing(line),
            ]
        });
        let head = match self.language {
            Language::Fr => ["Facture", "Client", "Reste dû", "Échéance", "Où en est-on"],
            Language::En => ["Invoice", "Customer", "Owed", "Due", "Where it stands"],
        };
        table(&head, rows.collect())
    }

    /// A line a step to come.
    pub fn plan(&self, lines: &[PlanLine]) -> String {
        if lines.is_empty() {
            return self.pick("Rien n'est prévu.", "Nothing is planned.").to_string();
        }
        let rows = lines.iter().map(|line| {
            let step = terms::step(line.step, self.language);
            let waits = self.pick(" (après votre accord)", " (after your approval)");
            let step = if line.approval {
                format!("{step}{waits}")
            } else {
                step.to_string()
            };
            vec![self.moment(line.at), clean(&line.number), clean(&line.customer), step]
        });
        let head = match self.language {
            Language::Fr => ["Quand", "Facture", "Client", "Message"],
            Language::En => ["When", "Invoice", "Customer", "Message"],
        };
        table(&head, rows.collect())
    }

    /// One case with its story, oldest first.
    pub fn case(
        &self,
        line: &CaseLine,
        invoice: &Invoice,
        addresses: &[String],
        sent: &[SentLine],
        replies: &[ReplyLine],
        notes: &[(DateTime<Utc>, String)],
    ) -> String {
        let mut out = format!("{} — {}\n", clean(&line.number), clean(&line.customer));
        let total = words::money(invoice.total, self.language);
        let owed = words::money(line.owed, self.language);
        let (issued, due) = (
            words::date(invoice.issued, self.language),
            words::date(invoice.due, self.language),
        );
        out += &match self.language {
            Language::Fr => format!("Montant {total}, reste dû {owed}, émise le {issued}, échéance le {due}\n"),
            Language::En => format!("Amount {total}, still owed {owed}, issued {issued}, due {due}\n"),
        };
        out += &format!("{}\n{}\n\n", addresses.join(", "), self.standing(line));
        let mut story: Vec<(DateTime<Utc>, String)> = Vec::new();
        story.extend(sent.iter().map(|sent| (sent.at, self.sent_line(sent))));
        story.extend(replies.iter().map(|reply| (reply.at, self.reply_lines(reply))));
        story.extend(notes.iter().map(|(at, text)| (*at, format!("✎ {}", clean(text)))));
        story.sort_by_key(|(at, _)| *at);
        for (at, text) in story {
            out += &format!("{}  {text}\n", self.moment(at));
        }
        out.trim_end().to_string()
    }

    fn sent_line(&self, sent: &SentLine) -> String {
        let step = terms::step(sent.step, self.language);
        format!("→ {step} ({})", terms::outcome(&sent.outcome, self.language))
    }

    fn reply_lines(&self, reply: &ReplyLine) -> String {
        let labels: Vec<&str> = reply
            .reading
            .labels
            .iter()
            .map(|label| terms::label(*label, self.language))
            .collect();
        let doubt = if reply.reading.doubt.is_some() {
            self.pick(" — à vérifier", " — please check")
        } else {
            ""
        };
        let sure = format!("{:.0} %", reply.reading.confidence * 100.0);
        let who = reply.from.as_deref().map(clean).unwrap_or_default();
        let mut out = format!("← {who} : {} ({sure}){doubt}", labels.join(", "));
        if !reply.evidence.is_empty() {
            let words: Vec<String> = reply
                .evidence
                .iter()
                .map(|words| format!("« {} »", clean(words)))
                .collect();
            out += &format!("\n      {}", words.join(" "));
        }
        let excerpt: String = clean(&reply.text).chars().take(EXCERPT_CHARS_MAX).collect();
        if excerpt.is_empty() {
            out
        } else {
            out + "\n      " + &excerpt
        }
    }

    fn standing(&self, line: &CaseLine) -> String {
        if let Some((reason, until)) = &line.hold {
            let reason = terms::hold_reason(*reason, self.language);
            return match (until, self.language) {
                (Some(until), Language::Fr) => format!("{reason}, jusqu'au {}", self.moment(*until)),
                (Some(until), Language::En) => format!("{reason}, until {}", self.moment(*until)),
                (None, Language::Fr) => format!("{reason}, jusqu'à votre décision"),
                (None, Language::En) => format!("{reason}, until you decide"),
            };
        }
        let state = terms::state(line.state, self.language);
        let Some((step, at, approval)) = &line.next else {
            return state.to_string();
        };
        let step = terms::step(*step, self.language);
        match (approval, self.language) {
            (false, Language::Fr) => format!("{step} le {}", self.moment(*at)),
            (false, Language::En) => format!("{step} on {}", self.moment(*at)),
            (true, Language::Fr) => format!("{step} le {}, après votre accord", self.moment(*at)),
            (true, Language::En) => format!("{step} on {}, after your approval", self.moment(*at)),
        }
    }

    fn moment(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    fn pick(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Fr => french,
            Language::En => english,
        }
    }
}

/// Text of a mail on a terminal: one line, no control characters, so that no escape sequence gets through.
fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns as wide as their widest cell.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let width = |at: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    std::iter::once(&head)
        .chain(&rows)
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
