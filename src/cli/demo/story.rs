//! The story: follow-ups go out, customers answer, everything is held that must be, the user is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::Utc;
use mail_parser::MessageParser;

use crate::cli::arguments::Demo;
use crate::cli::demo::firm::{Answer, Author, CLIENTS, Client, ME};
use crate::cli::demo::letter::{Letter, bounce, with_headers};
use crate::cli::demo::mailbox::Stored;
use crate::cli::demo::narrator::Narrator;
use crate::cli::demo::post::deliver;
use crate::cli::demo::program::{Daemon, Program};
use crate::cli::demo::stage::{Departed, Stage};
use crate::cli::demo::status::{CaseStatus, Status};

/// The whole story takes no longer, or it has failed.
const STORY_SECONDS_MAX: u64 = 85;
/// One answer is read, or one mail sent, within this time.
const STEP_SECONDS_MAX: u64 = 25;
/// All first follow-ups have left within this time, each after its own look at the mailbox.
const ROUND_SECONDS_MAX: u64 = 45;
/// What must not happen has this long to happen all the same.
const SILENCE_SECONDS: u64 = 5;
/// How often is asked whether it is so now.
const ASK_EVERY: Duration = Duration::from_millis(150);

/// What the demo proved, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Answers that were read, machines' included.
    pub replies: usize,
    /// Customers who are held.
    pub held: usize,
    /// Follow-ups that left.
    pub sent: usize,
    /// Follow-ups that left more than once, or stand more than once in Sent.
    pub duplicates: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "demo ok: replies={} held={} sent={} duplicates={}",
            self.replies, self.held, self.sent, self.duplicates
        )
    }
}

/// Plays the whole story on a running mail host and tells it on `out`; the last line is the summary.
///
/// # Errors
/// The first step that did not happen, or not in time.
pub fn demo(arguments: &Demo, out: &mut dyn Write) -> anyhow::Result<Summary> {
    let mut narrator = Narrator::new(out);
    let stage = Stage::open(&arguments.mailhost)?;
    let program = Program::new(stage.configure()?, stage.state_dir());
    let mut story = Story {
        stage,
        program,
        end: Instant::now() + Duration::from_secs(STORY_SECONDS_MAX),
    };
    match story.play(&mut narrator) {
        Ok(summary) => {
            narrator.end(&summary.to_string())?;
            Ok(summary)
        }
        Err(error) => {
            narrator.act("The last words of the daemon")?;
            narrator.sheet(&story.program.last_words())?;
            Err(error)
        }
    }
}

struct Story {
    stage: Stage,
    program: Program,
    end: Instant,
}

impl Story {
    fn play(&mut self, narrator: &mut Narrator<'_>) -> anyhow::Result<Summary> {
        let before = self.prologue(narrator)?;
        let daemon = self.first_follow_ups(narrator)?;
        let replies = self.answers(narrator)?;
        let daemon = self.power_cut(narrator, daemon)?;
        self.second_invoices(narrator)?;
        self.digest(narrator)?;
        self.untouched(narrator, &before)?;
        let summary = self.summary(replies)?;
        drop(daemon);
        Ok(summary)
    }

    /// Seeds the mailbox; gives what stood in it before the program saw it.
    fn prologue(&self, narrator: &mut Narrator<'_>) -> anyhow::Result<Vec<Stored>> {
        narrator.act("Camille Roux, joiner: ten customers are two weeks late")?;
        self.stage.seed().context("filling the mailbox")?;
        let before = self.stage.mailbox()?.messages("INBOX")?;
        let list = self.stage.invoice_list(0)?;
        self.program.run(&["import", &list.display().to_string()])?;
        narrator.fact("their invoices stand in Sent; private mail and a newsletter lie unread in her inbox")?;
        narrator.fact("ten invoices imported from a CSV file")?;
        Ok(before)
    }

