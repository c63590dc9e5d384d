//! A mail to the user: one page of cards and rows, as text and as HTML.
//!
//! The HTML has tables and inline styles only and fetches nothing. It sets no text colour of its own but on chips, so it
//! takes the reader's light or dark mode as it is.

use chrono::DateTime;
use chrono_tz::Tz;
use serde::Serialize;

use crate::model::address::Mailbox;
use crate::model::customer::Language;
use crate::model::message_id::MessageId;
use crate::writing::brief::Me;
use crate::writing::clean;
use crate::writing::fault::WritingFault;
use crate::writing::flowed;
use crate::writing::letter::{Letter, Thread, octets};
use crate::writing::template;
use crate::writing::terms::pick;
use crate::writing::thread;

/// The name that mails to the user come from, so that they stand apart from his own.
const SENDER: &str = "amiable";

/// More entries of one kind are counted, not shown.
pub const ENTRIES_MAX: usize = 200;

/// A written mail to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMail {
    /// As in its header, decoded.
    pub subject: String,
    /// The text part, LF ended, before it is flowed.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The mail, ready to be sent.
    pub octets: Vec<u8>,
}

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Needs the user.
    Red,
    /// Should be seen.
    Amber,
    /// Is well.
    Green,
    /// Is news.
    Blue,
    /// Is background.
    Grey,
}

/// The whole page. Texts are finished words; whatever came from outside is cleaned, and the template escapes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// ISO 639-1.
    pub language: &'static str,
    /// At the top.
    pub title: String,
    /// What holds for the whole page.
    pub banner: Option<String>,
    /// The day in figures.
    pub stats: Vec<Stat>,
    /// Sentences before the sections.
    pub lead: Vec<String>,
    /// Most important first.
    pub sections: Vec<Section>,
    /// Totals and how to go on.
    pub foot: Vec<String>,
}

/// A figure and what it counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stat {
    /// `3`
    pub figure: String,
    /// `décisions attendues`
    pub words: String,
    /// How much it matters.
    pub tone: Tone,
}

/// Entries of one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// How many there are, shown or not.
    pub count: usize,
    /// Entries with something to read.
    pub cards: Vec<Card>,
    /// Entries that are one line.
    pub rows: Vec<Row>,
    /// How many are not shown.
    pub more: Option<String>,
}

/// An entry with something to read, and perhaps to decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// The colour of its edge.
    pub tone: Tone,
    /// What it is about.
    pub heading: String,
    /// When, from whom.
    pub aside: Option<String>,
    /// What it says, in a word or two each.
    pub chips: Vec<Chip>,
    /// How sure that is.
    pub sure: Option<String>,
    /// The words themselves.
    pub excerpt: Vec<Piece>,
    /// Facts.
    pub lines: Vec<String>,
    /// What was done, and what comes next.
    pub done: Vec<String>,
    /// What the user can do.
    pub commands: Vec<Command>,
}

/// A word on a coloured ground.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chip {
    /// The word.
    pub text: String,
    /// Its ground.
    pub tone: Tone,
}

/// A stretch of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// Whether they decided the reading.
    pub marked: bool,
}

/// A command line and what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it means.
    pub meaning: String,
    /// What to type.
    pub line: String,
}

/// An entry that is one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What it is about.
    pub heading: String,
    /// Which follow-up.
    pub detail: String,
    /// `09:30`, `17 mars`
    pub when: String,
    /// What is special about it.
    pub note: Option<String>,
    /// How much that matters.
    pub tone: Tone,
}

/// What the text template needs besides.
#[derive(Serialize)]
struct PlainPage<'a> {
    #[serde(flatten)]
    page: &'a Page,
    open_quote: &'static str,
    close_quote: &'static str,
    colon: &'static str,
}

/// The page as a mail from the user's own address to himself.
pub fn user_mail(
    page: &Page,
    subject: &str,
    me: &Me,
    language: Language,
    message_id: &MessageId,
    now: DateTime<Tz>,
) -> Result<UserMail, WritingFault> {
    let plain = PlainPage {
        page,
        open_quote: pick(language, "«\u{A0}", "“"),
        close_quote: pick(language, "\u{A0}»", "”"),
        colon: pick(language, "\u{A0}:", ":"),
    };
    let text = template::page("page.txt", language, &plain)?;
    let html = template::page("page.html", language, page)?;
    let to = [Mailbox {
        name: Some(me.name.to_string()),
        address: me.address.clone(),
    }];
    let letter = Letter {
        from: Mailbox {
            name: Some(SENDER.to_string()),
            address: me.address.clone(),
        },
        to: &to,
        cc: &[],
        subject,
        date: now.fixed_offset(),
        message_id,
        thread: Thread {
            references: Some(thread::references(&[], None, message_id)),
            ..Thread::default()
        },
        auto_generated: true,
        flowed: flowed::flow(&text),
        html: Some(html.clone()),
        attachment: None,
    };
    Ok(UserMail {
        octets: octets(&letter)?,
        subject: subject.to_string(),
        text,
        html,
    })
}

/// The excerpt in stretches: those words in it that decided are marked.
pub fn marked(excerpt: &str, words: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Piece> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for word in words {
        let word = compact(word.as_ref());
        if let Some(start) = excerpt.find(&word).filter(|_| !word.is_empty()) {
            spans.push((start, start + word.len()));
        }
    }
    spans.sort_unstable();
    let spans = joined(spans);
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut push = |text: &str, marked| {
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.to_string(),
                marked,
            });
        }
    };
    for (start, end) in spans {
        let start = start.max(done);
        if start < end {
            push(&excerpt[done..start], false); // all bounds are ends of matches found in this text
            push(&excerpt[start..end], true); // likewise
            done = end;
        }
    }
    push(&excerpt[done..], false); // likewise
    pieces
}

/// Spans in order; those that touch or overlap are one, so that no mark ends where the next begins.
fn joined(spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match out.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => out.push((start, end)),
        }
    }
    out
}

/// Words from outside on one line, bounded, without doubled blanks.
pub fn compact(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    clean::line(&words.join(" "), EXCERPT_CHARS_MAX)
}

/// Longer excerpts are cut.
const EXCERPT_CHARS_MAX: usize = 600;

#[cfg(test)]
mod tests {
    use crate::writing::page::*;

    #[test]
    fn deciding_words_are_marked() {
        let check = |excerpt: &str, words: &[&str], expected: &str| {
            let show = |piece: &Piece| {
                if piece.marked {
                    format!("[{}]", piece.text)
                } else {
                    piece.text.clone()
                }
            };
            assert_eq!(marked(excerpt, words).iter().map(show).collect::<String>(), expected);
        };
        check(
            "la livraison est incomplète",
            &["est incomplète"],
            "la livraison [est incomplète]",
        );
        check("abcdef", &["cde", "bc"], "a[bcde]f"); // overlapping evidence is one mark
        check("abc", &["abc", "b"], "[abc]"); // evidence inside evidence
        check("déjà payé", &["absent", ""], "déjà payé");
        check("", &["x"], "");
        check("payé hier", &["payé\r\n hier"], "[payé hier]"); // words broken over a line
    }
}
