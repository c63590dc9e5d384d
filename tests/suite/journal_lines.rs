//! Every event there is comes back from its journal line as it went in, hostile words and odd numbers included.

use amiable::model::arrival::{Arrival, Found, Match, ThreadKeys};
use amiable::model::customer::{CustomerId, Language};
use amiable::model::digest::ContentDigest;
use amiable::model::event::{Event, Record, Trouble};
use amiable::model::follow_up::{Outcome, Outgoing, Purpose, SentCopy, Step};
use amiable::model::hold::{Hold, HoldReason};
use amiable::model::invoice::{Document, Invoice, InvoiceNumber};
use amiable::model::message_id::MessageId;
use amiable::model::money::Money;
use amiable::model::reading::{Author, BounceFacts, DisputeReason, Doubt, Label, Reading};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use iso_currency::Currency;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Words as a hostile mail or file would have them.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "",
            "\"",
            "\\",
            "{\"event\":\"opened\"}",
            "\u{2028}\u{feff}\u{202e}",
            "\0\u{7f}\r\n",
            "é🧾",
            "null",
            "-0",
            "1e999",
        ])
        .prop_map(str::to_string),
        "[a-z]{1,8}".prop_map(|word| word.repeat(200)),
    ]
}

fn message_id() -> impl Strategy<Value = MessageId> {
    words().prop_map(|text| MessageId::parse(&text).unwrap_or(MessageId::parse("a@b").unwrap()))
}

fn invoice_number() -> impl Strategy<Value = InvoiceNumber> {
    words().prop_map(|text| InvoiceNumber::parse(&text).unwrap_or(InvoiceNumber::parse("7").unwrap()))
}

fn content() -> impl Strategy<Value = ContentDigest> {
    any::<u64>().prop_map(|seed| ContentDigest::of(&[&seed.to_be_bytes()]))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (-200_000i64..2_000_000).prop_map(|days| NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + Duration::days(days))
}

/// To the nanosecond: the journal's clock is as fine as the machine's.
fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    (-1_000_000_000i64..10_000_000_000, 0u32..1_000_000_000).prop_map(|(s, n)| DateTime::from_timestamp(s, n).unwrap())
}

fn amount() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..20).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(all.to_vec())
}

fn reason() -> impl Strategy<Value = HoldReason> {
    let mut all: Vec<HoldReason> = Label::ALL.into_iter().map(HoldReason::Label).collect();
    all.extend([
        HoldReason::NeedsReview,
        HoldReason::UserWrote,
        HoldReason::User,
        HoldReason::Unattributed,
    ]);
    one_of(&all)
}

fn hold() -> impl Strategy<Value = Hold> {
    let (until, case) = (prop::option::of(moment()), prop::option::of(invoice_number()));
    (reason(), moment(), until, case, prop::option::of(content())).prop_map(|(reason, since, until, case, message)| {
        Hold {
            reason,
            since,
            until,
            case,
            message,
        }
    })
}

fn reading() -> impl Strategy<Value = Reading> {
    let authors = one_of(&[Author::Human, Author::AutoReply, Author::Bounce]);
    let doubts = one_of(&[
        Doubt::Unclear,
        Doubt::Empty,
        Doubt::Unreadable,
        Doubt::Truncated,
        Doubt::Encrypted,
    ]);
    let reasons = one_of(&[DisputeReason::WrongAmount, DisputeReason::SetOff, DisputeReason::Other]);
    let labels = prop::collection::vec(one_of(&Label::ALL), 1..4);
    let bounce = (prop::option::of(words()), any::<bool>());
    let bounce = bounce.prop_map(|(status, permanent)| BounceFacts { status, permanent });
    let facts = (
        prop::option::of(day()),
        prop::option::of(amount()),
        prop::option::of(day()),
        any::<bool>(),
    );
    let option = (
        prop::option::of(doubts),
        prop::option::of(reasons),
        prop::option::of(bounce),
    );
    (authors, labels, 0.0f64..=1.0, option, facts).prop_map(|(author, labels, confidence, option, facts)| Reading {
        author,
        primary: labels[0],
        labels,
        confidence,
        doubt: option.0,
        language: Some(Language::En),
        promise_date: facts.0,
        promise_amount: facts.1,
        dispute_reason: option.1,
        disputed_amount: facts.1,
        absent_until: facts.2,
        unattended: facts.3,
        bounce: option.2,
    })
}