    fn first_follow_ups(&self, narrator: &mut Narrator<'_>) -> anyhow::Result<Daemon> {
        narrator.act("The program starts, and follows up")?;
        let mut daemon = self.start()?;
        let wanted = CLIENTS.len();
        let all = self.wait(ROUND_SECONDS_MAX, &format!("{wanted} first follow-ups"), || {
            if !daemon.runs()? {
                bail!("the daemon ended by itself");
            }
            let departed = self.to_customers()?;
            Ok((departed.len() >= wanted).then_some(departed))
        })?;
        for client in &CLIENTS {
            let [(number, _), _] = client.invoices;
            let mail = mail_to(&all, client).with_context(|| format!("nothing was sent to {}", client.name))?;
            let subject = in_conversation(mail, number, client)?;
            narrator.fact(&format!(
                "{}: “{subject}”, inside the conversation of the invoice",
                client.name
            ))?;
        }
        self.wait(STEP_SECONDS_MAX, "every follow-up in status as accepted", || {
            Ok((self.program.status()?.accepted() >= wanted).then_some(()))
        })?;
        Ok(daemon)
    }

    /// Starts the daemon and waits until it takes commands.
    fn start(&self) -> anyhow::Result<Daemon> {
        let mut daemon = self.program.start()?;
        self.wait(STEP_SECONDS_MAX, "the daemon is up", || {
            if !daemon.runs()? {
                bail!("the daemon ended by itself");
            }
            Ok(self.program.is_up().then_some(()))
        })?;
        Ok(daemon)
    }

    /// Lets everybody answer, one after the other; gives how many answers were read.
    fn answers(&self, narrator: &mut Narrator<'_>) -> anyhow::Result<usize> {
        narrator.act("Customers and machines answer")?;
        let follow_ups = self.to_customers()?;
        let mut replies = 0;
        for client in &CLIENTS {
            let Some(answer) = &client.answer else { continue };
            let follow_up = mail_to(&follow_ups, client).context("the follow-up has gone")?;
            let words = self.send_answer(client, answer, &follow_up.raw)?;
            narrator.says(client.contact, &words)?;
            let [(number, _), _] = client.invoices;
            let case = self.wait(
                STEP_SECONDS_MAX,
                &format!("a hold for {} ({})", client.name, answer.expected),
                || {
                    Ok(self
                        .program
                        .status()?
                        .case(number)
                        .filter(|case| !case.replies.is_empty() && case.hold.is_some())
                        .cloned())
                },
            )?;
            self.check_answer(narrator, client, answer, &case)?;
            replies += case.replies.len();
        }
        Ok(replies)
    }

    fn check_answer(
        &self,
        narrator: &mut Narrator<'_>,
        client: &Client,
        answer: &Answer,
        case: &CaseStatus,
    ) -> anyhow::Result<()> {
        let hold = case.hold.as_ref().context("no hold")?;
        if hold.reason != answer.expected {
            bail!(
                "{} is held for {}, not for {}",
                client.name,
                hold.reason,
                answer.expected
            );
        }
        let label = hold.reason.replace('_', " ");
        narrator.understood(&label, &format!("nothing more to {} {}", client.name, hold.end()))?;
        Ok(())
    }

    /// Delivers the answer of that customer, or of the machine that answers for him; gives its words.
    fn send_answer(&self, client: &Client, answer: &Answer, follow_up: &[u8]) -> anyhow::Result<String> {
        let now = Utc::now().fixed_offset();
        let words = answer.text(client, self.stage.today());
        let letter = Letter::answer(follow_up, &client.mailbox(), now, &words)?;
        let (envelope_from, raw) = match answer.author {
            Author::Person => (client.address, letter.bytes()?),
            Author::Absence => {
                let note = Letter {
                    subject: letter.subject.replacen("Re:", "Réponse automatique :", 1),
                    body: words.clone(),
                    ..letter
                };
                ("", with_headers(&note.bytes()?, &["Auto-Submitted: auto-replied"]))
            }
            Author::MailSystem => ("", bounce(follow_up, client.address, now)?),
        };
        deliver(self.stage.lmtp, envelope_from, ME, &raw)?;
        Ok(words)
    }

