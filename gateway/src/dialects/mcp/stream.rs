//! An answer as server-sent events: what is told on the way, then the answer, then the end. With a
//! session each event has an id `<stream>-<message>`, after which a client can go on.

use std::sync::Arc;

use axum::response::Response;
use contracts::Refusal;
use contracts::ports::Flow;
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::outbox::Outbox;
use crate::edge::call::Call;
use crate::edge::shared::{Shared, StreamPermit};
use crate::edge::sse::{self, Data, Event};
use crate::edge::standing;
use crate::problem::Spoken;

/// A task that ends with whoever waits for it.
pub struct Aborted(pub JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends a stream however the task that writes it ends.
pub struct Ending(pub Arc<Outbox>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A stream that is read from its beginning.
pub struct Reading {
    /// Its messages.
    pub outbox: Arc<Outbox>,
    /// Its number in the session; `None` = it cannot be resumed.
    pub number: Option<u64>,
    /// Who writes it, when that ends with the reading.
    pub _task: Option<Aborted>,
}

/// Where an event id stands: the stream and the message.
#[must_use]
pub fn place(text: &str) -> Option<(u64, u64)> {
    let (number, after) = text.split_once('-')?;
    Some((number.parse().ok()?, after.parse().ok()?))
}

fn event(number: Option<u64>, at: u64, message: &Value) -> Event {
    let id = number.map(|number| format!("{number}-{at}"));
    Event { id, name: None, data: Data::Json(message.clone()) }
}

/// The events of a stream. One that can be resumed begins with an event that says only where.
#[must_use]
pub fn events(reading: Reading) -> Flow<Event> {
    let Reading { outbox, number, _task } = reading;
    let first = number.map(|number| Event {
        id: Some(format!("{number}-0")),
        name: None,
        data: Data::Word(""),
    });
    let rest = outbox.follow(0).map(move |(at, message)| {
        // Held until the last event: whoever stops reading ends the task.
        let _held = &_task;
        event(number, at, &message)
    });
    Box::pin(stream::iter(first).chain(rest))
}

/// The events of a stream after one of them.
#[must_use]
pub fn resumed(outbox: &Arc<Outbox>, number: u64, after: u64) -> Flow<Event> {
    Box::pin(outbox.follow(after).map(move |(at, message)| event(Some(number), at, &message)))
}

/// Whether an answer goes on.
#[must_use]
pub fn is_stream(response: &Response) -> bool {
    response.extensions().get::<Streamed>().is_some()
}

#[derive(Debug, Clone, Copy)]
struct Streamed;

/// The events as an answer, as long as whoever opened it is somebody.
///
/// # Errors
/// `unauthenticated`.
pub fn response(
    shared: &Arc<Shared>,
    call: &Call,
    events: Flow<Event>,
    permit: StreamPermit,
) -> Result<Response, Refusal> {
    let gone = standing::gone(shared, call.identity()?);
    let events = Box::pin(events.take_until(Box::pin(gone)));
    let mut response = sse::response(shared, events, permit, Arc::clone(&call.scene));
    response.extensions_mut().insert(Spoken);
    response.extensions_mut().insert(Streamed);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_says_where_it_stands() {
        assert_eq!(place("7-12"), Some((7, 12)));
        for bad in ["", "7", "7-", "a-1", "7-1-2"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn a_stream_that_can_be_resumed_says_so_first() {
        let outbox = Outbox::new(8);
        outbox.push(json!({ "id": 1 }));
        outbox.end();
        let reading = Reading { outbox: Arc::clone(&outbox), number: Some(3), _task: None };
        let events: Vec<_> = events(reading).collect().await;
        assert_eq!(events[0].data, Data::Word(""));
        assert_eq!(events[0].id.as_deref(), Some("3-0"));
        assert_eq!(events[1].id.as_deref(), Some("3-1"));
        assert_eq!(resumed(&outbox, 3, 1).count().await, 0);
    }
}
