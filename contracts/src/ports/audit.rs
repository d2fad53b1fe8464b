use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fut, PortError};
use crate::ids::{ActorId, Tenant};
use crate::time::Timestamp;

/// Something that somebody may have to answer for later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// In whose house.
    pub tenant: Tenant,
    /// What sort: `rejection`, `reply_dropped`, `denied` …
    pub class: ActorId,
    /// When.
    pub at: Timestamp,
    /// Who, where it is known.
    pub principal: Option<String>,
    /// One sentence.
    pub message: String,
    /// Facts; never a secret.
    pub details: Value,
}

/// AUDIT: what was refused, dropped or seen by somebody with special rights.
pub trait Audit: Send + Sync {
    /// Writes a record; resolves once it is durable.
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>>;

    /// A tenant's records, oldest first, after position `after`, at most `limit`.
    fn read<'a>(
        &'a self,
        tenant: &'a Tenant,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<(u64, AuditRecord)>, PortError>>;
}
