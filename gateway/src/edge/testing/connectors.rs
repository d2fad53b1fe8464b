//! The connectors of the small world: none.

use contracts::kinds::connector::Tokens;
use contracts::model::CircuitView;
use contracts::ports::{Connectors, Fut, Grant};
use contracts::{ActorId, Address, Refusal, Tenant};

use super::world::World;

impl Connectors for World {
    fn exchange<'a>(&'a self, _: &'a Address, _: Grant) -> Fut<'a, Result<Tokens, Refusal>> {
        Box::pin(async { Err(Refusal::rejected("oauth_refused", "nobody gives tokens here")) })
    }

    fn circuit(&self, _: &Tenant, _: &ActorId) -> Option<CircuitView> {
        None
    }

    fn reset_circuit(&self, _: &Tenant, _: &ActorId) -> Option<CircuitView> {
        None
    }
}
