//! `/v1/responses`: runs that can be read again, continued and cancelled.

pub mod answer;
pub mod items;
pub mod request;
pub mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::run;
use contracts::ports::Flow;
use contracts::{ActorId, Address, Refusal};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::json;

use self::request::Asked;
use self::stream::Teller;
use super::conversations;
use super::pages::{self, AFTER, INCLUDE, LIMIT, ORDER};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::runs::{self, Begun, Piece};
use crate::dialects::common::threads::{self, Joined};
use crate::dialects::common::told::{Stands, Told};
use crate::dialects::common::{images, models, read};
use crate::dialects::rest::respond::{self, JSON, JSON_OR_SSE};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::{Shared, StreamPermit};
use crate::edge::sse::{self, Event};
use crate::edge::standing;

/// Whether it is told as it grows.
const STREAM: Param = Param { name: "stream", about: "Whether it is told as it grows." };
/// Behind which event.
const STARTING_AFTER: Param = Param {
    name: "starting_after",
    about: "Of a stream: only what comes behind the event of this `sequence_number`.",
};
/// What clients say of padding.
const OBFUSCATION: Param =
    Param { name: "include_obfuscation", about: "Taken, and has nothing to add." };

/// The rows of responses.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/responses",
        name: "response_create",
        about: "Answers an input, as OpenAI's responses do; the answer is a run.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON_OR_SSE,
        query: &[],
        handler: |shared, call| Box::pin(create(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/responses/{id}",
        name: "response",
        about: "Shows a response, however far it has come; `stream=true` goes on telling it.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON_OR_SSE,
        query: &[INCLUDE, OBFUSCATION, STARTING_AFTER, STREAM],
        handler: |shared, call| Box::pin(show(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/responses/{id}/cancel",
        name: "response_cancel",
        about: "Cancels a response that is being made.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(cancel(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/responses/{id}/input_items",
        name: "response_input",
        about: "Lists what a response was asked.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON,
        query: &[AFTER, INCLUDE, LIMIT, ORDER],
        handler: |shared, call| Box::pin(input(shared, call)),
    },
];

/// The run of a response.
///
/// # Errors
/// `invalid_input`, which names `place`.
pub fn run_of(id: &str, place: &str) -> Result<ActorId, Refusal> {
    let run = id.strip_prefix("resp_").and_then(|id| ActorId::new(id).ok());
    run.ok_or_else(|| wrong(place, "is the id of a response: resp_…"))
}

/// The actor of a conversation.
///
/// # Errors
/// `invalid_input`, which names `place`.
pub fn conversation_of(id: &str, place: &str) -> Result<ActorId, Refusal> {
    let thread = id.strip_prefix("conv_").and_then(|id| ActorId::new(id).ok());
    thread.ok_or_else(|| wrong(place, "is the id of a conversation: conv_…"))
}

/// The conversation that a run belongs to, by its name.
#[must_use]
pub fn conversation_of_run(run: &ActorId) -> Option<String> {
    threads::of_run(run).map(|thread| format!("conv_{thread}"))
}

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut asked = request::read(read(&shared, &mut call).await?)?;
    let asker = Asker::of(&call)?;
    let permit = asked.stream.then(|| call.open_stream(&shared)).transpose()?;
    drop(call);
    if let Some(previous) = &asked.start.after {
        // Whoever may not read a run does not learn of it by asking a model what was said in it.
        asker.ensure(&shared, (&run::KIND, Capability::READ), Some(previous))?;
    }
    asked.start.model = models::resolve(&shared, &asked.start.model)?;
    images::keep(&shared, &asker, &mut asked.start.turns).await?;
    let joined = match &asked.conversation {
        None => None,
        Some(thread) => Some(conversations::join(&shared, &asker, thread, &mut asked.start).await?),
    };
    if let Some(permit) = permit {
        return streamed(&shared, asker, (asked, joined), permit).await;
    }
    let wait = if asked.background { Duration::ZERO } else { asker.patience(&shared) };
    let begun = begin(&shared, &asker, &asked, joined.as_ref(), wait).await?;
    let told = told(&asked, &begun, shared.now().as_millis().div_euclid(1_000));
    let mut whole = told.whole();
    whole["background"] = json!(asked.background);
    Ok(runs::named(respond::json(StatusCode::OK, &whole)?, &told.run))
}

/// Begins the run, written down in its conversation before.
async fn begin(
    shared: &Shared,
    asker: &Asker,
    asked: &Asked,
    joined: Option<&Joined>,
    wait: Duration,
) -> Result<Begun, Refusal> {
    match joined {
        None => runs::begin(shared, asker, &asked.start, None, wait).await,
        Some(joined) => threads::begin(shared, asker, joined, &asked.start, wait).await,
    }
}

fn told(asked: &Asked, begun: &Begun, now: i64) -> Told {
    let (run, start, created) =
        (begun.address.id.clone(), asked.start.clone(), runs::seconds(begun.at));
    let (stands, ended) = match &begun.answer {
        Some(answer) => (Stands::Answered(Box::new(answer.clone())), Some(now)),
        None => (Stands::Running, None),
    };
    Told { run, start, created, ended, stands }
}

async fn streamed(
    shared: &Arc<Shared>,
    asker: Asker,
    (asked, joined): (Asked, Option<Joined>),
    permit: StreamPermit,
) -> Result<Response, Refusal> {
    let begun = begin(shared, &asker, &asked, joined.as_ref(), Duration::ZERO).await?;
    let told = told(&asked, &begun, 0);
    let whole = asked.start.schema.is_some();
    let pieces = runs::follow(shared, begun.address, begun.command, whole).await?;
    let pieces = runs::unless_refused(shared, pieces).await?;
    Ok(telling(shared, asker, (told, None), pieces, permit))
}

/// The stream of a response, behind the event that was seen before.
fn telling(
    shared: &Arc<Shared>,
    asker: Asker,
    (mut told, seen): (Told, Option<u64>),
    pieces: Flow<Piece>,
    permit: StreamPermit,
) -> Response {
    // It is told from its beginning, even when it has answered already.
    (told.stands, told.ended) = (Stands::Running, None);
    let run = told.run.clone();
    let pieces = standing::while_standing(pieces, shared, &asker.identity, Piece::Refused);
    let events = events(Arc::clone(shared), Teller::new(told, seen), pieces);
    runs::named(sse::response(shared, events, permit, asker.scene), &run)
}

fn events(shared: Arc<Shared>, mut teller: Teller, pieces: Flow<Piece>) -> Flow<Event> {
    let first = flows::iter(teller.begin());
    let rest = pieces.flat_map(move |piece| {
        let ended = || runs::seconds(shared.now());
        flows::iter(match piece {
            Piece::Underway => Vec::new(),
            Piece::Text(text) => teller.text(&text),
            Piece::Answer(answer) => teller.end(Stands::Answered(answer), ended()),
            Piece::Refused(refusal) => teller.end(Stands::Failed(refusal), ended()),
        })
    });
    Box::pin(first.chain(rest))
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    // Padding against whoever listens on the wire: it says nothing.
    call.query.flag(OBFUSCATION.name)?;
    let seen = call.query.parsed(STARTING_AFTER.name, "is the number of an event")?;
    let streams = call.query.flag(STREAM.name)?;
    let permit = streams.then(|| call.open_stream(&shared)).transpose()?;
    drop(call);
    let told = runs::told(&shared, &asker, run_of(&asker.id, "id")?).await?;
    if let Some(permit) = permit {
        let address = Address::new(asker.tenant.clone(), run::KIND, told.run.clone());
        let whole = told.start.schema.is_some();
        let pieces = runs::follow(&shared, address, None, whole).await?;
        return Ok(telling(&shared, asker, (told, seen), pieces, permit));
    }
    Ok(runs::named(respond::json(StatusCode::OK, &told.whole())?, &told.run))
}

async fn input(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let told = runs::told(&shared, &asker, run_of(&asker.id, "id")?).await?;
    let items = items::told(&told.start.turns, told.run.as_str());
    respond::json(StatusCode::OK, &pages::of(items, &asker.query)?)
}

async fn cancel(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    Fields::new(read(&shared, &mut call).await?, "")?.done()?;
    let asker = Asker::of(&call)?;
    drop(call);
    let run = run_of(&asker.id, "id")?;
    let (id, key) = (Some(run.clone()), asker.key.clone());
    // The answer tells all of it.
    asker.ensure(&shared, (&run::KIND, Capability::READ), Some(&run))?;
    let (command, body) = ("cancel", json!({}));
    let order = Order { kind: &run::KIND, id, command, body, key, wait: None };
    asker.order(&shared, order).await?;
    let told = runs::read_back(&shared, &asker, run).await?;
    Ok(runs::named(respond::json(StatusCode::OK, &told.whole())?, &told.run))
}
