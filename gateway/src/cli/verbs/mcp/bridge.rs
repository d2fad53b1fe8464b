//! One message after another from a line to a request and back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::cli::client::Client;
use crate::cli::sse::Parser;

const PATH: &str = "/mcp";
const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
const BOTH: &str = "application/json, text/event-stream";
/// How long a lost stream waits before it comes back, in milliseconds.
const RETRY_MS: u64 = 500;
/// How often a lost stream comes back in vain.
const RETRIES_MAX: u32 = 20;

/// What is known of a session of 2025.
#[derive(Debug, Clone, Default)]
struct Known {
    session: Option<String>,
    version: Option<String>,
    /// What the client began it with: a server that was restarted is told again.
    begun: Option<Value>,
}

/// The bridge.
pub struct Bridge {
    client: Client,
    tell: mpsc::Sender<Value>,
    known: Mutex<Known>,
    /// What takes back requests of 2026.
    running: Mutex<HashMap<String, CancellationToken>>,
    /// Ends what has no end of its own.
    over: CancellationToken,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The revision that a message says it speaks.
fn stateless(message: &Value) -> Option<&str> {
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str()
}

/// Text as a header holds it.
fn header(text: &str) -> String {
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && text.trim() == text;
    let looks_coded = text.starts_with("=?base64?");
    if plain && !looks_coded {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", STANDARD.encode(text))
    }
}

impl Bridge {
    /// A bridge to the server of `client`; what comes back goes to `tell`.
    #[must_use]
    pub fn new(client: Client, tell: mpsc::Sender<Value>) -> Arc<Self> {
        let (known, running) = (Mutex::default(), Mutex::default());
        Arc::new(Self { client, tell, known, running, over: CancellationToken::new() })
    }

    /// Ends the streams that have no end of their own.
    pub fn finish(&self) {
        self.over.cancel();
    }

    /// Says something to whoever reads.
    pub async fn tell(&self, message: Value) {
        let _ = self.tell.send(message).await;
    }

    /// Carries a message to the server. What begins a session is waited for, since what follows
    /// needs it; all else goes on beside what follows.
    pub async fn carry(self: &Arc<Self>, message: Value) {
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        if method == "notifications/cancelled" && self.take_back(&message) {
            return;
        }
        if method == "initialize" {
            let mut known = locked(&self.known);
            *known = Known { begun: Some(message.clone()), ..Known::default() };
        }
        let in_order = matches!(method.as_str(), "initialize" | "notifications/initialized");
        let bridge = Arc::clone(self);
        let token = self.over.child_token();
        if stateless(&message).is_some() {
            locked(&self.running).insert(message["id"].to_string(), token.clone());
        }
        let carrying = async move {
            let key = message["id"].to_string();
            let endless = message["method"] == "subscriptions/listen";
            let exchanging = bridge.exchange(&message);
            if endless || stateless(&message).is_some() {
                // At the end of input only what has no end is cut off.
                tokio::select! {
                    () = exchanging => {}
                    () = taken(&token, &bridge.over, endless) => {}
                }
            } else {
                exchanging.await;
            }
            locked(&bridge.running).remove(&key);
        };
        if in_order {
            carrying.await;
        } else {
            tokio::spawn(carrying);
        }
        if method == "notifications/initialized" {
            let bridge = Arc::clone(self);
            tokio::spawn(async move {
                let over = bridge.over.clone();
                over.run_until_cancelled(bridge.stand()).await;
            });
        }
    }

    /// Takes back a request of 2026: its stream is closed. False = it is for the server to do.
    fn take_back(&self, message: &Value) -> bool {
        let id = message["params"]["requestId"].to_string();
        let token = locked(&self.running).remove(&id);
        token.inspect(CancellationToken::cancel).is_some()
    }

    fn request(&self, method: Method, message: Option<&Value>) -> RequestBuilder {
        let mut request = self.client.request(method, PATH, &[]);
        let known = locked(&self.known).clone();
        if let Some(version) = message.and_then(stateless) {
            request = request.header(VERSION, header(version));
            let text = |value: &Value| value.as_str().map(header);
            let message = message.unwrap_or(&Value::Null);
            if let Some(method) = text(&message["method"]) {
                request = request.header("mcp-method", method);
            }
            let params = &message["params"];
            let named = ["name", "uri", "taskId"].iter().find_map(|name| text(&params[*name]));
            if let Some(name) = named {
                request = request.header("mcp-name", name);
            }
        } else {
            if let Some(session) = known.session {
                request = request.header(SESSION, session);
            }
            if let Some(version) = known.version {
                request = request.header(VERSION, version);
            }
        }
        request
    }

    async fn post(&self, message: &Value) -> Result<Response, String> {
        let request = self.request(Method::POST, Some(message));
        let request = request.header(ACCEPT, BOTH).header(CONTENT_TYPE, "application/json");
        let sent = request.body(message.to_string()).send().await;
        sent.map_err(|error| self.client.unreachable(&error).to_string())
    }

    /// Sends a message and tells all that comes back.
    async fn exchange(&self, message: &Value) {
        let mut posted = self.post(message).await;
        let gone = |posted: &Result<Response, String>| {
            posted.as_ref().is_ok_and(|it| it.status() == StatusCode::NOT_FOUND)
        };
        let begins = message["method"] == "initialize";
        let of_session = stateless(message).is_none() && !begins;
        if of_session && gone(&posted) && self.renewed().await {
            posted = self.post(message).await;
        }
        match posted {
            Ok(response) => self.answered(message, response).await,
            Err(reason) => self.fail(message, &reason, None).await,
        }
    }

