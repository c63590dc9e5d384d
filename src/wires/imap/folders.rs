//! Which folders there are, what each is for, and whether something changed in it.

use imap_proto::{MailboxDatum, NameAttribute, Response, ResponseCode, StatusAttribute};

use crate::wires::imap::dialogue::protocol;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::naming::{FolderName, Role, unescaped};
use crate::wires::imap::session::Imap;

/// A folder as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its full name.
    pub name: FolderName,
    /// What it is for: by its flags (RFC 6154), else by its usual name where no folder has that flag.
    pub role: Option<Role>,
    /// Whether it holds messages at all.
    pub selectable: bool,
    /// Its state, where the server gives it along with the list (RFC 5819).
    pub status: Option<Status>,
}

/// What tells whether a folder changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// With another value every UID means another message.
    pub uid_validity: u32,
    /// The UID that the next message will have, or a later one will; some servers do not tell.
    pub uid_next: Option<u32>,
    /// How many messages.
    pub messages: Option<u32>,
    /// Counts every change (RFC 7162), where the server has it.
    pub highest_modseq: Option<u64>,
}

#[derive(Default)]
struct Known {
    uid_validity: Option<u32>,
    uid_next: Option<u32>,
    messages: Option<u32>,
    highest_modseq: Option<u64>,
}

impl Known {
    fn take_attributes(&mut self, attributes: &[StatusAttribute]) {
        for attribute in attributes {
            match attribute {
                StatusAttribute::UidValidity(value) => self.uid_validity = Some(*value),
                StatusAttribute::UidNext(value) => self.uid_next = Some(*value),
                StatusAttribute::Messages(value) => self.messages = Some(*value),
                StatusAttribute::HighestModSeq(value) => self.highest_modseq = Some(*value),
                _ => {}
            }
        }
    }

    fn take_code(&mut self, code: &ResponseCode<'_>) {
        match code {
            ResponseCode::UidValidity(value) => self.uid_validity = Some(*value),
            ResponseCode::UidNext(value) => self.uid_next = Some(*value),
            ResponseCode::HighestModSeq(value) => self.highest_modseq = Some(*value),
            _ => {}
        }
    }

    /// Without a UIDVALIDITY nothing can be remembered of a folder.
    fn status(&self) -> Option<Status> {
        Some(Status {
            uid_validity: self.uid_validity?,
            uid_next: self.uid_next,
            messages: self.messages,
            highest_modseq: self.highest_modseq,
        })
    }
}

struct Listed {
    wire: String,
    leaf: String,
    flag: Option<Role>,
    selectable: bool,
}

