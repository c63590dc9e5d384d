//! The clock: the machine's own, or one that tests turn by hand.

use chrono::{DateTime, Duration, Utc};
use tokio::time::Instant;

/// Tells the time. A virtual clock moves with tokio's, which tests can pause and advance.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A wall clock that showed `epoch` at `origin`, and runs as tokio's does.
    Virtual {
        /// What it showed.
        epoch: DateTime<Utc>,
        /// When it showed that.
        origin: Instant,
    },
}

impl Clock {
    /// A virtual clock that shows `epoch` now.
    pub fn starting_at(epoch: DateTime<Utc>) -> Clock {
        Clock::Virtual {
            epoch,
            origin: Instant::now(),
        }
    }

    /// The wall time.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => Utc::now(),
            Clock::Virtual { epoch, origin } => {
                *epoch + Duration::from_std(origin.elapsed()).unwrap_or(Duration::zero())
            }
        }
    }
}

/// Tells a jump of the wall clock from the passing of time, by comparing it with the monotonic one.
#[derive(Debug)]
pub struct JumpWatch {
    wall: DateTime<Utc>,
    steady: Instant,
}

impl JumpWatch {
    /// Begins to compare.
    pub fn new(clock: &Clock) -> JumpWatch {
        JumpWatch {
            wall: clock.now(),
            steady: Instant::now(),
        }
    }

    /// By how much the wall clock moved beyond the time that passed since the last call; a machine that slept shows too.
    pub fn jump(&mut self, clock: &Clock) -> Duration {
        let passed = Duration::from_std(self.steady.elapsed()).unwrap_or(Duration::zero());
        let moved = clock.now() - self.wall;
        *self = JumpWatch::new(clock);
        moved - passed
    }
}
