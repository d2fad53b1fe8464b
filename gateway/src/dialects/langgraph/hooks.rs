//! The `webhook` of a run: a webhook of its own, which tells one receiver how the run ends. It is
//! signed with the tenant's secret [`SECRET`], where there is one, and asked for as any other.

use contracts::effect::{SigningKey, SigningKeys, is_url};
use contracts::kinds::run;
use contracts::kinds::webhook::{self, Filter};
use contracts::{ActorId, Hash, Refusal};
use serde_json::json;

use crate::chance;
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::wrong;
use crate::edge::shared::Shared;
use crate::vault::name_of;

/// What the tenant's signing key for such webhooks is called among its secrets.
const SECRET: &str = "langgraph-webhook";
/// What of a run its receiver is told: how it ends, or that it waits for its caller.
const EVENTS: [&str; 4] = ["Completed", "Failed", "Cancelled", "WaitsForTools"];

/// Has `url` told how a run ends.
///
/// # Errors
/// `invalid_input`, `forbidden`; those of the vault.
pub async fn tell(shared: &Shared, asker: &Asker, run: &ActorId, url: &str) -> Result<(), Refusal> {
    if !is_url(url) {
        return Err(wrong("webhook", "is a URL: http or https, without user and password"));
    }
    let hash = Hash::of_parts("cambium langgraph webhook v1", &[run.as_str(), url]).to_string();
    let named = ActorId::new(format!("langgraph:{}", &hash[..32]));
    let hook = named.map_err(|error| Refusal::internal(error.to_string()))?;
    let filter = Filter {
        kinds: vec![run::KIND],
        events: EVENTS.map(str::to_owned).into(),
        actors: vec![run.clone()],
    };
    let (kind, id, command) = (&webhook::KIND, Some(hook.clone()), "create");
    let body = json!({ "url": url, "filter": filter });
    let order = Order { kind, id, command, body, key: None, wait: None };
    match asker.order(shared, order).await {
        // The same request came before, or the run goes on once more.
        Err(refusal) if refusal.code == "webhook_exists" => {}
        other => drop(other?),
    }
    let (vault, now) = (&shared.edge.vault, shared.now());
    let at = name_of(&asker.tenant, webhook::secret_of(&hook).as_str());
    if vault.open(&at).await?.is_some() {
        return Ok(());
    }
    let given = vault.open(&name_of(&asker.tenant, SECRET)).await?;
    let given = given.and_then(|sealed| SigningKeys::open(&sealed).ok());
    let keys = match given {
        Some(keys) => keys,
        None => SigningKeys::default().renewed(SigningKey::of(&chance::bytes()?), now, now),
    };
    vault.seal(&at, &keys.seal(), asker.caller.principal.as_str(), now).await?;
    Ok(())
}
