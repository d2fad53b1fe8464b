//! The commands and events of a deck, as documented.

use serde_json::{Value, json};

use super::{answers, commands};
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands that may be sent to a deck that does not exist.
const BEGINNERS: &[&str] = &["create", "storyboard", "slide_make", "visualize", "load"];

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let mut all = planning();
    all.extend(on_slides());
    all.extend(looking());
    all.extend(arranging());
    page::beginning(BEGINNERS, all)
}

fn planning() -> Vec<CommandSpec> {
    vec![
        command::<commands::Create, answers::About>(
            "create",
            "Begins a deck.",
            json!({ "title": "Roof repair", "theme": "ocean" }),
        ),
        command::<commands::Storyboard, answers::Planned>(
            "storyboard",
            "Asks a model to plan slides and keeps the plan; topic or goal is needed.",
            json!({ "topic": "Roof repair", "audience": "owners", "sections": [
                { "title": "Damage", "text": "Forty tiles broke in the storm." },
                { "title": "Costs", "text": "Tiles cost 420 euros. Work costs 900 euros." }
            ] }),
        ),
        command::<commands::SlideMake, answers::Made>(
            "slide_make",
            "Makes slides of a plan, by rule; begins the deck when it has not.",
            json!({ "storyboard": [
                { "title": "Roof repair", "description": "What it costs", "slide_type": "title" },
                { "title": "Damage", "description": "Forty tiles broke.", "points": ["In May"] }
            ] }),
        ),
    ]
}

fn on_slides() -> Vec<CommandSpec> {
    vec![
        command::<commands::SlideAdd, answers::Arranged>(
            "slide_add",
            "Adds a slide.",
            json!({ "slide": "costs", "title": "Costs", "layout": "two_columns",
                "text": "- Tiles: **420** euros\n- Work: 900 euros", "notes": "Say it slowly." }),
        ),
        command::<commands::SlideEdit, answers::Arranged>(
            "slide_edit",
            "Changes what is on a slide; its other parts stay as they are.",
            json!({ "slide": "costs", "title": "What it costs", "parts": [
                { "place": 2, "table": { "head": ["Item", "Euros"], "rows": [["Tiles", "420"]] } }
            ] }),
        ),
        command::<commands::SlideMove, answers::Arranged>(
            "slide_move",
            "Moves a slide after another, or to the beginning.",
            json!({ "slide": "costs" }),
        ),
        command::<commands::Layout, answers::Arranged>(
            "layout",
            "Lays a slide out in another way; what has no place there keeps its box.",
            json!({ "slide": "costs", "layout": "title_and_content" }),
        ),
        command::<commands::SetTheme, answers::About>(
            "theme",
            "Changes colours and fonts of the deck.",
            json!({ "name": "night" }),
        ),
        command::<commands::Notes, answers::Arranged>(
            "notes",
            "Says what who speaks has to say.",
            json!({ "slide": "costs", "text": "Prices are of May." }),
        ),
        command::<commands::Visualize, answers::Visualized>(
            "visualize",
            "Draws data as a chart, a diagram or a table, and puts it on a slide.",
            json!({ "data": { "Tiles": 420, "Work": 900 }, "title": "Euros" }),
        ),
    ]
}

fn looking() -> Vec<CommandSpec> {
    vec![
        command::<commands::CheckFit, answers::Checked>(
            "check",
            "Measures all texts: which box overflows by how much; changes nothing.",
            json!({}),
        ),
        command::<commands::Read, answers::Told>(
            "read",
            "Tells the slides, or one of them with all that is on it; changes nothing.",
            json!({ "slide": "costs", "svg": true }),
        ),
        command::<commands::Export, answers::Exported>(
            "export",
            "Gives a small deck as a file; changes nothing.",
            json!({ "format": "pptx" }),
        ),
    ]
}

