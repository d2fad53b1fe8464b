//! Levels, trends and seasons that follow a row: Holt, and Holt and Winters. How quickly they
//! follow is what tells the row itself best, one step ahead.

use serde::{Deserialize, Serialize};

use super::method::deviation;

/// Where a level, a trend and a season stand at the end of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Smoothed {
    /// How quickly the level follows: 0 never, 1 at once.
    pub alpha: f64,
    /// How quickly the trend follows.
    pub beta: f64,
    /// How quickly the season follows; 0 without one.
    pub gamma: f64,
    /// The level.
    pub level: f64,
    /// How much each step adds.
    pub trend: f64,
    /// What each place of the season adds or multiplies, that of the next number first.
    pub season: Vec<f64>,
    /// Whether the season multiplies.
    pub multiplied: bool,
    /// The deviation one step ahead; a share of the number where the season multiplies.
    pub deviation: f64,
}

/// How quickly things may follow, tried in every combination.
const COARSE: [f64; 5] = [0.05, 0.2, 0.4, 0.6, 0.9];
/// How far each is moved when the best of them is refined, in turn.
const FINE: [f64; 4] = [0.08, 0.04, 0.02, 0.01];

/// A row, and where its smoothing begins.
struct Row<'a> {
    values: &'a [f64],
    /// How many values the beginning was learned from, and are not told.
    begun: usize,
    level: f64,
    trend: f64,
    season: Vec<f64>,
    multiplied: bool,
}

/// Level and trend.
pub(super) fn holt(values: &[f64]) -> Smoothed {
    let (level, trend) = (values[0], values[1] - values[0]);
    let row = Row { values, begun: 1, level, trend, season: Vec::new(), multiplied: false };
    row.best()
}

/// Level, trend and season.
pub(super) fn winters(values: &[f64], season: usize, multiplied: bool) -> Smoothed {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let (first, second) = (mean(&values[..season]), mean(&values[season..2 * season]));
    let trend = (second - first) / season as f64;
    let middle = (season as f64 - 1.0) / 2.0;
    let places = values[..season].iter().enumerate().map(|(at, value)| {
        let there = first + trend * (at as f64 - middle);
        if multiplied { value / nonzero(there) } else { value - there }
    });
    let places = places.collect();
    let level = first + trend * middle;
    Row { values, begun: season, level, trend, season: places, multiplied }.best()
}

fn nonzero(value: f64) -> f64 {
    if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value }
}

impl Row<'_> {
    fn best(&self) -> Smoothed {
        let gammas: &[f64] = if self.season.is_empty() { &[0.0] } else { &COARSE };
        let mut best = (f64::INFINITY, [0.5, 0.1, 0.0]);
        for alpha in COARSE {
            for beta in COARSE {
                for gamma in gammas {
                    self.better(&mut best, [alpha, beta, *gamma]);
                }
            }
        }
        for step in FINE {
            for place in 0..if self.season.is_empty() { 2 } else { 3 } {
                for by in [-step, step] {
                    let mut rates = best.1;
                    rates[place] = (rates[place] + by).clamp(0.0, 1.0);
                    self.better(&mut best, rates);
                }
            }
        }
        self.run(best.1)
    }

    fn better(&self, best: &mut (f64, [f64; 3]), rates: [f64; 3]) {
        let deviation = self.run(rates).deviation;
        if deviation < best.0 {
            *best = (deviation, rates);
        }
    }

    /// Follows the row at these rates.
    fn run(&self, [alpha, beta, gamma]: [f64; 3]) -> Smoothed {
        let (mut level, mut trend) = (self.level, self.trend);
        let mut season = self.season.clone();
        let mut errors = Vec::with_capacity(self.values.len());
        for (at, value) in self.values.iter().enumerate().skip(self.begun) {
            let place = at % season.len().max(1);
            let part = season.get(place).copied();
            let line = level + trend;
            let (told, bare) = match part {
                Some(part) if self.multiplied => (line * part, value / nonzero(part)),
                Some(part) => (line + part, value - part),
                None => (line, *value),
            };
            let error = value - told;
            errors.push(if self.multiplied { error / nonzero(told) } else { error });
            let before = level;
            level = alpha * bare + (1.0 - alpha) * line;
            trend = beta * (level - before) + (1.0 - beta) * trend;
            if let Some(part) = season.get_mut(place) {
                let now = if self.multiplied { value / nonzero(level) } else { value - level };
                *part = gamma * now + (1.0 - gamma) * *part;
            }
        }
        if !season.is_empty() {
            let next = self.values.len() % season.len();
            season.rotate_left(next);
        }
        let deviation = deviation(errors.into_iter(), 0);
        let multiplied = self.multiplied;
        Smoothed { alpha, beta, gamma, level, trend, season, multiplied, deviation }
    }
}

impl Smoothed {
    /// The number so many steps ahead.
    pub(super) fn told(&self, step: usize) -> f64 {
        let line = self.level + self.trend * step as f64;
        let part = self.season.get((step - 1) % self.season.len().max(1)).copied();
        match part {
            Some(part) if self.multiplied => line * part,
            Some(part) => line + part,
            None => line,
        }
    }

    /// The deviation so many steps ahead, of a number that is told to be `value`.
    pub(super) fn spread(&self, step: usize, value: f64) -> f64 {
        let mut share = 1.0;
        for before in 1..step {
            let again = !self.season.is_empty() && before % self.season.len() == 0;
            let seasonal = if again { self.gamma * (1.0 - self.alpha) } else { 0.0 };
            let weight = self.alpha * (1.0 + before as f64 * self.beta) + seasonal;
            share += weight * weight;
        }
        let one = if self.multiplied { self.deviation * value.abs() } else { self.deviation };
        one * share.sqrt()
    }
}
