//! A server that speaks as the providers do, checks what they check, and behaves badly when the
//! model's name says so.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::gate::Gate;

/// The key that it knows.
pub const KEY: &str = "sk-test-0123456789abcdef0123456789";

/// What was asked of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The path with its query.
    pub path: String,
    /// The model.
    pub model: String,
    /// The body.
    pub body: Value,
}

/// The server.
#[derive(Clone, Default)]
pub struct Fake {
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Where it is.
    pub url: String,
    /// Holds up what the model `gated` says.
    pub gate: Gate,
}

impl Fake {
    /// Starts on a free port; ends with the test.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let fake = Self { url, ..Self::default() };
        let router = axum::Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// What was asked of it, in order.
    ///
    /// # Panics
    /// When another thread has.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// How often a model was asked.
    #[must_use]
    pub fn calls(&self, model: &str) -> usize {
        self.seen().iter().filter(|seen| seen.model == model).count()
    }
}

/// Which language a path is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tongue {
    Chat,
    Responses,
    Messages,
    Gemini,
}

fn tongue(path: &str) -> Option<Tongue> {
    if path.ends_with("/chat/completions") {
        Some(Tongue::Chat)
    } else if path.ends_with("/responses") {
        Some(Tongue::Responses)
    } else if path == "/v1/messages" {
        Some(Tongue::Messages)
    } else if path.contains(":generateContent") || path.contains(":streamGenerateContent") {
        Some(Tongue::Gemini)
    } else {
        None
    }
}

fn is_known(tongue: Tongue, path: &str, headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match tongue {
        Tongue::Chat if path.contains("/deployments/") => header("api-key") == Some(KEY),
        Tongue::Chat | Tongue::Responses => {
            header("authorization").and_then(|it| it.strip_prefix("Bearer ")) == Some(KEY)
        }
        Tongue::Messages => header("x-api-key") == Some(KEY),
        Tongue::Gemini => header("x-goog-api-key") == Some(KEY),
    }
}

/// What the real one would refuse the shape for.
fn wrong(tongue: Tongue, uri: &Uri, headers: &HeaderMap, body: &Value) -> Option<&'static str> {
    let query = uri.query().unwrap_or_default();
    let turns = |name: &str| body[name].as_array().is_some_and(|turns| !turns.is_empty());
    match tongue {
        _ if headers.get("content-type").is_none_or(|kind| kind != "application/json") => {
            Some("content-type")
        }
        Tongue::Chat if uri.path().contains("/deployments/") => {
            (!query.contains("api-version=")).then_some("api-version")
        }
        Tongue::Chat => (!turns("messages") || !body["model"].is_string()).then_some("messages"),
        Tongue::Responses => (!turns("input")).then_some("input"),
        Tongue::Messages if headers.get("anthropic-version").is_none() => Some("anthropic-version"),
        Tongue::Messages if !body["max_tokens"].is_u64() => Some("max_tokens"),
        Tongue::Messages => (!turns("messages")).then_some("messages"),
        Tongue::Gemini => (!turns("contents")).then_some("contents"),
    }
}

fn asked_model(uri: &Uri, body: &Value) -> String {
    let path = uri.path();
    let of_path = path.rsplit_once("/models/").or_else(|| path.rsplit_once("/deployments/"));
    let named = of_path.map(|(_, rest)| rest.split([':', '/']).next().unwrap_or_default());
    named.or_else(|| body["model"].as_str()).unwrap_or_default().to_owned()
}

