//! What may be asked of a workbook.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::forecast::ModelForecast;
use super::lasting::{Keep, Named};
use super::layout::LayOut;
use super::limits::{
    FORMAT_BYTES_MAX, FORMULA_BYTES_MAX, FORMULAS_MAX, IMPORT_BASE64_BYTES_MAX, LINES_MAX,
    NAME_BYTES_MAX, PLACE_BYTES_MAX, SHEET_NAME_MAX, SHEETS_MAX, SORT_COLUMNS_MAX, TABLE_BYTES_MAX,
    TABLES_MAX, TITLE_BYTES_MAX,
};
use super::load::Load;
use super::rules::{RemoveRule, SetRule, Validate};
use super::views::{Chart, Filter, Pivot};
use crate::kinds::check::SAID;

/// What may be asked of a workbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Adds a sheet.
    AddSheet(AddSheet),
    /// Calls a sheet something else.
    RenameSheet(RenameSheet),
    /// Puts a sheet elsewhere.
    MoveSheet(MoveSheet),
    /// Removes a sheet.
    RemoveSheet(OfSheet),
    /// Sets cells.
    Set(Set),
    /// Puts in empty rows or columns.
    InsertLines(Lines),
    /// Takes rows or columns away.
    RemoveLines(Lines),
    /// Sorts rows.
    Sort(Sort),
    /// Says how cells look.
    Format(Format),
    /// Names an area.
    DefineName(DefineName),
    /// Forgets a name.
    RemoveName(RemoveName),
    /// Lays a sheet out.
    Layout(LayOut),
    /// Says what cells may hold.
    SetRule(SetRule),
    /// Forgets what they may hold.
    RemoveRule(RemoveRule),
    /// Tells the cells that hold something else.
    Validate(Validate),
    /// Tells what cells come to.
    Read(Read),
    /// Computes formulas without keeping them.
    FormulaEval(FormulaEval),
    /// Tells what comes next in a row of numbers.
    ModelForecast(ModelForecast),
    /// Makes a sheet of a table.
    IngestTable(IngestTable),
    /// Makes sheets of a workbook's file.
    ImportFile(ImportFile),
    /// Takes over a part of a file.
    Load(Load),
    /// Sums up rows that are alike.
    Pivot(Pivot),
    /// Tells the rows that meet conditions.
    Filter(Filter),
    /// Draws numbers.
    Chart(Chart),
    /// Keeps a chart or sums.
    Keep(Keep),
    /// Shows them as they are by then.
    Show(Named),
    /// Keeps them no longer.
    Forget(Named),
    /// Gives a sheet or the workbook as a file.
    Export(Export),
}

/// A number, `true` or `false`, a text, a formula that begins with `=`, or null for nothing. A text
/// that is to begin with `=` or `'` has a `'` before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scalar(pub Value);

impl JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, true or false, a text, a formula that begins with `=`, or null.",
            "type": ["number", "boolean", "string", "null"],
        })
    }
}

/// Input of `create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// What its sheets are called; `Sheet1` alone when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = SHEETS_MAX), inner(length(min = 1, max = SHEET_NAME_MAX)))]
    pub sheets: Option<Vec<String>>,
}

/// Input of `add_sheet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSheet {
    /// What it is called.
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: String,
    /// Where it stands, from 1; at the end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u32>,
}

/// Input of `rename_sheet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameSheet {
    /// Which: its id or its name.
    pub sheet: String,
    /// The new name.
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: String,
}

/// Input of `move_sheet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveSheet {
    /// Which: its id or its name.
    pub sheet: String,
    /// Where it stands afterwards, from 1.
    #[schemars(range(min = 1))]
    pub at: u32,
}

/// Input of `remove_sheet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfSheet {
    /// Which: its id or its name.
    pub sheet: String,
}

/// Input of `set`: cells by their places, rectangles, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The sheet of all places: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Cells by their places: `{"A1": 3, "B1": "=A1*2"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cells: BTreeMap<String, Scalar>,
    /// Rectangles of cells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Filled>,
}

/// A rectangle of cells, row by row. Rows may differ in length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// Its corner at the top left.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub at: String,
    /// What its cells hold; null empties one.
    pub rows: Vec<Vec<Scalar>>,
}

/// Rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Rows.
    Rows,
    /// Columns.
    Columns,
}

