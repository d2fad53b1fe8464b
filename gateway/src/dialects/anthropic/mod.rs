//! What clients of Anthropic's interface say: messages, their tokens, models. Their official
//! libraries work unchanged against this server. An answer is a run, as in every dialect, and its
//! name stands in the header `Cambium-Actor` of whatever tells it; the message is `msg_<run>`.
//!
//! An option that is known and cannot be done is refused by `unsupported_parameter`, one that is
//! not known by `unknown_parameter`. Marks for a provider's cache (`cache_control`) say nothing
//! about the answer and are taken.

mod answer;
mod blocks;
mod messages;
pub mod models;
mod options;
mod request;
mod stream;

use crate::edge::routes::Route;

/// The rows of this dialect. `GET /v1/models` is a row of OpenAI's dialect: whoever says
/// `anthropic-version` is answered in the words of [`models`].
pub const ROUTES: &[&[Route]] = &[messages::ROUTES];
