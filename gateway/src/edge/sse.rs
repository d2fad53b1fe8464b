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
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::call::Scene;
use super::needs::Reader;
use super::shared::{Shared, StreamPermit};
use super::stream::Commits;
use crate::problem::{self, codes};

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
    pub data: Data,
}

/// The data of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// What nearly all have.
    Json(Value),
    /// A word of another dialect, such as `[DONE]`: one line.
    Word(&'static str),
}

impl Data {
    /// The JSON, unless it is a word.
    #[must_use]
    pub const fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Word(_) => None,
        }
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl std::fmt::Display for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(value) => value.fmt(f),
            Self::Word(word) => f.write_str(word),
        }
    }
}

impl Event {
    /// A commit under its cursor.
    #[must_use]
    pub fn commit(recorded: &Recorded, raw: bool) -> Self {
        Self {
            id: Some(recorded.cursor.to_string()),
            name: None,
            data: recorded.to_json(raw).into(),
        }
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

/// The events with their personal data as `reader` sees it.
#[must_use]
pub fn shown(events: Flow<Event>, reader: Reader) -> Flow<Event> {
    Box::pin(events.then(move |mut event| {
        let reader = reader.clone();
        async move {
            if let Data::Json(value) = event.data {
                event.data = reader.shown(value).await.into();
            }
            event
        }
    }))
}

/// The event that tells a refusal, and after which there is nothing.
#[must_use]
pub fn of_refusal(refusal: &Refusal, scene: &Scene) -> Event {
    Event { id: None, name: Some("error"), data: problem::body(refusal, scene.told()).into() }
}

/// The response that streams `events` until they end, the client leaves or the program ends.
#[must_use]
pub fn response(
    shared: &Shared,
    events: Flow<Event>,
    permit: StreamPermit,
    scene: Arc<Scene>,
) -> Response {
    let config = &shared.edge.config;
    let period = Duration::from_millis(config.sse_heartbeat_ms.max(1));
    let mut beat = interval(period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let shutdown = shared.edge.shutdown.clone();
    let stall = Duration::from_millis(config.sse_stall_ms.max(1));
    let (retry_ms, ended) = (config.sse_retry_ms, false);
    let (last, given) = (None, None);
    let pump = Pump {
        events,
        beat,
        shutdown,
        stall,
        retry_ms,
        scene,
        last,
        given,
        _permit: permit,
        ended,
    };
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
    /// How long one event may wait to be taken.
    stall: Duration,
    retry_ms: u64,
    scene: Arc<Scene>,
    /// The id of the last event that was given.
    last: Option<String>,
    /// When the last bytes were given.
    given: Option<Instant>,
    _permit: StreamPermit,
    ended: bool,
}

impl Pump {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        // Nobody comes for more before the last bytes have found room: who comes late is slow. A
        // reader holds nothing but these bytes, however far behind it is.
        if self.given.is_some_and(|given| given.elapsed() > self.stall) {
            self.ended = true;
            return Some((self.sent_away().to_bytes(), self));
        }
        let bytes = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {
                self.ended = true;
                Bytes::from_static(b": the server is closing; come again\n\n")
            }
            event = self.events.next() => {
                self.beat.reset();
                let event = event?;
                if event.id.is_some() {
                    self.last.clone_from(&event.id);
                }
                event.to_bytes()
            }
            _ = self.beat.tick() => Bytes::from_static(b": heartbeat\n"),
        };
        self.given = Some(Instant::now());
        Some((bytes, self))
    }

    /// The last word to a slow reader: where to go on.
    fn sent_away(&self) -> Event {
        let refusal = codes::reader_too_slow(self.last.as_deref(), self.retry_ms);
        Event { id: self.last.clone(), ..of_refusal(&refusal, &self.scene) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use axum::body::BodyDataStream;

    use super::*;
    use crate::edge::testing::shared;
    use crate::edge::trace::Traced;
    use crate::problem::Words;

    fn scene() -> Arc<Scene> {
        let none = contracts::telemetry::Tracer::default();
        let (traced, _) = Traced::enter(&none, &axum::http::HeaderMap::new(), "GET");
        let (request_id, instance) = (String::new(), "/v1/events".to_owned());
        Arc::new(Scene {
            traced,
            request_id,
            instance,
            peer: String::new(),
            certificate: Vec::new(),
            words: Words::Own,
        })
    }

    /// Events without end, and how many were taken of them.
    fn endless() -> (Flow<Event>, Arc<AtomicU64>) {
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&taken);
        let events = stream::iter(1_u64..).map(move |number| {
            counted.fetch_add(1, Ordering::SeqCst);
            let id = Some(number.to_string());
            Event { id, name: None, data: serde_json::json!({ "number": number }).into() }
        });
        (Box::pin(events), taken)
    }

    async fn frame(body: &mut BodyDataStream) -> String {
        let bytes = body.next().await.expect("a frame").expect("no error");
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_holds_one_event_and_is_told_where_to_resume() {
        let shared = shared(crate::edge::Config { sse_stall_ms: 1_000, ..Default::default() });
        let permit = shared.open_stream(&shared.edge.config.tenant).expect("a place");
        let (events, taken) = endless();
        let mut body = response(&shared, events, permit, scene()).into_body().into_data_stream();
        assert!(frame(&mut body).await.starts_with(": stream"));
        for number in 1..=3_u64 {
            tokio::time::sleep(Duration::from_millis(900)).await;
            assert!(frame(&mut body).await.starts_with(&format!("id: {number}\n")), "slow enough");
            assert_eq!(taken.load(Ordering::SeqCst), number, "nothing is read ahead for it");
        }
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let told = frame(&mut body).await;
        assert!(told.starts_with("id: 3\nevent: error\n"), "{told}");
        assert!(told.contains("reader_too_slow") && told.contains("\"after\":\"3\""), "{told}");
        assert!(body.next().await.is_none(), "that was all");
        assert_eq!(taken.load(Ordering::SeqCst), 3);
    }
}
