//! Reads a whole CSV file: the rows that can be taken, and beside them every fault of the others.

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};
use std::collections::BTreeMap;

use crate::wires::import_file::cells::{Cells, DATES, OPTIONAL, REQUIRED, row};
use crate::wires::import_file::date::DayOrder;
use crate::wires::import_file::fault::{CsvFault, Refusal};
use crate::wires::import_file::row::{Defaults, ImportFile, ImportRow};
use crate::wires::import_file::text::{decode, delimiter, without_separator_line};
use crate::wires::names::nearest;

/// A number that stands everywhere is told with its first places only.
const LINES_SHOWN_MAX: usize = 3;
/// What French billing programs call the columns.
const FRENCH: &[(&str, &str)] = &[
    ("adresse", "email"),
    ("adresse e-mail", "email"),
    ("client", "customer"),
    ("commande", "order"),
    ("courriel", "email"),
    ("date", "issued"),
    ("date d'échéance", "due"),
    ("date d'émission", "issued"),
    ("date de facture", "issued"),
    ("devise", "currency"),
    ("échéance", "due"),
    ("e-mail", "email"),
    ("langue", "language"),
    ("mail", "email"),
    ("montant", "amount"),
    ("montant ttc", "amount"),
    ("numéro", "number"),
    ("n°", "number"),
    ("objet", "service"),
    ("pays", "country"),
    ("prestation", "service"),
    ("région", "region"),
    ("total ttc", "amount"),
    ("type de client", "kind"),
];

/// A record with the line that it begins in.
struct Line {
    line: u64,
    fields: Vec<String>,
}

/// Reads the octets of a file. Nothing in them makes it fail as a whole: what is wrong is in `faults`.
pub fn parse(octets: &[u8], today: NaiveDate, defaults: &Defaults) -> ImportFile {
    let text = match decode(octets) {
        Ok(text) => text,
        Err(refusal) => return refused(vec![CsvFault::new(first_broken_line(octets), "", None, refusal)]),
    };
    let (text, told) = without_separator_line(&text);
    let skipped = u64::from(told.is_some());
    let mark = told.unwrap_or_else(|| delimiter(text, |name| column(name).is_some()));
    let mut lines = lines(text, mark, skipped).into_iter();
    let Some(header) = lines.next() else {
        return refused(vec![CsvFault::new(1, "", None, header_refusal("the file is empty"))]);
    };
    match columns(&header) {
        Err(faults) => refused(faults),
        Ok(columns) => read_rows(lines, &columns, today, defaults),
    }
}

/// Reads one invoice from named values, as `amiable add` has them; every rule is that of the file.
pub fn parse_one(values: &[(&str, &str)], today: NaiveDate, defaults: &Defaults) -> Result<ImportRow, Vec<CsvFault>> {
    let known = values
        .iter()
        .filter_map(|(name, value)| Some((column(name)?, value.trim().to_string())));
    let cells = Cells {
        line: 0,
        cells: known.collect(),
    };
    row(
        &cells,
        DayOrder::of(&defaults.country, DATES.map(|name| cells.get(name))),
        today,
    )
}

/// Where the octets stop being UTF-8.
fn first_broken_line(octets: &[u8]) -> u64 {
    let sound = std::str::from_utf8(octets).map_or_else(|error| error.valid_up_to(), str::len);
    1 + octets.iter().take(sound).filter(|octet| **octet == b'\n').count() as u64
}

fn refused(faults: Vec<CsvFault>) -> ImportFile {
    ImportFile {
        rows: Vec::new(),
        faults,
    }
}

fn header_refusal(problem: &str) -> Refusal {
    (
        problem.to_string(),
        format!("Its first line names the columns: {}.", REQUIRED.join(",")),
    )
}

/// The column of that name, whatever its case.
fn column(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    REQUIRED.into_iter().chain(OPTIONAL).find(|known| *known == name)
}

/// Every line that is not blank, quotation marks resolved.
fn lines(text: &str, mark: u8, skipped: u64) -> Vec<Line> {
    let mut reader = ReaderBuilder::new()
        .delimiter(mark)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    let mut record = StringRecord::new();
    // The text is sound UTF-8 and rows may differ in length, so reading from memory cannot fail.
    while let Ok(true) = reader.read_record(&mut record) {
        let fields: Vec<String> = record.iter().map(|field| field.trim().to_string()).collect();
        if fields.iter().any(|field| !field.is_empty()) {
            lines.push(Line {
                line: skipped + first_line(text, &record),
                fields,
            });
        }
    }
    lines
}

/// The line in which a record begins; the position that the reader tells may lie on blank lines before it.
fn first_line(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let blank = rest
        .iter()
        .take_while(|octet| matches!(octet, b'\n' | b'\r'))
        .filter(|octet| **octet == b'\n')
        .count();
    position.line() + blank as u64
}

