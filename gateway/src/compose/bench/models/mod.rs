//! What stands between a client and its provider: the same streamed answers asked of the provider
//! and through this program, which keeps a journal of them, in turns.

mod client;
mod provider;

use actors::model::ProviderConfig;

use self::client::{Asked, Times};
pub use self::provider::Provider;
use super::rows::Rows;
use crate::settings::Settings;

/// What the provider is called here.
const NAME: &str = "bench";

/// What its model is called there.
const MODEL: &str = "words";

/// How often each is measured: the machine drifts, and its neighbours work too.
const TURNS: usize = 3;

/// Makes the provider one of `settings`.
pub fn known(settings: &mut Settings, provider: &Provider) {
    let config = ProviderConfig {
        base_url: Some(provider.base_url()),
        models: vec![MODEL.to_owned()],
        concurrency_max: 1_024,
        ..ProviderConfig::default()
    };
    settings.actors.models.detect = false;
    settings.actors.models.providers.insert(NAME.to_owned(), config);
}

/// Asks `count` times, `window` at a time: the provider, and `base_url`, which asks it.
///
/// # Errors
/// When an answer is no whole one.
pub async fn run(
    provider: &Provider,
    (base_url, key): (&str, &str),
    (window, count): (usize, usize),
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let own = provider.base_url();
    let direct = Asked { base_url: &own, model: MODEL, key: None };
    let model = format!("{NAME}/{MODEL}");
    let through = Asked { base_url, model: &model, key: Some(key) };
    let each = count.div_ceil(TURNS);
    // Connections are open and code is warm before anything counts.
    client::run(&through, window, window).await?;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare.push(client::run(&direct, window, each).await?);
        ours.push(client::run(&through, window, each).await?);
    }
    let (bare, ours) = (Times::joined(bare), Times::joined(ours));
    let strict = (window == 64).then_some("≤ +2 ms p50");
    rows.added("streamed answer, first word", window, &ours.first, (&bare.first, strict));
    rows.added("streamed answer, whole", window, &ours.whole, (&bare.whole, strict));
    Ok(())
}
