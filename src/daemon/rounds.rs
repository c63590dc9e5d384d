//! One round: after a sweep, whatever is due goes out, one mail at a time, each behind its own fence.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};

use crate::daemon::books::{Books, BooksError};
use crate::daemon::briefing::{self, BriefingError};
use crate::daemon::connect;
use crate::daemon::copies::Copies;
use crate::daemon::failure::Failure;
use crate::daemon::office::Office;
use crate::daemon::outbox::{self, SendError, Sent};
use crate::dunning::calendar::instant;
use crate::dunning::decide::decide_all;
use crate::model::action::Action;
use crate::model::digest::ContentDigest;
use crate::model::event::Trouble;
use crate::model::follow_up::{Outcome, Purpose};
use crate::model::invoice::InvoiceNumber;
use crate::model::message_id::MessageId;
use crate::model::reading::Author;
use crate::wires::imap::session::Imap;
use crate::wires::smtp::submission::Submission;
use crate::writing::answers::AnswerWords;

/// After the submission server could not be reached or turned us away, it is left alone for so long.
const SUBMISSION_PAUSE_MINUTES: i64 = 5;
/// After it refused the login, for so long: a person has to mend that.
const LOGIN_PAUSE_HOURS: i64 = 6;
/// After the clock jumped, nothing is sent for so long: what was missed is read first, and a clock still being set settles.
const CLOCK_PAUSE_MINUTES: i64 = 10;
/// A jump beyond this is one; less is the drift that time servers mend.
const CLOCK_JUMP_MINUTES_MIN: i64 = 60;
/// Each pause in a row is twice as long, so often: up to 80 minutes.
const SUBMISSION_PAUSE_DOUBLINGS_MAX: u32 = 4;
/// A follow-up that could not be written is tried again so much later, or when the user has done something.
const UNWRITTEN_PAUSE_HOURS: i64 = 6;
/// Drafts that could not be laid down, so much later.
const DRAFTS_PAUSE_MINUTES: i64 = 30;
/// Servers' clocks differ, and a bounce may cross the first start: older ones are told by the digest alone.
const OLD_BOUNCE_DAYS: i64 = 1;
/// Without a mailbox, what needs one is not looked at again sooner.
const OFFLINE_SECONDS_MIN: i64 = 60;

/// What rounds remember between one another; nothing that a restart could not do without.
#[derive(Debug, Default)]
pub struct Rounds {
    /// Nothing is handed in before this moment.
    paused_until: Option<DateTime<Utc>>,
    /// The digest of this day is out, or had nothing to tell.
    digest_settled: Option<NaiveDate>,
    /// When the round is to come back, by what was decided last.
    wait_until: Option<DateTime<Utc>>,
    /// What needs the mailbox waits until then: the last round had none.
    without_mailbox_until: Option<DateTime<Utc>>,
    /// How often the submission server was left alone in a row.
    pauses: u32,
    /// It could be reached, and failed all the same: only a mail that it took shows that it works again.
    failed_inside: bool,
    /// Cases whose follow-up could not be written, and when each is tried again.
    unwritten: BTreeMap<InvoiceNumber, DateTime<Utc>>,
    /// Drafts takes none before this moment.
    no_drafts_until: Option<DateTime<Utc>>,
    /// Mails to the user that could not be written: not tried again before a restart.
    unwritable: BTreeSet<ContentDigest>,
    copies: Copies,
}

impl Rounds {
    /// Notes that the wall clock moved by more than time passed.
    pub fn clock_jumped(&mut self, jump: Duration, books: &mut Books, office: &Office) -> Result<(), BooksError> {
        let now = office.now();
        if jump.abs() >= Duration::minutes(CLOCK_JUMP_MINUTES_MIN) {
            self.paused_until = Some(now + Duration::minutes(CLOCK_PAUSE_MINUTES));
            return books.trouble_begins(
                now,
                Trouble::Clock {
                    minutes: jump.num_minutes(),
                },
            );
        }
        let over = self.paused_until.is_none_or(|until| until <= now);
        if over {
            books.trouble_ends(now, Trouble::Clock { minutes: 0 })
        } else {
            Ok(())
        }
    }

    /// The user did something: what could not be written may be now.
    pub fn try_again(&mut self) {
        self.unwritten.clear();
        self.no_drafts_until = None;
    }

