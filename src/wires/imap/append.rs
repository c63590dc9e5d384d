//! Puts a message into a folder: our copy in Sent, or a draft.

use crate::wires::imap::dialogue::ignore;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::naming::FolderName;
use crate::wires::imap::session::Imap;

impl Imap {
    /// Appends with a synchronizing literal, which every server knows. `flags` such as `\Seen`.
    ///
    /// Returns UIDVALIDITY and UID of the copy where the server has UIDPLUS (RFC 4315). After an error that is not `No`
    /// or `Bad` the copy may be there all the same: look for its Message-ID before trying again.
    pub async fn append(
        &mut self,
        folder: &FolderName,
        flags: &[&str],
        octets: &[u8],
    ) -> Result<Option<(u32, u32)>, ImapError> {
        let doing = format!("APPEND to {folder}");
        let line = format!("APPEND {} ({}) {{{}}}", folder.quoted(), flags.join(" "), octets.len());
        let tag = self.dialogue.begin(&doing, &line).await?;
        self.dialogue.go_ahead(&doing, &tag, &mut ignore).await?;
        self.dialogue.send(&doing, octets).await?;
        self.dialogue.send(&doing, b"\r\n").await?;
        self.dialogue.finish(&doing, &tag, &mut ignore).await
    }
}
