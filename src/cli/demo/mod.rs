//! The main job shown on a private mail host: a small firm, its customers, and the real daemon between them.

pub mod letter;
pub mod post;
pub mod mailbox;

pub mod firm;
pub mod stage;
pub mod status;
pub mod lifeline;
pub mod program;
pub mod narrator;
pub mod story;