    /// Begins the session anew, as the client began it.
    async fn renewed(&self) -> bool {
        let Some(begun) = locked(&self.known).begun.clone() else { return false };
        *locked(&self.known) = Known { begun: Some(begun.clone()), ..Known::default() };
        let Ok(response) = self.post(&begun).await else { return false };
        self.note(&response);
        let Ok(told) = response.json::<Value>().await else { return false };
        self.note_version(&told);
        let done = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.post(&done).await.is_ok_and(|told| told.status().is_success())
    }

    fn note(&self, response: &Response) {
        let told = response.headers().get(SESSION).and_then(|value| value.to_str().ok());
        if let Some(session) = told {
            locked(&self.known).session = Some(session.to_owned());
        }
    }

    fn note_version(&self, told: &Value) {
        if let Some(version) = told["result"]["protocolVersion"].as_str() {
            locked(&self.known).version = Some(version.to_owned());
        }
    }

    async fn answered(&self, message: &Value, response: Response) {
        self.note(&response);
        let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media.is_some_and(|media| media.starts_with("text/event-stream")) {
            return self.streamed(message, response).await;
        }
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        if body.is_empty() {
            if !status.is_success() {
                self.fail(message, &format!("the server answers {status}"), None).await;
            }
            return;
        }
        match serde_json::from_slice::<Value>(&body) {
            Ok(mut told) if told.get("jsonrpc").is_some() => {
                if message["method"] == "initialize" {
                    self.note_version(&told);
                }
                if told["id"].is_null() {
                    told["id"] = message["id"].clone();
                }
                self.tell(told).await;
            }
            Ok(problem) => {
                let reason = problem["detail"].as_str().unwrap_or("the server refuses").to_owned();
                self.fail(message, &reason, Some(problem)).await;
            }
            Err(_) => self.fail(message, &format!("the server answers {status}"), None).await,
        }
    }

    /// Tells what a stream says until the answer. One of a session comes back where it was lost.
    async fn streamed(&self, message: &Value, response: Response) {
        let (mut response, mut last) = (Some(response), None);
        for _ in 0..RETRIES_MAX {
            if let Some(response) = response.take()
                && self.read(response, &mut last, message.get("id")).await
            {
                return;
            }
            let (Some(last), None) = (&last, stateless(message)) else { break };
            tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
            let request = self.request(Method::GET, None).header("last-event-id", last);
            match request.header(ACCEPT, "text/event-stream").send().await {
                Ok(again) if again.status().is_success() => response = Some(again),
                Ok(_) => break,
                Err(_) => {}
            }
        }
        self.fail(message, "the connection was lost before the answer", None).await;
    }

    /// Tells what a stream says; true = the answer to `id` was among it.
    async fn read(
        &self,
        response: Response,
        last: &mut Option<String>,
        id: Option<&Value>,
    ) -> bool {
        let (mut parser, mut body) = (Parser::default(), response.bytes_stream());
        while let Some(Ok(bytes)) = body.next().await {
            if parser.feed(&bytes).is_err() {
                return false;
            }
            while let Some(event) = parser.next_event() {
                if event.id.is_some() {
                    *last = event.id;
                }
                let Ok(told) = serde_json::from_str::<Value>(&event.data) else { continue };
                let answers = told.get("method").is_none() && told.get("id") == id;
                self.tell(told).await;
                if answers {
                    return true;
                }
            }
        }
        false
    }

    /// Tells what a session is told outside of requests, as long as there is one.
    async fn stand(&self) {
        let mut last: Option<String> = None;
        loop {
            let mut request = self.request(Method::GET, None).header(ACCEPT, "text/event-stream");
            if let Some(last) = &last {
                request = request.header("last-event-id", last);
            }
            match request.send().await {
                Ok(response) if response.status().is_success() => {
                    self.read(response, &mut last, None).await;
                }
                // The session is gone: the next request begins another, whose events count anew.
                Ok(_) => last = None,
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
        }
    }

    /// Tells that a request has no answer; of a notification nobody wants to know.
    async fn fail(&self, message: &Value, reason: &str, data: Option<Value>) {
        let (Some(id), true) = (message.get("id"), message.get("method").is_some()) else { return };
        let mut error = json!({ "code": -32000, "message": reason });
        if let Some(data) = data {
            error["data"] = data;
        }
        self.tell(json!({ "jsonrpc": "2.0", "id": id, "error": error })).await;
    }
}

/// Resolves when a request is taken back: at the end of input only one without an end is.
async fn taken(token: &CancellationToken, over: &CancellationToken, endless: bool) {
    token.cancelled().await;
    if over.is_cancelled() && !endless {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn what_headers_cannot_hold_is_coded() {
        assert_eq!(header("counter.add"), "counter.add");
        assert_eq!(header("über"), "=?base64?w7xiZXI=?=");
        assert_eq!(header(" a"), "=?base64?IGE=?=");
        assert_eq!(header("=?base64?x?="), "=?base64?PT9iYXNlNjQ/eD89?=");
    }
}
