//! Every fault of a configuration has its case: `tests/bad_config/NAME.toml`, and in `NAME.expected` what a person is told.
//!
//! A case holds only the sections that it is about; the others come from `sound.toml`, appended below, so that the lines
//! told are those of the case. `# without: SECTION` keeps one out. After a change of words,
//! `AMIABLE_BLESS=1 cargo test bad_config` rewrites what is expected; read the difference before committing it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use amiable::wires::config::load::{load, parse};
use amiable::wires::config::settings::{AuthKind, Config, SaveToSent, SecretSetting, TlsMode};
use proptest::prelude::*;

const CASES: &str = "tests/bad_config";

/// A certificate that anybody may read: self-signed, long expired, its key thrown away.
const CERTIFICATE: &str = include_str!("../bad_config/certificate.pem");

/// A directory with the files that the cases name.
fn place() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("password", "correct horse\n", 0o600);
    write("open password", "battery staple\n", 0o644);
    write("empty", "", 0o600);
    write("certificate.pem", CERTIFICATE, 0o644);
    dir
}

/// The case, and below it the sections of `sound.toml` that it leaves out.
fn completed(case: &str) -> String {
    let sound = fs::read_to_string(format!("{CASES}/sound.toml")).unwrap();
    let mut text = case.to_string();
    for section in sound.split_inclusive("\n\n") {
        let name = section.trim_start_matches('[').split(']').next().unwrap();
        let is_there = text.contains(&format!("[{name}]"))
            || text.starts_with(&format!("{name} "))
            || text.contains(&format!("\n{name} "));
        if !is_there && !text.contains(&format!("# without: {name}")) {
            text.push_str(section);
        }
    }
    text
}

fn cases() -> Vec<PathBuf> {
    let paths = fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path());
    let is_case = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "toml") && !path.ends_with("sound.toml");
    let mut cases: Vec<PathBuf> = paths.filter(is_case).collect();
    cases.sort();
    cases
}

fn told(case: &Path, dir: &Path) -> String {
    let text = completed(&fs::read_to_string(case).unwrap());
    match parse(&text, dir, "config.toml") {
        Ok(_) => "No fault.\n".to_string(),
        Err(faults) => faults.to_string().replace(dir.to_str().unwrap(), "DIR"),
    }
}

#[test]
fn every_fault_is_told_as_expected() {
    let dir = place();
    let mut wrong = Vec::new();
    for case in cases() {
        let (told, expected) = (told(&case, dir.path()), case.with_extension("expected"));
        if std::env::var_os("AMIABLE_BLESS").is_some() {
            fs::write(&expected, &told).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", case.display()));
        }
    }
    assert!(cases().len() > 30, "the cases were not found");
    assert!(wrong.is_empty(), "told otherwise than expected:\n{}", wrong.join("\n"));
}

#[test]
fn secrets_are_never_told() {
    let dir = place();
    for case in cases() {
        let told = told(&case, dir.path());
        assert!(
            !told.contains("hunter2"),
            "{} tells a password:\n{told}",
            case.display()
        );
    }
}

#[test]
fn the_shortest_configuration_is_taken_with_every_default() {
    let dir = place();
    let config = parse(&completed(""), dir.path(), "config.toml").unwrap();
    assert_eq!(
        (config.imap.port, config.imap.tls, config.smtp.port),
        (993, TlsMode::Implicit, 465)
    );
    assert_eq!(config.imap.username, "me@test.example");
    assert_eq!(config.imap.secret, SecretSetting::File(dir.path().join("password")));
    assert_eq!(
        (config.imap.auth, config.save_to_sent),
        (AuthKind::Password, SaveToSent::Auto)
    );
    assert_eq!(
        (config.seconds_between, config.digest_at.to_string()),
        (2, "08:00:00".to_string())
    );
    assert_eq!(config.policy.ladder, amiable::model::policy::Policy::default_ladder());
}

