//! What happens to a workbook: what people put in. What formulas come to is no event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::commands::{Axis, Filled, Style, TableFormat};
use super::lasting::View;
use super::layout::Layout;
use super::rules::Rule;
use crate::hash::Hash;

/// What happened to a workbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Created),
    /// A sheet came.
    SheetAdded(SheetAdded),
    /// A sheet is called something else.
    SheetRenamed(SheetRenamed),
    /// A sheet stands elsewhere.
    SheetMoved(SheetMoved),
    /// A sheet is gone.
    SheetRemoved(SheetRemoved),
    /// Cells hold something else.
    CellsSet(CellsSet),
    /// Empty rows or columns came.
    LinesInserted(LinesMoved),
    /// Rows or columns are gone.
    LinesRemoved(LinesMoved),
    /// Rows changed places.
    RowsSorted(RowsSorted),
    /// Cells look different.
    Formatted(Formatted),
    /// A name means an area.
    NameDefined(NameDefined),
    /// A name means nothing any more.
    NameRemoved(NameRemoved),
    /// A sheet is laid out otherwise.
    LaidOut(LaidOut),
    /// Cells may hold this alone.
    RuleSet(RuleSet),
    /// A rule holds no more.
    RuleRemoved(RuleRemoved),
    /// A chart or sums stay with it.
    ViewKept(ViewKept),
    /// They are kept no longer.
    ViewForgotten(ViewForgotten),
    /// The cells of a sheet came from a table.
    TableIngested(TableIngested),
    /// Sheets came from a file.
    FileImported(FileImported),
}

/// Data of `Created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Data of `SheetAdded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetAdded {
    /// Its id.
    pub sheet: String,
    /// What it is called.
    pub name: String,
    /// Where it stands, from 1.
    pub at: u32,
    /// How many sheets there are with it.
    pub sheets: u32,
}

/// Data of `SheetRenamed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRenamed {
    /// Which.
    pub sheet: String,
    /// What it is called.
    pub name: String,
}

/// Data of `SheetMoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetMoved {
    /// Which.
    pub sheet: String,
    /// Where it stands, from 1.
    pub at: u32,
}

/// Data of `SheetRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRemoved {
    /// Which.
    pub sheet: String,
    /// How many sheets there are without it.
    pub sheets: u32,
}

/// Data of `CellsSet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellsSet {
    /// Of which sheet.
    pub sheet: String,
    /// What they hold.
    pub areas: Vec<Filled>,
    /// How many cells of the workbook hold something.
    pub cells: u64,
}

/// Data of `LinesInserted` and `LinesRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinesMoved {
    /// Of which sheet.
    pub sheet: String,
    /// Rows or columns.
    pub axis: Axis,
    /// The first of them, from 1.
    pub at: u32,
    /// How many.
    pub count: u32,
    /// How many cells of the workbook hold something.
    pub cells: u64,
}

/// Data of `RowsSorted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsSorted {
    /// Of which sheet.
    pub sheet: String,
    /// Of which area.
    pub area: String,
    /// Which row stands where: the first is now the one that was `order[0]`, counted from 0.
    pub order: Vec<u32>,
}

/// Data of `Formatted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formatted {
    /// Of which sheet.
    pub sheet: String,
    /// Of which area.
    pub area: String,
    /// How it looks.
    pub style: Style,
}

/// Data of `NameDefined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameDefined {
    /// The name.
    pub name: String,
    /// What it means, as formulas write it.
    pub refers: String,
}

/// Data of `NameRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRemoved {
    /// The name.
    pub name: String,
}

/// Data of `LaidOut`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaidOut {
    /// Which.
    pub sheet: String,
    /// What is otherwise.
    pub layout: Layout,
}

/// Data of `RuleSet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleSet {
    /// Of which sheet.
    pub sheet: String,
    /// The id of the rule.
    pub id: String,
    /// What it says.
    pub rule: Rule,
}

/// Data of `RuleRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRemoved {
    /// Of which sheet.
    pub sheet: String,
    /// The id of the rule.
    pub id: String,
}

/// Data of `ViewKept`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewKept {
    /// What it is called.
    pub name: String,
    /// What is shown.
    pub view: View,
    /// Where a chart stands in files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Data of `ViewForgotten`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewForgotten {
    /// What it was called.
    pub name: String,
}

/// Data of `TableIngested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableIngested {
    /// Which sheet it became.
    pub sheet: String,
    /// How it was written.
    pub format: TableFormat,
    /// The BLAKE3 of its text.
    pub hash: Hash,
    /// How long its text was, in bytes.
    pub bytes: u64,
    /// How many rows it has, without its headers.
    pub rows: u32,
    /// How many things about it were unclear.
    pub unclear: u32,
}

/// Data of `FileImported`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileImported {
    /// The BLAKE3 of the file.
    pub hash: Hash,
    /// How long it was, in bytes.
    pub bytes: u64,
    /// What of it was left out, by a word for it, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u32>,
}