async fn answer(
    State(fake): State<Fake>,
    _: Method,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let model = asked_model(&uri, &body);
    let Some(tongue) = tongue(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let before = {
        let mut seen = fake.seen.lock().expect("no panic");
        let before = seen.iter().filter(|seen| seen.model == model).count();
        let path = uri.to_string();
        seen.push(Seen { path, model: model.clone(), body: body.clone() });
        before
    };
    if !is_known(tongue, uri.path(), &headers) {
        let told = format!("Incorrect API key provided: {KEY}");
        return failed(tongue, 401, "invalid_api_key", &told).into_response();
    }
    if let Some(wrong) = wrong(tongue, &uri, &headers, &body) {
        return failed(tongue, 400, "invalid_request_error", wrong).into_response();
    }
    let streams = body["stream"] == true || uri.path().contains("stream");
    match model.as_str() {
        "busy-once" if before == 0 => {
            let later = [("retry-after-ms", "1")];
            (later, failed(tongue, 429, "rate_limit_error", "slow down")).into_response()
        }
        "busy" => {
            let later = [("retry-after", "3600")];
            (later, failed(tongue, 429, "rate_limit_error", "slow down")).into_response()
        }
        "overloaded" => failed(tongue, 529, "overloaded_error", "Overloaded").into_response(),
        "broken" => failed(tongue, 500, "server_error", "boom").into_response(),
        "missing" => failed(tongue, 404, "model_not_found", "no such model").into_response(),
        "parrot" => {
            let told = format!("I do not like {KEY} at https://x.example/?key={KEY}");
            failed(tongue, 400, "odd", &told).into_response()
        }
        "html" => ([("content-type", "text/html")], "<html>Welcome</html>").into_response(),
        "mute" => std::future::pending().await,
        "gated" if streams => {
            let each = pieces(tongue).into_iter();
            let body = fake.gate.body(each.map(|piece| frames(&[piece])).collect());
            ([("content-type", "text/event-stream")], body).into_response()
        }
        "cut" if streams => sse(&pieces(tongue)[..2]),
        "half" if streams => {
            let mut text = frames(&pieces(tongue)[..1]);
            text.push_str("data: {\"choi");
            ([("content-type", "text/event-stream")], text).into_response()
        }
        "half" => ([("content-type", "application/json")], "{\"id\": \"x").into_response(),
        // It repeats the key that it was sent, in two pieces.
        "blabber" if streams => {
            let (begin, end) = KEY.split_at(12);
            let told = |piece: String| piece.replace("ße, ", begin).replace("Welt.", end);
            sse(&pieces(tongue).into_iter().map(told).collect::<Vec<_>>())
        }
        "blabber" => {
            let text = whole(tongue, "blabber").to_string().replace("Welt.", KEY);
            ([("content-type", "application/json")], text).into_response()
        }
        _ if streams => sse(&pieces(tongue)),
        name => axum::Json(whole(tongue, name)).into_response(),
    }
}

fn failed(tongue: Tongue, status: u16, code: &str, told: &str) -> (StatusCode, axum::Json<Value>) {
    let status = StatusCode::from_u16(status).expect("a status");
    let body = match tongue {
        Tongue::Messages => {
            let code = if code == "invalid_api_key" { "authentication_error" } else { code };
            json!({ "type": "error", "error": { "type": code, "message": told } })
        }
        Tongue::Gemini => json!({ "error": { "code": status.as_u16(), "message": told } }),
        Tongue::Chat | Tongue::Responses => {
            json!({ "error": { "message": told, "type": code, "code": code, "param": null } })
        }
    };
    (status, axum::Json(body))
}

/// An answer of "Grüße, Welt." with three tokens asked and five answered; the model `liar` tells
/// other numbers.
fn whole(tongue: Tongue, model: &str) -> Value {
    let (asked, answered) = if model == "liar" { (4_000_000_000_u64, 0) } else { (9, 5) };
    match tongue {
        Tongue::Chat => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": model,
            "choices": [{ "index": 0, "finish_reason": "stop",
                "message": { "role": "assistant", "content": "Grüße, Welt." } }],
            "usage": { "prompt_tokens": asked, "completion_tokens": answered },
        }),
        Tongue::Responses => response(asked, answered),
        Tongue::Messages => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "stop_reason": "end_turn",
            "content": [{ "type": "text", "text": "Grüße, Welt." }],
            "usage": { "input_tokens": asked, "output_tokens": answered },
        }),
        Tongue::Gemini => json!({
            "responseId": "r1", "candidates": [{ "finishReason": "STOP",
                "content": { "role": "model", "parts": [{ "text": "Grüße, Welt." }] } }],
            "usageMetadata": { "promptTokenCount": asked, "candidatesTokenCount": answered },
        }),
    }
}

