//! How far what was told lay from what came.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How far what was told lay from what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Over how many numbers.
    pub count: usize,
    /// The mean distance: MAE.
    pub mae: f64,
    /// The root of the mean square: RMSE.
    pub rmse: f64,
    /// The mean distance as a share of both numbers' mean size, 0 to 2: sMAPE.
    pub smape: f64,
    /// The mean distance as a share of that of the naive method within the row: MASE. None when
    /// the row never changes.
    pub mase: Option<f64>,
}

impl Errors {
    /// The errors of numbers that were told; none without any.
    pub(super) fn of(told: &[f64], came: &[f64], scale: f64) -> Option<Self> {
        if told.is_empty() || told.len() != came.len() {
            return None;
        }
        let count = told.len() as f64;
        let (mut far, mut squares, mut shares) = (0.0, 0.0, 0.0);
        for (told, came) in told.iter().zip(came) {
            let error = (told - came).abs();
            let size = (told.abs() + came.abs()) / 2.0;
            far += error;
            squares += error * error;
            shares += if size > 0.0 { error / size } else { 0.0 };
        }
        let mae = far / count;
        let mase = (scale > 0.0).then_some(mae / scale);
        let (rmse, smape) = ((squares / count).sqrt(), shares / count);
        let all = Self { count: told.len(), mae, rmse, smape, mase };
        (mae.is_finite() && rmse.is_finite()).then_some(all)
    }
}

/// The mean distance of each number from that one season before.
pub(super) fn scale(values: &[f64], season: usize) -> f64 {
    let season = if values.len() > season { season } else { 1 };
    let far = values.iter().skip(season).zip(values).map(|(now, before)| (now - before).abs());
    far.sum::<f64>() / (values.len() - season).max(1) as f64
}

/// Smaller errors first; what was not tried last.
pub(super) fn compare(one: Option<&Errors>, other: Option<&Errors>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.rmse.total_cmp(&other.rmse),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
