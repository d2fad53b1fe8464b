//! The line with the least squares through a row.

/// Through `(middle, mean)`, rising by `slope` with each number.
pub struct Trend {
    /// How much each number adds; 0 for a single one.
    pub slope: f64,
    /// The mean of the numbers.
    pub mean: f64,
    /// The place in the middle of the row, counted from 0.
    pub middle: f64,
}

impl Trend {
    /// That of a row of at least one number.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let middle = (count - 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / count;
        let (mut along, mut across) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            let from = at as f64 - middle;
            along += from * (value - mean);
            across += from * from;
        }
        let slope = if across > 0.0 { along / across } else { 0.0 };
        Self { slope, mean, middle }
    }
}
