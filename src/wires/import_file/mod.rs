//! Invoices from a CSV file, as spreadsheets and billing programs write them.
//!
//! Declared in reading order: what comes out, what a fault is, single values, a row, the file.

pub mod fault;
pub mod row;

pub mod amount;
pub mod date;
pub mod text;

pub mod cells;
pub mod read;
