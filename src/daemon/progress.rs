//! How far a reading has got, shown on a terminal and nowhere else.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// Readings shorter than this are over before a bar could be read.
const SHOWN_FROM_MESSAGES: usize = 500;

/// Told while folders are read.
pub trait Progress {
    /// A folder with so many messages to read.
    fn begin(&mut self, folder: &str, messages: usize);
    /// So many more were read.
    fn advance(&mut self, messages: usize);
    /// The sweep is over.
    fn done(&mut self);
}

/// Tells nobody.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _folder: &str, _messages: usize) {}
    fn advance(&mut self, _messages: usize) {}
    fn done(&mut self) {}
}

/// A bar on standard error, where that is a terminal.
#[derive(Debug, Default)]
pub struct Bar {
    bar: Option<ProgressBar>,
}

impl Progress for Bar {
    fn begin(&mut self, folder: &str, messages: usize) {
        self.done();
        if messages < SHOWN_FROM_MESSAGES || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(messages as u64);
        let style = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} ({eta})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(folder.chars().take(24).collect::<String>());
        self.bar = Some(bar);
    }

    fn advance(&mut self, messages: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(messages as u64);
        }
    }

    fn done(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
