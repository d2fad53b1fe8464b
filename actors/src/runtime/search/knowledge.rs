//! Searching a base.

use std::collections::BTreeMap;

use contracts::search::knowledge::{Base, Found, Hit, Passage, PassageKey};
use contracts::search::{Asked, ByVector, ByWords, Mode, Vectors, Why, Words};
use contracts::{Address, Caller, Refusal};

use super::fuse::fuse;
use super::question::Question;
use super::{CANDIDATES_MAX, SEALED_MAX};
use crate::runtime::Runtime;

/// The nearest passages, and what was done to find them.
type Near = (Vec<(PassageKey, f64)>, Vectors);

impl Runtime {
    /// Searches a base.
    pub(super) async fn search_knowledge(
        &self,
        base: &Address,
        asked: &Asked,
        by: &Caller,
    ) -> Result<Found, Refusal> {
        let index = &self.shared.world.search;
        let cursor = index.position();
        let known = index.base(base).await?.ok_or_else(|| {
            Refusal::not_found(
                "actor_not_found",
                "there is no such base, or none that was read yet",
            )
        })?;
        let words = match asked.mode {
            Mode::Vectors => Vec::new(),
            _ => index.passages_by_words(base, &asked.query, CANDIDATES_MAX).await?,
        };
        let (near, vectors) = match asked.mode {
            Mode::Words => (Vec::new(), Vectors::default()),
            _ => self.near(base, &known, asked, by).await?,
        };
        let sealed = index.sealed_passages(base, SEALED_MAX).await?;
        let texts = sealed.iter().map(|passage| (passage.key(), passage.text.clone())).collect();
        let of = (&base.tenant, by);
        let opened = self.shared.opened_for(of, &asked.query, texts).await;
        let rankings = [
            words.iter().map(|found| found.item.clone()).collect::<Vec<_>>(),
            near.iter().map(|(key, _)| key.clone()).collect(),
            opened.iter().map(|(key, _)| key.clone()).collect(),
        ];
        let best: Vec<_> = fuse(&rankings).into_iter().take(asked.limit).collect();
        let keys: Vec<_> = best.iter().map(|(key, _)| key.clone()).collect();
        let passages = index.passages(base, &keys).await?;
        let mut passages: BTreeMap<PassageKey, Passage> =
            passages.into_iter().map(|passage| (passage.key(), passage)).collect();
        let items = best.into_iter().filter_map(|(key, score)| {
            let why = why(&key, &words, &[&near, &opened]);
            // One that was taken out meanwhile is not there any more.
            passages.remove(&key).map(|passage| Hit { passage, score, why })
        });
        Ok(Found { knowledge: base.id.clone(), items: items.collect(), vectors, cursor })
    }

    /// The passages whose vectors are nearest. When a model cannot be asked, words remain, and why
    /// is said.
    async fn near(
        &self,
        base: &Address,
        known: &Base,
        asked: &Asked,
        by: &Caller,
    ) -> Result<Near, Refusal> {
        let Some(model) = &known.model else { return Ok((Vec::new(), Vectors::default())) };
        let question = Question {
            tenant: &base.tenant,
            text: &asked.query,
            model,
            dimensions: known.dimensions,
            private: asked.private,
        };
        let told = |compared, code| Vectors { model: Some(model.clone()), compared, code };
        let vector = match self.vector(&question, by).await {
            Ok(vector) => vector,
            Err(refusal) if asked.mode == Mode::Hybrid => {
                return Ok((Vec::new(), told(0, Some(refusal.code.into_owned()))));
            }
            Err(refusal) => return Err(refusal),
        };
        let parts = self.shared.world.search.vectors(base).await?;
        let found = self.shared.compare(&base.tenant, &vector, &parts).await?;
        let code = found.missing.then(|| "vectors_missing".to_owned());
        Ok((found.nearest, told(found.compared, code)))
    }
}

/// Why something was found.
pub(super) fn why<K: PartialEq>(key: &K, words: &[Words<K>], vectors: &[&Vec<(K, f64)>]) -> Why {
    let by_words = words.iter().position(|found| found.item == *key).map(|place| ByWords {
        rank: place + 1,
        score: words[place].score,
        words: words[place].words.clone(),
    });
    let near = |list: &&Vec<(K, f64)>| {
        let place = list.iter().position(|(found, _)| found == key)?;
        Some(ByVector { rank: place + 1, cosine: list[place].1 })
    };
    Why { words: by_words, vector: vectors.iter().find_map(near) }
}
