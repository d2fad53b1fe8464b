//! `OpenAI`'s chat completions, and everything that speaks them. What differs between those
//! stands in one table.

pub(super) mod embeddings;
mod error;
mod request;
mod response;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use contracts::model::Abilities;
use serde_json::Value;

pub use table::differences;
use table::{Differences, KeyIn};

use crate::model::config::Structured;
use crate::model::embed::EmbedRequest;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Call, Failure, Format, Parts, Reader, Refused};

pub(super) use error::refused;

/// Chat completions as one provider speaks them.
pub struct Chat(pub Differences);

impl Format for Chat {
    fn base_url(&self) -> Option<&'static str> {
        self.0.base_url
    }

    fn key_env(&self) -> Option<&'static str> {
        self.0.key_env
    }

    fn credential(&self, key: &str) -> (&'static str, String) {
        match self.0.key_in {
            KeyIn::Bearer => ("authorization", format!("Bearer {key}")),
            KeyIn::ApiKey => ("api-key", key.to_owned()),
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            chat: true,
            stream: true,
            tools: true,
            schema: self.0.structured == Structured::Native,
            images: self.0.images,
            effort: self.0.effort,
            embeddings: self.0.embeddings,
        }
    }

    fn call(&self, ask: &Ask<'_>) -> Result<Call, ModelError> {
        let path = self.0.path(ask.model, "chat/completions", ask.version)?;
        Ok(Call { path, body: request::body(ask, &self.0)? })
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
        version: Option<&str>,
    ) -> Result<Option<Call>, ModelError> {
        if !self.0.embeddings {
            return Ok(None);
        }
        let path = self.0.path(model, "embeddings", version)?;
        Ok(Some(Call { path, body: embeddings::body(request, model) }))
    }

    fn embedded(&self, body: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
        embeddings::vectors(body)
    }
}
