//! Embeddings of Gemini, on both of its roads.

use serde_json::{Value, json};

use super::super::openai_chat::embeddings::numbers;
use crate::model::embed::EmbedRequest;
use crate::model::wire::{Failure, tokens};

/// The body of a request.
pub fn body(request: &EmbedRequest, model: &str, on_vertex: bool) -> Value {
    let texts = request.texts.iter();
    if on_vertex {
        let instances: Vec<_> = texts.map(|text| json!({ "content": text })).collect();
        let mut body = json!({ "instances": instances });
        if let Some(dimensions) = request.dimensions {
            body["parameters"] = json!({ "outputDimensionality": dimensions });
        }
        return body;
    }
    let one = |text: &String| {
        let content = json!({ "parts": [{ "text": text }] });
        let mut one = json!({ "model": format!("models/{model}"), "content": content });
        if let Some(dimensions) = request.dimensions {
            one["outputDimensionality"] = json!(dimensions);
        }
        one
    };
    json!({ "requests": texts.map(one).collect::<Vec<_>>() })
}

/// The vectors in the order of the texts, and how many tokens they had where that is said.
///
/// # Errors
/// When the answer has none.
pub fn vectors(body: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
    let items = body["embeddings"].as_array().or_else(|| body["predictions"].as_array());
    let items = items.ok_or_else(|| Failure::without("embeddings"))?;
    let mut counted = Some(0_u32);
    let mut vectors = Vec::with_capacity(items.len());
    for item in items {
        let inner = if item["embeddings"].is_object() { &item["embeddings"] } else { item };
        vectors.push(numbers(&inner["values"]).ok_or_else(|| Failure::without("vector"))?);
        let told = tokens(&inner["statistics"]["token_count"]);
        counted = counted.zip(told).map(|(sum, more)| sum.saturating_add(more));
    }
    Ok((vectors, counted))
}
