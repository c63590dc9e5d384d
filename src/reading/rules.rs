//! What words mean: the rule files of `rules/`, built in, compiled once, every fault named.

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::model::customer::Language;
use crate::model::reading::{DisputeReason, Label};
use crate::reading::fold::fold;
use crate::reading::vocabulary::{DateForm, DateKind, Rule, Rules, Scope, Sense, ShareForm, Strength, With, Words};

/// A rule file that cannot be used. The files are built in, so a test finds this before any user does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesFault {
    /// Not TOML, or not of the expected shape.
    #[error("rules/{file}: {reason}; see rules/README.md for the form")]
    Form {
        /// Under `rules/`.
        file: String,
        /// What the parser says.
        reason: String,
    },
    /// A pattern does not compile.
    #[error("rules/{file}, {id}: the pattern does not compile: {reason}")]
    Pattern {
        /// Under `rules/`.
        file: String,
        /// Which rule.
        id: String,
        /// What the compiler says.
        reason: String,
    },
    /// Two rules have one name.
    #[error("rules/{file}: the id {id} stands twice; give each rule its own")]
    Twice {
        /// Under `rules/`.
        file: String,
        /// Which rule.
        id: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    sense: Sense,
    #[serde(default)]
    scopes: Vec<Scope>,
    rule: Vec<RuleEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: String,
    strength: Strength,
    pattern: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
    #[serde(default)]
    with: Option<With>,
    #[serde(default)]
    reason: Option<DisputeReason>,
    #[serde(default)]
    leans: Option<Label>,
    #[serde(rename = "match")]
    examples: Vec<String>,
    #[serde(default, rename = "not")]
    counterexamples: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DateFile {
    form: Vec<DateEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DateEntry {
    id: String,
    kind: DateKind,
    #[serde(default)]
    days: i64,
    pattern: String,
    #[serde(rename = "match")]
    examples: BTreeMap<String, String>,
    #[serde(default, rename = "not")]
    counterexamples: Vec<String>,
}

/// The files of one language: name and text.
type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($code:literal: $($name:literal),+) => {
        &[$((concat!($code, "/", $name, ".toml"), include_str!(concat!("../../rules/", $code, "/", $name, ".toml")))),+]
    };
}

const FR: Files = files!("fr": "words", "dates", "cleared", "opt_out", "dispute", "hardship", "paid", "promise", "redirect",
    "request", "acknowledged", "other", "alarm", "routine", "left");
const EN: Files = files!("en": "words", "dates", "cleared", "opt_out", "dispute", "hardship", "paid", "promise", "redirect",
    "request", "acknowledged", "other", "alarm", "routine", "left");

/// The rules of a language, compiled at the first call.
pub fn rules(language: Language) -> Result<&'static Rules, &'static RulesFault> {
    static FRENCH: OnceLock<Result<Rules, RulesFault>> = OnceLock::new();
    static ENGLISH: OnceLock<Result<Rules, RulesFault>> = OnceLock::new();
    match language {
        Language::Fr => FRENCH.get_or_init(|| load(language, FR)).as_ref(),
        Language::En => ENGLISH.get_or_init(|| load(language, EN)).as_ref(),
    }
}

/// Compiles the files of one language.
fn load(language: Language, files: Files) -> Result<Rules, RulesFault> {
    let mut words: Words = parse(&format!("{}/words.toml", language.code()), text_of(files, "words"))?;
    words.folded_hints = words.hints.iter().map(|word| fold(word)).collect();
    let macros = Macros::of(&words);
    let mut rules = Vec::new();
    for (file, text) in files {
        if !file.ends_with("/words.toml") && !file.ends_with("/dates.toml") {
            add_rules(file, text, &macros, &mut rules)?;
        }
    }
    let dates = load_dates(
        &format!("{}/dates.toml", language.code()),
        text_of(files, "dates"),
        &macros,
    )?;
    finish(language, words, &macros, rules, dates)
}

/// Joins the parts; compiles the patterns of the words file.
fn finish(
    language: Language,
    words: Words,
    macros: &Macros,
    rules: Vec<Rule>,
    dates: Vec<DateForm>,
) -> Result<Rules, RulesFault> {
    let file = format!("{}/words.toml", language.code());
    let part = |id: &str, pattern: &str| compile(&file, id, &macros.expand(pattern));
    let p = &words.patterns;
    let shares = p.shares.iter().map(|(pattern, part_of)| {
        let pattern = part("shares", &macros.bounded(pattern))?;
        Ok(ShareForm {
            pattern,
            part: *part_of,
        })
    });
    let amount = compile(&file, "currencies", &amount_pattern(&words))?;
    Ok(Rules {
        language,
        rules,
        dates,
        amount,
        shares: shares.collect::<Result<_, RulesFault>>()?,
        breaks: part("breaks", &p.breaks)?,
        negation_before: part("negation_before", &p.negation_before)?,
        negation_after: part("negation_after", &p.negation_after)?,
        condition: part("condition", &macros.bounded(&p.condition))?,
        harmless_condition: part("harmless_condition", &macros.bounded(&p.harmless_condition))?,
        future: part("future", &macros.bounded(&p.future))?,
        date_denied: part("date_denied", &p.date_denied)?,
        date_range: part("date_range", &p.date_range)?,
        closing: part("closing", &p.closing)?,
        instalments: part("instalments", &macros.bounded(&p.instalments))?,
        return_before: part("return_before", &p.return_before)?,
        absence_before: part("absence_before", &p.absence_before)?,
        inclusive_after: part("inclusive_after", &p.inclusive_after)?,
        inclusive_before: part("inclusive_before", &p.inclusive_before)?,
        accounting: part("accounting", &macros.bounded(&p.accounting))?,
        not_a_payment: part("not_a_payment", &p.not_a_payment)?,
        words,
    })
}

/// Digits in groups or not, with at most one decimal part, and a currency on one side.
fn amount_pattern(words: &Words) -> String {
    let mut currencies: Vec<String> = words.currencies.keys().map(|word| regex::escape(&fold(word))).collect();
    currencies.sort_by_key(|word| std::cmp::Reverse(word.len()));
    currencies.retain(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let (before, after) = (currencies.join("|"), currencies.join("|"));
    format!(
        r"(?:(?P<before>\b(?:{before})|\$) ?)?\b?(?P<number>\d{{1,3}}(?:[ '.,]\d{{3}})+(?:[.,]\d{{1,2}})?|\d+(?:[.,]\d{{1,3}})?)(?: ?(?P<kilo>k))?(?:\.-+)?(?: ?(?P<after>(?:{after})\b|\$))?"
    )
}

/// The text of one file; empty when the list above does not name it, which `parse` then reports.
fn text_of(files: Files, name: &str) -> &'static str {
    let ending = format!("/{name}.toml");
    files
        .iter()
        .find(|(file, _)| file.ends_with(&ending))
        .map_or("", |(_, text)| text)
}

/// Reads TOML of a known shape.
fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, RulesFault> {
    toml::from_str(text).map_err(|error| RulesFault::Form {
        file: file.to_string(),
        reason: error.to_string(),
    })
}

/// Compiles one rule file into `rules`.
fn add_rules(file: &str, text: &str, macros: &Macros, rules: &mut Vec<Rule>) -> Result<(), RulesFault> {
    let parsed: RuleFile = parse(file, text)?;
    let mut seen = BTreeSet::new();
    for entry in parsed.rule {
        if !seen.insert(entry.id.clone()) {
            return Err(RulesFault::Twice {
                file: file.to_string(),
                id: entry.id,
            });
        }
        let pattern = compile(file, &entry.id, &macros.expand(&macros.bounded(&entry.pattern)))?;
        rules.push(Rule {
            id: format!("{}/{}", file.trim_end_matches(".toml"), entry.id),
            sense: parsed.sense,
            strength: entry.strength,
            scopes: entry.scopes.unwrap_or_else(|| parsed.scopes.clone()),
            with: entry.with,
            reason: entry.reason,
            leans: entry.leans,
            pattern,
            examples: entry.examples,
            counterexamples: entry.counterexamples,
        });
    }
    Ok(())
}

/// Compiles the date forms of one language.
fn load_dates(file: &str, text: &str, macros: &Macros) -> Result<Vec<DateForm>, RulesFault> {
    let parsed: DateFile = parse(file, text)?;
    let forms = parsed.form.into_iter().map(|entry| {
        let pattern = compile(file, &entry.id, &macros.expand(&macros.bounded(&entry.pattern)))?;
        Ok(DateForm {
            id: format!("{}/{}", file.trim_end_matches(".toml"), entry.id),
            kind: entry.kind,
            days: entry.days,
            pattern,
            examples: entry.examples.into_iter().collect(),
            counterexamples: entry.counterexamples,
        })
    });
    forms.collect()
}

/// Compiles over octets: the text is ASCII by then, which is much faster than Unicode classes.
fn compile(file: &str, id: &str, pattern: &str) -> Result<Regex, RulesFault> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .multi_line(true)
        .build()
        .map_err(|error| RulesFault::Pattern {
            file: file.to_string(),
            id: id.to_string(),
            reason: error.to_string(),
        })
}

