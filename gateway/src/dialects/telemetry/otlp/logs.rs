//! Lines of logs.

use contracts::Refusal;
use contracts::records::{Level, Record};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::Value;

use super::super::room::Room;
use super::values::{self, Shared};

/// The lines of a request.
///
/// # Errors
/// `telemetry_too_large`.
pub fn records(request: ExportLogsServiceRequest, room: &mut Room) -> Result<Vec<Record>, Refusal> {
    let mut records = Vec::new();
    for of_resource in request.resource_logs {
        let resource = Shared::of(of_resource.resource);
        for of_scope in of_resource.scope_logs {
            let shared = resource.within(of_scope.scope);
            shared.room(room, of_scope.log_records.len(), 0)?;
            records.extend(of_scope.log_records.into_iter().map(|log| record(&shared, log)));
        }
    }
    Ok(records)
}

fn record(shared: &Shared, log: LogRecord) -> Record {
    let body = values::value(log.body, 0);
    let (message, more) = match body {
        Value::String(text) => (text, Value::Null),
        Value::Null => (String::new(), Value::Null),
        other => (other.to_string(), serde_json::json!({ "body": other })),
    };
    let told = values::instant(log.time_unix_nano);
    let (at, nanos) = told.or_else(|| values::instant(log.observed_time_unix_nano)).unzip();
    let level = Level::of_number(log.severity_number).or_else(|| log.severity_text.parse().ok());
    Record {
        at,
        nanos: nanos.unwrap_or_default(),
        name: log.event_name,
        level,
        message,
        trace: values::id(&log.trace_id),
        span: values::id(&log.span_id),
        more,
        ..shared.record(log.attributes)
    }
}
