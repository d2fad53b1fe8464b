//! Models in Anthropic's words, for whoever says `anthropic-version`.

use contracts::model::{Abilities, ModelView};
use contracts::{Refusal, Timestamp};
use serde_json::{Value, json};

use crate::dialects::common::assistants::Addressed;
use crate::edge::query::Query;
use crate::edge::routes::Param;

/// After which model of the list.
pub const AFTER: Param =
    Param { name: "after_id", about: "The id of the last model already seen; the list is sorted." };
/// Before which model of the list.
pub const BEFORE: Param =
    Param { name: "before_id", about: "The id of the first model already seen." };
/// How many.
pub const LIMIT: Param = Param { name: "limit", about: "How many models, at most." };

/// Models of a page when the caller does not say.
const ITEMS_DEFAULT: usize = 20;
/// The most models of a page.
const ITEMS_MAX: usize = 1_000;

/// A model. When it was made nobody tells: Anthropic's word for that is the beginning of time.
#[must_use]
pub fn told(model: &ModelView) -> Value {
    let mut told = whole(&model.id, Timestamp::from_millis(0));
    told["capabilities"] = capabilities(model.can);
    told
}

/// An assistant that is asked as a model.
#[must_use]
pub fn addressed(assistant: &Addressed) -> Value {
    whole(&assistant.name(), assistant.at.unwrap_or(Timestamp::from_millis(0)))
}

fn whole(id: &str, at: Timestamp) -> Value {
    json!({
        "type": "model", "id": id, "display_name": id, "created_at": at.to_string(),
        "lifecycle": "active", "line": null, "deprecated_at": null, "retires_at": null,
        "max_input_tokens": null, "max_tokens": null, "capabilities": null,
    })
}

fn capabilities(can: Abilities) -> Value {
    let is = |supported: bool| json!({ "supported": supported });
    json!({
        "batch": is(false),
        "citations": is(false),
        "code_execution": is(false),
        "context_management": is(false),
        "effort": {
            "supported": can.effort, "low": is(can.effort), "medium": is(can.effort),
            "high": is(can.effort), "xhigh": is(false), "max": is(false),
        },
        "image_input": is(can.images),
        "pdf_input": is(false),
        "server_tools": {
            "supported": false, "code_execution": is(false), "web_search": is(false),
        },
        "structured_outputs": is(can.schema),
        "thinking": { "supported": can.effort, "types": {
            "adaptive": is(can.effort), "enabled": is(can.effort), "disabled": is(true),
            "between_tools": is(false),
        } },
    })
}

/// How many models a page has, at most.
///
/// # Errors
/// `query_invalid`.
pub fn limit(query: &Query) -> Result<usize, Refusal> {
    query.limit(ITEMS_DEFAULT, ITEMS_MAX)
}

/// The page of the list that the caller wants.
///
/// # Errors
/// `query_invalid`.
pub fn page(mut all: Vec<Value>, query: &Query) -> Result<Value, Refusal> {
    let limit = limit(query)?;
    all.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    let id = |model: &Value| model["id"].as_str().unwrap_or_default().to_owned();
    if let Some(after) = query.text("after_id") {
        all.retain(|model| id(model).as_str() > after);
    }
    let (mut more, mut skip) = (all.len() > limit, 0);
    if let Some(before) = query.text("before_id") {
        all.retain(|model| id(model).as_str() < before);
        more = all.len() > limit;
        skip = all.len().saturating_sub(limit);
    }
    let data: Vec<_> = all.into_iter().skip(skip).take(limit).collect();
    Ok(json!({
        "first_id": data.first().map(id),
        "last_id": data.last().map(id),
        "has_more": more,
        "data": data,
    }))
}
