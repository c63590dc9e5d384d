//! `amiable run`: the daemon.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::arguments::Run;
use crate::cli::start;
use crate::daemon::watch;

/// Watches the mailbox until it is told to stop.
pub fn run(told: Option<&Path>, arguments: &Run) -> anyhow::Result<ExitCode> {
    let office = start::office(told)?;
    tracing::info!(mode = ?office.policy().mode, "amiable runs; Ctrl-C ends it");
    start::block_on(watch::run(&office, arguments.once))??;
    Ok(ExitCode::SUCCESS)
}
