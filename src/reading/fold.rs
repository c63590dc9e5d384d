//! Folding: text in plain ASCII letters and split into clauses, so that a rule is written once for every way of typing it.

use regex::bytes::Regex;
use std::ops::Range;

/// A text folded for matching; every offset leads back to the original.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// ASCII, lower case, without accents; one clause a line, single spaces.
    pub text: String,
    /// For every octet of `text`, the octet of the original it comes from; one more for the end.
    origin: Vec<usize>,
    /// The clauses, in order.
    pub clauses: Vec<Clause>,
}

/// One clause: a sentence, or a part of it that a contrast ("but") cuts off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Where it stands in the folded text.
    pub range: Range<usize>,
    /// It ends with a question mark.
    pub question: bool,
    /// The first clause of its line.
    pub opens_line: bool,
    /// The first clause of its sentence: not cut off by a contrast.
    pub opens_sentence: bool,
}

impl Folded {
    /// Folds and splits; `breaks` matches the words before which a sentence falls into two clauses.
    pub fn of(original: &str, breaks: Option<&Regex>) -> Folded {
        let mut folder = Folder::default();
        let mut lines = original.split_inclusive('\n').peekable();
        let mut offset = 0;
        while let Some(line) = lines.next() {
            folder.line(line, offset);
            offset += line.len();
            if ends_paragraph(line, lines.peek().copied()) {
                folder.close(false);
                folder.new_line = true;
            } else {
                folder.blank(offset.saturating_sub(1));
            }
        }
        folder.close(false);
        folder.origin.push(original.len());
        let folded = Folded {
            text: folder.text,
            origin: folder.origin,
            clauses: folder.clauses,
        };
        match breaks {
            Some(breaks) => folded.cut(breaks),
            None => folded,
        }
    }

    /// The octets of the original that a folded range comes from.
    pub fn original(&self, range: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| self.origin.get(offset).or(self.origin.last()).copied().unwrap_or(0);
        at(range.start)..at(range.end).max(at(range.start))
    }

    /// The clause in which an offset of the folded text lies.
    pub fn clause_at(&self, offset: usize) -> usize {
        self.clauses
            .partition_point(|clause| clause.range.end <= offset)
            .min(self.clauses.len().saturating_sub(1))
    }

    /// The words of a clause.
    pub fn clause_text(&self, clause: &Clause) -> &str {
        self.text.get(clause.range.clone()).unwrap_or("")
    }

    /// Splits clauses before every match of `breaks`; the blank before it becomes the line end, so offsets stay.
    fn cut(mut self, breaks: &Regex) -> Folded {
        let mut octets = self.text.into_bytes();
        let mut clauses = Vec::with_capacity(self.clauses.len());
        for clause in self.clauses {
            let cuts: Vec<usize> = breaks
                .find_iter(octets.get(clause.range.clone()).unwrap_or(&[]))
                .map(|found| clause.range.start + found.start())
                .filter(|at| octets.get(*at) == Some(&b' ') && *at > clause.range.start)
                .collect();
            let mut start = clause.range.start;
            for at in cuts {
                if let Some(octet) = octets.get_mut(at) {
                    *octet = b'\n';
                }
                clauses.push(Clause {
                    range: start..at,
                    question: false,
                    opens_line: clause.opens_line && start == clause.range.start,
                    opens_sentence: start == clause.range.start,
                });
                start = at + 1;
            }
            clauses.push(Clause {
                opens_line: clause.opens_line && start == clause.range.start,
                opens_sentence: start == clause.range.start,
                range: start..clause.range.end,
                ..clause
            });
        }
        self.text = String::from_utf8(octets).unwrap_or_default();
        self.clauses = clauses;
        self
    }
}

/// Folds one pattern or word, without splitting: accents off, lower case.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, &mut out);
    }
    out
}

/// Lines shorter than this end a clause by themselves; longer ones may be wrapped by a mail program (at 72 columns, RFC 3676).
const WRAPPED_CHARS_MIN: usize = 55;

/// Whether the sentence cannot go on in the next line.
fn ends_paragraph(line: &str, next: Option<&str>) -> bool {
    let next = next.map(str::trim_start).unwrap_or("");
    let wraps = line.trim_end().chars().count() >= WRAPPED_CHARS_MIN && next.starts_with(|c: char| c.is_alphanumeric());
    !wraps
}

/// Words after which a full stop does not end a sentence, in the folded form.
const ABBREVIATIONS: &[&str] = &[
    "m", "mr", "mrs", "ms", "dr", "st", "ste", "art", "ref", "no", "num", "tel", "cf", "fact", "inv", "approx", "env",
    "etc", "p", "vs", "resp", "sig", "jan", "feb", "fev", "janv", "fevr", "sept", "oct", "nov", "dec", "juil", "avr",
    "e.g", "i.e", "p.o", "p.s", "a.m", "p.m", "mme", "mlle", "me", "ltd", "inc", "co", "capt",
];

/// The folded text as it grows.
#[derive(Default)]
struct Folder {
    text: String,
    origin: Vec<usize>,
    clauses: Vec<Clause>,
    start: usize,
    new_line: bool,
}

