//! `POST /v1/embeddings`: texts as vectors, base64 of 32-bit floats or numbers.

use std::sync::Arc;

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::kinds::embedding::{self, DIMENSIONS_MAX, Made, Make};
use contracts::view::Status;
use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::Fields;
use crate::dialects::common::{models, read};
use crate::dialects::rest::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of embeddings.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/v1/embeddings",
    name: "embeddings",
    about: "Makes vectors of texts, as OpenAI's embeddings do.",
    access: Access::Key,
    needs: Needs::Command,
    offers: JSON,
    query: &[],
    handler: |shared, call| Box::pin(create(shared, call)),
}];

/// What was asked, and whether numbers are wanted instead of base64.
fn asked(body: Value) -> Result<(Make, bool), Refusal> {
    let mut body = Fields::new(body, "")?;
    let model = body.needed_text("model")?;
    let texts = match body.needed("input")? {
        Value::String(text) => Some(vec![text]),
        value => contracts::read::from_value::<Vec<String>>(value).ok(),
    };
    // Tokens are numbers of one provider's own list of words: nobody else knows them.
    let texts = texts.filter(|texts| !texts.is_empty() && texts.iter().all(|it| !it.is_empty()));
    let texts = texts.ok_or_else(|| body.wrong("input", "is a text or a list of texts"))?;
    let dimensions = body.integer("dimensions", 1, u64::from(DIMENSIONS_MAX))?;
    let dimensions = dimensions.and_then(|count| u32::try_from(count).ok());
    let numbers = match body.text("encoding_format")?.as_deref() {
        None | Some("float") => true,
        Some("base64") => false,
        Some(_) => return Err(body.wrong("encoding_format", "is float or base64")),
    };
    body.ignore(&["user"]);
    body.done()?;
    Ok((Make { model, texts, dimensions }, numbers))
}

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (mut make, numbers) = asked(read(&shared, &mut call).await?)?;
    let asker = Asker::of(&call)?;
    drop(call);
    make.model = models::resolve(&shared, &make.model)?;
    let (key, wait) = (asker.key.clone(), Some(asker.patience(&shared)));
    let (command, body) = ("make", json!(make));
    let order = Order { kind: &embedding::KIND, id: None, command, body, key, wait };
    let answer = asker.order(&shared, order).await?;
    let id = answer.address.id;
    let made: Made = match answer.status {
        Status::Completed => contracts::read::from_value(answer.reply)
            .map_err(|error| Refusal::internal(error.to_string()))?,
        Status::Failed => return Err(failed(answer.reply)),
        _ => {
            let message = format!("embedding/{id} goes on and has not answered yet");
            return Err(Refusal::new(RefusalClass::Timeout, "timeout", message));
        }
    };
    let bytes = shared.edge.blobs.get(&asker.tenant, made.blob).await?;
    let bytes = bytes.ok_or_else(|| Refusal::internal("the vectors are not kept here"))?;
    let told = respond::json(StatusCode::OK, &told(&made, &bytes, numbers))?;
    let actor = HeaderName::from_static("cambium-actor");
    Ok(respond::with(told, actor, &format!("embedding/{id}")))
}

fn failed(reply: Value) -> Refusal {
    contracts::read::from_value(reply).unwrap_or_else(|_| Refusal::internal("the embedding failed"))
}

fn told(made: &Made, bytes: &[u8], numbers: bool) -> Value {
    let size = (made.dimensions as usize).saturating_mul(4).max(1);
    let data = bytes.chunks_exact(size).enumerate().map(|(index, vector)| {
        let embedding = if numbers {
            let floats = vector.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it));
            floats.map(|number| json!(number)).collect()
        } else {
            json!(STANDARD.encode(vector))
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    json!({
        "object": "list",
        "data": data.collect::<Vec<_>>(),
        "model": made.model,
        "usage": {
            "prompt_tokens": made.usage.input_tokens, "total_tokens": made.usage.input_tokens,
        },
    })
}

#[cfg(test)]
mod tests {
    use contracts::Hash;
    use contracts::model::Usage;

    use super::*;

    #[test]
    fn vectors_are_told_as_numbers_and_as_base64() {
        let bytes: Vec<u8> =
            [1.0_f32, -2.5, 0.5, 4.0].iter().flat_map(|it| it.to_le_bytes()).collect();
        let made = Made {
            model: "local/ngrams".into(),
            blob: Hash::of(&bytes),
            count: 2,
            dimensions: 2,
            usage: Usage::default(),
            cost: None,
        };
        let numbers = told(&made, &bytes, true);
        assert_eq!(numbers["data"][1]["embedding"], json!([0.5, 4.0]));
        let coded = told(&made, &bytes, false);
        let first = STANDARD.decode(coded["data"][0]["embedding"].as_str().unwrap()).unwrap();
        assert_eq!(first, bytes[..8]);
    }

    #[test]
    fn tokens_and_unknown_forms_are_refused() {
        for (more, param) in [
            (json!({ "input": [[1, 2]] }), "input"),
            (json!({ "input": [] }), "input"),
            (json!({ "encoding_format": "int8" }), "encoding_format"),
            (json!({ "dimensions": 0 }), "dimensions"),
        ] {
            let mut body = json!({ "model": "local/ngrams", "input": "a" });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            assert_eq!(asked(body).unwrap_err().errors[0].field, param);
        }
    }
}
