//! Where a quotation begins: attribution lines, separators, header blocks; the wordings stand in rules/quotes.toml.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::reading::wordings::{Wordings, even};

/// What a row of rules/quotes.toml is a sign of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// An attribution line that begins with its day, perhaps wrapped.
    Wrote,
    /// An attribution line that begins with a name, on one line.
    WroteName,
    /// A line that alone says: from here on it is the earlier message.
    Separator,
    /// A ticket system asks for answers above this line.
    ReplyAbove,
    /// The sender's line of a header block.
    HeadFrom,
    /// The day's line of a header block.
    HeadSent,
    /// The recipient's line of a header block.
    HeadTo,
    /// The subject's line of a header block.
    HeadSubject,
    /// Another line of a header block.
    HeadOther,
    /// A line that a phone or a webmail adds.
    SentFrom,
    /// The beginning of a paragraph of boilerplate.
    Footer,
    /// The beginning of a paragraph that a gateway puts in front.
    Banner,
    /// The author announces answers within the quotation.
    Inline,
}

/// The rules file, also for its test.
pub const RULES: &str = include_str!("../../rules/quotes.toml");

/// Compiled once. A faulty file would be an empty one: its test keeps that from happening.
pub static MARKS: LazyLock<Wordings<Mark>> = LazyLock::new(|| Wordings::read(RULES).unwrap_or_default());

/// Longer lines are prose, whatever they begin with.
const LINE_CHARS_MAX: usize = 400;
/// An attribution is wrapped over so many lines at most.
const WRAPPED_LINES_MAX: usize = 4;
/// A header block has no more lines than this, wrapped recipients included.
const HEAD_LINES_MAX: usize = 24;

/// `10:12`, `10h12`, `10.12 Uhr`.
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b\d{1,2}([:h]\d{2}| ?(h|uhr|heures)\b)").ok());
/// An address as programs write it beside a name.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[<(\[](mailto:)?[^\s<>@]+@[^\s<>@]+[>)\]]|\S+@\S+\.\S+").ok());
/// A key and a value, as in a form.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[*\- ]{0,4}[\p{L}][\p{L} .'°/()]{1,30}\*{0,2} ?: ?\*{0,2}\S").ok());

fn has(regex: &Option<Regex>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// The beginning of a quotation in a list of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// How many lines announce it: they are nobody's words.
    pub lines: usize,
    /// Whether the announcement alone is proof enough, without quotation marks on the lines below.
    pub is_sure: bool,
}

/// A line made ready for the patterns; too long a line is none.
pub fn evened(line: &str) -> String {
    if line.chars().nth(LINE_CHARS_MAX).is_some() {
        return String::new();
    }
    even(line.trim())
}

/// Whether a line is marked as quoted (RFC 3676, 4.5).
pub fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Whether a quotation begins at line `at`. The lines are evened.
pub fn start_at(lines: &[String], at: usize) -> Option<Start> {
    let line = lines.get(at)?;
    if line.is_empty() || is_marked(line) && !MARKS.says(Mark::Separator, line) {
        return None;
    }
    separator_at(lines, at)
        .or_else(|| head_at(lines, at))
        .or_else(|| attribution_at(lines, at))
}

fn separator_at(lines: &[String], at: usize) -> Option<Start> {
    let line = lines.get(at)?;
    if MARKS.says(Mark::Separator, line) || MARKS.says(Mark::ReplyAbove, line) {
        let head = next_text(lines, at + 1).and_then(|next| Some(next + short_head_at(lines, next)?.lines));
        return Some(Start {
            lines: head.unwrap_or(at + 1) - at,
            is_sure: true,
        });
    }
    if is_ruled(line) {
        let next = next_text(lines, at + 1).filter(|next| next - at <= 3)?;
        let head = head_at(lines, next)
            .or_else(|| short_head_at(lines, next))
            .or_else(|| stamp_at(lines, next))?;
        return Some(Start {
            lines: next - at + head.lines,
            is_sure: true,
        });
    }
    None
}

/// A line of nothing but underscores, dashes or the like.
pub fn is_ruled(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 5 && line.chars().all(|c| "_-–—=*─".contains(c))
}

fn next_text(lines: &[String], from: usize) -> Option<usize> {
    (from..lines.len()).find(|at| lines.get(*at).is_some_and(|line| !line.is_empty()))
}

/// `Justine Ollivier, 10 juin 2026, 10:45`: how ticket systems introduce the earlier message below a ruled line.
fn stamp_at(lines: &[String], at: usize) -> Option<Start> {
    let line = lines.get(at)?;
    let is_stamp = line.matches(',').count() >= 2 && line.chars().count() < 100 && has(&TIME, line);
    is_stamp.then_some(Start {
        lines: 1,
        is_sure: true,
    })
}

const HEAD: [Mark; 5] = [
    Mark::HeadFrom,
    Mark::HeadSent,
    Mark::HeadTo,
    Mark::HeadSubject,
    Mark::HeadOther,
];

fn head_mark(line: &str) -> Option<Mark> {
    HEAD.into_iter().find(|mark| MARKS.says(*mark, line))
}

/// A block of header lines: who, and when or about what; two lines are enough if they name an address or the minute. A form that looks like one (a remittance advice) goes on
/// with keys that no mail has.
fn head_at(lines: &[String], at: usize) -> Option<Start> {
    let (seen, end) = head_block(lines, at);
    let has_from = seen.contains(&Mark::HeadFrom);
    let kinds = seen.iter().filter(|mark| **mark != Mark::HeadOther).count();
    let is_form = lines.get(end).is_some_and(|line| has(&PAIR, line)) && !seen.contains(&Mark::HeadSubject);
    let is_exact = || {
        lines
            .get(at..end)
            .unwrap_or_default()
            .iter()
            .any(|line| has(&ADDRESS, line) || has(&TIME, line))
    };
    let is_head = has_from && !is_form && (kinds >= 3 || kinds == 2 && is_exact());
    is_head.then_some(Start {
        lines: end - at,
        is_sure: true,
    })
}

