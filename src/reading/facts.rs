//! Which of the dates, amounts and addresses found are the payment's, the dispute's, the absence's.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::ops::Range;

use crate::model::address::Address;
use crate::model::reading::Label;
use crate::reading::amounts::{AmountFound, shares};
use crate::reading::classify::Classified;
use crate::reading::dates::DateFound;
use crate::reading::fold::fold;
use crate::reading::scope::Words;
use crate::reading::vocabulary::{Rules, Sense};

/// The day by which the (first) payment will be made, with its place.
pub fn promise_date<'d>(words: &Words<'d>, said: &Classified) -> Option<&'d DateFound> {
    if !said
        .labels
        .iter()
        .any(|label| matches!(label, Label::Promise | Label::Hardship))
    {
        return None;
    }
    let promised = said.labels.contains(&Label::Promise);
    let ahead = words.dates.iter().filter(|date| !date.past && date.date >= words.today);
    let weighed: Vec<(u32, &DateFound)> = ahead
        .map(|date| (nearness(words, said, date, promised), date))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    let best = weighed.iter().map(|(weight, _)| *weight).max()?;
    let mut candidates = weighed
        .into_iter()
        .filter(|(weight, _)| *weight == best)
        .map(|(_, date)| date);
    let first = candidates.next()?;
    if words.rules.instalments.is_match(words.folded.text.as_bytes()) {
        return Some(first);
    }
    let clause = words.folded.clause_at(first.range.start);
    candidates
        .filter(|date| words.folded.clause_at(date.range.start) == clause)
        .chain([first])
        .max_by_key(|date| date.date)
}

/// How near a date stands to words of paying: in the same clause, in the next one, or anywhere.
fn nearness(words: &Words, said: &Classified, date: &DateFound, promised: bool) -> u32 {
    let clause = words.folded.clause_at(date.range.start);
    let speaks = |sense: Sense, at: usize| said.hits.iter().any(|hit| hit.rule.sense == sense && hit.clause == at);
    let not_about_paying = speaks(Sense::Paid, clause) && !speaks(Sense::Promise, clause);
    match promised {
        _ if not_about_paying => 0,
        true if speaks(Sense::Promise, clause) => 4,
        true if speaks(Sense::Hardship, clause) => 3,
        true if clause > 0 && speaks(Sense::Promise, clause - 1) => 2,
        true => 1,
        false if speaks(Sense::Promise, clause) || offers(said, clause) => 3,
        false if names_sum(words, clause) => 2,
        false => 0,
    }
}

/// Whether a clause names an amount.
fn names_sum(words: &Words, clause: usize) -> bool {
    words.amounts.iter().any(|amount| {
        words.folded.clause_at(amount.range.start) == clause
            && (!amount.bare || amount.value >= Decimal::from(20))
            && !words
                .dates
                .iter()
                .any(|date| date.range.start < amount.range.end && amount.range.start < date.range.end)
    })
}

/// Whether a clause of a cry for help offers something: an instalment, a day.
fn offers(said: &Classified, clause: usize) -> bool {
    let offering = ["instalments", "all-i-can", "more-time", "plan-offer"];
    said.hits.iter().any(|hit| {
        hit.clause == clause
            && hit.rule.sense == Sense::Hardship
            && offering.iter().any(|name| hit.rule.id.ends_with(name))
    })
}

/// The sum of that payment, where it is named beside the day and is not the whole.
pub fn promise_amount(
    words: &Words,
    said: &Classified,
    date: Option<&DateFound>,
    whole: Option<Decimal>,
) -> Option<Decimal> {
    let paying = said
        .labels
        .iter()
        .any(|label| matches!(label, Label::Promise | Label::Hardship));
    if !paying {
        return None;
    }
    let clause = match date {
        Some(date) => words.folded.clause_at(date.range.start),
        None => {
            said.hits
                .iter()
                .find(|hit| matches!(hit.rule.sense, Sense::Promise) || offers(said, hit.clause))?
                .clause
        }
    };
    let parts = whole
        .map(|whole| shares(words.folded, words.rules, whole))
        .unwrap_or_default();
    let range = words.folded.clauses.get(clause)?.range.clone();
    let inside = |place: &Range<usize>| range.start <= place.start && place.end <= range.end;
    let dated = |place: &Range<usize>| {
        words
            .dates
            .iter()
            .any(|date| date.range.start < place.end && place.start < date.range.end)
    };
    let fits = |amount: &&AmountFound| {
        inside(&amount.range)
            && !dated(&amount.range)
            && Some(amount.value) != whole
            && whole.is_none_or(|whole| amount.value < whole)
            && (!amount.bare || amount.value >= Decimal::from(20))
            && !is_total(words, &range, amount)
    };
    words
        .amounts
        .iter()
        .filter(fits)
        .chain(parts.iter().filter(fits))
        .next()
        .map(|amount| amount.value)
}

