//! The commands and events of a workbook, as documented.

use serde_json::json;

use super::load::Load;
use super::{answers, commands, forecast, lasting, layout, rules, views};
use crate::hash::Hash;
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands that may be sent to a workbook that does not exist.
const BEGINNERS: &[&str] =
    &["create", "set", "formula_eval", "model_forecast", "ingest_table", "import_file", "load"];

/// The smallest workbook, as a file in base64.
const SMALLEST: &str = include_str!("smallest.xlsx.base64");

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let mut all = sheets();
    all.extend(cells());
    all.extend(computing());
    all.extend(showing());
    all.extend(files());
    all.extend(removing());
    page::beginning(BEGINNERS, all)
}

fn sheets() -> Vec<CommandSpec> {
    vec![
        command::<commands::Create, answers::About>(
            "create",
            "Begins a workbook.",
            json!({ "title": "Roof", "sheets": ["Costs"] }),
        ),
        command::<commands::AddSheet, answers::About>(
            "add_sheet",
            "Adds a sheet.",
            json!({ "name": "Rates" }),
        ),
        command::<commands::RenameSheet, answers::About>(
            "rename_sheet",
            "Calls a sheet something else; formulas follow.",
            json!({ "sheet": "Rates", "name": "Taxes" }),
        ),
        command::<commands::MoveSheet, answers::About>(
            "move_sheet",
            "Puts a sheet elsewhere.",
            json!({ "sheet": "Taxes", "at": 2 }),
        ),
    ]
}

fn cells() -> Vec<CommandSpec> {
    vec![
        command::<commands::Set, answers::Computed>(
            "set",
            "Sets cells and rectangles, and computes what hangs on them.",
            json!({ "cells": { "A1": "Item", "B1": "Price", "B4": "=SUM(B2:B3)" }, "areas": [
                { "at": "A2", "rows": [["Tiles", 420], ["Work", 480]] }
            ] }),
        ),
        command::<commands::Lines, answers::Computed>(
            "insert_lines",
            "Puts in empty rows or columns; formulas follow.",
            json!({ "axis": "rows", "at": 3, "count": 2 }),
        ),
        command::<commands::Lines, answers::Computed>(
            "remove_lines",
            "Takes rows or columns away; what referred to them is `#REF!`.",
            json!({ "axis": "rows", "at": 3, "count": 2 }),
        ),
        command::<commands::Sort, answers::Computed>(
            "sort",
            "Sorts the rows of an area by what they come to.",
            json!({ "area": "A1:B3", "by": [{ "column": "B", "descending": true }], "header": true }),
        ),
        command::<commands::Format, answers::About>(
            "format",
            "Says how cells look.",
            json!({ "area": "B2:B4", "style": { "number": "#,##0.00" } }),
        ),
        command::<commands::DefineName, answers::About>(
            "define_name",
            "Names an area, or gives a name another meaning.",
            json!({ "name": "Prices", "refers": "Costs!B2:B3" }),
        ),
        command::<layout::LayOut, answers::About>(
            "layout",
            "Says how wide and high lines are, what stays in view, which cells are one, and what is \
             filtered.",
            json!({ "layout": { "columns": [{ "at": "A", "letters": 24 }], "frozen": { "rows": 1 },
                "merged": ["A6:B6"], "filter": { "area": "A1:B3" } } }),
        ),
        command::<rules::SetRule, rules::Validated>(
            "set_rule",
            "Says what the cells of an area may hold, and tells those that hold something else.",
            json!({ "rule": { "area": "B2:B3", "allow": { "decimal": { "between": [0, 1000] } },
                "otherwise": "refuse", "message": "A price is 0 to 1000." } }),
        ),
        command::<rules::Validate, rules::Validated>(
            "validate",
            "Tells the cells that break rules; changes nothing.",
            json!({ "area": "A1:B4" }),
        ),
    ]
}

