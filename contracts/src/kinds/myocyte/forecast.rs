//! What comes next in a row of numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{HISTORY_MAX, PERIODS_MAX, PLACE_BYTES_MAX};
use crate::kinds::check::one_of;

/// Input of `model_forecast`: numbers, or an area that holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = one_of(&["values", "area"])))]
pub struct ModelForecast {
    /// The numbers, the oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = HISTORY_MAX))]
    pub values: Option<Vec<f64>>,
    /// The sheet of the area: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The cells that hold the numbers: one row or one column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: Option<String>,
    /// How many numbers are to be told.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = PERIODS_MAX))]
    pub periods: u32,
    /// After how many numbers the row repeats itself; looked for when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = HISTORY_MAX))]
    pub season: Option<u32>,
    /// By which method; the one with the smallest error when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// How sure the interval is to hold what comes, in percent.
    #[serde(default = "ninety_five")]
    #[schemars(range(min = 50, max = 99))]
    pub level: u32,
}

const fn five() -> u32 {
    5
}

const fn ninety_five() -> u32 {
    95
}

/// How a forecast is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// As it was last.
    Naive,
    /// As it was one season ago.
    SeasonalNaive,
    /// On the line from the first number to the last.
    Drift,
    /// On the line with the least squares.
    Linear,
    /// A level and a trend that follow.
    Holt,
    /// With a season that is added.
    HoltWintersAdditive,
    /// With a season that is multiplied.
    HoltWintersMultiplicative,
}
