//! How a sheet is laid out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{
    COLUMN_LETTERS_MAX, FROZEN_MAX, MERGED_MAX, PLACE_BYTES_MAX, ROW_POINTS_MAX, SIZED_RUNS_MAX,
};

/// Input of `layout`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayOut {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// How it is laid out.
    pub layout: Layout,
}

/// How a sheet is laid out; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// How wide columns are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SIZED_RUNS_MAX))]
    pub columns: Vec<Width>,
    /// How high rows are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SIZED_RUNS_MAX))]
    pub rows: Vec<Height>,
    /// What stays in view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// All areas whose cells are one, which shows what the first of them holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MERGED_MAX), inner(length(max = PLACE_BYTES_MAX)))]
    pub merged: Option<Vec<String>>,
    /// The table whose rows people may filter by its header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filtering>,
}

/// How wide columns are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Width {
    /// Which: `B` or `B:D`.
    #[schemars(regex(pattern = "^[A-Za-z]{1,3}(:[A-Za-z]{1,3})?$"))]
    pub at: String,
    /// In letters; 0 hides them. As wide as what they show when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = COLUMN_LETTERS_MAX))]
    pub letters: Option<f64>,
}

/// How high rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Height {
    /// Which: `2` or `2:9`.
    #[schemars(regex(pattern = "^[1-9][0-9]{0,6}(:[1-9][0-9]{0,6})?$"))]
    pub at: String,
    /// In points; 0 hides them. As high as programs make them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = ROW_POINTS_MAX))]
    pub points: Option<f64>,
}

/// What stays in view when people scroll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// How many rows at the top.
    #[serde(default)]
    #[schemars(range(max = FROZEN_MAX))]
    pub rows: u32,
    /// How many columns at the left.
    #[serde(default)]
    #[schemars(range(max = FROZEN_MAX))]
    pub columns: u32,
}

/// A table whose rows people may filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filtering {
    /// Its cells, with the header; left out, nothing is filtered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: Option<String>,
}

impl Layout {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}
