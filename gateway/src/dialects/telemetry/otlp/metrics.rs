//! Points of metrics.

use contracts::Refusal;
use contracts::records::Record;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint,
};
use serde_json::{Value, json};

use super::super::room::Room;
use super::values::{self, Shared};

/// The flag of a point that says that there is no value.
const NOTHING: u32 = 1;

/// The points of a request.
///
/// # Errors
/// `telemetry_too_large`.
pub fn records(
    request: ExportMetricsServiceRequest,
    room: &mut Room,
) -> Result<Vec<Record>, Refusal> {
    let mut records = Vec::new();
    for of_resource in request.resource_metrics {
        let resource = Shared::of(of_resource.resource);
        for of_scope in of_resource.scope_metrics {
            let shared = resource.within(of_scope.scope);
            for metric in of_scope.metrics {
                shared.room(room, points(&metric), metric.name.len() + metric.unit.len())?;
                add(&mut records, &shared, metric);
            }
        }
    }
    Ok(records)
}

/// How many points a metric has.
fn points(metric: &Metric) -> usize {
    match &metric.data {
        None => 0,
        Some(Data::Gauge(all)) => all.data_points.len(),
        Some(Data::Sum(all)) => all.data_points.len(),
        Some(Data::Histogram(all)) => all.data_points.len(),
        Some(Data::ExponentialHistogram(all)) => all.data_points.len(),
        Some(Data::Summary(all)) => all.data_points.len(),
    }
}

/// Over which time a sum or distribution goes, by its number.
fn temporality(number: i32) -> Value {
    match number {
        1 => "delta".into(),
        2 => "cumulative".into(),
        _ => Value::Null,
    }
}

/// What each point is put together from.
struct Point {
    at: u64,
    flags: u32,
    attributes: Vec<KeyValue>,
    value: Option<f64>,
    more: Value,
}

fn add(records: &mut Vec<Record>, shared: &Shared, metric: Metric) {
    let Metric { name, unit, data, .. } = metric;
    let (kind, points): (_, Vec<Point>) = match data {
        None => return,
        Some(Data::Gauge(gauge)) => {
            ("gauge", gauge.data_points.into_iter().map(|it| number(it, Value::Null)).collect())
        }
        Some(Data::Sum(sum)) => {
            let over = temporality(sum.aggregation_temporality);
            let more = json!({ "temporality": over, "monotonic": sum.is_monotonic });
            ("sum", sum.data_points.into_iter().map(|it| number(it, more.clone())).collect())
        }
        Some(Data::Histogram(all)) => {
            let over = temporality(all.aggregation_temporality);
            let points = all.data_points.into_iter().map(|it| histogram(it, &over));
            ("histogram", points.collect())
        }
        Some(Data::ExponentialHistogram(all)) => {
            let over = temporality(all.aggregation_temporality);
            let points = all.data_points.into_iter().map(|it| exponential(it, &over));
            ("exponential_histogram", points.collect())
        }
        Some(Data::Summary(all)) => ("summary", all.data_points.into_iter().map(summary).collect()),
    };
    for point in points.into_iter().filter(|point| point.flags & NOTHING == 0) {
        let (at, nanos) = values::instant(point.at).unzip();
        records.push(Record {
            at,
            nanos: nanos.unwrap_or_default(),
            name: name.clone(),
            unit: unit.clone(),
            kind: kind.to_owned(),
            value: point.value,
            more: point.more,
            ..shared.record(point.attributes)
        });
    }
}

fn number(point: NumberDataPoint, more: Value) -> Point {
    let value = point.value.map(|value| match value {
        Number::AsDouble(number) => number,
        Number::AsInt(number) => number as f64,
    });
    let NumberDataPoint { time_unix_nano: at, flags, attributes, .. } = point;
    Point { at, flags, attributes, value, more }
}

fn histogram(point: HistogramDataPoint, over: &Value) -> Point {
    let more = json!({
        "count": point.count, "min": point.min, "max": point.max,
        "bounds": point.explicit_bounds, "counts": point.bucket_counts, "temporality": over,
    });
    let HistogramDataPoint { time_unix_nano: at, flags, attributes, sum, .. } = point;
    // Of values that may be below zero there is no sum; how many there are is always told.
    Point { at, flags, attributes, value: sum.or(Some(point.count as f64)), more }
}

fn exponential(point: ExponentialHistogramDataPoint, over: &Value) -> Point {
    let buckets = |buckets: Option<Buckets>| {
        buckets.map(|it| json!({ "offset": it.offset, "counts": it.bucket_counts }))
    };
    let more = json!({
        "count": point.count, "min": point.min, "max": point.max, "scale": point.scale,
        "zero_count": point.zero_count, "temporality": over,
        "positive": buckets(point.positive), "negative": buckets(point.negative),
    });
    let value = point.sum.or(Some(point.count as f64));
    let ExponentialHistogramDataPoint { time_unix_nano: at, flags, attributes, .. } = point;
    Point { at, flags, attributes, value, more }
}

fn summary(point: SummaryDataPoint) -> Point {
    let quantiles: Vec<Value> = point
        .quantile_values
        .iter()
        .map(|it| json!({ "quantile": it.quantile, "value": it.value }))
        .collect();
    let more = json!({ "count": point.count, "quantiles": quantiles });
    let SummaryDataPoint { time_unix_nano: at, flags, attributes, sum, .. } = point;
    Point { at, flags, attributes, value: Some(sum), more }
}