/// The example as a user has it after filling it in: the password file is where the test keeps its own.
fn example(dir: &Path, change: impl Fn(&str) -> String) -> Config {
    let text = fs::read_to_string("config.example.toml")
        .unwrap()
        .replace("~/.config/amiable/", "");
    parse(&change(&text), dir, "config.example.toml").unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn the_example_says_the_defaults() {
    let dir = place();
    let short = |text: &str| {
        // Every key that is not the user's own is taken away: what is left must mean the same.
        let is_own = |line: &&str| !line.contains('=') || line.starts_with('#') || line.contains("# yours");
        text.lines()
            .filter(is_own)
            .flat_map(|line| [line, "\n"])
            .collect::<String>()
    };
    assert_eq!(example(dir.path(), str::to_string), example(dir.path(), short));
}

#[test]
fn the_example_shows_the_default_ladder() {
    let dir = place();
    let with_ladder = |text: &str| {
        let (before, ladder) = text.split_at(text.find("#[[ladder]]").unwrap());
        format!("{before}{}", ladder.replace('#', ""))
    };
    assert_eq!(example(dir.path(), with_ladder), example(dir.path(), str::to_string));
}

/// The keys that tools rely on (design, "Interfaces"), each at the value shown there or at its edge.
#[test]
fn what_tools_write_is_taken() {
    let dir = place();
    let text = r#"
        sending = { mode = "draft", hours = "00:00-24:00", days = "all", min_days_between = 0, max_per_day = 0, seconds_between = 0 }
        digest.at = "00:00"
        [me]
        name = "Camille Roux"
        address = "me@test.example"
        aliases = ["contact@test.example"]
        language = "fr"
        country = "FR"
        timezone = "Europe/Paris"
        company = ""
        [payment]
        iban = "FR14 2004 1010 0505 0001 3M02 606"
        [imap]
        host = "127.0.0.1"
        port = 10143
        tls = "none"
        username = "me@test.example"
        password_file = "password"
        ca_file = "certificate.pem"
        [smtp]
        host = "localhost"
        port = 10465
        tls = "implicit"
        username = "me@test.example"
        password_command = ["cat", "password"]
        auth = "oauth2"
        ca_file = "certificate.pem"
        save_to_sent = "never"
        [state]
        dir = "state"
        [[ladder]]
        step = "courtesy"
        after_days = -3
        [[ladder]]
        step = "friendly"
        after_days = 0
        approval = true
        min_gap_days = 0
        [[ladder]]
        step = "formal_notice"
        after_days = 1
    "#;
    let config = parse(text, dir.path(), "config.toml").unwrap_or_else(|faults| panic!("{faults}"));
    let approvals: Vec<bool> = config.policy.ladder.iter().map(|rung| rung.approval).collect();
    assert_eq!(
        approvals,
        [false, true, true],
        "a formal notice asks even where nothing is said"
    );
    assert_eq!(config.payment.iban.as_deref(), Some("FR1420041010050500013M02606"));
    assert_eq!((config.policy.hours.from, config.policy.hours.to), (0, 1440));
    assert_eq!(config.imap.ca_file, Some(dir.path().join("certificate.pem")));
    assert_eq!(
        config.smtp.secret,
        SecretSetting::Command(vec!["cat".to_string(), "password".to_string()])
    );
    assert_eq!(config.me.company, None);
}

#[test]
fn a_file_that_is_not_there_says_what_to_do() {
    let dir = place();
    let told = load(&dir.path().join("none.toml")).unwrap_err().to_string();
    assert!(
        told.contains("none.toml") && told.contains("config.example.toml"),
        "{told}"
    );
    fs::write(dir.path().join("latin1.toml"), b"name = \"Andr\xe9\"").unwrap();
    let told = load(&dir.path().join("latin1.toml")).unwrap_err().to_string();
    assert!(told.contains("UTF-8"), "{told}");
}

#[test]
fn paths_are_relative_to_the_file() {
    let dir = place();
    let case = "[state]\ndir = \"state\"\n\n";
    fs::write(dir.path().join("config.toml"), completed(case)).unwrap();
    let config = load(&dir.path().join("config.toml")).unwrap();
    assert_eq!(config.state_dir, dir.path().join("state"));
}

static PLACE: LazyLock<tempfile::TempDir> = LazyLock::new(place);

proptest! {
    /// Whatever stands in the file: an answer, and never an empty list of faults.
    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,400}") {
        if let Err(faults) = parse(&text, Path::new("/nowhere"), "config.toml") {
            prop_assert!(!faults.faults.is_empty());
        }
    }

    /// The same for files that are nearly right: one piece of the shortest configuration is replaced.
    #[test]
    fn no_slip_makes_it_panic(start in 0usize..600, length in 0usize..20, slip in "[\\[\\]{}\"'=#,.0-9a-z \n-]{0,12}") {
        let sound = completed("");
        let (start, end) = (start.min(sound.len()), (start + length).min(sound.len()));
        let text = format!("{}{slip}{}", &sound[..start], &sound[end..]);
        if let Err(faults) = parse(&text, PLACE.path(), "config.toml") {
            prop_assert!(!faults.faults.is_empty());
        }
    }
}
