//! `amiable classify`: replies as JSON lines in, readings as JSON lines out; needs no configuration.

use anyhow::Context as _;
use std::io::{BufRead, BufWriter, Write, stdin, stdout};
use std::process::ExitCode;

use crate::cli::start;
use crate::reading::record::classify_line;

/// Reads until the input ends. A line that is no record is said on standard error, and the others go on.
pub fn classify() -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(stdout().lock());
    let mut code = ExitCode::SUCCESS;
    for (at, line) in stdin().lock().lines().enumerate() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        match classify_line(&line) {
            Ok(reading) => writeln!(out, "{reading}").context("cannot write to standard output")?,
            Err(fault) => {
                start::complain(&format!("line {}: {fault}", at + 1));
                code = ExitCode::FAILURE;
            }
        }
    }
    out.flush().context("cannot write to standard output")?;
    Ok(code)
}
