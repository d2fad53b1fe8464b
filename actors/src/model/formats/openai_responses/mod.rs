//! `OpenAI`'s responses. Nothing is stored there: what was said stands in our log.

mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;

use contracts::model::Abilities;
use serde_json::Value;

use super::openai_chat::{embeddings, refused};
use crate::model::embed::EmbedRequest;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Call, Failure, Format, Parts, Reader, Refused};

/// `OpenAI`'s responses.
pub struct Responses;

impl Format for Responses {
    fn base_url(&self) -> Option<&'static str> {
        Some("https://api.openai.com/v1")
    }

    fn key_env(&self) -> Option<&'static str> {
        Some("OPENAI_API_KEY")
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
        Ok(Call { path: "/responses".to_owned(), body: request::body(ask)? })
    }

    fn answer(&self, body: &Value) -> Result<Parts, Failure> {
        response::parts(body)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(stream::Events::default())
    }

    fn refused(&self, told: &Refused<'_>) -> Failure {
        refused(told)
    }

    fn embed(
        &self,
        request: &EmbedRequest,
        model: &str,
        _: Option<&str>,
    ) -> Result<Option<Call>, ModelError> {
        let body = embeddings::body(request, model);
        Ok(Some(Call { path: "/embeddings".to_owned(), body }))
    }

    fn embedded(&self, body: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
        embeddings::vectors(body)
    }
}