    fn power_cut(&self, narrator: &mut Narrator<'_>, daemon: Daemon) -> anyhow::Result<Daemon> {
        narrator.act("A power cut, and a new start")?;
        let before = held(&self.program.status()?);
        daemon.pull_the_plug()?;
        let daemon = self.start()?;
        let again = held(&self.program.status()?);
        if again != before {
            bail!("before the power cut {before:?} were held, after it {again:?}");
        }
        narrator.fact(&format!(
            "the daemon was killed and started again: the same {} customers are held",
            before.len()
        ))?;
        Ok(daemon)
    }

    /// Everybody has a second overdue invoice: only who said nothing may hear of it.
    fn second_invoices(&self, narrator: &mut Narrator<'_>) -> anyhow::Result<()> {
        narrator.act("A second overdue invoice for each of the ten is imported into the running program")?;
        let before = self.to_customers()?.len();
        let list = self.stage.invoice_list(1)?;
        self.program.run(&["import", &list.display().to_string()])?;
        let silent: Vec<&Client> = CLIENTS.iter().filter(|client| client.answer.is_none()).collect();
        self.wait(STEP_SECONDS_MAX, "a follow-up for who has not answered", || {
            Ok((self.to_customers()?.len() >= before + silent.len()).then_some(()))
        })?;
        sleep(Duration::from_secs(SILENCE_SECONDS));
        let after = self.to_customers()?;
        for mail in after.get(before..).unwrap_or_default() {
            if !silent.iter().any(|client| mail.to == [client.address]) {
                bail!("a held customer got a follow-up: {:?}", mail.to);
            }
        }
        for client in &silent {
            narrator.fact(&format!("{} has not answered, and gets his follow-up", client.name))?;
        }
        narrator.fact(&format!(
            "the other {} get nothing, on no invoice",
            CLIENTS.len() - silent.len()
        ))?;
        Ok(())
    }

    fn digest(&self, narrator: &mut Narrator<'_>) -> anyhow::Result<()> {
        narrator.act("The digest, as Camille gets it once a day")?;
        let text = self.program.run(&["digest", "--print"])?;
        let before = self.mails_from_myself()?.len();
        self.program.run(&["digest", "--send"])?;
        let subject = self.wait(STEP_SECONDS_MAX, "the digest in the user's inbox", || {
            let subjects = self.mails_from_myself()?;
            Ok((subjects.len() > before).then(|| subjects.last().cloned().unwrap_or_default()))
        })?;
        narrator.sheet(&text)?;
        narrator.fact(&format!("it lies in her inbox: “{subject}”"))?;
        Ok(())
    }

    /// Nothing of hers was marked as read, moved or deleted; every answer still waits unread.
    fn untouched(&self, narrator: &mut Narrator<'_>, before: &[Stored]) -> anyhow::Result<()> {
        narrator.act("A guest in the mailbox")?;
        let after = self.stage.mailbox()?.messages("INBOX")?;
        if let Some(changed) = before.iter().find(|stored| !after.contains(stored)) {
            bail!("message {} of the inbox was changed, moved or deleted", changed.uid);
        }
        let came: Vec<&Stored> = after.iter().filter(|stored| !before.contains(stored)).collect();
        if let Some(read) = came.iter().find(|stored| !stored.flags.is_empty()) {
            bail!("message {} of the inbox was marked {:?}", read.uid, read.flags);
        }
        narrator.fact("nothing was marked as read, moved or deleted")?;
        Ok(())
    }

