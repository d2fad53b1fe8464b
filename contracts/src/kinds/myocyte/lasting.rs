//! Charts and sums that stay with a workbook.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::{Drawn, Pivoted};
use super::limits::{PLACE_BYTES_MAX, SHEET_NAME_MAX};
use super::views::{Chart, Pivot};

/// Input of `keep`. What was kept under the name goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// What it is called; in files, the sheet of a pivot.
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: String,
    /// What is shown.
    pub view: View,
    /// Where a chart stands in files, such as `Costs!D2`; beside what its sheet holds when left
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub at: Option<String>,
}

/// What is shown of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Numbers that are drawn.
    Chart(Chart),
    /// Rows that are summed up.
    Pivot(Pivot),
}

/// Input of `show` and `forget`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Which.
    pub name: String,
}

/// Something that stays with a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptView {
    /// What is shown.
    pub view: View,
    /// Where a chart stands in files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub at: Option<String>,
}

/// Answer to `keep` and `show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// What it is called.
    pub name: String,
    /// The picture, of a chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Drawn>,
    /// What rows come to, of a pivot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<Pivoted>,
}
