//! `file`: a file that somebody uploaded. Its content is kept in the tenant's blobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hash::Hash;
use crate::ids::Kind;
use crate::kinds::check::SAID;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::{Refusal, RefusalClass};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("file");
/// The longest name of a file, in bytes.
pub const NAME_BYTES_MAX: usize = 255;
/// The longest purpose and media type, in bytes.
pub const WORD_BYTES_MAX: usize = 128;

/// The page of `file`.
pub struct File;

/// What may be asked of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Says what was uploaded.
    Upload(Upload),
    /// Takes it out of sight.
    Delete(Nothing),
}

/// Input of `upload`. The content is put into the tenant's blobs before; `POST /v1/files` does
/// both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// What it is called.
    #[schemars(length(min = 1, max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub filename: String,
    /// What it is for, such as `assistants` or `user_data`.
    #[schemars(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID))]
    pub purpose: String,
    /// Its media type.
    #[schemars(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID))]
    pub media_type: String,
    /// How large it is.
    pub bytes: u64,
    /// Under which name the blobs keep its content: its BLAKE3.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub blob: Hash,
}

/// No input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was uploaded.
    Uploaded(Upload),
    /// It was taken out of sight.
    Deleted {},
}

/// The answer of `upload` and `delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// `uploaded` or `deleted`.
    pub status: String,
}

/// Why a file says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// It was uploaded already.
    Exists,
    /// There is none, or none any more.
    NotFound,
}

impl Page for File {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "A file that somebody uploaded.";
    const CREATE: &'static str = "upload";
    const COMMANDS: &'static [&'static str] = &["upload", "delete"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Uploaded", 1), ("Deleted", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        vec![
            CommandSpec {
                name: "upload",
                about: "Says what was uploaded, once its content is in the tenant's blobs.",
                input: schema_of::<Upload>,
                output: schema_of::<Done>,
                example: sample(),
                begins: true,
            },
            CommandSpec {
                name: "delete",
                about: "Takes the file out of sight; what the log says of it stays.",
                input: schema_of::<Nothing>,
                output: schema_of::<Done>,
                example: json!({}),
                begins: false,
            },
        ]
    }

    fn events() -> Vec<EventSpec> {
        vec![
            EventSpec { r#type: "Uploaded", about: "It was uploaded.", sample: sample() },
            EventSpec { r#type: "Deleted", about: "It is out of sight.", sample: json!({}) },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![
            RejectionSpec { code: "actor_exists", about: "The file was uploaded already." },
            RejectionSpec { code: "actor_not_found", about: "There is no such file." },
            RejectionSpec { code: "invalid_input", about: "A member of the input breaks a rule." },
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Uploaded(Upload { filename, purpose, bytes, .. }) => json!({
                "status": "uploaded", "filename": filename, "purpose": purpose, "bytes": bytes,
            }),
            Event::Deleted {} => json!({ "status": "deleted" }),
        })
    }
}

fn sample() -> Value {
    json!({
        "filename": "notes.txt", "purpose": "user_data", "media_type": "text/plain", "bytes": 5,
        "blob": Hash::of(b"hello"),
    })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "actor_exists", "the file was uploaded already")
            }
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such file"),
        }
    }
}
