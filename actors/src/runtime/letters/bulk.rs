//! Many letters dealt with, one after another, with progress.

use std::collections::VecDeque;

use contracts::Refusal;
use contracts::caller::Caller;
use contracts::lifecycle::LetterAction;
use contracts::ports::{BulkProgress, Flow, LetterQuery, LetterVerb};
use futures_util::stream;

use super::{PAGE_LETTERS, is_meant};
use crate::runtime::Runtime;

/// A run: what is left of it, and how far it is.
struct Bulk {
    runtime: Runtime,
    verb: LetterVerb,
    by: Caller,
    query: LetterQuery,
    left: Option<VecDeque<u64>>,
    progress: BulkProgress,
}

/// Deals with all letters that are meant when the run begins.
pub fn run(
    runtime: Runtime,
    query: LetterQuery,
    verb: LetterVerb,
    by: Caller,
) -> Flow<Result<BulkProgress, Refusal>> {
    let progress = BulkProgress::default();
    let bulk = Bulk { runtime, verb, by, query, left: None, progress };
    Box::pin(stream::unfold(Some(bulk), |bulk| async move {
        let mut bulk = bulk?;
        match bulk.step().await {
            Ok(progress) if progress.finished => Some((Ok(progress), None)),
            Ok(progress) => Some((Ok(progress), Some(bulk))),
            Err(refusal) => Some((Err(refusal), None)),
        }
    }))
}

impl Bulk {
    async fn step(&mut self) -> Result<BulkProgress, Refusal> {
        let mut left = match self.left.take() {
            Some(left) => left,
            None => self.meant().await?,
        };
        let next = left.pop_front();
        self.left = Some(left);
        match next {
            Some(id) => self.one(id).await,
            None => self.progress.finished = true,
        }
        Ok(self.progress.clone())
    }

    /// The letters, oldest first. Those to be dropped go last first: once the head of an actor is
    /// gone, what waits behind it is decided.
    async fn meant(&mut self) -> Result<VecDeque<u64>, Refusal> {
        let most = self.runtime.shared.config.bulk_letters_max;
        let (mut meant, mut after) = (VecDeque::new(), 0);
        'pages: loop {
            let dead = &self.runtime.shared.world.dead;
            let page = dead.select(self.query.whose.clone(), after, PAGE_LETTERS).await?;
            let last = page.len() < PAGE_LETTERS;
            for (position, letter) in page {
                after = position;
                if is_meant(&self.query, &letter) {
                    meant.push_back(position);
                }
                if meant.len() >= most {
                    break 'pages;
                }
            }
            if last {
                break;
            }
        }
        self.progress.total = meant.len() as u64;
        if self.verb.action() == LetterAction::Skip {
            meant.make_contiguous().reverse();
        }
        Ok(meant)
    }

    async fn one(&mut self, id: u64) {
        self.progress.letter = id;
        self.progress.refusal = None;
        let to = match self.runtime.shared.world.dead.get(id).await {
            // Somebody was faster: another run, or the drain behind an earlier letter.
            Ok(None) => {
                self.progress.done += 1;
                return;
            }
            Ok(Some(letter)) => letter.to.filter(|_| letter.held),
            Err(error) => return self.failed(error.into()),
        };
        match self.runtime.settle_letter(id, &self.verb, &self.by).await {
            Ok(_) => self.progress.done += 1,
            Err(refusal) if refusal.code == "letter_not_found" => self.progress.done += 1,
            Err(refusal) => self.failed(refusal),
        }
        if let (Some(to), true) = (to, self.verb.action() != LetterAction::Skip) {
            // What waited behind it is decided before the next letter is looked at.
            self.runtime.drain(&to).await;
        }
    }

    fn failed(&mut self, refusal: Refusal) {
        self.progress.failed += 1;
        self.progress.refusal = Some(refusal);
    }
}
