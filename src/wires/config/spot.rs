//! Where a value stands in the file, and the faults collected so far.

use std::ops::Range;

use crate::wires::config::fault::Fault;

/// Collects faults while the document is walked.
#[derive(Debug)]
pub struct Faults<'d> {
    text: &'d str,
    keys: &'d [(&'d str, &'d [&'d str])],
    list: Vec<Fault>,
}

/// A value with its place, so that a later check can still point at it.
#[derive(Debug, Clone)]
pub struct Spot<T> {
    /// What stands there.
    pub value: T,
    /// In which line, from 1.
    pub line: u64,
    /// Under which key: `imap.port`.
    pub key: String,
}

impl<'d> Faults<'d> {
    /// No fault so far in this text, whose sections may have those keys.
    pub fn new(text: &'d str, keys: &'d [(&'d str, &'d [&'d str])]) -> Faults<'d> {
        Faults {
            text,
            keys,
            list: Vec::new(),
        }
    }

    /// The sections that know this key, as the file writes them.
    pub fn homes_of(&self, key: &str) -> Vec<String> {
        let homes = self.keys.iter().filter(|(_, keys)| keys.contains(&key));
        homes.map(|(section, _)| format!("[{section}]")).collect()
    }

    /// The end of the file, where something can be added.
    pub fn last_line(&self) -> u64 {
        self.text.lines().count().max(1) as u64
    }

    /// The faults in the order of their lines.
    pub fn into_list(mut self) -> Vec<Fault> {
        self.list.sort_by_key(|fault| fault.line);
        // A value that is asked for twice is told of once.
        self.list.dedup();
        self.list
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Something is wrong in that line, under that key.
    pub fn add(&mut self, line: u64, key: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        let (key, problem, remedy) = (key.to_string(), problem.into(), remedy.into());
        self.list.push(Fault {
            line,
            key,
            problem,
            remedy,
        });
    }

    /// Something is wrong with this value.
    pub fn at<T>(&mut self, spot: &Spot<T>, problem: impl Into<String>, remedy: impl Into<String>) {
        self.add(spot.line, &spot.key, problem, remedy);
    }

    /// The value that was made of the one at this spot; what stood against it, as (problem, remedy), is a fault.
    pub fn keep<T, U>(&mut self, spot: &Spot<T>, made: Result<U, (String, String)>) -> Option<U> {
        made.map_err(|(problem, remedy)| self.at(spot, problem, remedy)).ok()
    }

    /// The line in which a span begins, from 1.
    pub fn line_of(&self, span: &Range<usize>) -> u64 {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|octet| **octet == b'\n').count() as u64
    }
}

/// A value from the file between quotation marks, short and without control characters.
pub fn shown(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Longer values are cut: a fault is to be read at a glance.
const SHOWN_CHARS_MAX: usize = 60;

/// Short and without control characters.
pub fn escaped(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
