//! Server-sent events: `id:` = cursor, comments while nothing happens, an end when the program
//! ends.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use contracts::ports::Flow;
use contracts::{Recorded, Refusal};
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::Value;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::call::Scene;
use super::shared::{Shared, StreamPermit};
use super::stream::Commits;
use crate::problem;

/// The media type.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// What one event says. JSON has no line breaks, so it is one `data:` line.
#[derive(Debug, Clone)]
pub struct Event {
    /// From where a client may resume.
    pub id: Option<String>,
    /// Its name; `None` = `message`, what `EventSource.onmessage` gets.
    pub name: Option<&'static str>,
    /// Its data.
    pub data: Value,
}

impl Event {
    /// A commit under its cursor.
    #[must_use]
    pub fn commit(recorded: &Recorded, raw: bool) -> Self {
        Self { id: Some(recorded.cursor.to_string()), name: None, data: recorded.to_json(raw) }
    }

    fn to_bytes(&self) -> Bytes {
        let mut text = String::new();
        if let Some(id) = &self.id {
            text.push_str(&format!("id: {id}\n"));
        }
        if let Some(name) = self.name {
            text.push_str(&format!("event: {name}\n"));
        }
        text.push_str(&format!("data: {}\n\n", self.data));
        text.into()
    }
}

/// The events of `commits`; a refusal becomes an event `error` with the problem, and the end.
#[must_use]
pub fn of_commits(commits: Commits, raw: bool, scene: Arc<Scene>) -> Flow<Event> {
    Box::pin(commits.map(move |item| match item {
        Ok(recorded) => Event::commit(&recorded, raw),
        Err(refusal) => of_refusal(&refusal, &scene),
    }))
}

fn of_refusal(refusal: &Refusal, scene: &Scene) -> Event {
    let told = problem::Scene { instance: &scene.instance, trace_id: &scene.traced.id };
    Event { id: None, name: Some("error"), data: problem::body(refusal, told) }
}

/// The response that streams `events` until they end, the client leaves or the program ends.
#[must_use]
pub fn response(shared: &Shared, events: Flow<Event>, permit: StreamPermit) -> Response {
    let config = &shared.edge.config;
    let period = Duration::from_millis(config.sse_heartbeat_ms.max(1));
    let mut beat = interval(period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let shutdown = shared.edge.shutdown.clone();
    let pump = Pump { events, beat, shutdown, _permit: permit, ended: false };
    // Only a line, no blank one: a block without data would look like an empty event to some
    // clients.
    let first = Bytes::from(format!(": stream\nretry: {}\n", config.sse_retry_ms));
    let frames = stream::once(std::future::ready(first)).chain(stream::unfold(pump, Pump::next));
    let mut response = Body::from_stream(frames.map(Ok::<_, Infallible>)).into_response();
    let lines = [
        (header::CONTENT_TYPE, CONTENT_TYPE),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    for (name, value) in lines {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

struct Pump {
    events: Flow<Event>,
    beat: Interval,
    shutdown: CancellationToken,
    _permit: StreamPermit,
    ended: bool,
}

impl Pump {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        let bytes = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {
                self.ended = true;
                Bytes::from_static(b": the server is closing; come again\n\n")
            }
            event = self.events.next() => {
                self.beat.reset();
                event?.to_bytes()
            }
            _ = self.beat.tick() => Bytes::from_static(b": heartbeat\n"),
        };
        Some((bytes, self))
    }
}
