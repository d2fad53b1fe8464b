//! The languages that providers speak: a folder each.

mod anthropic;
mod gemini;
mod openai_chat;
mod openai_responses;
#[cfg(test)]
mod testing;

use contracts::model::{Image, ImageSource, ModelRequest, ToolChoice, Turn};
use serde_json::{Value, json};

use super::config::ProviderKind;
use super::error::ModelError;
use super::wire::Format;

/// The language of a kind of provider.
#[must_use]
pub fn of(kind: ProviderKind) -> Box<dyn Format> {
    match kind {
        ProviderKind::Anthropic => Box::new(anthropic::Anthropic),
        ProviderKind::Gemini => Box::new(gemini::Gemini { on_vertex: false }),
        ProviderKind::Vertex => Box::new(gemini::Gemini { on_vertex: true }),
        ProviderKind::OpenaiResponses => Box::new(openai_responses::Responses),
        other => Box::new(openai_chat::Chat(openai_chat::differences(other))),
    }
}

/// The refusal to drop an option silently.
fn cannot(what: &str) -> ModelError {
    ModelError::Validation(format!("this provider does not know {what}"))
}

/// Makes sure that what a request says of tools can be meant.
fn check_tools(request: &ModelRequest) -> Result<(), ModelError> {
    let known = |name: &str| request.tools.iter().any(|tool| tool.name == name);
    let wrong = match &request.tool_choice {
        ToolChoice::Required if request.tools.is_empty() => {
            "a tool must be called, and none is given"
        }
        ToolChoice::Named(name) if !known(name) => "the tool that must be called is not among them",
        _ => return Ok(()),
    };
    Err(ModelError::Validation(wrong.to_owned()))
}

/// The schema of a tool's arguments; nothing said = an object of nothing.
fn parameters(schema: &Value) -> Value {
    if schema.is_object() { schema.clone() } else { json!({ "type": "object", "properties": {} }) }
}

/// Base64 of an image, or the URL at which its provider fetches it.
enum Shown<'a> {
    Inline(&'a str),
    Url(&'a str),
}

fn shown(image: &Image) -> Result<Shown<'_>, ModelError> {
    match &image.source {
        ImageSource::Inline(data) => Ok(Shown::Inline(data)),
        ImageSource::Url(url) => Ok(Shown::Url(url)),
        ImageSource::Blob(_) => Err(ModelError::Internal("an image was not read".to_owned())),
    }
}

/// The refusal of images where nobody can show them.
fn no_images(turn: &Turn) -> Result<(), ModelError> {
    if turn.images.is_empty() {
        return Ok(());
    }
    Err(cannot("images in the turns of anybody but the user"))
}

/// Which call a tool's turn answers.
fn answered(turn: &Turn) -> Result<&str, ModelError> {
    turn.call.as_deref().ok_or_else(|| {
        ModelError::Validation("a tool's turn does not say which call it answers".to_owned())
    })
}

/// The arguments of a call of before, as a value: providers that want one get an empty object in
/// place of what is no JSON.
fn arguments(text: &str) -> Value {
    let value = serde_json::from_str(text).ok().filter(Value::is_object);
    value.unwrap_or_else(|| json!({}))
}
