//! One row, cell by cell: everything that is wrong with it, or the invoice that it says.

use chrono::NaiveDate;
use iso_currency::Currency;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::model::address::Address;
use crate::model::customer::{CustomerKind, Language};
use crate::model::invoice::{Document, InvoiceNumber};
use crate::model::money::Money;
use crate::wires::import_file::amount::amount;
use crate::wires::import_file::date::{DayOrder, date};
use crate::wires::import_file::fault::{CsvFault, Refusal, refuse};
use crate::wires::import_file::row::ImportRow;
use crate::wires::names::{country, nearest, one_of};

/// Columns that every file has; language, country and kind may be empty.
pub const REQUIRED: [&str; 10] = [
    "number", "amount", "currency", "issued", "due", "customer", "email", "language", "country", "kind",
];
/// Columns that a file may have besides.
pub const OPTIONAL: [&str; 7] = ["type", "contact", "service", "order", "region", "valid_until", "terms"];
/// The columns with dates in them.
pub const DATES: [&str; 3] = ["issued", "due", "valid_until"];

/// Longer texts are two cells in one, or a quotation mark that is never closed.
const CHARS_MAX: usize = 500;
/// More addresses for one invoice are a mailing list.
const ADDRESSES_MAX: usize = 10;

/// The cells of a row by column, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// The line in the file, from 1; 0 where there is no file.
    pub line: u64,
    /// What stands in each column.
    pub cells: BTreeMap<&'static str, String>,
}

impl Cells {
    /// What stands in that column; nothing where there is no such column.
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// A row while it is read: what was wrong so far.
struct Reader<'c> {
    cells: &'c Cells,
    faults: Vec<CsvFault>,
}

/// Reads the row, or says everything that is wrong with it.
pub fn row(cells: &Cells, order: DayOrder, today: NaiveDate) -> Result<ImportRow, Vec<CsvFault>> {
    let mut reader = Reader {
        cells,
        faults: Vec::new(),
    };
    let row = reader.row(order, today);
    match row {
        Some(row) if reader.faults.is_empty() => Ok(row),
        _ => Err(reader.faults),
    }
}

impl Reader<'_> {
    fn row(&mut self, order: DayOrder, today: NaiveDate) -> Option<ImportRow> {
        self.check_characters();
        let number = self.required("number", number);
        let document = self.optional("type", document);
        let currency = self.required("currency", currency);
        let total = self.required("amount", |text| amount(text, currency));
        let issued = self.required("issued", |text| date(text, order, today));
        let [due, valid_until] =
            ["due", "valid_until"].map(|column| self.optional(column, |text| date(text, order, today)));
        let document = document.unwrap_or_default();
        let total = total.and_then(|total| self.signed(total, document));
        let due = self.due(issued, due, valid_until, document);
        let customer_name = self.required("customer", |text| Ok(text.to_string()));
        let emails = self.required("email", addresses);
        let language = self.optional("language", language);
        let country = self.optional("country", |text| {
            country(text).or_else(|remedy| refuse("is not the code of a country", remedy))
        });
        let kind = self.optional("kind", kind).unwrap_or_default();
        let [contact, region, service, purchase_order, terms] = ["contact", "region", "service", "order", "terms"]
            .map(|column| self.optional(column, |text| Ok(text.to_string())));
        Some(ImportRow {
            number: number?,
            total: Money {
                amount: total?,
                currency: currency?,
            },
            issued: issued?,
            due: due?,
            customer_name: customer_name?,
            contact,
            emails: emails?,
            language,
            country,
            region,
            kind,
            document,
            service,
            order: purchase_order,
            valid_until,
            terms,
            line: self.cells.line,
        })
    }

    fn fault(&mut self, column: &str, refusal: Refusal) {
        let value = Some(self.cells.get(column)).filter(|value| !value.is_empty());
        self.faults.push(CsvFault::new(self.cells.line, column, value, refusal));
    }

    /// A cell that may be empty.
    fn optional<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Option<T> {
        let text = Some(self.cells.get(column)).filter(|text| !text.is_empty())?;
        read(text).map_err(|refusal| self.fault(column, refusal)).ok()
    }

    /// A cell that may not.
    fn required<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Option<T> {
        if self.cells.get(column).is_empty() {
            self.fault(
                column,
                ("is empty".to_string(), format!("Fill it in: {}.", example(column))),
            );
        }
        self.optional(column, read)
    }

    /// Line breaks and other control characters have no place in a header or a greeting.
    fn check_characters(&mut self) {
        let cells = self.cells;
        for (column, text) in &cells.cells {
            if text.contains(['\n', '\r']) {
                let remedy = "Write it in one line; or is there a quotation mark (\") that is never closed?";
                self.fault(column, ("has a line break in it".to_string(), remedy.to_string()));
            } else if text.chars().any(char::is_control) {
                self.fault(
                    column,
                    ("has a control character in it".to_string(), "Type it anew.".to_string()),
                );
            } else if text.chars().count() > CHARS_MAX {
                let remedy = "Shorten it; or is there a quotation mark (\") that is never closed?";
                self.fault(
                    column,
                    (format!("has more than {CHARS_MAX} characters"), remedy.to_string()),
                );
            } else if text.starts_with('=') {
                self.fault(
                    column,
                    ("is a formula".to_string(), "Write what it comes to.".to_string()),
                );
            }
        }
    }

    /// Only a credit may be negative; it is kept as a positive sum either way.
    fn signed(&mut self, total: Decimal, document: Document) -> Option<Decimal> {
        let refusal = match document {
            _ if total.is_zero() => ("is nothing to follow up", "Leave the row out."),
            Document::Credit => return Some(total.abs()),
            _ if total.is_sign_negative() => (
                "is negative",
                "Is it a credit note? Then write credit in the column type.",
            ),
            _ => return Some(total),
        };
        self.fault("amount", (refusal.0.to_string(), refusal.1.to_string()));
        None
    }

    /// A credit is due at once and a quote when it ends, where nothing else is said.
    fn due(
        &mut self,
        issued: Option<NaiveDate>,
        due: Option<NaiveDate>,
        valid_until: Option<NaiveDate>,
        document: Document,
    ) -> Option<NaiveDate> {
        let instead = match document {
            Document::Credit => issued,
            Document::Quote => valid_until,
            Document::Invoice => None,
        };
        if self.cells.get("due").is_empty() && instead.is_none() {
            self.fault(
                "due",
                ("is empty".to_string(), format!("Fill it in: {}.", example("due"))),
            );
        }
        for (column, day) in [("due", due), ("valid_until", valid_until)] {
            if let (Some(issued), Some(day)) = (issued, day)
                && day < issued
            {
                let remedy = format!("Compare it with issued, {issued}.");
                self.fault(column, ("lies before the day of issue".to_string(), remedy));
            }
        }
        due.or(instead)
    }
}

