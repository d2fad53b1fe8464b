//! The shapes of what tenants' programs tell.

use contracts::records::{Level, Record, Rule, Signal};
use serde_json::{Map, Value, json};

use super::shapes::{inlined, object, page, reference, text};
use crate::edge::routes::Route;

/// The shapes, by name.
pub fn schemas() -> Map<String, Value> {
    let count = |about: &str| json!({ "type": "integer", "minimum": 0, "description": about });
    let signals = Signal::ALL.map(Signal::as_str);
    let mut record = inlined::<Record>();
    if let Some(members) = record["properties"].as_object_mut() {
        members.insert("cursor".to_owned(), text("Where it stands, opaque."));
        members.insert("signal".to_owned(), json!({ "enum": signals }));
        let time = json!({ "type": "string", "format": "date-time" });
        members.insert("received".to_owned(), time);
    }
    record["required"] = json!(["cursor", "signal", "received", "at"]);
    let members = json!({
        "TelemetryInput": inlined::<crate::dialects::telemetry::TelemetryInput>(),
        "TelemetrySummaryInput": inlined::<crate::dialects::telemetry::SummaryInput>(),
        "TelemetryRule": inlined::<Rule>(),
        "TelemetryRecord": record,
        "TelemetryRecords": page(reference("schemas", "TelemetryRecord")),
        "TelemetryTaken": object(
            "What became of records.",
            &["accepted", "rejected", "errors", "repeated"],
            json!({
                "accepted": count("How many are kept."),
                "rejected": count("How many are not, since they are not what they must be."),
                "errors": { "type": "array", "items": { "type": "object" } },
                "repeated": { "type": "boolean", "description": "It had come before." },
                "cursor": { "type": ["string", "null"], "description": "For `min_cursor`." },
            }),
        ),
        "TelemetryTrace": object(
            "A trace as a tree.",
            &["trace", "at", "duration_ms", "spans", "errors", "services", "complete", "roots"],
            json!({
                "trace": text("Which."), "at": { "type": "string", "format": "date-time" },
                "duration_ms": { "type": "number" }, "spans": count("How many."),
                "errors": count("How many ended badly."),
                "services": { "type": "array", "items": { "type": "string" } },
                "orphans": count("How many name a parent that is not here."),
                "complete": { "type": "boolean" },
                "roots": { "type": "array", "items": { "type": "object" } },
                "logs": { "type": "array", "items": reference("schemas", "TelemetryRecord") },
            }),
        ),
    });
    members.as_object().cloned().unwrap_or_default()
}

/// The shape of a row's answer.
pub fn answer(name: &str) -> Option<&'static str> {
    match name {
        "telemetry_records" => Some("TelemetryRecords"),
        "telemetry_tell" => Some("TelemetryTaken"),
        "telemetry_retain" => Some("TelemetryRule"),
        "telemetry_trace" => Some("TelemetryTrace"),
        "telemetry_aggregate" | "telemetry_retention" | "telemetry" => Some("Items"),
        _ => None,
    }
}

/// A parameter of a query.
pub fn parameter(route: &Route, name: &str) -> Option<Value> {
    if !route.path.starts_with("/v1/telemetry") {
        return None;
    }
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    Some(match name {
        "after" => text("^(now|0|[1-9][0-9]{0,17})$"),
        "interval" => text("^[1-9][0-9]{0,5}(ms|s|m)$"),
        "level" => json!({ "type": "string", "enum": Level::ALL.map(Level::as_str) }),
        "max_ms" | "min_ms" => json!({ "type": "number", "minimum": 0 }),
        "order" => json!({ "type": "string", "enum": ["newest", "oldest"] }),
        "status" => json!({ "type": "string", "enum": ["unset", "ok", "error"] }),
        "trace" => text("^[0-9a-f]{32}$"),
        _ => return None,
    })
}

/// The sort in a path.
pub fn signal() -> Value {
    json!({
        "name": "signal", "in": "path", "required": true,
        "description": "Of which sort.",
        "schema": { "type": "string", "enum": Signal::ALL.map(Signal::as_str) },
    })
}

/// The trace in a path.
pub fn trace() -> Value {
    json!({
        "name": "id", "in": "path", "required": true,
        "description": "The id of a trace.",
        "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
    })
}

/// What a row of OTLP takes.
pub fn body(route: &Route) -> Option<Value> {
    let message = match route.name {
        "otlp_logs" => "ExportLogsServiceRequest",
        "otlp_metrics" => "ExportMetricsServiceRequest",
        "otlp_traces" => "ExportTraceServiceRequest",
        _ => return None,
    };
    let about = format!("`{message}` of OTLP; packed by gzip where `Content-Encoding` says so.");
    Some(json!({
        "application/json": { "schema": { "type": "object", "description": about } },
        "application/x-protobuf": {
            "schema": { "type": "string", "format": "binary", "description": about },
        },
    }))
}
