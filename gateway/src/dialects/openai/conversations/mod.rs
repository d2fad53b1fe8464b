//! `/v1/conversations`: threads, of which each response is told what was said before it.

mod items;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::run::Start;
use contracts::kinds::thread::{self, Length};
use contracts::{ActorId, Refusal, Timestamp};
use serde_json::{Value, json};

use super::options;
use super::pages::{self, AFTER, INCLUDE, LIMIT, ORDER};
use super::responses::{conversation_of, items::turns};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::Fields;
use crate::dialects::common::threads::{self, Joined, Kept};
use crate::dialects::common::{images, read, runs};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::headers::Key;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;

/// The most items that one request may bring.
const ITEMS_MAX: usize = 20;

/// The rows of conversations.
pub const ROUTES: &[Route] = &[
    Route::keyed(
        (Method::Post, "/v1/conversations"),
        ("conversations_begin", "Begins a conversation, as OpenAI's clients do."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(create(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/v1/conversations/{id}"),
        ("conversations_show", "Shows a conversation."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(show(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/v1/conversations/{id}"),
        ("conversations_update", "Replaces the notes of a conversation."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(update(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/v1/conversations/{id}/items"),
        ("conversations_items", "Lists what was said in a conversation and what answered it."),
        (Needs::Rows, &[AFTER, INCLUDE, LIMIT, ORDER]),
        |shared, call| Box::pin(list(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/v1/conversations/{id}/items"),
        ("conversations_add", "Says more in a conversation."),
        (Needs::Command, &[INCLUDE]),
        |shared, call| Box::pin(add(shared, call)),
    ),
];

async fn kept(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<Kept, Refusal> {
    threads::kept(shared, asker, id, &called(id)).await
}

fn called(id: &ActorId) -> String {
    format!("conversation conv_{id}")
}

/// Lets a response follow on what was said in a conversation.
///
/// # Errors
/// As [`threads::join`].
pub async fn join(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    start: &mut Start,
) -> Result<Joined, Refusal> {
    let run = threads::run_in(shared, asker, thread)?;
    threads::join(shared, asker, (thread, &called(thread)), run, start).await
}

fn told(id: &ActorId, at: Timestamp, metadata: &Value) -> Value {
    json!({
        "id": format!("conv_{id}"), "object": "conversation", "created_at": runs::seconds(at),
        "metadata": metadata,
    })
}

/// Sends a command to a thread in the name of the caller.
async fn order(
    shared: &Shared,
    asker: &Asker,
    (id, command): (Option<ActorId>, &str),
    body: Value,
    key: Option<Key>,
) -> Result<contracts::view::Answer, Refusal> {
    let order = Order { kind: &thread::KIND, id, command, body, key, wait: None };
    asker.order(shared, order).await
}

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let metadata = options::metadata(&mut body)?.unwrap_or_default();
    let mut said = match body.list("items")? {
        Some(items) if items.len() > ITEMS_MAX => return Err(body.wrong("items", "are 20 at most")),
        Some(items) => turns(Value::Array(items), "items")?,
        None => Vec::new(),
    };
    body.done()?;
    images::keep(&shared, &asker, &mut said).await?;
    let input = json!({ "turns": said, "metadata": metadata });
    let key = asker.key.clone();
    let answer = order(&shared, &asker, (None, "open"), input, key).await?;
    let whole = told(&answer.address.id, answer.at, &json!(metadata));
    respond::json(StatusCode::OK, &whole)
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let id = conversation_of(&asker.id, "id")?;
    let kept = kept(&shared, &asker, &id).await?;
    respond::json(StatusCode::OK, &told(&id, kept.at, &kept.metadata))
}

async fn update(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let metadata = options::metadata(&mut body)?.unwrap_or_default();
    body.done()?;
    let id = conversation_of(&asker.id, "id")?;
    let key = asker.key.clone();
    order(&shared, &asker, (Some(id.clone()), "note"), json!({ "metadata": metadata }), key)
        .await?;
    let kept = kept(&shared, &asker, &id).await?;
    respond::json(StatusCode::OK, &told(&id, kept.at, &kept.metadata))
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let id = conversation_of(&asker.id, "id")?;
    let kept = kept(&shared, &asker, &id).await?;
    let items = items::of(&shared, &asker, &id, &kept.entries).await?;
    respond::json(StatusCode::OK, &pages::of(items, &asker.query)?)
}

async fn add(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let items = body.list("items")?.filter(|items| (1..=ITEMS_MAX).contains(&items.len()));
    let items = items.ok_or_else(|| body.wrong("items", "is a list of 1 to 20 items"))?;
    body.done()?;
    let mut said = turns(Value::Array(items), "items")?;
    images::keep(&shared, &asker, &mut said).await?;
    let id = conversation_of(&asker.id, "id")?;
    let key = asker.key.clone();
    let input = json!({ "turns": said });
    let answer = order(&shared, &asker, (Some(id.clone()), "append"), input, key).await?;
    let length: Length = contracts::read::from_value(answer.reply)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let first = usize::try_from(length.entries).unwrap_or_default().saturating_sub(said.len());
    let data = said.iter().zip(first..).flat_map(|(turn, at)| items::said(&id, at, turn));
    let data: Vec<_> = data.collect();
    respond::json(
        StatusCode::OK,
        &json!({
            "object": "list", "has_more": false,
            "first_id": data.first().map(|item| item["id"].clone()),
            "last_id": data.last().map(|item| item["id"].clone()),
            "data": data,
        }),
    )
}