fn arranging() -> Vec<CommandSpec> {
    vec![
        command::<commands::Rename, answers::About>(
            "rename",
            "Changes the title.",
            json!({ "title": "Repairing the roof" }),
        ),
        command::<commands::Load, answers::Loaded>(
            "load",
            "Adds the slides of a file; begins the deck when it has not.",
            json!({ "title": "Roof repair", "slides": [
                { "id": "end", "layout": "section", "parts": [
                    { "place": 0, "content": { "text": [{ "words": [{ "text": "It is dry" }] }] } }
                ] }
            ] }),
        ),
        command::<commands::SlideRemove, answers::Arranged>(
            "slide_remove",
            "Removes a slide.",
            json!({ "slide": "costs" }),
        ),
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let mut all = planned();
    all.extend(slides());
    all
}

fn planned() -> Vec<EventSpec> {
    let command = "01900000-0000-7000-8000-000000000001";
    let made = json!({ "provider": "local", "model": "local/rules" });
    vec![
        event("Created", "The deck began.", json!({ "title": "Roof repair", "theme": "ocean" })),
        event(
            "DesignTaken",
            "The deck looks as a file says.",
            json!({ "design": { "size": { "wide": 12_192_000, "high": 6_858_000 } } }),
        ),
        event(
            "StoryboardAsked",
            "A model was asked to plan slides.",
            json!({ "command": command, "topic": "Roof repair", "audience": "owners", "slides": 4,
                "sections": [{ "title": "Damage", "text": "Forty tiles broke." }],
                "context": "The house is old.", "model": "local/rules" }),
        ),
        event(
            "StoryboardMade",
            "The plan of slides is another.",
            json!({ "storyboard": [{ "title": "Damage", "description": "Forty tiles broke.",
                "slide_type": "content", "points": ["In May"] }], "generated_by": made }),
        ),
        event(
            "AskConcluded",
            "What a model was asked for has come, or will not.",
            json!({ "command": command, "code": "model_answer_invalid" }),
        ),
    ]
}

fn slides() -> Vec<EventSpec> {
    let made = json!({ "provider": "local", "model": "local/rules" });
    let text = |text: &str| json!({ "text": [{ "words": [{ "text": text }] }] });
    let chart = json!({ "chart": { "sort": "bar", "categories": ["Tiles"],
        "series": [{ "name": "Euros", "values": [420.0] }], "alt": "Tiles cost 420 euros." } });
    vec![
        event(
            "SlideAdded",
            "A slide came.",
            json!({ "slide": { "id": "costs", "layout": "title_and_content",
                "parts": [{ "place": 0, "content": text("Costs") }],
                "notes": [{ "words": [{ "text": "Say it slowly." }] }] },
                "place": { "after": "damage" }, "slides": 2, "generated_by": made }),
        ),
        event(
            "SlideEdited",
            "Something on a slide is another.",
            json!({ "slide": "costs", "changes": [
                { "put": [0, { "place": 0, "content": text("What it costs") }] },
                { "insert": [1, { "place": 1, "content": chart }] },
                { "remove": 2 },
            ], "hidden": true }),
        ),
        event(
            "SlideMoved",
            "A slide stands elsewhere.",
            json!({ "slide": "costs", "place": "first" }),
        ),
        event("SlideRemoved", "A slide is gone.", json!({ "slide": "costs", "slides": 1 })),
        event(
            "LaidOut",
            "A slide is laid out in another way.",
            json!({ "slide": "costs", "layout": "two_columns", "moved": [
                { "part": 2, "area": { "x": 0, "y": 0, "wide": 914_400, "high": 914_400 } }
            ] }),
        ),
        event(
            "NotesSet",
            "What who speaks has to say is another.",
            json!({ "slide": "costs", "notes": [{ "words": [{ "text": "Prices are of May." }] }] }),
        ),
        event("ThemeSet", "Colours and fonts are others.", json!({ "theme": theme() })),
        event("Renamed", "The title changed.", json!({ "title": "Repairing the roof" })),
    ]
}

fn theme() -> Value {
    json!({ "name": "house", "colors": { "ink": "1E2220", "ground": "FFFFFF", "deep": "1B3A2F",
        "soft": "EEF3F0", "accents": ["1F7A5A", "E69F00", "0072B2", "CC79A7", "56B4E9", "D55E00"],
        "link": "195F46", "seen": "5B4B8A" },
        "heading_font": "DejaVu Sans", "body_font": "DejaVu Sans" })
}
