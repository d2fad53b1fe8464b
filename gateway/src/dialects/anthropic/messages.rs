//! `POST /v1/messages`: one run, told whole or while it grows; and how many tokens a prompt has.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::run::Start;
use contracts::ports::Flow;
use contracts::{Refusal, RefusalClass};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::json;

use super::request::{self, Asked};
use super::stream::Teller;
use super::{answer, options};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::runs::{self, Piece};
use crate::dialects::common::{assistants, images, models, read};
use crate::dialects::rest::respond::{self, JSON, JSON_OR_SSE};
use crate::edge::call::{Call, Scene};
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::{Shared, StreamPermit};
use crate::edge::sse::{self, Event};
use crate::edge::standing;
use crate::problem::codes;

/// What beta versions of the clients add to the path.
const BETA: Param = Param { name: "beta", about: "Taken, and has nothing to add." };

/// The rows of messages.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/messages",
        name: "message_create",
        about: "Answers a list of messages, as Anthropic's messages do; the answer is a run.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON_OR_SSE,
        query: &[BETA],
        handler: |shared, call| Box::pin(create(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/messages/count_tokens",
        name: "message_tokens",
        about: "Tells how many tokens a list of messages has, near enough; nobody is asked.",
        access: Access::Key,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[BETA],
        handler: |shared, call| Box::pin(count(shared, call)),
    },
];

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut asked = request::read(read(&shared, &mut call).await?)?;
    let asker = Asker::of(&call)?;
    let permit = asked.start.stream.then(|| call.open_stream(&shared)).transpose()?;
    drop(call);
    if let Some(previous) = asked.previous.take() {
        go_on(&shared, &asker, &previous, &mut asked.start).await?;
    }
    let start = &mut asked.start;
    start.model = models::resolve(&shared, &start.model)?;
    if assistants::named(&start.model).is_some() {
        // It is needed in every request here, and an assistant's definition has its own.
        start.max_tokens = None;
    }
    images::keep(&shared, &asker, &mut start.turns).await?;
    if let Some(permit) = permit {
        return streamed(&shared, asker, asked, permit).await;
    }
    let patience = asker.patience(&shared);
    let begun = runs::begin(&shared, &asker, &asked.start, None, patience).await?;
    let run = &begun.address.id;
    let whole = answer::whole(run, &begun.answer.unwrap_or_default(), asked.thoughts);
    Ok(runs::named(respond::json(StatusCode::OK, &whole)?, run))
}

/// Goes on after an earlier message: what was said before it, and the tools that it could call,
/// are not said again.
async fn go_on(
    shared: &Shared,
    asker: &Asker,
    previous: &str,
    start: &mut Start,
) -> Result<(), Refusal> {
    let missing = || codes::thread_not_found(previous);
    let run = answer::run_of(previous).ok_or_else(missing)?;
    let told = runs::told(shared, asker, run.clone()).await;
    let told = told.map_err(|refusal| match refusal.class {
        RefusalClass::NotFound => missing(),
        _ => refusal,
    })?;
    if start.tools.is_empty() && assistants::named(&start.model).is_none() {
        start.tools = told.start.tools;
    }
    start.after = Some(run);
    Ok(())
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
    let tokens = options::tokens_of(&asked.start);
    let teller = Teller::new(run.clone(), asked.start.model, tokens, asked.thoughts);
    let events = told(teller, pieces, Arc::clone(&asker.scene));
    Ok(runs::named(sse::response(shared, events, permit, asker.scene), &run))
}

fn told(mut teller: Teller, pieces: Flow<Piece>, scene: Arc<Scene>) -> Flow<Event> {
    let first = flows::iter(teller.begin());
    let rest = pieces.flat_map(move |piece| {
        flows::iter(match piece {
            Piece::Underway => Vec::new(),
            Piece::Text(text) => teller.text(&text),
            Piece::Answer(answer) => teller.end(&answer),
            Piece::Refused(refusal) => vec![sse::of_refusal(&refusal, &scene)],
        })
    });
    Box::pin(first.chain(rest))
}

async fn count(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let asked = request::count(read(&shared, &mut call).await?)?;
    drop(call);
    models::resolve(&shared, &asked.model)?;
    let told = json!({ "input_tokens": options::tokens_of(&asked) });
    respond::json(StatusCode::OK, &told)
}
