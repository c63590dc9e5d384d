//! A command as it travels to the daemon, and its answer.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::address::Address;
use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;
use crate::model::reading::Label;
use crate::wires::import_file::row::ImportRow;

/// What can be asked of the books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[allow(missing_docs)] // each is the command of that name; the manual of the command line describes them
pub enum Request {
    Import {
        rows: Vec<ImportRow>,
    },
    Paid {
        number: InvoiceNumber,
        amount: Option<Decimal>,
        on: Option<NaiveDate>,
    },
    Note {
        number: InvoiceNumber,
        text: String,
        promise: Option<NaiveDate>,
    },
    Hold {
        number: InvoiceNumber,
        until: Option<NaiveDate>,
    },
    Resume {
        number: InvoiceNumber,
        despite: Option<Label>,
    },
    Settle {
        number: InvoiceNumber,
        amount: Option<Decimal>,
    },
    Stop {
        number: InvoiceNumber,
    },
    Approve {
        number: InvoiceNumber,
        step: Step,
    },
    Contact {
        number: InvoiceNumber,
        address: Address,
    },
    Status {
        json: bool,
    },
    Show {
        number: InvoiceNumber,
    },
    Plan {
        number: Option<InvoiceNumber>,
        until: Option<NaiveDate>,
        json: bool,
    },
    Digest {
        send: bool,
    },
}

impl Request {
    /// Whether it changes anything: then the daemon decides anew.
    pub fn changes(&self) -> bool {
        !matches!(
            self,
            Request::Status { .. } | Request::Show { .. } | Request::Plan { .. } | Request::Digest { .. }
        )
    }
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was done.
    pub ok: bool,
    /// What to print.
    pub text: String,
}
