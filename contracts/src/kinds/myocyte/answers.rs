//! What a workbook answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::commands::FileFormat;
use super::forecast::Method;
use super::lasting::KeptView;
use super::layout::Layout;
use super::rules::Broken;

/// Answer to `create` and to what arranges sheets and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// What the workbook is called; null while it has no title.
    pub title: Option<String>,
    /// Its sheets, in order.
    pub sheets: Vec<SheetEntry>,
    /// What its names mean.
    pub names: BTreeMap<String, String>,
    /// Charts and sums that stay with it, by what they are called; absent when there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, KeptView>,
}

/// A sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SheetEntry {
    /// Its id, which never changes.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How many of its cells hold something.
    pub cells: u64,
    /// The area that they lie in; null while it is empty.
    pub used: Option<String>,
}

/// Answer to what changes cells: what comes to something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Computed {
    /// How many formulas were computed.
    pub computed: u64,
    /// The cells that come to something else, as many as one answer tells.
    pub changed: Vec<Changed>,
    /// Whether there are more.
    pub more: bool,
    /// The cells among those that were set, or that come to something else, that break a rule, as
    /// many as one answer tells; absent when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
}

/// A cell that comes to something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// The id of its sheet.
    pub sheet: String,
    /// Its place.
    pub cell: String,
    /// What it comes to; `{"error": "#DIV/0!"}` for an error.
    pub value: Value,
}

/// Answer to `read`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// The id of the sheet.
    pub sheet: String,
    /// Which cells; null when the sheet is empty.
    pub area: Option<String>,
    /// What they come to, row by row; `{"error": "#DIV/0!"}` for an error.
    pub rows: Vec<Vec<Value>>,
    /// The formulas among them, by their places.
    pub formulas: BTreeMap<String, String>,
    /// Whether the sheet goes on below.
    pub more: bool,
    /// How the sheet is laid out; absent when nothing was said of it.
    #[serde(default, skip_serializing_if = "Layout::is_plain")]
    pub layout: Layout,
    /// Cells that wait for themselves, each cycle by the cells that lead back to the first.
    pub cycles: Vec<Vec<String>>,
}

/// Answer to `formula_eval`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluated {
    /// What each formula comes to, in their order.
    pub results: Vec<ResultOf>,
}

/// What a formula comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultOf {
    /// Which.
    pub formula_id: String,
    /// The formula.
    pub expression: String,
    /// What it comes to; of an array the first.
    pub value: Value,
    /// The array that it comes to, row by row; absent when it is one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Vec<Value>>>,
}

/// Answer to `model_forecast`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// By which method.
    pub method: Method,
    /// After how many numbers the row repeats itself; 1 = it does not.
    pub season: u32,
    /// What comes, in order.
    pub predictions: Vec<Prediction>,
    /// How sure the intervals are, in percent.
    pub level: u32,
    /// What the method learned from the row.
    pub fitted: Value,
    /// How the method did on the row's own end; null when it is too short to try.
    pub errors: Option<Errors>,
    /// How each method did, the best first.
    pub tried: Vec<Tried>,
    /// Trend, season and rest of the row; null without a season.
    pub decomposition: Option<Value>,
}

/// A number that comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The likeliest.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// How far what was told lay from what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Errors {
    /// Over how many numbers.
    pub count: u64,
    /// The mean distance.
    pub mae: f64,
    /// The root of the mean square.
    pub rmse: f64,
    /// The mean distance as a share of both numbers' mean size, 0 to 2.
    pub smape: f64,
    /// The mean distance as a share of the naive method's; null when the row never changes.
    pub mase: Option<f64>,
}

/// How a method did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Which.
    pub method: Method,
    /// Its errors; null when the row is too short to try it.
    pub errors: Option<Errors>,
}

/// Answer to `pivot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pivoted {
    /// What the columns are called.
    pub header: Vec<String>,
    /// The rows, sorted: what they are alike in, and what is summed up.
    pub rows: Vec<Vec<Value>>,
    /// What each value comes to over all rows, by what it is called.
    pub totals: Value,
}

/// Answer to `filter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Filtered {
    /// What the columns are called.
    pub header: Vec<String>,
    /// The rows that meet the conditions, in order: what their cells come to.
    pub rows: Vec<Vec<Value>>,
    /// Where on the sheet each of these rows stands, from 1.
    pub at: Vec<u32>,
    /// How many rows meet the conditions.
    pub found: u64,
    /// Whether there are more rows than one answer tells.
    pub more: bool,
}

/// Answer to `chart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drawn {
    /// `image/svg+xml`.
    pub media_type: String,
    /// The picture.
    pub svg: String,
}

/// Answer to `ingest_table`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ingested {
    /// The id of the new sheet.
    pub sheet: String,
    /// What it is called.
    pub name: String,
    /// How many rows the table has, without its headers.
    pub rows: u32,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What was unclear about it, as much as one answer tells.
    pub unclear: Vec<Unclear>,
    /// How many things were unclear.
    pub unclear_count: u32,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What it holds: `number`, `text`, `bool`, `date`, `mixed` or `empty`.
    pub r#type: String,
}

/// Something that was unclear about a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unclear {
    /// In which line of the text, from 1; null when it is about more than one.
    pub line: Option<u64>,
    /// In which column.
    pub column: Option<String>,
    /// What: `quote_open`, `row_length`, `mixed_types`, `date_impossible`, `date_ambiguous`,
    /// `header_missing`, `header_repeated`, `number_imprecise`, `value_nested` or `text_cut`.
    pub code: String,
    /// What, for people.
    pub message: String,
}

/// Answer to `import_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// The sheets that came, in order.
    pub sheets: Vec<SheetEntry>,
    /// What of the file was left out, by a word for it, and how often: `charts`, `column_widths`,
    /// `comments`, `conditional_formats`, `embedded_files`, `external_links`,
    /// `external_references`, `filters`, `formats`, `images`, `links`, `macros`, `merged_cells`,
    /// `names`, `pivot_tables`, `prompts`, `row_heights`, `validations`.
    pub left_out: BTreeMap<String, u32>,
}

/// Answer to `export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// As what.
    pub format: FileFormat,
    /// Its media type.
    pub media_type: String,
    /// What the file may be called.
    pub filename: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// The file as text, when it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The file in base64, when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}
