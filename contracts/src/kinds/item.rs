//! `item`: one thing that is kept under a key in a namespace, until it is removed or its time is
//! over. Every value that it has had stays in its log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::hash::Hash;
use crate::ids::{ActorId, Kind};
use crate::kinds::check::SAID;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("item");
/// Names that a namespace may be made of.
pub const NAMES_MAX: usize = 16;
/// Each of them, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 512;
/// The largest value, in bytes of JSON.
pub const VALUE_BYTES_MAX: usize = 256 * 1024;
/// Members of a value that may be named to be searched.
pub const INDEX_MAX: usize = 32;
/// The longest that an item may be kept by a time of its own, in seconds: ten years.
pub const TTL_S_MAX: u64 = 10 * 365 * 24 * 60 * 60;

/// The page of `item`.
pub struct Item;

/// The name of the actor that keeps what is called `key` in a namespace.
///
/// # Panics
/// Never: digits are a token.
#[must_use]
pub fn id_of(namespace: &[String], key: &str) -> ActorId {
    let names: Vec<_> = namespace.iter().map(String::as_str).collect();
    let place = Hash::of_parts("cambium item namespace v1", &names).to_string();
    let key = Hash::of_parts("cambium item key v1", &[key]).to_string();
    ActorId::new(format!("{}:{}", &place[..32], &key[..32])).expect("digits are a token")
}

/// What may be asked of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Keeps a value, in place of the one there was.
    Put(Box<Put>),
    /// Keeps it no longer.
    Remove(Nothing),
    /// Its time is over.
    Expire(Nothing),
}

/// Input of `put`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Where it is kept: names from the widest to the narrowest.
    #[schemars(
        length(min = 1, max = NAMES_MAX),
        inner(length(min = 1, max = NAME_BYTES_MAX), regex(pattern = SAID))
    )]
    pub namespace: Vec<String>,
    /// What it is called there.
    #[schemars(length(min = 1, max = KEY_BYTES_MAX), regex(pattern = SAID))]
    pub key: String,
    /// What is kept: at most 256 KiB of JSON.
    pub value: Map<String, Value>,
    /// Which members of the value a search reads, as paths with dots; none = it is not searched;
    /// left out = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = INDEX_MAX))]
    pub index: Option<Vec<String>>,
    /// How long it is kept, in seconds; left out = until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TTL_S_MAX))]
    pub ttl_s: Option<u64>,
}

/// No input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened to an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A value is kept.
    Put {
        /// Which, and where.
        item: Box<Put>,
        /// Until when; `None` = until it is removed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// It is kept no longer.
    Removed {},
    /// Its time was over.
    Expired {},
}

/// The answer of every command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Whether something is kept.
    pub kept: bool,
}

/// Why an item says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// Nothing is kept under this key.
    NotFound,
}

impl Page for Item {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "One thing that is kept under a key in a namespace.";
    const CREATE: &'static str = "put";
    const COMMANDS: &'static [&'static str] = &["put", "remove", "expire"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Put", 1), ("Removed", 1), ("Expired", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, about, input, example: Value, begins| CommandSpec {
            name,
            about,
            input,
            output: schema_of::<Kept>,
            example,
            begins,
        };
        let put = "Keeps a value, in place of the one there was.";
        vec![
            spec("put", put, schema_of::<Put>, sample(), true),
            spec("remove", "Keeps it no longer.", schema_of::<Nothing>, json!({}), false),
            spec(
                "expire",
                "Keeps it no longer when its time is over; its timer asks this.",
                schema_of::<Nothing>,
                json!({}),
                false,
            ),
        ]
    }

    fn events() -> Vec<EventSpec> {
        let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
        let put = json!({ "item": sample(), "expires_at": "2027-01-15T08:00:00.000Z" });
        vec![
            spec("Put", "A value is kept.", put),
            spec("Removed", "It is kept no longer.", json!({})),
            spec("Expired", "Its time was over.", json!({})),
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        let told = |code, about| RejectionSpec { code, about };
        vec![
            told("actor_not_found", "Nothing is kept under this key."),
            told("invalid_input", "A member of the input breaks a rule."),
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Put { item, .. } => {
                json!({ "namespace": item.namespace, "key": item.key, "kept": true })
            }
            Event::Removed {} | Event::Expired {} => json!({ "kept": false }),
        })
    }
}

fn sample() -> Value {
    json!({
        "namespace": ["people", "ada"], "key": "food", "value": { "likes": "apples" },
        "index": ["likes"], "ttl_s": 3_600,
    })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => {
                Self::not_found("actor_not_found", "nothing is kept under this key")
            }
        }
    }
}
