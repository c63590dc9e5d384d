//! Tells the story as it happens, with a little colour where somebody watches.

use std::io::{IsTerminal, Write, stdout};
use std::time::Instant;

/// Words of a quoted mail that fit on a line beside its writer.
const QUOTE_CHARS_MAX: usize = 96;

/// Where the story is told.
pub struct Narrator<'a> {
    out: &'a mut dyn Write,
    colour: bool,
    begun: Instant,
}

impl<'a> Narrator<'a> {
    /// Colour only on a terminal, and not where NO_COLOR asks for none (no-color.org).
    pub fn new(out: &'a mut dyn Write) -> Narrator<'a> {
        let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Narrator {
            out,
            colour,
            begun: Instant::now(),
        }
    }

    /// Seconds since the story began.
    pub fn seconds(&self) -> f32 {
        self.begun.elapsed().as_secs_f32()
    }

    /// A new part of the story.
    ///
    /// # Errors
    /// Nobody can read any more; likewise below.
    pub fn act(&mut self, title: &str) -> std::io::Result<()> {
        let seconds = self.seconds();
        let title = self.painted("1", title);
        writeln!(self.out, "\n{title}  ({seconds:.0} s)")
    }

    /// Something that is so now, and was made sure of.
    ///
    /// # Errors
    /// As `act`.
    pub fn fact(&mut self, text: &str) -> std::io::Result<()> {
        let mark = self.painted("32", "✓");
        writeln!(self.out, "  {mark} {text}")
    }

    /// Somebody writes.
    ///
    /// # Errors
    /// As `act`.
    pub fn says(&mut self, who: &str, words: &str) -> std::io::Result<()> {
        let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(QUOTE_CHARS_MAX).collect();
        let dots = if short.len() < line.len() { "…" } else { "" };
        let who = self.painted("36", who);
        writeln!(self.out, "  {who}: “{short}{dots}”")
    }

    /// What the program made of it.
    ///
    /// # Errors
    /// As `act`.
    pub fn understood(&mut self, label: &str, text: &str) -> std::io::Result<()> {
        let label = self.painted("33", label);
        writeln!(self.out, "      → {label}: {text}")
    }

    /// A longer text, moved to the right.
    ///
    /// # Errors
    /// As `act`.
    pub fn sheet(&mut self, text: &str) -> std::io::Result<()> {
        for line in text.lines() {
            writeln!(self.out, "  │ {line}")?;
        }
        Ok(())
    }

    /// The last line, for people and scripts alike.
    ///
    /// # Errors
    /// As `act`.
    pub fn end(&mut self, line: &str) -> std::io::Result<()> {
        writeln!(self.out, "\n{line}")
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}
