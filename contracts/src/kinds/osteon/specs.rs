//! The commands and events of a document, as documented.

use serde_json::json;

use super::{Load, answers, commands};
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands that may be sent to a document that does not exist.
const BEGINNERS: &[&str] = &["create", "outline", "draft", "load", "edit", "summarize", "export"];

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let mut all = beginning();
    all.extend(on_parts());
    all.extend(by_model());
    all.extend(by_hand());
    page::beginning(BEGINNERS, all)
}

fn beginning() -> Vec<CommandSpec> {
    vec![
        command::<commands::Create, answers::About>(
            "create",
            "Begins a document, from a template when one is named.",
            json!({ "title": "Roof repair", "metadata": { "project": "house" } }),
        ),
        command::<commands::Outline, answers::Outlined>(
            "outline",
            "Asks a model for section titles and keeps them; goal or topic is needed.",
            json!({ "goal": "Explain how the roof is repaired", "sections": 3 }),
        ),
        command::<commands::Draft, answers::Drafted>(
            "draft",
            "Asks a model for one section, or for all sections of the outline.",
            json!({ "goal": "Explain how the roof is repaired", "sources": [
                { "title": "Roofer's report", "text": "Forty tiles are broken." }
            ] }),
        ),
        command::<commands::SetSection, answers::Arranged>(
            "set_section",
            "Adds or replaces a section by hand.",
            json!({ "section": "costs", "title": "Costs", "text": "The work costs 900 euros." }),
        ),
    ]
}

fn on_parts() -> Vec<CommandSpec> {
    vec![
        command::<super::ChangeSection, answers::Arranged>(
            "change_section",
            "Changes parts of a section; what others changed elsewhere in it stays.",
            json!({ "section": "costs", "changes": [{ "old": "900", "new": "950" }] }),
        ),
        command::<super::Comment, answers::Commented>(
            "comment",
            "Says something about a section, or about words of it.",
            json!({ "comment": "c1", "section": "costs", "quote": "950", "text": "With tax?" }),
        ),
        command::<super::Resolve, answers::Commented>(
            "resolve",
            "Takes a comment away: it is dealt with.",
            json!({ "comment": "c1" }),
        ),
        command::<super::Suggest, answers::Suggested>(
            "suggest",
            "Says how a section could read.",
            json!({ "suggestion": "u1", "section": "costs", "why": "Taxes.",
                "changes": [{ "old": "950 euros", "new": "950 euros with taxes" }] }),
        ),
        command::<super::Settle, answers::Arranged>(
            "settle",
            "Makes a suggestion the text, or takes it away; what changed elsewhere stays.",
            json!({ "suggestion": "u1", "accept": true }),
        ),
        command::<super::Review, answers::Reviewed>(
            "review",
            "Records whether the document as it stands keeps criteria.",
            json!({ "verdicts": [
                { "criterion": "Costs are told", "met": true },
                { "criterion": "Sources are cited", "met": false, "remark": "None is." }
            ] }),
        ),
        command::<Load, answers::Loaded>(
            "load",
            "Adds the sections of a file; begins the document when it has not.",
            json!({ "title": "Roof repair", "sections": [
                { "id": "tiles", "title": "Tiles", "text": "Clay." }
            ] }),
        ),
    ]
}

fn by_model() -> Vec<CommandSpec> {
    vec![
        command::<commands::Edit, answers::Edited>(
            "edit",
            "Asks a model to change a section, or a free text.",
            json!({ "section": "costs", "edit_type": "formalize" }),
        ),
        command::<commands::Summarize, answers::Summarized>(
            "summarize",
            "Asks a model for a summary of a text, of sections or of the whole document.",
            json!({ "max_length": "short" }),
        ),
        command::<commands::Export, answers::Exported>(
            "export",
            "Gives the document as an artifact; asks no model and changes nothing.",
            json!({}),
        ),
    ]
}

