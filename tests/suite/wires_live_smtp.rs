//! Submission against the sink: each misbehaviour has its own outcome, and octets arrive as they are.

use std::time::Duration;

use amiable::model::address::Address;
use amiable::wires::net::endpoint::Tls;
use amiable::wires::smtp::fault::{Delivery, Doubt, SmtpError, Stage};
use amiable::wires::smtp::submission::Submission;

use crate::mailhost::{DEBTOR, ME, MailHost, Options};
use crate::program::until;
use crate::wires_live::{dialer, endpoint, mail, password};

async fn submission(host: &MailHost) -> Submission {
    let endpoint = endpoint(host.sink_tls, Tls::Implicit);
    Submission::connect(&dialer(host, "ca.pem"), &endpoint, ME, &password(), "test.example")
        .await
        .unwrap()
}

/// Sends one mail in that mode of the sink.
async fn sent(host: &MailHost, mode: &str, octets: &[u8]) -> Result<Delivery, SmtpError> {
    let mut submission = submission(host).await;
    host.sink_mode(mode);
    let (from, to) = (Address::parse(ME).unwrap(), [Address::parse(DEBTOR).unwrap()]);
    submission.envelope(&from, &to, octets).await?;
    submission.start_content().await?;
    if mode == "hang" {
        tokio::time::pause(); // nobody answers, so the clock may run ahead
    }
    let delivery = submission.content(octets).await;
    if mode == "hang" {
        tokio::time::resume();
    } else {
        submission.quit().await;
    }
    Ok(delivery)
}

#[tokio::test]
async fn each_misbehaviour_of_a_server_has_its_own_outcome() {
    let host = MailHost::start(Options::default());
    let raw = mail("out@test.example", "a\n.\n..b\n\n\n");
    assert!(matches!(
        sent(&host, "ok", &raw).await,
        Ok(Delivery::Accepted { code: 250, .. })
    ));
    assert_eq!(host.sent().last().unwrap().raw, raw); // octet for octet
    let big = mail("big@test.example", &format!("{}\n", "é".repeat(400)).repeat(10_000)); // 8 MB, 8-bit
    assert!(matches!(sent(&host, "ok", &big).await, Ok(Delivery::Accepted { .. })));
    assert!(host.sent().last().unwrap().raw == big);

    let greylisted = sent(&host, "tempfail", &raw).await.unwrap_err();
    assert!(
        matches!(
            greylisted,
            SmtpError::Temporary {
                stage: Stage::Recipient,
                code: 451,
                ..
            }
        ),
        "{greylisted:?}"
    );
    let refused = sent(&host, "permfail", &raw).await.unwrap_err();
    assert!(
        matches!(
            refused,
            SmtpError::Permanent {
                recipient_refused: true,
                code: 550,
                ..
            }
        ),
        "{refused:?}"
    );
    let limited = sent(&host, "ratelimit", &raw).await.unwrap_err();
    assert!(matches!(limited, SmtpError::Temporary { code: 421, .. }), "{limited:?}");
    assert!(matches!(
        sent(&host, "datafail", &raw).await,
        Ok(Delivery::Deferred { code: 451, .. })
    ));
    let before = host.sent().len();
    assert!(matches!(
        sent(&host, "drop", &raw).await,
        Ok(Delivery::Unknown { why: Doubt::Lost })
    ));
    assert!(matches!(
        sent(&host, "hang", &raw).await,
        Ok(Delivery::Unknown { why: Doubt::Silence })
    ));
    let both = || host.sent().len() == before + 2;
    assert!(until(Duration::from_secs(10), both)); // both were taken: "unknown" is all that can be known
    assert!(matches!(
        sent(&host, "cut", &big).await,
        Ok(Delivery::Unknown { why: Doubt::Lost })
    ));
}

#[tokio::test]
async fn one_refused_recipient_keeps_the_mail_from_all() {
    let host = MailHost::start(Options::default());
    host.sink_refuses(&["second@test.example"]);
    let mut submission = submission(&host).await;
    let to = ["first@test.example", "second@test.example"].map(|to| Address::parse(to).unwrap());
    let from = Address::parse(ME).unwrap();
    let refused = submission.envelope(&from, &to, b"x").await.unwrap_err();
    assert!(
        matches!(
            refused,
            SmtpError::Permanent {
                recipient_refused: true,
                ..
            }
        ),
        "{refused:?}"
    );
    submission
        .envelope(&from, &to[..1], b"A: b\r\n\r\nx\r\n")
        .await
        .unwrap(); // the connection goes on
    submission.start_content().await.unwrap();
    assert!(matches!(
        submission.content(b"A: b\r\n\r\nx\r\n").await,
        Delivery::Accepted { .. }
    ));
    assert_eq!(
        host.sent().iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(),
        [["first@test.example"]]
    );
}