/// Below a ruled line two header lines are enough.
fn short_head_at(lines: &[String], at: usize) -> Option<Start> {
    let (seen, end) = head_block(lines, at);
    let is_head = seen.contains(&Mark::HeadFrom) && seen.len() >= 2;
    is_head.then_some(Start {
        lines: end - at,
        is_sure: true,
    })
}

/// Which header lines stand together from here on, and where they end.
fn head_block(lines: &[String], at: usize) -> (BTreeSet<Mark>, usize) {
    let mut seen = BTreeSet::new();
    let mut end = at;
    let mut cursor = at;
    while cursor < lines.len() && cursor - at < HEAD_LINES_MAX {
        let Some(line) = lines.get(cursor) else { break };
        match head_mark(line) {
            Some(mark) => {
                seen.insert(mark);
                end = cursor + 1;
            }
            None if seen.is_empty() => break,
            // One blank line between two header lines, as HTML turned into text has it; or a wrapped list of recipients.
            None if line.is_empty() && cursor == end => {}
            None if cursor <= end + 1 && has(&ADDRESS, line) && !line.ends_with('.') => end = cursor + 1,
            None => break,
        }
        cursor += 1;
    }
    (seen, end)
}

fn attribution_at(lines: &[String], at: usize) -> Option<Start> {
    let first = lines.get(at)?;
    if MARKS.says(Mark::HeadFrom, first) && lines.get(at + 1).is_some_and(|next| is_marked(next)) {
        return Some(Start {
            lines: 1,
            is_sure: false,
        });
    }
    if MARKS.says(Mark::Wrote, first) || MARKS.says(Mark::WroteName, first) {
        return Some(Start {
            lines: 1,
            is_sure: is_sure(first),
        });
    }
    let mut joined = first.clone();
    for more in 1..WRAPPED_LINES_MAX {
        let line = lines
            .get(at + more)
            .filter(|line| !line.is_empty() && !is_marked(line))?;
        joined.push(' ');
        joined.push_str(line);
        if MARKS.says(Mark::Wrote, &joined) {
            // The author's own line may begin like one (« Le virement est parti. »): the shortest attribution is the true one.
            let begins_later = (1..=more).any(|skip| {
                MARKS.says(
                    Mark::Wrote,
                    &lines.get(at + skip..=at + more).unwrap_or_default().join(" "),
                )
            });
            return (!begins_later).then(|| Start {
                lines: more + 1,
                is_sure: is_sure(&joined),
            });
        }
    }
    None
}

/// A narrative (« le 12 mars, votre collègue a écrit : ») names neither the minute nor an address, and a program does.
fn is_sure(attribution: &str) -> bool {
    let closes = attribution.ends_with([':', '-', '*', '>', '_']);
    let has_figure = attribution.contains(|c: char| c.is_ascii_digit());
    closes && (has(&ADDRESS, attribution) || has_figure && has(&TIME, attribution))
}

#[cfg(test)]
mod tests {
    use crate::reading::quote::*;
    use crate::reading::wordings::faults_of;

    #[test]
    fn every_row_finds_its_examples() {
        assert_eq!(faults_of::<Mark>(RULES), Vec::<String>::new());
        assert!(MARKS.all().len() > 30);
    }

    #[test]
    fn quotations_begin_where_a_person_sees_them_begin() {
        // (lines, how many announce it, sure without marks)
        let check = |text: &str, expected: Option<(usize, bool)>| {
            let lines: Vec<String> = text.lines().map(evened).collect();
            assert_eq!(start_at(&lines, 0).map(|s| (s.lines, s.is_sure)), expected, "{text:?}");
        };
        check(
            "Le jeu. 12 mars 2026 à 09:00, X <a@b.example> a écrit :",
            Some((1, true)),
        );
        check(
            "Le jeu. 12 mars 2026 à 09:00, Froid & Vapeur SAV <\ncompta@froid.example> a écrit :",
            Some((2, true)),
        );
        check(
            "On Thursday, 12 March 2026 at 09:00:12 CET, Couch & Plinth Ltd\n<statements@couch.example>\nwrote:",
            Some((3, true)),
        );
        check("Le 12 mars, votre collègue a écrit :", Some((1, false))); // a narrative, unless marked lines follow
        check("Le virement est parti.\nLe 4 mars 2026 à 10:12, X a écrit :", None); // the first line is the author's
        check(
            "De : A <a@b.example>\nEnvoyé : lundi 4 mai 2026 10:12\nÀ : B\nObjet : Facture",
            Some((4, true)),
        );
        check(
            "*De :* A\n\n*Envoyé :* lundi 4 mai 2026\n\n*Objet :* Facture",
            Some((5, true)),
        );
        check("________________________________\nDe : A\nObjet : B", Some((3, true)));
        check("________________________________\nMarie", None); // a ruled signature
        check(
            "-----Message d'origine-----\nDe : A\nObjet : B\n\nBonjour",
            Some((3, true)),
        );
        check("De : SARL A\nÀ : SARL B\nDate : 12/03/2026\nMontant : 300 €", None); // a remittance advice
        check("Objet : votre échéance du 1er avril\n\nMadame,", None); // a formal letter
        check(
            "From: Heartland\nDate: Sun, Feb 23, 2025 at 6:30 PM\nSubject: last call",
            Some((3, true)),
        );
        check("From Monday we are closed.", None);
        check("> De : A", None);
    }
}