fn by_hand() -> Vec<CommandSpec> {
    vec![
        command::<commands::Cite, answers::Arranged>(
            "cite",
            "Cites a source at the end of a section.",
            json!({ "section": "costs", "source": {
                "title": "Price list", "reference": "https://example.com/prices"
            } }),
        ),
        command::<super::PutPicture, answers::Arranged>(
            "put_picture",
            "Puts a picture of the tenant's blobs into a section.",
            json!({ "section": "costs", "alt": "The roof from above",
                "picture": format!("blob:{}", "0f".repeat(32)) }),
        ),
        command::<commands::MoveSection, answers::Arranged>(
            "move_section",
            "Moves a section after another, or to the beginning.",
            json!({ "section": "costs" }),
        ),
        command::<commands::RemoveSection, answers::Arranged>(
            "remove_section",
            "Removes a section.",
            json!({ "section": "costs" }),
        ),
        command::<commands::Rename, answers::About>(
            "rename",
            "Changes the title.",
            json!({ "title": "Repairing the roof of {{customer}}" }),
        ),
        command::<super::Fill, answers::Filled>(
            "fill",
            "Says what stands in place of the fields of a template: `{{name}}`.",
            json!({ "fields": { "customer": "Ada Berg" }, "partly": true }),
        ),
        command::<commands::SetMetadata, answers::About>(
            "set_metadata",
            "Replaces the metadata.",
            json!({ "metadata": { "project": "house", "year": 2026 } }),
        ),
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let mut all = asked_events();
    all.extend(hand_events());
    all.extend(remark_events());
    all.extend(arranged_events());
    all
}

fn asked_events() -> Vec<EventSpec> {
    let command = "01900000-0000-7000-8000-000000000001";
    let made = json!({ "provider": "local", "model": "local/rules" });
    let goal = "Explain how the roof is repaired";
    let source = json!({ "id": "c_0123456789", "title": "Report", "reference": "p. 3" });
    vec![
        event(
            "Created",
            "The document began.",
            json!({ "title": "Roof repair", "metadata": { "project": "house" } }),
        ),
        event(
            "OutlineAsked",
            "A model was asked for section titles.",
            json!({ "command": command, "goal": goal, "context": "Forty tiles are broken.",
                "sections_min": 5, "sections_max": 8, "model": "local/rules" }),
        ),
        event(
            "OutlineMade",
            "The outline is another.",
            json!({ "titles": ["Damage", "Work", "Costs"], "generated_by": made }),
        ),
        event(
            "DraftAsked",
            "A model was asked for the text of sections.",
            json!({ "command": command, "goal": goal, "titles": ["Damage"],
                "context": "The house is old.",
                "sources": [{ "title": "Report", "reference": "p. 3", "text": "Tiles broke." }],
                "audience": "owners", "model": "local/rules" }),
        ),
        event(
            "SectionDrafted",
            "A section was written by a model.",
            json!({ "section": "s_1f0c29ab34", "title": "Damage",
                "text": "Tiles broke [@c_0123456789].", "sources": [source],
                "place": "first", "sections": 1, "generated_by": made }),
        ),
        event(
            "EditAsked",
            "A model was asked to change a text.",
            json!({ "command": command, "of": { "section": "s_1f0c29ab34" },
                "edit_type": "shorten", "feedback": "Say less.", "model": "local/rules" }),
        ),
        event(
            "SectionEdited",
            "A section was changed by a model.",
            json!({ "section": "s_1f0c29ab34", "text": "Tiles broke.", "generated_by": made }),
        ),
        event(
            "SummaryAsked",
            "A model was asked for a summary.",
            json!({ "command": command, "of": "document", "max_length": "short",
                "model": "local/rules" }),
        ),
        event(
            "AskConcluded",
            "What a model was asked for has come, or will not.",
            json!({ "command": command, "code": "model_answer_invalid" }),
        ),
    ]
}

fn hand_events() -> Vec<EventSpec> {
    vec![event(
        "SectionSet",
        "A section was added or replaced by hand.",
        json!({ "section": "costs", "title": "Costs", "text": "900 euros.",
                "place": { "after": "s_1f0c29ab34" }, "sections": 2 }),
    )]
}

fn arranged_events() -> Vec<EventSpec> {
    let source = json!({ "id": "c_0123456789", "title": "Report", "reference": "p. 3" });
    vec![
        event(
            "Cited",
            "A source was cited at the end of a section.",
            json!({ "section": "costs", "source": source }),
        ),
        event(
            "SectionMoved",
            "A section stands elsewhere.",
            json!({ "section": "costs", "place": "first" }),
        ),
        event("SectionRemoved", "A section is gone.", json!({ "section": "costs", "sections": 1 })),
        event("Renamed", "The title changed.", json!({ "title": "Repairing the roof" })),
        event(
            "MetadataSet",
            "The metadata are others.",
            json!({ "metadata": { "project": "house", "year": 2026 } }),
        ),
    ]
}

fn remark_events() -> Vec<EventSpec> {
    let changes = json!([{ "at": 15, "removed": "900", "added": "950" }]);
    vec![
        event(
            "SectionChanged",
            "Parts of a section were changed by hand.",
            json!({ "section": "costs", "changes": changes }),
        ),
        event(
            "Commented",
            "Somebody said something about a section.",
            json!({ "comment": "c1", "section": "costs", "quote": "950", "text": "With tax?" }),
        ),
        event("CommentResolved", "A comment was dealt with.", json!({ "comment": "c1" })),
        event(
            "Suggested",
            "Somebody suggested how a section could read.",
            json!({ "suggestion": "u1", "section": "costs", "why": "Taxes.",
                "changes": [{ "old": "950 euros", "new": "950 euros with taxes" }] }),
        ),
        event(
            "SuggestionAccepted",
            "A suggestion became the text.",
            json!({ "suggestion": "u1", "section": "costs", "changes": changes }),
        ),
        event(
            "SuggestionRejected",
            "A suggestion was turned down.",
            json!({ "suggestion": "u1", "why": "It is said above." }),
        ),
        event(
            "Reviewed",
            "Somebody said whether the document keeps criteria.",
            json!({ "version": 7, "verdicts": [
                { "criterion": "Sources are cited", "met": false, "remark": "None is." }
            ] }),
        ),
    ]
}
