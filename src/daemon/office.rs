//! What every part of the daemon works with and none of them changes: configuration, clock, ways to the servers.

use chrono::{DateTime, Utc};

use crate::model::policy::Policy;
use crate::wires::clock::Clock;
use crate::wires::config::settings::Config;
use crate::wires::net::dialer::Dialer;

/// The fixed surroundings of one account's daemon.
#[derive(Debug)]
pub struct Office {
    /// What the user configured.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The way to the mailbox.
    pub imap: Dialer,
    /// The way to the submission server.
    pub smtp: Dialer,
}

impl Office {
    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The user's rules.
    pub fn policy(&self) -> &Policy {
        &self.config.policy
    }
}
