//! Waiting over IMAP: news are never lost, and a dead line is found in time.

use std::time::Duration;

use amiable::wires::imap::idle::IdleNews;
use amiable::wires::imap::session::Imap;

use crate::wires_imap::{check, kind, shown};

#[tokio::test(start_paused = true)]
async fn idle_tells_news_and_never_hangs() {
    let act = async |imap: &mut Imap| {
        if let Err(error) = imap.idle_begin().await {
            return format!("begin: {}", kind(&error));
        }
        let waited = tokio::time::timeout(Duration::from_secs(300), imap.idle_wait()).await;
        let news = match waited {
            Ok(Ok(news)) => format!("{news:?}"),
            Ok(Err(error)) => kind(&error),
            Err(_) => "nothing".to_string(),
        };
        format!("{news}, {}", shown(imap.idle_end().await))
    };
    let done = "C: DONE\nS: $ OK";
    check(
        "new mail",
        &format!("C: IDLE\nS: + idling\nW: 100\nS: * 5 EXISTS\n{done}"),
        act,
        "Changed, ()",
    )
    .await;
    check(
        "a deletion",
        &format!("C: IDLE\nS: +\nS: * 5 EXPUNGE\n{done}"),
        act,
        "Changed, ()",
    )
    .await;
    check(
        "a flag",
        &format!("C: IDLE\nS: + \nS: * 5 FETCH (FLAGS ())\n{done}"),
        act,
        "Changed, ()",
    )
    .await;
    check(
        "news before the go-ahead (Outlook)",
        &format!("C: IDLE\nS: * 5 EXISTS\nS: + idling\n{done}"),
        act,
        "Changed, ()",
    )
    .await;
    check(
        "a keepalive",
        &format!("C: IDLE\nS: +\nS: * OK Still here\n{done}"),
        act,
        "Alive, ()",
    )
    .await;
    check(
        "nothing for five minutes",
        &format!("C: IDLE\nS: +\n{done}"),
        act,
        "nothing, ()",
    )
    .await;
    check(
        "news while ending",
        "C: IDLE\nS: +\nC: DONE\nS: * 5 EXISTS\nS: $ OK",
        act,
        "nothing, ()",
    )
    .await;
    check("refused", "C: IDLE\nS: $ NO not now", act, "begin: no").await;
    check("unknown", "C: IDLE\nS: $ BAD what", act, "begin: bad").await;
    check("no go-ahead", "C: IDLE\nSILENCE", act, "begin: timeout 60").await;
    check("BYE", "C: IDLE\nS: +\nS: * BYE idle too long", act, "closed, closed").await;
    check("the connection ends", "C: IDLE\nS: +\nEND", act, "closed, closed").await;
    check("the server ends it", "C: IDLE\nS: +\nS: $ OK enough", act, "Ended, ()").await;
    check(
        "dead: DONE is not heard",
        "C: IDLE\nS: +\nC: DONE\nSILENCE",
        act,
        "nothing, timeout 15",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn waiting_can_be_cancelled_without_losing_news() {
    let act = async |imap: &mut Imap| {
        imap.idle_begin().await.unwrap();
        let mut waits = 0;
        loop {
            tokio::select! {
                news = imap.idle_wait() => return format!("{:?} after {waits}", news.unwrap()),
                () = tokio::time::sleep(Duration::from_secs(1)) => waits += 1,
            }
        }
    };
    let script = "C: IDLE\nS: +\nR: * 5 EX\nW: 3\nR: IS\nW: 3\nR: TS\\r\\n\nSILENCE";
    check("in pieces", script, act, &format!("{:?} after 6", IdleNews::Changed)).await;
}
