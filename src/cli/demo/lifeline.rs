//! Ties a child process to this one: it ends with us, even where we are killed and clean nothing up.

use std::process::{Child, Command, Stdio};

/// Kills a process when this value, or the process that holds it, is gone.
#[derive(Debug)]
pub struct Lifeline {
    /// A shell that waits for the end of its input, which only we hold open.
    watcher: Child,
}

impl Lifeline {
    /// Ties the process of that number to this one.
    ///
    /// # Errors
    /// There is no shell to watch.
    pub fn tie(pid: u32) -> std::io::Result<Lifeline> {
        let watcher = Command::new("sh")
            .args([
                "-c",
                "trap '' INT TERM HUP; cat >/dev/null; kill -KILL \"$0\"",
                &pid.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Lifeline { watcher })
    }

    /// Lets go of a process that has ended and been waited for: its number may be another's soon.
    pub fn untie(mut self) {
        // A watcher that is gone already watches nothing.
        drop(self.watcher.kill());
        drop(self.watcher.wait());
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        drop(self.watcher.wait());
    }
}
