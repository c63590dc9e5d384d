//! Every word that customers and the user read: amounts and dates, threading, follow-ups, digest, notice.
//!
//! Declared in reading order; each file uses only those above it.

pub mod fault;
pub mod clean;
pub mod words;
pub mod terms;
pub mod thread;
pub mod flowed;
pub mod quotation;
pub mod html;
pub mod letter;
pub mod template;
pub mod brief;
#[cfg(test)]
pub mod cast;
pub mod facts;
pub mod follow_up;
pub mod page;
pub mod phrases;
pub mod day;
#[cfg(test)]
pub mod busy_day;
pub mod entries;
pub mod digest;
pub mod notice;

pub mod answers;
pub mod screens;
pub mod findings;
