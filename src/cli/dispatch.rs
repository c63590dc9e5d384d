//! From a command to the file that does it.

use std::process::ExitCode;

use crate::cli::arguments::{Arguments, Command};
use crate::cli::cases;
use crate::cli::demo::story;
use crate::cli::{check, classify, digest, explain, export, invoices, run};

/// Does what was asked.
pub fn dispatch(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let told = arguments.config.as_deref();
    match &arguments.command {
        Command::Run(options) => run::run(told, options),
        Command::Check => check::check(told),
        Command::Import(options) => invoices::import(told, options),
        Command::Add(options) => invoices::add(told, options),
        Command::Digest(options) => digest::digest(told, options),
        Command::Explain(options) => explain::explain(options),
        Command::Classify => classify::classify(),
        Command::Export => export::export(told),
        Command::Demo(options) => story::demo(options, &mut std::io::stdout()).map(|_| ExitCode::SUCCESS),
        command => match cases::request_of(command) {
            Some(request) => cases::perform(told, &request),
            // request_of knows every command that is not named above.
            None => anyhow::bail!("this command is not known"),
        },
    }
}
