//! From matches of rules to labels: scopes, weights, what stays unexplained, and how sure that makes the reading.

use crate::model::reading::{DisputeReason, Label};
use crate::reading::fold::Clause;
use crate::reading::scope::{Hit, Words, in_scope, matches, open_clauses};
use crate::reading::vocabulary::{Sense, Strength};
use std::ops::Range;

/// A label holds from this sum of weights on: one clear rule, or two hints.
pub const HOLDS_FROM: u32 = 2;

/// A no whose sum is so many times smaller than another label's is a chance hit: it only makes the reading doubtful.
const OUTWEIGHED_BY: u32 = 2;

/// More words than these, outside of everything the rules know, and a harmless reading is not trusted: a no may hide in them.
const UNEXPLAINED_WORDS_MAX: usize = 7;

/// What the words say.
#[derive(Debug, Clone)]
pub struct Classified<'a> {
    /// In order of precedence, never empty.
    pub labels: Vec<Label>,
    /// The rules that decided.
    pub hits: Vec<Hit<'a>>,
    /// A person should look.
    pub unclear: bool,
    /// How often a reading that looks like this one is right.
    pub confidence: f64,
    /// Of a dispute.
    pub reason: Option<DisputeReason>,
    /// Words that no rule explains.
    pub unexplained: usize,
    /// Signs of a no that no label accounts for.
    pub alarms: usize,
}

/// Labels, reason and trust.
pub fn classify<'a>(words: &Words<'a>) -> Classified<'a> {
    let open = open_clauses(words);
    let matched = matches(words, &open);
    let (hits, voided) = in_scope(words, matched);
    let scores = Scores::of(&hits);
    let mut labels = scores.labels(&hits, words);
    let unexplained = unexplained(words, &open, &hits);
    let alarms = alarms(&hits, &voided, &labels);
    let guessed = labels.is_empty();
    if guessed {
        labels.push(scores.best_guess(&hits, words));
    }
    let trust = Trust {
        scores: &scores,
        labels: &labels,
        unexplained,
        alarms,
        guessed,
    };
    let (unclear, confidence) = trust.judge();
    Classified {
        reason: labels.contains(&Label::Dispute).then(|| reason(&hits)),
        unclear,
        confidence,
        unexplained,
        alarms,
        labels,
        hits,
    }
}

/// A courtesy or circumstance explains no more words than these of the clause it stands in.
const ROUTINE_WORDS_MAX: usize = 8;

/// Words in text clauses that no rule explains.
fn unexplained(words: &Words, open: &[bool], hits: &[Hit]) -> usize {
    let count = |at: usize, clause: &Clause| {
        let text = words.folded.clause_text(clause);
        let long_words = text.split(' ').filter(|word| word.len() > 2).count();
        let here = || hits.iter().filter(|hit| hit.clause == at);
        if here().any(|hit| hit.rule.sense != Sense::Routine) {
            0
        } else if here().count() > 0 {
            long_words.saturating_sub(ROUTINE_WORDS_MAX)
        } else {
            long_words
        }
    };
    let clauses = words.folded.clauses.iter().enumerate();
    let text = clauses.filter(|(at, _)| open.get(*at) == Some(&true));
    text.map(|(at, clause)| count(at, clause))
        .filter(|count| *count > 1)
        .sum()
}

/// Signs of a no beside labels that are none: hints of a no, promises that a negation or condition took back, and
/// alarming words in clauses that no clear rule of a harmless label explains.
fn alarms(hits: &[Hit], voided: &[Hit], labels: &[Label]) -> usize {
    let explained = |clause: usize| {
        hits.iter().any(|hit| {
            hit.clause == clause
                && (hit.rule.sense == Sense::Cleared
                    || hit.rule.strength > Strength::Weak
                        && hit
                            .rule
                            .sense
                            .label()
                            .is_some_and(|label| !label.is_a_no() && labels.contains(&label)))
        })
    };
    let hints = hits.iter().filter(|hit| match hit.rule.sense {
        Sense::Alarm => hit.rule.strength > Strength::Weak || !explained(hit.clause),
        sense => sense
            .label()
            .is_some_and(|label| label.is_a_no() && !labels.contains(&label)),
    });
    let taken_back = voided.iter().filter(|hit| hit.rule.sense == Sense::Promise);
    hints.count() + taken_back.count()
}

/// The reason of the strongest rule that names one.
fn reason(hits: &[Hit]) -> DisputeReason {
    let named = hits.iter().filter(|hit| hit.rule.sense == Sense::Dispute);
    let mut sums: Vec<(DisputeReason, u32)> = Vec::new();
    for hit in named {
        let Some(reason) = hit.rule.reason else { continue };
        match sums.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, sum)) => *sum += hit.rule.strength.weight(),
            None => sums.push((reason, hit.rule.strength.weight())),
        }
    }
    let best = sums.iter().rev().max_by_key(|(_, sum)| *sum);
    best.map_or(DisputeReason::Other, |(reason, _)| *reason)
}

