//! The board behind a lock, and who is told when it changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::{EffectId, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::board::Board;
use super::growing::Growing;
use super::job::Ended;
use crate::config::Config;
use crate::policy::Standing as Switches;

/// What all parts of a runtime share about effects.
pub struct Desk {
    board: Mutex<Board>,
    /// Answers while they grow.
    pub growing: Growing,
    /// Something may start.
    pub changed: Notify,
    /// Said once, when the program is about to end: nothing more starts.
    pub draining: CancellationToken,
    /// Said once, when what had started has ended.
    pub drained: CancellationToken,
}

impl Desk {
    /// A desk that has read nothing.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            board: Mutex::new(Board::new(config)),
            growing: Growing::default(),
            changed: Notify::new(),
            draining: CancellationToken::new(),
            drained: CancellationToken::new(),
        }
    }

    /// The board. Nobody waits for anything while holding it.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Other switches are engaged: what they hold does not start.
    pub fn switched(&self, switches: Arc<Switches>) {
        self.board().switched(switches);
        self.changed.notify_one();
    }

    /// What was at work on an effect has ended.
    pub fn ended(&self, id: EffectId, how: Ended, now: Timestamp) {
        self.board().ended(id, how, now);
        self.changed.notify_one();
    }

    /// What was sent is taken: only its answer is waited for.
    pub fn waits(&self, id: EffectId) {
        self.board().waits(id);
        self.changed.notify_one();
    }

    /// Those behind an effect may start.
    pub fn pass(&self, id: EffectId) {
        self.board().pass(id);
        self.changed.notify_one();
    }
}
