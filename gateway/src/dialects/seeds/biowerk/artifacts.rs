//! Artifacts in and out: what BIOwerk sends and is sent as JSON is an actor here, and files of it
//! are real ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::{ActorId, Hash, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asking::{Asking, Halt, Told};
use super::{shaped, tables, wrong};

/// The largest file that stands in an answer, in bytes; a larger one is downloaded.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A sort of artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Myotab,
    Osteon,
    Synslide,
}

impl Sort {
    const fn kind(self) -> &'static str {
        match self {
            Self::Myotab => "myocyte",
            Self::Osteon => "osteon",
            Self::Synslide => "synapse",
        }
    }

    /// The format of its own.
    const fn format(self) -> &'static str {
        match self {
            Self::Myotab => "myotab",
            Self::Osteon => "osteon",
            Self::Synslide => "synslide",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    content: String,
    #[serde(default = "text")]
    format: String,
    #[serde(default = "document")]
    artifact_type: Sort,
}

fn text() -> String {
    "text".to_owned()
}

const fn document() -> Sort {
    Sort::Osteon
}

/// A text becomes an actor, and the answer is the actor as a file of its own. A deck of what is no
/// deck is made of a document.
pub(super) async fn import(asking: &mut Asking<'_>, input: Value) -> Told {
    let Import { content, format, artifact_type } = shaped(input)?;
    let format = match format.as_str() {
        "md" => "markdown",
        "txt" => "text",
        other => other,
    };
    let by_way = artifact_type == Sort::Synslide && !["pptx", "synslide"].contains(&format);
    let taken = if by_way { Sort::Osteon } else { artifact_type };
    let mut input = json!({ "text": content, "format": format, "kind": taken.kind() });
    if format == "pptx" {
        input = json!({ "base64": content, "format": format, "kind": taken.kind() });
    }
    let imported = asking.ask(("chaperone", None), "import", input).await?.reply;
    let mut id = actor(&imported["id"])?;
    if by_way {
        let document = told(asking, ("osteon", &id)).await?.reply;
        let sections = document["artifact"]["body"]["sections"].clone();
        let board = json!({ "topic": document["artifact"]["meta"]["title"], "sections": sections });
        let planned = asking.ask(("synapse", None), "storyboard", board).await?;
        id = planned.address.id;
        asking.ask(("synapse", Some(&id)), "slide_make", json!({})).await?;
    }
    let mut answer = told(asking, (artifact_type.kind(), &id)).await?;
    answer.reply["losses"] = imported["losses"].clone();
    answer.reply["lost"] = imported["lost"].clone();
    Ok(answer)
}

/// An actor as a file of its own, under `artifact`. That of a workbook is made by a chaperone.
pub(super) async fn told(asking: &mut Asking<'_>, (kind, id): (&str, &ActorId)) -> Told {
    let (mut answer, artifact) = if kind == "myocyte" {
        let input = json!({ "kind": kind, "id": id, "format": "myotab" });
        let answer = asking.ask(("chaperone", None), "export", input).await?;
        let bytes = content(asking, &answer.reply).await?;
        let artifact = contracts::read::from_slice::<Value>(&bytes);
        (answer, artifact.map_err(|error| Refusal::internal(error.to_string()))?)
    } else {
        let input = if kind == "synapse" { json!({ "format": "synslide" }) } else { json!({}) };
        let answer = asking.ask((kind, Some(id)), "export", input).await?;
        let artifact = answer.reply["artifact"].clone();
        (answer, artifact)
    };
    answer.reply = json!({ "artifact": artifact, "kind": kind, "id": id });
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    artifact: Artifact,
    #[serde(default = "pdf")]
    format: String,
}

fn pdf() -> String {
    "pdf".to_owned()
}

/// An artifact as BIOwerk writes it, or as this system does, which says its `format`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Artifact {
    kind: Sort,
    #[serde(default)]
    format: Option<u32>,
    #[serde(default)]
    meta: Map<String, Value>,
    body: Map<String, Value>,
}

