//! The rules of the house that the compiler does not check. Each failure says what to do.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that decide and never act.
const PURE_ROOMS: &[&str] = &["model", "reading", "dunning", "writing"];
const FORBIDDEN_IN_PURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "tracing",
    "rand::",
    "::now(",
    "crate::wires",
    "async fn",
];
/// Paths that would hide a dependency from the tests below.
const FORBIDDEN_PATHS: &[&str] = &["super::", "crate::{", "self::"];
/// Wires that must not know one another; only `daemon` and `cli` join them.
const SIBLINGS: &[&str] = &[
    "archive",
    "clock",
    "config",
    "control",
    "imap",
    "import_file",
    "index",
    "journal",
    "lock",
    "oauth",
    "providers",
    "secrets",
    "smtp",
];
/// The exceptions: leaves that other wires may use. `names` says what was probably meant; `net` holds
/// streams over TCP and TLS.
const LEAVES: &[&str] = &["names", "net"];
/// A function fits on a screen; a test may carry a table of rows twice as long.
const FUNCTION_LINES_MAX: usize = 70;
const TEST_LINES_MAX: usize = 140;
const FILE_LINES_MAX: usize = 500;
const MAIN_LINES_MAX: usize = 40;
/// Where the product and its tests live; what is not there yet has no faults.
const OURS: &[&str] = &[
    "src",
    "tests",
    "benches",
    "scripts",
    "rules",
    "templates",
    "docs",
    ".ci",
];
/// Names that say nothing about what a module is for.
const EMPTY_NAMES: &[&str] = &[
    "manager", "handler", "helper", "helpers", "util", "utils", "misc", "common",
];

/// A module of the product: `wires::imap`, its file and its text.
struct Module {
    name: String,
    file: PathBuf,
    text: String,
    /// Compiled for unit tests only.
    test_only: bool,
}

impl Module {
    /// Product code only: nothing of a test module, else what stands before the unit tests.
    fn product(&self) -> &str {
        if self.test_only { "" } else { product(&self.text) }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every module in the order in which its parent declares it: `wires`, `wires::clock`, …
fn modules() -> Vec<Module> {
    fn visit(dir: &Path, prefix: &str, head: &str, out: &mut Vec<Module>) {
        let lines: Vec<&str> = head.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(name) = declared(line) else { continue };
            let test_only = number > 0 && lines[number - 1].trim() == "#[cfg(test)]";
            let path = format!("{prefix}{name}");
            let (alone, inside) = (dir.join(format!("{name}.rs")), dir.join(name).join("mod.rs"));
            let file = if alone.exists() { alone } else { inside };
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            out.push(Module {
                name: path.clone(),
                file,
                text: text.clone(),
                test_only,
            });
            visit(&dir.join(name), &format!("{path}::"), &text, out);
        }
    }
    let mut out = Vec::new();
    visit(
        &root().join("src"),
        "",
        &fs::read_to_string(root().join("src/lib.rs")).unwrap(),
        &mut out,
    );
    out
}

/// The name in a line `pub mod name;`.
fn declared(line: &str) -> Option<&str> {
    line.trim()
        .trim_start_matches("pub ")
        .strip_prefix("mod ")?
        .strip_suffix(';')
}

/// Every text file of ours, with its path from the root.
fn files(extension: &str) -> Vec<(String, String)> {
    fn visit(path: &Path, extension: &str, out: &mut Vec<(String, String)>) {
        let Ok(entries) = fs::read_dir(path) else { return };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                visit(&path, extension, out);
            } else if extension.is_empty() || path.extension().is_some_and(|end| end == extension) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                // What is not text holds no rules of ours.
                if let Ok(text) = fs::read_to_string(&path) {
                    out.push((name, text));
                }
            }
        }
    }
    let mut out = Vec::new();
    for dir in OURS {
        visit(&root().join(dir), extension, &mut out);
    }
    out
}

/// Product code only: what stands before the unit tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