fn found() -> impl Strategy<Value = Found> {
    let matches = one_of(&[
        Match::Ids,
        Match::Thread,
        Match::Index,
        Match::Reference,
        Match::Address,
    ]);
    let holds = || prop::collection::vec(hold(), 0..3);
    let case = || prop::option::of(invoice_number());
    let customer = || words().prop_map(CustomerId);
    prop_oneof![
        (customer(), case(), matches, reading(), holds()).prop_map(|(customer, case, matched, reading, holds)| {
            Found::Reply {
                customer,
                case,
                matched,
                reading,
                holds,
            }
        }),
        (prop::option::of(customer()), case(), reading(), holds()).prop_map(|(customer, case, reading, holds)| {
            Found::Unattributed {
                customer,
                case,
                reading,
                holds,
            }
        }),
        (invoice_number(), one_of(&Step::ALL), message_id()).prop_map(|(case, step, message_id)| Found::OwnFollowUp {
            case,
            step,
            message_id
        }),
        (customer(), case(), holds()).prop_map(|(customer, case, holds)| Found::UserWrote { customer, case, holds }),
        (invoice_number(), any::<bool>()).prop_map(|(case, from_user)| Found::Conversation { case, from_user }),
    ]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let keys = (prop::option::of(words()), prop::option::of(words()));
    let keys = keys.prop_map(|(thread, index)| ThreadKeys { thread, index });
    (
        any::<u32>(),
        content(),
        prop::option::of(message_id()),
        moment(),
        keys,
        found(),
    )
        .prop_map(|(uid, content, message_id, at, keys, what)| Arrival {
            uid,
            content,
            message_id,
            at,
            keys,
            what,
        })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        one_of(&[
            Outcome::Prepared,
            Outcome::ContentStarted,
            Outcome::Accepted,
            Outcome::Unknown,
            Outcome::Draft,
            Outcome::Withdrawn
        ]),
        any::<u16>().prop_map(|code| Outcome::Refused { code }),
        (any::<u16>(), any::<u32>(), moment()).prop_map(|(code, attempts, retry_at)| Outcome::Deferred {
            code,
            attempts,
            retry_at
        }),
    ]
}

fn outgoing() -> impl Strategy<Value = Outgoing> {
    let purpose = prop_oneof![
        (invoice_number(), one_of(&Step::ALL)).prop_map(|(case, step)| Purpose::FollowUp { case, step }),
        (day(), any::<u64>()).prop_map(|(day, through)| Purpose::Digest { day, through }),
        content().prop_map(|message| Purpose::Notice { message }),
    ];
    let copies = one_of(&[
        SentCopy::Awaited,
        SentCopy::Found,
        SentCopy::Appended,
        SentCopy::NotWanted,
    ]);
    (
        message_id(),
        purpose,
        content(),
        moment(),
        outcome(),
        copies,
        any::<u32>(),
    )
        .prop_map(
            |(message_id, purpose, content, at, outcome, sent_copy, attempts)| Outgoing {
                message_id,
                purpose,
                content,
                prepared_at: at,
                outcome,
                outcome_at: at,
                sent_copy,
                attempts,
            },
        )
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        words().prop_map(|detail| Trouble::Mailbox { detail }),
        words().prop_map(|folder| Trouble::Folder { folder }),
        words().prop_map(|detail| Trouble::Submission { detail }),
        message_id().prop_map(|message_id| Trouble::SentCopy { message_id }),
        message_id().prop_map(|message_id| Trouble::Draft { message_id }),
        any::<i64>().prop_map(|minutes| Trouble::Clock { minutes }),
        (invoice_number(), words()).prop_map(|(case, detail)| Trouble::Writing { case, detail }),
    ]
}

