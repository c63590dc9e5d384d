//! From arguments to exit code.

use clap::Parser as _;
use std::process::ExitCode;

use amiable::cli::arguments::Arguments;
use amiable::cli::{dispatch, start};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start::log(arguments.command.logs_by_itself() + arguments.verbose);
    start::quiet_panics();
    dispatch::dispatch(&arguments).unwrap_or_else(|error| start::fail(&error))
}
