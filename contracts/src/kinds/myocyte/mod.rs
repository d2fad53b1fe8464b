//! `myocyte`: a workbook of sheets, whose formulas are computed and never told.

pub mod answers;
pub mod artifact;
mod commands;
mod events;
mod forecast;
pub mod lasting;
pub mod layout;
pub mod limits;
mod load;
mod rejections;
pub mod rules;
mod specs;
mod views;

use serde_json::{Value, json};

pub use commands::{
    AddSheet, Align, Asked, Axis, Command, Create, DefineName, Export, FileFormat, Filled, Format,
    FormulaEval, ImportFile, IngestTable, Lines, MoveSheet, OfSheet, Read, RemoveName, RenameSheet,
    Scalar, Set, Sort, SortBy, Style, Table, TableFormat,
};
pub use events::{
    CellsSet, Created, Event, FileImported, Formatted, LaidOut, LinesMoved, NameDefined,
    NameRemoved, RowsSorted, RuleRemoved, RuleSet, SheetAdded, SheetMoved, SheetRemoved,
    SheetRenamed, TableIngested, ViewForgotten, ViewKept,
};
pub use forecast::{Method, ModelForecast};
pub use load::{Load, LoadedFile, LoadedSheet, LoadedStyle};
pub use rejections::Rejection;
pub use views::{
    Chart, ChartSeries, ChartType, Filter, FilterIs, Pivot, PivotBy, PivotValue, Where,
};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

/// The page of `myocyte`.
pub struct Myocyte;

impl Page for Myocyte {
    const KIND: Kind = Kind::from_static("myocyte");
    const ABOUT: &'static str = "A workbook: sheets, formulas, forecasts, tables in and files out.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "add_sheet",
        "rename_sheet",
        "move_sheet",
        "set",
        "insert_lines",
        "remove_lines",
        "sort",
        "format",
        "define_name",
        "layout",
        "set_rule",
        "validate",
        "read",
        "formula_eval",
        "model_forecast",
        "pivot",
        "filter",
        "chart",
        "keep",
        "show",
        "ingest_table",
        "import_file",
        "load",
        "export",
        "forget",
        "remove_rule",
        "remove_name",
        "remove_sheet",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("SheetAdded", 1),
        ("SheetRenamed", 1),
        ("SheetMoved", 1),
        ("SheetRemoved", 1),
        ("CellsSet", 1),
        ("LinesInserted", 1),
        ("LinesRemoved", 1),
        ("RowsSorted", 1),
        ("Formatted", 1),
        ("NameDefined", 1),
        ("NameRemoved", 1),
        ("LaidOut", 1),
        ("RuleSet", 1),
        ("RuleRemoved", 1),
        ("ViewKept", 1),
        ("ViewForgotten", 1),
        ("TableIngested", 1),
        ("FileImported", 1),
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
                json!({ "title": created.title, "sheets": 0, "cells": 0, "last": "Created" })
            }
            Event::SheetAdded(added) => json!({ "sheets": added.sheets, "last": "SheetAdded" }),
            Event::SheetRemoved(gone) => json!({ "sheets": gone.sheets, "last": "SheetRemoved" }),
            Event::CellsSet(set) => json!({ "cells": set.cells, "last": "CellsSet" }),
            Event::LinesInserted(moved) => json!({ "cells": moved.cells, "last": "LinesInserted" }),
            Event::LinesRemoved(moved) => json!({ "cells": moved.cells, "last": "LinesRemoved" }),
            Event::SheetRenamed(_) => json!({ "last": "SheetRenamed" }),
            Event::SheetMoved(_) => json!({ "last": "SheetMoved" }),
            Event::RowsSorted(_) => json!({ "last": "RowsSorted" }),
            Event::Formatted(_) => json!({ "last": "Formatted" }),
            Event::NameDefined(_) => json!({ "last": "NameDefined" }),
            Event::NameRemoved(_) => json!({ "last": "NameRemoved" }),
            Event::LaidOut(_) => json!({ "last": "LaidOut" }),
            Event::RuleSet(_) => json!({ "last": "RuleSet" }),
            Event::RuleRemoved(_) => json!({ "last": "RuleRemoved" }),
            Event::ViewKept(_) => json!({ "last": "ViewKept" }),
            Event::ViewForgotten(_) => json!({ "last": "ViewForgotten" }),
            Event::TableIngested(_) => json!({ "last": "TableIngested" }),
            Event::FileImported(_) => json!({ "last": "FileImported" }),
        })
    }
}
