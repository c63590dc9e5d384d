//! Weeks of cases in virtual time, told in tests/stories/*.story, and held against the design word for word.
//!
//! The language, a sentence a line. The first line says why the story exists, behind `#`; further comments may follow.
//! A story runs in Europe/Paris with the design's defaults. Moments are local: `2026-03-09 08:30`, or a day for its midnight.
//!
//! Rules, before anything else:
//!   `rule mode draft` · `rule hours 00:00-24:00` · `rule days all` · `rule between 3` (min_days_between) · `rule per_day 2`
//!   · `rule recap` · `rule zone America/New_York` · `rule absence 14` · `rule ladder courtesy -3, friendly 3, formal 20 gap 14, formal_notice 38`
//! What happens (`CASE` is an invoice number, `WHO` a customer, who exists with his first invoice):
//!   `at MOMENT`                                   time passes; the daemon runs and does what it decides
//!   `down until MOMENT`                           time passes without a daemon; it starts again then
//!   `invoice CASE of WHO AMOUNT due DAY [quote|credit] [unread]` · `looked back CASE`
//!   `CASE hears [by MATCH]: WORDS` · `WHO any [by MATCH]: WORDS`
//!        MATCH: ids (unless said), thread, index, reference, address, stranger; `any`: about no certain invoice
//!        WORDS, by commas: a label's name; `promise DAY`, `auto_reply until DAY`, `auto_reply unattended`,
//!        `bounce permanent`, `bounce temporary`, `needs_review`
//!   `user paid CASE [AMOUNT]` · `user resumes CASE [despite LABEL]` · `user settles CASE [AMOUNT]` · `user stops CASE`
//!        · `user approves CASE STEP` · `user holds CASE [DAY]` · `user notes CASE [DAY]` (a promise for that day)
//!        · `user writes CASE` · `sent holds CASE STEP` (a copy turns up in Sent)
//!   `server ANSWER…`                              to the next mails: accepts, defers, defers_early, refuses, lost, dies
//!   `restart`                                     the journal is folded anew
//! What must be so:
//!   `CASE STEP HOW at MOMENT`                     HOW: sent, drafted, asked, deferred, refused, lost; it is the next that happens,
//!                                                 and nothing is done before that moment or left untold
//!   `nothing until MOMENT`                        time passes, and nothing is done
//!   `state CASE STATE [REASON [until MOMENT]]`    as `status --json` would say
//!   `next CASE STEP at MOMENT [approval]` · `next CASE none` · `owed CASE AMOUNT` · `outcome CASE STEP NAME`
//!   `plan CASE STEP DAY, STEP DAY, …`             what `plan` foretells

use std::fs;
use std::path::PathBuf;

use amiable::dunning::calendar::start_of;
use amiable::dunning::ladder::{has_more, next_of};
use amiable::dunning::plan::plan;
use amiable::model::arrival::Match;
use amiable::model::case::{Case, Customer, State};
use amiable::model::customer::CustomerId;
use amiable::model::event::Event;
use amiable::model::follow_up::Step;
use amiable::model::hold::Hold;
use amiable::model::invoice::Document;
use amiable::model::policy::{Days, Hours, Mode};
use chrono::{DateTime, Timelike, Utc};

use crate::firm::{Answer, Firm, invoice, number, usual_policy};
use crate::story_words::{
    Told, answer, day, display, equal, label_of, match_of, minutes, moment, reading_of, rung, step_of,
};

#[test]
fn every_story_comes_out_as_told() {
    let mut files: Vec<PathBuf> = fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 45, "only {} stories were found", files.len());
    let faults: Vec<String> = files.iter().filter_map(|file| tell(file).err()).collect();
    assert!(
        faults.is_empty(),
        "\n{}\n{} of {} stories\n",
        faults.join("\n"),
        faults.len(),
        files.len()
    );
}

fn tell(file: &PathBuf) -> Told {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(file).unwrap();
    if !text.starts_with("# ") {
        return Err(format!("{name}: the first line must say why the story exists"));
    }
    let mut story = Story {
        firm: None,
        policy: usual_policy(),
        told: 0,
    };
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        if !line.is_empty() {
            story
                .line(line)
                .map_err(|fault| format!("{name}:{}: `{line}`: {fault}", at + 1))?;
        }
    }
    story
        .nothing_untold()
        .map_err(|fault| format!("{name}: at its end: {fault}"))
}

struct Story {
    /// From the first `at` on.
    firm: Option<Firm>,
    policy: amiable::model::policy::Policy,
    /// So many of the firm's doings were told.
    told: usize,
}

