//! Taking records: masked, checked, counted, stored.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use contracts::ports::{Fut, Intake, Telling};
use contracts::records::{Batch, BatchId, BatchPart, Record, RecordPlace, Signal, check};
use contracts::{Cursor, Refusal, RefusalClass, Tenant, Timestamp};
use projections::RecordRows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::super::rest::respond;
use super::room::{Room, size};
use super::{body, mask};
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::limits::{Limiter, Scope};
use crate::edge::records::counts::Fate;
use crate::edge::records::{Config, RecordDesk};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// Records that come together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TelemetryInput {
    /// The program that tells of those that do not say so themselves.
    #[serde(default)]
    pub service: String,
    /// Labels of all of them; a record's own come first.
    #[serde(default)]
    pub labels: BTreeMap<String, Value>,
    /// The records. What cannot be kept is told, and the others are kept.
    pub records: Vec<Record>,
}

/// How many errors are told.
const TOLD_MAX: usize = 10;

/// A record that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfit {
    /// Which, from 0.
    pub index: usize,
    /// Why.
    pub message: String,
}

/// What became of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// How many are kept.
    pub accepted: usize,
    /// How many are not, since they are not what they must be.
    pub rejected: usize,
    /// The first of these.
    pub errors: Vec<Unfit>,
    /// Whether all of it had come before, and nothing was added.
    pub repeated: bool,
    /// Where the last of them stands: for `min_cursor` and `after`; `None` = nothing is kept.
    pub cursor: Option<Cursor>,
}

/// Whose records, of which sort, and how they came.
pub struct Arrival<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// Who brings them.
    pub by: String,
    /// Of which sort.
    pub signal: Signal,
    /// What the sender calls them: with the same name they are the same.
    pub name: Vec<u8>,
    /// Whether others may come under that name.
    pub keyed: bool,
}

/// What records are kept with: how many may come, and where they go.
#[derive(Clone)]
pub struct Keeping {
    /// How much is taken.
    pub limits: Config,
    /// How many in a time.
    pub limiter: Arc<Limiter>,
    /// Where they go.
    pub desk: RecordDesk,
}

impl Keeping {
    /// That of the edge.
    pub(super) fn of(shared: &Shared) -> Self {
        let edge = &shared.edge;
        let (limits, limiter) = (edge.config.records.clone(), edge.limiter.clone());
        Self { limits, limiter, desk: edge.records.clone() }
    }
}

impl Keeping {
    /// How much the records of a request may be, with what is said of all of them.
    pub(super) const fn room(&self) -> Room {
        Room::of(self.limits.unpacked_bytes_max)
    }
}

impl Intake for Keeping {
    fn take(&self, telling: Telling) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let Telling { tenant, by, signal, key, body } = telling;
            let records = read(body, &mut self.room())?;
            let (by, keyed) = (by.principal.to_string(), key.is_some());
            let name = name(&by, key);
            let arrival = Arrival { tenant: &tenant, by, signal, name, keyed };
            let taken = whole(self.keep(arrival, records, crate::auth::now()).await?)?;
            serde_json::to_value(taken).map_err(|error| Refusal::internal(error.to_string()))
        })
    }
}

