//! What the system knows of this process, by the names that Prometheus' own clients use.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::edge::Metrics;

/// Reads `/proc`; tells nothing where there is none.
#[derive(Debug)]
pub struct Process {
    begun_s: f64,
}

/// The parts of a second in which the system counts the time of processes.
const TICKS: f64 = 100.0;

impl Process {
    /// Registers what is read at the moment of scraping.
    pub fn register(metrics: &Metrics) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let process = Self { begun_s: since.as_secs_f64() };
        metrics.register(|registry| registry.register_collector(Box::new(process)));
    }

    fn gauges(&self) -> Vec<(&'static str, &'static str, f64)> {
        let mut gauges = vec![(
            "process_start_time_seconds",
            "When the program was put together, in seconds since 1970",
            self.begun_s,
        )];
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        if let Some(kib) = of("VmRSS:") {
            gauges.push(("process_resident_memory_bytes", "Memory in use", kib * 1024.0));
        }
        if let Some(kib) = of("VmSize:") {
            gauges.push(("process_virtual_memory_bytes", "Memory laid claim to", kib * 1024.0));
        }
        if let Some(threads) = of("Threads:") {
            gauges.push(("process_threads", "Threads", threads));
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            gauges.push(("process_open_fds", "Open files and connections", open.count() as f64));
        }
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let most = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let most = most.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        if let Some(most) = most {
            gauges.push(("process_max_fds", "How many there may be", most));
        }
        gauges
    }
}

/// The seconds of processor time that this process has used.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Its name stands in parentheses and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<f64>().ok()?, fields.next()?.parse::<f64>().ok()?);
    Some((user + system) / TICKS)
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        if let Some(seconds) = cpu_seconds() {
            let help = "Processor time used";
            let metric = ConstCounter::new(seconds);
            let kind = MetricType::Counter;
            metric.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, kind)?)?;
        }
        for (name, help, value) in self.gauges() {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        let (name, help) = ("cambium_build_info", "Which program this is; always 1");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let labels = [("version", env!("CARGO_PKG_VERSION"))];
        ConstGauge::new(1_i64).encode(family.encode_family(&labels)?)
    }
}
