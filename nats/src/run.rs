//! What both logs refuse of a run before anything is sent.

use contracts::ports::{Append, AppendError, RUN_COMMITS_MAX};

/// Refuses a run without messages, one with too many, and messages that the broker cannot carry.
pub(crate) fn check(append: &Append, payload_bytes_max: usize) -> Result<(), AppendError> {
    let messages = append.payloads.len();
    if !(1..=RUN_COMMITS_MAX).contains(&messages) {
        return refused(format!("{messages} messages, not 1 to {RUN_COMMITS_MAX}"));
    }
    match append.payloads.iter().map(bytes::Bytes::len).max() {
        Some(bytes) if bytes > payload_bytes_max => {
            refused(format!("{bytes} bytes are more than {payload_bytes_max}"))
        }
        _ => Ok(()),
    }
}

fn refused(reason: String) -> Result<(), AppendError> {
    Err(AppendError::Refused(reason))
}
