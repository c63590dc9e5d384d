//! Reading over IMAP from scripted servers: folders, states, searches, headers, structures and sections, exactly.

use amiable::model::message_id::MessageId;
use amiable::wires::imap::naming::{FolderName, Role};
use amiable::wires::imap::session::Imap;
use chrono::NaiveDate;

use crate::wires_imap::{check, kind, shown};

#[tokio::test(start_paused = true)]
async fn folders_come_with_roles_and_state() {
    let act = async |imap: &mut Imap| {
        let folders = imap.folders().await.unwrap();
        let show = |folder: &amiable::wires::imap::folders::Folder| {
            let role = folder.role.map(|role| format!("{role:?}")).unwrap_or_default();
            let shut = if folder.selectable { "" } else { "!" };
            format!("{}{shut}={role}", folder.name)
        };
        folders.iter().map(show).collect::<Vec<_>>().join(" ")
    };
    let list = |items: &str| format!("C: LIST \"\" \"*\"\n{items}\nS: $ OK");
    check(
        "flags win over names",
        &list("S: * LIST (\\Sent) \"/\" Copies\nS: * LIST () \"/\" Sent"),
        act,
        "Copies=Sent Sent=",
    )
    .await;
    check(
        "a name where no folder has the flag",
        &list("S: * LIST () \".\" INBOX.Sent"),
        act,
        "INBOX.Sent=Sent",
    )
    .await;
    check(
        "in French",
        &list("S: * LIST () \"/\" \"&AMk-l&AOk-ments envoy&AOk-s\""),
        act,
        "Éléments envoyés=Sent",
    )
    .await;
    check(
        "a literal name",
        &list("R: * LIST () \"/\" {9}\\r\\nA \"b\" c\\d\\r\\n"),
        act,
        "A \"b\" c\\d=",
    )
    .await;
    check(
        "an escaped name",
        &list(r#"S: * LIST () "/" "A \"b\" c\\d""#),
        act,
        r#"A "b" c\d="#,
    )
    .await;
    check("no hierarchy", &list("S: * LIST () NIL inbox"), act, "INBOX=Inbox").await;
    check(
        "containers",
        &list("S: * LIST (\\Noselect) \"/\" \"[Gmail]\""),
        act,
        "[Gmail]!=",
    )
    .await;
    check(
        "Gmail in French",
        &list("S: * LIST (\\HasNoChildren \\All) \"/\" \"[Gmail]/Tous les messages\""),
        act,
        "[Gmail]/Tous les messages=All",
    )
    .await;
    assert_eq!(Role::by_usual_name("sent"), Some(Role::Sent));
}

#[tokio::test(start_paused = true)]
async fn state_is_what_the_server_says_and_no_more() {
    let status = async |imap: &mut Imap| {
        shown(
            imap.status(&FolderName::new("Entwürfe"))
                .await
                .map(|s| (s.uid_validity, s.uid_next, s.messages)),
        )
    };
    let command = "C: STATUS \"Entw&APw-rfe\" (UIDVALIDITY UIDNEXT MESSAGES)\n";
    let answer = |items: &str| format!("{command}S: * STATUS \"Entw&APw-rfe\" ({items})\nS: $ OK");
    check(
        "all",
        &answer("MESSAGES 3 UIDNEXT 9 UIDVALIDITY 5"),
        status,
        "(5, Some(9), Some(3))",
    )
    .await;
    check(
        "163.com has no UIDNEXT",
        &answer("UIDVALIDITY 5"),
        status,
        "(5, None, None)",
    )
    .await;
    check(
        "without UIDVALIDITY nothing can be remembered",
        &answer(""),
        status,
        "protocol",
    )
    .await;
    let examine = async |imap: &mut Imap| {
        shown(
            imap.examine(&FolderName::inbox())
                .await
                .map(|s| (s.uid_validity, s.uid_next, s.messages, s.highest_modseq)),
        )
    };
    let begin = "C: EXAMINE \"INBOX\"\nS: * 4 EXISTS\nS: * NO a warning\nS: * OK [UIDVALIDITY 5] v";
    check(
        "a warning is no failure",
        &format!("{begin}\nS: $ OK [READ-ONLY]"),
        examine,
        "(5, None, Some(4), None)",
    )
    .await;
    check(
        "UIDNEXT and HIGHESTMODSEQ",
        &format!("{begin}\nS: * OK [UIDNEXT 8] n\nS: * OK [HIGHESTMODSEQ 77] h\nS: $ OK"),
        examine,
        "(5, Some(8), Some(4), Some(77))",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn searches_are_asked_in_words_that_servers_understand() {
    let since = async |imap: &mut Imap| shown(imap.uids_since(NaiveDate::from_ymd_opt(2026, 2, 1).unwrap()).await);
    check(
        "several lines, unsorted",
        "C: UID SEARCH SINCE 1-Feb-2026\nS: * SEARCH 9 3\nS: * SEARCH 3 5\nS: $ OK",
        since,
        "[3, 5, 9]",
    )
    .await;
    check("nothing", "C: UID SEARCH…\nS: * SEARCH\nS: $ OK", since, "[]").await;
    let from = async |imap: &mut Imap| shown(imap.uids_from(10).await);
    check(
        "10:* names the last one, whichever",
        "C: UID SEARCH UID 10:*\nS: * SEARCH 7\nS: $ OK",
        from,
        "[]",
    )
    .await;
    let all = async |imap: &mut Imap| shown(imap.uids_from(0).await);
    check(
        "there is no UID 0",
        "C: UID SEARCH UID 1:*\nS: * SEARCH 1\nS: $ OK",
        all,
        "[1]",
    )
    .await;
    let by_id = async |imap: &mut Imap, id: &str| shown(imap.uids_by_message_id(&MessageId::parse(id).unwrap()).await);
    let answer = |key: &str| format!("C: UID SEARCH HEADER Message-ID {key}\nS: * SEARCH 4\nS: $ OK");
    check(
        "an atom",
        &answer("a.b@c"),
        async |imap| by_id(imap, "<a.b@c>").await,
        "[4]",
    )
    .await;
    check(
        "quoted where it must be",
        &answer("\"a\\\"(b)@c\""),
        async |imap| by_id(imap, "a\"(b)@c").await,
        "[4]",
    )
    .await;
    check(
        "the ASCII part of it",
        &answer("@exemple.fr"),
        async |imap| by_id(imap, "é@exemple.fr").await,
        "[4]",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn headers_come_once_each_and_nothing_else_does() {
    let act = async |imap: &mut Imap| {
        let mut seen = Vec::new();
        let mut each = |item: amiable::wires::imap::headers::HeaderItem| {
            seen.push(format!(
                "{}:{}",
                item.uid,
                String::from_utf8_lossy(&item.header).trim_end()
            ));
        };
        match imap.headers(&[3, 4, 5], &mut each).await {
            Ok(came) => format!("{came:?} {seen:?}"),
            Err(error) => format!("{} {seen:?}", kind(&error)),
        }
    };
    let item = |seq: u32, uid: u32, header: &str| {
        format!(
            "R: * {seq} FETCH (UID {uid} FLAGS (\\Seen) INTERNALDATE \"17-Jul-2026 02:44:25 +0200\" RFC822.SIZE 99 BODY[HEADER.FIELDS (FROM)] {{{}}}\\r\\n{header})\\r\\n\n",
            header
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\0", "\0")
                .len()
        )
    };
    let fetch = |answers: &str| {
        format!("C: UID FETCH 3:5 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (From …\n{answers}")
    };
    let (three, four) = (item(1, 3, "From: a\\r\\n\\r\\n"), item(2, 4, "From: b\\0\\r\\n\\r\\n"));
    let (ok, flags) = (
        "S: $ OK",
        "S: * 3 FETCH (FLAGS (\\Answered))\nS: * 3 FETCH (UID 5 FLAGS ())\n",
    );
    check(
        "in any order, with NUL",
        &fetch(&format!("{four}{three}{ok}")),
        act,
        "{3, 4} [\"4:From: b\\0\", \"3:From: a\"]",
    )
    .await;
    check(
        "flag changes are not headers",
        &fetch(&format!("{flags}{three}{flags}{ok}")),
        act,
        "{3} [\"3:From: a\"]",
    )
    .await;
    check(
        "twice the same",
        &fetch(&format!("{three}{three}{ok}")),
        act,
        "{3} [\"3:From: a\"]",
    )
    .await;
    check(
        "one that was not asked for",
        &fetch(&format!("{}{ok}", item(9, 9, "X: y"))),
        act,
        "{} []",
    )
    .await;
    check(
        "expunged meanwhile",
        &fetch(&format!("{three}S: * 2 EXPUNGE\nS: $ NO [EXPUNGEISSUED] gone")),
        act,
        "{3} [\"3:From: a\"]",
    )
    .await;
    check(
        "half of them, then NO",
        &fetch(&format!("{three}S: $ NO [SERVERBUG] sorry")),
        act,
        "no SERVERBUG [\"3:From: a\"]",
    )
    .await;
    check(
        "half of them, then the end",
        &fetch(&three),
        act,
        "closed [\"3:From: a\"]",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn sections_are_exact() {
    let act = async |imap: &mut Imap| {
        let found = imap.section(7, "1.2", 10, 8).await;
        shown(found.map(|octets| octets.map(|octets| String::from_utf8_lossy(&octets).into_owned())))
    };
    let fetch = |answers: &str| format!("C: UID FETCH 7 (UID BODY.PEEK[1.2]<10.8>)\n{answers}\nS: $ OK");
    check(
        "a literal with line ends and NUL",
        &fetch("R: * 1 FETCH (UID 7 BODY[1.2]<10> {5}\\r\\na\\r\\nb\\0)\\r\\n"),
        act,
        "Some(\"a\\r\\nb\\0\")",
    )
    .await;
    check(
        "past its end",
        &fetch("S: * 1 FETCH (UID 7 BODY[1.2]<10> \"\")"),
        act,
        "Some(\"\")",
    )
    .await;
    check(
        "no such part",
        &fetch("S: * 1 FETCH (UID 7 BODY[1.2]<10> NIL)"),
        act,
        "Some(\"\")",
    )
    .await;
    check("gone: OK without data", &fetch(""), act, "None").await;
    check(
        "another message",
        &fetch("S: * 1 FETCH (UID 8 BODY[1.2]<10> \"x\")"),
        act,
        "None",
    )
    .await;
    check("without UID", &fetch("S: * 1 FETCH (BODY[1.2]<10> \"x\")"), act, "None").await;
    check("gone: NO", "C: UID FETCH…\nS: $ NO [EXPUNGEISSUED] gone", act, "None").await;
}

#[tokio::test(start_paused = true)]
async fn structures_become_numbered_parts() {
    let act = async |imap: &mut Imap| {
        let parts = imap.structure(7).await.unwrap().unwrap();
        let show = |part: &amiable::wires::imap::content::Part| {
            let within = part.within.as_deref().unwrap_or("-");
            let mark = if part.is_attachment { "!" } else { "" };
            format!("{}={}{mark}/{within}", part.section, part.media_type)
        };
        parts.iter().map(show).collect::<Vec<_>>().join(" ")
    };
    let fetch = |structure: &str| {
        format!("C: UID FETCH 7 (UID BODYSTRUCTURE)\nS: * 1 FETCH (UID 7 BODYSTRUCTURE {structure})\nS: $ OK")
    };
    let text = |sub: &str| format!(r#"("text" "{sub}" ("charset" "utf-8") NIL NIL "QUOTED-PRINTABLE" 10 1)"#);
    let pdf = r#"("application" "pdf" NIL NIL NIL "base64" 99 NIL ("attachment" ("filename" "(f).pdf")))"#;
    let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    let message = format!(
        r#"("message" "rfc822" NIL NIL NIL "7bit" 50 {envelope} {} 3)"#,
        text("plain")
    );
    check("a single part is part 1", &fetch(&text("plain")), act, "1=text/plain/-").await;
    let alternative = format!(r#"({}{} "alternative")"#, text("plain"), text("html"));
    check(
        "nested",
        &fetch(&format!(r#"({alternative}{pdf} "mixed")"#)),
        act,
        "1.1=text/plain/alternative 1.2=text/html/alternative 2=application/pdf!/mixed",
    )
    .await;
    let status = r#"("message" "delivery-status" NIL NIL NIL "7bit" 50)"#;
    check(
        "a bounce",
        &fetch(&format!(r#"({}{status}{message} "report")"#, text("plain"))),
        act,
        "1=text/plain/report 2=message/delivery-status/report 3=message/rfc822/report",
    )
    .await;
}

/// A first reading of a large mailbox: each header goes by, none stays.
#[tokio::test(start_paused = true)]
async fn fifty_thousand_headers_go_by() {
    let uids: Vec<u32> = (1..=50_000).collect();
    let mut script = String::new();
    for chunk in uids.chunks(1000) {
        script.push_str(&format!("C: UID FETCH {}:{} …\n", chunk[0], chunk[999]));
        for uid in chunk {
            script.push_str(&format!(
                "R: * {uid} FETCH (UID {uid} FLAGS () INTERNALDATE \"17-Jul-2026 02:44:25 +0200\" RFC822.SIZE 9999 BODY[HEADER.FIELDS (FROM)] {{300}}\\r\\n{})\\r\\n\n",
                "x".repeat(300)
            ));
        }
        script.push_str("S: $ OK\n");
    }
    let act = async |imap: &mut Imap| {
        let (mut count, mut octets) = (0, 0);
        let mut each = |item: amiable::wires::imap::headers::HeaderItem| {
            count += 1;
            octets += item.header.len();
        };
        let came = imap.headers(&uids, &mut each).await.unwrap();
        format!("{count} {octets} {}", came.len())
    };
    check("fifty thousand", &script, act, "50000 15000000 50000").await;
}
