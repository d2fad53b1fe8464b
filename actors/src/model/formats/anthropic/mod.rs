//! Anthropic's messages.

mod error;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;

use contracts::model::Abilities;
use serde_json::Value;

use crate::model::error::ModelError;
use crate::model::wire::{Ask, Call, Failure, Format, Parts, Reader, Refused};

/// The version of the interface that is spoken when the settings name none.
const VERSION: &str = "2023-06-01";

/// Anthropic's messages.
pub struct Anthropic;

impl Format for Anthropic {
    fn base_url(&self) -> Option<&'static str> {
        Some("https://api.anthropic.com")
    }

    fn models_path(&self) -> &'static str {
        "/v1/models"
    }

    fn key_env(&self) -> Option<&'static str> {
        Some("ANTHROPIC_API_KEY")
    }

    fn credential(&self, key: &str) -> (&'static str, String) {
        ("x-api-key", key.to_owned())
    }

    fn headers(&self, version: Option<&str>) -> Vec<(&'static str, String)> {
        vec![("anthropic-version", version.unwrap_or(VERSION).to_owned())]
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            chat: true,
            stream: true,
            tools: true,
            schema: true,
            images: true,
            effort: true,
            embeddings: false,
        }
    }

    fn call(&self, ask: &Ask<'_>) -> Result<Call, ModelError> {
        Ok(Call { path: "/v1/messages".to_owned(), body: request::body(ask)? })
    }

    fn answer(&self, body: &Value) -> Result<Parts, Failure> {
        response::parts(body)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(stream::Events::default())
    }

    fn refused(&self, refused: &Refused<'_>) -> Failure {
        error::refused(refused)
    }
}
