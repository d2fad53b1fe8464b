//! Putting together what signing in takes.

use std::sync::Arc;

use actors::Runtime;
use contracts::ports::{CommandBus, History};
use nats::streams::Bucket;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::supervisor::Supervisor;
use crate::auth::{
    Authenticator, Hasher, KeyRing, Outside, Seal, SignIn, Throttle, Tokens, now,
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
    let issuer = config.issuer.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    let tokens = Arc::new(Tokens::new(&config, issuer, keys, guard.clone()));
    let bus: Arc<dyn CommandBus> = Arc::new(runtime.clone());
    let history: Arc<dyn History> = Arc::new(runtime.clone());
    let outside = Outside::new(&config, guard.clone(), bus, history);
    let outside = Arc::new(outside.map_err(|refusal| anyhow::anyhow!(refusal))?);
    let hasher = Hasher::new(config.password.clone(), seal.clone());
    let sign_in = SignIn {
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

/// Follows the signing keys that other nodes change, for as long as the program runs.
pub(super) fn follow(sign_in: &SignIn, supervisor: &Supervisor) -> JoinHandle<()> {
    let keys = sign_in.tokens.keys.clone();
    let following = move || keys.clone().run(now);
    supervisor.spawn("signing keys", CancellationToken::new(), following)
}
