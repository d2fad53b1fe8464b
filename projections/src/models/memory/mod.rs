//! `memory`: what agents were told and said, in runs of assistants and in conversations, with the
//! words and the vector of each. What was edited or taken back stays with the time until which it
//! stood, so that it can be asked what an agent knew at a point in time.

mod fold;
mod held;
mod query;
mod tables;

use std::sync::Arc;

use contracts::Recorded;
use contracts::ports::Embedder;
pub(crate) use query::{by_words, last};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::Tx;

/// The model.
pub(crate) struct Memory {
    /// Who makes the vectors. A copy that was built by another one has that one's: a rebuild makes
    /// them anew.
    pub(crate) embedder: Arc<dyn Embedder>,
}

impl ReadModel for Memory {
    const NAME: &'static str = "memory";
    const VERSION: u32 = 1;
    const SHARES: bool = true;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        tables::of(stem).into()
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let told = held::told(batch);
        if told.is_empty() {
            return Ok(());
        }
        held::fold(tx, stem, &told, &*self.embedder).await
    }
}
