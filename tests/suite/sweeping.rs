//! Sweeps and rounds over scripted servers: what no well-behaved server shows.

use std::os::unix::fs::PermissionsExt as _;

use amiable::daemon::books::Books;
use amiable::daemon::connect;
use amiable::daemon::desk::perform;
use amiable::daemon::intake::{Known, Post, interest};
use amiable::daemon::office::Office;
use amiable::daemon::progress::Silent;
use amiable::daemon::request::Request;
use amiable::daemon::rounds::Rounds;
use amiable::daemon::sweep::sweep;
use amiable::model::digest::ContentDigest;
use amiable::model::event::Event;
use amiable::model::follow_up::{Outcome, Outgoing, Purpose, SentCopy, Step};
use amiable::model::invoice::InvoiceNumber;
use amiable::model::message_id::MessageId;
use amiable::reading::parse::{parse, parse_header};
use amiable::wires::archive::Kind;
use amiable::wires::clock::Clock;
use amiable::wires::config::load::load;
use amiable::wires::import_file::read::parse_one;
use chrono::{DateTime, Duration, Utc};

use crate::scripted::{Notes, dialer};

const NUMBER: &str = "2026-014";
/// Days after the issue of the invoice, and before its due date: nothing is to be sent.
const NOW: &str = "2026-03-04T10:00:00Z";

/// Books in which INBOX is read up to UID 7 and one invoice is followed up, and a server that plays a script.
struct Desk {
    office: Office,
    books: Books,
    notes: Notes,
    _dir: tempfile::TempDir,
}

impl Desk {
    fn open(script: &str) -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let (config, secret) = (dir.path().join("config.toml"), dir.path().join("secret"));
        std::fs::write(&secret, "secret").unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let state = dir.path().join("state");
        let server = |name: &str, port: u16| {
            format!(
                "[{name}]\nhost = \"mail.test\"\nport = {port}\ntls = \"implicit\"\nusername = \"me\"\npassword_file = {secret:?}\n"
            )
        };
        let text = format!(
            "[me]\nname = \"Camille\"\naddress = \"me@test.example\"\nlanguage = \"fr\"\ncountry = \"FR\"\n\
             timezone = \"Europe/Paris\"\n{}{}[state]\ndir = {state:?}\n[sending]\nmode = \"send\"\n",
            server("imap", 993),
            server("smtp", 465)
        );
        std::fs::write(&config, text).unwrap();
        let login = "S: * OK ready
            C: CAPABILITY
            S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR
            S: $ OK
            C: AUTHENTICATE PLAIN…
            S: $ OK
            C: CAPABILITY
            S: * CAPABILITY IMAP4rev1
            S: $ OK\n";
        let (imap, notes) = dialer(format!("{login}{script}\nSILENCE"), true);
        let (smtp, _) = dialer("END".to_string(), false);
        let clock = Clock::starting_at(NOW.parse().unwrap());
        let config = load(&config).unwrap();
        let office = Office {
            config,
            clock,
            imap,
            smtp,
        };
        let (books, _) = Books::open(&state, &office.config.me.address, office.now()).unwrap();
        let mut desk = Desk {
            office,
            books,
            notes,
            _dir: dir,
        };
        desk.begin();
        desk
    }

    fn begin(&mut self) {
        let columns = [
            ("number", NUMBER),
            ("amount", "500"),
            ("currency", "EUR"),
            ("issued", "2026-03-01"),
            ("due", "2026-03-31"),
            ("customer", "Morel"),
            ("email", "claire@morel.example"),
        ];
        let defaults = amiable::daemon::import::defaults_of(&self.office.config);
        let row = parse_one(&columns, self.office.now().date_naive(), &defaults).unwrap();
        perform(&Request::Import { rows: vec![row] }, &mut self.books, &self.office).unwrap();
        self.tell(Event::LookedBack { cases: vec![number()] });
        self.tell(Event::FolderRead {
            folder: "INBOX".into(),
            uid_validity: 1,
            uid_last: 7,
            arrivals: Vec::new(),
        });
    }

    fn tell(&mut self, event: Event) {
        self.books.record(self.office.now(), event).unwrap();
    }

    /// One sweep; in a word, how it ended.
    async fn swept(&mut self) -> String {
        let mut imap = connect::imap(&self.office).await.unwrap();
        let swept = sweep(&mut imap, &mut self.books, &self.office, &mut Silent).await;
        self.notes.assert_none("the script");
        swept.map_or_else(
            |error| error.to_string(),
            |swept| format!("{} arrivals", swept.arrivals),
        )
    }

    fn read_to(&self) -> u32 {
        self.books.ledger.positions["INBOX"].uid_last
    }
}

