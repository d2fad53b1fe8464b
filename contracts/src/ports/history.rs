use super::Fut;
use crate::address::Address;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::ids::{ActorId, Cursor};
use crate::lifecycle::Parent;
use crate::refusal::Refusal;
use crate::view::{
    Answer, At, Diff, EffectStatus, Page, Replay, ReplayMode, Replayed, StateView, Verification,
};

/// What can be asked about an actor's past and present. Performs nothing and calls nobody; only
/// [`History::fork`] appends.
pub trait History: Send + Sync {
    /// An actor's state. `actor_not_found` when it has no commit up to then, `actor_quarantined`
    /// when its log is broken.
    fn state<'a>(&'a self, address: &'a Address, at: At) -> Fut<'a, Result<StateView, Refusal>>;

    /// An actor's own entries that stand after `after`, oldest first, at most `limit`; a fork's
    /// begin with those of its ancestors. `next` = the position to ask after for more.
    fn entries<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Page<Entry, Cursor>, Refusal>>;

    /// Folds an actor again from its first commit and compares with what is known of it: the living
    /// cell, the last snapshot, the last tree head. `replay_differs` at the first difference.
    fn replay<'a>(
        &'a self,
        address: &'a Address,
        at: At,
        mode: ReplayMode,
    ) -> Fut<'a, Result<Replay, Refusal>> {
        self.replay_told(address, at, mode, &|_| {})
    }

    /// As [`History::replay`], told how far it is now and then.
    fn replay_told<'a>(
        &'a self,
        address: &'a Address,
        at: At,
        mode: ReplayMode,
        told: &'a (dyn Fn(Replayed) + Send + Sync),
    ) -> Fut<'a, Result<Replay, Refusal>>;

    /// Begins `child` as a continuation of `parent` after `at`; `muted` keeps its effects from the
    /// world until it is unmuted. `actor_exists` when there is such an actor already.
    fn fork<'a>(
        &'a self,
        parent: &'a Address,
        at: At,
        child: ActorId,
        muted: bool,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>>;

    /// Lets the effects of a fork, or of imported history, out into the world; the reply tells how
    /// many, `{released}`.
    fn unmute<'a>(&'a self, address: &'a Address, by: Caller) -> Fut<'a, Result<Answer, Refusal>>;

    /// Which actor a fork continues, and from which revision; `None` = it is no fork.
    fn parent<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Parent>, Refusal>>;

    /// What stands between two states, of one actor or of two.
    fn diff<'a>(
        &'a self,
        left: (&'a Address, At),
        right: (&'a Address, At),
    ) -> Fut<'a, Result<Diff, Refusal>>;

    /// Checks an actor's chain, revision by revision, and that its state can be derived.
    fn verify<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Verification, Refusal>>;

    /// An actor's effects that have no outcome yet, and its open commands.
    fn waiting<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Vec<EffectStatus>, Refusal>>;
}
