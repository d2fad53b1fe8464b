//! The audit trail: what is written down, the chain over it, and what is signed of it.
//!
//! Every record stands on the subject of its tenant and class. The records of one such subject
//! make a chain, folded by whoever reads: nobody who writes waits for it.

mod chain;
#[cfg(test)]
mod golden;
mod head;
mod hold;
mod record;
#[cfg(test)]
mod tests;
mod verify;
mod view;

pub use chain::{ChainName, Link};
pub use head::{AUDIT_HEAD_VERSION, AuditHead, ChainHead, Signed, Statement, TrailAnchor};
pub use hold::{Hold, HoldChange, Retention};
pub use record::{AUDIT_RECORD_VERSION, AuditRecord, Outcome, classes};
pub use verify::{Finding, FindingKind, Verifier, VerifyReport};
pub use view::{AuditQuery, AuditRow};
