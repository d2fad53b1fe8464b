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
    let broker = Arc::clone(broker);
    let numbers = Numbers(Box::new(move || broker.appends()));
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

struct Numbers(Box<dyn Fn() -> [Appends; 2] + Send + Sync>);

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let streams = self.0();
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

#[cfg(test)]
mod tests {
    use nats::broker::Appends;

    use super::Numbers;
    use crate::edge::Metrics;

    #[test]
    fn each_stream_tells_how_its_messages_travelled() {
        let appends = |stream| Appends {
            stream,
            batching: true,
            waiting: 5,
            alone: 0,
            singles: 7,
            batches: 3,
            batched: 610,
            batch_messages: [0, 1, 0, 0, 1, 0, 0, 1],
            in_doubt: 2,
            splits: 1,
        };
        let metrics = Metrics::default();
        let numbers = Numbers(Box::new(move || [appends("EVENTS"), appends("COMMANDS")]));
        metrics.register(|registry| registry.register_collector(Box::new(numbers)));
        let text = metrics.text();
        for line in [
            "cambium_append_singles_total{stream=\"EVENTS\"} 7",
            "cambium_append_in_doubt_total{stream=\"COMMANDS\"} 2",
            "cambium_append_splits_total{stream=\"EVENTS\"} 1",
            "cambium_append_waiting{stream=\"EVENTS\"} 5",
            "cambium_append_batching{stream=\"COMMANDS\"} 1",
            "cambium_append_batch_messages_count{stream=\"EVENTS\"} 3",
            "cambium_append_batch_messages_bucket{le=\"8.0\",stream=\"EVENTS\"} 1",
            "cambium_append_batch_messages_bucket{le=\"128.0\",stream=\"EVENTS\"} 2",
            "cambium_append_batch_messages_bucket{le=\"+Inf\",stream=\"EVENTS\"} 3",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