/// Whether the words before an amount make it a total or a balance.
fn is_total(words: &Words, clause: &Range<usize>, amount: &AmountFound) -> bool {
    let before = words
        .folded
        .text
        .as_bytes()
        .get(clause.start..amount.range.start)
        .unwrap_or(&[]);
    words.rules.not_a_payment.is_match(before)
}

/// The contested part, where it is named beside the complaint and is not the whole.
pub fn disputed_amount(
    words: &Words,
    said: &Classified,
    whole: Option<Decimal>,
    promised: Option<Decimal>,
) -> Option<Decimal> {
    if !said.labels.contains(&Label::Dispute) {
        return None;
    }
    let contested = |amount: &&AmountFound| {
        let clause = words.folded.clause_at(amount.range.start);
        let spoken = |sense: Sense| {
            said.hits
                .iter()
                .any(|hit| hit.rule.sense == sense && hit.clause == clause)
        };
        !amount.bare
            && spoken(Sense::Dispute)
            && !spoken(Sense::Paid)
            && Some(amount.value) != promised
            && whole.is_none_or(|whole| amount.value < whole)
    };
    let mut found = words.amounts.iter().filter(contested);
    let first = found.next()?.value;
    found.all(|other| other.value == first).then_some(first)
}

/// The day of return that an absence note names.
pub fn absent_until(words: &Words) -> Option<NaiveDate> {
    let text = words.folded.text.as_bytes();
    let ahead: Vec<&DateFound> = words
        .dates
        .iter()
        .filter(|date| !date.past && date.date >= words.today)
        .collect();
    let before = |date: &DateFound| {
        let clause = words.folded.clauses.get(words.folded.clause_at(date.range.start));
        clause
            .and_then(|clause| text.get(clause.range.start..date.range.start))
            .unwrap_or(&[])
    };
    let back = ahead
        .iter()
        .find(|date| words.rules.return_before.is_match(before(date)));
    let until = || {
        let last = ahead
            .iter()
            .find(|date| words.rules.absence_before.is_match(before(date)))?;
        let after = text.get(last.range.end..).unwrap_or(&[]);
        let inclusive =
            words.rules.inclusive_after.is_match(after) || words.rules.inclusive_before.is_match(before(last));
        if inclusive {
            last.date.succ_opt()
        } else {
            Some(last.date)
        }
    };
    let only = || ahead.first().filter(|_| ahead.len() == 1).map(|date| date.date);
    back.map(|date| date.date).or_else(until).or_else(only)
}

/// The address to write to instead: one in a line about bills, else the first; never the writer's own.
pub fn redirect_to(reply: &str, own: Option<&Address>, rules: &Rules) -> Option<Address> {
    let in_line = |line: &str| {
        let without = line
            .split_whitespace()
            .filter(|word| !word.contains('@'))
            .collect::<Vec<_>>()
            .join(" ");
        rules
            .accounting
            .is_match(fold(&without).as_bytes())
            .then(|| other_address(line, own))
            .flatten()
    };
    reply.lines().find_map(in_line).or_else(|| other_address(reply, own))
}

/// The first address of a text that is neither the writer's own nor a machine's.
fn other_address(text: &str, own: Option<&Address>) -> Option<Address> {
    let words = text.split(|c: char| c.is_whitespace() || "<>()[],;:\"«»“”".contains(c));
    let addresses = words.filter(|word| word.contains('@')).filter_map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        Address::parse(bare)
            .ok()
            .filter(|address| address.domain().contains('.'))
    });
    let mut others = addresses.filter(|address| own.is_none_or(|own| !own.is_same_mailbox(address)));
    others.find(|address| !["noreply", "no-reply", "ne-pas-repondre", "donotreply"].contains(&address.local()))
}

#[cfg(test)]
mod tests {
    use crate::model::customer::Language;
    use crate::reading::facts::*;
    use crate::reading::rules::rules;

    #[test]
    fn the_address_of_another_is_found() {
        let own = Address::parse("claire@atelier.example").ok();
        let rules = rules(Language::En).unwrap();
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                redirect_to(text, own.as_ref(), rules).as_ref().map(Address::as_str),
                expected,
                "{text}"
            );
        };
        check("Écrivez à compta@groupe.example.", Some("compta@groupe.example"));
        check("(mailto:<Ledger@x.example>)", Some("ledger@x.example"));
        check("Claire, claire@atelier.example", None); // the writer's own, in a signature
        check("see you @ noon", None);
        check("Bookings: b@x.example\nInvoices: i@x.example", Some("i@x.example")); // the one for bills
        check("noreply@x.example or sales@x.example", Some("sales@x.example")); // a machine's own is no help
    }
}
