//! `POST /v1/chat/completions`: one run, told whole or while it grows.

pub mod answer;
pub mod request;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::kinds::run::Answer;
use contracts::ports::Flow;
use futures_util::{StreamExt as _, stream};

use self::answer::Chunks;
use self::request::Asked;
use super::DONE;
use crate::dialects::common::asker::Asker;
use crate::dialects::common::runs::{self, Piece};
use crate::dialects::common::{images, models, read};
use crate::dialects::rest::respond::{self, JSON_OR_SSE};
use crate::edge::call::{Call, Scene};
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::{Shared, StreamPermit};
use crate::edge::sse::{self, Event};
use crate::edge::standing;

/// The rows of chat.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/v1/chat/completions",
    name: "chat",
    about: "Answers a list of messages, as OpenAI's chat completions do; the answer is a run.",
    access: Access::Key,
    needs: Needs::Command,
    offers: JSON_OR_SSE,
    query: &[],
    handler: |shared, call| Box::pin(create(shared, call)),
}];

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut asked = request::read(read(&shared, &mut call).await?)?;
    let asker = Asker::of(&call)?;
    let permit = asked.stream.then(|| call.open_stream(&shared)).transpose()?;
    drop(call);
    let start = &mut asked.start;
    start.model = models::resolve(&shared, &start.model)?;
    images::keep(&shared, &asker, &mut start.turns).await?;
    if let Some(permit) = permit {
        return streamed(&shared, asker, asked, permit).await;
    }
    let patience = asker.patience(&shared);
    let begun = runs::begin(&shared, &asker, &asked.start, None, patience).await?;
    let run = &begun.address.id;
    let answer = begun.answer.unwrap_or_default();
    let whole = answer::whole(run, &answer, runs::seconds(begun.at));
    Ok(runs::named(respond::json(StatusCode::OK, &whole)?, run))
}

async fn streamed(
    shared: &Arc<Shared>,
    asker: Asker,
    asked: Asked,
    permit: StreamPermit,
) -> Result<Response, Refusal> {
    let begun = runs::begin(shared, &asker, &asked.start, None, Duration::ZERO).await?;
    let run = begun.address.id.clone();
    let whole = asked.start.schema.is_some();
    let pieces = runs::follow(shared, begun.address, begun.command, whole).await?;
    let pieces = runs::unless_refused(shared, pieces).await?;
    let pieces = standing::while_standing(pieces, shared, &asker.identity, Piece::Refused);
    let (model, created, usage) = (asked.start.model, runs::seconds(begun.at), asked.usage);
    let chunks = Chunks { run: run.clone(), model, created, usage };
    let events = told(chunks, pieces, Arc::clone(&asker.scene));
    Ok(runs::named(sse::response(shared, events, permit, asker.scene), &run))
}

/// The pieces as events, who speaks first.
fn told(chunks: Chunks, pieces: Flow<Piece>, scene: Arc<Scene>) -> Flow<Event> {
    let first = stream::iter([plain(chunks.role())]);
    let rest = pieces.flat_map(move |piece| {
        stream::iter(match piece {
            Piece::Underway => Vec::new(),
            Piece::Text(text) => vec![plain(chunks.text(&text))],
            Piece::Answer(answer) => last(&chunks, &answer),
            Piece::Refused(refusal) => vec![sse::of_refusal(&refusal, &scene)],
        })
    });
    Box::pin(first.chain(rest))
}

fn last(chunks: &Chunks, answer: &Answer) -> Vec<Event> {
    let mut events: Vec<_> = chunks.last(answer).into_iter().map(plain).collect();
    events.push(Event { id: None, name: None, data: DONE });
    events
}

fn plain(data: serde_json::Value) -> Event {
    Event { id: None, name: None, data: data.into() }
}
