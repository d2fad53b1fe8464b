//! `webhook`: where events are sent to, each a CloudEvent, signed as Standard Webhooks describes
//! it. One actor per receiver.

mod commands;
mod events;
pub mod limits;
mod specs;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hash::Hash;
use crate::ids::{ActorId, Kind, SecretName};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::refusal::{Refusal, RefusalClass};

pub use commands::{
    Command, Create, Deliver, Filter, Note, Nothing, Redeliver, Rotate, Update, Words,
};
pub use events::{Delivery, Event, Reason};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("webhook");

/// The page of `webhook`.
pub struct Webhook;

/// What the secret of the webhook `id` is called in the vault.
#[must_use]
pub fn secret_of(id: &ActorId) -> SecretName {
    let hashed = || {
        let hash = Hash::of_parts("cambium webhook secret v1", &[id.as_str()]);
        SecretName::new(format!("webhook:{hash}")).expect("digits are a token")
    };
    SecretName::new(format!("webhook:{id}")).unwrap_or_else(|_| hashed())
}

/// The answer to what changes a webhook: how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Where to.
    pub url: String,
    /// Whether it sends events.
    pub enabled: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Reason>,
}

/// The answer to what sends a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// What the delivery is called; absent = nothing is sent, since the webhook is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<ActorId>,
}

/// Why a webhook says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// There is one of that name.
    Exists,
    /// There is none.
    NotFound,
    /// The input breaks a rule.
    Invalid(Refusal),
    /// Only the runtime says this.
    RuntimeOnly,
    /// It sends nothing while it is disabled.
    Disabled,
    /// Nothing is known of that delivery any more.
    DeliveryUnknown,
    /// Too many messages wait.
    Full,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let forbidden =
            |code: &'static str, message: &str| Self::new(RefusalClass::Forbidden, code, message);
        match rejection {
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "webhook_exists", "there is such a webhook")
            }
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such webhook"),
            Rejection::Invalid(refusal) => refusal,
            Rejection::RuntimeOnly => {
                forbidden("runtime_only", "only the runtime says which event is sent")
            }
            Rejection::Disabled => Self::rejected(
                "webhook_disabled",
                "a disabled webhook sends nothing; enable it first",
            ),
            Rejection::DeliveryUnknown => Self::not_found(
                "delivery_not_found",
                "the webhook knows no delivery of that name, or no longer",
            ),
            Rejection::Full => {
                let message = "too many messages wait for this receiver";
                Self::new(RefusalClass::Overloaded, "webhook_full", message).retry_after(60_000)
            }
        }
    }
}

impl Page for Webhook {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Where events are sent to, signed; one per receiver.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] =
        &["create", "update", "rotate", "test", "deliver", "redeliver", "disable", "enable"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("Updated", 1),
        ("Rotated", 1),
        ("Enabled", 1),
        ("Disabled", 1),
        ("Pinged", 1),
        ("DeliveryAsked", 1),
        ("Delivered", 1),
        ("DeliveryFailed", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        specs::rejections()
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Created { url, description, owner, .. } => json!({
                "status": "enabled", "url": shown(url), "description": description,
                "owner": owner.principal,
            }),
            Event::Updated { url, description, owner, .. } => {
                let mut patch = json!({ "owner": owner.principal });
                if let Some(url) = url {
                    patch["url"] = json!(shown(url));
                }
                if let Some(description) = description {
                    patch["description"] = json!(description);
                }
                patch
            }
            Event::Enabled { .. } => json!({ "status": "enabled", "reason": null }),
            Event::Disabled { reason, .. } => json!({ "status": "disabled", "reason": reason }),
            Event::DeliveryFailed { code, .. } => json!({ "last": code }),
            Event::Delivered { status, .. } => json!({ "last": status }),
            Event::Rotated { .. } | Event::Pinged { .. } | Event::DeliveryAsked(_) => return None,
        })
    }
}

/// As much of a URL as tells receivers apart: a row has at most 4 KiB.
fn shown(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
