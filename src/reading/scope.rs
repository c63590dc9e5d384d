//! Which rules speak in a reply: outside of signatures, not taken back by negation, condition or tense.

use chrono::NaiveDate;
use std::ops::Range;

use crate::reading::amounts::AmountFound;
use crate::reading::dates::DateFound;
use crate::reading::fold::{Clause, Folded};
use crate::reading::vocabulary::{Rule, Rules, Scope, Sense, With};

/// Clauses after a closing formula with more words than these are text again, not signature.
const SIGNATURE_WORDS_MAX: usize = 7;

/// A rule that matched and stands.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    /// Which.
    pub rule: &'a Rule,
    /// Where, in the folded text.
    pub range: Range<usize>,
    /// In which clause.
    pub clause: usize,
}

/// What a reply is read with.
pub struct Words<'a> {
    /// The reply.
    pub folded: &'a Folded,
    /// Its language.
    pub rules: &'a Rules,
    /// Its dates.
    pub dates: &'a [DateFound],
    /// Its amounts.
    pub amounts: &'a [AmountFound],
    /// The day on which it was received.
    pub today: NaiveDate,
}

/// Which clauses are text; the others are a closing formula and the signature below it.
pub fn open_clauses(words: &Words) -> Vec<bool> {
    let mut closed = false;
    let mut open = Vec::with_capacity(words.folded.clauses.len());
    for clause in &words.folded.clauses {
        let text = words.folded.clause_text(clause);
        let count = text.split(' ').count();
        let postscript = text.starts_with("ps") || text.starts_with("p.s") || text.starts_with("nb ");
        if clause.opens_line && count <= 2 * SIGNATURE_WORDS_MAX && words.rules.closing.is_match(text.as_bytes()) {
            closed = true;
        } else if closed && (count > SIGNATURE_WORDS_MAX || postscript) {
            closed = false;
        }
        open.push(!closed);
    }
    open
}

/// Every match in open clauses that has beside it what its rule asks for, and that no "cleared" match covers.
pub fn matches<'a>(words: &Words<'a>, open: &[bool]) -> Vec<Hit<'a>> {
    let text = words.folded.text.as_bytes();
    let mut cleared: Vec<Range<usize>> = Vec::new();
    let mut hits = Vec::new();
    for rule in &words.rules.rules {
        for found in rule.pattern.find_iter(text) {
            let range = found.range();
            let clause = words.folded.clause_at(range.start);
            if open.get(clause) != Some(&true) || !has_company(words, rule, clause) || in_address(words, rule, &range) {
                continue;
            }
            if rule.sense == Sense::Cleared {
                cleared.push(range.clone());
            }
            let covered = rule.sense != Sense::Cleared
                && rule.sense != Sense::Routine
                && cleared.iter().any(|shield| {
                    shield.start < range.end && range.start < shield.end && !strictly_holds(&range, shield)
                });
            if !covered {
                hits.push(Hit { rule, range, clause });
            }
        }
    }
    hits
}

/// Whether a match lies within an e-mail address: "hospital" there means nothing.
fn in_address(words: &Words, rule: &Rule, range: &Range<usize>) -> bool {
    let text = &words.folded.text;
    let start = text
        .get(..range.start)
        .and_then(|head| head.rfind([' ', '\n']))
        .map_or(0, |at| at + 1);
    let end = text
        .get(range.start..)
        .and_then(|tail| tail.find([' ', '\n']))
        .map_or(text.len(), |at| range.start + at);
    rule.sense != Sense::Redirect && text.get(start..end).is_some_and(|word| word.contains('@'))
}

/// Whether `outer` reaches beyond `inner` on both sides: then it knows more than the shield.
fn strictly_holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start < inner.start && inner.end < outer.end
}

/// Whether the clause has the date or amount that the rule asks for.
fn has_company(words: &Words, rule: &Rule, clause: usize) -> bool {
    let Some(range) = words.folded.clauses.get(clause).map(|clause| &clause.range) else {
        return false;
    };
    let within = |place: &Range<usize>| range.start <= place.start && place.end <= range.end + 1;
    match rule.with {
        None => true,
        Some(With::Date) => words
            .dates
            .iter()
            .any(|date| !date.past && date.date >= words.today && within(&date.range)),
        Some(With::Amount) => words.amounts.iter().any(|amount| !amount.bare && within(&amount.range)),
    }
}

/// Parts the hits into those that stand and those that negation, condition or question void.
pub fn in_scope<'a>(words: &Words<'a>, hits: Vec<Hit<'a>>) -> (Vec<Hit<'a>>, Vec<Hit<'a>>) {
    hits.into_iter().partition(|hit| {
        let Some(clause) = words.folded.clauses.get(hit.clause) else {
            return false;
        };
        !hit.rule.scopes.iter().any(|scope| match scope {
            Scope::Negation => is_negated(words, clause, &hit.range),
            Scope::Condition => is_conditional(words, hit.clause),
            Scope::Question => clause.question,
            Scope::Future => is_future(words, clause),
        })
    })
}

/// Whether a negation of the clause governs the place.
fn is_negated(words: &Words, clause: &Clause, range: &Range<usize>) -> bool {
    let text = words.folded.text.as_bytes();
    let before = text.get(clause.range.start..range.start).unwrap_or(&[]);
    let after = text.get(range.end..clause.range.end).unwrap_or(&[]);
    words.rules.negation_before.is_match(before) || words.rules.negation_after.is_match(after)
}

/// Whether the sentence around a clause sets a condition that is not the writer's own affair.
fn is_conditional(words: &Words, clause: usize) -> bool {
    let clauses = &words.folded.clauses;
    let harmful = |clause: &Clause| {
        let text = words.folded.clause_text(clause).as_bytes();
        let harmless = words.rules.harmless_condition.find_iter(text).count();
        words.rules.condition.find_iter(text).count() > harmless
    };
    clauses.get(clause).is_some_and(harmful)
        || clauses
            .get(clause + 1)
            .is_some_and(|next| !next.opens_sentence && harmful(next))
}

/// Whether a clause speaks of what is still to come.
fn is_future(words: &Words, clause: &Clause) -> bool {
    let within = |place: &Range<usize>| clause.range.start <= place.start && place.end <= clause.range.end + 1;
    let text = words.folded.clause_text(clause).as_bytes();
    let ahead = words
        .dates
        .iter()
        .any(|date| !date.past && date.date > words.today && within(&date.range));
    let behind = words
        .dates
        .iter()
        .any(|date| (date.past || date.date <= words.today) && within(&date.range));
    words.rules.future.is_match(text) || (ahead && !behind)
}
