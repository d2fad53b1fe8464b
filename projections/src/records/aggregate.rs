//! Numbers of many records.

use std::collections::BTreeMap;

use contracts::records::{Aggregate, AggregateFunction, AggregateQuery, Point, RecordRow, Series};
use contracts::{Refusal, RefusalClass, Timestamp};
use serde_json::Value;

use super::RecordRows;

/// The most points that one answer has.
const POINTS_MAX: usize = 20_000;

/// The values of one interval.
#[derive(Debug, Default)]
struct Values {
    count: usize,
    values: Vec<f64>,
    last: Option<((Timestamp, u32), f64)>,
}

/// A combination of labels as text, which has an order, and when the interval begins.
type Key = (Vec<String>, Option<i64>);

impl RecordRows {
    /// The numbers of the records that fit.
    ///
    /// # Errors
    /// `telemetry_too_wide`, `query_invalid`, `read_models_unavailable`.
    pub async fn aggregate(&self, query: &AggregateQuery) -> Result<Vec<Series>, Refusal> {
        let (mut all, mut labels) = (BTreeMap::<Key, Values>::new(), BTreeMap::new());
        self.every(&query.of, |row| {
            let combination: Vec<Option<Value>> =
                query.by.iter().map(|name| row.record.field(name)).collect();
            let text: Vec<String> = combination
                .iter()
                .map(|value| value.as_ref().map_or_else(String::new, Value::to_string))
                .collect();
            let key = (text.clone(), query.interval_ms.map(|ms| begins(&row, ms)));
            labels.entry(text).or_insert(combination);
            all.entry(key).or_default().add(&row, &query.field);
        })
        .await?;
        if all.len() > POINTS_MAX {
            let message = format!("this has more than {POINTS_MAX} points; take longer intervals");
            return Err(Refusal::new(RefusalClass::Rejected, "telemetry_too_wide", message));
        }
        let mut series: BTreeMap<Vec<String>, Vec<Point>> = BTreeMap::new();
        for ((text, at), mut values) in all {
            let numbers = values.numbers(&query.functions);
            let at = at.map(Timestamp::from_millis);
            series.entry(text).or_default().push(Point { at, numbers });
        }
        let named = |text: &Vec<String>| {
            let combination = labels.get(text).cloned().unwrap_or_default();
            let values = combination.into_iter().map(Option::unwrap_or_default);
            query.by.iter().cloned().zip(values).collect()
        };
        Ok(series
            .into_iter()
            .map(|(text, points)| Series { labels: named(&text), points })
            .collect())
    }
}

/// When the interval of a record begins: intervals begin at multiples of their length.
fn begins(row: &RecordRow, interval_ms: i64) -> i64 {
    let at = row.record.at.unwrap_or_default().as_millis();
    at - at.rem_euclid(interval_ms.max(1))
}

impl Values {
    fn add(&mut self, row: &RecordRow, field: &str) {
        self.count += 1;
        let value = row.record.field(field);
        let value = value.and_then(|it| it.as_f64().or_else(|| it.as_str()?.parse().ok()));
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        self.values.push(value);
        let at = row.record.instant();
        if self.last.is_none_or(|(last, _)| last <= at) {
            self.last = Some((at, value));
        }
    }

    fn numbers(&mut self, functions: &[Aggregate]) -> BTreeMap<String, Option<f64>> {
        self.values.sort_by(f64::total_cmp);
        functions.iter().map(|it| (it.name.clone(), self.number(it.function))).collect()
    }

    /// One number of the values, which are in order.
    fn number(&self, function: AggregateFunction) -> Option<f64> {
        let values = &self.values;
        match function {
            AggregateFunction::Count => Some(self.count as f64),
            AggregateFunction::Sum => (!values.is_empty()).then(|| values.iter().sum()),
            AggregateFunction::Min => values.first().copied(),
            AggregateFunction::Max => values.last().copied(),
            AggregateFunction::Avg if values.is_empty() => None,
            AggregateFunction::Avg => Some(values.iter().sum::<f64>() / values.len() as f64),
            AggregateFunction::Last => self.last.map(|(_, value)| value),
            AggregateFunction::Percentile(share) => percentile(values, share),
        }
    }
}

/// The value below which `share` hundredths of `values`, which are in order, lie: between two of
/// them in proportion.
pub(super) fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let place = share / 100.0 * values.len().checked_sub(1)? as f64;
    let (low, high) = (values.get(place.floor() as usize)?, values.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}
