//! What is drawn of a workbook, and what its rows come to when they are summed up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands::Scalar;
use super::limits::{
    CHART_PIXELS_MAX, CHART_PIXELS_MIN, CHART_SERIES_MAX, FILTER_CONDITIONS_MAX, NAME_BYTES_MAX,
    PIVOT_FIELDS_MAX, PLACE_BYTES_MAX, TITLE_BYTES_MAX,
};
use crate::kinds::check::SAID;

/// Input of `chart`. Places may name their sheet, as formulas do: `Prices!B2:B9`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What sort.
    pub r#type: ChartType,
    /// What stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// The cells that name the places along the lower axis, or the parts of a pie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub categories: Option<String>,
    /// Its series; a pie shows one.
    #[schemars(length(min = 1, max = CHART_SERIES_MAX))]
    pub series: Vec<ChartSeries>,
    /// How wide it is, in pixels.
    #[serde(default = "wide")]
    #[schemars(range(min = CHART_PIXELS_MIN, max = CHART_PIXELS_MAX))]
    pub width: u32,
    /// How high it is, in pixels.
    #[serde(default = "high")]
    #[schemars(range(min = CHART_PIXELS_MIN, max = CHART_PIXELS_MAX))]
    pub height: u32,
}

const fn wide() -> u32 {
    720
}

const fn high() -> u32 {
    420
}

/// What sort of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartType {
    /// Bars beside each other.
    Bar,
    /// Points joined by lines.
    Line,
    /// Points at both of their numbers.
    Scatter,
    /// Parts of a whole.
    Pie,
}

/// A row of numbers of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartSeries {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub name: Option<String>,
    /// The cells of its numbers: one row or one column. What is no number is a gap.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub values: String,
    /// The cells of where its points stand along the lower axis, for a scatter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub along: Option<String>,
}

/// Input of `pivot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pivot {
    /// The table: cells whose first row names the columns. Its sheet may be named, as in formulas.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub source: String,
    /// By which columns rows are brought together, the outermost first.
    #[schemars(length(min = 1, max = PIVOT_FIELDS_MAX))]
    pub rows: Vec<String>,
    /// The column whose values become columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// What is summed up.
    #[schemars(length(min = 1, max = PIVOT_FIELDS_MAX))]
    pub values: Vec<PivotValue>,
}

/// A column that is summed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PivotValue {
    /// Which.
    pub field: String,
    /// How.
    #[serde(default)]
    pub by: PivotBy,
}

/// How a column is summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PivotBy {
    /// The sum of its numbers.
    #[default]
    Sum,
    /// How many cells hold something.
    Count,
    /// The mean of its numbers.
    Average,
    /// The smallest of its numbers.
    Min,
    /// The largest of its numbers.
    Max,
}

impl PivotBy {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Average => "average",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// Input of `filter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The table: cells whose first row names the columns. Its sheet may be named, as in formulas.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub source: String,
    /// The conditions.
    #[schemars(length(min = 1, max = FILTER_CONDITIONS_MAX))]
    pub r#where: Vec<Where>,
    /// Whether one of them is enough; a row meets all of them when left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any: bool,
}

/// A condition of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Of which column.
    pub field: String,
    /// What its cell is to be.
    pub is: FilterIs,
    /// Beside what: a number, true, false or a text, as it is. Left out for `empty`, `filled` and
    /// `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Scalar>,
}

/// What a cell is to be. Numbers are more or less than numbers, texts than texts, and neither is
/// more or less than the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterIs {
    /// The same; the case of letters does not count.
    Equal,
    /// Another.
    Different,
    /// More.
    Above,
    /// As much or more.
    AtLeast,
    /// Less.
    Below,
    /// As much or less.
    AtMost,
    /// Shown with this text in it; the case of letters does not count.
    Contains,
    /// Shown with this text at the beginning.
    Begins,
    /// Nothing.
    Empty,
    /// Anything but nothing.
    Filled,
    /// An error.
    Error,
}
