//! Measures as OTLP has them.

use contracts::telemetry::Attribute;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum,
};
use prost::Message as _;

use super::measures::CONVENTIONS;
use super::resource::{Resource, attribute};
use super::text::{Buckets, Family, Sample, families, histograms};

/// All since the program began.
const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// A request that carries what `text` tells, since the first of two instants and at the second, in
/// nanoseconds since 1970.
#[must_use]
pub fn request(resource: &Resource, text: &str, times: (u64, u64)) -> Vec<u8> {
    let families = families(text);
    let full = families.iter().filter(|family| !family.samples.is_empty());
    let metrics = full.map(|family| told(family, times)).collect();
    let scoped = ScopeMetrics { scope: Some(resource.scope()), metrics, ..ScopeMetrics::default() };
    let whole = ResourceMetrics {
        resource: Some(resource.resource()),
        scope_metrics: vec![scoped],
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![whole] }.encode_to_vec()
}

fn told(family: &Family, times: (u64, u64)) -> Metric {
    let known = CONVENTIONS.iter().find(|(ours, ..)| *ours == family.name);
    let numbers = || family.samples.iter().map(|sample| number(sample, times)).collect();
    let data = match family.kind.as_str() {
        "histogram" => {
            let all = histograms(family);
            let points = all.iter().map(|(labels, buckets)| histogram(labels, buckets, times));
            let data_points = points.collect();
            Data::Histogram(Histogram { data_points, aggregation_temporality: CUMULATIVE })
        }
        "counter" => Data::Sum(Sum {
            data_points: numbers(),
            aggregation_temporality: CUMULATIVE,
            is_monotonic: true,
        }),
        _ => Data::Gauge(Gauge { data_points: numbers() }),
    };
    Metric {
        name: known.map_or(family.name.as_str(), |it| it.1).to_owned(),
        description: family.help.clone(),
        unit: known.map_or_else(|| unit(&family.name), |it| it.2).to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

/// The unit that a name ends with, as the conventions write it.
fn unit(name: &str) -> &'static str {
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "By",
        _ => "",
    }
}

fn labelled(labels: &[(String, String)]) -> Vec<KeyValue> {
    labels.iter().map(|(name, value)| attribute(name, Attribute::Text(value.clone()))).collect()
}

fn number(sample: &Sample, (begun, now): (u64, u64)) -> NumberDataPoint {
    NumberDataPoint {
        attributes: labelled(&sample.labels),
        start_time_unix_nano: begun,
        time_unix_nano: now,
        value: Some(Value::AsDouble(sample.value)),
        ..NumberDataPoint::default()
    }
}

fn histogram(
    labels: &[(String, String)],
    buckets: &Buckets,
    (begun, now): (u64, u64),
) -> HistogramDataPoint {
    let before = std::iter::once(0).chain(buckets.upto.iter().copied());
    let each = buckets.upto.iter().zip(before).map(|(upto, before)| upto.saturating_sub(before));
    HistogramDataPoint {
        attributes: labelled(labels),
        start_time_unix_nano: begun,
        time_unix_nano: now,
        count: buckets.count,
        sum: Some(buckets.sum),
        bucket_counts: each.collect(),
        explicit_bounds: buckets.bounds.clone(),
        ..HistogramDataPoint::default()
    }
}
