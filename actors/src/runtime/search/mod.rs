//! Answers to searches: the rows of the read models by words, vectors from the blobs, and protected
//! words opened for those who may see them.

mod fuse;
mod knowledge;
mod memory;
mod question;
mod sealed;
mod vectors;

use contracts::ports::{Fut, Search};
use contracts::search::memory::{Found as Remembered, Scope};
use contracts::search::{Asked, LIMIT_MAX, QUERY_BYTES_MAX, knowledge::Found};
use contracts::{Address, Caller, Refusal, RefusalClass};

pub use vectors::VectorCache;

use super::Runtime;

/// How many are looked at of each way in which something may be found.
const CANDIDATES_MAX: usize = 100;
/// How many protected texts are opened for one question, the last first.
const SEALED_MAX: usize = 500;
/// How much of a memory is compared by its vectors, the last first.
const MEMORY_MAX: usize = 5_000;

impl Search for Runtime {
    fn knowledge<'a>(
        &'a self,
        base: &'a Address,
        asked: &'a Asked,
        by: &'a Caller,
    ) -> Fut<'a, Result<Found, Refusal>> {
        Box::pin(async move {
            check(asked, false)?;
            self.search_knowledge(base, asked, by).await
        })
    }

    fn memory<'a>(
        &'a self,
        scope: &'a Scope,
        asked: &'a Asked,
        by: &'a Caller,
    ) -> Fut<'a, Result<Remembered, Refusal>> {
        Box::pin(async move {
            check(asked, true)?;
            self.search_memory(scope, asked, by).await
        })
    }
}

/// What is asked can be answered.
fn check(asked: &Asked, may_be_empty: bool) -> Result<(), Refusal> {
    let invalid = |field: &str, message: String| {
        let told = "the question cannot be understood";
        Err(Refusal::new(RefusalClass::Malformed, "query_invalid", told).field(field, message))
    };
    if !may_be_empty && asked.query.trim().is_empty() {
        return invalid("q", "says what is searched for".to_owned());
    }
    if asked.query.len() > QUERY_BYTES_MAX || asked.query.contains('\0') {
        return invalid("q", format!("has at most {QUERY_BYTES_MAX} bytes and no NUL"));
    }
    if !(1..=LIMIT_MAX).contains(&asked.limit) {
        return invalid("limit", format!("is 1 to {LIMIT_MAX}"));
    }
    Ok(())
}