/// The shorthands of the patterns, see rules/README.md.
struct Macros {
    months: String,
    weekdays: String,
    numbers: String,
    /// Numbers written out long enough to name a day: "a", "un", "few" do not.
    days: String,
    ordinals: String,
}

impl Macros {
    /// Longest word first, so that "mars" is not read as "mar".
    fn of(words: &Words) -> Macros {
        fn any<'a>(words: impl Iterator<Item = &'a String>) -> String {
            let mut list: Vec<String> = words.map(|word| regex::escape(&fold(word))).collect();
            list.sort_by_key(|word| std::cmp::Reverse(word.len()));
            list.join("|")
        }
        Macros {
            months: any(words.months.keys()),
            weekdays: any(words.weekdays.keys()),
            numbers: any(words.numbers.keys()),
            days: any(words
                .numbers
                .iter()
                .filter(|(word, number)| word.len() > 3 && **number <= 31)
                .map(|(word, _)| word)),
            ordinals: any(words.ordinals.keys()),
        }
    }

    /// Writes the shorthands out.
    fn expand(&self, pattern: &str) -> String {
        let folded = pattern.replace(" … ", " (?:[^ \n]+ ){0,6}?");
        // "n't" hangs on the verb, where no word begins.
        fold_pattern(&folded)
            .replace("(?:n't", "(?:[a-z]*n't")
            .replace("|n't", "|[a-z]*n't")
            .replace('~', "[a-z0-9]*")
            .replace("{month}", &format!("(?P<month>{})\\b\\.?", self.months))
            .replace("{weekday}", &format!("(?P<weekday>{})\\b\\.?", self.weekdays))
            .replace("{n}", &format!("(?P<n>\\d{{1,3}}|{})", self.numbers))
            .replace(
                "{day}",
                &format!(
                    "(?P<day>(?:0?[1-9]|[12]\\d|3[01])(?:er|e|eme|st|nd|rd|th)?|{})",
                    self.days
                ),
            )
            .replace("{nth}", &format!("(?P<nth>{})", self.ordinals))
            .replace("{dayname}", &format!("(?:(?:{})\\b\\.?,? )?", self.weekdays))
    }

    /// Whole words only, unless the pattern begins or ends with something else.
    fn bounded(&self, pattern: &str) -> String {
        let wordy = |c: Option<char>| {
            c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '(' | ')' | '~' | '{' | '}' | '[' | ']' | '?'))
        };
        let (first, last) = (pattern.chars().next(), pattern.chars().next_back());
        let head = if wordy(first) { "\\b" } else { "" };
        let tail = if wordy(last) { "\\b" } else { "" };
        format!("{head}(?:{pattern}){tail}")
    }
}

