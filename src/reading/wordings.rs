//! Wordings as data: rows of a rules file, each a pattern with its reason and its examples, compiled once.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One row as it stands in a rules file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row<K> {
    /// Names the row in evidence; unique within its file.
    pub id: String,
    /// What the wording is a sign of.
    pub kind: K,
    /// A regular expression, matched without regard to case on a text that `even` has gone over; `^` and `$` are those of a line.
    pub pattern: String,
    /// Why the row is here.
    pub why: String,
    /// How much it counts, where rows are added up.
    #[serde(default)]
    pub weight: i32,
    /// What it stands for, where it stands for something (a status code).
    #[serde(default)]
    pub value: Option<String>,
    /// Texts in which it must be found.
    pub matches: Vec<String>,
    /// Texts in which it must not be found.
    #[serde(default)]
    pub misses: Vec<String>,
}

/// A row that is ready to be looked for.
#[derive(Debug, Clone)]
pub struct Wording<K> {
    /// The row it was made from.
    pub row: Row<K>,
    regex: Regex,
}

impl<K> Wording<K> {
    /// Whether it occurs. The text is one that `even` has gone over.
    pub fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Where it occurs first, in octets. The text is one that `even` has gone over.
    pub fn find(&self, text: &str) -> Option<std::ops::Range<usize>> {
        self.regex.find(text).map(|found| found.range())
    }
}

/// All rows of one file.
#[derive(Debug, Clone)]
pub struct Wordings<K> {
    all: Vec<Wording<K>>,
}

/// What is wrong with a rules file.
#[derive(Debug, thiserror::Error)]
pub enum RulesFault {
    /// Not TOML, or a key is missing or unknown.
    #[error("the rules cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A pattern is not a regular expression.
    #[error("rule {id}: the pattern is no regular expression: {fault}")]
    Pattern {
        /// Of the row.
        id: String,
        /// From the compiler of patterns.
        fault: regex::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<K> {
    rule: Vec<Row<K>>,
}

impl<K> Default for Wordings<K> {
    fn default() -> Self {
        Wordings { all: Vec::new() }
    }
}

impl<K: DeserializeOwned + PartialEq + Copy> Wordings<K> {
    /// Reads and compiles a rules file.
    pub fn read(text: &str) -> Result<Wordings<K>, RulesFault> {
        let file: File<K> = toml::from_str(text)?;
        let all = file.rule.into_iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Wordings { all })
    }

    /// The rows of one kind, in the order of the file.
    pub fn of(&self, kind: K) -> impl Iterator<Item = &Wording<K>> {
        self.all.iter().filter(move |wording| wording.row.kind == kind)
    }

    /// Every row.
    pub fn all(&self) -> &[Wording<K>] {
        &self.all
    }

    /// Whether a wording of that kind occurs.
    pub fn says(&self, kind: K, text: &str) -> bool {
        self.of(kind).any(|wording| wording.is_in(text))
    }
}

fn compile<K>(row: Row<K>) -> Result<Wording<K>, RulesFault> {
    let built = RegexBuilder::new(&row.pattern)
        .case_insensitive(true)
        .multi_line(true)
        .build();
    match built {
        Ok(regex) => Ok(Wording { row, regex }),
        Err(fault) => Err(RulesFault::Pattern { id: row.id, fault }),
    }
}

/// The text, character by character, with one kind of blank and one kind of apostrophe, so that patterns need no more.
pub fn even(text: &str) -> String {
    let one = |c: char| match c {
        '\n' => '\n',
        '’' | 'ʼ' | '‘' | '´' | '`' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.chars().map(one).collect()
}

/// Where `found`, a part of `even(text)`, stands in the text itself.
pub fn in_original<'t>(text: &'t str, evened: &str, found: std::ops::Range<usize>) -> &'t str {
    let count = |end: usize| evened.get(..end).map_or(0, |head| head.chars().count());
    let octet = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text.get(octet(count(found.start))..octet(count(found.end)))
        .unwrap_or("")
}

/// What a rules file owes its readers: reasons, examples, unique names. Called by the tests of every file.
pub fn faults_of<K: DeserializeOwned + PartialEq + Copy>(text: &str) -> Vec<String> {
    let rules: Wordings<K> = match Wordings::read(text) {
        Ok(rules) => rules,
        Err(fault) => return vec![fault.to_string()],
    };
    let mut faults = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for wording in rules.all() {
        let row = &wording.row;
        if !seen.insert(&row.id) {
            faults.push(format!("{}: the id occurs twice", row.id));
        }
        if row.why.is_empty() || row.matches.is_empty() {
            faults.push(format!("{}: a row needs a reason and an example", row.id));
        }
        let is_in = |text: &&String| wording.is_in(&even(text));
        faults.extend(
            row.matches
                .iter()
                .filter(|t| !is_in(t))
                .map(|t| format!("{}: is not found in {t:?}", row.id)),
        );
        faults.extend(
            row.misses
                .iter()
                .filter(is_in)
                .map(|t| format!("{}: is found in {t:?}", row.id)),
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use crate::reading::wordings::*;

    #[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
    enum Kind {
        A,
    }

    #[test]
    fn faulty_rows_are_named() {
        let check = |text: &str, expected: &str| {
            let faults = faults_of::<Kind>(text).join("; ");
            assert!(faults.contains(expected), "{faults:?} should contain {expected:?}");
        };
        let row = |pattern: &str, matches: &str, misses: &str| {
            format!(
                "[[rule]]\nid='x'\nkind='A'\npattern='''{pattern}'''\nwhy='w'\nmatches={matches}\nmisses={misses}\n"
            )
        };
        check("nonsense", "cannot be read");
        check(&row("(", "['a']", "[]"), "no regular expression");
        check(&row("a", "['b']", "[]"), "not found in \"b\"");
        check(&row("a", "['a']", "['a']"), "is found in \"a\"");
        check(&row("a", "[]", "[]"), "needs a reason and an example");
        check(&(row("a", "['a']", "[]") + &row("a", "['a']", "[]")), "occurs twice");
        assert!(
            faults_of::<Kind>(&row("n'est", "['n’est', \"n'est\"]", "[]")).is_empty(),
            "both apostrophes"
        );
    }

    #[test]
    fn a_find_is_shown_as_written() {
        let text = "Réglé : 1\u{202f}250\u{a0}€, c’est fait";
        let evened = even(text);
        let at = evened.find("1 250 €, c'est").unwrap();
        let found = in_original(text, &evened, at..at + "1 250 €, c'est".len());
        assert_eq!(found, "1\u{202f}250\u{a0}€, c’est");
    }
}
