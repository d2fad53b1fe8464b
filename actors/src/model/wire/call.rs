//! One request over HTTP and its answer, within limits of time and size.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::failure::{Failure, Refused, retry_after_ms};
use super::sse::{Event, Frames};
use super::{Format, Parts, json};
use crate::model::config::ProviderConfig;
use crate::model::delta::{Delta, Deltas};
use crate::model::error::ModelError;
use crate::model::telling;

/// The longest error that is read, in bytes.
const ERROR_BYTES_MAX: usize = 64 * 1_024;

/// The times of one call.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    begun: Instant,
    first: Duration,
    idle: Duration,
    total: Duration,
}

impl Times {
    /// Of a call that begins now.
    pub fn of(config: &ProviderConfig) -> Self {
        Self {
            begun: Instant::now(),
            first: Duration::from_millis(config.first_token_timeout_ms),
            idle: Duration::from_millis(config.idle_timeout_ms),
            total: Duration::from_millis(config.timeout_ms),
        }
    }

    fn end(&self) -> Instant {
        self.begun + self.total
    }

    /// When what comes next must have come.
    fn next(&self, streams: bool, begun: bool) -> Instant {
        let next = match (streams, begun) {
            (false, _) => return self.end(),
            (true, false) => self.begun + self.first,
            (true, true) => Instant::now() + self.idle,
        };
        next.min(self.end())
    }
}

/// Silence after something was sent.
fn silent() -> Failure {
    Failure::unknown(ModelError::Timeout)
}

/// Why nothing was sent, or nothing came back. The words are ours: a library's may hold a URL.
fn unsent(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        return Failure::nothing(ModelError::Network("no connection can be made".to_owned()));
    }
    if error.is_builder() {
        return Failure::nothing(ModelError::Internal("the request cannot be made".to_owned()));
    }
    if error.is_timeout() {
        return silent();
    }
    Failure::unknown(ModelError::Network("the connection was lost".to_owned()))
}

/// Sends a request and waits for the head of its answer.
pub async fn send(
    request: reqwest::RequestBuilder,
    times: Times,
    streams: bool,
) -> Result<Response, Failure> {
    let request = telling::traced(request);
    let sent = timeout_at(times.next(streams, false), request.send()).await;
    sent.map_err(|_| silent())?.map_err(|error| unsent(&error))
}

/// A body of at most `most` bytes.
async fn body(response: Response, times: Times, most: usize) -> Result<Vec<u8>, Failure> {
    let (mut bytes, mut chunks) = (Vec::new(), response.bytes_stream());
    loop {
        let chunk = timeout_at(times.end(), chunks.next()).await.map_err(|_| silent())?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        let chunk = chunk.map_err(|error| unsent(&error))?;
        if bytes.len() + chunk.len() > most {
            let told = format!("its answer has more than {most} bytes (answer_bytes_max)");
            return Err(Failure::failed(ModelError::Provider(told)));
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// The JSON of an answer that came whole.
pub async fn whole(response: Response, times: Times, most: usize) -> Result<Value, Failure> {
    let bytes = body(response, times, most).await?;
    json(std::str::from_utf8(&bytes).unwrap_or_default())
}

/// What an answer with an error status means.
pub async fn error(
    response: Response,
    times: Times,
    (format, model): (&dyn Format, &str),
) -> Failure {
    let status = response.status().as_u16();
    let retry_after_ms = after(response.headers());
    let bytes = body(response, times, ERROR_BYTES_MAX).await.unwrap_or_default();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    format.refused(&Refused { status, body: &body, model, retry_after_ms, begun: false })
}

fn after(headers: &HeaderMap) -> Option<u64> {
    retry_after_ms(|name| headers.get(name)?.to_str().ok())
}

fn is_of(response: &Response, media: &str) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(media))
}

fn is_whole(event: &Event) -> bool {
    event.data.trim() == "[DONE]" || serde_json::from_str::<Value>(&event.data).is_ok()
}

/// The parts of an answer in pieces, each told to `deltas` as it comes.
pub async fn pieces(
    response: Response,
    times: Times,
    (format, config): (&dyn Format, &ProviderConfig),
    deltas: Deltas<'_>,
) -> Result<Parts, Failure> {
    // Some servers give the whole at once though they were asked for pieces.
    if is_of(&response, "application/json") {
        let parts = format.answer(&whole(response, times, config.answer_bytes_max).await?)?;
        if !parts.text.is_empty() {
            deltas(Delta::Text(&parts.text));
        }
        return Ok(parts);
    }
    if !is_of(&response, "text/event-stream") {
        let told = "its answer is neither JSON nor a stream of events".to_owned();
        return Err(Failure::failed(ModelError::Provider(told)));
    }
    let mut frames = Frames::new(config.frame_bytes_max, config.answer_bytes_max);
    let (mut reader, mut begun) = (format.reader(), false);
    let mut chunks = response.bytes_stream();
    let mut ended = false;
    while !ended {
        let chunk = timeout_at(times.next(true, begun), chunks.next()).await;
        let events = match chunk.map_err(|_| silent())? {
            Some(chunk) => {
                let chunk = chunk.map_err(|error| unsent(&error));
                frames.push(&chunk?).map_err(Failure::unknown)?
            }
            None => {
                ended = true;
                // What was cut off in the middle of a frame is no frame.
                let last = frames.end().map_err(Failure::unknown)?;
                last.filter(is_whole).into_iter().collect()
            }
        };
        for event in events {
            let mut say = |piece: Delta<'_>| {
                begun = true;
                deltas(piece);
            };
            if reader.event(&event, &mut say)? {
                ended = true;
                break;
            }
        }
    }
    let cut = || Failure::unknown(ModelError::Network("its answer was cut off".to_owned()));
    reader.parts().ok_or_else(cut)
}