/// Whether the text names that path, and not only a longer one that begins alike.
fn names(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let next = text[at + path.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

/// Fails with all faults at once.
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_module_uses_only_those_above_it() {
    let all = modules();
    let mut faults = Vec::new();
    for (here, module) in all.iter().enumerate() {
        let code = module.product();
        for word in FORBIDDEN_PATHS.iter().filter(|word| code.contains(**word)) {
            faults.push(format!(
                "{}: write {word} out as crate::…, so that the order can be checked",
                module.name
            ));
        }
        for below in all
            .iter()
            .skip(here + 1)
            .filter(|other| names(code, &format!("crate::{}", other.name)))
        {
            faults.push(format!(
                "{} uses crate::{}, which is declared below it: pass the value in, or move one of them",
                module.name, below.name
            ));
        }
    }
    none(faults);
}

#[test]
fn pure_is_pure() {
    let mut faults = Vec::new();
    for module in modules()
        .iter()
        .filter(|module| PURE_ROOMS.contains(&module.name.split("::").next().unwrap()))
    {
        for word in FORBIDDEN_IN_PURE
            .iter()
            .filter(|word| module.product().contains(**word))
        {
            faults.push(format!(
                "{} mentions {word}: decisions do no I/O; pass it in as an argument",
                module.name
            ));
        }
    }
    none(faults);
}

#[test]
fn wires_do_not_touch() {
    let mut faults = Vec::new();
    for module in modules() {
        let Some(here) = module
            .name
            .strip_prefix("wires::")
            .and_then(|rest| rest.split("::").next())
        else {
            continue;
        };
        if !SIBLINGS.contains(&here) && !LEAVES.contains(&here) {
            faults.push(format!(
                "{}: add {here} to SIBLINGS in tests/suite/tidy.rs, so that it is watched",
                module.name
            ));
        }
        for other in SIBLINGS.iter().filter(|other| **other != here) {
            let word = format!("crate::wires::{other}");
            if names(module.product(), &word) {
                faults.push(format!(
                    "{} uses {word}: return a value and let the daemon pass it on",
                    module.name
                ));
            }
        }
    }
    none(faults);
}

#[test]
fn a_mod_file_is_a_table_of_contents() {
    let mut faults = Vec::new();
    for module in modules().iter().filter(|module| module.file.ends_with("mod.rs")) {
        for (number, line) in module.text.lines().enumerate() {
            let allowed = line.is_empty()
                || line == "#[cfg(test)]"
                || line.starts_with("//!")
                || line.starts_with("pub mod ") && line.ends_with(';');
            if !allowed {
                faults.push(format!(
                    "{}:{}: only //! and pub mod lines; move this into a file of its own",
                    module.name,
                    number + 1
                ));
            }
        }
    }
    none(faults);
}

#[test]
fn every_file_says_what_it_is_for_and_ends_in_time() {
    let mut faults = Vec::new();
    for (name, text) in files("rs") {
        if !text.starts_with("//!") {
            faults.push(format!(
                "{name}: open with a //! sentence that says what the file is for"
            ));
        }
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(format!(
                "{name}: {lines} lines; split it by what it is about ({FILE_LINES_MAX} at most)"
            ));
        }
        if name == "src/main.rs" && lines > MAIN_LINES_MAX {
            faults.push(format!(
                "{name}: {lines} lines; main is a table of contents ({MAIN_LINES_MAX} at most)"
            ));
        }
    }
    none(faults);
}

#[test]
fn modules_have_names_that_say_something() {
    let empty = |module: &Module| {
        module
            .name
            .split("::")
            .any(|part| part.split('_').any(|word| EMPTY_NAMES.contains(&word)))
    };
    none(
        modules()
            .iter()
            .filter(|module| empty(module))
            .map(|module| format!("{}: name it by what it holds", module.name))
            .collect(),
    );
}

#[test]
fn a_function_fits_on_a_screen() {
    let mut faults = Vec::new();
    for module in modules() {
        faults.extend(long_functions(&module.name, module.product(), FUNCTION_LINES_MAX));
    }
    for (name, text) in files("rs") {
        faults.extend(long_functions(&name, &text, TEST_LINES_MAX));
    }
    none(faults);
}

/// Functions over the limit: from their `fn` line to the brace at the same depth.
fn long_functions(name: &str, text: &str, lines_max: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let mut open: Option<(usize, usize, bool)> = None;
    for (number, line) in text.lines().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if open.is_none() && begins_function(code) {
            open = Some((number, indent, false));
        }
        let Some((start, depth, body)) = open else { continue };
        if body && code == "}" && indent == depth {
            let lines = number - start + 1;
            if lines > lines_max {
                let place = start + 1;
                faults.push(format!(
                    "{name}:{place}: {lines} lines; {lines_max} at most: name its parts"
                ));
            }
            open = None;
        } else if !body && code.ends_with('{') && indent == depth {
            open = Some((start, depth, true));
        } else if !body && (code.ends_with(';') || code.ends_with('}')) {
            open = None;
        }
    }
    faults
}

