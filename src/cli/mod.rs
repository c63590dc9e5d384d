//! The command line: one definition, what all commands begin with, and a file a command.

pub mod arguments;
pub mod start;
pub mod run;
pub mod check;
pub mod invoices;
pub mod cases;
pub mod digest;
pub mod explain;
pub mod classify;
pub mod export;
pub mod demo;
pub mod dispatch;
