//! The life of one run of the program: up, held as a process that the system has stopped, or gone.
//!
//! A process that is gone is one that no longer touches the world. Its tasks may still be in
//! memory; whatever they try at a port comes to nothing.

use std::sync::Mutex;

use tokio::sync::Notify;

use super::trace::lock;

/// Where a run of the program stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It runs.
    Up,
    /// It is stopped, and may go on later without knowing.
    Held,
    /// It was killed.
    Gone,
}

/// It was killed.
#[derive(Debug, Clone, Copy)]
pub struct Killed;

/// The life of one run of the program.
pub struct Life {
    /// Which run.
    pub number: u64,
    phase: Mutex<Phase>,
    /// Wakes in the order in which they came, unlike a `watch`.
    changed: Notify,
    fuse: Mutex<Option<u64>>,
}

impl Life {
    /// The life of run `number`.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            phase: Mutex::new(Phase::Up),
            changed: Notify::new(),
            fuse: Mutex::default(),
        }
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        *lock(&self.phase)
    }

    /// Moves on. A killed one stays killed.
    pub fn enter(&self, phase: Phase) {
        let mut now = lock(&self.phase);
        if *now != Phase::Gone && *now != phase {
            *now = phase;
            self.changed.notify_waiters();
        }
    }

    /// It dies at the `calls`-th pass of a gate from now: before or after a call of a port.
    pub fn light_fuse(&self, calls: u64) {
        *lock(&self.fuse) = Some(calls);
    }

    /// Whether it will die by itself.
    pub fn is_doomed(&self) -> bool {
        lock(&self.fuse).is_some()
    }

    /// Stands before and after every call of a port: waits while held.
    ///
    /// # Errors
    /// When it was killed, or dies here.
    pub async fn gate(&self) -> Result<(), Killed> {
        self.burn();
        self.awake().await
    }

    /// Waits while held.
    ///
    /// # Errors
    /// When it was killed.
    pub async fn awake(&self) -> Result<(), Killed> {
        if self.until(|phase| phase != Phase::Held).await == Phase::Up {
            Ok(())
        } else {
            Err(Killed)
        }
    }

    /// Resolves when it is killed.
    pub async fn ended(&self) {
        self.until(|phase| phase == Phase::Gone).await;
    }

    async fn until(&self, is: impl Fn(Phase) -> bool) -> Phase {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let phase = self.phase();
            if is(phase) {
                return phase;
            }
            changed.await;
        }
    }

    fn burn(&self) {
        let mut fuse = lock(&self.fuse);
        let Some(left) = fuse.as_mut() else { return };
        if *left == 0 {
            *fuse = None;
            drop(fuse);
            self.enter(Phase::Gone);
        } else {
            *left -= 1;
        }
    }
}
