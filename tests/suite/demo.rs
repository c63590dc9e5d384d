//! The demo succeeds: the whole main job, with the real daemon on a real mail host.

use std::time::Duration;

use crate::mailhost::{MailHost, Options};
use crate::program::amiable_with;

#[test]
fn the_demo_ends_well() {
    let host = MailHost::start(Options::default());
    let root = host.root.to_str().unwrap();
    let told = amiable_with(&["demo", "--mailhost", root], b"", Duration::from_secs(90)).ok();
    assert_eq!(
        told.lines().last(),
        Some("demo ok: replies=9 held=9 sent=11 duplicates=0"),
        "{told}"
    );
    assert!(!told.contains('\u{1b}'), "colour is for terminals");
}

#[test]
fn without_a_mail_host_it_says_what_to_start() {
    let run = amiable_with(&["demo", "--mailhost", "/nonexistent"], b"", Duration::from_secs(20));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("tests/mailhost/start.sh"), "{run:?}");
}