fn response(asked: u64, answered: u64) -> Value {
    let content = json!([{ "type": "output_text", "text": "Grüße, Welt." }]);
    json!({
        "id": "resp_1", "object": "response", "status": "completed",
        "output": [{ "type": "message", "role": "assistant", "content": content }],
        "usage": { "input_tokens": asked, "output_tokens": answered },
    })
}

/// The same in pieces.
fn pieces(tongue: Tongue) -> Vec<String> {
    let words = ["Grü", "ße, ", "Welt."];
    let mut pieces: Vec<Value> = Vec::new();
    match tongue {
        Tongue::Chat => {
            let chunk = |delta: Value, finish: Value| {
                json!({ "id": "chatcmpl-1", "choices": [
                    { "index": 0, "delta": delta, "finish_reason": finish },
                ] })
            };
            let said = words.map(|word| chunk(json!({ "content": word }), Value::Null));
            pieces.extend(said);
            pieces.push(chunk(json!({}), json!("stop")));
            let usage = json!({ "prompt_tokens": 9, "completion_tokens": 5 });
            pieces.push(json!({ "id": "chatcmpl-1", "choices": [], "usage": usage }));
        }
        Tongue::Responses => {
            let said = words.map(|it| json!({ "type": "response.output_text.delta", "delta": it }));
            pieces.extend(said);
            pieces.push(json!({ "type": "response.completed", "response": response(9, 5) }));
        }
        Tongue::Messages => {
            let usage = json!({ "input_tokens": 9, "output_tokens": 1 });
            let message = json!({ "id": "msg_1", "usage": usage });
            pieces.push(json!({ "type": "message_start", "message": message }));
            pieces.extend(words.map(|word| {
                let delta = json!({ "type": "text_delta", "text": word });
                json!({ "type": "content_block_delta", "index": 0, "delta": delta })
            }));
            let delta = json!({ "stop_reason": "end_turn" });
            let usage = json!({ "output_tokens": 5 });
            pieces.push(json!({ "type": "message_delta", "delta": delta, "usage": usage }));
            pieces.push(json!({ "type": "message_stop" }));
        }
        Tongue::Gemini => {
            for (place, word) in words.iter().enumerate() {
                let content = json!({ "role": "model", "parts": [{ "text": word }] });
                let mut candidate = json!({ "content": content });
                if place == 2 {
                    candidate["finishReason"] = json!("STOP");
                }
                let usage = json!({ "promptTokenCount": 9, "candidatesTokenCount": 5 });
                pieces.push(json!({ "candidates": [candidate], "usageMetadata": usage }));
            }
        }
    }
    let done = (tongue == Tongue::Chat).then(|| "[DONE]".to_owned());
    pieces.iter().map(Value::to_string).chain(done).collect()
}

fn frames(pieces: &[String]) -> String {
    pieces.iter().map(|piece| format!("data: {piece}\r\n\r\n")).collect()
}

/// A stream of events, its bytes cut where it hurts: in the middle of letters and of line ends.
fn sse(pieces: &[String]) -> Response {
    let bytes: Vec<_> = frames(pieces).into_bytes().chunks(7).map(Bytes::copy_from_slice).collect();
    let parts = bytes.into_iter().map(Ok::<_, std::convert::Infallible>);
    let body = Body::from_stream(futures_util::stream::iter(parts));
    ([("content-type", "text/event-stream; charset=utf-8")], body).into_response()
}
