//! Work for any language: what a worker asks for, gets, and answers, the same over HTTP and NATS.

mod ticket;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::Trace;
use crate::ids::{ActorId, Cursor, EffectId, Kind, Queue, Revision, Tenant};
use crate::refusal::{Refusal, RefusalClass};
use crate::time::Timestamp;

pub use ticket::Ticket;

/// Body of a lease: what a worker is ready to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LeaseInput {
    /// How many items at most, from 1.
    #[schemars(range(min = 1, max = 100))]
    pub max: usize,
    /// How long to wait for the first one, in seconds; 0 = not at all.
    #[schemars(range(min = 0, max = 30))]
    pub wait_s: f64,
    /// How long the worker has for each before it must answer or extend, in seconds.
    #[schemars(range(min = 1, max = 3600))]
    pub lease_s: f64,
    /// What the worker calls itself, for operators.
    pub worker: Option<ActorId>,
}

impl Default for LeaseInput {
    fn default() -> Self {
        Self { max: 1, wait_s: 0.0, lease_s: 60.0, worker: None }
    }
}

/// Body of an outcome: `{lease, ok: true, output}` or `{lease, ok: false, error}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeInput {
    /// The lease, as it was handed out.
    pub lease: String,
    /// Whether the work was done.
    pub ok: bool,
    /// What came of it; null when left out.
    #[serde(default)]
    pub output: Value,
    /// Why it could not be done; needed when `ok` is false.
    #[serde(default)]
    pub error: Option<WorkError>,
}

/// Why work could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkError {
    /// A stable code: lower-case letters, digits and underscores.
    pub code: String,
    /// The same in a sentence.
    pub message: String,
    /// Whether another attempt may help. Work that may be attempted only once is never retried.
    #[serde(default)]
    pub retryable: bool,
}

/// Body of an extension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendInput {
    /// The lease, as it was handed out.
    pub lease: String,
    /// How long the worker needs from now on, in seconds.
    #[serde(default = "minute")]
    #[schemars(range(min = 1, max = 3600))]
    pub lease_s: f64,
}

const fn minute() -> f64 {
    60.0
}

/// A request for work, read and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// In whose house.
    pub tenant: Tenant,
    /// From which queue.
    pub queue: Queue,
    /// How many items at most.
    pub items_max: usize,
    /// How long to wait for the first one, in milliseconds.
    pub wait_ms: u64,
    /// How long each is leased, in milliseconds.
    pub lease_ms: u64,
    /// What the worker calls itself.
    pub worker: Option<ActorId>,
}

/// One piece of work, leased: the worker answers or extends before `lease_until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkItem {
    /// The effect, by whose id the worker answers.
    pub effect_id: EffectId,
    /// Proves that this worker holds it; opaque.
    pub lease: String,
    /// From which queue.
    pub queue: Queue,
    /// What is to be done: as the kind asked it.
    pub input: Value,
    /// The how-manyeth attempt, from 1.
    pub attempt: u32,
    /// Of which kind the actor is that asks.
    pub kind: Kind,
    /// Which actor asks.
    pub actor: ActorId,
    /// In which commit.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// Until when the worker holds it.
    pub lease_until: Timestamp,
    /// Where it stands in a trace.
    #[schemars(with = "Option<Value>")]
    pub trace: Option<Trace>,
}

/// What became of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkStatus {
    /// It is recorded: the work was done.
    Done,
    /// It is recorded: the work failed for good.
    Failed,
    /// The work is offered again, after a pause.
    Retrying,
    /// The attempts are used up, and the work waits until somebody resumes or resolves it.
    Paused,
}

/// The answer to an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkAnswer {
    /// The effect.
    pub effect_id: EffectId,
    /// What became of the outcome.
    pub status: WorkStatus,
    /// The actor's revision with it; null while the work is retried.
    #[schemars(with = "Option<u64>")]
    pub revision: Option<Revision>,
    /// Where that commit stands; null while the work is retried.
    pub cursor: Option<Cursor>,
    /// When the next attempt is offered; null when there is none.
    pub next_at: Option<Timestamp>,
}

/// The answer to an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkExtended {
    /// The effect.
    pub effect_id: EffectId,
    /// Until when the worker holds it now.
    pub lease_until: Timestamp,
}

