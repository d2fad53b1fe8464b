//! What clients of OpenAI's interface say: chat completions, responses, conversations, models,
//! files, embeddings. Their official libraries work unchanged against this server's `/v1`. Every
//! row translates: an answer is a run, kept and chained like everything else, and its name stands
//! in the header `Cambium-Actor` of whatever tells it.
//!
//! An option that is known and cannot be done is refused by `unsupported_parameter`, one that is
//! not known by `unknown_parameter`; none is left out silently, but those that say nothing about
//! the answer.

mod audio;
mod chat;
mod content;
mod conversations;
mod embeddings;
mod files;
mod models;
mod options;
mod pages;
mod responses;

use crate::edge::routes::Route;
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
