//! `knowledge_search` and `memory_search`: what stands in a base, and what was said before.

use contracts::model::ToolView;
use contracts::ports::Fut;
use contracts::search::{Asked, LIMIT_DEFAULT, QUERY_BYTES_MAX};
use contracts::{ActorId, Refusal};
use serde_json::{Value, json};

use super::{Hands, Tool, fault, view};

/// How many are told at most: a model reads all of it.
const LIMIT_MAX: usize = 20;
/// The most that is told, in bytes of JSON.
const OUTPUT_BYTES_MAX: usize = 128 * 1024;

/// Searches a base.
pub(super) struct Knowledge {
    view: ToolView,
}

/// Searches a memory.
pub(super) struct Memory {
    view: ToolView,
}

fn question() -> (Value, Value) {
    let query = json!({
        "type": "string", "minLength": 1, "maxLength": QUERY_BYTES_MAX,
        "description": "What is searched for, in words.",
    });
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": LIMIT_MAX,
        "description": "How many are wanted.",
    });
    (query, limit)
}

pub(super) fn knowledge() -> Knowledge {
    let (query, limit) = question();
    let parameters = json!({
        "type": "object",
        "properties": {
            "knowledge": { "type": "string", "description": "The id of the knowledge base." },
            "query": query,
            "limit": limit,
        },
        "required": ["knowledge", "query"],
        "additionalProperties": false,
        "examples": [{ "knowledge": "handbook", "query": "How old is the tree?" }],
    });
    let about = "Searches a knowledge base by words and by meaning. Each passage tells its \
                 document, version and source: name them when you use it.";
    let view = view("knowledge_search", about, parameters);
    Knowledge { view: ToolView { output_bytes_max: OUTPUT_BYTES_MAX, ..view } }
}

pub(super) fn memory() -> Memory {
    let (query, limit) = question();
    let parameters = json!({
        "type": "object",
        "properties": {
            "assistant": {
                "type": "string",
                "description": "Whose memory; of the assistant that runs when left out.",
            },
            "query": query,
            "limit": limit,
        },
        "required": ["query"],
        "additionalProperties": false,
        "examples": [{ "assistant": "helper", "query": "What is my favourite tree?" }],
    });
    let about = "Searches what the person behind this run and the assistant said to each other \
                 before.";
    let view = view("memory_search", about, parameters);
    Memory { view: ToolView { output_bytes_max: OUTPUT_BYTES_MAX, ..view } }
}

fn asked(input: &Value) -> Asked {
    let limit = input["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    Asked { limit, ..Asked::new(input["query"].as_str().unwrap_or_default()) }
}

fn named(input: &Value, member: &str) -> Result<Option<ActorId>, Refusal> {
    let id = input[member].as_str().map(ActorId::new).transpose();
    id.map_err(|error| fault(error.to_string()))
}

impl Tool for Knowledge {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let base = named(input, "knowledge")?;
            let base = base.ok_or_else(|| fault("names no knowledge base"))?;
            hands.search(base, asked(input)).await
        })
    }
}

impl Tool for Memory {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let agent = named(input, "assistant")?;
            hands.remember(agent, asked(input)).await
        })
    }
}
