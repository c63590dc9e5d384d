//! What we sent, found again in a text whose quotation marks are lost and whose lines were wrapped anew.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// So many words in a row make a passage recognisable as ours.
const PASSAGE_WORDS: usize = 6;

/// The passages and lines of some texts, as hashes.
pub struct Passages {
    passages: HashSet<u64>,
    lines: HashSet<u64>,
}

impl Passages {
    /// Of texts that we sent.
    pub fn of(texts: &[&str]) -> Passages {
        let mut passages = HashSet::new();
        let mut lines = HashSet::new();
        for text in texts {
            let words: Vec<String> = words_of(text).collect();
            passages.extend(words.windows(PASSAGE_WORDS).map(hash_of));
            let of_lines = text.lines().map(|line| words_of(line).collect::<Vec<_>>());
            lines.extend(of_lines.filter(|words| !words.is_empty()).map(|words| hash_of(&words)));
        }
        Passages { passages, lines }
    }

    /// Which of the lines at `open` consist of our passages alone. Passages run on over line ends: their program may
    /// have wrapped anew.
    pub fn lines_in(&self, lines: &[&str], open: &[usize]) -> Vec<usize> {
        if self.passages.is_empty() {
            return Vec::new();
        }
        let at_line = |at: usize| words_of(lines.get(at).copied().unwrap_or("")).map(move |word| (at, word));
        let (places, words): (Vec<usize>, Vec<String>) = open.iter().flat_map(|at| at_line(*at)).unzip();
        let covered = self.covered(&words);
        let texts: HashSet<usize> = places.iter().copied().collect();
        let foreign: HashSet<usize> = places
            .iter()
            .zip(&covered)
            .filter(|(_, ours)| !**ours)
            .map(|(at, _)| *at)
            .collect();
        open.iter()
            .copied()
            .filter(|at| texts.contains(at) && !foreign.contains(at))
            .collect()
    }

    /// Which words stand in a passage of ours.
    fn covered(&self, words: &[String]) -> Vec<bool> {
        let mut covered = vec![false; words.len()];
        for (at, window) in words.windows(PASSAGE_WORDS).enumerate() {
            if self.passages.contains(&hash_of(window)) {
                covered
                    .iter_mut()
                    .skip(at)
                    .take(PASSAGE_WORDS)
                    .for_each(|word| *word = true);
            }
        }
        covered
    }

    /// Whether the line is, word for word, one of ours.
    pub fn has_line(&self, line: &str) -> bool {
        self.lines.contains(&hash_of(&words_of(line).collect::<Vec<_>>()))
    }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn hash_of<W: AsRef<str>>(words: &[W]) -> u64 {
    let mut hash = DefaultHasher::new();
    words.iter().for_each(|word| word.as_ref().hash(&mut hash));
    hash.finish()
}

#[cfg(test)]
mod tests {
    use crate::reading::passages::*;

    #[test]
    fn passages_are_found_however_they_are_wrapped() {
        let check = |theirs: &str, expected: &[usize]| {
            let ours = Passages::of(&["La facture 14 reste impayée à ce jour.\nMerci de la régler.", ""]);
            let lines: Vec<&str> = theirs.lines().collect();
            let all: Vec<usize> = (0..lines.len()).collect();
            assert_eq!(ours.lines_in(&lines, &all), expected, "{theirs:?}");
        };
        check("Payé.\nLa facture 14 reste impayée à ce jour.", &[1]);
        check(
            "La facture 14 reste\nimpayée à ce jour. Merci\nde la régler.",
            &[0, 1, 2],
        );
        check("Vous dites que la facture 14 reste impayée à ce jour : non.", &[]); // a sentence of theirs
        check("La facture 14.", &[]); // too few words to tell
        check("👍\n\n---", &[]);
    }

    #[test]
    fn a_line_without_words_is_nobodys() {
        let ours = Passages::of(&["Bonjour,\n\n---\nMerci"]);
        assert!(ours.has_line("bonjour") && ours.has_line("Merci !"));
        assert!(!ours.has_line("👍") && !ours.has_line(""));
    }
}
