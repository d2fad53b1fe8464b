//! The connectors of the small world: none.

use contracts::kinds::connector::Tokens;
use contracts::model::{CircuitView, ToolView};
use contracts::ports::{Connectors, Fut, Grant, Toolbox};
use contracts::{ActorId, Address, Caller, Refusal, Tenant};

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

impl Toolbox for World {
    fn tools(&self, _: &Tenant, _: &Caller) -> Vec<ToolView> {
        actors::tools::Tools::standard().views()
    }
}