fn computing() -> Vec<CommandSpec> {
    vec![
        command::<commands::Read, answers::Told>(
            "read",
            "Tells what cells come to; changes nothing.",
            json!({ "area": "A1:B4" }),
        ),
        command::<commands::FormulaEval, answers::Evaluated>(
            "formula_eval",
            "Computes formulas over the workbook and given tables; changes nothing.",
            json!({ "formulas": [{ "id": "mean", "expression": "AVERAGE(Sales!B2:B3)" }],
                "tables": [{ "name": "Sales", "headers": ["Month", "Sum"],
                    "rows": [["May", 10], ["June", 14]] }] }),
        ),
        command::<forecast::ModelForecast, answers::Forecast>(
            "model_forecast",
            "Computes what comes next in a row of numbers, with intervals and errors.",
            json!({ "values": [12, 14, 15, 17, 18, 20], "periods": 3 }),
        ),
    ]
}

fn showing() -> Vec<CommandSpec> {
    vec![
        command::<views::Pivot, answers::Pivoted>(
            "pivot",
            "Brings rows together that are alike and sums them up; changes nothing.",
            json!({ "source": "A1:B3", "rows": ["Item"], "values": [{ "field": "Price" }] }),
        ),
        command::<views::Filter, answers::Filtered>(
            "filter",
            "Tells the rows of a table that meet conditions; changes nothing.",
            json!({ "source": "A1:B3", "where": [{ "field": "Price", "is": "above", "value": 450 }] }),
        ),
        command::<views::Chart, answers::Drawn>(
            "chart",
            "Draws numbers of the workbook as SVG; changes nothing.",
            json!({ "type": "bar", "title": "Prices", "categories": "A2:A3",
                "series": [{ "name": "Price", "values": "B2:B3" }] }),
        ),
        command::<lasting::Keep, lasting::Shown>(
            "keep",
            "Keeps a chart or sums with the workbook, and shows them.",
            json!({ "name": "Prices", "view": { "chart": { "type": "bar", "categories": "A2:A3",
                "series": [{ "name": "Price", "values": "B2:B3" }] } } }),
        ),
        command::<lasting::Named, lasting::Shown>(
            "show",
            "Shows a chart or sums that were kept, as the cells are now; changes nothing.",
            json!({ "name": "Prices" }),
        ),
    ]
}

fn files() -> Vec<CommandSpec> {
    vec![
        command::<commands::IngestTable, answers::Ingested>(
            "ingest_table",
            "Makes a sheet of a table and says what was unclear about it.",
            json!({ "raw_data": "metric,value\nroofs,3\ntiles,420\n", "name": "Metrics" }),
        ),
        command::<commands::ImportFile, answers::Imported>(
            "import_file",
            "Makes sheets of an `.xlsx` or `.ods` file and says what of it was left out.",
            json!({ "base64": SMALLEST.trim() }),
        ),
        command::<Load, answers::About>(
            "load",
            "Takes over a part of a file: sheets with what is on them, and names.",
            json!({ "sheets": [{ "name": "Loaded", "areas": [
                { "at": "A1", "rows": [["Item", "Price"], ["Tiles", 420]] }
            ], "styles": [{ "area": "A1:B1", "style": { "bold": true } }] }],
                "names": { "Loads": "Loaded!$B$2:$B$2" } }),
        ),
        command::<commands::Export, answers::Exported>(
            "export",
            "Gives the workbook, or one of its sheets, as a file; changes nothing.",
            json!({ "format": "csv" }),
        ),
    ]
}

