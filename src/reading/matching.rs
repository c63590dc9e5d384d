//! Which case a message belongs to: the order of the design, strongest tie first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::address::Address;
use crate::model::arrival::Match;
use crate::model::case::Case;
use crate::model::customer::{CustomerCard, CustomerId};
use crate::model::invoice::InvoiceNumber;
use crate::model::ledger::Ledger;
use crate::reading::parse::Letter;

/// Shorter numbers, or ones without a digit, name an invoice only in the mouth of its customer.
const DISTINCTIVE_CHARS_MIN: usize = 4;

/// What mail programs put before the subject of an answer or of a forwarded mail: English, French, German, Dutch, Spanish.
const REPLY_PREFIXES: [&str; 10] = ["re", "ré", "rép", "réf", "fw", "fwd", "tr", "aw", "wg", "rv"];

/// Who may write to us about what: made once, looked into for every header.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    own: BTreeSet<Address>,
    by_address: HashMap<Address, Vec<CustomerId>>,
    by_domain: HashMap<String, Vec<CustomerId>>,
    by_token: HashMap<String, Vec<InvoiceNumber>>,
    /// Numbers that are more than one token.
    by_search: Vec<InvoiceNumber>,
}

/// The cases that a message's ids, thread and index name, looked up beforehand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ties {
    /// By In-Reply-To, References, or the ids that a bounce carries.
    pub by_ids: Vec<InvoiceNumber>,
    /// By the provider's thread id.
    pub by_thread: Vec<InvoiceNumber>,
    /// By the root of Thread-Index.
    pub by_index: Vec<InvoiceNumber>,
}

/// One customer whom a message concerns.
#[derive(Debug, Clone, PartialEq)]
pub struct Tied {
    /// Whom.
    pub customer: CustomerId,
    /// Which of his cases; `None`: any of them.
    pub case: Option<InvoiceNumber>,
    /// How; `None`: the sender is a stranger who names the invoice.
    pub matched: Option<Match>,
}

/// Whether the body of a message is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidacy {
    /// It concerns a case, or may.
    Yes,
    /// An answer or a report from a stranger: its text tells whether it quotes us. If not, it is forgotten.
    IfItQuotesUs,
    /// None of our business.
    No,
}

impl Roll {
    /// Everybody with an open case, and every number that is followed up.
    pub fn new(
        ledger: &Ledger,
        cards: &BTreeMap<CustomerId, CustomerCard>,
        own: impl IntoIterator<Item = Address>,
        is_freemail: impl Fn(&str) -> bool,
    ) -> Roll {
        let mut roll = Roll {
            own: own.into_iter().map(|own| own.without_tag()).collect(),
            ..Roll::default()
        };
        let mut owing = BTreeSet::new();
        for case in ledger.cases.values() {
            roll.add_number(&case.invoice.number);
            if case.is_open() {
                owing.insert(&case.invoice.customer);
            }
        }
        for (id, card) in cards.iter().filter(|(id, _)| owing.contains(id)) {
            for address in &card.addresses {
                roll.by_address
                    .entry(address.without_tag())
                    .or_default()
                    .push(id.clone());
                let customers = roll.by_domain.entry(address.domain().to_string()).or_default();
                if !is_freemail(address.domain()) && !customers.contains(id) {
                    customers.push(id.clone());
                }
            }
        }
        roll
    }

    fn add_number(&mut self, number: &InvoiceNumber) {
        let token = number.as_str().to_lowercase();
        if token.chars().all(is_token_char) {
            self.by_token.entry(token).or_default().push(number.clone());
        } else {
            self.by_search.push(number.clone());
        }
    }

    /// Whether the address is one of the user's own.
    pub fn is_own(&self, address: &Address) -> bool {
        self.own.contains(&address.without_tag())
    }

    /// The customers who have that address, or, failing that, one at the same firm.
    pub fn customers_at(&self, address: &Address) -> &[CustomerId] {
        let exact = self.by_address.get(&address.without_tag());
        exact
            .or_else(|| self.by_domain.get(address.domain()))
            .map_or(&[], Vec::as_slice)
    }

