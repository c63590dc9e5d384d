//! What is wrong with a configuration: each fault with its place and its remedy, all of them together.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line in the file, from 1; 0 where it is about the file as a whole.
    pub line: u64,
    /// Section and key: `imap.port`, `ladder[2].step`; empty where it is about the file as a whole.
    pub key: String,
    /// What is wrong, as a sentence without secrets.
    pub problem: String,
    /// What would be right, as a sentence.
    pub remedy: String,
}

/// Everything that is wrong with one file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults {
    /// The file as it was named.
    pub file: String,
    /// In the order of their lines.
    pub faults: Vec<Fault>,
}

/// For a person at a terminal: a line to click on, and below it what to do.
impl fmt::Display for ConfigFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => writeln!(out, "The configuration has a fault:")?,
            many => writeln!(out, "The configuration has {many} faults:")?,
        }
        for fault in &self.faults {
            write!(out, "\n{}", self.file)?;
            if fault.line > 0 {
                write!(out, ":{}", fault.line)?;
            }
            if !fault.key.is_empty() {
                write!(out, ": {}", fault.key)?;
            }
            write!(out, ": {}\n    {}\n", fault.problem, fault.remedy)?;
        }
        Ok(())
    }
}
