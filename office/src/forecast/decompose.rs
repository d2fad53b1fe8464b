//! A row as trend, season and rest, by moving averages.

use serde::{Deserialize, Serialize};

/// A row taken apart. The trend and the rest are unknown for half a season at both ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// After how many numbers the row repeats itself.
    pub season: usize,
    /// Whether the parts are multiplied, and not added.
    pub multiplied: bool,
    /// What the row follows over a season.
    pub trend: Vec<Option<f64>>,
    /// What each place of the season adds or multiplies, that of the first number first.
    pub seasonal: Vec<f64>,
    /// What is left.
    pub rest: Vec<Option<f64>>,
}

/// A row taken apart; none when it has less than two seasons, or is to be divided and is not above
/// zero.
#[must_use]
pub fn decompose(values: &[f64], season: usize, multiplied: bool) -> Option<Decomposition> {
    let positive = values.iter().all(|value| *value > 0.0);
    if season < 2 || values.len() < 2 * season || (multiplied && !positive) {
        return None;
    }
    let trend: Vec<Option<f64>> = (0..values.len()).map(|at| average(values, at, season)).collect();
    let without = |value: f64, part: f64| if multiplied { value / part } else { value - part };
    let mut sums = vec![(0.0, 0_u32); season];
    for (at, value) in values.iter().enumerate() {
        if let Some(trend) = trend[at] {
            let (sum, count) = &mut sums[at % season];
            *sum += without(*value, trend);
            *count += 1;
        }
    }
    let mut seasonal: Vec<f64> =
        sums.iter().map(|(sum, count)| sum / f64::from((*count).max(1))).collect();
    let mean = seasonal.iter().sum::<f64>() / season as f64;
    for part in &mut seasonal {
        *part = without(*part, mean);
    }
    let rest = values.iter().enumerate().map(|(at, value)| {
        trend[at].map(|trend| without(without(*value, trend), seasonal[at % season]))
    });
    let rest = rest.collect();
    Some(Decomposition { season, multiplied, trend, seasonal, rest })
}

/// The average over one season around a place; of an even season the two at its ends count half.
fn average(values: &[f64], at: usize, season: usize) -> Option<f64> {
    let half = season / 2;
    let from = at.checked_sub(half)?;
    if season % 2 == 1 {
        let around = values.get(from..from + season)?;
        return Some(around.iter().sum::<f64>() / season as f64);
    }
    let around = values.get(from..=from + season)?;
    let inner: f64 = around[1..season].iter().sum();
    Some((inner + (around[0] + around[season]) / 2.0) / season as f64)
}
