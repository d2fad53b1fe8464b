//! Receivers that are told of a task: each is a webhook of its own, which speaks A2A's words and
//! keeps what it shows its receiver under seal.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::kinds::run;
use contracts::kinds::webhook::{self, Filter, Words};
use contracts::view::Answer;
use contracts::{ActorId, Address, Hash, Refusal, RefusalClass};
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Desk, task_named};
use super::tasks;
use crate::dialects::common::asker::Order;
use crate::dialects::common::fields::Fields;
use crate::dialects::common::runs;
use crate::edge::reading::{HeadsQuery, Order as By};
use crate::vault::name_of;

/// The header that tells a receiver whose word it gets.
const TOKEN: &str = "x-a2a-notification-token";
/// The longest name of a receiver, in bytes.
const CONFIG_BYTES_MAX: usize = 64;
/// Receivers of a task that are listed, at most.
const LISTED_MAX: usize = 100;
/// What of a run receivers are told: each is a change of its task's state.
const EVENTS: &[&str] = &[
    "Started",
    "WaitsForTools",
    "Resumed",
    "Completed",
    "Failed",
    "Cancelled",
    "cambium:EffectPaused",
    "cambium:EffectResumed",
];

/// What the names of a task's receivers begin with.
fn prefix(run: &ActorId) -> String {
    let hash = Hash::of_parts("cambium a2a receiver v1", &[run.as_str()]).to_string();
    format!("a2a:{}:", &hash[..32])
}

fn hook(run: &ActorId, config: &str) -> Result<ActorId, Refusal> {
    let fits = config.len() <= CONFIG_BYTES_MAX;
    let hook = ActorId::new(format!("{}{config}", prefix(run))).ok().filter(|_| fits);
    hook.ok_or_else(|| {
        let wanted = format!("has at most {CONFIG_BYTES_MAX} letters, digits, `_`, `-`, `:`, `@`");
        crate::dialects::common::fields::wrong("id", &wanted)
    })
}

fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "the task has no such receiver")
}

/// `CreateTaskPushNotificationConfig`.
///
/// # Errors
/// `actor_not_found`, `invalid_input`, `forbidden`.
pub async fn create(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let run = task_named(&mut params, "taskId")?;
    desk.task(run.clone()).await?;
    add(desk, &run, params).await
}

/// Has a receiver told of a task, whether it has begun or not.
///
/// # Errors
/// `invalid_input`, `forbidden`.
pub async fn add(desk: &Desk, run: &ActorId, mut config: Fields) -> Result<Value, Refusal> {
    let named = config.text("id")?.filter(|it| !it.is_empty());
    let named = named.unwrap_or_else(|| Uuid::now_v7().to_string());
    let hook = hook(run, &named)?;
    let url = config.needed_text("url")?;
    let headers = headers(&mut config)?;
    let filter = Filter {
        kinds: vec![run::KIND],
        events: EVENTS.iter().map(|it| (*it).to_owned()).collect(),
        actors: vec![run.clone()],
    };
    let body = json!({ "url": url, "filter": filter, "words": Words::A2a });
    let answer = match order(desk, &hook, "create", body).await {
        Ok(answer) => answer,
        // It is there already: what is said now counts.
        Err(refusal) if refusal.code == "webhook_exists" => {
            order(desk, &hook, "update", json!({ "url": url })).await?;
            order(desk, &hook, "enable", json!({})).await?
        }
        Err(refusal) => return Err(refusal),
    };
    seal(desk, &hook, &headers).await?;
    // Whoever asks for the list next finds it there.
    desk.shared.edge.feed.reached(answer.cursor).await;
    Ok(told(run, &named, &url, scheme(&headers)))
}

async fn order(desk: &Desk, hook: &ActorId, command: &str, body: Value) -> Result<Answer, Refusal> {
    let (kind, id) = (&webhook::KIND, Some(hook.clone()));
    let order = Order { kind, id, command, body, key: None, wait: None };
    desk.asker.order(&desk.shared, order).await
}

/// What the receiver is shown, so that it believes us.
fn headers(config: &mut Fields) -> Result<BTreeMap<String, String>, Refusal> {
    let mut headers = BTreeMap::new();
    if let Some(token) = config.text("token")?.filter(|it| !it.is_empty()) {
        HeaderValue::try_from(&token).map_err(|_| config.wrong("token", "fits into a header"))?;
        headers.insert(TOKEN.to_owned(), token);
    }
    let Some(mut shown) = config.fields("authentication")? else { return Ok(headers) };
    let scheme = shown.needed_text("scheme")?;
    // A scheme is a token, as the name of a header is.
    HeaderName::try_from(&scheme).map_err(|_| shown.wrong("scheme", "is such as Bearer"))?;
    if let Some(credentials) = shown.text("credentials")?.filter(|it| !it.is_empty()) {
        let value = format!("{scheme} {credentials}");
        HeaderValue::try_from(&value)
            .map_err(|_| shown.wrong("credentials", "fit into a header"))?;
        headers.insert("authorization".to_owned(), value);
    }
    Ok(headers)
}

/// The scheme that the receiver is shown, without what is secret.
fn scheme(headers: &BTreeMap<String, String>) -> Option<&str> {
    headers.get("authorization").and_then(|it| it.split_once(' ')).map(|(scheme, _)| scheme)
}

