//! Read models in which nothing is found.

use contracts::ports::{Fut, SearchIndex};
use contracts::search::Words;
use contracts::search::knowledge::{Base, Passage, PassageKey, VectorPart};
use contracts::search::memory::{Item, Scope};
use contracts::{Address, Cursor, Refusal};

/// Finds nothing.
pub struct NoSearch;

fn nothing<'a, T: Send + 'a>() -> Fut<'a, Result<Vec<T>, Refusal>> {
    Box::pin(async { Ok(Vec::new()) })
}

impl SearchIndex for NoSearch {
    fn position(&self) -> Cursor {
        Cursor::ZERO
    }

    fn base<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<Option<Base>, Refusal>> {
        Box::pin(async { Ok(None) })
    }

    fn passages_by_words<'a>(
        &'a self,
        _: &'a Address,
        _: &'a str,
        _: usize,
    ) -> Fut<'a, Result<Vec<Words<PassageKey>>, Refusal>> {
        nothing()
    }

    fn vectors<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<Vec<VectorPart>, Refusal>> {
        nothing()
    }

    fn passages<'a>(
        &'a self,
        _: &'a Address,
        _: &'a [PassageKey],
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>> {
        nothing()
    }

    fn sealed_passages<'a>(
        &'a self,
        _: &'a Address,
        _: usize,
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>> {
        nothing()
    }

    fn memory_by_words<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        _: usize,
    ) -> Fut<'a, Result<Vec<Words<Item>>, Refusal>> {
        nothing()
    }

    fn memory<'a>(&'a self, _: &'a Scope, _: usize) -> Fut<'a, Result<Vec<Item>, Refusal>> {
        nothing()
    }
}
