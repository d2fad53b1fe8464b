use bytes::Bytes;

use super::{Fut, PortError};
use crate::address::Address;
use crate::ids::ActorId;
use crate::time::Timestamp;

/// The name of a timer: an actor and a name within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId {
    /// Whose timer.
    pub address: Address,
    /// Which one.
    pub name: ActorId,
}

/// A schedule as the broker holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Whose; `Err` = the subject, which names none.
    pub timer: Result<TimerId, String>,
    /// When it fires; `None` = not by an instant, which nobody here sets.
    pub at: Option<Timestamp>,
    /// The headers that it was set with.
    pub headers: Vec<(String, String)>,
}

/// One-shot schedules in COMMANDS: a firing is a durable command.
pub trait Timers: Send + Sync {
    /// Puts a message into COMMANDS at `at`, or at once when that has passed; replaces a timer of
    /// the same name.
    fn set(
        &self,
        timer: TimerId,
        at: Timestamp,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Result<(), PortError>>;

    /// Cancels a timer; one that does not exist is cancelled already.
    fn cancel(&self, timer: TimerId) -> Fut<'_, Result<(), PortError>>;

    /// All schedules that have not fired, in no order.
    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>>;
}