/// Sums of weights by label; a rule counts once.
struct Scores([u32; Label::ALL.len()]);

impl Scores {
    fn of(hits: &[Hit]) -> Scores {
        let mut sums = [0; Label::ALL.len()];
        let mut seen: Vec<&str> = Vec::new();
        for hit in hits {
            let Some(label) = hit.rule.sense.label() else { continue };
            if seen.contains(&hit.rule.id.as_str()) {
                continue;
            }
            seen.push(&hit.rule.id);
            if let Some(sum) = sums.get_mut(label as usize) {
                *sum += hit.rule.strength.weight();
            }
        }
        Scores(sums)
    }

    fn at(&self, label: Label) -> u32 {
        self.0.get(label as usize).copied().unwrap_or(0)
    }

    /// The labels that hold, those that others make empty left out.
    fn labels(&self, hits: &[Hit], words: &Words) -> Vec<Label> {
        let strongest = Label::ALL.into_iter().map(|label| self.at(label)).max().unwrap_or(0);
        let outweighed = |label: Label| label.is_a_no() && self.at(label) * OUTWEIGHED_BY < strongest;
        let holds = |label: Label| self.at(label) >= HOLDS_FROM && !outweighed(label);
        let no = Label::ALL.into_iter().any(|label| label.is_a_no() && holds(label));
        let firm = || {
            hits.iter()
                .any(|hit| hit.rule.sense == Sense::Promise && is_firm(words, hit))
        };
        let speaks = Label::ALL
            .into_iter()
            .any(|label| label < Label::Acknowledged && holds(label));
        Label::ALL
            .into_iter()
            .filter(|label| holds(*label))
            .filter(|label| match label {
                Label::Promise => !no || firm(),
                Label::Acknowledged => !speaks,
                Label::Other => !speaks && !holds(Label::Acknowledged),
                _ => true,
            })
            .collect()
    }

    /// With nothing that holds, what the small signs lean to; it needs review in any case.
    fn best_guess(&self, hits: &[Hit], words: &Words) -> Label {
        let mut leans = self.0.map(|sum| 3 * sum);
        let mut lean = |label: Label, by: u32| {
            if let Some(sum) = leans.get_mut(label as usize) {
                *sum += by;
            }
        };
        hits.iter()
            .filter_map(|hit| hit.rule.leans)
            .for_each(|label| lean(label, 1));
        let ahead = words.dates.iter().any(|date| !date.past && date.date >= words.today);
        let behind = words.dates.iter().any(|date| date.past);
        let asks = words.folded.clauses.iter().any(|clause| clause.question);
        lean(Label::Promise, 2 * u32::from(ahead));
        lean(Label::Paid, u32::from(behind && !ahead));
        lean(Label::Request, u32::from(asks));
        lean(Label::Redirect, 2 * u32::from(words.folded.text.contains('@')));
        let best = Label::ALL
            .into_iter()
            .rev()
            .max_by_key(|label| leans.get(*label as usize));
        let any = leans.iter().any(|sum| *sum > 0);
        best.filter(|_| any).unwrap_or(Label::Acknowledged)
    }
}

/// Beside a no, only a promise with a day or a sum of its own counts.
fn is_firm(words: &Words, hit: &Hit) -> bool {
    let Some(clause) = words.folded.clauses.get(hit.clause) else {
        return false;
    };
    let within = |place: &Range<usize>| clause.range.start <= place.start && place.end <= clause.range.end + 1;
    !clause.question
        && words
            .dates
            .iter()
            .any(|date| !date.past && date.date >= words.today && within(&date.range))
}

/// What trust rests on.
struct Trust<'a> {
    scores: &'a Scores,
    labels: &'a [Label],
    unexplained: usize,
    alarms: usize,
    guessed: bool,
}

impl Trust<'_> {
    /// Whether a person should look, and how often such a reading is right.
    fn judge(&self) -> (bool, f64) {
        if self.guessed {
            return (true, GUESS_CONFIDENCE);
        }
        let primary = self.labels.first().copied().unwrap_or(Label::Other);
        let score = self.scores.at(primary);
        let others = Label::ALL.into_iter().filter(|label| *label != primary);
        let rival = others.clone().map(|label| self.scores.at(label)).max().unwrap_or(0);
        if primary.is_a_no() {
            let harmless = others
                .filter(|label| !label.is_a_no())
                .map(|label| self.scores.at(label))
                .max()
                .unwrap_or(0);
            return (harmless >= score, no_confidence(score, rival));
        }
        let unclear = self.alarms > 0 || self.unexplained > UNEXPLAINED_WORDS_MAX;
        (
            unclear,
            harmless_confidence(score, rival, self.alarms, self.unexplained),
        )
    }
}

