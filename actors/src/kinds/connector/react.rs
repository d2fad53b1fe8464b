//! What the world must do for a connector: all of it by the executor, which alone opens secrets.

use contracts::effect::{Delivery, Effect, Retry, Terms, Timer, ToolRun};
use contracts::kinds::connector::limits::CHECK_MS;
use contracts::kinds::connector::{Create, Event};
use contracts::{ActorId, CommandName, SecretName, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::State;

/// Asks the service whether it takes the credential.
pub const CHECK: &str = "connector_check";
/// Erases secrets that no longer count.
pub const ERASE: &str = "connector_erase";
/// Has new tokens made of the present ones.
pub const REFRESH: &str = "connector_refresh";
/// Ends the credential where it was given, and erases it.
pub const REVOKE: &str = "connector_revoke";

/// The timer of the next refresh.
const TIMER: ActorId = ActorId::from_static("refresh");

/// What the executor is sent to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// What the account is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Box<Create>>,
    /// What the credential is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// What the secret of the client is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<SecretName>,
}

pub(super) fn react(before: &State, event: &Event, after: &State) -> Vec<Effect> {
    match event {
        Event::Sealed { secret, .. } => {
            let slot = if after.auth().is_key() { &before.secret } else { &before.client };
            erase(slot.as_ref().filter(|it| *it != secret))
        }
        Event::Authorized { tokens, refresh_at, .. } | Event::Refreshed { tokens, refresh_at } => {
            let mut effects = erase(before.secret.as_ref().filter(|it| **it != tokens.secret));
            effects.extend(timer(*refresh_at));
            effects
        }
        Event::RefreshAsked {} => vec![errand(REFRESH, after, json!("refresh"))],
        Event::RefreshFailed { again_at, .. } => timer(*again_at).into_iter().collect(),
        Event::CheckAsked { command } => vec![errand(CHECK, after, json!({ "check": command }))],
        Event::Revoked { .. } => {
            vec![errand(REVOKE, before, Value::Null), Effect::Timer(Timer::cancel(TIMER))]
        }
        Event::Created { .. } | Event::Shared { .. } | Event::Checked { .. } => Vec::new(),
    }
}

fn timer(at: Option<Timestamp>) -> Option<Effect> {
    let command = CommandName::from_static("refresh");
    Some(Effect::Timer(Timer::once(TIMER, at?, command, json!({}))))
}

fn erase(secret: Option<&SecretName>) -> Vec<Effect> {
    let Some(secret) = secret else { return Vec::new() };
    let errand = Errand { create: None, secret: Some(secret.clone()), client: None };
    vec![sent(ERASE, &errand, Value::Null)]
}

fn errand(name: &str, state: &State, tag: Value) -> Effect {
    let create = state.create.clone();
    let (secret, client) = (state.secret.clone(), state.client.clone());
    sent(name, &Errand { create, secret, client }, tag)
}

fn sent(name: &str, errand: &Errand, tag: Value) -> Effect {
    let retry = Retry { attempts_max: Some(3), timeout_ms: Some(CHECK_MS / 2), ..Retry::default() };
    Effect::Tool(Box::new(ToolRun {
        name: name.to_owned(),
        call: String::new(),
        input: json!(errand),
        delivery: Delivery::Idempotent,
        origin: None,
        approval: false,
        recorded: None,
        tag,
        terms: Terms { retry: Some(retry), independent: true, ..Terms::default() },
    }))
}
