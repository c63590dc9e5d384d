//! `amiable status --json`, as far as the demo looks at it.

use serde::Deserialize;

/// All cases.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    /// One an invoice.
    pub cases: Vec<CaseStatus>,
}

/// Where one invoice stands.
#[derive(Debug, Clone, Deserialize)]
pub struct CaseStatus {
    /// The invoice's number.
    pub number: String,
    /// waiting, held, promised, …
    pub state: String,
    /// What stops its follow-ups.
    pub hold: Option<HoldStatus>,
    /// Follow-ups so far.
    pub sent: Vec<SentStatus>,
    /// What came back.
    pub replies: Vec<ReplyStatus>,
}

/// A stop.
#[derive(Debug, Clone, Deserialize)]
pub struct HoldStatus {
    /// A label, or why else.
    pub reason: String,
    /// RFC 3339; `None`: until an act of the user.
    pub until: Option<String>,
}

/// A follow-up.
#[derive(Debug, Clone, Deserialize)]
pub struct SentStatus {
    /// friendly, professional, …
    pub step: String,
    /// accepted, unknown, …
    pub outcome: String,
}

/// A message of theirs.
#[derive(Debug, Clone, Deserialize)]
pub struct ReplyStatus {
    /// The label that counts.
    pub primary: String,
    /// How it was tied to the case.
    #[serde(rename = "match")]
    pub matched: String,
    /// Whether the user has to look.
    pub needs_review: bool,
}

impl Status {
    /// The case of that number.
    pub fn case(&self, number: &str) -> Option<&CaseStatus> {
        self.cases.iter().find(|case| case.number == number)
    }

    /// Follow-ups that the server took.
    pub fn accepted(&self) -> usize {
        let sent = self.cases.iter().flat_map(|case| &case.sent);
        sent.filter(|sent| sent.outcome == "accepted").count()
    }
}

impl HoldStatus {
    /// "until 9 December 2026", or that only the user ends it.
    pub fn end(&self) -> String {
        match self
            .until
            .as_deref()
            .and_then(|until| chrono::DateTime::parse_from_rfc3339(until).ok())
        {
            Some(until) => format!("until {}", until.format("%-d %B %Y")),
            None => "until you say so".to_owned(),
        }
    }
}
