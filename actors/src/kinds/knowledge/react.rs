//! What the world must do about an event: read a document, or ask a model for vectors.

use contracts::effect::{Effect, Llm, Terms, ToolRun, delivery_of};
use contracts::kinds::knowledge::{EmbedAsked, Event, READ_TOOL, ReadAsked, Source};
use contracts::model::{ModelRequest, Task};
use serde_json::json;

use super::state::State;

pub(super) fn react(event: &Event, after: &State) -> Vec<Effect> {
    match event {
        Event::EmbedAsked(asked) => embed(asked, after).into_iter().collect(),
        Event::ReadAsked(asked) => read(asked, after).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// No part waits for another.
fn terms() -> Terms {
    Terms { independent: true, ..Terms::default() }
}

fn embed(asked: &EmbedAsked, after: &State) -> Option<Effect> {
    let settings = after.settings.as_ref()?;
    let turns = match asked.history {
        Some(_) => Vec::new(),
        None => after.turns.iter().map(|turn| (**turn).clone()).collect(),
    };
    let request = ModelRequest {
        model: settings.model.clone()?,
        history: asked.history.clone(),
        turns,
        task: Task::Embed { dimensions: settings.dimensions },
        ..ModelRequest::default()
    };
    let tag = json!({ "piece": asked.piece });
    Some(Effect::Llm(Box::new(Llm { request, tag, stream: false, terms: terms() })))
}

fn read(asked: &ReadAsked, after: &State) -> Option<Effect> {
    let document = after.of(&asked.document, asked.version)?;
    let offset = asked.offset;
    let input = match &document.source {
        Source::Text {} => return None,
        Source::Blob(blob) => json!({ "blob": blob, "offset": offset }),
        Source::File(id) => json!({ "file": id, "offset": offset }),
        Source::Osteon(id) => json!({ "osteon": id, "offset": offset }),
    };
    Some(Effect::Tool(Box::new(ToolRun {
        name: READ_TOOL.to_owned(),
        call: format!("{}:{offset}", asked.version),
        input,
        delivery: delivery_of(READ_TOOL),
        origin: document.reading.map(|reading| reading.origin),
        approval: false,
        recorded: None,
        tag: json!({ "read": asked }),
        terms: terms(),
    })))
}
