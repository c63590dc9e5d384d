//! Bytes to understanding: what a message holds, what its author newly wrote, whether a person wrote it, and what it says.
//!
//! Declared in reading order; each file uses only those above it.

pub mod wordings;
pub mod header;
pub mod markup;
pub mod bounds;
pub mod body;
pub mod parse;
pub mod quote;
pub mod passages;
pub mod trim;
pub mod bounce;
pub mod machine;
pub mod fold;
pub mod vocabulary;
pub mod rules;
pub mod language;
pub mod dates;
pub mod amounts;
pub mod scope;
pub mod classify;
pub mod facts;
pub mod read;
pub mod record;
pub mod matching;
pub mod attached;
