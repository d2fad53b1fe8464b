//! `POST /v1/audio/transcriptions`: speech as text. No adapter can be configured yet, and none is
//! played: what was said is never made up.

use std::sync::Arc;

use axum::response::Response;
use contracts::{Refusal, RefusalClass};

use super::files;
use crate::dialects::common::fields::wrong;
use crate::dialects::rest::respond::JSON;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of speech.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/v1/audio/transcriptions",
    name: "audio_transcription",
    about: "Writes down what is said in a file; 501 while no model is there that could.",
    access: Access::Key,
    needs: Needs::Nothing,
    offers: JSON,
    query: &[],
    handler: |shared, call| Box::pin(transcribe(shared, call)),
}];

async fn transcribe(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let parts = files::form(&shared, &mut call).await?;
    for name in ["file", "model"] {
        if !parts.iter().any(|part| part.name == name) {
            return Err(wrong(name, "is needed"));
        }
    }
    let message = "no model is there that turns speech into text";
    let refusal = Refusal::new(RefusalClass::Unsupported, "transcription_unavailable", message);
    Err(refusal.field("model", "is none that can"))
}