/// The records of a body, each with what is said of all of them.
fn read(value: Value, room: &mut Room) -> Result<Vec<Record>, Refusal> {
    let input: TelemetryInput = contracts::read::located(value).map_err(|fault| {
        let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", fault.to_string());
        refusal.field(fault.path, fault.error.to_string())
    })?;
    let TelemetryInput { service, labels, mut records } = input;
    room.take((service.len() + size(&labels)).saturating_mul(records.len()))?;
    for record in &mut records {
        if record.service.is_empty() {
            record.service.clone_from(&service);
        }
        for (name, value) in &labels {
            record.labels.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Ok(records)
}

/// What a sender calls its records; without a key nothing else is called so.
fn name(by: &str, key: Option<String>) -> Vec<u8> {
    let name = key.map(|key| format!("{by}\0{key}").into_bytes());
    name.unwrap_or_else(|| uuid::Uuid::now_v7().as_bytes().to_vec())
}

/// What became of records of which some at least could be kept.
fn whole(taken: Taken) -> Result<Taken, Refusal> {
    if taken.accepted > 0 || taken.rejected == 0 {
        return Ok(taken);
    }
    let message = "none of the records can be kept";
    let refusal = Refusal::new(RefusalClass::Rejected, "telemetry_rejected", message);
    Err(taken.errors.into_iter().fold(refusal, |refusal, unfit| {
        refusal.field(format!("records[{}]", unfit.index), unfit.message)
    }))
}

pub(super) async fn take(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let signal = signal(&call)?;
    let key = headers::text(&call.parts.headers, headers::IDEMPOTENCY_KEY)?.map(str::to_owned);
    let bytes = body::read(&shared, &mut call).await?;
    let keeping = Keeping::of(&shared);
    let records = read(crate::edge::body::json(&bytes)?, &mut keeping.room())?;
    let (by, keyed) = (call.caller()?.principal.to_string(), key.is_some());
    let name = name(&by, key);
    let arrival = Arrival { tenant: &call.tenant, by, signal, name, keyed };
    let taken = whole(keeping.keep(arrival, records, shared.now()).await?)?;
    respond::json(StatusCode::OK, &taken)
}

/// The sort that the path names.
///
/// # Errors
/// `unknown_route` when there is none so called.
pub(super) fn signal(call: &Call) -> Result<Signal, Refusal> {
    call.param("signal").parse().map_err(|_| codes::unknown_route())
}

impl Keeping {
    /// Keeps records: what is answered is stored.
    ///
    /// # Errors
    /// `telemetry_too_many`, `rate_limited`, `telemetry_quota_exceeded`, `idempotency_conflict`;
    /// the stream's, when it cannot be written: what was stored by then is recognized when it comes
    /// again.
    pub(super) async fn keep(
        &self,
        arrival: Arrival<'_>,
        records: Vec<Record>,
        now: Timestamp,
    ) -> Result<Taken, Refusal> {
        let (signal, came, counts) = (arrival.signal, records.len(), &self.desk.counts);
        let taken = self.kept(arrival, records, now).await;
        match &taken {
            Ok(taken) => {
                let fate = if taken.repeated { Fate::Repeated } else { Fate::Kept };
                counts.add(signal, fate, taken.accepted);
                counts.add(signal, Fate::Rejected, taken.rejected);
            }
            Err(_) => counts.add(signal, Fate::Refused, came),
        }
        taken
    }

    async fn kept(
        &self,
        arrival: Arrival<'_>,
        mut records: Vec<Record>,
        now: Timestamp,
    ) -> Result<Taken, Refusal> {
        if records.len() > self.limits.records_max {
            let message = format!("one request has at most {} records", self.limits.records_max);
            return Err(Refusal::new(RefusalClass::TooLarge, "telemetry_too_many", message));
        }
        let mut taken = sift(arrival.signal, &mut records);
        if records.is_empty() {
            return Ok(taken);
        }
        self.spend(&arrival, taken.accepted)?;
        let parts = parts(&self.limits, &arrival, now, records)?;
        let bytes = parts.iter().map(|part| part.payload.len() as u64).sum();
        self.within_quota(arrival.tenant, bytes).await?;
        let place = RecordPlace { tenant: arrival.tenant.clone(), signal: Some(arrival.signal) };
        let (mut fresh, mut last) = (0, 0);
        for part in parts {
            last = match self.known(&arrival, &part).await? {
                Some(sequence) => sequence,
                None => {
                    let stored = self.desk.put(&place, part.payload.clone()).await?;
                    let first = self.first(&arrival, &part, stored).await?;
                    fresh += usize::from(first == stored);
                    first
                }
            };
        }
        taken.repeated = fresh == 0;
        taken.cursor = Some(RecordRows::cursor_at(last));
        Ok(taken)
    }

    /// Counts records as what their tenant may tell in a time.
    fn spend(&self, arrival: &Arrival<'_>, records: usize) -> Result<(), Refusal> {
        let cost = u32::try_from(records).unwrap_or(u32::MAX);
        let verdict = self.limiter.spend(Scope::Records, arrival.tenant.as_str(), cost);
        match verdict.filter(|verdict| !verdict.allowed) {
            Some(verdict) => Err(codes::rate_limited(verdict.retry_after_ms)),
            None => Ok(()),
        }
    }

    /// So many more bytes are not more than a tenant may have.
    async fn within_quota(&self, tenant: &Tenant, more: u64) -> Result<(), Refusal> {
        let max = self.limits.tenant_bytes_max;
        let Some(rows) = self.desk.rows.as_ref().filter(|_| max > 0) else { return Ok(()) };
        let kept: u64 = rows.totals(tenant).await?.iter().map(|it| it.bytes).sum();
        if kept.saturating_add(more) <= max {
            return Ok(());
        }
        let message = format!("{kept} bytes of telemetry are kept, {more} came, and {max} may be");
        let refusal = Refusal::new(RefusalClass::Overloaded, "telemetry_quota_exceeded", message);
        Err(refusal.retry_after(60_000))
    }

    /// Where a part stands that was just stored: another of its name may have been before it, and
    /// then that one counts.
    async fn first(
        &self,
        arrival: &Arrival<'_>,
        part: &BatchPart,
        stored: u64,
    ) -> Result<u64, Refusal> {
        if !arrival.keyed {
            return Ok(stored);
        }
        self.desk.settled(stored).await?;
        Ok(self.known(arrival, part).await?.unwrap_or(stored))
    }

    /// Where a part stands that has come before.
    async fn known(&self, arrival: &Arrival<'_>, part: &BatchPart) -> Result<Option<u64>, Refusal> {
        let Some(rows) = &self.desk.rows else { return Ok(None) };
        match rows.known(arrival.tenant, part.id).await? {
            Some((_, content)) if content != part.content => {
                let message = "other records came under the same key";
                Err(Refusal::new(RefusalClass::Conflict, "idempotency_conflict", message))
            }
            known => Ok(known.map(|(sequence, _)| sequence)),
        }
    }
}

/// Masks secrets, and takes out what cannot be kept.
fn sift(signal: Signal, records: &mut Vec<Record>) -> Taken {
    let (mut errors, mut index, mut rejected) = (Vec::new(), 0, 0);
    records.retain_mut(|record| {
        mask::record(record);
        if signal == Signal::Logs && record.level.is_none() {
            record.level = Some(contracts::records::Level::Info);
        }
        let sound = check(signal, record);
        if let Err(message) = &sound {
            rejected += 1;
            if errors.len() < TOLD_MAX {
                errors.push(Unfit { index, message: message.clone() });
            }
        }
        index += 1;
        sound.is_ok()
    });
    Taken { accepted: records.len(), rejected, errors, repeated: false, cursor: None }
}

/// The messages that the records are stored as: the same for the same records.
fn parts(
    limits: &Config,
    arrival: &Arrival<'_>,
    now: Timestamp,
    records: Vec<Record>,
) -> Result<Vec<BatchPart>, Refusal> {
    let odd = |error: contracts::codec::CodecError| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", error.to_string())
    };
    let mut parts = Vec::new();
    let (mut together, mut bytes) = (Vec::new(), 0);
    let mut close = |together: &mut Vec<Record>| {
        let id = BatchId::of(arrival.signal, &arrival.name, parts.len());
        let batch = Batch::new(id, now, arrival.by.clone(), std::mem::take(together));
        let payload = Bytes::from(contracts::codec::encode(&batch).map_err(odd)?);
        let content = batch.content();
        parts.push(BatchPart { id, content, records: batch.records.len(), payload });
        Ok::<_, Refusal>(())
    };
    for record in records {
        let length = contracts::codec::encode(&record).map_err(odd)?.len();
        let full = bytes + length > limits.message_bytes_max;
        if !together.is_empty() && (full || together.len() == Batch::RECORDS_MAX) {
            close(&mut together)?;
            bytes = 0;
        }
        bytes += length;
        together.push(record);
    }
    close(&mut together)?;
    Ok(parts)
}
