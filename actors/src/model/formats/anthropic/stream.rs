//! An answer of messages in events.

use contracts::model::Usage;
use serde_json::Value;

use super::error::refused;
use super::response::{finish, usage};
use crate::model::delta::Delta;
use crate::model::wire::{Calls, Event, Failure, Parts, Reader, Refused, json, text, tokens};

/// Reads events.
#[derive(Default)]
pub struct Events {
    parts: Parts,
    calls: Calls,
    done: bool,
}

impl Reader for Events {
    fn event(&mut self, event: &Event, say: &mut dyn FnMut(Delta<'_>)) -> Result<bool, Failure> {
        let body = json(&event.data)?;
        let at = body["index"].as_u64().unwrap_or_default();
        match text(&body["type"]) {
            "message_start" => {
                let message = &body["message"];
                self.parts.id = message["id"].as_str().map(str::to_owned);
                self.parts.usage = usage(&message["usage"]);
            }
            "content_block_start" => self.block(at, &body["content_block"], say),
            "content_block_delta" => self.delta(at, &body["delta"], say),
            "message_delta" => {
                self.parts.finish = finish(&body["delta"]["stop_reason"]).or(self.parts.finish);
                self.counted(&body["usage"]);
            }
            "message_stop" => {
                self.done = true;
                return Ok(true);
            }
            "error" => {
                let begun = !self.parts.text.is_empty() || !self.parts.reasoning.is_empty();
                let (status, model, retry_after_ms) = (200, "of that name", None);
                return Err(refused(&Refused {
                    status,
                    body: &body,
                    model,
                    retry_after_ms,
                    begun,
                }));
            }
            // Pings, ends of blocks, and what comes in later versions.
            _ => {}
        }
        Ok(false)
    }

    fn parts(mut self: Box<Self>) -> Option<Parts> {
        self.parts.calls = self.calls.take();
        self.done.then_some(self.parts)
    }
}

impl Events {
    fn block(&mut self, at: u64, block: &Value, say: &mut dyn FnMut(Delta<'_>)) {
        match text(&block["type"]) {
            "text" => self.parts.say(text(&block["text"]), say),
            "thinking" => self.parts.think(text(&block["thinking"]), say),
            "tool_use" => {
                let names = (block["id"].as_str(), block["name"].as_str());
                self.calls.add(at, names, "", say);
            }
            _ => {}
        }
    }

    fn delta(&mut self, at: u64, delta: &Value, say: &mut dyn FnMut(Delta<'_>)) {
        match text(&delta["type"]) {
            "text_delta" => self.parts.say(text(&delta["text"]), say),
            "thinking_delta" => self.parts.think(text(&delta["thinking"]), say),
            "input_json_delta" => {
                self.calls.add(at, (None, None), text(&delta["partial_json"]), say);
            }
            _ => {}
        }
    }

    /// The last count is the sum; it may leave out what the first one said.
    fn counted(&mut self, told: &Value) {
        if let Some(usage) = usage(told) {
            self.parts.usage = Some(usage);
        } else if let Some(output_tokens) = tokens(&told["output_tokens"]) {
            let before = self.parts.usage.unwrap_or_default();
            self.parts.usage = Some(Usage { output_tokens, ..before });
        }
    }
}
