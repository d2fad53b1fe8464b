//! Embeddings of `OpenAI` and its like.

use serde_json::{Value, json};

use crate::model::embed::EmbedRequest;
use crate::model::wire::{Failure, tokens};

/// The body of a request.
pub fn body(request: &EmbedRequest, model: &str) -> Value {
    let mut body = json!({ "model": model, "input": request.texts, "encoding_format": "float" });
    if let Some(dimensions) = request.dimensions {
        body["dimensions"] = json!(dimensions);
    }
    body
}

/// The vectors in the order of the texts, and how many tokens they had.
///
/// # Errors
/// When the answer has none, or a place twice.
pub fn vectors(body: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
    let items = body["data"].as_array().ok_or_else(|| Failure::without("data"))?;
    let mut placed = std::collections::BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let at = item["index"].as_u64().unwrap_or(place as u64);
        let vector = numbers(&item["embedding"]).ok_or_else(|| Failure::without("vector"))?;
        placed.insert(at, vector);
    }
    if placed.keys().copied().ne(0..items.len() as u64) {
        return Err(Failure::without("vector for each text"));
    }
    Ok((placed.into_values().collect(), tokens(&body["usage"]["prompt_tokens"])))
}

/// A list of numbers.
pub fn numbers(value: &Value) -> Option<Vec<f32>> {
    #[expect(clippy::cast_possible_truncation, reason = "vectors have the precision of a float")]
    let number = |value: &Value| value.as_f64().map(|number| number as f32);
    value.as_array()?.iter().map(number).collect()
}