/// An artifact becomes an actor, and the actor a file.
pub(super) async fn export(asking: &mut Asking<'_>, input: Value) -> Told {
    let Export { artifact, format } = shaped(input)?;
    let (kind, title) = (artifact.kind, artifact.meta.get("title").and_then(Value::as_str));
    let body = Value::Object(artifact.body.clone());
    let id = match (artifact.format, kind) {
        (Some(version), _) => {
            let whole = json!({ "kind": kind.format(), "format": version,
                "meta": artifact.meta, "body": body });
            let input = json!({ "text": whole.to_string(), "format": kind.format(),
                "kind": kind.kind() });
            let imported = asking.ask(("chaperone", None), "import", input).await?;
            actor(&imported.reply["id"])?
        }
        (None, Sort::Myotab) => tables::of_artifact(asking, title, &body).await?,
        (None, Sort::Osteon) => document_of(asking, title, &body).await?,
        (None, Sort::Synslide) => deck_of(asking, title, &body).await?,
    };
    let input = json!({ "kind": kind.kind(), "id": id, "format": format });
    let mut answer = asking.ask(("chaperone", None), "export", input).await?;
    let made = answer.reply.clone();
    let lost = |loss: &Value| {
        let (what, count) = (loss["what"].as_str().unwrap_or_default(), &loss["count"]);
        format!("{what}: {count} did not survive")
    };
    let notes: Vec<_> = made["losses"].as_array().into_iter().flatten().map(lost).collect();
    let size = made["bytes"].as_u64().and_then(|size| usize::try_from(size).ok());
    let bytes = match size.filter(|size| *size <= FILE_BYTES_MAX) {
        Some(_) => json!(STANDARD.encode(content(asking, &made).await?)),
        None => Value::Null,
    };
    answer.reply = json!({ "export": {
        "format": made["format"], "bytes_ref": bytes, "size_bytes": made["bytes"],
        "content": made["content"], "export_notes": notes,
        "metadata": {
            "title": title, "filename": made["filename"], "media_type": made["media_type"],
            "hash": made["hash"], "kind": made["kind"], "id": made["id"],
            "revision": made["revision"],
        },
    } });
    Ok(answer)
}

/// The bytes of a file that was made for whoever asks.
async fn content(asking: &Asking<'_>, made: &Value) -> Result<Vec<u8>, Refusal> {
    let lost = || Refusal::internal("a file that was made is not among the blobs");
    let hash: Hash = made["hash"].as_str().and_then(|hash| hash.parse().ok()).ok_or_else(lost)?;
    let content = asking.shared.edge.blobs.get(&asking.tenant, hash).await?;
    Ok(content.ok_or_else(lost)?.to_vec())
}

/// A document of the sections of an artifact as BIOwerk writes it.
async fn document_of(
    asking: &mut Asking<'_>,
    title: Option<&str>,
    body: &Value,
) -> Result<ActorId, Halt> {
    let mut input = json!({ "sections": body["sections"] });
    if let Some(title) = title {
        input["title"] = json!(title);
    }
    Ok(asking.ask(("osteon", None), "load", input).await?.address.id)
}

/// A slide as BIOwerk writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slide {
    #[serde(default)]
    #[expect(dead_code, reason = "slides get ids of their own")]
    id: Option<String>,
    title: String,
    #[serde(default)]
    content: Vec<String>,
    #[serde(default)]
    slide_type: Option<String>,
}

/// A deck of the slides of an artifact as BIOwerk writes it, with what its speaker has to say.
async fn deck_of(
    asking: &mut Asking<'_>,
    title: Option<&str>,
    body: &Value,
) -> Result<ActorId, Halt> {
    let slides = shaped::<Vec<Slide>>(body["slides"].clone())?;
    if slides.is_empty() {
        return Err(wrong("slides", "are needed").into());
    }
    let notes = body["notes"].as_array().cloned().unwrap_or_default();
    let card = |(at, slide): (usize, &Slide)| {
        let mut card = json!({ "title": slide.title, "points": slide.content });
        if let Some(sort) = &slide.slide_type {
            card["slide_type"] = json!(sort);
        }
        if let Some(Value::String(note)) = notes.get(at) {
            card["description"] = json!(note);
        }
        card
    };
    let board: Vec<_> = slides.iter().enumerate().map(card).collect();
    let mut input = json!({ "storyboard": board });
    if let Some(title) = title {
        input["topic"] = json!(title);
    }
    Ok(asking.ask(("synapse", None), "slide_make", input).await?.address.id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deck {
    title: Option<String>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

/// Slides become a deck, and the deck a file of its own.
pub(super) async fn deck(asking: &mut Asking<'_>, input: Value) -> Told {
    let Deck { title, metadata } = shaped(input)?;
    let id = deck_of(asking, title.as_deref(), &Value::Object(metadata)).await?;
    told(asking, ("synapse", &id)).await
}

fn actor(id: &Value) -> Result<ActorId, Refusal> {
    let id = id.as_str().and_then(|id| ActorId::new(id).ok());
    id.ok_or_else(|| Refusal::internal("an actor that was made has an id"))
}
