//! `amiable digest`: the daily mail as it would be written now, shown or sent.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::arguments::Digest;
use crate::cli::start;
use crate::daemon::request::Request;

/// Shows the digest; with `--send`, the running daemon (or this command, where none runs) mails it.
pub fn digest(told: Option<&Path>, arguments: &Digest) -> anyhow::Result<ExitCode> {
    let request = Request::Digest { send: arguments.send };
    Ok(start::print(&start::request(told, &request)?))
}
