//! The commands and events of a base, as documented.

use serde_json::{Value, json};

use super::{Add, Added, Create, Gone, Reembed, Reembedded, Remove, Standing};
use crate::commit::sample_command_id;
use crate::hash::Hash;
use crate::page::{CommandSpec, EventSpec, schema_of};

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    vec![
        CommandSpec {
            name: "create",
            about: "Begins a base and says who embeds its documents.",
            input: schema_of::<Create>,
            output: schema_of::<Standing>,
            example: json!({ "name": "Handbook" }),
            begins: true,
        },
        CommandSpec {
            name: "add",
            about: "Takes a document in, in place of one of the same id, and answers once it can \
                    be found.",
            input: schema_of::<Add>,
            output: schema_of::<Added>,
            example: json!({
                "id": "rings", "title": "Tree rings",
                "text": "# Rings\n\nA tree lays down one ring a year.",
                "metadata": { "author": "ada" },
            }),
            begins: false,
        },
        CommandSpec {
            name: "remove",
            about: "Takes a document out.",
            input: schema_of::<Remove>,
            output: schema_of::<Gone>,
            example: json!({ "id": "rings" }),
            begins: false,
        },
        CommandSpec {
            name: "reembed",
            about: "Has all documents embedded anew, by another model when one is named. The \
                    vectors that there are serve until then.",
            input: schema_of::<Reembed>,
            output: schema_of::<Reembedded>,
            example: json!({ "dimensions": 512 }),
            begins: false,
        },
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let event = |r#type, about, sample| EventSpec { r#type, about, sample };
    vec![
        event(
            "Created",
            "It began.",
            json!({ "name": "Handbook", "model": "local/ngrams", "passage_bytes": 1200 }),
        ),
        event(
            "DocumentAdded",
            "A document came in; one of the same id went.",
            json!({
                "document": "rings", "title": "Tree rings", "source": { "text": {} },
                "metadata": { "author": "ada" }, "documents": 1, "command": sample_command_id(1),
            }),
        ),
        event(
            "ReadAsked",
            "More of a document is read from where it is kept.",
            json!({ "document": "rings", "version": 2, "offset": 65536 }),
        ),
        event("PartRead", "A part of a document was read.", part()),
        event("EmbedAsked", "A model was asked about a part.", piece(json!({}))),
        event(
            "Embedded",
            "It answered.",
            piece(json!({
                "model": "local/ngrams", "blob": Hash::of(b"vectors"), "count": 1,
                "dimensions": 256,
            })),
        ),
        event(
            "EmbedFailed",
            "It did not.",
            piece(json!({ "code": "model_quota", "reason": "the quota is used up" })),
        ),
        event(
            "DocumentReady",
            "All of a document is there.",
            json!({ "document": "rings", "version": 2, "passages": 1 }),
        ),
        event(
            "DocumentFailed",
            "A document could not be read.",
            json!({
                "document": "rings", "version": 2, "code": "document_unreadable",
                "reason": "it is no text",
            }),
        ),
        event(
            "DocumentRemoved",
            "A document went.",
            json!({ "document": "rings", "documents": 0 }),
        ),
        event(
            "ReembedStarted",
            "All documents are embedded anew.",
            json!({
                "generation": 2, "model": "openai/text-embedding-3-small", "dimensions": 512,
                "command": sample_command_id(2),
            }),
        ),
        event(
            "Served",
            "From now on the vectors of this generation are searched.",
            json!({ "generation": 2, "failed": 0 }),
        ),
    ]
}

fn part() -> Value {
    let text = "A tree lays down one ring a year.";
    json!({
        "document": "rings", "version": 2, "part": 0,
        "passages": [{ "headings": ["Rings"], "text": text }],
    })
}

fn piece(more: Value) -> Value {
    let mut piece = json!({ "document": "rings", "version": 2, "part": 0, "generation": 1 });
    if let (Some(members), Value::Object(more)) = (piece.as_object_mut(), more) {
        members.extend(more);
    }
    piece
}
