//! A look around without touching anything: what `amiable check` tells.

use chrono::{DateTime, Duration, Utc};

use crate::daemon::connect;
use crate::daemon::failure::Failure;
use crate::daemon::office::Office;
use crate::model::policy::Mode;
use crate::wires::config::settings::SaveToSent;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::folders::Folder;
use crate::wires::imap::naming::{FolderName, Role};
use crate::wires::imap::session::Imap;
use crate::wires::providers::profile_of;
use crate::writing::findings::Finding;

/// A server's clock may be a little ahead of ours without either being wrong.
const CLOCK_SKEW_MINUTES_MAX: i64 = 10;

/// What was found, and the failure that gives the exit code, if there is one.
pub struct Survey {
    /// In the order in which things were looked at.
    pub findings: Vec<Finding>,
    /// The first failure.
    pub failure: Option<Failure>,
}

/// Logs in to both servers, looks at every folder, sends and changes nothing.
pub async fn survey(office: &Office) -> Survey {
    let mut survey = Survey {
        findings: vec![Finding::Configuration {
            mode: office.policy().mode,
        }],
        failure: None,
    };
    match connect::imap(office).await {
        Ok(mut imap) => {
            survey.findings.push(Finding::Mailbox {
                host: office.config.imap.host.clone(),
            });
            survey.findings.push(Finding::Idle(imap.has("IDLE")));
            match look_around(&mut imap, office).await {
                Ok(found) => survey.findings.extend(found),
                Err(error) => survey.broken(Failure::from(error)),
            }
            imap.logout().await;
        }
        Err(error) => survey.broken(Failure::from(error)),
    }
    match connect::submission(office).await {
        Ok(submission) => {
            submission.quit().await;
            survey.findings.push(Finding::Submission {
                host: office.config.smtp.host.clone(),
            });
        }
        Err(error) => survey.broken(Failure::from(error)),
    }
    survey
}

impl Survey {
    fn broken(&mut self, failure: Failure) {
        self.findings.push(Finding::Broken {
            error: failure.to_string(),
        });
        self.failure.get_or_insert(failure);
    }
}

async fn look_around(imap: &mut Imap, office: &Office) -> Result<Vec<Finding>, ImapError> {
    let folders = imap.folders().await?;
    let (mut readable, mut unreadable) = (0, Vec::new());
    for folder in folders.iter().filter(|folder| folder.selectable) {
        match imap.examine(&folder.name).await {
            Ok(_) => readable += 1,
            Err(error) if error.is_refusal() => unreadable.push(folder.name.to_string()),
            Err(error) => return Err(error),
        }
    }
    let mut findings = vec![Finding::Folders { readable, unreadable }, sent_folder(&folders, office)];
    if office.policy().mode == Mode::Draft {
        findings.push(Finding::Drafts(name_of(
            &folders,
            Role::Drafts,
            office.config.folders.drafts.as_deref(),
        )));
    }
    let now = office.now();
    let late = newest(imap, now)
        .await?
        .filter(|newest| *newest > now + Duration::minutes(CLOCK_SKEW_MINUTES_MAX));
    findings.push(late.map_or(Finding::Clock, |newest| Finding::ClockLate { newest }));
    Ok(findings)
}

fn sent_folder(folders: &[Folder], office: &Office) -> Finding {
    let folder = name_of(folders, Role::Sent, office.config.folders.sent.as_deref());
    let by_provider = profile_of(&office.config.smtp.host).is_some_and(|profile| profile.saves_sent);
    let provider_saves = match office.config.save_to_sent {
        SaveToSent::Never => Some(false),
        SaveToSent::Auto if by_provider => Some(true),
        SaveToSent::Auto | SaveToSent::Always => None,
    };
    Finding::Sent { folder, provider_saves }
}

fn name_of(folders: &[Folder], role: Role, told: Option<&str>) -> Option<String> {
    let named = |name: &str| folders.iter().find(|folder| folder.name.as_str() == name);
    let found = told
        .and_then(named)
        .or_else(|| folders.iter().find(|folder| folder.role == Some(role)));
    found.map(|folder| folder.name.to_string())
}

/// When the newest mail of INBOX arrived, by the server's clock.
async fn newest(imap: &mut Imap, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ImapError> {
    imap.examine(&FolderName::inbox()).await?;
    let recent = imap.uids_since(now.date_naive()).await?;
    let last: Vec<u32> = recent.into_iter().max().into_iter().collect();
    let mut newest = None;
    if !last.is_empty() {
        imap.headers(&last, &mut |item| newest = Some(item.internal_date))
            .await?;
    }
    Ok(newest)
}