/// The columns in their order, or what is wrong with the header.
fn columns(header: &Line) -> Result<Vec<&'static str>, Vec<CsvFault>> {
    let fault = |name: &str, refusal: Refusal| CsvFault::new(header.line, name, None, refusal);
    let known: Vec<&'static str> = header.fields.iter().filter_map(|name| column(name)).collect();
    if known.is_empty() {
        let shown = header.fields.join(", ");
        return Err(vec![CsvFault::new(
            header.line,
            "",
            Some(&shown),
            header_refusal("names no column that is known"),
        )]);
    }
    let mut faults = Vec::new();
    let mut missing: Vec<&str> = REQUIRED.into_iter().filter(|name| !known.contains(name)).collect();
    for (place, name) in header.fields.iter().enumerate() {
        match column(name) {
            Some(name)
                if header
                    .fields
                    .iter()
                    .take(place)
                    .any(|other| column(other) == Some(name)) =>
            {
                faults.push(fault(
                    name,
                    (
                        "stands in the header twice".to_string(),
                        "Keep one of them.".to_string(),
                    ),
                ));
            }
            Some(_) => {}
            None if name.is_empty() => {
                let refusal = (
                    format!("the header has no name for column {}", place + 1),
                    "Name it or delete it.".to_string(),
                );
                faults.push(fault("", refusal));
            }
            None => {
                let (remedy, meant) = unknown_column(name, &missing);
                missing.retain(|name| Some(*name) != meant);
                faults.push(fault(&shown_name(name), ("is not known".to_string(), remedy)));
            }
        }
    }
    if !missing.is_empty() {
        let problem = format!("the header lacks {}", missing.join(", "));
        let remedy = "Add what is missing; language, country and kind may be left empty below.";
        faults.push(fault("", (problem, remedy.to_string())));
    }
    if faults.is_empty() { Ok(known) } else { Err(faults) }
}

/// What an unknown column was probably meant to be; what is missing comes first.
fn unknown_column(name: &str, missing: &[&'static str]) -> (String, Option<&'static str>) {
    let lower = name.to_lowercase();
    let french = FRENCH
        .iter()
        .find(|(french, _)| *french == lower)
        .map(|(_, meant)| *meant);
    let all = || REQUIRED.into_iter().chain(OPTIONAL);
    let meant = french
        .or_else(|| nearest(name, missing.iter().copied()))
        .or_else(|| nearest(name, all()));
    match meant {
        Some(meant) => (format!("Did you mean {meant}?"), Some(meant)),
        None => (
            format!(
                "Delete it; there are {}, and {}.",
                REQUIRED.join(", "),
                OPTIONAL.join(", ")
            ),
            None,
        ),
    }
}

fn shown_name(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

fn read_rows(
    lines: impl Iterator<Item = Line>,
    columns: &[&'static str],
    today: NaiveDate,
    defaults: &Defaults,
) -> ImportFile {
    let mut file = ImportFile::default();
    let mut sound: Vec<Cells> = Vec::new();
    for line in lines {
        match cells(line, columns) {
            Ok(cells) => sound.push(cells),
            Err(fault) => file.faults.push(fault),
        }
    }
    let dates = sound.iter().flat_map(|cells| DATES.map(|name| cells.get(name)));
    let order = DayOrder::of(&defaults.country, dates);
    let by_number = lines_by_number(&sound);
    for cells in &sound {
        let repeated = repeated(cells, &by_number);
        match row(cells, order, today) {
            Ok(row) if repeated.is_none() => file.rows.push(row),
            Ok(_) => file.faults.extend(repeated),
            Err(faults) => file.faults.extend(faults.into_iter().chain(repeated)),
        }
    }
    file.faults.sort_by_key(|fault| fault.line);
    file
}

/// The line cut into its columns, where it has as many as the header.
fn cells(line: Line, columns: &[&'static str]) -> Result<Cells, CsvFault> {
    let beyond = line.fields.iter().skip(columns.len()).any(|field| !field.is_empty());
    if line.fields.len() < columns.len() || beyond {
        return Err(CsvFault::new(line.line, "", None, wrong_length(&line, columns.len())));
    }
    Ok(Cells {
        line: line.line,
        cells: columns.iter().copied().zip(line.fields).collect(),
    })
}

fn wrong_length(line: &Line, columns: usize) -> Refusal {
    if line.fields.iter().any(|field| field.contains('\n')) {
        let problem = "a quotation mark (\") that opens here is not closed, and swallows the lines below";
        let remedy = "Close it, or double it (\"\") where it belongs to the text.";
        return (problem.to_string(), remedy.to_string());
    }
    let problem = format!("has {} columns, and the header has {columns}", line.fields.len());
    let remedy = "Is a value with the delimiter in it, like 1250,00, missing its quotation marks (\")?";
    (problem, remedy.to_string())
}

fn number_key(cells: &Cells) -> String {
    cells.get("number").to_lowercase()
}

fn lines_by_number(sound: &[Cells]) -> BTreeMap<String, Vec<u64>> {
    let mut by_number: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for cells in sound {
        by_number.entry(number_key(cells)).or_default().push(cells.line);
    }
    by_number
}

/// Of two rows with one number neither is taken: which of them is right is not for a program to guess.
fn repeated(cells: &Cells, by_number: &BTreeMap<String, Vec<u64>>) -> Option<CsvFault> {
    let lines = by_number.get(&number_key(cells))?;
    let others: Vec<String> = lines
        .iter()
        .filter(|line| **line != cells.line)
        .take(LINES_SHOWN_MAX)
        .map(u64::to_string)
        .collect();
    if others.is_empty() || cells.get("number").is_empty() {
        return None;
    }
    let problem = format!("stands in line {} as well", others.join(", "));
    let refusal = (problem, "Keep the row that is right.".to_string());
    Some(CsvFault::new(cells.line, "number", Some(cells.get("number")), refusal))
}
