//! The user's wish to stop: Ctrl-C, or the service manager's SIGTERM.

use futures_util::FutureExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for both signals.
#[derive(Debug)]
pub struct StopSignal {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    came: bool,
}

impl StopSignal {
    /// Begins to listen. Where signals cannot be had, only a kill ends the daemon, which it survives.
    pub fn new() -> StopSignal {
        StopSignal {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
            came: false,
        }
    }

    /// Returns when either comes, or has come before.
    pub async fn wait(&mut self) {
        if self.came {
            return;
        }
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
        self.came = true;
    }

    /// Whether either has come.
    pub fn has_come(&mut self) -> bool {
        self.came || self.wait().now_or_never().is_some()
    }
}

impl Default for StopSignal {
    fn default() -> StopSignal {
        StopSignal::new()
    }
}

async fn one(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