async fn seal(
    desk: &Desk,
    hook: &ActorId,
    headers: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let (shared, asker) = (&desk.shared, &desk.asker);
    let bytes =
        serde_json::to_vec(headers).map_err(|error| Refusal::internal(error.to_string()))?;
    let at = name_of(&asker.tenant, webhook::secret_of(hook).as_str());
    let now = shared.now();
    shared.edge.vault.seal(&at, &bytes, asker.caller.principal.as_str(), now).await?;
    let said = "a webhook got a secret";
    let record = AuditRecord::new(asker.tenant.clone(), classes::ADMIN, now, said);
    let record = record.by(&asker.caller).outcome(Outcome::Done).action("a2a_push");
    let peer = Some(asker.scene.peer.clone()).filter(|peer| !peer.is_empty());
    let trace_id = Some(asker.scene.traced.id.clone());
    let record = AuditRecord { peer, trace_id, ..record }.details(json!({ "webhook": hook }));
    Ok(shared.edge.audit.record(record).await?)
}

/// A receiver. What is secret is not told again.
fn told(run: &ActorId, config: &str, url: &str, scheme: Option<&str>) -> Value {
    let mut told = json!({ "id": config, "taskId": run, "url": url });
    if let Some(scheme) = scheme {
        told["authentication"] = json!({ "scheme": scheme });
    }
    told
}

/// A receiver that is told, as it is kept.
async fn kept(desk: &Desk, run: &ActorId, hook: ActorId) -> Result<Option<Value>, Refusal> {
    let config = hook.as_str().strip_prefix(&prefix(run)).unwrap_or_default().to_owned();
    let address = Address::new(desk.asker.tenant.clone(), webhook::KIND, hook);
    let Some(view) = desk.shared.kept(&address).await? else { return Ok(None) };
    if view.state["enabled"] != true {
        return Ok(None);
    }
    let at = name_of(&desk.asker.tenant, webhook::secret_of(&address.id).as_str());
    let sealed = desk.shared.edge.vault.open(&at).await?.unwrap_or_default();
    let headers: BTreeMap<String, String> =
        contracts::read::from_slice(&sealed).unwrap_or_default();
    let url = view.state["url"].as_str().unwrap_or_default();
    Ok(Some(told(run, &config, url, scheme(&headers))))
}

/// The task and its receiver that the parameters name, for who may read both.
async fn named(desk: &Desk, params: &mut Fields) -> Result<(ActorId, ActorId), Refusal> {
    let run = task_named(params, "taskId")?;
    let config = params.needed_text("id")?;
    desk.task(run.clone()).await.map_err(|_| tasks::unknown())?;
    let hook = hook(&run, &config).map_err(|_| unknown())?;
    desk.asker.ensure(&desk.shared, (&webhook::KIND, "read"), Some(&hook))?;
    Ok((run, hook))
}

/// `GetTaskPushNotificationConfig`.
///
/// # Errors
/// `actor_not_found`, `forbidden`.
pub async fn get(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let (run, hook) = named(desk, &mut params).await?;
    kept(desk, &run, hook).await?.ok_or_else(unknown)
}

/// `ListTaskPushNotificationConfigs`: all of them on one page.
///
/// # Errors
/// `actor_not_found`, `forbidden`; when the read models are away.
pub async fn list(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let run = task_named(&mut params, "taskId")?;
    desk.task(run.clone()).await?;
    runs::caught_up(&desk.shared).await;
    let query = HeadsQuery {
        tenant: desk.asker.tenant.clone(),
        kind: Some(webhook::KIND),
        id_prefix: Some(prefix(&run)),
        text: None,
        status: None,
        after: None,
        limit: LISTED_MAX.min(desk.shared.edge.config.page_items_max),
        order: By::Id,
    };
    let mut configs = Vec::new();
    for row in desk.shared.edge.reading.heads(query).await?.items {
        let id = row["id"].as_str().and_then(|id| ActorId::new(id).ok());
        let reads = |id: &ActorId| desk.asker.reads(&desk.shared, &webhook::KIND, id.as_str());
        let Some(hook) = id.filter(reads) else { continue };
        configs.extend(kept(desk, &run, hook).await?);
    }
    Ok(json!({ "configs": configs, "nextPageToken": "" }))
}

/// `DeleteTaskPushNotificationConfig`. One that is not there is deleted already.
///
/// # Errors
/// `actor_not_found` when there is no such task, `forbidden`.
pub async fn delete(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let (_, hook) = named(desk, &mut params).await?;
    match order(desk, &hook, "disable", json!({})).await {
        Ok(answer) => desk.shared.edge.feed.reached(answer.cursor).await,
        Err(refusal) if refusal.class == RefusalClass::NotFound => {}
        Err(refusal) => return Err(refusal),
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use contracts::ActorId;

    use super::hook;

    #[test]
    fn a_receiver_is_named_within_its_task() {
        let (one, other) = (ActorId::new("a").unwrap(), ActorId::new("b").unwrap());
        assert_ne!(hook(&one, "x").unwrap(), hook(&other, "x").unwrap());
        assert_eq!(hook(&one, "x").unwrap(), hook(&one, "x").unwrap());
        for bad in ["a b", "ä", &"x".repeat(65)] {
            assert!(hook(&one, bad).is_err(), "{bad}");
        }
    }
}
