//! What a row says once it is checked, and what it becomes: a customer's card and an invoice.

use chrono::NaiveDate;

use serde::{Deserialize, Serialize};

use crate::model::address::Address;
use crate::model::customer::{CustomerCard, CustomerId, CustomerKind, Language};
use crate::model::invoice::{Document, Invoice, InvoiceNumber};
use crate::model::money::Money;
use crate::wires::import_file::fault::CsvFault;

/// What stands for a customer whose row leaves it open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// The user's own language.
    pub language: Language,
    /// The user's own country; it also tells in which order his programs write day and month.
    pub country: String,
}

/// One invoice with its customer, from a row or from the flags of `amiable add`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRow {
    /// The number on the invoice.
    pub number: InvoiceNumber,
    /// The sum, taxes included; positive, of a credit too.
    pub total: Money,
    /// When it was issued.
    pub issued: NaiveDate,
    /// When it is to be paid; never before `issued`.
    pub due: NaiveDate,
    /// The firm or the person.
    pub customer_name: String,
    /// The person to greet.
    pub contact: Option<String>,
    /// At least one; the first is the main one.
    pub emails: Vec<Address>,
    /// `None`: not said.
    pub language: Option<Language>,
    /// ISO 3166-1 alpha-2; `None`: not said.
    pub country: Option<String>,
    /// A part of the country with holidays of its own.
    pub region: Option<String>,
    /// Business where nothing is said.
    pub kind: CustomerKind,
    /// Invoice where nothing is said.
    pub document: Document,
    /// What was delivered.
    pub service: Option<String>,
    /// The customer's order number.
    pub order: Option<String>,
    /// Until when a quote holds.
    pub valid_until: Option<NaiveDate>,
    /// The terms of payment.
    pub terms: Option<String>,
    /// The line in the file, from 1; 0 where there is no file.
    pub line: u64,
}

/// A whole file: the rows that can be taken, and beside them what is wrong with the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportFile {
    /// In the order of the file.
    pub rows: Vec<ImportRow>,
    /// In the order of their lines; a row with a fault is not among `rows`.
    pub faults: Vec<CsvFault>,
}

impl ImportRow {
    /// The customer as this row knows him.
    pub fn card(&self, defaults: &Defaults) -> CustomerCard {
        CustomerCard {
            name: self.customer_name.clone(),
            contact: self.contact.clone(),
            addresses: self.emails.clone(),
            language: self.language.unwrap_or(defaults.language),
            country: self.country.clone().unwrap_or_else(|| defaults.country.clone()),
            region: self.region.clone(),
            kind: self.kind,
        }
    }

    /// The paper, for that customer.
    pub fn invoice(&self, customer: CustomerId) -> Invoice {
        Invoice {
            number: self.number.clone(),
            customer,
            total: self.total,
            issued: self.issued,
            due: self.due,
            document: self.document,
            service: self.service.clone(),
            order: self.order.clone(),
            valid_until: self.valid_until,
            terms: self.terms.clone(),
        }
    }
}
