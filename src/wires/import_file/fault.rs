//! What is wrong with a CSV file: each fault with its line, its column and its remedy.

use std::fmt;

/// One thing that is wrong. The row that it stands in is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFault {
    /// The line in the file, from 1; 0 where there is no file (`amiable add`).
    pub line: u64,
    /// The column's name; empty where it is about the line or the file as a whole.
    pub column: String,
    /// What stands there, short and without control characters.
    pub value_shown: Option<String>,
    /// What is wrong, as a sentence.
    pub problem: String,
    /// What would be right, as a sentence.
    pub remedy: String,
}

/// What is wrong with a value, and what would be right.
pub type Refusal = (String, String);

/// A refusal in so many words.
pub fn refuse<T>(problem: impl Into<String>, remedy: impl Into<String>) -> Result<T, Refusal> {
    Err((problem.into(), remedy.into()))
}

/// Longer values are cut: a fault is to be read at a glance.
const SHOWN_CHARS_MAX: usize = 40;

impl CsvFault {
    /// A fault in that place, about that value.
    pub fn new(line: u64, column: &str, value: Option<&str>, (problem, remedy): Refusal) -> CsvFault {
        CsvFault {
            line,
            column: column.to_string(),
            value_shown: value.map(shown),
            problem,
            remedy,
        }
    }
}

fn shown(value: &str) -> String {
    let mut shown: String = value
        .chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// `line 3, column due, "2026-02-30": there is no such day. Write it like 2026-03-05.`
impl fmt::Display for CsvFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        if self.line > 0 {
            place.push(format!("line {}", self.line));
        }
        match (self.column.is_empty(), self.line) {
            (true, _) => {}
            (false, 0) => place.push(format!("--{}", self.column.replace('_', "-"))),
            (false, _) => place.push(format!("column {}", self.column)),
        }
        place.extend(self.value_shown.iter().map(|value| format!("\"{value}\"")));
        write!(out, "{}: {}. {}", place.join(", "), self.problem, self.remedy)
    }
}
