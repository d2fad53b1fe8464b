use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands::{Filter, Words};
use crate::caller::Caller;
use crate::effect::EventPlace;
use crate::ids::{ActorId, Principal, SecretName};
use crate::time::Timestamp;

/// What happened to a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It sends events from now on.
    Created {
        /// Where to.
        url: String,
        /// Which.
        #[serde(default, skip_serializing_if = "Filter::is_open")]
        filter: Filter,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// What its secret is called in the vault.
        secret: SecretName,
        /// As whom it reads: it sends what this one may see, and nothing else.
        owner: Caller,
        /// In whose words it tells.
        #[serde(default, skip_serializing_if = "Words::is_usual")]
        words: Words,
    },
    /// Where to, or which, is another.
    Updated {
        /// Where to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<Filter>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// As whom it reads from now on: who changes what is sent, or where to, gets no more than
        /// is theirs.
        owner: Caller,
    },
    /// Another secret counts.
    Rotated {
        /// Until when the one before it counts, too.
        until: Timestamp,
    },
    /// It sends events from now on.
    Enabled {
        /// As whom it reads.
        owner: Caller,
    },
    /// It sends no more events.
    Disabled {
        /// Why.
        reason: Reason,
        /// The same, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Somebody tries whether messages come through.
    Pinged {
        /// Who.
        by: Principal,
    },
    /// A message is on its way.
    DeliveryAsked(Delivery),
    /// The receiver has taken it.
    Delivered {
        /// Which.
        delivery: ActorId,
        /// What it answered.
        status: u16,
        /// How many attempts it took.
        attempts: u32,
    },
    /// The receiver has not taken it, and nobody tries any more.
    DeliveryFailed {
        /// Which.
        delivery: ActorId,
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
        /// How many attempts there were.
        attempts: u32,
    },
}

/// One message to the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What it is called.
    pub delivery: ActorId,
    /// The id of the message, `webhook-id` on the wire: the same when it is sent again.
    pub message: String,
    /// The event.
    pub place: EventPlace,
    /// Its type.
    #[serde(rename = "type")]
    pub r#type: String,
    /// The delivery that it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<ActorId>,
}

/// Why a webhook sends no more events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// The receiver says that it is gone (410).
    Gone,
    /// Nothing has come through for days.
    Failing,
    /// Too many messages wait.
    Overflow,
}
