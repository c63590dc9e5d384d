//! The templates: where the wordings are, and how they are filled in.
//!
//! A template of a mail begins with `subject: …` and an empty line; the rest is its text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::Serialize;

use crate::model::customer::Language;
use crate::writing::fault::WritingFault;
use crate::writing::words::NO_BREAK_SPACE;

/// Steps a template may take: a hundred times what ours need, and little enough to bound a runaway loop.
const FUEL: u64 = 2_000_000;

/// The files of `templates/`, by name.
macro_rules! embedded {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../templates/", $name)))),*] };
}

const SOURCES: &[(&str, &str)] = embedded! {
    "fr/greeting.txt" "fr/details.txt" "fr/payment.txt" "fr/signature.txt"
    "fr/courtesy.txt" "fr/friendly.txt" "fr/professional.txt" "fr/formal.txt" "fr/formal_notice.txt"
    "fr/lapsed_promise.txt" "fr/promise_question.txt" "fr/proof_question.txt" "fr/recap.txt"
    "en/greeting.txt" "en/details.txt" "en/payment.txt" "en/signature.txt"
    "en/courtesy.txt" "en/friendly.txt" "en/professional.txt" "en/formal.txt" "en/formal_notice.txt"
    "en/lapsed_promise.txt" "en/promise_question.txt" "en/proof_question.txt" "en/recap.txt"
    "page.html" "page.txt"
};

/// A filled-in template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// One line.
    pub subject: String,
    /// LF ended, no empty line doubled.
    pub text: String,
}

/// The template of that name in that language, filled in: a subject and a text.
pub fn wording(language: Language, name: &str, facts: &impl Serialize) -> Result<Wording, WritingFault> {
    let name = format!("{}/{name}.txt", language.code());
    let source = typeset(source(&name)?, language);
    let (head, body) = source.split_once("\n\n").unwrap_or(("", &source));
    let subject = head
        .trim()
        .strip_prefix("subject:")
        .ok_or_else(|| WritingFault::Template {
            name: name.clone(),
            detail: "its first line must be \"subject: …\", followed by an empty line".to_string(),
        })?;
    let facts = Value::from(Serde(facts));
    let failed = |error: Error| fault(&name, &error);
    let environment = environment(language).map_err(failed)?;
    // A subject is searched for and compared: ordinary blanks there.
    let subject = environment
        .render_str(&subject.trim().replace(NO_BREAK_SPACE, " "), facts.clone())
        .map_err(failed)?;
    let text = environment.render_named_str(&name, body, facts).map_err(failed)?;
    Ok(Wording {
        subject: subject.replace(NO_BREAK_SPACE, " "),
        text: tidied(&text),
    })
}

/// A whole page, such as the HTML of a digest: everything put into it is escaped if its name ends in `.html`.
pub fn page(name: &str, language: Language, facts: &impl Serialize) -> Result<String, WritingFault> {
    let environment = environment(language).map_err(|error| fault(name, &error))?;
    let rendered = environment
        .get_template(name)
        .and_then(|page| page.render(Value::from(Serde(facts))));
    rendered.map_err(|error| fault(name, &error))
}

/// The text of a template as it stands in its file.
fn source(name: &str) -> Result<&'static str, WritingFault> {
    let found = SOURCES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    found.ok_or_else(|| WritingFault::Template {
        name: name.to_string(),
        detail: "there is no such template".to_string(),
    })
}

/// All templates, with blocks on lines of their own leaving no trace.
fn environment(language: Language) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    for (name, source) in SOURCES {
        environment.add_template_owned(*name, typeset(source, language))?;
    }
    Ok(environment)
}

/// French puts a blank before `: ; ? !` and inside « »; it must not end a line there.
///
/// Applied to templates and phrases of ours, never to what is filled in.
pub fn typeset(source: &str, language: Language) -> String {
    if language != Language::Fr {
        return source.to_string();
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            (' ', Some('»' | ':' | ';' | '?' | '!')) => {
                let sign = rest.next().unwrap_or(' ');
                // `!=` and the like are the template's own language.
                let ends_word = rest.peek().is_none_or(|next| next.is_whitespace() || *next == '<');
                out.push(if sign == '»' || ends_word { NO_BREAK_SPACE } else { ' ' });
                out.push(sign);
            }
            ('«', Some(' ')) => {
                rest.next();
                out.push('«');
                out.push(NO_BREAK_SPACE);
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most one empty line in a row, none at the ends.
fn tidied(text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && out.ends_with("\n\n")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn fault(name: &str, error: &Error) -> WritingFault {
    WritingFault::Template {
        name: error.name().unwrap_or(name).to_string(),
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::template::*;

    #[test]
    fn french_signs_keep_their_blank() {
        let check = |input: &str, expected: &str| {
            assert_eq!(typeset(input, Language::Fr).replace(NO_BREAK_SPACE, "_"), expected);
        };
        check("Facture : 3 ; merci !", "Facture_: 3_; merci_!");
        check("Quoi ?", "Quoi_?");
        check("« oui »,", "«_oui_»,");
        check("{% if a != b %}", "{% if a != b %}"); // the template's own signs
        assert_eq!(typeset("Due : now", Language::En), "Due : now");
    }

    #[test]
    fn empty_lines_do_not_pile_up() {
        assert_eq!(tidied("\n\na\n\n\n\nb  \n\n"), "a\n\nb\n");
    }
}
