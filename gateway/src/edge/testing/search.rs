//! Searches in the small world: nothing is ever found.

use contracts::ports::{Fut, Search};
use contracts::search::memory::{Found as Remembered, Scope};
use contracts::search::{Asked, Vectors, knowledge::Found};
use contracts::{Address, Caller, Cursor, Refusal};

use super::world::World;

impl Search for World {
    fn knowledge<'a>(
        &'a self,
        base: &'a Address,
        _: &'a Asked,
        _: &'a Caller,
    ) -> Fut<'a, Result<Found, Refusal>> {
        let (knowledge, cursor) = (base.id.clone(), Cursor::ZERO);
        let (items, vectors) = (Vec::new(), Vectors::default());
        Box::pin(async move { Ok(Found { knowledge, items, vectors, cursor }) })
    }

    fn memory<'a>(
        &'a self,
        scope: &'a Scope,
        _: &'a Asked,
        _: &'a Caller,
    ) -> Fut<'a, Result<Remembered, Refusal>> {
        let (agent, cursor) = (scope.agent.clone(), Cursor::ZERO);
        let (items, vectors) = (Vec::new(), Vectors::default());
        Box::pin(async move { Ok(Remembered { agent, items, vectors, cursor }) })
    }
}
