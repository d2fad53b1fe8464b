//! What the conformance suite of the Model Context Protocol wants to find on a server: tools,
//! resources and prompts by fixed names. They are an extension of a program of the tests; the
//! program that is released has none of them.

mod elicitation;
mod listed;
mod rounds;

use std::time::Duration;

use cambium::dialects::mcp::extension::{Asked, Changed, Extension};
use cambium::dialects::mcp::peer::{Level, Peer};
use cambium::dialects::mcp::wire::RpcError;
use contracts::ports::{Flow, Fut};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// A red pixel as PNG.
const PNG: &str = concat!(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dw",
    "HwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
);

/// No sound as WAV.
const WAV: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==";

/// How long a tool of the suite works between what it tells: the suite wants it to take a while.
const STEP: Duration = Duration::from_millis(50);

/// The fixtures.
pub struct Fixtures {
    changed: broadcast::Sender<Changed>,
}

impl Default for Fixtures {
    fn default() -> Self {
        Self { changed: broadcast::channel(16).0 }
    }
}

/// A result that says `text`.
pub(crate) fn says(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

fn image() -> Value {
    json!({ "type": "image", "data": PNG, "mimeType": "image/png" })
}

fn embedded(uri: &str, media: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": media, "text": text } })
}

async fn logging(peer: &Peer) -> Value {
    for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        peer.log(Level::Info, "conformance", &json!(text));
        tokio::time::sleep(STEP).await;
    }
    says("It was logged.")
}

async fn progress(peer: &Peer) -> Value {
    for done in [0, 50, 100] {
        peer.progress(done, Some(100), None);
        tokio::time::sleep(STEP).await;
    }
    says("It was told how far it is.")
}

async fn sampling(asked: &Asked<'_>) -> Result<Value, RpcError> {
    let prompt = asked.arguments.get("prompt").and_then(Value::as_str).unwrap_or_default();
    let content = json!({ "type": "text", "text": prompt });
    let params = json!({ "messages": [{ "role": "user", "content": content }], "maxTokens": 100 });
    let told = asked.peer.ask("sampling", "sampling/createMessage", &params).await?;
    Ok(says(&format!("LLM response: {}", told["content"]["text"].as_str().unwrap_or_default())))
}

impl Fixtures {
    async fn called(&self, asked: Asked<'_>) -> Option<Result<Value, RpcError>> {
        let peer = asked.peer;
        Some(Ok(match asked.name {
            "test_simple_text" => says("This is a simple text response for testing."),
            "test_image_content" => json!({ "content": [image()] }),
            "test_audio_content" => {
                json!({ "content": [{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }] })
            }
            "test_embedded_resource" => {
                let text = "This is an embedded resource content.";
                json!({ "content": [embedded("test://embedded-resource", "text/plain", text)] })
            }
            "test_multiple_content_types" => {
                let text = json!({ "type": "text", "text": "Multiple content types test:" });
                let data = r#"{"test":"data","value":123}"#;
                let resource = embedded("test://mixed-content-resource", "application/json", data);
                json!({ "content": [text, image(), resource] })
            }
            "test_tool_with_logging" | "test_logging_tool" => logging(peer).await,
            "test_tool_with_progress" => progress(peer).await,
            "test_reconnection" => {
                tokio::time::sleep(STEP).await;
                says("Here it is.")
            }
            "test_error_handling" => {
                let mut told = says("This tool intentionally returns an error for testing");
                told["isError"] = json!(true);
                told
            }
            "json_schema_2020_12_tool" | "test_header_argument" => says("It is well."),
            "test_missing_capability" if peer.can("sampling") => says("It can."),
            "test_missing_capability" => {
                return Some(Err(RpcError::missing_capability("sampling")));
            }
            "test_sampling" => return Some(sampling(&asked).await),
            "test_trigger_tool_change" => self.changes(Changed::Tools),
            "test_trigger_prompt_change" => self.changes(Changed::Prompts),
            name if name.starts_with("test_elicitation") => {
                return elicitation::called(&asked).await;
            }
            _ => return rounds::called(&asked),
        }))
    }

    fn changes(&self, what: Changed) -> Value {
        // Whether anybody listens is the suite's to know.
        let _ = self.changed.send(what);
        says("It was changed.")
    }
}

impl Extension for Fixtures {
    fn tools(&self) -> Vec<Value> {
        listed::tools()
    }

    fn call<'a>(&'a self, asked: Asked<'a>) -> Fut<'a, Option<Result<Value, RpcError>>> {
        Box::pin(self.called(asked))
    }

    fn resources(&self) -> Vec<Value> {
        listed::resources()
    }

    fn templates(&self) -> Vec<Value> {
        listed::templates()
    }

    fn read(&self, uri: &str) -> Option<Vec<Value>> {
        let text =
            |media: &str, text: &str| vec![json!({ "uri": uri, "mimeType": media, "text": text })];
        match uri {
            "test://static-text" => {
                Some(text("text/plain", "This is the content of the static text resource."))
            }
            "test://static-binary" => {
                Some(vec![json!({ "uri": uri, "mimeType": "image/png", "blob": PNG })])
            }
            "test://watched-resource" => Some(text("text/plain", "Watched.")),
            _ => {
                let id = uri.strip_prefix("test://template/")?.strip_suffix("/data")?;
                let data = format!("Data for ID: {id}");
                let told = json!({ "id": id, "templateTest": true, "data": data });
                Some(text("application/json", &told.to_string()))
            }
        }
    }

    fn prompts(&self) -> Vec<Value> {
        listed::prompts()
    }

    fn prompt(&self, asked: &Asked<'_>) -> Option<Result<Value, RpcError>> {
        let said = |name: &str| {
            asked.arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let user = |content: Value| json!({ "role": "user", "content": content });
        let text = |text: &str| user(json!({ "type": "text", "text": text }));
        let messages = match asked.name {
            "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
            "test_prompt_with_arguments" => {
                let (one, other) = (said("arg1"), said("arg2"));
                vec![text(&format!("Prompt with arguments: arg1='{one}', arg2='{other}'"))]
            }
            "test_prompt_with_embedded_resource" => {
                let content = "Embedded resource content for testing.";
                let resource = embedded(&said("resourceUri"), "text/plain", content);
                vec![user(resource), text("Please process the embedded resource above.")]
            }
            "test_prompt_with_image" => {
                vec![user(image()), text("Please analyze the image above.")]
            }
            _ => return rounds::prompted(asked),
        };
        Some(Ok(json!({ "messages": messages })))
    }

    fn changes(&self) -> Flow<Changed> {
        let heard = self.changed.subscribe();
        Box::pin(stream::unfold(heard, |mut heard| async move {
            heard.recv().await.ok().map(|changed| (changed, heard))
        }))
    }
}
