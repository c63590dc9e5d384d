//! Every fault of a CSV file has its case: `tests/bad_csv/NAME.csv`, and in `NAME.expected` the rows taken and the faults told.
//!
//! After a change of words, `AMIABLE_BLESS=1 cargo test bad_csv` rewrites what is expected; read the difference first.

use std::fs;
use std::path::{Path, PathBuf};

use amiable::model::customer::Language;
use amiable::wires::import_file::read::{parse, parse_one};
use amiable::wires::import_file::row::{Defaults, ImportFile};
use chrono::NaiveDate;
use proptest::prelude::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()
}

fn defaults() -> Defaults {
    Defaults {
        language: Language::Fr,
        country: "FR".to_string(),
    }
}

fn cases() -> Vec<PathBuf> {
    let paths = fs::read_dir("tests/bad_csv")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ext| ext == "csv"))
        .collect();
    cases.sort();
    cases
}

/// What became of the file, a line for each row and each fault.
fn told(file: &ImportFile) -> String {
    let mut told = String::new();
    for row in &file.rows {
        let card = row.card(&defaults());
        let emails: Vec<&str> = row.emails.iter().map(|address| address.as_str()).collect();
        told += &format!(
            "taken {}: {} {:?} {} {} issued {} due {} {} <{}> {:?} {} {:?}\n",
            row.line,
            row.number,
            row.document,
            row.total.amount_text(),
            row.total.currency.code(),
            row.issued,
            row.due,
            row.customer_name,
            emails.join(" "),
            card.language,
            card.country,
            row.kind,
        );
    }
    for fault in &file.faults {
        told += &format!("{fault}\n");
    }
    told
}

#[test]
fn every_fault_is_told_as_expected() {
    let mut wrong = Vec::new();
    for case in cases() {
        let told = told(&parse(&fs::read(&case).unwrap(), today(), &defaults()));
        let expected = case.with_extension("expected");
        if std::env::var_os("AMIABLE_BLESS").is_some() {
            fs::write(&expected, &told).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", case.display()));
        }
    }
    assert!(cases().len() > 25, "the cases were not found");
    assert!(wrong.is_empty(), "told otherwise than expected:\n{}", wrong.join("\n"));
}

/// A row and the flags of `amiable add` are judged by the same rules.
#[test]
fn flags_are_read_like_a_row() {
    let row = [
        ("number", "2026-001"),
        ("amount", "1 250,00"),
        ("currency", "EUR"),
        ("issued", "2026-01-15"),
        ("due", "15/02/2026"),
        ("customer", "Atelier Morel"),
        ("email", "claire@morel.example"),
    ];
    let taken = parse_one(&row, today(), &defaults()).unwrap();
    assert_eq!((taken.line, taken.total.amount_text().as_str()), (0, "1250.00"));
    let faults = parse_one(&row[..6], today(), &defaults()).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["--email: is empty. Fill it in: where reminders go, like claire@atelier-morel.example."]
    );
}

fn header() -> String {
    fs::read_to_string(Path::new("tests/bad_csv/sound.csv"))
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_string()
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        parse(&octets, today(), &defaults());
    }

    /// The same below a sound header; and each line is either taken or told of.
    #[test]
    fn no_row_makes_it_panic(rows in proptest::collection::vec("[0-9a-zé@.;, /\"\t+=-]{0,60}", 0..8)) {
        let text = format!("{}\n{}\n", header(), rows.join("\n"));
        let file = parse(text.as_bytes(), today(), &defaults());
        prop_assert!(!file.rows.is_empty() || !file.faults.is_empty() || rows.iter().all(|row| row.trim_matches([' ', ',', '"', '\t']).is_empty()));
    }

    /// What we write ourselves is read as it was meant.
    #[test]
    fn amounts_and_dates_survive(cents in 1i64..100_000_000, days in 0u64..4_000) {
        let issued = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + chrono::Days::new(days);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let text = format!("{}\n1,{amount},EUR,{issued},{issued},A,a@b.example,,,\n", header());
        let file = parse(text.as_bytes(), today(), &defaults());
        prop_assert_eq!(&file.faults, &vec![]);
        prop_assert_eq!(file.rows[0].total.amount_text(), amount);
        prop_assert_eq!(file.rows[0].issued, issued);
    }
}