    /// Sends whatever is due. The mailbox has just been read to its end. Between two mails `is_wanted_elsewhere` is asked:
    /// the user's word on a case comes before the next mail.
    pub async fn act(
        &mut self,
        imap: &mut Imap,
        books: &mut Books,
        office: &Office,
        is_wanted_elsewhere: &mut dyn FnMut() -> bool,
    ) -> Result<(), Failure> {
        self.without_mailbox_until = None;
        end_idle_troubles(books, office)?;
        self.copies.settle(imap, books, office).await?;
        let mut submission = None;
        let sent = self
            .send_due(imap, &mut submission, books, office, is_wanted_elsewhere)
            .await;
        let told = match sent {
            Ok(()) => self.tell_user(&mut submission, books, office).await,
            Err(failure) => Err(failure),
        };
        if let Some(submission) = submission {
            submission.quit().await;
        }
        told
    }

    /// Mails to the user need no mailbox: they go out even while it cannot be reached.
    pub async fn act_offline(&mut self, books: &mut Books, office: &Office) -> Result<(), Failure> {
        self.without_mailbox_until = Some(office.now() + Duration::seconds(OFFLINE_SECONDS_MIN));
        let mut submission = None;
        let told = self.tell_user(&mut submission, books, office).await;
        if let Some(submission) = submission {
            submission.quit().await;
        }
        told
    }

    /// Mails the digest of this moment to the user, on his wish; the next one tells only what is new by then.
    pub async fn digest_now(&mut self, books: &mut Books, office: &Office) -> Result<AnswerWords, Failure> {
        let now = office.now();
        let id = MessageId::of_mail_to_user(books.account(), "digest-now", &now.to_rfc3339());
        let Some(mail) = briefing::digest(&id, books, office)? else {
            return Ok(AnswerWords::NothingToTell);
        };
        let day = now.with_timezone(&office.policy().timezone).date_naive();
        let purpose = Purpose::Digest {
            day,
            through: books.ledger.seq,
        };
        let mut submission = Some(connect::submission(office).await?);
        self.mail_user(mail, purpose, &mut submission, books, office).await?;
        if let Some(submission) = submission {
            submission.quit().await;
        }
        let outcome = books.ledger.outbox.get(&id).map(|outgoing| &outgoing.outcome);
        Ok(if outcome == Some(&Outcome::Accepted) {
            AnswerWords::DigestSent
        } else {
            AnswerWords::DigestNotSent
        })
    }

    /// When there is something to do again, whatever arrives in between.
    pub fn next_due(&self, books: &Books, office: &Office) -> Option<DateTime<Utc>> {
        let now = office.now();
        let paused = self.paused_until.filter(|until| *until > now);
        let sending = self.wait_until.map(|at| paused.map_or(at, |until| at.max(until)));
        let with_mailbox = [sending, self.copies.next_look(books)].into_iter().flatten().min();
        let with_mailbox = with_mailbox.map(|at| self.without_mailbox_until.map_or(at, |until| at.max(until)));
        [with_mailbox, paused, Some(self.next_digest(office))]
            .into_iter()
            .flatten()
            .min()
    }

