//! `amiable import` and `amiable add`: invoices taken over.

use anyhow::Context as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::arguments::{Add, Import};
use crate::cli::start;
use crate::daemon::import::defaults_of;
use crate::daemon::request::Request;
use crate::wires::import_file::fault::CsvFault;
use crate::wires::import_file::read::{parse, parse_one};
use crate::wires::import_file::row::ImportRow;

/// Takes the good rows of a file; says line, column and reason of the others. With `--strict`, all or nothing.
pub fn import(told: Option<&Path>, arguments: &Import) -> anyhow::Result<ExitCode> {
    let config = start::config(told)?;
    let octets = fs::read(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let today = chrono::Local::now().date_naive();
    let file = parse(&octets, today, &defaults_of(&config));
    refuse(&file.faults, &arguments.file.display().to_string());
    if file.rows.is_empty() || (arguments.strict && !file.faults.is_empty()) {
        return Ok(ExitCode::FAILURE);
    }
    let code = take(told, file.rows)?;
    Ok(if file.faults.is_empty() {
        code
    } else {
        ExitCode::FAILURE
    })
}

/// Takes one invoice from flags.
pub fn add(told: Option<&Path>, arguments: &Add) -> anyhow::Result<ExitCode> {
    let config = start::config(told)?;
    let today = chrono::Local::now().date_naive();
    match parse_one(&arguments.columns(), today, &defaults_of(&config)) {
        Ok(row) => take(told, vec![row]),
        Err(faults) => {
            refuse(&faults, "amiable add");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn take(told: Option<&Path>, rows: Vec<ImportRow>) -> anyhow::Result<ExitCode> {
    Ok(start::print(&start::request(told, &Request::Import { rows })?))
}

fn refuse(faults: &[CsvFault], source: &str) {
    for fault in faults {
        start::complain(&format!("{source}:{fault}"));
    }
}
