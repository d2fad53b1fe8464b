//! Google's Gemini: its own API with a key, and Vertex AI with a token that a file or a command
//! gives.

mod embeddings;
mod error;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;

use contracts::model::Abilities;
use serde_json::Value;

use crate::model::embed::EmbedRequest;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Call, Failure, Format, Parts, Reader, Refused};

/// Gemini, on one of its two roads.
pub struct Gemini {
    /// Whether it is reached on Vertex AI.
    pub on_vertex: bool,
}

impl Format for Gemini {
    fn base_url(&self) -> Option<&'static str> {
        (!self.on_vertex).then_some("https://generativelanguage.googleapis.com/v1beta")
    }

    fn key_env(&self) -> Option<&'static str> {
        (!self.on_vertex).then_some("GEMINI_API_KEY")
    }

    fn credential(&self, key: &str) -> (&'static str, String) {
        if self.on_vertex {
            ("authorization", format!("Bearer {key}"))
        } else {
            ("x-goog-api-key", key.to_owned())
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            chat: true,
            stream: true,
            tools: true,
            schema: true,
            images: true,
            effort: true,
            embeddings: true,
        }
    }

    fn call(&self, ask: &Ask<'_>) -> Result<Call, ModelError> {
        let verb = if ask.stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        Ok(Call { path: path(ask.model, verb)?, body: request::body(ask)? })
    }

    fn answer(&self, body: &Value) -> Result<Parts, Failure> {
        response::parts(body)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(stream::Chunks::default())
    }

    fn refused(&self, refused: &Refused<'_>) -> Failure {
        error::refused(refused)
    }

    fn embed(
        &self,
        request: &EmbedRequest,
        model: &str,
        _: Option<&str>,
    ) -> Result<Option<Call>, ModelError> {
        let verb = if self.on_vertex { "predict" } else { "batchEmbedContents" };
        let body = embeddings::body(request, model, self.on_vertex);
        Ok(Some(Call { path: path(model, verb)?, body }))
    }

    fn embedded(&self, body: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
        embeddings::vectors(body)
    }
}

fn path(model: &str, verb: &str) -> Result<String, ModelError> {
    if model.contains(['/', ':', '@']) {
        return Err(ModelError::NotFound("of that name: it is no model of Gemini".to_owned()));
    }
    Ok(format!("/models/{model}:{verb}"))
}
