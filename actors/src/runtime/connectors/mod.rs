//! Accounts with services: whose is used for what, and how their credentials are come by and kept.

mod credential;
mod http;
mod models;
mod oauth;

pub use credential::Credential;

use contracts::kinds::connector::{Auth, OAuth, Tokens, secret_of};
use contracts::model::CircuitView;
use contracts::ports::{Connectors, Fut, Grant};
use contracts::{ActorId, Address, Hash, Refusal, Tenant};

use super::Runtime;
use crate::kinds::connector::State;

impl Connectors for Runtime {
    fn exchange<'a>(&'a self, to: &'a Address, grant: Grant) -> Fut<'a, Result<Tokens, Refusal>> {
        Box::pin(async move {
            let living = self.shared.hydrator.wake(to).await?;
            let state = contracts::read::from_value::<State>(living.machine.state());
            let state = state.map_err(|error| Refusal::internal(error.to_string()))?;
            let Auth::Oauth(oauth) = state.auth() else { return Err(mismatch()) };
            // Asked again with the same code it has the same name: nothing is left behind.
            let name = Hash::of_parts("cambium oauth code v1", &[grant.code.reveal()]);
            let name = secret_of(&to.id, &name);
            let client = state.client.as_ref();
            let form = [
                ("grant_type", "authorization_code"),
                ("code", grant.code.reveal()),
                ("code_verifier", grant.verifier.reveal()),
                ("redirect_uri", &grant.redirect_uri),
            ];
            let (oauth, by): (&OAuth, _) = (oauth, &grant.by);
            self.shared.tokens((&to.tenant, oauth, client), &form, None, (&name, by)).await
        })
    }

    fn circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView> {
        self.shared.world.providers.account_circuit(tenant, id)
    }

    fn reset_circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView> {
        self.shared.world.providers.reset_account_circuit(tenant, id)
    }
}

fn mismatch() -> Refusal {
    let message = "the connector's credential is not come by this way";
    Refusal::rejected("connector_auth_mismatch", message)
}