fn paper() -> impl Strategy<Value = Invoice> {
    let documents = one_of(&[Document::Invoice, Document::Quote, Document::Credit]);
    let currencies = one_of(&[Currency::EUR, Currency::XOF, Currency::JPY]);
    let texts = (
        prop::option::of(words()),
        prop::option::of(words()),
        prop::option::of(words()),
    );
    (invoice_number(), words(), amount(), currencies, day(), documents, texts).prop_map(
        |(number, customer, amount, currency, day, document, (service, order, terms))| Invoice {
            number,
            customer: CustomerId(customer),
            total: Money { amount, currency },
            issued: day,
            due: day,
            document,
            service,
            order,
            valid_until: Some(day),
            terms,
        },
    )
}

/// What the user and the books do.
fn act() -> impl Strategy<Value = Event> {
    let case = invoice_number;
    prop_oneof![
        content().prop_map(|account| Event::Opened { account }),
        (words(), content()).prop_map(|(id, card)| Event::CustomerRecorded {
            customer: CustomerId(id),
            card
        }),
        paper().prop_map(|invoice| Event::InvoiceRecorded { invoice }),
        prop::collection::vec(case(), 0..4).prop_map(|cases| Event::LookedBack { cases }),
        (case(), prop::option::of(amount()), day()).prop_map(|(case, amount, on)| Event::PaymentRecorded {
            case,
            amount,
            on
        }),
        (hold(), words()).prop_map(|(hold, id)| Event::Held {
            hold,
            customer: CustomerId(id)
        }),
        (case(), prop::option::of(one_of(&Label::ALL))).prop_map(|(case, despite)| Event::Resumed { case, despite }),
        (case(), prop::option::of(amount())).prop_map(|(case, amount)| Event::Settled { case, amount }),
        case().prop_map(|case| Event::Stopped { case }),
        (case(), one_of(&Step::ALL)).prop_map(|(case, step)| Event::Approved { case, step }),
        (case(), content(), prop::option::of(day()), prop::option::of(hold())).prop_map(
            |(case, note, promise, hold)| Event::Noted {
                case,
                note,
                promise,
                hold
            }
        ),
    ]
}

/// What arrives, goes out, or stands in the way.
fn occurrence() -> impl Strategy<Value = Event> {
    let copies = one_of(&[
        SentCopy::Awaited,
        SentCopy::Found,
        SentCopy::Appended,
        SentCopy::NotWanted,
    ]);
    prop_oneof![
        (
            words(),
            any::<u32>(),
            any::<u32>(),
            prop::collection::vec(arrival(), 0..3)
        )
            .prop_map(|(folder, uid_validity, uid_last, arrivals)| Event::FolderRead {
                folder,
                uid_validity,
                uid_last,
                arrivals
            }),
        outgoing().prop_map(|outgoing| Event::Prepared { outgoing }),
        (message_id(), outcome(), prop::option::of(hold())).prop_map(|(message_id, outcome, hold)| {
            Event::OutcomeReached {
                message_id,
                outcome,
                hold,
            }
        }),
        (message_id(), copies).prop_map(|(message_id, sent_copy)| Event::SentCopySettled { message_id, sent_copy }),
        trouble().prop_map(|trouble| Event::TroubleBegan { trouble }),
        trouble().prop_map(|trouble| Event::TroubleEnded { trouble }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_survives_its_line(seq in 1u64.., at in moment(), event in prop_oneof![act(), occurrence()]) {
        let record = Record { seq, at, event };
        let line = serde_json::to_string(&record).unwrap();
        prop_assert!(!line.contains('\n'), "one line a record");
        prop_assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }
}
