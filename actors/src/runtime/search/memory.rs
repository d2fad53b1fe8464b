//! Searching what an agent was told and said.

use contracts::model::LOCAL_PROVIDER;
use contracts::search::memory::{Found, Hit, Item, Scope};
use contracts::search::{Asked, Mode, Vectors, Why, Words};
use contracts::{Caller, Cursor, Refusal, privacy};

use super::fuse::fuse;
use super::knowledge::why;
use super::question::Question;
use super::vectors::{cosine, shorten};
use super::{CANDIDATES_MAX, MEMORY_MAX, SEALED_MAX};
use crate::runtime::Runtime;

/// What tells one item from another.
type Key = (Cursor, bool, String);

fn key(item: &Item) -> Key {
    let said = item.speaker == contracts::search::memory::Speaker::Said;
    (item.cursor, said, item.text.clone())
}

impl Runtime {
    /// Searches a memory.
    pub(super) async fn search_memory(
        &self,
        scope: &Scope,
        asked: &Asked,
        by: &Caller,
    ) -> Result<Found, Refusal> {
        let index = &self.shared.world.search;
        let cursor = index.position();
        let agent = scope.agent.clone();
        if asked.query.trim().is_empty() {
            let items = self.last(scope, asked.limit, by).await?;
            return Ok(Found { agent, items, vectors: Vectors::default(), cursor });
        }
        let words = match asked.mode {
            Mode::Vectors => Vec::new(),
            _ => index.memory_by_words(scope, &asked.query, CANDIDATES_MAX).await?,
        };
        let all = index.memory(scope, MEMORY_MAX).await?;
        let (near, vectors) = match asked.mode {
            Mode::Words => (Vec::new(), Vectors::default()),
            _ => self.near_items(scope, &all, asked, by).await?,
        };
        let sealed = all.iter().filter(|item| privacy::carries(&item.text)).take(SEALED_MAX);
        let texts = sealed.map(|item| (key(item), item.text.clone())).collect();
        let opened = self.shared.opened_for((&scope.tenant, by), &asked.query, texts).await;
        let keyed: Vec<Words<Key>> = words
            .iter()
            .map(|it| Words { item: key(&it.item), score: it.score, words: it.words.clone() })
            .collect();
        let rankings = [
            keyed.iter().map(|found| found.item.clone()).collect(),
            near.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(),
            opened.iter().map(|(key, _)| key.clone()).collect(),
        ];
        let mut items = Vec::new();
        for (found, score) in fuse(&rankings).into_iter().take(asked.limit) {
            let known = words.iter().map(|it| &it.item).chain(&all);
            let item = known.into_iter().find(|item| key(item) == found);
            let why = why(&found, &keyed, &[&near, &opened]);
            items.extend(item.map(|item| Hit { item: item.clone(), score, why }));
        }
        Ok(Found { agent, items, vectors, cursor })
    }

    /// The last that was said, as far as `by` may see it.
    async fn last(&self, scope: &Scope, limit: usize, by: &Caller) -> Result<Vec<Hit>, Refusal> {
        let mut items = Vec::new();
        for item in self.shared.world.search.memory(scope, SEALED_MAX).await? {
            if items.len() < limit && self.shared.sees(&scope.tenant, by, &item.text).await {
                items.push(Hit { item, score: 0.0, why: Why::default() });
            }
        }
        Ok(items)
    }

    /// The items whose vectors are nearest: those of the model that embeds today. Others were
    /// folded under another one; a rebuild of the read model makes theirs anew.
    async fn near_items(
        &self,
        scope: &Scope,
        all: &[Item],
        asked: &Asked,
        by: &Caller,
    ) -> Result<(Vec<(Key, f64)>, Vectors), Refusal> {
        let newest = all.iter().find_map(|item| item.model.clone());
        let Some(model) = newest.filter(|it| it.split('/').next() == Some(LOCAL_PROVIDER)) else {
            return Ok((Vec::new(), Vectors::default()));
        };
        let of_it = |item: &&Item| item.model.as_ref() == Some(&model);
        let dimensions = all.iter().find(of_it).and_then(|item| item.vector.as_ref());
        let dimensions = dimensions.and_then(|vector| u32::try_from(vector.len()).ok());
        let question = Question {
            tenant: &scope.tenant,
            text: &asked.query,
            model: &model,
            dimensions,
            private: true,
        };
        let vector = self.vector(&question, by).await?;
        let (mut near, mut compared) = (Vec::new(), 0);
        for item in all.iter().filter(of_it) {
            let Some(own) = item.vector.as_ref().filter(|own| own.len() == vector.len()) else {
                continue;
            };
            compared += 1;
            let cosine = cosine(&vector, own);
            if cosine > 0.0 {
                near.push((key(item), cosine));
            }
        }
        shorten(&mut near, 0);
        let held = all.iter().filter(|item| item.vector.is_some()).count();
        let others = u64::try_from(held).unwrap_or(u64::MAX) > compared;
        let code = others.then(|| "vectors_of_another_model".to_owned());
        Ok((near, Vectors { model: Some(model), compared, code }))
    }
}
