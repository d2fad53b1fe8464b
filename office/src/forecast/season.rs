//! After how many numbers a row repeats itself.

use super::trend::Trend;

/// The longest season that is looked for.
const SEASON_MAX: usize = 366;
/// How alike a row must be to itself one season before: the correlation.
const ALIKE_MIN: f64 = 0.5;

/// After how many numbers the row repeats itself; 1 = it does not. What grows is made level first.
#[must_use]
pub fn found(values: &[f64]) -> usize {
    let level = detrended(values);
    let power: f64 = level.iter().map(|value| value * value).sum();
    let size: f64 = values.iter().map(|value| value * value).sum();
    if power <= size * 1e-18 {
        return 1;
    }
    let alike = |lag: usize| -> f64 {
        let pairs = level.iter().skip(lag).zip(&level);
        pairs.map(|(now, before)| now * before).sum::<f64>() / power
    };
    let longest = SEASON_MAX.min(values.len() / 3);
    let all: Vec<f64> = (0..=longest + 1).map(alike).collect();
    let peak = |lag: &usize| all[*lag] > all[lag - 1] && all[*lag] >= all[lag + 1];
    let peaks = (2..=longest).filter(peak).filter(|lag| {
        // What is left of the row at this lag: the sum has fewer pairs.
        let share = 1.0 - *lag as f64 / values.len() as f64;
        all[*lag] / share >= ALIKE_MIN
    });
    let best = peaks.max_by(|one, other| all[*one].total_cmp(&all[*other]));
    best.unwrap_or(1)
}

fn detrended(values: &[f64]) -> Vec<f64> {
    let Trend { slope, mean, middle } = Trend::of(values);
    let level = values.iter().enumerate();
    level.map(|(at, value)| value - mean - slope * (at as f64 - middle)).collect()
}
