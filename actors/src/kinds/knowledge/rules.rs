//! What an input may hold.

use contracts::Refusal;
use contracts::kinds::check::Check;
use contracts::kinds::knowledge::{
    Add, Create, DIMENSIONS_MAX, DOCUMENT_BYTES_MAX, DOCUMENTS_MAX, METADATA_MAX,
    METADATA_NAME_BYTES_MAX, METADATA_TEXT_BYTES_MAX, MODEL_BYTES_MAX, NAME_BYTES_MAX,
    PASSAGE_BYTES_MAX, PASSAGE_BYTES_MIN, Reembed, Remove, Source, TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};

use super::state::State;

fn dimensions(check: Check, dimensions: Option<u32>) -> Check {
    let ok = dimensions.is_none_or(|it| (1..=DIMENSIONS_MAX).contains(&it));
    check.ensure(ok, "dimensions", format!("is 1 to {DIMENSIONS_MAX}"))
}

/// Checks the input of `create`.
pub(super) fn check_create(create: &Create) -> Result<(), Refusal> {
    let passages = PASSAGE_BYTES_MIN..=PASSAGE_BYTES_MAX;
    let range = format!("is {PASSAGE_BYTES_MIN} to {PASSAGE_BYTES_MAX}");
    let check = Check::new()
        .text_opt("name", create.name.as_ref(), NAME_BYTES_MAX)
        .text_opt("model", create.model.as_ref(), MODEL_BYTES_MAX)
        .ensure(passages.contains(&create.passage_bytes), "passage_bytes", range);
    dimensions(check, create.dimensions).done()
}

/// Checks the input of `add` and tells where the words come from.
pub(super) fn check_add(state: &State, add: &Add) -> Result<Source, Refusal> {
    let sources = [
        add.text.as_ref().map(|_| Source::Text {}),
        add.blob.map(Source::Blob),
        add.file.clone().map(Source::File),
        add.osteon.clone().map(Source::Osteon),
    ];
    let mut sources = sources.into_iter().flatten();
    let (source, another) = (sources.next(), sources.next());
    let known = state.documents.contains_key(&add.id);
    let room = known || state.documents.len() < DOCUMENTS_MAX;
    let mut check = Check::new()
        .text("id", &add.id, DOCUMENT_BYTES_MAX)
        .text_opt("title", add.title.as_ref(), TITLE_BYTES_MAX)
        .text_opt("text", add.text.as_ref(), TEXT_BYTES_MAX)
        .ensure(
            source.is_some() && another.is_none(),
            "text",
            "takes exactly one of text, blob, file and osteon",
        )
        .ensure(room, "id", format!("is one more than the {DOCUMENTS_MAX} that a base may have"))
        .items("metadata", add.metadata.len(), METADATA_MAX);
    for (name, text) in &add.metadata {
        check = check.text("metadata", name, METADATA_NAME_BYTES_MAX).body(
            format!("metadata.{name}"),
            text,
            METADATA_TEXT_BYTES_MAX,
        );
    }
    check.done()?;
    source.ok_or_else(|| Refusal::internal("a document from nowhere"))
}

/// Checks the input of `remove`.
pub(super) fn check_remove(remove: &Remove) -> Result<(), Refusal> {
    Check::new().text("id", &remove.id, DOCUMENT_BYTES_MAX).done()
}

/// Checks the input of `reembed`.
pub(super) fn check_reembed(reembed: &Reembed) -> Result<(), Refusal> {
    let check = Check::new().text_opt("model", reembed.model.as_ref(), MODEL_BYTES_MAX);
    dimensions(check, reembed.dimensions).done()
}
