//! The commands about cases: each becomes one request to the books.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::arguments::Command;
use crate::cli::start;
use crate::daemon::request::Request;

/// The request that a command stands for; `None`: it is not one about cases.
pub fn request_of(command: &Command) -> Option<Request> {
    Some(match command {
        Command::Paid(told) => Request::Paid {
            number: told.number.clone(),
            amount: told.amount,
            on: told.on,
        },
        Command::Note(told) => Request::Note {
            number: told.number.clone(),
            text: told.text.clone(),
            promise: told.promise,
        },
        Command::Hold(told) => Request::Hold {
            number: told.number.clone(),
            until: told.until,
        },
        Command::Resume(told) => Request::Resume {
            number: told.number.clone(),
            despite: told.despite,
        },
        Command::Settle(told) => Request::Settle {
            number: told.number.clone(),
            amount: told.amount,
        },
        Command::Stop(told) => Request::Stop {
            number: told.number.clone(),
        },
        Command::Approve(told) => Request::Approve {
            number: told.number.clone(),
            step: told.step,
        },
        Command::Contact(told) => Request::Contact {
            number: told.number.clone(),
            address: told.address.clone(),
        },
        Command::Status(told) => Request::Status { json: told.json },
        Command::Show(told) => Request::Show {
            number: told.number.clone(),
        },
        Command::Plan(told) => Request::Plan {
            number: told.number.clone(),
            until: told.until,
            json: told.json,
        },
        _ => return None,
    })
}

/// Carries it out and prints the answer.
pub fn perform(told: Option<&Path>, request: &Request) -> anyhow::Result<ExitCode> {
    Ok(start::print(&start::request(told, request)?))
}
