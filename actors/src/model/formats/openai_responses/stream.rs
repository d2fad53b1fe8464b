//! An answer of responses in events. The last one holds the whole; what was shown before must be
//! the same.

use serde_json::{Value, json};

use super::super::openai_chat::refused;
use super::response::parts;
use crate::model::delta::Delta;
use crate::model::error::ModelError;
use crate::model::wire::{Calls, Event, Failure, Parts, Reader, Refused, json as read, text};

/// Reads events.
#[derive(Default)]
pub struct Events {
    shown: Parts,
    calls: Calls,
    whole: Option<Parts>,
}

impl Reader for Events {
    fn event(&mut self, event: &Event, say: &mut dyn FnMut(Delta<'_>)) -> Result<bool, Failure> {
        if event.data.trim() == "[DONE]" {
            return Ok(true);
        }
        let body = read(&event.data)?;
        let at = body["output_index"].as_u64().unwrap_or_default();
        match text(&body["type"]) {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.shown.say(text(&body["delta"]), say);
            }
            "response.reasoning_summary_text.delta" => {
                self.shown.think(text(&body["delta"]), say);
            }
            "response.output_item.added" if body["item"]["type"] == "function_call" => {
                let item = &body["item"];
                let names = (item["call_id"].as_str(), item["name"].as_str());
                self.calls.add(at, names, "", say);
            }
            "response.function_call_arguments.delta" => {
                self.calls.add(at, (None, None), text(&body["delta"]), say);
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.end(&body["response"])?;
                return Ok(true);
            }
            "error" => return Err(self.failed(&body)),
            _ => {}
        }
        Ok(false)
    }

    fn parts(self: Box<Self>) -> Option<Parts> {
        self.whole
    }
}

impl Events {
    fn end(&mut self, response: &Value) -> Result<(), Failure> {
        let whole = parts(response)?;
        if !self.shown.text.is_empty() && self.shown.text != whole.text {
            let told = "its pieces are not its answer".to_owned();
            return Err(Failure::failed(ModelError::Provider(told)));
        }
        self.whole = Some(whole);
        Ok(())
    }

    /// Some errors stand in a member, others are the event itself.
    fn failed(&self, body: &Value) -> Failure {
        let begun = !self.shown.text.is_empty() || !self.shown.reasoning.is_empty();
        let error = if body["error"].is_object() {
            body.clone()
        } else {
            json!({ "error": { "code": body["code"], "message": body["message"] } })
        };
        let (status, model, retry_after_ms) = (200, "of that name", None);
        refused(&Refused { status, body: &error, model, retry_after_ms, begun })
    }
}