fn removing() -> Vec<CommandSpec> {
    vec![
        command::<lasting::Named, answers::About>(
            "forget",
            "Keeps a chart or sums no longer.",
            json!({ "name": "Prices" }),
        ),
        command::<rules::RemoveRule, rules::Validated>(
            "remove_rule",
            "Lets cells hold anything again.",
            json!({ "area": "B2:B3" }),
        ),
        command::<commands::RemoveName, answers::About>(
            "remove_name",
            "Forgets a name.",
            json!({ "name": "Prices" }),
        ),
        command::<commands::OfSheet, answers::About>(
            "remove_sheet",
            "Removes a sheet; what referred to it is `#REF!`.",
            json!({ "sheet": "Taxes" }),
        ),
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let mut all = filled();
    all.extend(kept());
    all
}

fn filled() -> Vec<EventSpec> {
    let lines = json!({ "sheet": "s1", "axis": "rows", "at": 3, "count": 2, "cells": 6 });
    vec![
        event("Created", "It began.", json!({ "title": "Roof" })),
        event(
            "SheetAdded",
            "A sheet came.",
            json!({ "sheet": "s1", "name": "Costs", "at": 1, "sheets": 1 }),
        ),
        event(
            "SheetRenamed",
            "A sheet is called something else.",
            json!({ "sheet": "s1", "name": "Prices" }),
        ),
        event("SheetMoved", "A sheet stands elsewhere.", json!({ "sheet": "s1", "at": 2 })),
        event("SheetRemoved", "A sheet is gone.", json!({ "sheet": "s1", "sheets": 1 })),
        event(
            "CellsSet",
            "Cells hold something else.",
            json!({ "sheet": "s1", "cells": 4, "areas": [
                { "at": "A1", "rows": [["Tiles", 420.5], [null, "=B1*2", true, "'=text"]] }
            ] }),
        ),
        event("LinesInserted", "Empty rows or columns came.", lines.clone()),
        event("LinesRemoved", "Rows or columns are gone.", lines),
        event(
            "RowsSorted",
            "Rows changed places.",
            json!({ "sheet": "s1", "area": "A2:B4", "order": [2, 0, 1] }),
        ),
        event(
            "Formatted",
            "Cells look different.",
            json!({ "sheet": "s1", "area": "B2:B4", "style": { "number": "0.00", "bold": true } }),
        ),
        event(
            "NameDefined",
            "A name means an area.",
            json!({ "name": "Prices", "refers": "Costs!$B$2:$B$4" }),
        ),
        event("NameRemoved", "A name means nothing any more.", json!({ "name": "Prices" })),
    ]
}

fn kept() -> Vec<EventSpec> {
    vec![
        event(
            "LaidOut",
            "A sheet is laid out otherwise.",
            json!({ "sheet": "s1", "layout": { "columns": [{ "at": "B:D", "letters": 12.5 }],
                "rows": [{ "at": "1", "points": 30.5 }, { "at": "2:9" }], "merged": ["A6:B6"],
                "frozen": { "rows": 1, "columns": 0 }, "filter": { "area": "A1:D9" } } }),
        ),
        event(
            "RuleSet",
            "Cells may hold this alone.",
            json!({ "sheet": "s1", "id": "r1", "rule": { "area": "B2:B4", "otherwise": "warn",
                "allow": { "whole": { "between": [1, "=A2*2"] } }, "message": "1 to twice A" } }),
        ),
        event("RuleRemoved", "A rule holds no more.", json!({ "sheet": "s1", "id": "r1" })),
        event(
            "ViewKept",
            "A chart or sums stay with it.",
            json!({ "name": "Prices", "at": "Costs!$D$2", "view": { "chart": { "type": "bar",
                "categories": "Costs!$A$2:$A$3", "series": [{ "values": "Costs!$B$2:$B$3" }],
                "width": 720, "height": 420 } } }),
        ),
        event("ViewForgotten", "They are kept no longer.", json!({ "name": "Prices" })),
        event(
            "TableIngested",
            "The cells of a sheet came from a table.",
            json!({ "sheet": "s2", "format": "csv", "hash": Hash::of(b"a,b\n"), "bytes": 4,
                "rows": 0, "unclear": 0 }),
        ),
        event(
            "FileImported",
            "Sheets came from a file.",
            json!({ "hash": Hash::of(b"PK"), "bytes": 2, "left_out": { "charts": 1 } }),
        ),
    ]
}
