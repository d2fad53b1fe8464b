//! What all providers over HTTP have in common: keys, one call, answers in pieces, errors, and
//! from what they say to an answer of ours. What differs is a [`Format`].

mod call;
mod failure;
mod keys;
mod parts;
mod remote;
mod scrub;
mod sse;
mod structured;
mod usage;
mod veil;

use contracts::model::{Abilities, ModelRequest};
use serde_json::Value;

pub use failure::{Failure, Refused, by_status};
pub use keys::{Keys, OpenKey};
pub use parts::{Calls, Parts};
pub use remote::{Door, Remote};
pub use sse::Event;
pub use structured::{Wanted, is_strict, value_of};
pub use usage::tokens;

use super::config::Structured;
use super::delta::Delta;
use super::embed::EmbedRequest;
use super::error::ModelError;

/// One question to one model, as a format reads it.
pub struct Ask<'a> {
    /// What is asked.
    pub request: &'a ModelRequest,
    /// The model as the provider calls it.
    pub model: &'a str,
    /// Whether the answer is to come in pieces.
    pub stream: bool,
    /// The version of the interface that the settings name.
    pub version: Option<&'a str>,
    /// How the settings want a schema told.
    pub structured: Option<Structured>,
}

/// A request to a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What follows the base URL, the query included.
    pub path: String,
    /// The JSON body.
    pub body: Value,
}

/// A language that providers speak.
pub trait Format: Send + Sync {
    /// Where its provider is, when the settings do not say.
    fn base_url(&self) -> Option<&'static str>;

    /// The variable of the environment that usually holds its key.
    fn key_env(&self) -> Option<&'static str>;

    /// The header that carries the key, and the key as it stands there.
    fn credential(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    /// Headers that it always has.
    fn headers(&self, _: Option<&str>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Where it lists its models: what answers it takes the key for good.
    fn models_path(&self) -> &'static str {
        "/models"
    }

    /// What it can be asked.
    fn abilities(&self) -> Abilities;

    /// The request that asks it.
    ///
    /// # Errors
    /// [`ModelError::Validation`] naming what it cannot do.
    fn call(&self, ask: &Ask<'_>) -> Result<Call, ModelError>;

    /// The parts of an answer that came whole.
    ///
    /// # Errors
    /// When it is none.
    fn answer(&self, body: &Value) -> Result<Parts, Failure>;

    /// What reads an answer in pieces.
    fn reader(&self) -> Box<dyn Reader>;

    /// What an answer other than a good one means.
    fn refused(&self, refused: &Refused<'_>) -> Failure;

    /// The request that embeds texts; `None` where it cannot.
    ///
    /// # Errors
    /// [`ModelError::Validation`] naming what it cannot do.
    fn embed(
        &self,
        _: &EmbedRequest,
        _model: &str,
        _version: Option<&str>,
    ) -> Result<Option<Call>, ModelError> {
        Ok(None)
    }

    /// The vectors of such an answer, in the order of the texts, and how many tokens they had.
    ///
    /// # Errors
    /// When it is none.
    fn embedded(&self, _: &Value) -> Result<(Vec<Vec<f32>>, Option<u32>), Failure> {
        Err(Failure::failed(ModelError::Internal("nothing is embedded here".to_owned())))
    }
}

/// Reads an answer that comes in pieces.
pub trait Reader: Send {
    /// Takes the next frame in, telling `say` what is new; true when it was the last one.
    ///
    /// # Errors
    /// When it is none, or says that the provider failed.
    fn event(&mut self, event: &Event, say: &mut dyn FnMut(Delta<'_>)) -> Result<bool, Failure>;

    /// The parts of the whole, once the last frame is in or the stream has ended; `None` when it
    /// ended too early.
    fn parts(self: Box<Self>) -> Option<Parts>;
}

/// The JSON of a frame or of an answer.
///
/// # Errors
/// When it is none.
pub fn json(text: &str) -> Result<Value, Failure> {
    let told = |_| Failure::failed(ModelError::Provider("its answer is no JSON".to_owned()));
    serde_json::from_str(text).map_err(told)
}

/// A text of an answer, empty when it is absent.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
