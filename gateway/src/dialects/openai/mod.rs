//! What clients of OpenAI's interface say: chat completions, responses, conversations, models,
//! files, embeddings. Their official libraries work unchanged against this server's `/v1`. Every
//! row translates: an answer is a run, kept and chained like everything else, and its name stands
//! in the header `Cambium-Actor` of whatever tells it.
//!
//! An option that is known and cannot be done is refused by `unsupported_parameter`, one that is
//! not known by `unknown_parameter`; none is left out silently, but those that say nothing about
//! the answer.

mod asker;
mod assistants;
mod audio;
mod chat;
mod content;
mod conversations;
mod embeddings;
mod fields;
mod files;
mod images;
mod models;
mod options;
mod pages;
mod responses;
mod runs;

use contracts::Refusal;
use serde_json::Value;

use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::routes::Route;
use crate::edge::shared::Shared;
use crate::edge::sse::Data;

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    audio::ROUTES,
    chat::ROUTES,
    conversations::ROUTES,
    embeddings::ROUTES,
    files::ROUTES,
    models::ROUTES,
    responses::ROUTES,
];

/// The last event of a chat.
const DONE: Data = Data::Word("[DONE]");

/// The body. Pictures may be longer than any text: what is left of it is checked when it becomes
/// the input of a command.
async fn read(shared: &Shared, call: &mut Call) -> Result<Value, Refusal> {
    let body = std::mem::take(&mut call.body);
    body::value(&call.parts.headers, body, &shared.edge.config).await
}