impl Imap {
    /// Every folder; with its state at once where the server has LIST-STATUS.
    pub async fn folders(&mut self) -> Result<Vec<Folder>, ImapError> {
        let mut wanted = Vec::new();
        if self.has("SPECIAL-USE") && self.has("LIST-EXTENDED") {
            wanted.push("SPECIAL-USE".to_string());
        }
        if self.has("LIST-STATUS") {
            wanted.push(format!("STATUS {}", self.status_items()));
        }
        let line = match wanted.is_empty() {
            true => "LIST \"\" \"*\"".to_string(),
            false => format!("LIST \"\" \"*\" RETURN ({})", wanted.join(" ")),
        };
        let mut listed = Vec::new();
        let mut known: Vec<(String, Known)> = Vec::new();
        let mut each = |response: &Response<'_>| {
            match response {
                Response::MailboxData(MailboxDatum::List(item)) => listed.push(listed_folder(item)),
                Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
                    let mut fresh = Known::default();
                    fresh.take_attributes(status);
                    known.push((mailbox.to_string(), fresh));
                }
                _ => {}
            }
            Ok(())
        };
        self.dialogue.command("LIST", &line, &mut each).await?;
        Ok(assembled(listed, &known))
    }

    /// The state of a folder that is not open.
    pub async fn status(&mut self, name: &FolderName) -> Result<Status, ImapError> {
        let doing = format!("STATUS {name}");
        let line = format!("STATUS {} {}", name.quoted(), self.status_items());
        let mut known = Known::default();
        let mut each = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Status { status, .. }) = response {
                known.take_attributes(status);
            }
            Ok(())
        };
        self.dialogue.command(&doing, &line, &mut each).await?;
        known.status().ok_or_else(|| protocol(&doing, "no UIDVALIDITY"))
    }

    /// Opens a folder for reading only: nothing is marked as read or recent by it.
    pub async fn examine(&mut self, name: &FolderName) -> Result<Status, ImapError> {
        let doing = format!("EXAMINE {name}");
        self.folder = String::new(); // a failed EXAMINE leaves no folder open (RFC 3501, 6.3.1)
        self.news = false;
        let mut known = Known::default();
        let mut each = |response: &Response<'_>| {
            match response {
                Response::MailboxData(MailboxDatum::Exists(messages)) => known.messages = Some(*messages),
                Response::Data { outcome, .. } => {
                    if let Some(code) = &outcome.code {
                        known.take_code(code);
                    }
                }
                _ => {}
            }
            Ok(())
        };
        self.dialogue
            .command(&doing, &format!("EXAMINE {}", name.quoted()), &mut each)
            .await?;
        self.folder = name.to_string();
        known.status().ok_or_else(|| protocol(&doing, "no UIDVALIDITY"))
    }

    fn status_items(&self) -> &'static str {
        if self.has("CONDSTORE") || self.has("QRESYNC") {
            "(UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ)"
        } else {
            "(UIDVALIDITY UIDNEXT MESSAGES)"
        }
    }
}

fn listed_folder(item: &imap_proto::MailboxListData<'_>) -> Listed {
    let wire = item.name.to_string();
    let name = FolderName::from_wire(&unescaped(&wire));
    let delimiter = item.delimiter.as_deref().map(unescaped).unwrap_or_default();
    let leaf = match delimiter.is_empty() {
        true => name.as_str(),
        false => name.as_str().rsplit(&delimiter).next().unwrap_or_default(),
    };
    let is_absent = |attribute: &NameAttribute<'_>| {
        matches!(attribute, NameAttribute::NoSelect)
            || matches!(attribute, NameAttribute::Extension(other) if other.eq_ignore_ascii_case("\\NonExistent"))
    };
    Listed {
        leaf: leaf.to_string(),
        flag: item.name_attributes.iter().find_map(role_of_flag),
        selectable: !item.name_attributes.iter().any(is_absent),
        wire,
    }
}

fn assembled(listed: Vec<Listed>, known: &[(String, Known)]) -> Vec<Folder> {
    let flagged: Vec<Role> = listed.iter().filter_map(|item| item.flag).collect();
    let folder = |item: Listed| {
        let name = FolderName::from_wire(&unescaped(&item.wire));
        let by_name = Role::by_usual_name(&item.leaf).filter(|role| !flagged.contains(role));
        let role = if name.is_inbox() {
            Some(Role::Inbox)
        } else {
            item.flag.or(by_name)
        };
        let state = known.iter().find(|(wire, _)| *wire == item.wire);
        Folder {
            role,
            selectable: item.selectable,
            status: state.and_then(|(_, known)| known.status()),
            name,
        }
    };
    listed.into_iter().map(folder).collect()
}

fn role_of_flag(attribute: &NameAttribute<'_>) -> Option<Role> {
    Some(match attribute {
        NameAttribute::Sent => Role::Sent,
        NameAttribute::Drafts => Role::Drafts,
        NameAttribute::Junk => Role::Junk,
        NameAttribute::Trash => Role::Trash,
        NameAttribute::All => Role::All,
        NameAttribute::Archive => Role::Archive,
        NameAttribute::Flagged => Role::Flagged,
        NameAttribute::Extension(name) if name.eq_ignore_ascii_case("\\Inbox") => Role::Inbox,
        NameAttribute::Extension(name) if name.eq_ignore_ascii_case("\\AllMail") => Role::All,
        _ => return None,
    })
}