/// What a cell looks like.
fn example(column: &str) -> &'static str {
    match column {
        "number" => "the number printed on the invoice, like 2026-014",
        "amount" => "the sum to be paid, like 1250.00",
        "currency" => "three letters, like EUR",
        "issued" | "due" => "a day like 2026-03-05",
        "customer" => "the firm or the person, like Atelier Morel",
        "email" => "where reminders go, like claire@atelier-morel.example",
        _ => "see the manual",
    }
}

fn number(text: &str) -> Result<InvoiceNumber, Refusal> {
    let is_shorthand = text.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        exponent.starts_with('+') && mantissa.contains(['.', ',']) && mantissa.starts_with(|c: char| c.is_ascii_digit())
    });
    if is_shorthand {
        return refuse(
            "was shortened by a spreadsheet",
            "Format the column as text and type the number anew.",
        );
    }
    InvoiceNumber::parse(text).map_or_else(
        || refuse("is no invoice number", "Use at most 64 characters in one line."),
        Ok,
    )
}

fn currency(text: &str) -> Result<Currency, Refusal> {
    let code = text.to_uppercase();
    Currency::from_code(&code).filter(|_| code.len() == 3).map_or_else(
        || {
            let sign = match text {
                "€" | "euro" | "euros" => "Write EUR.",
                "£" => "Write GBP.",
                "$" => "Write USD, CAD, or whichever dollar it is.",
                "Fr." | "Fr" | "SFr." => "Write CHF.",
                _ => "Write three letters (ISO 4217), like EUR, CHF or GBP.",
            };
            refuse("is not the code of a currency", sign)
        },
        Ok,
    )
}

/// Several stand between semicolons, commas or blanks; the first is the main one.
fn addresses(text: &str) -> Result<Vec<Address>, Refusal> {
    let remedy = "Write bare addresses, several of them with a semicolon between: a@x.example;b@x.example.";
    let mut addresses: Vec<Address> = Vec::new();
    for part in text.split([';', ',', ' ']).filter(|part| !part.is_empty()) {
        match Address::parse(part) {
            Ok(address) if addresses.contains(&address) => {}
            Ok(address) => addresses.push(address),
            Err(_) => return refuse("is not an e-mail address", remedy),
        }
    }
    match addresses.len() {
        0 => refuse("has no e-mail address", remedy),
        1..=ADDRESSES_MAX => Ok(addresses),
        _ => refuse(
            format!("has more than {ADDRESSES_MAX} addresses"),
            "Keep those that the invoice went to.",
        ),
    }
}

fn language(text: &str) -> Result<Language, Refusal> {
    Language::from_code(text).map_or_else(
        || {
            refuse(
                "is not a language that is written here",
                "Write fr or en, or leave it empty.",
            )
        },
        Ok,
    )
}

fn kind(text: &str) -> Result<CustomerKind, Refusal> {
    match text.to_lowercase().as_str() {
        "business" => Ok(CustomerKind::Business),
        "consumer" => Ok(CustomerKind::Consumer),
        "particulier" | "private" | "b2c" | "c" => refuse("is no kind of customer", "Write consumer."),
        "professionnel" | "pro" | "entreprise" | "b2b" | "b" => refuse("is no kind of customer", "Write business."),
        other => refuse("is no kind of customer", meant(other, &["business", "consumer"])),
    }
}

fn document(text: &str) -> Result<Document, Refusal> {
    match text.to_lowercase().as_str() {
        "invoice" => Ok(Document::Invoice),
        "quote" => Ok(Document::Quote),
        "credit" => Ok(Document::Credit),
        "facture" => refuse("is no type of document", "Write invoice, or leave it empty."),
        "devis" => refuse("is no type of document", "Write quote."),
        "avoir" => refuse("is no type of document", "Write credit."),
        other => refuse("is no type of document", meant(other, &["invoice", "quote", "credit"])),
    }
}

fn meant(typed: &str, names: &[&str]) -> String {
    match nearest(typed, names.iter().copied()) {
        Some(name) => format!("Did you mean {name}?"),
        None => format!("Write {}.", one_of(names)),
    }
}
