//! What the tests of all formats use.

use contracts::model::ModelRequest;
use serde_json::Value;

use crate::model::delta::Delta;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Event, Failure, Format, Parts, Refused};

/// A question to a model.
pub fn ask<'a>(request: &'a ModelRequest, model: &'a str, stream: bool) -> Ask<'a> {
    Ask { request, model, stream, version: None, structured: None }
}

/// The body of a request to the model `m`.
///
/// # Errors
/// What it is refused with.
pub fn body(
    format: &dyn Format,
    request: &ModelRequest,
    stream: bool,
) -> Result<Value, ModelError> {
    Ok(format.call(&ask(request, "m", stream))?.body)
}

/// What frames amount to, and the text that was shown meanwhile.
///
/// # Errors
/// What they say is wrong.
pub fn frames(format: &dyn Format, frames: &[String]) -> Result<(Option<Parts>, String), Failure> {
    let (mut reader, mut shown) = (format.reader(), String::new());
    for data in frames {
        let event = Event { name: String::new(), data: data.clone() };
        let mut say = |piece: Delta<'_>| {
            if let Delta::Text(text) = piece {
                shown.push_str(text);
            }
        };
        if reader.event(&event, &mut say)? {
            break;
        }
    }
    Ok((reader.parts(), shown))
}

/// What an error of the model `m` means.
pub fn refused(format: &dyn Format, status: u16, body: &Value) -> Failure {
    let refused = Refused { status, body, model: "m", retry_after_ms: None, begun: false };
    format.refused(&refused)
}
