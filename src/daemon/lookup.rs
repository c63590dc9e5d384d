//! Looks for a folder by its role, and in it for a mail of ours by its Message-ID.

use crate::model::message_id::MessageId;
use crate::reading::parse::parse_header;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::headers::HeaderItem;
use crate::wires::imap::naming::{FolderName, Role};
use crate::wires::imap::session::Imap;

/// A server that finds more than this does not search for what it was asked; the newest are compared.
const COMPARED_MAX: usize = 100;

/// Whether the folder holds a mail with that id, as far as the server can tell. A search alone proves nothing: headers are
/// compared.
pub async fn holds(imap: &mut Imap, folder: &FolderName, id: &MessageId) -> Result<bool, ImapError> {
    imap.examine(folder).await?;
    let mut uids = match imap.uids_by_message_id(id).await {
        Ok(uids) => uids,
        // Some servers cannot search headers; what was read of the folder has to do.
        Err(error) if error.is_refusal() => return Ok(false),
        Err(error) => return Err(error),
    };
    uids.sort_unstable();
    let newest = uids.get(uids.len().saturating_sub(COMPARED_MAX)..).unwrap_or_default();
    let mut found = false;
    let mut compare = |item: HeaderItem| {
        let header = parse_header(&item.header);
        found |= header
            .message_ids
            .iter()
            .chain(&header.original_message_id)
            .any(|theirs| theirs == id);
    };
    imap.headers(newest, &mut compare).await?;
    Ok(found)
}

/// The name of the folder with that role, if the server has one.
pub async fn folder_with(imap: &mut Imap, role: Role, told: Option<&str>) -> Result<Option<FolderName>, ImapError> {
    let folders = imap.folders().await?;
    let by_name = |name: &str| folders.iter().find(|folder| folder.name.as_str() == name);
    let found = told
        .and_then(by_name)
        .or_else(|| folders.iter().find(|folder| folder.role == Some(role)));
    Ok(found.map(|folder| folder.name.clone()))
}
