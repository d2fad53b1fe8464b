use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::limits::{FILTER_ITEMS_MAX, NOTE_BYTES_MAX, OVERLAP_S, OVERLAP_S_MAX};
use crate::effect::{EventPlace, URL_BYTES_MAX, URL_PATTERN, is_url};
use crate::ids::{ActorId, Kind};
use crate::kinds::check::{Check, SAID};
use crate::refusal::Refusal;

/// What may be asked of a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins to send events to a URL.
    Create(Create),
    /// Changes where to, and which.
    Update(Update),
    /// Puts another secret in the place of the present one.
    Rotate(Rotate),
    /// Sends events from now on.
    Enable(Nothing),
    /// Sends no more events.
    Disable(Note),
    /// Sends a message that says only that it was sent.
    Test(Nothing),
    /// Sends one event; from the runtime alone.
    Deliver(Deliver),
    /// Sends again what was sent before.
    Redeliver(Redeliver),
}

/// Which events are sent. What is left out is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Of actors of these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FILTER_ITEMS_MAX))]
    pub kinds: Vec<Kind>,
    /// Of these types, such as `Proposed`. Those of the runtime, such as
    /// `cambium:EffectConcluded`, are sent only when they are named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FILTER_ITEMS_MAX), inner(length(min = 1, max = 128)))]
    pub events: Vec<String>,
    /// Of actors with these ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FILTER_ITEMS_MAX))]
    pub actors: Vec<ActorId>,
}

impl Filter {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether events of an actor are asked for at all.
    #[must_use]
    pub fn takes_actor(&self, kind: &Kind, id: &ActorId) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(kind);
        kind && (self.actors.is_empty() || self.actors.contains(id))
    }

    /// Whether events of this type are asked for.
    #[must_use]
    pub fn takes_type(&self, r#type: &str) -> bool {
        let own = !r#type.starts_with(crate::lifecycle::PREFIX);
        let named = self.events.iter().any(|it| it == r#type);
        named || (own && self.events.is_empty())
    }

    fn check(&self, check: Check) -> Check {
        let types = self.events.iter().all(|it| !it.is_empty() && it.len() <= 128);
        check
            .items("filter.kinds", self.kinds.len(), FILTER_ITEMS_MAX)
            .items("filter.events", self.events.len(), FILTER_ITEMS_MAX)
            .items("filter.actors", self.actors.len(), FILTER_ITEMS_MAX)
            .ensure(types, "filter.events", "a type has 1 to 128 bytes")
    }
}

/// In whose words a receiver is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// Each event is a CloudEvent, signed as Standard Webhooks describes it.
    #[default]
    CloudEvents,
    /// A run is told as a task of A2A, as it was then. Its secret holds the headers that tell the
    /// receiver who sends. Other events are CloudEvents.
    A2a,
}

impl Words {
    /// Whether it is the usual one.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Input of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// Where to: `http` or `https`, without user and password. It is no secret.
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub url: String,
    /// Which events.
    #[serde(default, skip_serializing_if = "Filter::is_open")]
    pub filter: Filter,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NOTE_BYTES_MAX), regex(pattern = SAID))]
    pub description: Option<String>,
    /// In whose words.
    #[serde(default, skip_serializing_if = "Words::is_usual")]
    pub words: Words,
}

/// Input of `update`. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Update {
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub url: Option<String>,
    /// Which events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NOTE_BYTES_MAX), regex(pattern = SAID))]
    pub description: Option<String>,
}

/// Input of `rotate`. The secret itself is made and shown by `POST /v1/webhooks/{id}/rotate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rotate {
    /// How long the secret before it still counts beside it, in seconds.
    #[schemars(range(max = OVERLAP_S_MAX))]
    pub overlap_s: u64,
}

impl Default for Rotate {
    fn default() -> Self {
        Self { overlap_s: OVERLAP_S }
    }
}

/// Why, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Note {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NOTE_BYTES_MAX), regex(pattern = SAID))]
    pub note: Option<String>,
}

/// Input of `deliver`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// Where the event stands.
    #[schemars(schema_with = "place")]
    pub place: EventPlace,
    /// Its type.
    #[serde(rename = "type")]
    pub r#type: String,
}

/// A place, as the runtime names it.
fn place(_: &mut SchemaGenerator) -> Schema {
    let token = json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$" });
    let reader = json!({
        "type": "object", "required": ["principal", "origin"],
        "properties": {
            "principal": token, "origin": { "enum": ["http", "nats", "runtime"] },
            "credential": { "anyOf": [token, { "type": "null" }] },
        },
    });
    json_schema!({
        "type": "object", "required": ["kind", "id", "revision", "index", "cursor", "reader"],
        "properties": {
            "kind": { "type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$" }, "id": token,
            "revision": { "type": "integer", "format": "uint64", "minimum": 0 },
            "index": { "type": "integer", "format": "uint32", "minimum": 0 },
            "cursor": { "type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$" },
            "reader": reader,
        },
    })
}

/// Input of `redeliver`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeliver {
    /// Which delivery.
    pub delivery: ActorId,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

const URL: &str = "is an http or https URL without user and password";

impl Create {
    /// Whether each member can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let check = Check::new().ensure(is_url(&self.url), "url", URL);
        let check = self.filter.check(check);
        check.text_opt("description", self.description.as_ref(), NOTE_BYTES_MAX).done()
    }
}

impl Update {
    /// Whether each member can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let check = Check::new().ensure(self.url.as_deref().is_none_or(is_url), "url", URL);
        let check = self.filter.iter().fold(check, |check, filter| filter.check(check));
        check.text_opt("description", self.description.as_ref(), NOTE_BYTES_MAX).done()
    }
}

impl Rotate {
    /// Whether the time can be meant.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(self) -> Result<(), Refusal> {
        let message = format!("is at most {OVERLAP_S_MAX}");
        Check::new().ensure(self.overlap_s <= OVERLAP_S_MAX, "overlap_s", message).done()
    }
}

impl Note {
    /// Whether the note can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new().text_opt("note", self.note.as_ref(), NOTE_BYTES_MAX).done()
    }
}
