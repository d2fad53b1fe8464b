//! What programs of tenants tell of themselves, as the edge takes and tells it.

pub mod counts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::Records;
use contracts::records::{RecordPlace, Rule, Signal};
use contracts::{Refusal, Tenant};
use projections::RecordRows;
use serde::{Deserialize, Serialize};

use counts::RecordCounts;

/// How much is taken, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The longest body, in bytes, as it comes.
    pub body_bytes_max: usize,
    /// The longest body once it is unpacked, in bytes.
    pub unpacked_bytes_max: usize,
    /// The most records of one request.
    pub records_max: usize,
    /// The most bytes of records that are stored as one message; one record always fits.
    pub message_bytes_max: usize,
    /// The most bytes of records that are kept of a tenant; 0 = no limit.
    pub tenant_bytes_max: u64,
    /// The most rows that one question looks at.
    pub scan_rows_max: usize,
    /// The model that tells lines of logs in a few words: `provider/model`; none = rules of our own
    /// do, unless a request names one.
    pub summary_model: Option<String>,
    /// For how many days records of a sort are kept, unless their tenant says otherwise.
    pub retention_days: BTreeMap<Signal, u32>,
    /// The most days that a tenant may say.
    pub retention_days_max: u32,
    /// How often it is looked for records that have been kept long enough, in milliseconds.
    pub retention_interval_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body_bytes_max: 4 * 1024 * 1024,
            unpacked_bytes_max: 16 * 1024 * 1024,
            records_max: 10_000,
            message_bytes_max: 256 * 1024,
            tenant_bytes_max: 1024 * 1024 * 1024,
            scan_rows_max: 200_000,
            summary_model: None,
            retention_days: BTreeMap::from([
                (Signal::Logs, 30),
                (Signal::Metrics, 90),
                (Signal::Objects, 30),
                (Signal::Traces, 7),
            ]),
            retention_days_max: 3_650,
            retention_interval_ms: 600_000,
        }
    }
}

/// How long the rows may take to read what the stream holds.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// The stream of what tenants' programs tell, and its rows.
#[derive(Clone)]
pub struct RecordDesk {
    /// The stream.
    pub stream: Arc<dyn Records>,
    /// The rows; `None` = there are none here.
    pub rows: Option<RecordRows>,
    /// How much comes, and how far the rows lie behind.
    pub counts: Arc<RecordCounts>,
}

impl RecordDesk {
    /// The rows.
    ///
    /// # Errors
    /// `read_models_unavailable` where there are none.
    pub fn rows(&self) -> Result<&RecordRows, Refusal> {
        let away = || Refusal::unavailable("read_models_unavailable", "no rows are kept here");
        self.rows.as_ref().ok_or_else(away)
    }

    /// Stores what a place is told; resolves once it is durable, with where it stands.
    ///
    /// # Errors
    /// `log_unavailable`.
    pub async fn put(&self, place: &RecordPlace, payload: bytes::Bytes) -> Result<u64, Refusal> {
        Ok(self.stream.put(place, payload).await?)
    }

    /// Resolves once the rows have read the message at `sequence`.
    ///
    /// # Errors
    /// `min_cursor_timeout`, `read_models_unavailable`.
    pub async fn settled(&self, sequence: u64) -> Result<(), Refusal> {
        self.rows()?.reached(sequence, SETTLED_WITHIN).await
    }

    /// For how many days records are kept in `tenant`: by what the tenant says, else by `config`.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn retention(&self, config: &Config, tenant: &Tenant) -> Result<Vec<Rule>, Refusal> {
        let own = self.rows()?.rules(Some(tenant)).await?;
        let days = |signal: Signal| {
            let own = own.iter().find(|(_, rule)| rule.signal == signal);
            own.and_then(|(_, rule)| rule.days)
                .or_else(|| config.retention_days.get(&signal).copied())
        };
        Ok(Signal::ALL.map(|signal| Rule { signal, days: days(signal) }).to_vec())
    }
}
