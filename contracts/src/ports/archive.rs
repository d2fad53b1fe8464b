use bytes::Bytes;

use super::{Flow, Fut};
use crate::address::Address;
use crate::archive::{Acknowledged, Imported, Selection, VerifyStep};
use crate::caller::Caller;
use crate::chain::Skip;
use crate::ids::Tenant;
use crate::kinds::policy::{WhatIf, WhatIfStep};
use crate::refusal::Refusal;
use crate::tree::{Proof, PublicKey, SignedTreeHead};

/// What can be asked about the log as a whole: tree heads, exports, imports, its integrity.
pub trait Archive: Send + Sync {
    /// The key that checks the signatures of tree heads.
    fn tree_key(&self) -> PublicKey;

    /// The tree heads after `after`, oldest first, at most `limit`.
    fn tree_heads(&self, after: u64, limit: usize)
    -> Fut<'_, Result<Vec<SignedTreeHead>, Refusal>>;

    /// A tree head; `None` = the newest. `tree_head_not_found` when there is none.
    fn tree_head(&self, number: Option<u64>) -> Fut<'_, Result<SignedTreeHead, Refusal>>;

    /// Makes a tree head of the log as it is now. The newest one again, when no chain has grown
    /// since.
    fn make_tree_head(&self) -> Fut<'_, Result<SignedTreeHead, Refusal>>;

    /// The proof that a tree head covers an actor, with its number; `None` = the newest.
    /// `tree_leaf_not_found` when the actor began after it.
    fn tree_proof<'a>(
        &'a self,
        number: Option<u64>,
        address: &'a Address,
    ) -> Fut<'a, Result<(SignedTreeHead, Proof), Refusal>>;

    /// The lines of an export, each without its end; the last is a trailer. After an error nothing
    /// follows.
    fn export(&self, selection: Selection) -> Flow<Result<Bytes, Refusal>>;

    /// Stores the commits and contents of some lines of an export, in their order; a commit that is
    /// there already, byte for byte, is passed over, so a chunk may come again. `import_conflict`
    /// when an actor has gone another way, `import_incomplete` when what comes before is not here.
    fn import(&self, lines: Bytes, by: Caller) -> Fut<'_, Result<Imported, Refusal>>;

    /// Walks the whole log and checks every chain, of one tenant or of all; of all, also the tree
    /// heads; with `states`, also that every actor's state can be derived.
    fn verify_log(&self, tenant: Option<Tenant>, states: bool) -> Flow<VerifyStep>;

    /// Writes down an operator's word that a message which is no actor's is known, so that a walk
    /// no longer fails on it. Given once; the first word stands. `foreign_not_found` when there is
    /// no such message, `skip_mismatch` when it has another hash, `actor_quarantined` when it
    /// stands in the way of an actor that exists, whose own log must skip it.
    fn acknowledge(
        &self,
        message: Skip,
        note: Option<String>,
        by: Caller,
    ) -> Fut<'_, Result<Acknowledged, Refusal>>;

    /// Asks a candidate policy about the commands of the log, of a tenant or, for `system`, of all.
    ///
    /// # Errors
    /// `policy_invalid` when the candidate cannot be used.
    fn what_if(&self, tenant: Tenant, asked: WhatIf) -> Result<Flow<WhatIfStep>, Refusal>;
}
