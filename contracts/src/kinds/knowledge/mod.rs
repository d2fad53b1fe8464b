//! `knowledge`: a base of documents that can be searched by words and by meaning. Documents are
//! cut into passages; a model makes points in a space of them. The log holds both: the passages in
//! its events, the points in the tenant's blobs, so that what is searched can be built again.

mod commands;
mod events;
mod rejections;
mod specs;

pub use commands::{Add, Added, Command, Create, Gone, Reembed, Reembedded, Remove, Standing};
pub use events::{
    Created, DocumentAdded, DocumentFailed, DocumentReady, DocumentRemoved, EmbedAsked,
    EmbedFailed, Embedded, Event, PartRead, Passage, Piece, ReadAsked, ReembedStarted, Served,
    Source,
};
pub use rejections::Rejection;
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("knowledge");
/// The name of a base, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// The name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 256;
/// The id of a document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 256;
/// The title of a document, in bytes.
pub const TITLE_BYTES_MAX: usize = 512;
/// A text that comes with the command, in bytes. A longer one comes as a file.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;
/// A document, however it comes, in bytes.
pub const DOCUMENT_TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Notes on a document.
pub const METADATA_MAX: usize = 16;
/// The name of a note, in bytes.
pub const METADATA_NAME_BYTES_MAX: usize = 64;
/// A note, in bytes.
pub const METADATA_TEXT_BYTES_MAX: usize = 512;
/// Documents of a base.
pub const DOCUMENTS_MAX: usize = 10_000;
/// Passages of one commit.
pub const PASSAGES_MAX: usize = 2_048;
/// The shortest limit of a passage, in bytes.
pub const PASSAGE_BYTES_MIN: u32 = 200;
/// How long a passage is at most when nobody says, in bytes.
pub const PASSAGE_BYTES_DEFAULT: u32 = 1_200;
/// The longest limit of a passage, in bytes.
pub const PASSAGE_BYTES_MAX: u32 = 8_000;
/// Numbers of a vector.
pub const DIMENSIONS_MAX: u32 = 4_096;
/// Parts of documents that models are asked about at once.
pub const ASKED_MAX: usize = 8;
/// How long a document may take until it can be searched, in milliseconds.
pub const ADD_DEADLINE_MS: u64 = 10 * 60 * 1_000;
/// How long all documents may take to be embedded anew, in milliseconds.
pub const REEMBED_DEADLINE_MS: u64 = 24 * 60 * 60 * 1_000;
/// Who embeds when nobody says: runs of letters, hashed. It costs nothing and knows nothing of
/// meaning.
pub const MODEL_DEFAULT: &str = "local/ngrams";
/// The tool that reads what a document is made of.
pub const READ_TOOL: &str = "document_read";

/// The page of `knowledge`.
pub struct Knowledge;

impl Page for Knowledge {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Documents that are searched by words and by meaning.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &["create", "add", "remove", "reembed"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("DocumentAdded", 1),
        ("ReadAsked", 1),
        ("PartRead", 1),
        ("EmbedAsked", 1),
        ("Embedded", 1),
        ("EmbedFailed", 1),
        ("DocumentReady", 1),
        ("DocumentFailed", 1),
        ("DocumentRemoved", 1),
        ("ReembedStarted", 1),
        ("Served", 1),
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
        rejections::specs()
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Created(created) => {
                json!({ "name": created.name, "model": created.model, "documents": 0 })
            }
            Event::DocumentAdded(added) => json!({ "documents": added.documents }),
            Event::DocumentRemoved(removed) => json!({ "documents": removed.documents }),
            Event::ReembedStarted(started) => json!({ "model": started.model }),
            Event::ReadAsked(_)
            | Event::PartRead(_)
            | Event::EmbedAsked(_)
            | Event::Embedded(_)
            | Event::EmbedFailed(_)
            | Event::DocumentReady(_)
            | Event::DocumentFailed(_)
            | Event::Served(_) => return None,
        })
    }
}