impl OutcomeInput {
    /// The output, or why there is none.
    ///
    /// # Errors
    /// `invalid_input`: an error with `ok`, or none without it, or one that is not of its shape.
    pub fn read(self) -> Result<Result<Value, WorkError>, Refusal> {
        match (self.ok, self.error) {
            (true, None) => Ok(Ok(self.output)),
            (false, Some(error)) => error.checked().map(Err),
            (true, Some(_)) => Err(invalid("error", "stands only beside `ok: false`")),
            (false, None) => Err(invalid("error", "says why the work could not be done")),
        }
    }
}

/// The longest code of an error, in bytes.
const CODE_BYTES_MAX: usize = 64;
/// The longest message of an error, in bytes.
const MESSAGE_BYTES_MAX: usize = 4_096;

impl WorkError {
    fn checked(self) -> Result<Self, Refusal> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if self.code.is_empty() || self.code.len() > CODE_BYTES_MAX || !self.code.bytes().all(known)
        {
            let wanted = "is 1 to 64 lower-case letters, digits and underscores";
            return Err(invalid("error.code", wanted));
        }
        if self.message.len() > MESSAGE_BYTES_MAX || self.message.contains('\0') {
            return Err(invalid("error.message", "has at most 4096 bytes and no U+0000"));
        }
        Ok(self)
    }
}

/// A time that a worker gives in seconds, within bounds, in milliseconds.
///
/// # Errors
/// `invalid_input` for one that is no number of seconds or out of bounds.
pub fn millis(field: &'static str, seconds: f64, min_ms: u64, max_ms: u64) -> Result<u64, Refusal> {
    let time = std::time::Duration::try_from_secs_f64(seconds).ok();
    let ms = time.and_then(|time| u64::try_from(time.as_millis()).ok());
    ms.filter(|ms| (min_ms..=max_ms).contains(ms)).ok_or_else(|| {
        #[expect(clippy::cast_precision_loss, reason = "told to people, in seconds")]
        let (min, max) = (min_ms as f64 / 1_000.0, max_ms as f64 / 1_000.0);
        invalid(field, &format!("is {min} to {max} seconds"))
    })
}

/// A body of the work board.
///
/// # Errors
/// `invalid_input` when it is not of its shape.
pub fn read<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, Refusal> {
    if !body.is_object() {
        return Err(invalid("input", "is an object"));
    }
    crate::read::from_value(body).map_err(|error| invalid("input", &error.to_string()))
}

/// An input of work that is not of its shape.
#[must_use]
pub fn invalid(field: &str, message: &str) -> Refusal {
    let text = "the body is not of its shape";
    Refusal::new(RefusalClass::Malformed, "invalid_input", text).field(field, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LeaseInput, OutcomeInput, millis};

    #[test]
    fn an_outcome_says_either_what_came_of_it_or_why_nothing_did() {
        let read = |body| serde_json::from_value::<OutcomeInput>(body).unwrap().read();
        let done = read(json!({ "lease": "l", "ok": true, "output": 3 })).unwrap();
        assert_eq!(done, Ok(json!(3)));
        assert_eq!(read(json!({ "lease": "l", "ok": true })).unwrap(), Ok(json!(null)));
        let error = json!({ "code": "no_disk", "message": "full", "retryable": true });
        let failed = read(json!({ "lease": "l", "ok": false, "error": error })).unwrap();
        assert_eq!(failed.unwrap_err().code, "no_disk");
        for bad in [
            json!({ "lease": "l", "ok": false }),
            json!({ "lease": "l", "ok": true, "error": error }),
            json!({ "lease": "l", "ok": false, "error": { "code": "No", "message": "" } }),
            json!({ "lease": "l", "ok": false, "error": { "code": "", "message": "" } }),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().code, "invalid_input", "{bad}");
        }
    }

    #[test]
    fn a_lease_has_defaults_and_no_other_members() {
        let empty: LeaseInput = serde_json::from_value(json!({})).unwrap();
        assert_eq!(empty, LeaseInput::default());
        assert!(serde_json::from_value::<LeaseInput>(json!({ "wait": 1 })).is_err());
    }

    #[test]
    fn seconds_stay_within_their_bounds() {
        assert_eq!(millis("wait_s", 1.5, 0, 30_000).unwrap(), 1_500);
        for bad in [-1.0, 31.0, f64::NAN, f64::INFINITY] {
            assert!(millis("wait_s", bad, 0, 30_000).is_err(), "{bad}");
        }
    }
}