impl Folder {
    /// Folds one line that begins at `offset` of the original.
    fn line(&mut self, line: &str, offset: usize) {
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c.is_whitespace() {
                self.blank(offset + at);
                continue;
            }
            let before = self.text.len();
            fold_char(c, &mut self.text);
            if self.text.get(before..) == Some(" ") {
                self.text.pop();
                self.blank(offset + at);
                continue;
            }
            self.origin.resize(self.text.len(), offset + at);
            let next = chars.peek().map(|(_, next)| *next);
            if self.ends_sentence(c, next) {
                self.close(c == '?');
            }
        }
    }

    /// A single blank, never at the start of a clause.
    fn blank(&mut self, offset: usize) {
        if self.text.len() > self.start && !self.text.ends_with(' ') {
            self.text.push(' ');
            self.origin.push(offset);
        }
    }

    /// Whether `c`, just written, ends a sentence given what follows.
    fn ends_sentence(&self, c: char, next: Option<char>) -> bool {
        let free = next.is_none_or(|n| n.is_whitespace() || matches!(n, '"' | '»' | '”' | ')'));
        match c {
            '!' | '?' | '…' => free,
            ';' => true,
            '.' if free => {
                let clause = self.text.get(self.start..).unwrap_or("").trim_end_matches('.');
                let word = clause.rsplit([' ', '(', '\'']).next().unwrap_or("");
                !(ABBREVIATIONS.contains(&word) || (word.len() == 1 && word.chars().all(|c| c.is_ascii_alphabetic())))
            }
            _ => false,
        }
    }

    /// Ends the clause under way.
    fn close(&mut self, question: bool) {
        while self.text.len() > self.start && self.text.ends_with(' ') {
            self.text.pop();
            self.origin.pop();
        }
        if self.text.len() == self.start {
            if question && let Some(last) = self.clauses.last_mut() {
                last.question = true;
            }
            return;
        }
        self.clauses.push(Clause {
            range: self.start..self.text.len(),
            question,
            opens_line: self.new_line || self.clauses.is_empty(),
            opens_sentence: true,
        });
        let end = self.origin.last().copied().unwrap_or(0);
        self.text.push('\n');
        self.origin.push(end);
        self.start = self.text.len();
        self.new_line = false;
    }
}

/// Writes the plain form of one character.
fn fold_char(c: char, out: &mut String) {
    let plain = match c {
        'A'..='Z' => {
            out.push(c.to_ascii_lowercase());
            return;
        }
        ' '..='~' => {
            out.push(c);
            return;
        }
        'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' | 'À' | 'Â' | 'Ä' | 'Á' | 'Ã' | 'Å' => "a",
        'ç' | 'Ç' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => "e",
        'î' | 'ï' | 'í' | 'ì' | 'Î' | 'Ï' | 'Í' | 'Ì' => "i",
        'ô' | 'ö' | 'ó' | 'ò' | 'õ' | 'ø' | 'Ô' | 'Ö' | 'Ó' | 'Ò' | 'Õ' | 'Ø' => "o",
        'ù' | 'û' | 'ü' | 'ú' | 'Ù' | 'Û' | 'Ü' | 'Ú' => "u",
        'ÿ' | 'ý' | 'Ÿ' | 'Ý' => "y",
        'ñ' | 'Ñ' => "n",
        'œ' | 'Œ' => "oe",
        'æ' | 'Æ' => "ae",
        'ß' => "ss",
        '’' | '‘' | 'ʼ' | '´' => "'",
        '–' | '—' | '‑' | '‐' | '−' => "-",
        '«' | '»' | '“' | '”' | '„' => "\"",
        '…' => "...",
        '€' => "eur",
        '£' => "gbp",
        '¥' => "jpy",
        '½' => " 1/2",
        '°' => "o",
        _ => "",
    };
    // A combining accent (U+0300 to U+036F) or a soft hyphen belongs to the letter before it; all else parts words.
    let joins = matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fe0f}');
    out.push_str(if plain.is_empty() && !joins { " " } else { plain });
}

#[cfg(test)]
mod tests {
    use crate::reading::fold::*;

    fn clauses(text: &str) -> Vec<String> {
        let breaks = Regex::new(" mais ").unwrap();
        Folded::of(text, Some(&breaks))
            .text
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn text_falls_into_clauses() {
        let check = |text: &str, expected: &[&str]| assert_eq!(clauses(text), expected, "{text}");
        check("Réglé. Merci !", &["regle.", "merci !"]); // accents, a French blank before the mark
        check("Je paie 1.250,00 € le 3.", &["je paie 1.250,00 eur le 3."]); // a point inside a number
        check("M. Dupont paie", &["m. dupont paie"]); // an abbreviation
        check("oui mais non", &["oui", "mais non"]); // a contrast
        check("Bonjour,\nvirement demain", &["bonjour,", "virement demain"]); // a short line ends
        check("", &[]);
        check("🙏", &[]);
        check("e\u{301}te\u{301}", &["ete"]); // decomposed accents
        let wrapped = "Nous vous remercions de votre relance et nous allons faire le\nnécessaire demain.";
        check(
            wrapped,
            &["nous vous remercions de votre relance et nous allons faire le necessaire demain."],
        ); // wrapped at 72
    }

    #[test]
    fn offsets_lead_back() {
        let text = "Désolé, c’est réglé ! À bientôt.";
        let folded = Folded::of(text, None);
        let at = folded.text.find("regle").unwrap();
        assert_eq!(&text[folded.original(&(at..at + 5))], "réglé");
        assert_eq!(folded.clause_at(at), 0);
        let at = folded.text.find("bientot").unwrap();
        assert_eq!(&text[folded.original(&(at..at + 7))], "bientôt");
        assert_eq!(folded.clause_at(at), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_folds(text in "\\PC{0,200}") {
            let folded = Folded::of(&text, None);
            proptest::prop_assert!(folded.text.is_ascii());
            for clause in &folded.clauses {
                proptest::prop_assert!(text.get(folded.original(&clause.range)).is_some());
            }
        }
    }
}