    /// The numbers that stand in a text as whole tokens.
    pub fn numbers_in(&self, text: &str) -> Vec<InvoiceNumber> {
        let lower = text.to_lowercase();
        let mut seen: BTreeSet<&InvoiceNumber> = self.by_search.iter().collect();
        for token in lower.split(|c: char| !is_token_char(c)) {
            let bare = token.trim_matches(|c: char| !c.is_alphanumeric());
            for token in [token, bare] {
                seen.extend(self.by_token.get(token).into_iter().flatten());
            }
        }
        // Each number once: a text may repeat one thirty thousand times to keep us busy.
        seen.into_iter()
            .filter(|number| number.stands_in(&lower))
            .cloned()
            .collect()
    }
}

/// Whether a message is worth reading, told from its headers alone.
pub fn candidacy(header: &Letter, ties: &Ties, roll: &Roll) -> Candidacy {
    let senders = [&header.from, &header.sender]
        .into_iter()
        .flatten()
        .chain(&header.reply_to);
    let from_customer = senders
        .map(|mailbox| &mailbox.address)
        .any(|address| !roll.customers_at(address).is_empty());
    if from_customer || !ties.by_ids.is_empty() || !roll.numbers_in(&header.subject).is_empty() {
        return Candidacy::Yes;
    }
    let answers = !header.in_reply_to.is_empty() || !header.references.is_empty() || header.thread_index.is_some();
    let answers = answers || has_reply_prefix(&header.subject);
    let is_report =
        header.return_path_is_null || header.signals.contains_key("x-failed-recipients") || is_postmaster(header);
    let is_report = is_report
        || header
            .signals
            .get("content-type")
            .is_some_and(|of| of.to_lowercase().contains("multipart/report"));
    if answers || is_report {
        Candidacy::IfItQuotesUs
    } else {
        Candidacy::No
    }
}

/// Everybody whom a message concerns. `text` is all of it, quotes included; `bounced` the recipient that a bounce names.
pub fn tie(
    letter: &Letter,
    text: &str,
    bounced: Option<&Address>,
    ties: &Ties,
    roll: &Roll,
    ledger: &Ledger,
) -> Vec<Tied> {
    let senders: Vec<&CustomerId> = senders_of(letter, roll);
    let of_senders = |cases: &[InvoiceNumber]| -> Vec<InvoiceNumber> {
        let is_theirs = |number: &&InvoiceNumber| {
            ledger
                .cases
                .get(number)
                .is_some_and(|case| senders.contains(&&case.invoice.customer))
        };
        cases.iter().filter(is_theirs).cloned().collect()
    };
    let named = roll.numbers_in(&format!("{}\n{text}", letter.subject));
    // An id of a case that is gone from the ledger must not hide the weaker ties.
    let known = |cases: &[InvoiceNumber]| -> Vec<InvoiceNumber> {
        let kept = cases.iter().filter(|number| ledger.cases.contains_key(number));
        kept.cloned().collect()
    };
    let ladder = [
        (Match::Ids, known(&ties.by_ids)),
        (Match::Thread, of_senders(&ties.by_thread)),
        (Match::Index, of_senders(&ties.by_index)),
    ];
    if let Some((matched, cases)) = ladder.into_iter().find(|(_, cases)| !cases.is_empty()) {
        let mut tied = one_a_customer(&cases, &named, Some(matched), ledger);
        // Written by one customer in the conversation of another: it is mail from the first all the same. A bounce names
        // foreign ids by its nature.
        let heard = tied.iter().any(|tied| senders.contains(&&tied.customer));
        if !heard && bounced.is_none() && !is_postmaster(letter) {
            tied.extend(senders.iter().map(|id| by_address(id, ledger)));
        }
        return tied;
    }
    let theirs = of_senders(&named);
    if !theirs.is_empty() {
        return several_a_customer(&theirs, Match::Reference, ledger);
    }
    if !senders.is_empty() {
        return senders.into_iter().map(|id| by_address(id, ledger)).collect();
    }
    if let Some(recipient) = bounced {
        return roll
            .customers_at(recipient)
            .iter()
            .map(|id| by_address(id, ledger))
            .collect();
    }
    let distinctive: Vec<InvoiceNumber> = named.into_iter().filter(is_distinctive).collect();
    one_a_customer(&distinctive, &[], None, ledger)
}

