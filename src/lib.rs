//! amiable follows up unpaid invoices from your own mailbox, and stops the moment a customer says no.
//!
//! # The way of the data
//!
//! ```text
//! IMAP ─ arrival ─▶ reading ─ Reading ─▶ matching ─▶ journal ─▶ dunning ─ actions ─▶ writing ─ bytes ─▶ outbox ─▶ SMTP, Sent
//!                                                      ▲                                                  │
//!                                                      └──────────── every outcome is an event ◀──────────┘
//! ```
//!
//! # The house
//!
//! Modules stand in reading order, here and in every `mod.rs`; each uses only those above it. `model`, `reading`,
//! `dunning` and `writing` decide and do no I/O: time and randomness are arguments. `wires` act and decide nothing, and do
//! not know one another. `daemon` and `cli` join them. A test (`tidy`) holds these rules.
//!
//! # What it promises
//!
//! 1. Hold first: arrival, reading and hold of a human message are one journal record.
//! 2. Fence: immediately before a message goes out every changed folder is read to its end, and `decide` runs again.
//! 3. Never twice: a step has one Message-ID, known beforehand; an unknown outcome is never repeated by itself.
//! 4. Never missed: the reading position moves only in the record of what was found.
//! 5. Nothing of a customer is thrown away; all other mail is not looked at beyond its headers.
//! 6. Never over a no: dispute, hardship and stop request end only by an act of the user.
//! 7. Moderation: one follow-up a customer and `min_days_between`, in business hours, never a burst.
//! 8. A guest in the mailbox: it marks, moves and deletes nothing.
//! 9. To the right person: approved addresses only.
//! 10. Mail is hostile: no panic, no hang, no unbounded growth, nothing unescaped.
//! 11. Machines are not people.
//!
//! `docs/promises.md` names the tests that hold each.

pub mod model;
pub mod reading;
pub mod dunning;
pub mod writing;
pub mod wires;
pub mod daemon;
pub mod cli;
