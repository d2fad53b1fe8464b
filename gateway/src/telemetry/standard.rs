//! The variables of OpenTelemetry's own conventions, and the settings that they set.

/// What a variable sets, and how its value is said there.
type Mapped = (&'static str, &'static str, fn(&str) -> Option<String>);

/// The variables that are honoured. Those of the program's own, `CAMBIUM_TELEMETRY__…`, overrule
/// them.
const VARIABLES: &[Mapped] = &[
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "telemetry.batch_spans_max", same),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "telemetry.queue_spans_max", same),
    ("OTEL_BSP_SCHEDULE_DELAY", "telemetry.batch_delay_ms", same),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.endpoint", same),
    ("OTEL_EXPORTER_OTLP_HEADERS", "telemetry.headers", same),
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "telemetry.metrics_endpoint", same),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "telemetry.protocol", same),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "telemetry.timeout_ms", same),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "telemetry.traces_endpoint", same),
    ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "telemetry.content", yes),
    ("OTEL_METRICS_EXPORTER", "telemetry.metrics", exports),
    ("OTEL_METRIC_EXPORT_INTERVAL", "telemetry.metrics_interval_ms", same),
    ("OTEL_RESOURCE_ATTRIBUTES", "telemetry.resource_attributes", same),
    ("OTEL_SDK_DISABLED", "telemetry.disabled", yes),
    ("OTEL_SERVICE_NAME", "telemetry.service_name", same),
    ("OTEL_TRACES_EXPORTER", "telemetry.traces", exports),
    ("OTEL_TRACES_SAMPLER", "telemetry.sampler", same),
    ("OTEL_TRACES_SAMPLER_ARG", "telemetry.ratio", same),
];

fn same(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The conventions take any other word for no.
fn yes(text: &str) -> Option<String> {
    Some(text.eq_ignore_ascii_case("true").to_string())
}

/// Exporters for other languages than OTLP are not ours.
fn exports(text: &str) -> Option<String> {
    match text {
        "otlp" => Some("true".to_owned()),
        "none" => Some("false".to_owned()),
        _ => None,
    }
}

/// What the environment sets by these variables: the setting, where it is from, the value.
#[must_use]
pub fn layer(environment: &[(String, String)]) -> Vec<(String, String, String)> {
    let value =
        |name: &str| environment.iter().find(|(key, value)| key == name && !value.is_empty());
    let set = VARIABLES.iter().filter_map(|(name, key, said)| {
        let (_, text) = value(name)?;
        Some(((*key).to_owned(), format!("environment {name}"), said(text.trim())?))
    });
    set.collect()
}

#[cfg(test)]
mod tests {
    use super::layer;

    #[test]
    fn the_variables_of_the_conventions_set_ours_and_an_empty_one_sets_nothing() {
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "prometheus"),
            ("OTEL_SERVICE_NAME", ""),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let set: Vec<_> =
            layer(&environment).into_iter().map(|(key, _, value)| (key, value)).collect();
        let expected = [
            ("telemetry.endpoint", "http://localhost:4318"),
            ("telemetry.disabled", "true"),
            ("telemetry.traces", "false"),
        ];
        assert_eq!(set, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
