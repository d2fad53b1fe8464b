//! The methods, and what each learns from a row.

use serde::{Deserialize, Serialize};

use super::smooth::{self, Smoothed};
use super::trend::Trend;

/// How what comes is told. The simplest stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// A level and a trend that follow the row: Holt.
    Holt,
    /// With a season that is added: Holt and Winters.
    HoltWintersAdditive,
    /// With a season that is multiplied: Holt and Winters.
    HoltWintersMultiplicative,
}

/// What a method learned from a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Fitted {
    /// The row of one season before goes on.
    Repeated {
        /// After how many numbers.
        season: usize,
        /// The deviation of one step.
        deviation: f64,
    },
    /// A line through the last number.
    Drift {
        /// How much each step adds.
        slope: f64,
        /// The deviation of one step.
        deviation: f64,
    },
    /// The line with the least squares.
    Line {
        /// Its height at the first number.
        level: f64,
        /// How much each step adds.
        slope: f64,
        /// The deviation from it.
        deviation: f64,
    },
    /// A level, a trend and perhaps a season that follow the row.
    Smoothed(Smoothed),
}

impl Method {
    /// All, the simplest first.
    pub const ALL: [Self; 7] = [
        Self::Naive,
        Self::SeasonalNaive,
        Self::Drift,
        Self::Linear,
        Self::Holt,
        Self::HoltWintersAdditive,
        Self::HoltWintersMultiplicative,
    ];

    /// How many numbers it needs.
    #[must_use]
    pub const fn values_min(self, season: usize) -> usize {
        match self {
            Self::Naive | Self::Drift => 2,
            Self::Linear => 3,
            Self::Holt => 4,
            Self::SeasonalNaive => season + 1,
            Self::HoltWintersAdditive | Self::HoltWintersMultiplicative => 2 * season + 1,
        }
    }

    /// Whether it can be used on a row: it is long enough, has a season where one is needed, and is
    /// above zero where it is divided by.
    #[must_use]
    pub fn fits(self, values: &[f64], season: usize) -> bool {
        let seasonal = match self {
            Self::SeasonalNaive | Self::HoltWintersAdditive => season > 1,
            Self::HoltWintersMultiplicative => {
                season > 1 && values.iter().all(|value| *value > 0.0)
            }
            _ => true,
        };
        seasonal && values.len() >= self.values_min(season)
    }

    /// What it learns from a row that it [fits](Self::fits).
    #[must_use]
    pub fn fit(self, values: &[f64], season: usize) -> Fitted {
        match self {
            Self::Naive => repeated(values, 1),
            Self::SeasonalNaive => repeated(values, season),
            Self::Drift => drift(values),
            Self::Linear => line(values),
            Self::Holt => Fitted::Smoothed(smooth::holt(values)),
            Self::HoltWintersAdditive => Fitted::Smoothed(smooth::winters(values, season, false)),
            Self::HoltWintersMultiplicative => {
                Fitted::Smoothed(smooth::winters(values, season, true))
            }
        }
    }
}

/// The deviation of errors from zero, with so many numbers learned from as many values.
pub(super) fn deviation(errors: impl Iterator<Item = f64>, learned: usize) -> f64 {
    let (mut squares, mut count) = (0.0, 0_usize);
    for error in errors {
        squares += error * error;
        count += 1;
    }
    (squares / count.saturating_sub(learned).max(1) as f64).sqrt()
}

fn repeated(values: &[f64], season: usize) -> Fitted {
    let errors = values.iter().skip(season).zip(values).map(|(now, before)| now - before);
    Fitted::Repeated { season, deviation: deviation(errors, 0) }
}

fn drift(values: &[f64]) -> Fitted {
    let steps = values.len() - 1;
    let slope = (values[steps] - values[0]) / steps as f64;
    let errors = values.windows(2).map(|pair| pair[1] - pair[0] - slope);
    Fitted::Drift { slope, deviation: deviation(errors, 1) }
}

fn line(values: &[f64]) -> Fitted {
    let Trend { slope, mean, middle } = Trend::of(values);
    let level = mean - slope * middle;
    let errors = values.iter().enumerate().map(|(at, value)| value - level - slope * at as f64);
    Fitted::Line { level, slope, deviation: deviation(errors, 2) }
}

impl Fitted {
    /// The next `periods` numbers after `values`, which it was fitted to.
    #[must_use]
    pub fn told(&self, values: &[f64], periods: usize) -> Vec<f64> {
        let last = values.last().copied().unwrap_or(0.0);
        let steps = 1..=periods;
        match self {
            Self::Repeated { season, .. } => {
                let of = &values[values.len() - season..];
                steps.map(|step| of[(step - 1) % season]).collect()
            }
            Self::Drift { slope, .. } => steps.map(|step| last + slope * step as f64).collect(),
            Self::Line { level, slope, .. } => {
                let from = values.len() - 1;
                steps.map(|step| level + slope * (from + step) as f64).collect()
            }
            Self::Smoothed(smoothed) => steps.map(|step| smoothed.told(step)).collect(),
        }
    }

    /// The deviation of the number so many steps ahead, which is told to be `value`.
    #[must_use]
    pub fn spread(&self, values: &[f64], step: usize, value: f64) -> f64 {
        let (count, ahead) = (values.len() as f64, step as f64);
        match self {
            Self::Repeated { season, deviation } => {
                let rounds = (step - 1) / season + 1;
                deviation * (rounds as f64).sqrt()
            }
            Self::Drift { deviation, .. } => {
                deviation * (ahead * (1.0 + ahead / (count - 1.0))).sqrt()
            }
            Self::Line { deviation, .. } => {
                let middle = (count - 1.0) / 2.0;
                let across = count * (count * count - 1.0) / 12.0;
                let from = count - 1.0 + ahead - middle;
                deviation * (1.0 + 1.0 / count + from * from / across).sqrt()
            }
            Self::Smoothed(smoothed) => smoothed.spread(step, value),
        }
    }
}