/// The open cases of a customer that may be meant, by its address alone: the only one, or any.
fn by_address(id: &CustomerId, ledger: &Ledger) -> Tied {
    let mut open = ledger.cases_of(id).filter(|case| case.is_open());
    let case = open
        .next()
        .filter(|_| open.next().is_none())
        .map(|case| case.invoice.number.clone());
    Tied {
        customer: id.clone(),
        case,
        matched: Some(Match::Address),
    }
}

/// One case a customer: the one that the text names, else the open one that has been due longest.
fn one_a_customer(
    cases: &[InvoiceNumber],
    named: &[InvoiceNumber],
    matched: Option<Match>,
    ledger: &Ledger,
) -> Vec<Tied> {
    by_customer(cases, ledger)
        .into_iter()
        .filter_map(|(customer, cases)| {
            let best = cases.iter().min_by_key(|case| {
                (
                    !named.contains(&case.invoice.number),
                    !case.is_open(),
                    case.invoice.due,
                    &case.invoice.number,
                )
            })?;
            Some(Tied {
                customer: customer.clone(),
                case: Some(best.invoice.number.clone()),
                matched,
            })
        })
        .collect()
}

/// The case where only one is named; where several are, the message concerns them all.
fn several_a_customer(cases: &[InvoiceNumber], matched: Match, ledger: &Ledger) -> Vec<Tied> {
    by_customer(cases, ledger)
        .into_iter()
        .map(|(customer, cases)| {
            let only = if let [case] = cases.as_slice() {
                Some(case.invoice.number.clone())
            } else {
                None
            };
            Tied {
                customer: customer.clone(),
                case: only,
                matched: Some(matched),
            }
        })
        .collect()
}

fn by_customer<'a>(cases: &[InvoiceNumber], ledger: &'a Ledger) -> BTreeMap<&'a CustomerId, Vec<&'a Case>> {
    let mut groups: BTreeMap<&CustomerId, Vec<&Case>> = BTreeMap::new();
    for case in cases.iter().filter_map(|number| ledger.cases.get(number)) {
        groups.entry(&case.invoice.customer).or_default().push(case);
    }
    groups
}

fn senders_of<'a>(letter: &Letter, roll: &'a Roll) -> Vec<&'a CustomerId> {
    let mailboxes = [&letter.from, &letter.sender]
        .into_iter()
        .flatten()
        .chain(&letter.reply_to);
    let mut customers: Vec<&CustomerId> = mailboxes
        .flat_map(|mailbox| roll.customers_at(&mailbox.address))
        .collect();
    customers.sort_unstable();
    customers.dedup();
    customers
}

fn is_postmaster(letter: &Letter) -> bool {
    let local = letter.from.as_ref().map_or("", |mailbox| mailbox.address.local());
    matches!(local, "mailer-daemon" | "postmaster" | "mail-daemon" | "mailerdaemon")
}

/// Some phones leave out every header that says what a mail answers to, and keep only the word before the subject.
fn has_reply_prefix(subject: &str) -> bool {
    let prefix = subject.split_once(':').map(|(prefix, _)| prefix.trim().to_lowercase());
    prefix.is_some_and(|prefix| REPLY_PREFIXES.contains(&prefix.as_str()))
}

fn is_distinctive(number: &InvoiceNumber) -> bool {
    let text = number.as_str();
    text.chars().count() >= DISTINCTIVE_CHARS_MIN && text.chars().any(|c| c.is_ascii_digit())
}

