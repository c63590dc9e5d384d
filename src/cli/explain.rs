//! `amiable explain`: how mails are understood, and by which words; needs no configuration.

use anyhow::Context as _;
use chrono::{DateTime, FixedOffset, Local};
use serde_json::{Value, json};
use std::fs;
use std::process::ExitCode;

use crate::cli::arguments::Explain;
use crate::cli::start;
use crate::model::reading::{Author, Understood};
use crate::reading::parse::{Letter, parse};
use crate::reading::read::{Context, read};
use crate::reading::record::answer;

/// Explains each file. One that cannot be read is said on standard error, and the others go on.
pub fn explain(arguments: &Explain) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for path in &arguments.files {
        let name = path.display().to_string();
        let raw = match fs::read(path).with_context(|| format!("cannot read {name}")) {
            Ok(raw) => raw,
            Err(error) => {
                start::complain(&format!("{error:#}"));
                code = ExitCode::FAILURE;
                continue;
            }
        };
        let letter = parse(&raw);
        let understood = understood(&letter);
        if arguments.json {
            start::say(&as_json(&name, understood)?.to_string());
        } else {
            start::say(&format!("{}\n", as_text(&name, &letter, &understood)));
        }
    }
    Ok(code)
}

/// A file knows no case: relative dates are resolved against its own Date, else against now.
fn understood(letter: &Letter) -> Understood {
    let received: DateTime<FixedOffset> = letter.date.unwrap_or_else(|| Local::now().fixed_offset());
    read(
        letter,
        &Context {
            received,
            invoice: None,
            country: None,
            ours: &[],
        },
    )
}

fn as_json(name: &str, understood: Understood) -> anyhow::Result<Value> {
    let (reading, said) = (understood.reading.clone(), understood.said.clone());
    let mut line = serde_json::to_value(answer(name.to_string(), understood)).context("cannot write JSON")?;
    let bounce = reading.bounce.as_ref().map(|bounce| {
        json!({
            "recipient": said.bounce_recipient,
            "status": bounce.status,
            "permanent": bounce.permanent,
        })
    });
    let more = json!({
        "file": name,
        "kind": kind(reading.author),
        "reply_text": said.reply_text,
        "dates": said.dates,
        "amounts": said.amounts,
        "bounce": bounce,
        "unattended": reading.unattended,
        "doubt": reading.doubt,
        "evidence": said.evidence,
    });
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
        // The file is the name; `id` belongs to the records of `classify`.
        line.remove("id");
    }
    Ok(line)
}

fn kind(author: Author) -> &'static str {
    match author {
        Author::Human => "human",
        Author::AutoReply => "auto_reply",
        Author::Bounce => "bounce",
    }
}

fn as_text(name: &str, letter: &Letter, understood: &Understood) -> String {
    let Understood { reading, said } = understood;
    let labels: Vec<&str> = reading.labels.iter().map(|label| label.name()).collect();
    let sure = (reading.confidence * 100.0).round();
    let mut lines = vec![format!("{name}: {}", printable(&letter.subject))];
    lines.push(format!(
        "  {} by a {} ({sure} %)",
        labels.join(" + "),
        kind(reading.author)
    ));
    if let Some(doubt) = reading.doubt {
        lines.push(format!("  needs review: {doubt:?}").to_lowercase());
    }
    for evidence in &said.evidence {
        let (label, words) = (evidence.label.name(), printable(&evidence.words));
        lines.push(format!("  {label}: \"{words}\" ({})", evidence.rule));
    }
    lines.extend(reading.promise_date.map(|date| format!("  payment by {date}")));
    lines.extend(reading.absent_until.map(|date| format!("  absent until {date}")));
    lines.extend(
        said.redirect_to
            .as_ref()
            .map(|address| format!("  write instead to {address}")),
    );
    lines.extend(
        said.dates
            .iter()
            .map(|found| format!("  date: \"{}\" = {}", printable(&found.text), found.date)),
    );
    lines.extend(said.amounts.iter().map(|found| {
        let currency = found.currency.as_deref().unwrap_or("");
        format!("  amount: \"{}\" = {} {currency}", printable(&found.text), found.value)
    }));
    lines.push("  newly written:".to_string());
    lines.extend(said.reply_text.lines().map(|line| format!("    {}", printable(line))));
    lines.join("\n")
}

/// Words of a mail on a terminal: no control characters, so that no escape sequence gets through.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
