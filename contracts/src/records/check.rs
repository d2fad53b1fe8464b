use serde_json::Value;

use super::record::Record;
use super::signal::Signal;

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// The longest text of a message, in bytes.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// The most labels of a record.
pub const LABELS_MAX: usize = 64;
/// The longest label, in bytes of its JSON.
pub const LABEL_BYTES_MAX: usize = 4 * 1024;

/// Whether `text` is the id of a trace.
#[must_use]
pub fn is_trace_id(text: &str) -> bool {
    is_hex(text, 32)
}

/// Whether `text` is the id of a span.
#[must_use]
pub fn is_span_id(text: &str) -> bool {
    is_hex(text, 16)
}

fn is_hex(text: &str, digits: usize) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == digits && text.bytes().all(hex) && text.bytes().any(|byte| byte != b'0')
}

/// Whether a record can be kept as one of `signal`.
///
/// # Errors
/// What it lacks, or has too much of: one sentence.
pub fn check(signal: Signal, record: &Record) -> Result<(), String> {
    let short = [&record.service, &record.name, &record.kind, &record.unit];
    if short.iter().any(|text| text.len() > NAME_BYTES_MAX) {
        return Err(format!("a name, service, kind or unit has at most {NAME_BYTES_MAX} bytes"));
    }
    if record.message.len() > TEXT_BYTES_MAX {
        return Err(format!("a message has at most {TEXT_BYTES_MAX} bytes"));
    }
    if record.nanos > 999_999 {
        return Err("nanos is what is below a millisecond: 0 to 999999".to_owned());
    }
    labels(record)?;
    if record.trace.as_deref().is_some_and(|id| !is_trace_id(id)) {
        return Err("a trace is 32 hexadecimal digits in lower case, not all zero".to_owned());
    }
    let spans = [&record.span, &record.parent];
    if spans.into_iter().flatten().any(|id| !is_span_id(id)) {
        return Err("a span is 16 hexadecimal digits in lower case, not all zero".to_owned());
    }
    if record.value.is_some_and(|value| !value.is_finite()) {
        return Err("a value is a finite number".to_owned());
    }
    match signal {
        Signal::Logs if record.message.is_empty() && record.name.is_empty() => {
            Err("a line of a log has a message".to_owned())
        }
        Signal::Metrics if record.name.is_empty() || record.value.is_none() => {
            Err("a point of a metric has a name and a value".to_owned())
        }
        Signal::Traces if record.name.is_empty() => Err("a span has a name".to_owned()),
        Signal::Traces if record.trace.is_none() || record.span.is_none() => {
            Err("a span has a trace and a span".to_owned())
        }
        Signal::Objects if record.name.is_empty() => Err("an object has a name".to_owned()),
        _ => Ok(()),
    }
}

fn labels(record: &Record) -> Result<(), String> {
    if record.labels.len() > LABELS_MAX {
        return Err(format!("a record has at most {LABELS_MAX} labels"));
    }
    for (name, value) in &record.labels {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(format!("the name of a label has 1 to {NAME_BYTES_MAX} bytes"));
        }
        let bytes = match value {
            Value::String(text) => text.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::Array(_) | Value::Object(_) => value.to_string().len(),
        };
        if bytes > LABEL_BYTES_MAX {
            return Err(format!("a label has at most {LABEL_BYTES_MAX} bytes"));
        }
    }
    Ok(())
}
