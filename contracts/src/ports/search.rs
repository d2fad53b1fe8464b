//! The port of what can be searched: rows of read models on one side, and on the other the answers
//! that the runtime makes of them.

use super::Fut;
use crate::address::Address;
use crate::caller::Caller;
use crate::ids::Cursor;
use crate::refusal::Refusal;
use crate::search::knowledge::{Base, Found, Passage, PassageKey, VectorPart};
use crate::search::memory::{Item, Scope};
use crate::search::{Asked, Words};

/// The rows of what can be searched, as the runtime asks for them. Implemented by the read models.
/// Nothing that they answer holds anything of another tenant, base or agent, the statistics behind
/// scores included.
pub trait SearchIndex: Send + Sync {
    /// Up to where the rows have read the log.
    fn position(&self) -> Cursor;

    /// A base; `None` when there is none of that id.
    fn base<'a>(&'a self, base: &'a Address) -> Fut<'a, Result<Option<Base>, Refusal>>;

    /// The passages of a base that hold any of the words, the best first.
    fn passages_by_words<'a>(
        &'a self,
        base: &'a Address,
        words: &'a str,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Words<PassageKey>>, Refusal>>;

    /// Where the vectors of a base are kept, of the generation that is searched.
    fn vectors<'a>(&'a self, base: &'a Address) -> Fut<'a, Result<Vec<VectorPart>, Refusal>>;

    /// The passages of these keys; those that are gone are left out.
    fn passages<'a>(
        &'a self,
        base: &'a Address,
        keys: &'a [PassageKey],
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>>;

    /// The passages that are protected, the last first: no index knows their words.
    fn sealed_passages<'a>(
        &'a self,
        base: &'a Address,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>>;

    /// What an agent was told and said that holds any of the words, the best first.
    fn memory_by_words<'a>(
        &'a self,
        scope: &'a Scope,
        words: &'a str,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Words<Item>>, Refusal>>;

    /// What an agent was told and said, the last first.
    fn memory<'a>(&'a self, scope: &'a Scope, limit: usize) -> Fut<'a, Result<Vec<Item>, Refusal>>;
}

/// Answers to searches, in the name of whoever asks. Whether that one may read what is searched was
/// asked before.
pub trait Search: Send + Sync {
    /// Searches a base.
    ///
    /// # Errors
    /// `actor_not_found`, `query_invalid`, and what the rows or the model refuse it with.
    fn knowledge<'a>(
        &'a self,
        base: &'a Address,
        asked: &'a Asked,
        by: &'a Caller,
    ) -> Fut<'a, Result<Found, Refusal>>;

    /// Searches what an agent was told and said.
    ///
    /// # Errors
    /// As [`Search::knowledge`].
    fn memory<'a>(
        &'a self,
        scope: &'a Scope,
        asked: &'a Asked,
        by: &'a Caller,
    ) -> Fut<'a, Result<crate::search::memory::Found, Refusal>>;
}
