//! The nouns of the trade: what is owed, by whom, what was said, what happened, what is to be done.
//!
//! Declared in reading order; each file uses only those above it.

pub mod address;
pub mod message_id;
pub mod digest;
pub mod money;
pub mod customer;
pub mod invoice;
pub mod reading;
pub mod hold;
pub mod follow_up;
pub mod arrival;
pub mod policy;
pub mod event;
pub mod case;
pub mod ledger;
pub mod action;
