use std::sync::Arc;
use std::time::Duration;

use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, PortError};
use contracts::{Address, Cursor, Kind};
use futures_util::StreamExt as _;

use super::{Wire, fault};

/// EVENTS as one run of the program meets it.
pub struct SimLog {
    /// The log itself.
    pub inner: Arc<dyn Log>,
    /// The way to it.
    pub wire: Wire,
}

/// How many of the log's last messages a reader that lags may not see.
const LAG_MESSAGES_MAX: u64 = 4;

/// How late a message in flight may arrive, in milliseconds.
const LATE_MS_MAX: u64 = 4_000;

fn doubt() -> AppendError {
    AppendError::InDoubt("a fault".to_owned())
}

impl SimLog {
    async fn append_now(&self, append: Append) -> Result<Vec<Cursor>, AppendError> {
        let Wire { life, chaos, trace } = &self.wire;
        let killed = |_| AppendError::InDoubt("killed".to_owned());
        life.gate().await.map_err(killed)?;
        chaos.take_time().await;
        let number = life.number;
        let Append { address, payloads, expected } = &append;
        let what = format!("{number} append {address}@{expected}+{}", payloads.len());
        let result = if chaos.is_leaderless() || chaos.strikes(|rates| rates.append_failed) {
            Err(AppendError::Unavailable("a fault".to_owned()))
        } else if chaos.strikes(|rates| rates.append_refused) {
            Err(AppendError::Refused("the disk is full".to_owned()))
        } else if chaos.strikes(|rates| rates.append_lost) {
            Err(doubt())
        } else if chaos.strikes(|rates| rates.append_late) {
            self.arrive_late(append.clone());
            Err(doubt())
        } else if chaos.strikes(|rates| rates.ack_lost) {
            let unheard = self.inner.append(append).await;
            trace.note(format_args!("{number} unheard {unheard:?}"));
            Err(doubt())
        } else if chaos.strikes(|rates| rates.leader_changed) {
            chaos.lose_leader();
            trace.note(format_args!("{number} loses the leader"));
            // Both have heard it, or only the one who says that it leads no more.
            if chaos.below(2) == 0 {
                self.arrive_late(append.clone());
            }
            Err(if chaos.below(2) == 0 { AppendError::Conflict } else { doubt() })
        } else if chaos.strikes(|rates| rates.append_denied) {
            if chaos.below(2) == 0 {
                let unheard = self.inner.append(append).await;
                trace.note(format_args!("{number} unheard {unheard:?}"));
            } else {
                self.arrive_late(append.clone());
            }
            Err(AppendError::Conflict)
        } else {
            self.inner.append(append).await
        };
        trace.note(format_args!("{what} {result:?}"));
        life.gate().await.map_err(killed)?;
        result
    }

    /// The message is under way, whatever becomes of its sender.
    fn arrive_late(&self, append: Append) {
        let (log, trace) = (Arc::clone(&self.inner), self.wire.trace.clone());
        let pause = Duration::from_millis(self.wire.chaos.below(LATE_MS_MAX));
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let what = format!("{}@{}", append.address, append.expected);
            let result = log.append(append).await;
            trace.note(format_args!("late {what} {result:?}"));
        });
    }

    /// The way of a question that only the leader answers.
    async fn of_leader<T>(
        &self,
        read: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let led = async { if self.wire.chaos.is_leaderless() { Err(fault()) } else { read.await } };
        self.wire.call(|rates| rates.read_failed, led).await
    }

    /// Up to where a reader sees now.
    async fn horizon(&self) -> Result<Cursor, PortError> {
        if !self.wire.chaos.strikes(|rates| rates.read_stale) {
            return Ok(Cursor(u64::MAX));
        }
        let head = self.inner.head().await?;
        Ok(Cursor(head.0.saturating_sub(self.wire.chaos.below(LAG_MESSAGES_MAX + 1))))
    }
}

impl Log for SimLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        Box::pin(self.append_now(append))
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        let read = async move {
            let horizon = self.horizon().await?;
            let mut page = self.inner.read(address, after, limit).await?;
            page.retain(|stored| stored.cursor <= horizon);
            Ok(page)
        };
        Box::pin(self.wire.call(|rates| rates.read_failed, read))
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        Box::pin(self.of_leader(self.inner.first_after(address, after)))
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        Box::pin(self.of_leader(self.inner.last(address)))
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        let read = async move {
            let horizon = self.horizon().await?;
            let found = self.inner.get(cursor).await?;
            Ok(found.filter(|_| cursor <= horizon))
        };
        Box::pin(self.wire.call(|rates| rates.read_failed, read))
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        Box::pin(self.of_leader(self.inner.head()))
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        let state = (self.inner.follow(after), self.wire.clone(), false);
        Box::pin(futures_util::stream::unfold(state, |(mut flow, wire, broken)| async move {
            if broken {
                return None;
            }
            let item = flow.next().await?;
            wire.chaos.take_time().await;
            if wire.life.gate().await.is_err() {
                std::future::pending::<()>().await;
            }
            let broken = wire.chaos.strikes(|rates| rates.follow_broken);
            let item = if broken { Err(fault()) } else { item };
            Some((item, (flow, wire, broken)))
        }))
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        let state = (self.inner.read_kinds(kinds, after, upto), self.wire.clone(), false);
        Box::pin(futures_util::stream::unfold(state, |(mut flow, wire, broken)| async move {
            if broken {
                return None;
            }
            let item = flow.next().await?;
            let broken = wire.chaos.strikes(|rates| rates.read_failed);
            let item = if broken { Err(fault()) } else { item };
            Some((item, (flow, wire, broken)))
        }))
    }
}
