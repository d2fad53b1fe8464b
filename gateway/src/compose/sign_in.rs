//! Putting together what signing in takes.

use std::sync::Arc;

use actors::Runtime;
use contracts::Refusal;
use contracts::ports::{CommandBus, History, Store};
use nats::streams::Bucket;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::supervisor::Supervisor;
use crate::auth::{
    Authenticator, Config, Hasher, KeyRing, Outside, Seal, SignIn, Throttle, Tokens, now,
    signing::SigningKeys,
};
use crate::settings::Settings;
use crate::vault::MasterKey;

/// Signing in, and who checks credentials.
///
/// # Errors
/// When the signing keys cannot be read or made.
pub(super) async fn open(
    settings: &Settings,
    master: &MasterKey,
    first: Arc<dyn Authenticator>,
    broker: &nats::Broker,
    runtime: &Runtime,
) -> anyhow::Result<(SignIn, Arc<dyn Authenticator>)> {
    let config = settings.auth.clone();
    let seal: Arc<dyn Seal> = Arc::new(master.clone());
    let secrets = broker.store(Bucket::Secrets);
    let keys = SigningKeys::open(&config, secrets, seal.clone(), now()).await;
    let keys = Arc::new(keys.map_err(|refusal| anyhow::anyhow!(refusal))?);
    let guard = runtime.guard();
    let scheme = if settings.edge.tls.is_on() { "https" } else { "http" };
    let here = format!("{scheme}://{}", settings.listen);
    let base = config.issuer.clone().unwrap_or_else(|| here.clone());
    let issuer = issuer(&config, here, &*broker.store(Bucket::Secrets), &*seal).await;
    let issuer = issuer.map_err(|refusal| anyhow::anyhow!(refusal))?;
    let tokens = Arc::new(Tokens::new(&config, issuer, keys, guard.clone()));
    let bus: Arc<dyn CommandBus> = Arc::new(runtime.clone());
    let history: Arc<dyn History> = Arc::new(runtime.clone());
    let outside = Outside::new(&config, guard.clone(), bus, history);
    let outside = Arc::new(outside.map_err(|refusal| anyhow::anyhow!(refusal))?);
    let hasher = Hasher::new(config.password.clone(), seal.clone());
    let sign_in = SignIn {
        base,
        hasher: hasher.map_err(|refusal| anyhow::anyhow!(refusal))?,
        throttle: Throttle::new(config.throttle.clone()),
        tickets: broker.store(Bucket::Tickets),
        tokens: tokens.clone(),
        seal,
        config,
    };
    let ring = KeyRing::new(first, guard, tokens, outside);
    Ok((sign_in, Arc::new(ring)))
}

/// The name in the store of who tokens are from.
const ISSUER: &str = "signing/issuer";
/// What is kept there is sealed as.
const ISSUER_CONTEXT: &str = "issuer";

/// Who tokens are from: whom the operator names, else where the first node of all was reached when
/// it was started first. That is kept beside the keys that sign, so that another port, or another
/// node, makes nobody's session end.
async fn issuer(
    config: &Config,
    here: String,
    store: &dyn Store,
    seal: &dyn Seal,
) -> Result<String, Refusal> {
    if let Some(named) = &config.issuer {
        return Ok(named.clone());
    }
    loop {
        if let Some(kept) = store.get(ISSUER).await? {
            let text = String::from_utf8(seal.unwrap(ISSUER_CONTEXT, &kept.value)?);
            return text.map_err(|error| Refusal::internal(error.to_string()));
        }
        let sealed = seal.wrap(ISSUER_CONTEXT, here.as_bytes())?;
        if store.create(ISSUER, sealed, None).await?.is_some() {
            return Ok(here);
        }
    }
}

/// Follows the signing keys that other nodes change, for as long as the program runs.
pub(super) fn follow(sign_in: &SignIn, supervisor: &Supervisor) -> JoinHandle<()> {
    let keys = sign_in.tokens.keys.clone();
    let following = move || keys.clone().run(now);
    supervisor.spawn("signing keys", CancellationToken::new(), following)
}

#[cfg(test)]
mod tests {
    use nats::Memory;
    use nats::streams::Bucket;

    use super::issuer;
    use crate::auth::Config;
    use crate::auth::testing::Toy;

    #[tokio::test]
    async fn the_first_start_says_who_tokens_are_from_and_a_setting_says_otherwise() {
        let store = Memory::new().store(Bucket::Secrets);
        let of = async |config: &Config, here: &str| {
            issuer(config, here.to_owned(), &*store, &Toy).await.unwrap()
        };
        let unset = Config::default();
        assert_eq!(of(&unset, "http://127.0.0.1:41001").await, "http://127.0.0.1:41001");
        assert_eq!(of(&unset, "http://127.0.0.1:52002").await, "http://127.0.0.1:41001");
        let named =
            Config { issuer: Some("https://id.example.org".to_owned()), ..Config::default() };
        assert_eq!(of(&named, "http://127.0.0.1:52002").await, "https://id.example.org");
        assert_eq!(of(&unset, "http://127.0.0.1:60003").await, "http://127.0.0.1:41001");
    }
}
