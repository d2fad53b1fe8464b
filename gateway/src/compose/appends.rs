//! Numbers of the appenders in the program's one registry.

use std::sync::Arc;

use nats::Broker;
use nats::broker::{Appends, BATCH_MESSAGES};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::edge::Metrics;

/// Registers what is read at the moment of scraping.
pub fn register(metrics: &Metrics, broker: &Arc<Broker>) {
    let numbers = Numbers(Arc::clone(broker));
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

#[derive(Debug)]
struct Numbers(Arc<Broker>);

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let streams = self.0.appends();
        counter(&mut encoder, &streams, ["append_singles", "Messages appended alone"], |it| {
            it.singles
        })?;
        counter(
            &mut encoder,
            &streams,
            ["append_in_doubt", "Appends told to be in doubt"],
            |it| it.in_doubt,
        )?;
        counter(
            &mut encoder,
            &streams,
            ["append_splits", "Batches taken apart for a refusal of one"],
            |it| it.splits,
        )?;
        gauge(&mut encoder, &streams, ["append_waiting", "Messages that wait"], |it| it.waiting)?;
        gauge(&mut encoder, &streams, ["append_batching", "1 = a batch is on its way"], |it| {
            usize::from(it.batching)
        })?;
        batches(&mut encoder, &streams)
    }
}

fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    streams: &[Appends],
    [name, help]: [&str; 2],
    value: impl Fn(&Appends) -> u64,
) -> Result<(), std::fmt::Error> {
    let name = format!("cambium_{name}");
    let mut metric = encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
    for stream in streams {
        let labels = [("stream", stream.stream)];
        metric
            .encode_family(&labels)?
            .encode_counter::<NoLabelSet, _, u64>(&value(stream), None)?;
    }
    Ok(())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    streams: &[Appends],
    [name, help]: [&str; 2],
    value: impl Fn(&Appends) -> usize,
) -> Result<(), std::fmt::Error> {
    let name = format!("cambium_{name}");
    let mut metric = encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
    for stream in streams {
        let value = i64::try_from(value(stream)).unwrap_or(i64::MAX);
        metric.encode_family(&[("stream", stream.stream)])?.encode_gauge(&value)?;
    }
    Ok(())
}

/// How many messages the batches have.
fn batches(
    encoder: &mut DescriptorEncoder<'_>,
    streams: &[Appends],
) -> Result<(), std::fmt::Error> {
    let (name, help) = ("cambium_append_batch_messages", "Messages of a batch");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for stream in streams {
        let bounds = BATCH_MESSAGES.iter().map(|bound| *bound as f64).chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(stream.batch_messages).collect();
        let family = [("stream", stream.stream)];
        let (sum, count) = (stream.batched as f64, stream.batches);
        metric
            .encode_family(&family)?
            .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
    }
    Ok(())
}
