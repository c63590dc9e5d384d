//! Machines and people told apart on labelled replies; `AMIABLE_CORPUS` names a directory with more of them.

use std::collections::BTreeMap;
use std::{env, fs, path::PathBuf};

use amiable::model::address::{Address, Mailbox};
use amiable::model::reading::Author;
use amiable::reading::machine::{Verdict, judge};
use amiable::reading::parse::Letter;
use amiable::reading::trim::trim;

#[derive(serde::Deserialize)]
struct Record {
    id: String,
    from: String,
    subject: String,
    headers: BTreeMap<String, String>,
    body: String,
    primary: String,
    labels: Vec<String>,
}

fn letter_of(record: &Record) -> Letter {
    let (name, address) = record.from.rsplit_once('<').unwrap_or(("", &record.from));
    let name = name.trim().trim_matches('"');
    Letter {
        from: Address::parse(address.trim_end_matches('>'))
            .ok()
            .map(|address| Mailbox {
                name: (!name.is_empty()).then(|| name.to_string()),
                address,
            }),
        subject: record.subject.clone(),
        return_path_is_null: record.headers.get("Return-Path").is_some_and(|path| path == "<>"),
        signals: record
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
        text: record.body.clone(),
        ..Letter::default()
    }
}

fn records() -> Vec<Record> {
    let dir = env::var_os("AMIABLE_CORPUS").map_or(PathBuf::from("tests/corpus"), PathBuf::from);
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| {
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Record>>()
        })
        .collect()
}

#[test]
fn machines_are_not_people() {
    let records = records();
    let (mut faults, mut unattended) = (Vec::new(), (0, 0));
    for record in &records {
        let letter = letter_of(record);
        let reply = trim(&letter.text, &[]).reply;
        let Verdict {
            author,
            rule,
            words,
            unattended: nobody,
            ..
        } = judge(&letter, &reply);
        let expected = match record.primary.as_str() {
            "bounce" => Author::Bounce,
            "auto_reply" => Author::AutoReply,
            _ => Author::Human,
        };
        if author != expected {
            faults.push(format!(
                "{}: {} taken for {author:?} by {rule} {words:?}: {} | {:.300}",
                record.id, record.primary, record.subject, reply
            ));
        }
        if author == Author::AutoReply {
            let gone = record.labels.iter().any(|label| label == "redirect");
            if nobody != gone {
                unattended.0 += 1;
                println!("unattended {nobody}: {} {:.400}", record.id, reply);
            } else {
                unattended.1 += 1;
            }
        }
    }
    println!(
        "{} records, {} faults; unattended wrong {} right {}",
        records.len(),
        faults.len(),
        unattended.0,
        unattended.1
    );
    assert!(faults.is_empty(), "{}", faults.join("\n----\n"));
}
