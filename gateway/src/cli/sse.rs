//! A client of server-sent events that comes back after a cut, where it was.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use tokio::time::timeout;

use super::client::Client;
use super::failure::{Failure, Problem};
use super::history::Range;

/// Pause before the first attempt to come back, in milliseconds; doubles up to the longest.
const RETRY_MS_MIN: u64 = 100;
/// The longest such pause, in milliseconds.
const RETRY_MS_MAX: u64 = 5_000;
/// How long the server may be silent, in milliseconds: it sends a heartbeat more often than that.
const SILENCE_MS_MAX: u64 = 60_000;
/// The longest event that is taken, in bytes.
const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its position: what to come back with.
    pub id: Option<String>,
    /// Its type; `message` when the server does not say.
    pub name: Option<String>,
    /// Its data.
    pub data: String,
}

/// What happens on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An event.
    Event(Event),
    /// The stream was cut; an attempt to come back follows.
    Cut {
        /// Why.
        reason: String,
    },
}

/// A stream that outlives its connections.
pub struct Stream {
    client: Client,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<BoxStream<'static, reqwest::Result<Bytes>>>,
    parser: Parser,
    last: Option<String>,
    retry_ms: u64,
}

impl Stream {
    /// Connects to the events of `range`.
    ///
    /// # Errors
    /// When the first attempt fails; later ones are repeated.
    pub async fn open(client: Client, range: Range) -> Result<Self, Failure> {
        Self::at(client, range.path(), range.query()).await
    }

    /// Connects to the events at `path`.
    ///
    /// # Errors
    /// As [`Stream::open`].
    pub async fn at(
        client: Client,
        path: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<Self, Failure> {
        let (parser, last, retry_ms) = (Parser::default(), None, RETRY_MS_MIN);
        let mut stream = Self { client, path, query, body: None, parser, last, retry_ms };
        stream.connect().await?;
        Ok(stream)
    }

    async fn connect(&mut self) -> Result<(), Failure> {
        let request = self.client.request(Method::GET, &self.path, &self.query);
        let mut request = request.header(ACCEPT, "text/event-stream");
        if let Some(last) = &self.last {
            request = request.header("last-event-id", last);
        }
        let response = self.client.send(request).await?;
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(Failure::Failed("the server did not answer with events".to_owned()));
        }
        self.parser = Parser::default();
        self.body = Some(response.bytes_stream().boxed());
        Ok(())
    }

    /// What happens next. Never ends by itself.
    ///
    /// # Errors
    /// When the server refuses to go on, such as after the key was withdrawn.
    pub async fn next(&mut self) -> Result<Item, Failure> {
        loop {
            if let Some(event) = self.parser.next_event() {
                if event.name.as_deref() == Some("error") {
                    return self.told_error(&event);
                }
                if event.id.is_some() {
                    self.last.clone_from(&event.id);
                }
                self.retry_ms = RETRY_MS_MIN;
                return Ok(Item::Event(event));
            }
            let Some(body) = &mut self.body else {
                match self.come_back().await? {
                    None => continue,
                    Some(reason) => return Ok(Item::Cut { reason }),
                }
            };
            let silence = Duration::from_millis(SILENCE_MS_MAX);
            let reason = match timeout(silence, body.next()).await {
                Ok(Some(Ok(bytes))) => match self.parser.feed(&bytes) {
                    Ok(()) => continue,
                    Err(reason) => reason.to_owned(),
                },
                Ok(Some(Err(error))) => self.client.unreachable(&error).to_string(),
                Ok(None) => "the server closed the stream".to_owned(),
                Err(_) => "the server fell silent".to_owned(),
            };
            self.body = None;
            return Ok(Item::Cut { reason });
        }
    }

    /// The server says in the stream why it ends. Trouble of its own passes; a refusal does not.
    fn told_error(&mut self, event: &Event) -> Result<Item, Failure> {
        let problem = Problem::read(0, event.data.as_bytes());
        self.body = None;
        if may_pass(problem.status) {
            return Ok(Item::Cut { reason: format!("{}: {}", problem.code, problem.detail) });
        }
        Err(Failure::Refused(Box::new(problem)))
    }

    /// One attempt to come back, after a pause; why it failed, when it may be tried again.
    async fn come_back(&mut self) -> Result<Option<String>, Failure> {
        let pause = self.parser.retry_ms.unwrap_or(self.retry_ms).max(self.retry_ms);
        tokio::time::sleep(Duration::from_millis(pause.min(RETRY_MS_MAX))).await;
        self.retry_ms = (self.retry_ms * 2).min(RETRY_MS_MAX);
        match self.connect().await {
            Ok(()) => Ok(None),
            Err(Failure::Refused(problem)) if !may_pass(problem.status) => {
                Err(Failure::Refused(problem))
            }
            Err(failure) => Ok(Some(failure.to_string())),
        }
    }
}

/// Whether the same request may be answered better later.
const fn may_pass(status: u16) -> bool {
    status >= 500 || status == 429
}

/// Takes bytes and gives events, by the rules of the HTML standard.
#[derive(Debug, Default)]
pub struct Parser {
    buffer: Vec<u8>,
    event: Event,
    has_data: bool,
    retry_ms: Option<u64>,
    ready: std::collections::VecDeque<Event>,
}

impl Parser {
    /// Takes bytes, cut anywhere.
    ///
    /// # Errors
    /// When an event grows past all bounds.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.buffer.extend_from_slice(bytes);
        let mut from = 0;
        while let Some((line, length)) = take_line(&self.buffer[from..]) {
            from += length;
            let line = String::from_utf8_lossy(&line).into_owned();
            self.line(&line);
        }
        self.buffer.drain(..from);
        if self.buffer.len() + self.event.data.len() > EVENT_BYTES_MAX {
            return Err("an event is longer than 16 MiB");
        }
        Ok(())
    }

    /// The next whole event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            if std::mem::take(&mut self.has_data) {
                self.ready.push_back(event);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                self.event.data.push_str(value);
            }
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            "event" => self.event.name = Some(value.to_owned()),
            "retry" => self.retry_ms = value.parse().ok().or(self.retry_ms),
            // A line that begins with a colon is a heartbeat; other fields mean nothing.
            _ => {}
        }
    }
}

/// The first line and how many bytes it took with its end: LF, CR LF or CR.
fn take_line(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = bytes[..end].to_vec();
    match (bytes[end], bytes.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some((line, end + 2)),
        // What follows a CR is not here yet; it may be its LF.
        (b'\r', None) => None,
        _ => Some((line, end + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Parser};

    fn events(chunks: &[&str]) -> Vec<Event> {
        let mut parser = Parser::default();
        for chunk in chunks {
            parser.feed(chunk.as_bytes()).unwrap();
        }
        std::iter::from_fn(|| parser.next_event()).collect()
    }

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let text = ": hello\r\nid: 7\r\nevent: commit\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n\
                    retry: 10\ndata:x\n\nid: 9\n\n: beat\n\n";
        let whole = events(&[text]);
        let first =
            Event { id: Some("7".into()), name: Some("commit".into()), data: "{\"a\":\n1}".into() };
        assert_eq!(whole, [first, Event { data: "x".into(), ..Event::default() }]);
        for cut in 1..text.len() {
            assert_eq!(events(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
    }

    #[test]
    fn half_an_event_is_none() {
        assert!(events(&["id: 7\ndata: x\n"]).is_empty());
    }
}