/// Input of `insert_lines` and `remove_lines`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Rows or columns.
    pub axis: Axis,
    /// The first of them, from 1.
    #[schemars(range(min = 1))]
    pub at: u32,
    /// How many.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = LINES_MAX))]
    pub count: u32,
}

const fn one() -> u32 {
    1
}

/// Input of `sort`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Whose rows.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: String,
    /// By which columns, the most important first.
    #[schemars(length(min = 1, max = SORT_COLUMNS_MAX))]
    pub by: Vec<SortBy>,
    /// Whether the first row names the columns, and stays.
    #[serde(default)]
    pub header: bool,
}

/// A column by which rows are sorted: numbers, then texts, then false and true, then errors;
/// what is empty comes last, whichever the direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SortBy {
    /// Its letters.
    #[schemars(regex(pattern = "^[A-Za-z]{1,3}$"))]
    pub column: String,
    /// The largest first.
    #[serde(default)]
    pub descending: bool,
}

/// Input of `format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Which cells.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: String,
    /// How they look.
    pub style: Style,
}

/// How cells look; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// How numbers are shown, as spreadsheets write it: `0.00`, `#,##0`, `0%`, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FORMAT_BYTES_MAX), regex(pattern = SAID))]
    pub number: Option<String>,
    /// Bold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bold: Option<bool>,
    /// Italic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub italic: Option<bool>,
    /// On which side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
    /// The colour of letters, `RRGGBB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{6}$"))]
    pub color: Option<String>,
    /// The colour behind them, `RRGGBB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{6}$"))]
    pub fill: Option<String>,
}

/// On which side of its cell a content stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// On the left.
    Left,
    /// In the middle.
    Center,
    /// On the right.
    Right,
}

/// Input of `define_name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineName {
    /// The name: letters, digits, `_` and `.`, and no place of a sheet.
    #[schemars(length(min = 1, max = NAME_BYTES_MAX))]
    pub name: String,
    /// What it means: an area with its sheet, such as `Prices!B2:B9`.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub refers: String,
}

/// Input of `remove_name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveName {
    /// Which.
    pub name: String,
}

/// Input of `read`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Which cells; as many rows from the first as an answer holds when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: Option<String>,
}

/// Input of `formula_eval`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaEval {
    /// The formulas. They see the sheets and names of the workbook, and the tables.
    #[schemars(length(min = 1, max = FORMULAS_MAX))]
    pub formulas: Vec<Asked>,
    /// Tables that stand as sheets of their names, with their headers in the first row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = TABLES_MAX))]
    pub tables: Vec<Table>,
}

/// A formula that is computed and not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// By what the answer names it; its number, from 1, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = TITLE_BYTES_MAX))]
    pub id: Option<String>,
    /// The formula, with or without `=`.
    #[schemars(length(min = 1, max = FORMULA_BYTES_MAX))]
    pub expression: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it is called.
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: String,
    /// What its columns are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Its rows.
    #[serde(default)]
    pub rows: Vec<Vec<Scalar>>,
}

/// Input of `ingest_table`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IngestTable {
    /// The table as text.
    #[schemars(length(min = 1, max = TABLE_BYTES_MAX))]
    pub raw_data: String,
    /// How it is written.
    #[serde(default)]
    pub format: TableFormat,
    /// What the new sheet is called; `Table` and a number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: Option<String>,
    /// Whether `03/04/2026` is the third of April, and not the fourth of March; where the table
    /// does not show it, and this is left out, such days stay texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_first: Option<bool>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableFormat {
    /// With commas, or what else stands between its cells.
    #[default]
    Csv,
    /// With tabs.
    Tsv,
    /// A list of objects or of lists.
    Json,
    /// With bars, as in Markdown.
    Markdown,
}

/// Input of `import_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFile {
    /// The file, an `.xlsx` or an `.ods`, in base64.
    #[schemars(length(min = 1, max = IMPORT_BASE64_BYTES_MAX))]
    pub base64: String,
}

/// Input of `export`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// As what.
    #[serde(default)]
    pub format: FileFormat,
    /// The sheet of a file that holds one: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// As what a workbook is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// The whole workbook with its formulas, formats and names, for spreadsheet programs.
    #[default]
    Xlsx,
    /// The same, of OpenDocument.
    Ods,
    /// One sheet as it shows, with commas.
    Csv,
    /// One sheet as it shows, with tabs.
    Tsv,
    /// One sheet as it shows, with bars.
    Markdown,
}
