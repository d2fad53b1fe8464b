//! An answer of chat completions in chunks.

use serde_json::Value;

use super::error::refused;
use super::response::{arguments, content, finish, reasoning, usage};
use crate::model::delta::Delta;
use crate::model::wire::{Calls, Event, Failure, Parts, Reader, Refused, json, text};

/// Reads chunks.
#[derive(Default)]
pub struct Chunks {
    parts: Parts,
    calls: Calls,
    refused: bool,
    done: bool,
}

impl Reader for Chunks {
    fn event(&mut self, event: &Event, say: &mut dyn FnMut(Delta<'_>)) -> Result<bool, Failure> {
        if event.data.trim() == "[DONE]" {
            self.done = true;
            return Ok(true);
        }
        let chunk = json(&event.data)?;
        if chunk["error"].is_object() || chunk["error"].is_string() {
            let begun = !self.parts.text.is_empty() || !self.parts.reasoning.is_empty();
            let status = chunk["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            let (status, model) = (status.unwrap_or(200), "of that name");
            let retry_after_ms = None;
            return Err(refused(&Refused { status, body: &chunk, model, retry_after_ms, begun }));
        }
        if self.parts.id.is_none() {
            self.parts.id = chunk["id"].as_str().map(str::to_owned);
        }
        // The last one is the sum; those before it count on the way, where there are any.
        let told = usage(&chunk["usage"]).or_else(|| usage(&chunk["x_groq"]["usage"]));
        self.parts.usage = told.or(self.parts.usage);
        let choices = chunk["choices"].as_array().into_iter().flatten();
        for choice in choices.filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0) {
            self.choice(choice, say)?;
        }
        Ok(false)
    }

    fn parts(mut self: Box<Self>) -> Option<Parts> {
        use contracts::model::Finish;
        self.parts.calls = self.calls.take();
        if self.refused && self.parts.finish == Some(Finish::Stop) {
            self.parts.finish = Some(Finish::ContentFilter);
        }
        (self.done || self.parts.finish.is_some()).then_some(self.parts)
    }
}

impl Chunks {
    fn choice(&mut self, choice: &Value, say: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        let delta = &choice["delta"];
        let (said, thought) = content(&delta["content"]);
        self.parts.think(reasoning(delta), say);
        self.parts.think(&thought, say);
        self.parts.say(&said, say);
        let refused = text(&delta["refusal"]);
        self.refused |= !refused.is_empty();
        self.parts.say(refused, say);
        for (place, call) in delta["tool_calls"].as_array().into_iter().flatten().enumerate() {
            let at = call["index"].as_u64().unwrap_or(place as u64);
            let function = &call["function"];
            let names = (call["id"].as_str(), function["name"].as_str());
            self.calls.add(at, names, &arguments(&function["arguments"]), say);
        }
        if let Some(finish) = finish(&choice["finish_reason"])? {
            self.parts.finish = Some(finish);
        }
        Ok(())
    }
}
