//! Whether the broker still answers what is appended, as long as the connection is alive.
//!
//! A server whose disk is full stops acknowledging one stream for ever, while it goes on answering
//! everything else. What waits for it then would hang; so new appends are refused, and one at a
//! time is let through, whose answer says that it goes on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contracts::ports::AppendError;
use tokio::sync::watch;

/// What is on its way, and since when nothing of it was answered.
pub(super) struct Still {
    limit: Duration,
    losses: watch::Receiver<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: usize,
    /// Since when there is no answer, and how often the connection had been lost then.
    silent: Option<(Instant, u64)>,
}

/// Something on its way; it has landed when this is dropped.
pub(super) struct Flight(Arc<Still>);

impl Still {
    /// Appends stand still when none is answered for `limit` on one connection.
    pub(super) fn new(limit: Duration, losses: watch::Receiver<u64>) -> Arc<Self> {
        Arc::new(Self { limit, losses, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something leaves.
    pub(super) fn leave(self: &Arc<Self>) -> Flight {
        let losses = *self.losses.borrow();
        let mut state = self.state();
        state.under_way += 1;
        // What was lost with an earlier connection says nothing of this one.
        if state.silent.is_none_or(|(_, before)| before != losses) {
            state.silent = Some((Instant::now(), losses));
        }
        drop(state);
        Flight(Arc::clone(self))
    }

    /// For how long nothing has been answered, when that is longer than the limit.
    pub(super) fn stands(&self) -> Option<Duration> {
        let losses = *self.losses.borrow();
        let (since, before) = self.state().silent?;
        let silent = since.elapsed();
        (before == losses && silent >= self.limit).then_some(silent)
    }

    /// Refuses what comes while appends stand still and one of them is under way already.
    pub(super) fn check(&self) -> Result<(), AppendError> {
        if self.stands().is_some() && self.state().under_way > 0 {
            return Err(unanswered());
        }
        Ok(())
    }
}

/// What is told to those who were not sent at all.
pub(super) fn unanswered() -> AppendError {
    AppendError::Unavailable("the broker acknowledges nothing of what was appended".to_owned())
}

impl Flight {
    /// What came back: only no answer at all is silence.
    pub(super) fn answered(&self, error: Option<&AppendError>) {
        if matches!(error, Some(AppendError::InDoubt(_))) {
            return;
        }
        let losses = *self.0.losses.borrow();
        let mut state = self.0.state();
        state.silent = (state.under_way > 1).then(|| (Instant::now(), losses));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::ports::AppendError;
    use tokio::sync::watch;

    use super::Still;

    #[test]
    fn silence_refuses_all_but_one_until_an_answer_comes() {
        let (_lost, losses) = watch::channel(0);
        let still = Still::new(Duration::ZERO, losses);
        assert!(still.stands().is_none(), "nothing was asked");
        let first = still.leave();
        assert!(still.stands().is_some() && still.check().is_err());
        first.answered(Some(&AppendError::InDoubt("time".to_owned())));
        drop(first);
        assert!(still.stands().is_some(), "a time limit is no answer");
        assert_eq!(still.check(), Ok(()), "one may try");
        let second = still.leave();
        assert!(still.check().is_err());
        second.answered(Some(&AppendError::Conflict));
        assert!(still.stands().is_none(), "it answers");
    }

    #[test]
    fn a_lost_connection_begins_anew() {
        let (lost, losses) = watch::channel(0);
        let still = Still::new(Duration::ZERO, losses);
        let first = still.leave();
        lost.send_replace(1);
        assert!(still.stands().is_none() && still.check().is_ok());
        drop(first);
        let _second = still.leave();
        assert!(still.stands().is_some());
    }
}
