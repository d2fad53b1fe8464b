use serde_json::Value;

use super::Fut;
use crate::ids::{ActorId, Principal, Tenant};
use crate::privacy::{SignedReceipt, Viewer};
use crate::refusal::Refusal;

/// What is counted before a key is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// In how many places values of the subject stand.
    pub values: u64,
    /// Up to where the log was read for it.
    pub cursor: crate::ids::Cursor,
}

/// An erasure that somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// In whose house.
    pub tenant: Tenant,
    /// Whose data.
    pub subject: ActorId,
    /// Who asks.
    pub by: Principal,
    /// Why, for people.
    pub reason: String,
    /// What there is.
    pub counted: Counted,
}

/// Personal data as whoever reads the log sees it, and its end.
pub trait Privacy: Send + Sync {
    /// `value` with each protected value in it opened where `viewer` sees it, and masked where it
    /// does not: `{"protected": class}`, with `erased` when its key is gone, or the same as a text
    /// within a longer one.
    fn show<'a>(&'a self, tenant: &'a Tenant, viewer: &'a Viewer, value: Value) -> Fut<'a, Value>;

    /// Destroys the key of a subject and says so in the log of its actor; when that was done
    /// already, the receipt of it.
    ///
    /// # Errors
    /// `legal_hold`, `nothing_protected`, and the log's when it cannot be written. What was begun
    /// is finished by asking again.
    fn erase(&self, erasure: Erasure) -> Fut<'_, Result<SignedReceipt, Refusal>>;

    /// Goes on with an erasure that was begun and not ended, such as by a program that was killed;
    /// `None` = none is under way.
    ///
    /// # Errors
    /// As [`Privacy::erase`].
    fn finish<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
        counted: Counted,
    ) -> Fut<'a, Result<Option<SignedReceipt>, Refusal>>;
}
