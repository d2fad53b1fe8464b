use std::sync::Arc;

use bytes::Bytes;
use contracts::Timestamp;
use contracts::ports::{Fut, PortError, Scheduled, TimerId, Timers};

use super::{World, done, lock, sendable};

/// The port on the schedules of [`super::queue::Queues`]. A schedule fires when a consumer of its
/// partition looks, which it does when the schedule is due.
pub(super) struct MemoryTimers(pub(super) Arc<World>);

impl Timers for MemoryTimers {
    fn set(
        &self,
        timer: TimerId,
        at: Timestamp,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Result<(), PortError>> {
        done(sendable(headers, &payload).map(|headers| {
            let due = self.0.clock.instant(at);
            lock(&self.0.commands).schedule(timer, (at, due), headers, payload);
            self.0.commands_changed.notify_waiters();
        }))
    }

    fn cancel(&self, timer: TimerId) -> Fut<'_, Result<(), PortError>> {
        lock(&self.0.commands).cancel(&timer);
        done(Ok(()))
    }

    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>> {
        done(Ok(lock(&self.0.commands).scheduled()))
    }
}