fn is_token_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '/' | '_')
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use chrono::DateTime;

    use crate::model::case::Customer;
    use crate::model::digest::ContentDigest;
    use crate::model::invoice::Invoice;
    use crate::model::money::Money;
    use crate::reading::matching::*;
    use crate::reading::parse::parse;

    fn number(text: &str) -> InvoiceNumber {
        InvoiceNumber::parse(text).unwrap()
    }

    /// Two customers with an open case each: morel with 2026-014, dubois with 2026-015.
    fn world() -> (Ledger, Roll) {
        let (mut ledger, mut cards) = (Ledger::default(), BTreeMap::new());
        for (id, name, invoice) in [("c1", "morel", "2026-014"), ("c2", "dubois", "2026-015")] {
            let (id, card) = (CustomerId(id.into()), ContentDigest::of(&[name.as_bytes()]));
            let customer = Customer {
                id: id.clone(),
                card,
                holds: Vec::new(),
                replies: Vec::new(),
                followed_up_at: None,
            };
            ledger.customers.insert(id.clone(), customer);
            let address = Address::parse(&format!("claire@{name}.example")).unwrap();
            let (contact, region, kind) = (None, None, Default::default());
            let (language, country) = (Default::default(), "FR".to_string());
            let card = CustomerCard {
                name: name.into(),
                contact,
                addresses: vec![address],
                language,
                country,
                region,
                kind,
            };
            cards.insert(id.clone(), card);
            let day = DateTime::UNIX_EPOCH.date_naive();
            let total = Money {
                amount: 100.into(),
                currency: iso_currency::Currency::EUR,
            };
            let (number, document) = (number(invoice), Default::default());
            let (service, order, valid_until, terms) = (None, None, None, None);
            let invoice = Invoice {
                number,
                customer: id,
                total,
                issued: day,
                due: day,
                document,
                service,
                order,
                valid_until,
                terms,
            };
            ledger
                .cases
                .insert(invoice.number.clone(), Case::new(invoice, DateTime::UNIX_EPOCH));
        }
        let own = Address::parse("me@test.example").unwrap();
        let roll = Roll::new(&ledger, &cards, [own], |_| false);
        (ledger, roll)
    }

    #[test]
    fn everybody_who_wrote_is_held() {
        let check = |reason: &str, from: &str, by_ids: &[&str], text: &str, expected: &[(&str, Option<Match>)]| {
            let (ledger, roll) = world();
            let letter = parse(format!("From: {from}\r\nSubject: Re: facture\r\n\r\n{text}").as_bytes());
            let ties = Ties {
                by_ids: by_ids.iter().map(|text| number(text)).collect(),
                ..Ties::default()
            };
            let tied = tie(&letter, &letter.text, None, &ties, &roll, &ledger);
            let found: Vec<_> = tied
                .iter()
                .map(|tied| (tied.customer.0.as_str(), tied.matched))
                .collect();
            assert_eq!(found, expected, "{reason}");
        };
        let (ids, address) = (Some(Match::Ids), Some(Match::Address));
        check("an answer", "claire@morel.example", &["2026-014"], "", &[("c1", ids)]);
        check("a colleague", "paul@morel.example", &[], "", &[("c1", address)]);
        check(
            "a delegate is tied by ids",
            "x@else.example",
            &["2026-014"],
            "",
            &[("c1", ids)],
        );
        check(
            "in another's conversation",
            "claire@dubois.example",
            &["2026-014"],
            "",
            &[("c1", ids), ("c2", address)],
        );
        check(
            "by number",
            "claire@morel.example",
            &[],
            "2026-014",
            &[("c1", Some(Match::Reference))],
        );
        check(
            "a stranger who names it",
            "x@else.example",
            &[],
            "votre facture 2026-014",
            &[("c1", None)],
        );
        check("a stranger", "x@else.example", &[], "bonjour", &[]);
    }

    #[test]
    fn answers_are_known_by_their_headers() {
        let check = |headers: &str, expected: Candidacy| {
            let (_, roll) = world();
            let header = parse(format!("From: x@else.example\r\n{headers}\r\n\r\n").as_bytes());
            assert_eq!(candidacy(&header, &Ties::default(), &roll), expected, "{headers}");
        };
        check("Subject: Newsletter", Candidacy::No);
        check("Subject: RE: rappel", Candidacy::IfItQuotesUs); // phones that drop References
        check("Subject: Tr : rappel", Candidacy::IfItQuotesUs); // French, with its blank before the colon
        check("Subject: Rabais: 20 %", Candidacy::No);
        check("Subject: x\r\nReferences: <a@b>", Candidacy::IfItQuotesUs);
        check(
            "Subject: x\r\nContent-Type: multipart/report; report-type=delivery-status",
            Candidacy::IfItQuotesUs,
        );
        check("Subject: facture 2026-014", Candidacy::Yes);
    }

    #[test]
    fn a_number_repeated_without_end_costs_little() {
        let (_, roll) = world();
        let began = Instant::now();
        assert_eq!(roll.numbers_in(&"2026-014 ".repeat(28_000)), [number("2026-014")]);
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
