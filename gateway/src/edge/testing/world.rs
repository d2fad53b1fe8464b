//! Counters in memory, with a log that can be followed.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use contracts::commit::{COMMIT_VERSION, CommandRecord, GateRecord, Input};
use contracts::ports::LiveItem;
use contracts::view::{Answer, Status};
use contracts::{
    Address, Commit, Cursor, Envelope, EventRecord, Hash, Recorded, Refusal, RefusalClass,
    Revision, Timestamp,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, broadcast, watch};

/// How the actors behave.
#[derive(Debug, Clone)]
pub enum Mood {
    /// They do as they are told.
    Willing,
    /// They accept and do not answer yet.
    Busy,
    /// They answer that it could not be done.
    Failing,
    /// They refuse.
    Refusing(Refusal),
    /// The code behind the port panics.
    Panicking,
    /// They never say anything.
    Silent,
}

/// All that there is.
pub struct World {
    /// The log, a commit a place; the cursor is the place, from 1.
    pub log: Arc<Mutex<Vec<Arc<Recorded>>>>,
    /// What was asked, in order.
    pub asked: Mutex<Vec<(Envelope, contracts::ports::Wait)>>,
    /// How the actors behave.
    pub mood: Mutex<Mood>,
    /// The length of the log.
    pub length: watch::Sender<u64>,
    /// What is shown.
    pub signals: broadcast::Sender<LiveItem>,
    /// The last revision that the next reading of an actor's commits sees: a replica that lags.
    pub lag: Mutex<Option<Revision>>,
    /// The audit trail.
    pub audited: Mutex<Vec<contracts::ports::AuditRecord>>,
    /// How many entries of the feed subscribers have taken.
    pub pulled: Arc<AtomicU64>,
    /// Told when a subscriber of the feed is gone.
    pub dropped: Arc<Notify>,
    /// Up to where the read models are behind.
    pub read: Mutex<Option<Cursor>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            log: Arc::default(),
            asked: Mutex::default(),
            mood: Mutex::new(Mood::Willing),
            length: watch::channel(0).0,
            signals: broadcast::channel(64).0,
            lag: Mutex::default(),
            audited: Mutex::default(),
            pulled: Arc::default(),
            dropped: Arc::default(),
            read: Mutex::default(),
        }
    }
}

impl World {
    /// The commits of an actor.
    pub fn of(&self, address: &Address) -> Vec<Arc<Recorded>> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|recorded| recorded.commit.address() == *address).cloned().collect()
    }

    /// The value of a counter and its revision.
    pub fn value(&self, address: &Address) -> (i64, Revision) {
        let commits = self.of(address);
        let value =
            commits.last().map_or(0, |last| last.commit.events[0].data["value"].as_i64().unwrap());
        (value, Revision(commits.len() as u64))
    }

    /// Decides a command.
    pub fn decide(&self, envelope: Envelope) -> Result<Answer, Refusal> {
        let hash = contracts::state_hash(&envelope.input).unwrap();
        let known = self.of(&envelope.to).into_iter();
        if let Some(first) = known.into_iter().find(|one| one.commit.command.id == envelope.id) {
            if first.commit.command.input_hash != hash {
                let message = "the same id with another input";
                return Err(Refusal::new(RefusalClass::Conflict, "idempotency_conflict", message));
            }
            return Ok(answer(&first, Status::Completed));
        }
        let (value, revision) = self.value(&envelope.to);
        if envelope.expected.is_some_and(|expected| expected != revision) {
            let message = "the actor is at another revision";
            return Err(Refusal::new(RefusalClass::Precondition, "precondition_failed", message)
                .details(json!({ "revision": revision })));
        }
        let value = match envelope.name.as_str() {
            "add" => value + envelope.input["by"].as_i64().unwrap_or(1),
            "reset" if revision > Revision::ZERO => 0,
            _ => return Err(Refusal::not_found("actor_not_found", "there is no such counter")),
        };
        Ok(answer(&self.append(envelope, revision.next(), value), Status::Completed))
    }

    /// Lets the last commit stand in the log so many times more, for streams of some length.
    pub fn repeat_last(&self, times: usize) {
        let mut log = self.log.lock().unwrap();
        let last = Recorded::clone(log.last().unwrap());
        for _ in 0..times {
            let cursor = Cursor(log.len() as u64 + 1);
            log.push(Arc::new(Recorded { cursor, ..last.clone() }));
        }
        self.length.send_replace(log.len() as u64);
    }

    fn append(&self, envelope: Envelope, revision: Revision, value: i64) -> Arc<Recorded> {
        let Envelope { id, to, name, input, by, correlation, trace, .. } = envelope;
        let input_hash = contracts::state_hash(&input).unwrap();
        let commit = Commit {
            v: COMMIT_VERSION,
            tenant: to.tenant,
            kind: to.kind,
            id: to.id,
            revision,
            prev: Hash::ZERO,
            at: Timestamp::from_millis(1_763_700_000_000),
            command: CommandRecord {
                id,
                name,
                input: Input::Inline(input),
                input_hash,
                by,
                cause: None,
                correlation,
                trace,
                decider: 1,
                deadline: None,
                hops: 0,
            },
            gate: GateRecord {
                verdict: "allow".into(),
                policy: Hash::ZERO,
                as_of: Cursor::ZERO,
                reason: None,
            },
            events: vec![EventRecord {
                r#type: "Added".to_owned(),
                v: 1,
                data: json!({ "by": 1, "value": value }),
            }],
            effects: Vec::new(),
            completions: Vec::new(),
        };
        let raw = Bytes::from(commit.encode().unwrap());
        let mut log = self.log.lock().unwrap();
        let cursor = Cursor(log.len() as u64 + 1);
        let recorded =
            Arc::new(Recorded { cursor, hash: Hash::of(&raw), commit, raw, imported: false });
        log.push(Arc::clone(&recorded));
        self.length.send_replace(cursor.0);
        recorded
    }
}

/// The answer that a commit gives.
pub fn answer(recorded: &Recorded, status: Status) -> Answer {
    Answer {
        command: recorded.commit.command.id,
        address: recorded.commit.address(),
        status,
        revision: recorded.commit.revision,
        cursor: recorded.cursor,
        reply: match status {
            Status::Accepted => Value::Null,
            Status::Failed => {
                json!({ "code": "model_unknown", "class": "rejected", "message": "" })
            }
            _ => json!({ "value": recorded.commit.events[0].data["value"] }),
        },
        at: recorded.commit.at,
    }
}
