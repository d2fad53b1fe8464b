//! Who waits for the final answer to which command.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::{Address, CommandId, Recorded};
use tokio::sync::oneshot;

/// Two actors may know commands of the same id.
type Key = (Address, CommandId);
type Table = HashMap<Key, Vec<(u64, oneshot::Sender<Arc<Recorded>>)>>;

/// Woken by the tail, commit by commit. A cheap clone is the same table.
#[derive(Clone, Default)]
pub struct Waiters {
    table: Arc<Mutex<(u64, Table)>>,
}

/// One wait; forgotten when dropped.
pub struct Waiting {
    waiters: Waiters,
    key: Key,
    number: u64,
    /// The commit that completes the command.
    pub answered: oneshot::Receiver<Arc<Recorded>>,
}

impl Waiters {
    /// Begins to wait. What completes before this is not heard.
    pub fn wait(&self, actor: Address, command: CommandId) -> Waiting {
        let (sender, answered) = oneshot::channel();
        let key = (actor, command);
        let mut guard = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        guard.0 += 1;
        let number = guard.0;
        guard.1.entry(key.clone()).or_default().push((number, sender));
        Waiting { waiters: self.clone(), key, number, answered }
    }

    /// Tells all whom a commit answers.
    pub fn tell(&self, recorded: &Arc<Recorded>) {
        if recorded.commit.completions.is_empty() {
            return;
        }
        let mut guard = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for completion in &recorded.commit.completions {
            let key = (recorded.commit.address(), completion.command_id);
            for (_, sender) in guard.1.remove(&key).into_iter().flatten() {
                // Whoever no longer listens needs no answer.
                let _ = sender.send(recorded.clone());
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut guard = self.waiters.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = guard.1.get_mut(&self.key) {
            waiting.retain(|(number, _)| *number != self.number);
            if waiting.is_empty() {
                guard.1.remove(&self.key);
            }
        }
    }
}