    fn summary(&self, replies: usize) -> anyhow::Result<Summary> {
        let departed = self.to_customers()?;
        let sent_folder = self.stage.mailbox()?.messages("Sent")?;
        let mut copies: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for mail in &departed {
            copies.entry(message_id(&mail.raw)?).or_default().0 += 1;
        }
        for stored in &sent_folder {
            if let Some(counted) = message_id(&stored.raw).ok().and_then(|id| copies.get_mut(&id)) {
                counted.1 += 1;
            }
        }
        if let Some((id, _)) = copies.iter().find(|(_, (_, filed))| *filed == 0) {
            bail!("the follow-up {id} has no copy in Sent");
        }
        let duplicates = copies
            .values()
            .map(|(left, filed)| left.saturating_sub(1) + filed.saturating_sub(1))
            .sum();
        let held = held(&self.program.status()?).len();
        let expected = CLIENTS.iter().filter(|client| client.answer.is_some()).count();
        if (replies, held, duplicates) != (expected, expected, 0) {
            bail!(
                "{expected} answers were to be read and held, nothing sent twice; but replies={replies} held={held} duplicates={duplicates}"
            );
        }
        Ok(Summary {
            replies,
            held,
            sent: departed.len(),
            duplicates,
        })
    }

    /// The subjects of what the program wrote to the user.
    fn mails_from_myself(&self) -> anyhow::Result<Vec<String>> {
        let inbox = self.stage.mailbox()?.messages("INBOX")?;
        let parsed = inbox
            .iter()
            .filter_map(|stored| MessageParser::default().parse(&stored.raw));
        Ok(parsed
            .filter(from_me)
            .map(|mail| mail.subject().unwrap_or_default().to_owned())
            .collect())
    }

    /// What left for customers, not for the user herself.
    fn to_customers(&self) -> anyhow::Result<Vec<Departed>> {
        let departed = self.stage.departed()?;
        Ok(departed.into_iter().filter(|mail| mail.to != [ME]).collect())
    }

    /// Asks again and again until there is an answer, the step's time is over, or the story's.
    fn wait<T>(
        &self,
        seconds_max: u64,
        what: &str,
        mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        let deadline = (begun + Duration::from_secs(seconds_max)).min(self.end);
        loop {
            if let Some(answer) = ask()? {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                bail!("not within {} s: {what}", begun.elapsed().as_secs());
            }
            sleep(ASK_EVERY);
        }
    }
}

/// The names of the customers who are held on their first invoice.
fn held(status: &Status) -> BTreeSet<&'static str> {
    let stands = |client: &&Client| {
        let [(number, _), _] = client.invoices;
        status.case(number).is_some_and(|case| case.hold.is_some())
    };
    CLIENTS.iter().filter(stands).map(|client| client.name).collect()
}

fn mail_to<'a>(departed: &'a [Departed], client: &Client) -> Option<&'a Departed> {
    departed.iter().find(|mail| mail.to == [client.address])
}

/// Makes sure that a follow-up answers the invoice's own mail; gives its subject.
fn in_conversation(mail: &Departed, number: &str, client: &Client) -> anyhow::Result<String> {
    let parsed = MessageParser::default()
        .parse(&mail.raw)
        .context("a follow-up that cannot be parsed")?;
    let invoice_id = Stage::invoice_id(number);
    let wanted = invoice_id.trim_matches(['<', '>']);
    let parent = parsed
        .in_reply_to()
        .as_text_list()
        .and_then(|ids| ids.first().map(ToString::to_string));
    if parent.as_deref() != Some(wanted) {
        bail!(
            "the follow-up to {} answers {parent:?}, not the invoice's mail {invoice_id}",
            client.name
        );
    }
    Ok(parsed.subject().unwrap_or_default().to_owned())
}

fn from_me(mail: &mail_parser::Message<'_>) -> bool {
    mail.from().and_then(|from| from.first()).and_then(|one| one.address()) == Some(ME)
}

fn message_id(raw: &[u8]) -> anyhow::Result<String> {
    let parsed = MessageParser::default()
        .parse(raw)
        .context("a sent mail that cannot be parsed")?;
    Ok(parsed
        .message_id()
        .context("a sent mail without Message-ID")?
        .to_owned())
}
