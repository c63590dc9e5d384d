//! `amiable check`: logs in, looks around, and says in plain words what to mend; sends nothing.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::start;
use crate::daemon::failure::Failure;
use crate::daemon::survey::survey;
use crate::wires::control::is_listening;
use crate::writing::findings::{Finding, Weight};

/// Prints a line for each thing looked at; the exit code is that of the first fault.
pub fn check(told: Option<&Path>) -> anyhow::Result<ExitCode> {
    let office = start::office(told)?;
    let mut survey = start::block_on(survey(&office))?;
    survey
        .findings
        .push(Finding::Daemon(is_listening(&office.config.state_dir)));
    for finding in &survey.findings {
        start::say(&finding.line(office.config.me.language));
    }
    let faulty = survey.findings.iter().any(|finding| finding.weight() == Weight::Fault);
    Ok(match survey.failure.as_ref().map(Failure::exit_code) {
        Some(code) => ExitCode::from(code),
        None if faulty => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}