impl Story {
    fn line(&mut self, line: &str) -> Told {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), self.firm.is_some()) {
            (["rule", rest @ ..], false) => self.rule(rest),
            (["at", rest @ ..], false) => {
                let now = self.moment(rest)?;
                self.firm = Some(Firm::new(self.policy.clone(), now));
                Ok(())
            }
            (_, false) => Err("a story begins with rules and `at MOMENT`".to_string()),
            (["user", rest @ ..], true) => self.user(rest),
            (["state", case, rest @ ..], true) => self.state(case, rest),
            (["next", case, rest @ ..], true) => self.next(case, rest),
            (["plan", case, rest @ ..], true) => self.plan(case, &rest.join(" ")),
            _ if line.contains(':') && (line.contains(" hears") || line.contains(" any")) => self.hears(line),
            (words, true) => self.happens(words),
        }
    }

    fn happens(&mut self, words: &[&str]) -> Told {
        match words {
            ["at", rest @ ..] => self.run(rest),
            ["nothing", "until", rest @ ..] => {
                self.run(rest)?;
                self.nothing_untold()
            }
            ["down", "until", rest @ ..] => {
                let end = self.moment(rest)?;
                let firm = self.firm();
                firm.now = end;
                firm.restart();
                Ok(())
            }
            ["restart"] => {
                self.firm().restart();
                Ok(())
            }
            ["invoice", case, "of", who, amount, "due", due, rest @ ..] => {
                let document = match rest.first() {
                    Some(&"quote") => Document::Quote,
                    Some(&"credit") => Document::Credit,
                    _ => Document::Invoice,
                };
                let paper = invoice(case, who, amount.parse().map_err(display)?, day(due)?, document);
                self.firm().import(paper, !rest.contains(&"unread"));
                Ok(())
            }
            ["looked", "back", case] => {
                self.firm().read_back(number(case));
                Ok(())
            }
            ["server", answers @ ..] => {
                let answers: Result<Vec<Answer>, String> = answers.iter().map(|name| answer(name)).collect();
                self.firm().answers.extend(answers?);
                Ok(())
            }
            ["sent", "holds", case, step] => {
                let step = step_of(step)?;
                self.firm().found_in_sent(&number(case), step);
                Ok(())
            }
            ["owed", case, amount] => {
                let owed = self.case(case)?.0.owed().amount;
                equal(owed, amount.parse().map_err(display)?)
            }
            ["outcome", case, step, name] => {
                let step = step_of(step)?;
                let sent = self
                    .case(case)?
                    .0
                    .sent_step(step)
                    .and_then(|sent| sent.outcome.public_name());
                equal(sent.unwrap_or("none"), *name)
            }
            [case, step, how, "at", rest @ ..] => self.done(case, step_of(step)?, how, rest),
            _ => Err("no such sentence".to_string()),
        }
    }

    fn rule(&mut self, words: &[&str]) -> Told {
        match words {
            ["mode", "draft"] => self.policy.mode = Mode::Draft,
            ["mode", "observe"] => self.policy.mode = Mode::Observe,
            ["days", "all"] => self.policy.days = Days::All,
            ["recap"] => self.policy.recap = true,
            ["between", days] => self.policy.min_days_between = days.parse().map_err(display)?,
            ["per_day", count] => self.policy.max_per_day = count.parse().map_err(display)?,
            ["absence", days] => self.policy.holds.absence_days_max = days.parse().map_err(display)?,
            ["zone", zone] => self.policy.timezone = zone.parse().map_err(display)?,
            ["hours", hours] => {
                let (from, to) = hours.split_once('-').ok_or("hours are 08:30-18:00")?;
                self.policy.hours = Hours {
                    from: minutes(from)?,
                    to: minutes(to)?,
                };
            }
            ["ladder", rungs @ ..] => {
                self.policy.ladder = rungs.join(" ").split(',').map(rung).collect::<Result<_, _>>()?;
            }
            _ => return Err("no such rule".to_string()),
        }
        Ok(())
    }

    fn user(&mut self, words: &[&str]) -> Told {
        let Some(case) = words.get(1).map(|case| number(case)) else {
            return Err("which case?".to_string());
        };
        self.case(case.as_str())?;
        let amount = |text: &str| text.parse::<rust_decimal::Decimal>().map_err(display);
        let today = self.firm().now.date_naive();
        let firm = self.firm();
        let event = match words {
            ["paid", _] => Event::PaymentRecorded {
                case,
                amount: None,
                on: today,
            },
            ["paid", _, sum] => Event::PaymentRecorded {
                case,
                amount: Some(amount(sum)?),
                on: today,
            },
            ["resumes", _] => Event::Resumed { case, despite: None },
            ["resumes", _, "despite", label] => Event::Resumed {
                case,
                despite: Some(label_of(label)?),
            },
            ["settles", _] => Event::Settled { case, amount: None },
            ["settles", _, sum] => Event::Settled {
                case,
                amount: Some(amount(sum)?),
            },
            ["stops", _] => Event::Stopped { case },
            ["approves", _, step] => Event::Approved {
                case,
                step: step_of(step)?,
            },
            ["writes", _] => {
                firm.user_wrote(&case);
                return Ok(());
            }
            ["holds", _, rest @ ..] => {
                firm.user_holds(&case, rest.first().map(|text| day(text)).transpose()?);
                return Ok(());
            }
            ["notes", _, rest @ ..] => {
                firm.user_notes(&case, rest.first().map(|text| day(text)).transpose()?);
                return Ok(());
            }
            _ => return Err("no such act".to_string()),
        };
        firm.record(event);
        Ok(())
    }

    fn hears(&mut self, line: &str) -> Told {
        let (head, said) = line.split_once(':').ok_or("WORDS stand behind a colon")?;
        let head: Vec<&str> = head.split_whitespace().collect();
        let matched = match head.get(2..) {
            Some(["by", "stranger"]) => None,
            Some(["by", name]) => Some(match_of(name)?),
            _ => Some(Match::Ids),
        };
        let (customer, case) = match head.as_slice() {
            [case, "hears", ..] => (self.case(case)?.0.invoice.customer.clone(), Some(number(case))),
            [who, "any", ..] => (CustomerId(who.to_string()), None),
            _ => return Err("who hears?".to_string()),
        };
        let reading = reading_of(said)?;
        self.firm().hear(&customer, case.as_ref(), matched, reading);
        Ok(())
    }

    fn run(&mut self, words: &[&str]) -> Told {
        let end = self.moment(words)?;
        let firm = self.firm();
        if end < firm.now {
            return Err(format!("time does not run backwards: it is {}", firm.now));
        }
        firm.run_until(end);
        Ok(())
    }

    fn done(&mut self, case: &str, step: Step, how: &str, at: &[&str]) -> Told {
        let wanted = format!("{case} {} {how} at {}", step.name(), self.shown(self.moment(at)?));
        self.run(at)?;
        let next = self.firm.as_ref().and_then(|firm| firm.done.get(self.told));
        let found = next.map(|done| {
            format!(
                "{} {} {} at {}",
                done.case,
                done.step.name(),
                done.how,
                self.shown(done.at)
            )
        });
        self.told += 1;
        equal(found.as_deref().unwrap_or("nothing"), wanted.as_str())
    }

    fn nothing_untold(&mut self) -> Told {
        let untold: Vec<String> = self
            .firm
            .iter()
            .flat_map(|firm| firm.done.iter().skip(self.told))
            .map(|done| {
                format!(
                    "{} {} {} at {}",
                    done.case,
                    done.step.name(),
                    done.how,
                    self.shown(done.at)
                )
            })
            .collect();
        if untold.is_empty() {
            Ok(())
        } else {
            Err(format!("untold: {}", untold.join("; ")))
        }
    }

    fn state(&mut self, case: &str, words: &[&str]) -> Told {
        let (now, policy) = (self.firm().now, self.policy.clone());
        let (case, customer) = self.case(case)?;
        let holds: Vec<&Hold> = customer.holds_on(&case.invoice.number, now).collect();
        let state = State::of(case, holds.iter().copied(), has_more(case, &policy));
        let hold = Hold::longest(holds).filter(|_| case.is_open());
        let mut found = state.name().to_string();
        if let Some(hold) = hold.filter(|_| words.len() > 1) {
            found += &format!(" {}", hold.reason.name());
            if let Some(until) = hold.until.filter(|_| words.len() > 2) {
                found += &format!(" until {}", self.shown(until));
            }
        }
        equal(found, words.join(" "))
    }

    fn next(&mut self, case: &str, words: &[&str]) -> Told {
        let (now, policy) = (self.firm().now, self.policy.clone());
        let (case, customer) = self.case(case)?;
        let next = next_of(case, customer, &policy, now);
        let found = next.map(|next| {
            let approval = if next.approval { " approval" } else { "" };
            format!("{} at {}{approval}", next.step.name(), self.shown(next.at))
        });
        equal(found.as_deref().unwrap_or("none"), words.join(" ").as_str())
    }

    fn plan(&mut self, case: &str, expected: &str) -> Told {
        let policy = self.policy.clone();
        let firm = self.firm();
        let steps = plan(&firm.ledger, &policy, firm.now, None)
            .remove(&number(case))
            .ok_or("no such case")?;
        let day = |at: DateTime<Utc>| at.with_timezone(&policy.timezone).date_naive();
        let found: Vec<String> = steps
            .iter()
            .map(|next| format!("{} {}", next.step.name(), day(next.at)))
            .collect();
        equal(found.join(", ").as_str(), expected)
    }

    fn firm(&mut self) -> &mut Firm {
        self.firm.as_mut().unwrap()
    }

    fn case(&self, text: &str) -> Result<(&Case, &Customer), String> {
        let ledger = &self.firm.as_ref().unwrap().ledger;
        let case = ledger.cases.get(&number(text)).ok_or(format!("no invoice {text}"))?;
        Ok((case, ledger.customers.get(&case.invoice.customer).ok_or("no customer")?))
    }

    fn moment(&self, words: &[&str]) -> Result<DateTime<Utc>, String> {
        let zone = self.policy.timezone;
        match words {
            [date] => Ok(start_of(day(date)?, zone)),
            [date, time] => Ok(moment(day(date)?, time, zone)?),
            _ => Err("a moment is 2026-03-09 08:30".to_string()),
        }
    }

    fn shown(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.policy.timezone);
        let form = if local.second() == 0 {
            "%Y-%m-%d %H:%M"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        local.format(form).to_string()
    }
}
