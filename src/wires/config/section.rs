//! Walks the tables of a TOML document by hand: unknown keys, missing keys and wrong types become faults with their line.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

use crate::wires::config::spot::{Faults, Spot, escaped, shown};
use crate::wires::names::{nearest, one_of};

/// One table of the document; `None` inside where it is missing, which reads like an empty one.
#[derive(Debug)]
pub struct Section<'d> {
    name: String,
    line: u64,
    table: Option<&'d DeTable<'d>>,
}

impl<'d> Section<'d> {
    /// The document itself; `sections` are all that it may have.
    pub fn document(table: &'d DeTable<'d>, sections: &[&str], faults: &mut Faults<'d>) -> Section<'d> {
        let document = Section {
            name: String::new(),
            line: 1,
            table: Some(table),
        };
        document.refuse_unknown(sections, faults);
        document
    }

    /// The table of that name; `keys` are all that it may have.
    pub fn section(&self, name: &str, keys: &[&str], faults: &mut Faults<'d>) -> Section<'d> {
        let mut section = Section {
            name: name.to_string(),
            line: 1,
            table: None,
        };
        let Some(spot) = self.value(name, faults) else {
            return section;
        };
        section.line = spot.line;
        match spot.value {
            DeValue::Table(table) => section.table = Some(table),
            other => faults.at(
                &spot,
                format!("is {}, and should be a section", type_name(other)),
                format!("Write [{name}] on a line of its own, and its keys below."),
            ),
        }
        section.refuse_unknown(keys, faults);
        section
    }

    /// The tables of that name, as `[[name]]` writes them; `None` where there is none.
    pub fn sections(&self, name: &str, keys: &[&str], faults: &mut Faults<'d>) -> Option<Vec<Section<'d>>> {
        let spot = self.value(name, faults)?;
        let tables: Option<Vec<_>> = match spot.value {
            DeValue::Array(array) => array
                .iter()
                .map(|item| Some((item.span(), item.get_ref().as_table()?)))
                .collect(),
            _ => None,
        };
        let Some(tables) = tables else {
            faults.at(
                &spot,
                "should be a list of sections",
                format!("Write [[{name}]], with two brackets, on a line of its own for each of them."),
            );
            return None;
        };
        let section = |(place, (span, table)): (usize, (Range<usize>, &'d DeTable<'d>)), faults: &mut Faults<'d>| {
            let name = format!("{name}[{}]", place + 1);
            let section = Section {
                name,
                line: faults.line_of(&span),
                table: Some(table),
            };
            section.refuse_unknown(keys, faults);
            section
        };
        Some(
            tables
                .into_iter()
                .enumerate()
                .map(|item| section(item, faults))
                .collect(),
        )
    }

    /// The full name of one of its keys.
    pub fn key(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// A value of any type.
    pub fn value(&self, key: &str, faults: &Faults<'d>) -> Option<Spot<&'d DeValue<'d>>> {
        let found = self.table?.get(key)?;
        Some(Spot {
            value: found.get_ref(),
            line: faults.line_of(&found.span()),
            key: self.key(key),
        })
    }

    /// The table of that name, which has to be there; the remedy says what belongs into it.
    pub fn required_section(&self, name: &str, keys: &[&str], remedy: &str, faults: &mut Faults<'d>) -> Section<'d> {
        if self.value(name, faults).is_none() {
            // The end of the file is where it can be added.
            let line = faults.last_line();
            faults.add(line, name, format!("the section [{name}] is missing"), remedy);
        }
        self.section(name, keys, faults)
    }

    /// A fault about a key that has to be there and is not; of a missing section it is told as a whole.
    pub fn miss(&self, key: &str, remedy: &str, faults: &mut Faults<'d>) {
        if self.table.is_some() {
            faults.add(self.line, &self.key(key), "is missing", remedy);
        }
    }

    /// A text; empty ones count as missing, so that a key can be left in the file without a value.
    pub fn text(&self, key: &str, faults: &mut Faults<'d>) -> Option<Spot<String>> {
        let spot = self.value(key, faults)?;
        let Some(text) = spot.value.as_str() else {
            faults.at(
                &spot,
                format!("is {}, and should be a text", type_name(spot.value)),
                "Put it between quotation marks.",
            );
            return None;
        };
        let text = text.trim();
        (!text.is_empty()).then(|| Spot {
            value: text.to_string(),
            line: spot.line,
            key: spot.key,
        })
    }

    /// A text that has to be there; the remedy says what to write.
    pub fn required_text(&self, key: &str, remedy: &str, faults: &mut Faults<'d>) -> Option<Spot<String>> {
        match self.value(key, faults) {
            None => self.miss(key, remedy, faults),
            Some(spot) if spot.value.as_str().is_some_and(|text| text.trim().is_empty()) => {
                faults.at(&spot, "is empty", remedy);
            }
            Some(_) => {}
        }
        self.text(key, faults)
    }

    /// One of a few words that has to be there.
    pub fn required_choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&'static str, T)],
        remedy: &str,
        faults: &mut Faults<'d>,
    ) -> Option<T> {
        self.required_text(key, remedy, faults)?;
        self.choice(key, choices, remedy, faults).map(|spot| spot.value)
    }

    /// A list of texts.
    pub fn texts(&self, key: &str, faults: &mut Faults<'d>) -> Option<Vec<Spot<String>>> {
        let spot = self.value(key, faults)?;
        let DeValue::Array(array) = spot.value else {
            faults.at(
                &spot,
                format!("is {}, and should be a list of texts", type_name(spot.value)),
                "Write it like [\"first\", \"second\"].",
            );
            return None;
        };
        let mut texts = Vec::new();
        for item in array {
            let place = Spot {
                value: (),
                line: faults.line_of(&item.span()),
                key: spot.key.clone(),
            };
            match item.get_ref().as_str() {
                Some(text) => texts.push(Spot {
                    value: text.to_string(),
                    line: place.line,
                    key: place.key,
                }),
                None => faults.at(
                    &place,
                    "has an item that is not a text",
                    "Put every item between quotation marks.",
                ),
            }
        }
        Some(texts)
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str, faults: &mut Faults<'d>) -> Option<Spot<bool>> {
        let spot = self.value(key, faults)?;
        match spot.value.as_bool() {
            Some(value) => Some(Spot {
                value,
                line: spot.line,
                key: spot.key,
            }),
            None => {
                let problem = format!("is {}, and should be true or false", type_name(spot.value));
                faults.at(&spot, problem, "Write true or false, without quotation marks.");
                None
            }
        }
    }

    /// A whole number within those bounds.
    pub fn number(&self, key: &str, within: Range<i64>, faults: &mut Faults<'d>) -> Option<Spot<i64>> {
        let spot = self.value(key, faults)?;
        let range = format!("Write a whole number from {} to {}.", within.start, within.end - 1);
        let Some(integer) = spot.value.as_integer() else {
            let problem = format!("is {}, and should be a whole number", type_name(spot.value));
            faults.at(&spot, problem, format!("{range} Without quotation marks."));
            return None;
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(value) if within.contains(&value) => Some(Spot {
                value,
                line: spot.line,
                key: spot.key,
            }),
            _ => {
                faults.at(&spot, format!("{} is out of range", integer.as_str()), range);
                None
            }
        }
    }

    /// One of a few words; the remedy explains them.
    pub fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&'static str, T)],
        remedy: &str,
        faults: &mut Faults<'d>,
    ) -> Option<Spot<T>> {
        let spot = self.text(key, faults)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == spot.value) {
            return Some(Spot {
                value: *value,
                line: spot.line,
                key: spot.key,
            });
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let meant = nearest(&spot.value, names.iter().copied()).map(|name| format!("Did you mean \"{name}\"? "));
        let problem = format!("{} is not one of {}", shown(&spot.value), one_of(&names));
        faults.at(&spot, problem, format!("{}{remedy}", meant.unwrap_or_default()));
        None
    }

    fn refuse_unknown(&self, known: &[&str], faults: &mut Faults<'d>) {
        let Some(table) = self.table else { return };
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let remedy = remedy_of_unknown(&self.name, name, known, faults);
            let line = faults.line_of(&key.span());
            faults.add(line, &self.key(&escaped(name)), "is not known", remedy);
        }
    }
}

/// What was probably meant: a key of this section, or one of another.
fn remedy_of_unknown(section: &str, name: &str, known: &[&str], faults: &Faults<'_>) -> String {
    let homes = faults.homes_of(name);
    match nearest(name, known.iter().copied()) {
        _ if ["password", "passwd", "token", "secret"].contains(&name) => {
            "Secrets do not belong in this file: put it into a file of its own and name that as password_file."
                .to_string()
        }
        _ if !homes.is_empty() => format!("It belongs to {}.", homes.join(" or ")),
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None if section.is_empty() => format!("There are the sections {}.", known.join(", ")),
        None => format!("[{section}] knows {}.", known.join(", ")),
    }
}

/// What a person calls the type of a value.
fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
