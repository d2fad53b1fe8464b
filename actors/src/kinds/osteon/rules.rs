//! What an input may hold.

use contracts::canonical::ensure_exact;
use contracts::ids::is_token;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::artifact::{META_RESERVED, Metadata};
use contracts::kinds::osteon::limits::{
    GOAL_BYTES_MAX, MATERIAL_BYTES_MAX, METADATA_BYTES_MAX, MODEL_BYTES_MAX, OUTLINE_TITLES_MAX,
    REFERENCE_BYTES_MAX, REQUEST_SOURCES_MAX, SECTION_BYTES_MAX, SECTION_ID_BYTES_MAX,
    SECTIONS_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::osteon::{Draft, GivenSection, Outline};
use contracts::model::{LOCAL_MODEL, Source};
use serde_json::Value;

use super::state::same_title;

/// The model that is named, or the built-in one.
pub(super) fn model(named: Option<&String>) -> String {
    named.map_or_else(|| LOCAL_MODEL.to_owned(), Clone::clone)
}

/// Metadata are small, exact, and do not name what the artifact says itself.
pub(super) fn metadata(mut check: Check, metadata: &Metadata) -> Check {
    for name in META_RESERVED {
        let free = !metadata.contains_key(*name);
        check = check.ensure(free, format!("metadata.{name}"), "is said by the artifact itself");
    }
    let value = Value::Object(metadata.clone());
    let exact = ensure_exact(&value).map_err(|error| error.to_string());
    let text = value.to_string();
    check.ensure(exact.is_ok(), "metadata", exact.err().unwrap_or_default()).body(
        "metadata",
        &text,
        METADATA_BYTES_MAX,
    )
}

/// Checks the input of `outline`.
pub(super) fn outline(input: &Outline) -> Check {
    let one = input.goal.is_some() || input.topic.is_some();
    let sections =
        input.sections.is_none_or(|count| (1..=OUTLINE_TITLES_MAX as u32).contains(&count));
    let check = Check::new()
        .ensure(one, "goal", "goal or topic is needed")
        .text_opt("goal", input.goal.as_ref(), GOAL_BYTES_MAX)
        .text_opt("topic", input.topic.as_ref(), GOAL_BYTES_MAX)
        .ensure(sections, "sections", format!("is from 1 to {OUTLINE_TITLES_MAX}"))
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    material(check, input.context.as_ref(), &[])
}

/// Checks the input of `draft`.
pub(super) fn draft(input: &Draft) -> Check {
    let one = input.goal.is_some() || input.section_title.is_some();
    let check = Check::new()
        .ensure(one, "goal", "goal or section_title is needed")
        .text_opt("goal", input.goal.as_ref(), GOAL_BYTES_MAX)
        .text_opt("section_title", input.section_title.as_ref(), TITLE_BYTES_MAX)
        .text_opt("audience", input.audience.as_ref(), GOAL_BYTES_MAX)
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    let check = titles(check, input.outline.as_deref());
    material(check, input.context.as_ref(), &input.sources)
}

fn titles(mut check: Check, outline: Option<&[String]>) -> Check {
    let Some(outline) = outline else { return check };
    check = check.ensure(!outline.is_empty(), "outline", "has no titles").items(
        "outline",
        outline.len(),
        OUTLINE_TITLES_MAX,
    );
    for (place, title) in outline.iter().take(OUTLINE_TITLES_MAX).enumerate() {
        let twice = outline[..place].iter().any(|other| same_title(other, title));
        let field = format!("outline[{place}]");
        check = check.text(&field, title, TITLE_BYTES_MAX).ensure(!twice, &field, "comes twice");
    }
    check
}

fn material(mut check: Check, context: Option<&String>, sources: &[Source]) -> Check {
    check = check.text_opt("context", context, MATERIAL_BYTES_MAX);
    check = check.items("sources", sources.len(), REQUEST_SOURCES_MAX);
    let mut bytes = context.map_or(0, String::len);
    for (place, one) in sources.iter().take(REQUEST_SOURCES_MAX).enumerate() {
        let at = format!("sources[{place}].");
        check = source(check, &at, &one.title, one.reference.as_ref()).text(
            format!("{at}text"),
            &one.text,
            MATERIAL_BYTES_MAX,
        );
        bytes += one.title.len() + one.text.len() + one.reference.as_ref().map_or(0, String::len);
    }
    let message = format!("have {bytes} bytes together; {MATERIAL_BYTES_MAX} are allowed");
    check.ensure(bytes <= MATERIAL_BYTES_MAX, "sources", message)
}

/// Checks what a source is called.
pub(super) fn source(check: Check, at: &str, title: &str, reference: Option<&String>) -> Check {
    check.text(format!("{at}title"), title, TITLE_BYTES_MAX).text_opt(
        format!("{at}reference"),
        reference,
        REFERENCE_BYTES_MAX,
    )
}

/// Checks the id that a caller gives to a section.
pub(super) fn section_id(check: Check, field: &str, id: Option<&String>) -> Check {
    let plain = id.is_none_or(|id| is_token(id) && id.len() <= SECTION_ID_BYTES_MAX);
    let rule = format!("matches [A-Za-z0-9][A-Za-z0-9_:@-]* and has {SECTION_ID_BYTES_MAX} bytes");
    check.ensure(plain, field, rule)
}

/// Checks sections that are sent along.
pub(super) fn given(mut check: Check, sections: &[GivenSection], bytes_max: usize) -> Check {
    check = check.items("sections", sections.len(), SECTIONS_MAX);
    let mut bytes = 0;
    for (place, section) in sections.iter().take(SECTIONS_MAX).enumerate() {
        let at = format!("sections[{place}]");
        let twice =
            section.id.is_some() && sections[..place].iter().any(|other| other.id == section.id);
        check = section_id(check, &format!("{at}.id"), section.id.as_ref())
            .ensure(!twice, format!("{at}.id"), "comes twice")
            .text(format!("{at}.title"), &section.title, TITLE_BYTES_MAX)
            .body(format!("{at}.text"), &section.text, SECTION_BYTES_MAX);
        bytes += section.title.len() + section.text.len();
    }
    let message = format!("have {bytes} bytes together; {bytes_max} are allowed");
    check.ensure(bytes <= bytes_max, "sections", message)
}
