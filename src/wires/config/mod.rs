//! The configuration: one TOML file, refused with every fault at once, or taken whole.
//!
//! Declared in reading order: what it holds, what a fault is, how tables are walked, what each section asks for, the whole.

pub mod fault;
pub mod settings;

pub mod spot;
pub mod section;
pub mod values;

pub mod me;
pub mod sending;
pub mod server;

pub mod load;
