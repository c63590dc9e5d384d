//! Decisions: when a day is open, what an answer stops, what goes out next. Pure; time is an argument.

pub mod calendar;
pub mod hold;
pub mod ladder;
pub mod decide;
pub mod plan;
