//! The tree as it is kept between two heads: parts, and a mark that says up to where it has read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{PortError, TreeHeads};
use contracts::tree::{Leaf, PARTS, Part, Proof, Summary, key_of, part_of, root};
use contracts::{Address, Cursor, Hash, codec};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

/// Parts that are loaded and saved at once.
const PARTS_CONCURRENT: usize = 16;

/// The name of the mark among the parts.
const MARK: &str = "mark";

/// The version of what is kept; another one is built anew from the log.
const VERSION: u16 = 1;

/// The tree behind the next head: what its parts come to is in memory, the parts are not.
pub struct Store {
    port: Arc<dyn TreeHeads>,
    summaries: Vec<Summary>,
    /// The log up to here is in the parts.
    at: Cursor,
    /// Parts that this run has written: while the tree is built anew, others are left over.
    rebuilding: Option<std::collections::BTreeSet<usize>>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    v: u16,
    cursor: Cursor,
    summaries: BTreeMap<u16, Summary>,
}

impl Store {
    /// What is kept; an empty tree when nothing is, or it cannot be read.
    pub async fn open(port: Arc<dyn TreeHeads>) -> Result<Self, PortError> {
        let mut store = Self {
            port,
            summaries: vec![Summary::default(); PARTS],
            at: Cursor::ZERO,
            rebuilding: Some(std::collections::BTreeSet::new()),
        };
        let Some(bytes) = store.port.load(MARK).await? else { return Ok(store) };
        let mark: Option<Mark> = codec::decode(&bytes).ok();
        let Some(mark) = mark.filter(|mark| mark.v == VERSION) else {
            tracing::warn!("tree.mark_unreadable");
            return Ok(store);
        };
        for (part, summary) in mark.summaries {
            if let Some(known) = store.summaries.get_mut(usize::from(part)) {
                *known = summary;
            }
        }
        (store.at, store.rebuilding) = (mark.cursor, None);
        Ok(store)
    }

    /// Forgets everything: the tree is built anew.
    pub async fn reset(&mut self) -> Result<(), PortError> {
        self.port.forget_parts().await?;
        self.summaries = vec![Summary::default(); PARTS];
        self.at = Cursor::ZERO;
        self.rebuilding = Some(std::collections::BTreeSet::new());
        Ok(())
    }

    /// Up to where the log is in the parts.
    pub const fn at(&self) -> Cursor {
        self.at
    }

    /// What the tree comes to.
    pub fn root(&self) -> Summary {
        root(&self.summaries)
    }

    /// Puts changed leaves into their parts, which then hold the log up to `at`. Done again after
    /// a crash on the way it changes nothing: a part takes a commit only once.
    ///
    /// # Errors
    /// [`PortError::Damaged`] when a part cannot be read: [`Store::reset`] helps.
    pub async fn put(
        &mut self,
        changed: &HashMap<Hash, Leaf>,
        at: Cursor,
    ) -> Result<(), PortError> {
        let mut by_part: BTreeMap<usize, Vec<(Hash, Leaf)>> = BTreeMap::new();
        for (key, leaf) in changed {
            by_part.entry(part_of(key)).or_default().push((*key, *leaf));
        }
        let work = by_part.into_iter().map(|(number, leaves)| {
            let known = self.rebuilding.as_ref().is_none_or(|seen| seen.contains(&number));
            put_part(&self.port, number, leaves, known)
        });
        let done: Vec<(usize, Summary)> = stream::iter(work.collect::<Vec<_>>())
            .buffer_unordered(PARTS_CONCURRENT)
            .try_collect()
            .await?;
        for (number, summary) in done {
            self.summaries[number] = summary;
            if let Some(seen) = &mut self.rebuilding {
                seen.insert(number);
            }
        }
        self.at = at;
        Ok(())
    }

    /// Remembers durably up to where the parts hold the log.
    pub async fn mark(&mut self) -> Result<(), PortError> {
        let numbered = (0_u16..).zip(&self.summaries);
        let summaries = numbered
            .filter(|(_, summary)| summary.leaves > 0)
            .map(|(part, summary)| (part, *summary))
            .collect();
        let bytes = encode(&Mark { v: VERSION, cursor: self.at, summaries })?;
        self.port.save(MARK, bytes).await
    }

    /// The leaf of an actor.
    pub async fn leaf(&self, address: &Address) -> Result<Option<Leaf>, PortError> {
        let key = key_of(address);
        Ok(self.part(part_of(&key)).await?.get(&key).copied())
    }

    /// The proof that an actor has a leaf.
    pub async fn prove(&self, address: &Address) -> Result<Option<Proof>, PortError> {
        let part = self.part(part_of(&key_of(address))).await?;
        Ok(part.prove(address, &self.summaries))
    }

    async fn part(&self, number: usize) -> Result<Part, PortError> {
        if self.summaries[number].leaves == 0 {
            return Ok(Part::default());
        }
        load(&self.port, number).await
    }
}

async fn put_part(
    port: &Arc<dyn TreeHeads>,
    number: usize,
    leaves: Vec<(Hash, Leaf)>,
    known: bool,
) -> Result<(usize, Summary), PortError> {
    let mut part = if known { load(port, number).await? } else { Part::default() };
    for (key, leaf) in leaves {
        part.take(key, leaf);
    }
    port.save(&number.to_string(), encode(&part)?).await?;
    Ok((number, part.summary()))
}

async fn load(port: &Arc<dyn TreeHeads>, number: usize) -> Result<Part, PortError> {
    match port.load(&number.to_string()).await? {
        None => Ok(Part::default()),
        Some(bytes) => codec::decode(&bytes).map_err(|error| PortError::Damaged(error.to_string())),
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Bytes, PortError> {
    let bytes = codec::encode(value).map_err(|error| PortError::Refused(error.to_string()))?;
    Ok(Bytes::from(bytes))
}
