//! Measures as OTLP has them.

use contracts::telemetry::Attribute;

use super::measures::CONVENTIONS;
use super::resource::{Resource, attribute};
use super::text::{Buckets, Family, Sample, families, histograms};
use super::wire::Message;

/// All since the program began.
const CUMULATIVE: u64 = 2;

/// A request that carries what `text` tells, since the first of two instants and at the second, in
/// nanoseconds since 1970.
#[must_use]
pub fn request(resource: &Resource, text: &str, times: (u64, u64)) -> Vec<u8> {
    resource.request(|scoped| {
        for family in families(text).iter().filter(|family| !family.samples.is_empty()) {
            scoped.message(2, |metric| write(metric, family, times));
        }
    })
}

fn write(metric: &mut Message, family: &Family, times: (u64, u64)) {
    let known = CONVENTIONS.iter().find(|(ours, ..)| *ours == family.name);
    let name = known.map_or(family.name.as_str(), |it| it.1);
    metric.bytes(1, name);
    metric.bytes(2, &family.help);
    metric.some_bytes(3, known.map_or_else(|| unit(&family.name), |it| it.2));
    match family.kind.as_str() {
        "histogram" => metric.message(9, |data| {
            for (labels, buckets) in histograms(family) {
                data.message(1, |point| histogram(point, &labels, &buckets, times));
            }
            data.varint(2, CUMULATIVE);
        }),
        "counter" => metric.message(7, |data| {
            for sample in &family.samples {
                data.message(1, |point| number(point, sample, times));
            }
            data.varint(2, CUMULATIVE);
            data.varint(3, 1);
        }),
        _ => metric.message(5, |data| {
            for sample in &family.samples {
                data.message(1, |point| number(point, sample, times));
            }
        }),
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

fn labelled(point: &mut Message, field: u32, labels: &[(String, String)]) {
    for (name, value) in labels {
        attribute(point, field, name, &Attribute::Text(value.clone()));
    }
}

fn number(point: &mut Message, sample: &Sample, (begun, now): (u64, u64)) {
    point.fixed64(2, begun);
    point.fixed64(3, now);
    point.double(4, sample.value);
    labelled(point, 7, &sample.labels);
}

fn histogram(
    point: &mut Message,
    labels: &[(String, String)],
    buckets: &Buckets,
    (begun, now): (u64, u64),
) {
    point.fixed64(2, begun);
    point.fixed64(3, now);
    point.fixed64(4, buckets.count);
    point.double(5, buckets.sum);
    let before = std::iter::once(0).chain(buckets.upto.iter().copied());
    let each = buckets.upto.iter().zip(before).map(|(upto, before)| upto.saturating_sub(before));
    point.packed64(6, each);
    point.packed64(7, buckets.bounds.iter().map(|bound| bound.to_bits()));
    labelled(point, 9, labels);
}