fn begins_function(code: &str) -> bool {
    let bare = ["pub ", "pub(crate) ", "const ", "async "]
        .iter()
        .fold(code, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
    bare.starts_with("fn ")
}

#[test]
fn product_code_does_not_panic_without_a_reason() {
    const WORDS: &[&str] = &[
        ".unwrap()",
        ".expect(",
        "panic!(",
        "unreachable!(",
        "todo!(",
        "unimplemented!(",
    ];
    let mut faults = Vec::new();
    for module in modules() {
        let name = module.file.strip_prefix(root()).unwrap().display();
        let mut before = "";
        for (number, line) in module.product().lines().enumerate() {
            let reasoned = line.contains("// ") || before.trim_start().starts_with("// ");
            let comment = line.trim_start().starts_with("//");
            if let Some(word) = WORDS
                .iter()
                .find(|word| line.contains(**word))
                .filter(|_| !reasoned && !comment)
            {
                faults.push(format!(
                    "{name}:{}: {word} needs a // comment that proves it cannot happen, or an error instead",
                    number + 1
                ));
            }
            before = line;
        }
    }
    none(faults);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut faults = Vec::new();
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.trim_end_matches(']').ends_with("dependencies");
        } else if in_dependencies && line.contains(" = ") && !line.starts_with('#') && !line.contains(" # ") {
            faults.push(format!(
                "Cargo.toml: `{line}` needs a comment behind it: what is it for?"
            ));
        }
    }
    none(faults);
}

#[test]
fn no_machine_is_named() {
    // Put together here, so that this file does not name one itself.
    let homes: Vec<String> = ["home", "root", "Users", "work"]
        .iter()
        .map(|name| format!("/{name}/"))
        .collect();
    let mut faults = Vec::new();
    for (name, text) in files("") {
        for (number, line) in text.lines().enumerate() {
            for home in &homes {
                let absolute = line.match_indices(home).any(|(at, _)| {
                    line[..at]
                        .chars()
                        .next_back()
                        .is_none_or(|before| " \t\"'`=(<[:,".contains(before))
                });
                if absolute {
                    faults.push(format!(
                        "{name}:{}: {home}… exists on one machine only: make it relative or an argument",
                        number + 1
                    ));
                }
            }
        }
    }
    none(faults);
}

#[test]
fn no_test_is_left_out() {
    // Put together here, so that this file does not hold it itself.
    let mark = ["#[", "ignore"].concat();
    let left_out = files("rs").into_iter().filter(|(_, text)| text.contains(&mark));
    none(
        left_out
            .map(|(name, _)| format!("{name}: a test that never runs proves nothing: mend it or delete it"))
            .collect(),
    );
}

/// docs/promises.md says which tests hold which promise; a test that was renamed must not leave a promise without one.
#[test]
fn promises_name_tests_that_exist() {
    let table = fs::read_to_string("docs/promises.md").unwrap();
    let tests: String = files("rs").into_iter().map(|(_, text)| text).collect();
    let named = table.split('`').skip(1).step_by(2).filter(|name| name.contains('_'));
    let missing = named.filter(|name| {
        let function = name.rsplit("::").next().unwrap();
        !tests.contains(&format!("fn {function}("))
    });
    none(
        missing
            .map(|name| format!("docs/promises.md names {name}, which is no test"))
            .collect(),
    );
}

#[test]
fn the_rules_catch_what_they_should() {
    let long = format!(
        "fn a(\n    x: u8,\n) {{\n{}}}\n",
        "    y();\n".repeat(FUNCTION_LINES_MAX)
    );
    let short = "fn a() {}\nfn b(\n    x: u8,\n);\nfn c() {}\n".to_owned();
    assert_eq!(
        (
            long_functions("f", &long, FUNCTION_LINES_MAX).len(),
            long_functions("f", &short, 1).len()
        ),
        (1, 0)
    );
    assert!(names("use crate::model::hold::Hold;", "crate::model::hold"));
    assert!(
        !names("use crate::model::holdings::All;", "crate::model::hold"),
        "a longer name is another module"
    );
    assert_eq!(product("a\n#[cfg(test)]\nmod tests {}"), "a\n");
}