    async fn send_due(
        &mut self,
        imap: &mut Imap,
        submission: &mut Option<Submission>,
        books: &mut Books,
        office: &Office,
        is_wanted_elsewhere: &mut dyn FnMut() -> bool,
    ) -> Result<(), Failure> {
        // What this round tried once is left to the next, whatever came of it: nothing is tried without end.
        let mut tried: Vec<Action> = Vec::new();
        while let Some(action) = self.next_action(&tried, books, office) {
            if !tried.is_empty() {
                if is_wanted_elsewhere() {
                    return Ok(());
                }
                tokio::time::sleep(std::time::Duration::from_secs(office.config.seconds_between)).await;
            }
            tried.push(action.clone());
            let outcome = if let Action::LayDraft { .. } = action {
                outbox::lay_draft(&action, imap, books, office).await
            } else {
                let Some(open) = self.open(submission, books, office).await? else {
                    return Ok(());
                };
                outbox::send(&action, imap, open, books, office).await
            };
            match (outcome, &action) {
                (Ok(Sent::Unwritten), Action::Send { case, .. } | Action::LayDraft { case, .. }) => {
                    let again = office.now() + Duration::hours(UNWRITTEN_PAUSE_HOURS);
                    self.unwritten.insert(case.clone(), again);
                }
                (Ok(Sent::Unplaced), _) => {
                    self.no_drafts_until = Some(office.now() + Duration::minutes(DRAFTS_PAUSE_MINUTES));
                }
                (Ok(Sent::Done), Action::Send { .. }) => self.submission_works(books, office)?,
                (Ok(_), _) => {}
                (Err(SendError::Smtp(error)), _) => {
                    *submission = None;
                    self.failed_inside = true;
                    return Ok(self.pause(error.to_string(), error.is_login(), books, office)?);
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What is to be done next and was not tried yet; notes when to come back if there is nothing.
    fn next_action(&mut self, tried: &[Action], books: &Books, office: &Office) -> Option<Action> {
        let now = office.now();
        let actions = decide_all(&books.ledger, office.policy(), now);
        self.wait_until = actions.iter().find_map(|action| match action {
            Action::Wait { until } => Some(*until),
            _ => None,
        });
        let waits = |case: &InvoiceNumber| self.unwritten.get(case).is_some_and(|again| now < *again);
        let no_drafts = self.no_drafts_until.is_some_and(|until| now < until);
        actions.into_iter().find(|action| match action {
            Action::Send { case, .. } => !waits(case) && !tried.contains(action),
            Action::LayDraft { case, .. } => !no_drafts && !waits(case) && !tried.contains(action),
            Action::AskApproval { .. } | Action::Wait { .. } => false,
        })
    }

    /// A mail got its answer: whatever stood in the way of submission is over.
    fn submission_works(&mut self, books: &mut Books, office: &Office) -> Result<(), BooksError> {
        (self.pauses, self.failed_inside) = (0, false);
        books.trouble_ends(office.now(), Trouble::Submission { detail: String::new() })
    }

    /// The open connection, a new one, or none while the server is left alone.
    async fn open<'a>(
        &mut self,
        submission: &'a mut Option<Submission>,
        books: &mut Books,
        office: &Office,
    ) -> Result<Option<&'a mut Submission>, BooksError> {
        if self.paused_until.is_some_and(|until| until > office.now()) {
            return Ok(None);
        }
        // After an unknown outcome or a 421 nothing more can be said over a connection.
        if !submission.as_ref().is_some_and(Submission::is_ready) {
            *submission = None;
            match connect::submission(office).await {
                Ok(opened) => {
                    *submission = Some(opened);
                    if !self.failed_inside {
                        self.submission_works(books, office)?;
                    }
                }
                Err(error) => self.pause(error.to_string(), error.is_login(), books, office)?,
            }
        }
        Ok(submission.as_mut())
    }

    fn pause(&mut self, detail: String, login: bool, books: &mut Books, office: &Office) -> Result<(), BooksError> {
        let pause = if login {
            Duration::hours(LOGIN_PAUSE_HOURS)
        } else {
            let longer = SUBMISSION_PAUSE_MINUTES << self.pauses.min(SUBMISSION_PAUSE_DOUBLINGS_MAX);
            Duration::minutes(longer)
        };
        self.pauses = self.pauses.saturating_add(1);
        self.paused_until = Some(office.now() + pause);
        books.trouble_begins(office.now(), Trouble::Submission { detail })
    }

    /// The digest at its hour, and what cannot wait for it.
    async fn tell_user(
        &mut self,
        submission: &mut Option<Submission>,
        books: &mut Books,
        office: &Office,
    ) -> Result<(), Failure> {
        for bounced in losses_to_tell(books, office.now()) {
            if self.unwritable.contains(&bounced) {
                continue;
            }
            let mail = match briefing::notice(&bounced, books, office) {
                Ok(Some(mail)) => mail,
                Ok(None) => continue,
                Err(BriefingError::Books(error)) => return Err(error.into()),
                // A mail to the user that cannot be written must not end what protects his customers.
                Err(error) => {
                    tracing::error!(%error, "a notice could not be written; the digest tells of it");
                    self.unwritable.insert(bounced);
                    continue;
                }
            };
            let purpose = Purpose::Notice { message: bounced };
            self.mail_user(mail, purpose, submission, books, office).await?;
        }
        let now = office.now();
        let today = now.with_timezone(&office.policy().timezone).date_naive();
        if self.digest_settled == Some(today) || !digest_is_due(today, books, office) {
            return Ok(());
        }
        let purpose = Purpose::Digest {
            day: today,
            through: books.ledger.seq,
        };
        let settled = match briefing::digest(&digest_id(today, books), books, office) {
            Ok(Some(mail)) => self.mail_user(mail, purpose, submission, books, office).await?,
            Ok(None) => true,
            Err(BriefingError::Books(error)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "there is no digest today");
                true
            }
        };
        if settled {
            self.digest_settled = Some(today);
        }
        Ok(())
    }

    /// Sends one mail to the user; tells whether it is accounted for.
    async fn mail_user(
        &mut self,
        mail: briefing::ToUser,
        purpose: Purpose,
        submission: &mut Option<Submission>,
        books: &mut Books,
        office: &Office,
    ) -> Result<bool, Failure> {
        let Some(open) = self.open(submission, books, office).await? else {
            return Ok(false);
        };
        match outbox::send_to_user(mail.id.clone(), purpose, &mail.octets, open, books, office).await {
            Ok(_) => self.submission_works(books, office)?,
            Err(SendError::Smtp(error)) => {
                *submission = None;
                self.failed_inside = true;
                self.pause(error.to_string(), error.is_login(), books, office)?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        let outcome = books.ledger.outbox.get(&mail.id).map(|outgoing| &outgoing.outcome);
        Ok(!matches!(outcome, Some(Outcome::Deferred { .. } | Outcome::Prepared)))
    }

    /// The next moment at which a digest may be due.
    fn next_digest(&self, office: &Office) -> DateTime<Utc> {
        let today = office.now().with_timezone(&office.policy().timezone).date_naive();
        let at = digest_at(today, office);
        if at > office.now() {
            at
        } else {
            digest_at(today.succ_opt().unwrap_or(today), office)
        }
    }
}

/// The id of the one daily digest of a day.
fn digest_id(day: NaiveDate, books: &Books) -> MessageId {
    MessageId::of_mail_to_user(books.account(), "digest", &day.to_string())
}

fn digest_at(day: NaiveDate, office: &Office) -> DateTime<Utc> {
    use chrono::Timelike;
    let at = office.config.digest_at;
    instant(day, at.hour() * 60 + at.minute(), office.policy().timezone)
}

/// Whether the digest of that day is to go out now: its hour has come, it came after the first start, and it is not out.
fn digest_is_due(today: NaiveDate, books: &Books, office: &Office) -> bool {
    let (at, now) = (digest_at(today, office), office.now());
    let opened_before = books.ledger.opened_at.is_some_and(|opened| opened <= at);
    let earlier = books
        .ledger
        .outbox
        .get(&digest_id(today, books))
        .map(|outgoing| &outgoing.outcome);
    let pending = match earlier {
        None | Some(Outcome::Prepared) => true,
        Some(Outcome::Deferred { retry_at, .. }) => *retry_at <= now,
        Some(_) => false,
    };
    at <= now && opened_before && pending
}

/// What could not be written or laid down, and is no longer wanted, is no trouble any more.
fn end_idle_troubles(books: &mut Books, office: &Office) -> Result<(), BooksError> {
    let ledger = &books.ledger;
    let is_idle = |trouble: &Trouble| match trouble {
        Trouble::Writing { case, .. } => ledger.cases.get(case).is_none_or(|case| !case.is_open()),
        Trouble::Draft { message_id } => {
            let outgoing = ledger.outbox.get(message_id);
            outgoing.is_some_and(|outgoing| outgoing.outcome.counts_as_sent())
        }
        _ => false,
    };
    let standing = ledger.troubles.iter().filter(|entry| entry.until.is_none());
    let idle: Vec<Trouble> = standing
        .map(|entry| entry.trouble.clone())
        .filter(|trouble| is_idle(trouble))
        .collect();
    idle.into_iter()
        .try_for_each(|trouble| books.trouble_ends(office.now(), trouble))
}

/// Follow-ups that bounced for good or were refused, and that no digest and no notice has told of. What bounced long before
/// the journal began is the digest's.
fn losses_to_tell(books: &Books, now: DateTime<Utc>) -> Vec<ContentDigest> {
    let told_through = books.ledger.told_through();
    let begun = books.ledger.opened_at.unwrap_or(now) - Duration::days(OLD_BOUNCE_DAYS);
    let is_pending = |outcome: &Outcome| match outcome {
        Outcome::Prepared => true,
        Outcome::Deferred { retry_at, .. } => *retry_at <= now,
        _ => false,
    };
    let noticed = |content: &ContentDigest| {
        books.ledger.outbox.values().any(|outgoing| {
            matches!(&outgoing.purpose, Purpose::Notice { message } if message == content)
                && !is_pending(&outgoing.outcome)
        })
    };
    let replies = books.ledger.customers.values().flat_map(|customer| &customer.replies);
    let bounced = replies
        .filter(|reply| reply.at > begun && reply.seq > told_through && reply.reading.author == Author::Bounce)
        .filter(|reply| reply.reading.bounce.as_ref().is_some_and(|bounce| bounce.permanent))
        .map(|reply| &reply.content);
    let told_at = briefing::told_at(books);
    let outbox = books.ledger.outbox.values();
    let refused = outbox
        .filter(|outgoing| matches!(outgoing.purpose, Purpose::FollowUp { .. }))
        .filter(|outgoing| matches!(outgoing.outcome, Outcome::Refused { .. }))
        .filter(|outgoing| told_at.is_none_or(|told_at| outgoing.outcome_at > told_at))
        .map(|outgoing| &outgoing.content);
    bounced
        .chain(refused)
        .filter(|content| !noticed(content))
        .cloned()
        .collect()
}