/// Of a guess that no rule carries. These figures, and those below, are shares of right readings, counted on eight
/// authors of the corpus from whom no rule was written.
const GUESS_CONFIDENCE: f64 = 0.4;

/// Of a dispute, hardship or stop request, by its sum and that of the next label.
fn no_confidence(score: u32, rival: u32) -> f64 {
    match score {
        8.. => 0.9,
        6.. if rival * 2 < score => 0.9,
        6.. => 0.68,
        4.. if rival == 0 => 0.68,
        4.. => 0.52,
        _ if rival == 0 => 0.53,
        _ => 0.38,
    }
}

/// Of any other label.
fn harmless_confidence(score: u32, rival: u32, alarms: usize, unexplained: usize) -> f64 {
    match score {
        6.. if rival == 0 && alarms == 0 && unexplained == 0 => 0.9,
        6.. if rival == 0 && alarms == 0 => 0.85,
        6.. => 0.7,
        4.. if rival == 0 && alarms == 0 => 0.74,
        4.. => 0.6,
        _ if rival == 0 && alarms == 0 => 0.68,
        _ if rival == 0 => 0.49,
        _ => 0.4,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::customer::Language;
    use crate::reading::amounts::amounts;
    use crate::reading::classify::*;
    use crate::reading::dates::{Order, dates};
    use crate::reading::fold::Folded;
    use crate::reading::rules::rules;

    /// The labels of a text received on Wednesday 11 March 2026, and whether it needs review.
    fn read(language: Language, text: &str) -> (Vec<&'static str>, bool) {
        let rules = rules(language).unwrap();
        let folded = Folded::of(text, Some(&rules.breaks));
        let received = "2026-03-11T10:00:00+01:00".parse().unwrap();
        let dates = dates(&folded, rules, &received, Order::DayFirst);
        let amounts = amounts(&folded, rules, None);
        let words = Words {
            folded: &folded,
            rules,
            dates: &dates,
            amounts: &amounts,
            today: received.date_naive(),
        };
        let classified = classify(&words);
        (
            classified.labels.iter().map(|label| label.name()).collect(),
            classified.unclear,
        )
    }

    #[test]
    fn what_turns_a_word_round_is_heard() {
        let check = |language, text: &str, expected: &[&str], unclear: bool| {
            assert_eq!(read(language, text), (expected.to_vec(), unclear), "{text}");
        };
        let (fr, en) = (Language::Fr, Language::En);
        check(fr, "ok virement demain", &["promise"], false);
        check(
            fr,
            "Je ne conteste pas cette facture, je vous règle vendredi.",
            &["promise"],
            false,
        ); // negated dispute
        check(fr, "Je conteste cette facture.", &["dispute"], false);
        check(
            fr,
            "Je vous règle dès que vous aurez corrigé la facture.",
            &["dispute"],
            false,
        ); // a condition, no promise
        check(fr, "Facture réglée hier par virement.", &["paid"], false);
        check(fr, "Le virement sera effectué vendredi.", &["promise"], false); // to come, not done
        check(
            fr,
            "Nous n'avons pas de problème de trésorerie, le virement part vendredi.",
            &["promise"],
            false,
        );
        check(
            fr,
            "Le virement part vendredi, mais la dalle est fissurée.",
            &["promise"],
            true,
        );
        check(
            en,
            "I don't dispute the invoice, I simply forgot. I'll pay tonight.",
            &["promise"],
            false,
        );
        check(
            en,
            "We dispute this invoice: the goods were never delivered.",
            &["dispute"],
            false,
        );
        check(en, "I'll pay as soon as you correct the VAT.", &["dispute"], false);
        check(en, "Paid yesterday.", &["paid"], false);
        check(en, "It will be paid on Friday.", &["promise"], false);
        check(
            en,
            "No problem with the work, but cash flow is very tight and I cannot pay you in full.",
            &["hardship"],
            false,
        );
        check(en, "Please stop sending me these emails.", &["opt_out"], false);
    }

    #[test]
    fn a_no_that_no_rule_knows_is_reviewed() {
        for (language, text) in [
            (
                Language::Fr,
                "Je vous ferai le virement lundi. Votre grue a emporté ma clôture et le chien du voisin court encore dans mon potager depuis.",
            ),
            (
                Language::En,
                "Your cheque is on its way, travelling in the same van as my two missing radiators.",
            ),
            (Language::En, "Zzyx qwerty blorp."),
        ] {
            let (labels, unclear) = read(language, text);
            let no = labels
                .iter()
                .any(|label| ["dispute", "hardship", "opt_out"].contains(label));
            assert!(no || unclear, "{text}: {labels:?}");
        }
    }
}
