//! An answer of Gemini in chunks.

use super::error::refused;
use super::response::take;
use crate::model::delta::Delta;
use crate::model::wire::{Calls, Event, Failure, Parts, Reader, Refused, json};

/// Reads chunks. The end of the stream is its only end; the last chunk says why it stopped.
#[derive(Default)]
pub struct Chunks {
    parts: Parts,
    calls: Calls,
}

impl Reader for Chunks {
    fn event(&mut self, event: &Event, say: &mut dyn FnMut(Delta<'_>)) -> Result<bool, Failure> {
        let body = json(&event.data)?;
        if body["error"].is_object() {
            let begun = !self.parts.text.is_empty() || !self.parts.reasoning.is_empty();
            let status = body["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            let (status, model, retry_after_ms) = (status.unwrap_or(200), "of that name", None);
            return Err(refused(&Refused { status, body: &body, model, retry_after_ms, begun }));
        }
        take(&body, (&mut self.parts, &mut self.calls), say)?;
        Ok(false)
    }

    fn parts(mut self: Box<Self>) -> Option<Parts> {
        self.parts.calls = self.calls.take();
        self.parts.finish.is_some().then_some(self.parts)
    }
}
