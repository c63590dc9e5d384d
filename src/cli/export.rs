//! `amiable export`: the journal as it is, for other programs and for keeping.

use anyhow::Context as _;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::start;
use crate::wires::journal;

/// Prints every record, and says on standard error where the mails are. Reads files only: a running daemon goes on.
pub fn export(told: Option<&Path>) -> anyhow::Result<ExitCode> {
    let config = start::config(told)?;
    let mut out = BufWriter::new(stdout().lock());
    journal::export(&config.state_dir.join("journal"), &mut out).context("cannot export the journal")?;
    out.flush().context("cannot write to standard output")?;
    start::complain(&format!(
        "The mails are in {}",
        config.state_dir.join("archive").display()
    ));
    Ok(ExitCode::SUCCESS)
}
