//! Models: who can be asked, in which language, what stands between a call and its provider, and
//! the one that is built in.

mod account;
mod config;
mod configured;
mod delta;
mod detect;
mod done;
mod embed;
mod error;
mod estimate;
mod formats;
mod free;
mod hash;
mod local;
pub mod prices;
mod provider;
mod providers;
mod resilience;
pub(crate) mod telling;
mod tokens;
mod wire;

pub use account::{Account, Asked};
pub use config::{ModelsConfig, ProviderConfig, ProviderKind, Structured};
pub use delta::{Delta, Deltas, Pieces};
pub use detect::detect;
pub use done::Done;
pub use embed::{EmbedRequest, Embedded};
pub use error::ModelError;
pub use estimate::prompt_tokens;
pub use free::{EngineEmbedder, FreeEmbedder};
pub use hash::request_hash;
pub use local::ngrams::MODEL as FREE_EMBEDDER;
pub use local::{Local, LocalConfig};
pub use prices::Prices;
pub use provider::Provider;
pub use providers::Providers;
pub use resilience::CircuitConfig;
pub use tokens::count_tokens;
pub use wire::{Door, Keys, OpenKey};
