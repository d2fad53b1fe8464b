//! `osteon`: a document of sections that people and models write, with real diffs and citations.

pub mod answers;
pub mod artifact;
mod commands;
mod events;
pub mod limits;
mod load;
mod picture;
mod rejections;
mod remarks;
mod specs;
mod template;
#[cfg(test)]
mod tests;

pub use commands::{
    Cite, CitedSource, Command, Create, Draft, Edit, EditType, Export, GivenSection, Length,
    MoveSection, Outline, RemoveSection, Rename, SetMetadata, SetSection, Summarize,
};
pub use events::{
    AskConcluded, Cited, Created, DraftAsked, EditAsked, EditOf, Event, MetadataSet, OutlineAsked,
    OutlineMade, Place, Renamed, SectionDrafted, SectionEdited, SectionMoved, SectionRemoved,
    SectionSet, SourceRecord, SummaryAsked, SummaryOf,
};
pub use load::{Load, LoadedComment, LoadedSuggestion};
pub use picture::PutPicture;
pub use rejections::{Rejection, Yours};
pub use remarks::{
    Change, ChangeSection, Comment, CommentResolved, Commented, Resolve, Review, Reviewed,
    SectionChanged, Settle, Splice, Suggest, Suggested, SuggestionAccepted, SuggestionRejected,
    Verdict,
};
use serde_json::{Value, json};
pub use template::{Fill, Template};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

/// The page of `osteon`.
pub struct Osteon;

impl Page for Osteon {
    const KIND: Kind = Kind::from_static("osteon");
    const ABOUT: &'static str = "A document: outline, sections, citations, edits with diffs.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "outline",
        "draft",
        "set_section",
        "change_section",
        "comment",
        "resolve",
        "suggest",
        "settle",
        "review",
        "load",
        "edit",
        "summarize",
        "export",
        "cite",
        "put_picture",
        "move_section",
        "remove_section",
        "rename",
        "fill",
        "set_metadata",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("OutlineAsked", 1),
        ("OutlineMade", 1),
        ("DraftAsked", 1),
        ("SectionDrafted", 1),
        ("EditAsked", 1),
        ("SectionEdited", 1),
        ("SummaryAsked", 1),
        ("AskConcluded", 1),
        ("SectionSet", 1),
        ("SectionChanged", 1),
        ("Commented", 1),
        ("CommentResolved", 1),
        ("Suggested", 1),
        ("SuggestionAccepted", 1),
        ("SuggestionRejected", 1),
        ("Reviewed", 1),
        ("Cited", 1),
        ("SectionMoved", 1),
        ("SectionRemoved", 1),
        ("Renamed", 1),
        ("MetadataSet", 1),
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
                json!({ "title": created.title, "sections": 0, "outline": 0, "last": "Created" })
            }
            Event::OutlineMade(made) => {
                json!({ "outline": made.titles.len(), "last": "OutlineMade" })
            }
            Event::SectionDrafted(drafted) => {
                json!({ "sections": drafted.sections, "last": "SectionDrafted" })
            }
            Event::SectionSet(set) => json!({ "sections": set.sections, "last": "SectionSet" }),
            Event::SectionRemoved(removed) => {
                json!({ "sections": removed.sections, "last": "SectionRemoved" })
            }
            Event::Renamed(renamed) => json!({ "title": renamed.title, "last": "Renamed" }),
            Event::SectionChanged(_) => json!({ "last": "SectionChanged" }),
            Event::SuggestionAccepted(_) => json!({ "last": "SuggestionAccepted" }),
            Event::SectionEdited(_) => json!({ "last": "SectionEdited" }),
            Event::Cited(_) => json!({ "last": "Cited" }),
            Event::SectionMoved(_) => json!({ "last": "SectionMoved" }),
            Event::MetadataSet(_) => json!({ "last": "MetadataSet" }),
            Event::AskConcluded(AskConcluded { code: Some(code), .. }) => {
                json!({ "last": "AskConcluded", "failed": code })
            }
            Event::AskConcluded(_) => json!({ "failed": null }),
            Event::OutlineAsked(_)
            | Event::DraftAsked(_)
            | Event::EditAsked(_)
            | Event::SummaryAsked(_)
            | Event::Commented(_)
            | Event::CommentResolved(_)
            | Event::Suggested(_)
            | Event::SuggestionRejected(_)
            | Event::Reviewed(_) => return None,
        })
    }
}
