//! What comes next in a row of numbers: methods of statistics, chosen by how well each would have
//! told what is known by now, with intervals and errors.

mod decompose;
mod measure;
mod method;
mod normal;
mod season;
mod smooth;
#[cfg(test)]
mod tests;
mod trend;

use serde::{Deserialize, Serialize};

pub use decompose::{Decomposition, decompose};
pub use measure::Errors;
pub use method::{Fitted, Method};
pub use season::found as season_of;

/// The fewest numbers that something can be told from.
pub const VALUES_MIN: usize = 3;
/// How often a method is tried at an earlier end of the row.
const ORIGINS_MAX: usize = 12;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked<'a> {
    /// The numbers, the oldest first, each as far from the next.
    pub values: &'a [f64],
    /// How many are to be told.
    pub periods: usize,
    /// After how many numbers the row repeats itself; none = it is looked for.
    pub season: Option<usize>,
    /// By which method; none = by the one with the smallest error.
    pub method: Option<Method>,
    /// How sure the interval is to hold what comes: more than 0, less than 1.
    pub level: f64,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// By which method.
    pub method: Method,
    /// After how many numbers the row repeats itself; 1 = it does not.
    pub season: usize,
    /// What the method learned.
    pub fitted: Fitted,
    /// What comes, in order.
    pub points: Vec<Point>,
    /// How the method did when it was tried; none when the row is too short to try it.
    pub errors: Option<Errors>,
    /// How each method did, the best first.
    pub tried: Vec<Tried>,
}

/// A number that comes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The likeliest.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// How a method did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub method: Method,
    /// Its errors; none when the row is too short to try it.
    pub errors: Option<Errors>,
}

/// Why nothing can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// There are too few numbers.
    #[error("{0} numbers are too few; {1} are needed")]
    TooFew(usize, usize),
    /// A number is infinite or none.
    #[error("number {0} is infinite")]
    NotFinite(usize),
    /// The numbers grow beyond what can be computed.
    #[error("the numbers grow too large")]
    TooLarge,
}

/// What comes next.
///
/// # Errors
/// When there are too few numbers for the method, or they are too large.
pub fn forecast(asked: &Asked<'_>) -> Result<Forecast, Untold> {
    let values = asked.values;
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(Untold::NotFinite(at + 1));
    }
    if values.len() < VALUES_MIN {
        return Err(Untold::TooFew(values.len(), VALUES_MIN));
    }
    let season = asked.season.unwrap_or_else(|| season::found(values)).max(1);
    let mut tried: Vec<Tried> = Method::ALL
        .into_iter()
        .filter(|method| method.fits(values, season))
        .map(|method| Tried { method, errors: back_test(values, season, method, asked.periods) })
        .collect();
    // Stable: of two that are as good the simpler one stands first.
    tried.sort_by(|one, other| measure::compare(one.errors.as_ref(), other.errors.as_ref()));
    let best = tried.first().map_or(Method::Naive, |tried| tried.method);
    let method = asked.method.unwrap_or(best);
    if !method.fits(values, season) {
        return Err(Untold::TooFew(values.len(), method.values_min(season)));
    }
    let fitted = method.fit(values, season);
    let points = points(&fitted, values, asked);
    if points.iter().any(|point| !(point.low.is_finite() && point.high.is_finite())) {
        return Err(Untold::TooLarge);
    }
    let errors = tried.iter().find(|tried| tried.method == method);
    let errors = errors.and_then(|tried| tried.errors.clone());
    Ok(Forecast { method, season, fitted, points, errors, tried })
}

fn points(fitted: &Fitted, values: &[f64], asked: &Asked<'_>) -> Vec<Point> {
    let wide = normal::quantile(0.5 + asked.level / 2.0);
    let told = fitted.told(values, asked.periods).into_iter().enumerate();
    let points = told.map(|(at, value)| {
        let spread = wide * fitted.spread(values, at + 1, value);
        Point { value, low: value - spread, high: value + spread }
    });
    points.collect()
}

/// The errors of a method at earlier ends of the row: at each it is fitted to what was known then
/// and tells what came after.
fn back_test(values: &[f64], season: usize, method: Method, periods: usize) -> Option<Errors> {
    let first = method.values_min(season).max(values.len() / 2);
    let ends: Vec<usize> = (first..values.len()).collect();
    let step = ends.len().div_ceil(ORIGINS_MAX).max(1);
    let (mut told, mut came) = (Vec::new(), Vec::new());
    for end in ends.into_iter().rev().step_by(step) {
        let known = &values[..end];
        if !method.fits(known, season) {
            continue;
        }
        let after = &values[end..values.len().min(end + periods.max(1))];
        told.extend(method.fit(known, season).told(known, after.len()));
        came.extend_from_slice(after);
    }
    Errors::of(&told, &came, measure::scale(values, season))
}