/// Folds the letters of a pattern and leaves its syntax (`\S`, `\B`, `(?P<…>`) alone.
fn fold_pattern(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut syntax = false;
    for c in pattern.chars() {
        match c {
            '\\' => out.push(c),
            _ if syntax || c.is_ascii() => out.push(c),
            _ => out.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
        }
        syntax = c == '\\' && !syntax;
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::reading::fold::Folded;
    use crate::reading::rules::*;

    #[test]
    fn every_rule_keeps_to_its_examples() {
        let mut faults = Vec::new();
        for language in [Language::Fr, Language::En] {
            let rules = rules(language).unwrap();
            for rule in &rules.rules {
                assert!(
                    !rule.examples.is_empty(),
                    "{}: give an example that must match",
                    rule.id
                );
                let found = |text: &String| {
                    rule.pattern
                        .is_match(Folded::of(text, Some(&rules.breaks)).text.as_bytes())
                };
                faults.extend(
                    rule.examples
                        .iter()
                        .filter(|text| !found(text))
                        .map(|text| format!("{} misses: {text}", rule.id)),
                );
                faults.extend(
                    rule.counterexamples
                        .iter()
                        .filter(|text| found(text))
                        .map(|text| format!("{} takes: {text}", rule.id)),
                );
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn a_faulty_file_is_named() {
        let check = |text: &str, expected: &str| {
            let macros = Macros {
                months: "mars".into(),
                weekdays: "lundi".into(),
                numbers: "un".into(),
                days: "quinze".into(),
                ordinals: "premier".into(),
            };
            let fault = add_rules("fr/x.toml", text, &macros, &mut Vec::new())
                .unwrap_err()
                .to_string();
            assert!(fault.contains(expected), "{fault}");
        };
        let rule = "[[rule]]\nid = \"a\"\nstrength = \"weak\"\nwhy = \"\"\nmatch = []\n";
        check("sense = \"nonsense\"\n", "rules/fr/x.toml: ");
        check(
            &format!("sense = \"paid\"\n{rule}pattern = '('\n"),
            "rules/fr/x.toml, a: the pattern does not compile",
        );
        check(
            &format!("sense = \"paid\"\n{rule}pattern = 'x'\n{rule}pattern = 'y'\n"),
            "the id a stands twice",
        );
        check(
            &format!("sense = \"paid\"\n{rule}pattern = 'x'\ncolour = 1\n"),
            "unknown field",
        );
    }
}
