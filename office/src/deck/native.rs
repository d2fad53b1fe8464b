//! The `.synslide` file: what comes in is what went out. JSON Schema: `docs/schemas/`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::file::Error;
use super::{Content, Deck};
use crate::document::reference;
use crate::losses::Losses;

/// The version of the format that is written.
pub const FORMAT_VERSION: u32 = 1;

/// A deck as a file. Nothing in it comes from a clock: the same deck always gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Artifact<B> {
    /// Says that it is a deck.
    kind: ArtifactKind,
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = FORMAT_VERSION))]
    format: u32,
    /// What is said about it.
    meta: About,
    /// What is in it.
    body: B,
    /// The pictures that its slides show, by their references, in Base64.
    #[serde(default)]
    media: BTreeMap<String, String>,
}

/// Says that an artifact is a deck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ArtifactKind {
    /// A deck.
    Synslide,
}

/// What is said about a deck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct About {
    /// BLAKE3 of `body` as JSON with sorted keys and no spaces: equal decks have equal hashes. That
    /// of a picture is in its reference.
    content_hash: String,
}

/// The JSON Schema of the file.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Artifact<Deck>);
    schema.insert("title".to_owned(), json!("The .synslide file"));
    schema.to_value()
}

/// The deck in a file.
///
/// # Errors
/// When it is no such file, or another than was written.
pub(super) fn read(bytes: &[u8]) -> Result<Deck, Error> {
    let artifact: Artifact<Deck> =
        serde_json::from_slice(bytes).map_err(|error| Error::Damaged(error.to_string()))?;
    if artifact.format != FORMAT_VERSION {
        let version = artifact.format;
        return Err(Error::Damaged(format!("version {version} of the format is not known")));
    }
    if artifact.meta.content_hash != content_hash(&artifact.body)? {
        return Err(Error::Damaged("its content has another hash than it says".to_owned()));
    }
    let mut deck = artifact.body;
    for (key, text) in artifact.media {
        let bytes = STANDARD.decode(text).map_err(|error| Error::Damaged(error.to_string()))?;
        if reference(&bytes) != key {
            return Err(Error::Damaged(format!("{key} is another picture")));
        }
        deck.media.insert(key, bytes);
    }
    Ok(deck)
}

/// The file of a deck. Pictures that no slide shows are left out.
///
/// # Errors
/// When it holds what JSON cannot carry.
pub(super) fn write(deck: &Deck) -> Result<(Vec<u8>, Losses), Error> {
    let mut losses = Losses::new();
    let mut media = BTreeMap::new();
    for part in deck.slides.iter().flat_map(|slide| &slide.parts) {
        let Content::Picture(picture) = &part.content else { continue };
        match deck.media.get(&picture.source) {
            Some(bytes) => {
                media.insert(picture.source.clone(), STANDARD.encode(bytes));
            }
            None => losses.at("pictures", &picture.source, 1),
        }
    }
    let meta = About { content_hash: content_hash(deck)? };
    let kind = ArtifactKind::Synslide;
    let artifact = Artifact { kind, format: FORMAT_VERSION, meta, body: deck, media };
    let bytes = serde_json::to_vec(&artifact).map_err(unsaid)?;
    Ok((bytes, losses))
}

fn content_hash(deck: &Deck) -> Result<String, Error> {
    // The keys of a value are sorted.
    let value = serde_json::to_value(deck).map_err(unsaid)?;
    let bytes = serde_json::to_vec(&value).map_err(unsaid)?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

fn unsaid(error: serde_json::Error) -> Error {
    Error::Unsupported(error.to_string())
}
