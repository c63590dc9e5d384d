//! Waits for news in the open folder (IDLE, RFC 2177).

use std::time::Duration;

use imap_proto::{MailboxDatum, Response};
use tokio::time::timeout;

use crate::wires::imap::dialogue::{Answer, Step, ignore, protocol};
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::session::Imap;

/// A server that needs longer to end IDLE is not there any more.
const DONE_SECONDS_MAX: u64 = 15;

/// What was heard while waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleNews {
    /// Something came, went, or changed its flags.
    Changed,
    /// Nothing, but the server is there.
    Alive,
    /// The server ended the waiting by itself; `idle_end` is not needed.
    Ended,
}

impl Imap {
    /// Begins to wait. News that come before the server agrees are kept for the first `idle_wait`.
    pub async fn idle_begin(&mut self) -> Result<(), ImapError> {
        let doing = format!("IDLE in {}", self.folder);
        let mut news = false;
        let mut each = |response: &Response<'_>| {
            news |= is_news(response);
            Ok(())
        };
        let tag = self.dialogue.begin(&doing, "IDLE").await?;
        match self.dialogue.answer(&doing, &tag, &mut each).await? {
            Answer::Go(_) => {
                self.news = news;
                self.dialogue.idling(tag);
                Ok(())
            }
            Answer::Done(_) => Err(protocol(&doing, "an end without a beginning")),
        }
    }

    /// Waits without end; the caller sets the limits, and may cancel at any moment without loss.
    pub async fn idle_wait(&mut self) -> Result<IdleNews, ImapError> {
        if std::mem::take(&mut self.news) {
            return Ok(IdleNews::Changed);
        }
        let doing = format!("IDLE in {}", self.folder);
        let Some(tag) = self.dialogue.idle_tag() else {
            return Err(protocol(&doing, "it has not begun"));
        };
        let mut news = false;
        let mut each = |response: &Response<'_>| {
            news = is_news(response);
            Ok(())
        };
        match self.dialogue.step(&doing, None, &mut each).await? {
            Step::Tagged(found, verdict) => {
                self.dialogue.conclude(&doing, &tag, &found, verdict)?;
                Ok(IdleNews::Ended)
            }
            Step::Untagged if news => Ok(IdleNews::Changed),
            Step::Untagged | Step::Go(_) => Ok(IdleNews::Alive),
        }
    }

    /// Ends the waiting within 15 s. What is said meanwhile is not reported: read the folder anew after every IDLE.
    pub async fn idle_end(&mut self) -> Result<(), ImapError> {
        let doing = format!("DONE in {}", self.folder);
        let Some(tag) = self.dialogue.end_idle(&doing)? else {
            return Ok(());
        };
        let ending = async {
            self.dialogue.send(&doing, b"DONE\r\n").await?;
            self.dialogue.finish(&doing, &tag, &mut ignore).await.map(drop)
        };
        match timeout(Duration::from_secs(DONE_SECONDS_MAX), ending).await {
            Ok(ended) => ended,
            Err(_) => self.dialogue.broken(ImapError::Timeout {
                doing,
                seconds: DONE_SECONDS_MAX,
            }),
        }
    }
}

fn is_news(response: &Response<'_>) -> bool {
    matches!(
        response,
        Response::MailboxData(MailboxDatum::Exists(_))
            | Response::Expunge(_)
            | Response::Vanished { .. }
            | Response::Fetch(..)
    )
}
