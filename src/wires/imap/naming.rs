//! Names of folders: as people read them, and as they travel (modified UTF-7, RFC 3501, 5.1.3); what a folder is for.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const MUTF7: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The name of a folder, with its parents and the server's own delimiter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderName {
    text: String,
    wire: String,
}

impl FolderName {
    /// From a name as people write it.
    pub fn new(text: &str) -> FolderName {
        if text.eq_ignore_ascii_case("INBOX") {
            return FolderName::inbox();
        }
        FolderName {
            text: text.to_string(),
            wire: encode(text),
        }
    }

    /// The one folder that every server has; its name is the only one without regard to case (RFC 3501, 5.1).
    pub fn inbox() -> FolderName {
        FolderName {
            text: "INBOX".to_string(),
            wire: "INBOX".to_string(),
        }
    }

    /// From a name as the server sent it; one that is not modified UTF-7 is kept as it stands, so that it can be named again.
    pub fn from_wire(wire: &str) -> FolderName {
        match decode(wire) {
            _ if wire.eq_ignore_ascii_case("INBOX") => FolderName::inbox(),
            Some(text) => FolderName {
                text,
                wire: wire.to_string(),
            },
            None => FolderName {
                text: wire.to_string(),
                wire: wire.to_string(),
            },
        }
    }

    /// As people read it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it travels, quoted; line ends and NUL cannot be in a name.
    pub fn quoted(&self) -> String {
        quoted(&self.wire)
    }

    /// Whether it is the INBOX itself.
    pub fn is_inbox(&self) -> bool {
        self.wire == "INBOX"
    }
}

/// For messages and logs: a name may hold line ends and terminal sequences, which are not passed on.
impl fmt::Display for FolderName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let visible = self.text.chars().map(|c| if c.is_control() { '?' } else { c });
        visible.take(200).try_for_each(|c| fmt::Write::write_char(out, c))
    }
}

/// A quoted string (RFC 3501, 4.3); what cannot stand in one is left out.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// Takes the escapes out of a quoted string. imap-proto leaves them in, and does not say whether the name was quoted
/// or a literal; so they are taken out only where every `"` and `\` is properly escaped.
pub fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\')) => out.push(escaped),
                _ => return raw.to_string(),
            },
            '"' => return raw.to_string(),
            plain => out.push(plain),
        }
    }
    out
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    let mut shifted = String::new();
    for c in text.chars().map(Some).chain([None]) {
        let is_plain = c.is_none_or(|c| (' '..='~').contains(&c));
        if is_plain && !shifted.is_empty() {
            let units: Vec<u8> = shifted.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.push_str(&format!("&{}-", MUTF7.encode(units)));
            shifted.clear();
        }
        match c {
            Some('&') => out.push_str("&-"),
            Some(c) if is_plain => out.push(c),
            Some(c) => shifted.push(c),
            None => {}
        }
    }
    out
}

fn decode(wire: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = wire;
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (code, after) = shifted.split_once('-')?;
        out.push_str(plain);
        if code.is_empty() {
            out.push('&');
        } else {
            let octets = MUTF7.decode(code).ok().filter(|octets| octets.len() % 2 == 0)?;
            let units: Vec<u16> = octets
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_be_bytes(*pair))
                .collect();
            out.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    out.push_str(rest);
    // Two spellings of one name would be two folders to us: only the one that we would write ourselves is decoded.
    (encode(&out) == wire).then_some(out)
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Where mail arrives.
    Inbox,
    /// Copies of what was sent.
    Sent,
    /// Unfinished messages.
    Drafts,
    /// What a filter took for spam.
    Junk,
    /// What was deleted.
    Trash,
    /// Every message at once (Gmail's All Mail).
    All,
    /// What was put away.
    Archive,
    /// A view of marked messages.
    Flagged,
}

impl Role {
    /// By its usual name in English, French or German: for servers without flags (RFC 6154). `name` has no parents.
    pub fn by_usual_name(name: &str) -> Option<Role> {
        Some(match name.to_lowercase().as_str() {
            "sent"
            | "sent items"
            | "sent mail"
            | "sent messages"
            | "envoyés"
            | "éléments envoyés"
            | "messages envoyés"
            | "courrier envoyé"
            | "gesendet"
            | "gesendete elemente"
            | "gesendete objekte" => Role::Sent,
            "drafts" | "draft" | "brouillons" | "brouillon" | "entwürfe" => Role::Drafts,
            "junk"
            | "spam"
            | "junk e-mail"
            | "junk email"
            | "junk mail"
            | "bulk mail"
            | "bulk"
            | "indésirables"
            | "courrier indésirable"
            | "pourriel"
            | "unerwünscht"
            | "junk-e-mail" => Role::Junk,
            "trash"
            | "deleted items"
            | "deleted messages"
            | "deleted"
            | "bin"
            | "corbeille"
            | "éléments supprimés"
            | "messages supprimés"
            | "papierkorb"
            | "gelöscht"
            | "gelöschte elemente"
            | "gelöschte objekte" => Role::Trash,
            "archive" | "archives" | "archiv" => Role::Archive,
            "all mail" | "tous les messages" | "alle nachrichten" => Role::All,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::wires::imap::naming::*;

    #[test]
    fn names_travel_both_ways() {
        let check = |text: &str, wire: &str| {
            assert_eq!(FolderName::new(text).quoted(), format!("\"{wire}\""), "{text}");
            assert_eq!(FolderName::from_wire(wire).as_str(), text, "{wire}");
            assert_eq!(FolderName::from_wire(wire), FolderName::new(text));
        };
        check("Sent", "Sent");
        check("Entwürfe", "Entw&APw-rfe");
        check("Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s");
        check("Clients & Cie", "Clients &- Cie");
        check("日本語", "&ZeVnLIqe-");
        check("🧾", "&2D7d,g-"); // outside the basic plane, and the comma of this alphabet
        check("&", "&-");
    }

    #[test]
    fn malformed_names_are_kept_as_they_stand() {
        for wire in [
            "&",
            "&A-",
            "&####-",
            "&2D4-",
            "Entwürfe",
            "&AGE-",
            "a&APw",
            "&APw-&APw-",
        ] {
            let name = FolderName::from_wire(wire);
            assert_eq!((name.as_str(), name.quoted()), (wire, format!("\"{wire}\"")), "{wire}");
        }
    }

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        assert_eq!(
            FolderName::from_wire("a\"\r\nA1 DELETE b\\").quoted(),
            r#""a\"A1 DELETE b\\""#
        );
    }

    #[test]
    fn escapes_are_taken_out_where_they_are_escapes() {
        let check = |raw: &str, expected: &str| assert_eq!(unescaped(raw), expected);
        check(r#"a\"b\\c"#, r#"a"b\c"#);
        check(r"a\b", r"a\b"); // from a literal
        check(r#"a"b"#, r#"a"b"#); // likewise
    }

    #[test]
    fn inbox_has_no_case() {
        assert!(FolderName::from_wire("inbox").is_inbox() && FolderName::new("Inbox").is_inbox());
        assert!(!FolderName::new("INBOX.Sent").is_inbox());
    }

    #[test]
    fn usual_names_tell_roles() {
        let check = |name: &str, expected: Option<Role>| assert_eq!(Role::by_usual_name(name), expected, "{name}");
        check("Envoyés", Some(Role::Sent));
        check("ÉLÉMENTS ENVOYÉS", Some(Role::Sent));
        check("Entwürfe", Some(Role::Drafts));
        check("Sentinel SA", None); // a customer's own folder
    }
}
