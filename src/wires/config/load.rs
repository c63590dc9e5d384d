//! Finds the configuration file, reads it, and takes it whole or names everything that is wrong.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

use crate::wires::config::fault::{ConfigFaults, Fault};
use crate::wires::config::section::Section;
use crate::wires::config::server::Places;
use crate::wires::config::settings::Config;
use crate::wires::config::spot::Faults;
use crate::wires::config::{me, sending, server};

/// All sections that there are.
const SECTIONS: &[&str] = &[
    "me", "payment", "imap", "smtp", "folders", "state", "sending", "digest", "holds", "ladder",
];
/// What [state] may have.
const STATE: &[&str] = &["dir"];

/// Which keys each section may have; a key in the wrong one is told where it belongs.
const KEYS: &[(&str, &[&str])] = &[
    ("me", me::ME),
    ("payment", me::PAYMENT),
    ("imap", server::IMAP),
    ("smtp", server::IMAP),
    ("smtp", &[server::SAVE_TO_SENT]),
    ("folders", server::FOLDERS),
    ("state", STATE),
    ("sending", sending::SENDING),
    ("digest", sending::DIGEST),
    ("holds", sending::HOLDS),
    ("[ladder]", sending::RUNG),
];

/// Where the configuration is: what `--config` says, else `$XDG_CONFIG_HOME/amiable/config.toml`, else `~/.config/amiable/config.toml`.
///
/// `None` where neither is told and there is no home directory.
pub fn find(told: Option<&Path>) -> Option<PathBuf> {
    find_with(told, |name| env::var_os(name))
}

fn find_with(told: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let told = told.map(Path::to_path_buf);
    told.or_else(|| Some(under_home("XDG_CONFIG_HOME", ".config", &variable)?.join("amiable/config.toml")))
}

/// A directory of the XDG Base Directory specification; relative ones are invalid there and not followed.
fn under_home(name: &str, usual: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(name).or_else(|| Some(absolute("HOME")?.join(usual)))
}

/// Reads and checks that file. What comes back as faults is permanent: trying again without a change is no use.
pub fn load(path: &Path) -> Result<Config, ConfigFaults> {
    let file_name = path.display().to_string();
    let about_file = |problem: String, remedy: &str| {
        let fault = Fault {
            line: 0,
            key: String::new(),
            problem,
            remedy: remedy.to_string(),
        };
        ConfigFaults {
            file: file_name.clone(),
            faults: vec![fault],
        }
    };
    let octets = fs::read(path).map_err(|error| {
        about_file(
            format!("cannot be read: {error}"),
            "Copy config.example.toml there and fill it in, or name another file with --config.",
        )
    })?;
    let text = String::from_utf8(octets)
        .map_err(|_| about_file("is not UTF-8 text".to_string(), "Save it as UTF-8 in your editor."))?;
    // The daemon may later stand elsewhere: paths are made absolute here, once.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    parse(&text, absolute.parent().unwrap_or(Path::new("/")), &file_name)
}

/// Checks the text of a configuration; looks at the files that it names, and at nothing else.
pub fn parse(text: &str, base_dir: &Path, file_name: &str) -> Result<Config, ConfigFaults> {
    let refuse = |faults: Vec<Fault>| ConfigFaults {
        file: file_name.to_string(),
        faults,
    };
    let mut faults = Faults::new(text, KEYS);
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| faults.line_of(&span));
        refuse(vec![syntax_fault(line, error.message())])
    })?;
    let config = read(document.get_ref(), base_dir, &mut faults);
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(refuse(faults.into_list())),
    }
}

/// The parser's own words name what it met; the rest of the file cannot be judged before that is mended.
fn syntax_fault(line: u64, message: &str) -> Fault {
    Fault {
        line,
        key: String::new(),
        problem: format!("is not TOML: {}", message.trim().replace('\n', "; ")),
        remedy: "Write key = value, with texts between quotation marks, and each key once in its section.".to_string(),
    }
}

fn read<'d>(table: &'d DeTable<'d>, base_dir: &Path, faults: &mut Faults<'d>) -> Option<Config> {
    let home = env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let places = Places {
        base_dir,
        home: home.as_deref(),
    };
    let document = Section::document(table, SECTIONS, faults);
    let me = me::me(&document, faults);
    let payment = me::payment(&document, faults);
    let own = me.as_ref().map(|me| &me.address);
    let imap = server::imap(&document, own, places, faults);
    let smtp = server::smtp(&document, own, places, faults);
    let folders = server::folders(&document, faults);
    let state_dir = state_dir(&document, places, faults);
    let sending = sending::sending(&document, faults);
    let digest_at = sending::digest_at(&document, faults);
    let holds = sending::holds(&document, faults);
    let ladder = sending::ladder(&document, faults);
    let (me, imap, (smtp, save_to_sent), sending) = (me?, imap?, smtp?, sending?);
    Some(Config {
        seconds_between: sending.seconds_between,
        policy: sending.into_policy(ladder, holds, me.timezone),
        me,
        payment,
        imap,
        smtp,
        save_to_sent,
        folders,
        state_dir: state_dir?,
        digest_at,
    })
}

fn state_dir<'d>(document: &Section<'d>, places: Places<'_>, faults: &mut Faults<'d>) -> Option<PathBuf> {
    let section = document.section("state", STATE, faults);
    let remedy = "Name a directory of this program's own: dir = \"~/.local/state/amiable\".";
    let Some(spot) = section.text("dir", faults) else {
        let usual = under_home("XDG_STATE_HOME", ".local/state", &|name: &str| env::var_os(name));
        if usual.is_none() {
            faults.add(0, "state.dir", "is missing, and there is no home directory", remedy);
        }
        return usual.map(|state| state.join("amiable"));
    };
    let path = places.path(&spot.value);
    let made = match fs::metadata(&path) {
        Ok(found) if !found.is_dir() => Err((format!("{} is not a directory", path.display()), remedy.to_string())),
        _ => Ok(path),
    };
    faults.keep(&spot, made)
}

#[cfg(test)]
mod tests {
    use crate::wires::config::load::*;

    #[test]
    fn the_file_is_where_people_look_for_it() {
        let check = |told: Option<&str>, variables: &[(&str, &str)], expected: Option<&str>| {
            let variable = |name: &str| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| OsString::from(value))
            };
            assert_eq!(
                find_with(told.map(Path::new), variable).as_deref(),
                expected.map(Path::new)
            );
        };
        check(Some("a.toml"), &[("HOME", "/h")], Some("a.toml"));
        check(
            None,
            &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")],
            Some("/x/amiable/config.toml"),
        );
        check(None, &[("HOME", "/h")], Some("/h/.config/amiable/config.toml"));
        check(
            None,
            &[("HOME", "/h"), ("XDG_CONFIG_HOME", "x")],
            Some("/h/.config/amiable/config.toml"),
        ); // relative: invalid
        check(None, &[], None);
    }
}
