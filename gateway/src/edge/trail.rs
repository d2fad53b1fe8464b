//! What the edge asks of the audit trail.

use contracts::audit::{AuditHead, AuditQuery, AuditRow, Hold, Retention, Signed, VerifyReport};
use contracts::ports::{AuditEntry, AuditFilter, Flow, Fut};
use contracts::view::Page;
use contracts::{Refusal, Tenant, Timestamp};

/// Holds, and since when those that were are no more.
pub type Holds = Vec<(Hold, Option<Timestamp>)>;

/// How long classes are kept: what the program is set up with, and what the tenant says itself.
pub type Retentions = (Vec<Retention>, Vec<Retention>);

/// The audit trail as rows and as it is stored.
pub trait Trail: Send + Sync {
    /// A page of records.
    fn list(&self, query: AuditQuery) -> Fut<'_, Result<Page<AuditRow, String>, Refusal>>;

    /// The records that fit, oldest first, behind `query.after`; with `follow` also those to come.
    fn rows(&self, query: AuditQuery, follow: bool) -> Flow<Result<AuditRow, Refusal>>;

    /// The records as they are stored, oldest first, up to the newest there is now.
    fn stored(&self, filter: AuditFilter, after: u64) -> Flow<Result<AuditEntry, Refusal>>;

    /// Checks the chains of `tenant`, or of all: against the signed heads and against the rows.
    fn verify(&self, tenant: Option<Tenant>) -> Fut<'_, Result<VerifyReport, Refusal>>;

    /// A signed head of the chains of `tenant` as they are now; the last one when nothing is new.
    ///
    /// # Errors
    /// `audit_empty` when nothing was ever written.
    fn head(&self, tenant: Tenant) -> Fut<'_, Result<Signed<AuditHead>, Refusal>>;

    /// The holds in force, with `released` also those that were, and since when they are no more.
    fn holds(&self, tenant: Option<Tenant>, released: bool) -> Fut<'_, Result<Holds, Refusal>>;

    /// How long classes are kept in `tenant`: what the program is set up with, and what it says
    /// itself.
    fn retention(&self, tenant: Tenant) -> Fut<'_, Result<Retentions, Refusal>>;

    /// Resolves once the rows have read what was stored before; where the newest record stands.
    fn settled(&self) -> Fut<'_, Result<u64, Refusal>>;

    /// Up to where the rows have read.
    fn position(&self) -> u64;
}
