//! The rows of what can be searched, as the runtime asks for them.

use std::sync::Arc;

use contracts::ports::{Embedder, Fut, SearchIndex};
use contracts::search::Words;
use contracts::search::knowledge::{Base, Passage, PassageKey, VectorPart};
use contracts::search::memory::{Item, Scope};
use contracts::{Address, Cursor, Pages, Refusal};

use crate::config::Config;
use crate::error::Error;
use crate::handle::Models;
use crate::models::{knowledge, memory};

impl Models {
    /// As [`Models::open`]; what agents remember has vectors by `embedder`.
    ///
    /// # Errors
    /// As there.
    pub async fn embedding(
        config: Config,
        pages: Pages,
        embedder: Arc<dyn Embedder>,
    ) -> Result<Self, Error> {
        let models = crate::models::standard(&pages, embedder);
        Self::with(config, models).await
    }
}

impl SearchIndex for Models {
    fn position(&self) -> Cursor {
        self.position()
    }

    fn base<'a>(&'a self, base: &'a Address) -> Fut<'a, Result<Option<Base>, Refusal>> {
        Box::pin(knowledge::base(&self.core, (&base.tenant, &base.id)))
    }

    fn passages_by_words<'a>(
        &'a self,
        base: &'a Address,
        words: &'a str,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Words<PassageKey>>, Refusal>> {
        Box::pin(knowledge::by_words(&self.core, (&base.tenant, &base.id), words, limit))
    }

    fn vectors<'a>(&'a self, base: &'a Address) -> Fut<'a, Result<Vec<VectorPart>, Refusal>> {
        Box::pin(knowledge::vectors(&self.core, (&base.tenant, &base.id)))
    }

    fn passages<'a>(
        &'a self,
        base: &'a Address,
        keys: &'a [PassageKey],
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>> {
        Box::pin(knowledge::passages(&self.core, (&base.tenant, &base.id), keys))
    }

    fn sealed_passages<'a>(
        &'a self,
        base: &'a Address,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Passage>, Refusal>> {
        Box::pin(knowledge::sealed(&self.core, (&base.tenant, &base.id), limit))
    }

    fn memory_by_words<'a>(
        &'a self,
        scope: &'a Scope,
        words: &'a str,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Words<Item>>, Refusal>> {
        Box::pin(memory::by_words(&self.core, scope, words, limit))
    }

    fn memory<'a>(&'a self, scope: &'a Scope, limit: usize) -> Fut<'a, Result<Vec<Item>, Refusal>> {
        Box::pin(memory::last(&self.core, scope, limit))
    }
}
