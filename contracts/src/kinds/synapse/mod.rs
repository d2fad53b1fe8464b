//! `synapse`: a deck of slides that people and models make, drawn from data and measured.

pub mod answers;
mod commands;
pub mod content;
pub mod design;
mod events;
mod given;
pub mod limits;
mod rejections;
mod specs;

pub use commands::{
    CheckFit, Command, Create, DeckFormat, Export, GivenSection, Layout, Load, Notes, Read, Rename,
    SetTheme, SlideAdd, SlideEdit, SlideMake, SlideMove, SlideRemove, Storyboard, Visualize,
    VizType,
};
pub use design::{Colors, Design, Theme, ThemeName};
pub use events::{
    AskConcluded, Change, Created, DesignTaken, Event, LaidOut, NotesSet, PartMoved, Place,
    Renamed, SlideAdded, SlideEdited, SlideMoved, SlideRemoved, StoryboardAsked, StoryboardMade,
    ThemeSet,
};
pub use given::{Card, GivenPart, GivenTable, SlideType};
pub use rejections::Rejection;
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

/// The page of `synapse`.
pub struct Synapse;

impl Page for Synapse {
    const KIND: Kind = Kind::from_static("synapse");
    const ABOUT: &'static str = "A deck: storyboard, slides, charts and diagrams, checks of fit.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "storyboard",
        "slide_make",
        "slide_add",
        "slide_edit",
        "slide_move",
        "layout",
        "theme",
        "notes",
        "visualize",
        "check",
        "read",
        "export",
        "rename",
        "load",
        "slide_remove",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("DesignTaken", 1),
        ("StoryboardAsked", 1),
        ("StoryboardMade", 1),
        ("AskConcluded", 1),
        ("SlideAdded", 1),
        ("SlideEdited", 1),
        ("SlideMoved", 1),
        ("SlideRemoved", 1),
        ("LaidOut", 1),
        ("NotesSet", 1),
        ("ThemeSet", 1),
        ("Renamed", 1),
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
                let theme = created.theme.as_str();
                json!({ "title": created.title, "theme": theme, "slides": 0, "storyboard": 0,
                    "last": "Created" })
            }
            Event::DesignTaken(_) => json!({ "last": "DesignTaken" }),
            Event::StoryboardMade(made) => {
                json!({ "storyboard": made.storyboard.len(), "last": "StoryboardMade" })
            }
            Event::SlideAdded(added) => json!({ "slides": added.slides, "last": "SlideAdded" }),
            Event::SlideRemoved(gone) => json!({ "slides": gone.slides, "last": "SlideRemoved" }),
            Event::SlideEdited(_) => json!({ "last": "SlideEdited" }),
            Event::SlideMoved(_) => json!({ "last": "SlideMoved" }),
            Event::LaidOut(_) => json!({ "last": "LaidOut" }),
            Event::NotesSet(_) => json!({ "last": "NotesSet" }),
            Event::ThemeSet(set) => json!({ "theme": set.theme.name, "last": "ThemeSet" }),
            Event::Renamed(renamed) => json!({ "title": renamed.title, "last": "Renamed" }),
            Event::AskConcluded(AskConcluded { code: Some(code), .. }) => {
                json!({ "last": "AskConcluded", "failed": code })
            }
            Event::AskConcluded(_) => json!({ "failed": null }),
            Event::StoryboardAsked(_) => return None,
        })
    }
}