fn number() -> InvoiceNumber {
    InvoiceNumber::parse(NUMBER).unwrap()
}

/// The beginning of a pass over the one folder, up to what a search from `first` finds.
fn pass(uid_next: u32, first: u32, found: &str) -> String {
    format!(
        "C: LIST \"\" \"*\"
        S: * LIST () \"/\" INBOX
        S: $ OK
        C: STATUS \"INBOX\"…
        S: * STATUS INBOX (UIDVALIDITY 1 UIDNEXT {uid_next} MESSAGES 0)
        S: $ OK
        C: EXAMINE \"INBOX\"
        S: * OK [UIDVALIDITY 1] valid
        S: * OK [UIDNEXT {uid_next}] next
        S: $ OK\n{}",
        search(first, found)
    )
}

fn search(first: u32, found: &str) -> String {
    format!("C: UID SEARCH UID {first}:*\nS: * SEARCH {found}\nS: $ OK\n")
}

/// A raw message with its line ends written out, as scripts want it, and its length.
fn written(raw: &str) -> (String, usize) {
    let raw = raw.replace('\n', "\r\n");
    (raw.replace('\r', "\\r").replace('\n', "\\n"), raw.len())
}

/// An answer to FETCH of headers, and one to FETCH of the whole.
fn shown(uid: u32, raw: &str, whole: bool) -> String {
    let (text, octets) = written(raw);
    let head = match whole {
        true => format!("UID {uid} BODY[]<0>"),
        false => format!(
            "UID {uid} FLAGS () INTERNALDATE \"04-Mar-2026 09:59:00 +0000\" RFC822.SIZE {octets} BODY[HEADER.FIELDS (FROM)]"
        ),
    };
    format!("R: * 1 FETCH ({head} {{{octets}}}\\r\\n{text})\\r\\n\n")
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_came_and_went_is_behind_us() {
    let fetched = "C: UID FETCH 8:9 …\nS: $ OK\n";
    let script = pass(10, 8, "") + fetched + &search(8, "") + &pass(10, 10, "");
    let mut desk = Desk::open(&script);
    assert_eq!(desk.swept().await, "0 arrivals");
    assert_eq!(desk.read_to(), 9, "else UIDNEXT would be news for ever");
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_does_not_show_its_header_is_not_passed_over() {
    let fetched = "C: UID FETCH 8 …\nS: $ OK\n";
    let script = pass(9, 8, "8") + fetched + &search(8, "8") + fetched;
    let mut desk = Desk::open(&script);
    assert!(
        desk.swept().await.contains("INBOX"),
        "it may be anybody's: nothing goes out"
    );
    assert_eq!(desk.read_to(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_answer_beside_the_mail_that_it_answers_is_tied_to_it() {
    let own = "From: me@test.example\nTo: claire@morel.example\nMessage-ID: <invoice@test.example>\n\
               Date: Sun, 01 Mar 2026 09:00:00 +0000\nSubject: Facture 2026-014\n\nBonjour\n";
    let answer = "From: x@else.example\nTo: me@test.example\nMessage-ID: <answer@else.example>\n\
                  In-Reply-To: <invoice@test.example>\nSubject: Re: votre envoi\n\nNous contestons.\n";
    let headers = format!(
        "C: UID FETCH 8:9 …\n{}{}S: $ OK\n",
        shown(8, own, false),
        shown(9, answer, false)
    );
    let whole = |uid: u32, raw: &str| format!("C: UID FETCH {uid} …\n{}S: $ OK\n", shown(uid, raw, true));
    // The stranger's mail is glanced at, then read.
    let bodies = whole(8, own) + &whole(9, answer) + &whole(9, answer);
    let script = pass(10, 8, "8 9") + &headers + &bodies + &pass(10, 10, "");
    let mut desk = Desk::open(&script);
    assert_eq!(desk.swept().await, "2 arrivals");
    let customer = desk.books.ledger.customer_of(&number()).unwrap();
    let matched: Vec<_> = customer
        .replies
        .iter()
        .map(|reply| reply.matched.map(|how| how.name()))
        .collect();
    assert_eq!(matched, [Some("ids")]);
    assert!(
        customer
            .holds_on(&number(), desk.office.now())
            .any(|hold| hold.until.is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_due_and_needs_a_mailbox_does_not_keep_a_daemon_without_one_busy() {
    let mut desk = Desk::open("");
    let at: DateTime<Utc> = desk.office.now() - Duration::hours(1);
    let message_id = MessageId::of_follow_up(desk.books.account(), NUMBER, Step::Friendly.name());
    let outgoing = Outgoing {
        message_id,
        purpose: Purpose::FollowUp {
            case: number(),
            step: Step::Friendly,
        },
        content: ContentDigest::of(&[b"follow-up"]),
        prepared_at: at,
        outcome: Outcome::Accepted,
        outcome_at: at,
        sent_copy: SentCopy::Awaited,
        attempts: 0,
    };
    desk.tell(Event::Prepared { outgoing });
    let mut rounds = Rounds::default();
    let due = |rounds: &Rounds, desk: &Desk| rounds.next_due(&desk.books, &desk.office).unwrap() - desk.office.now();
    assert!(due(&rounds, &desk) <= Duration::zero(), "its copy in Sent is due");
    rounds.act_offline(&mut desk.books, &desk.office).await.unwrap();
    assert!(due(&rounds, &desk) >= Duration::seconds(30), "{}", due(&rounds, &desk));
}

/// What a message is taken for, by its headers alone, after the friendly reminder went out and its copy was found.
#[tokio::test(start_paused = true)]
async fn a_copy_of_ours_is_told_from_what_the_user_wrote_and_from_what_others_wrote_through_him() {
    let mut desk = Desk::open("");
    let id = MessageId::of_follow_up(desk.books.account(), NUMBER, Step::Friendly.name());
    let own = format!("From: me@test.example\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <{id}>\r\n\r\nx");
    let content = parse(own.as_bytes()).content;
    desk.books.archive.put(Kind::Message, &content, own.as_bytes()).unwrap();
    let at = desk.office.now();
    let outgoing = Outgoing {
        message_id: id.clone(),
        purpose: Purpose::FollowUp {
            case: number(),
            step: Step::Friendly,
        },
        content,
        prepared_at: at,
        outcome: Outcome::Unknown,
        outcome_at: at,
        sent_copy: SentCopy::Awaited,
        attempts: 0,
    };
    desk.tell(Event::Prepared { outgoing });
    let roll = desk.books.roll(&[], |_| false);
    let check = |reason: &str, header: &str, expected: &str| {
        let raw = format!("{header}\r\n\r\n").replace('\n', "\r\n").replace("\r\r", "\r");
        let post = Post {
            uid: 8,
            octets: 100,
            at,
            thread: None,
            is_draft: false,
            from_outside: false,
            header: parse_header(raw.as_bytes()),
        };
        let known = Known {
            books: &desk.books,
            roll: &roll,
            office: &desk.office,
            fresh: &[],
        };
        let found = format!("{:?}", interest(&post, &known).unwrap());
        assert_eq!(found.split('(').next(), Some(expected), "{reason}");
    };
    let me = "From: me@test.example";
    let date = "Date: Mon, 02 Mar 2026 09:00:00 +0000";
    check("its copy", &format!("{me}\n{date}\nMessage-ID: <{id}>"), "OwnFollowUp");
    check(
        "its copy, under an id that the provider gave it",
        &format!("{me}\n{date}\nMessage-ID: <x@provider.example>\nReferences: <a@b> <{id}>"),
        "OwnFollowUp",
    );
    check(
        "forwarded by the user: References alike, a Date of its own",
        &format!("{me}\nTo: claire@morel.example\nDate: Tue, 03 Mar 2026 09:00:00 +0000\nReferences: <{id}>"),
        "FromUser",
    );
    check("a note to himself", &format!("{me}\nTo: me@test.example"), "Nothing");
    check(
        "a form of his own site",
        &format!("{me}\nTo: me@test.example\nReply-To: claire@morel.example"),
        "FromCustomer",
    );
    check("the customer", "From: claire@morel.example", "FromCustomer");
    check("a newsletter", "From: x@else.example\nSubject: Offre", "Nothing");
}
