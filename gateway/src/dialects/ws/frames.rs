//! What is said on a socket. Every frame is one JSON object with a `type`.

use contracts::ports::LiveItem;
use contracts::{Recorded, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::edge::call::Scene;
use crate::edge::submit::Submitted;
use crate::problem;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Brings the credential, as the first frame, when no header did.
    Auth {
        /// The key.
        key: String,
    },
    /// Sends a command.
    Command(Command),
    /// Follows commits, live signals, or both.
    Subscribe(Subscribe),
    /// Ends a subscription.
    Unsubscribe {
        /// What the subscription was called.
        sub: Value,
    },
    /// Asks for a `pong`.
    Ping {
        /// Comes back with the `pong`.
        #[serde(default)]
        r#ref: Value,
    },
}

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Comes back with the answer: a string or a number.
    pub r#ref: Value,
    /// The kind.
    pub kind: String,
    /// The actor; absent = a new one.
    pub id: Option<String>,
    /// What is asked.
    pub command: String,
    /// With what.
    #[serde(default = "empty")]
    pub input: Value,
    /// How many seconds the answer is waited for; 0 = until the command is accepted.
    pub wait: Option<u64>,
    /// What the caller calls the command; a repeat of it causes nothing new.
    pub idempotency_key: Option<String>,
    /// Do it only if the actor is at this revision; 0 = does not exist.
    pub expected: Option<u64>,
}

fn empty() -> Value {
    json!({})
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// What it is called from now on: a string or a number.
    pub r#ref: Value,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this actor; needs `kind`.
    pub id: Option<String>,
    /// After this cursor; `now` or absent = only what is to come.
    pub after: Option<String>,
    /// Also live signals.
    #[serde(default)]
    pub live: bool,
    /// Commits too; `false` = only live signals.
    #[serde(default = "yes")]
    pub events: bool,
}

const fn yes() -> bool {
    true
}

/// `{type: "ready", principal}`: the socket is authenticated.
pub fn ready(principal: &str) -> Value {
    json!({ "type": "ready", "principal": principal, "api_version": "v1" })
}

/// `{type: "answer", ref, …}` with the members of the answer envelope.
pub fn answer(r#ref: &Value, submitted: &Submitted) -> Result<Value, Refusal> {
    let mut value = submitted.to_json()?;
    value["type"] = json!("answer");
    value["ref"] = r#ref.clone();
    Ok(value)
}

/// `{type: "error", ref, problem}`.
pub fn error(r#ref: &Value, refusal: &Refusal, scene: &Scene) -> Value {
    json!({ "type": "error", "ref": r#ref, "problem": problem::body(refusal, scene.told()) })
}

/// `{type: "subscribed", sub}`.
pub fn subscribed(sub: &Value) -> Value {
    json!({ "type": "subscribed", "sub": sub })
}

/// `{type: "unsubscribed", sub}`.
pub fn unsubscribed(sub: &Value) -> Value {
    json!({ "type": "unsubscribed", "sub": sub })
}

/// `{type: "event", sub, cursor, commit}`.
pub fn event(sub: &Value, recorded: &Recorded) -> Value {
    json!({
        "type": "event",
        "sub": sub,
        "cursor": recorded.cursor,
        "commit": recorded.to_json(false),
    })
}

/// `{type: "signal", sub, kind, id, signal}`.
pub fn signal(sub: &Value, item: &LiveItem) -> Value {
    let (kind, id) = (&item.address.kind, &item.address.id);
    json!({ "type": "signal", "sub": sub, "kind": kind, "id": id, "signal": item.signal })
}

/// `{type: "resume", subscriptions: [{sub, after}]}`: where a reader that was too slow goes on.
pub fn resume<'a>(reached: impl Iterator<Item = &'a (Value, Value)>) -> Value {
    let subscriptions: Vec<_> =
        reached.map(|(sub, cursor)| json!({ "sub": sub, "after": cursor })).collect();
    json!({ "type": "resume", "subscriptions": subscriptions })
}

/// `{type: "pong", ref}`.
pub fn pong(r#ref: &Value) -> Value {
    json!({ "type": "pong", "ref": r#ref })
}
