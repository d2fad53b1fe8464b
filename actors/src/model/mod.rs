//! Models: who can be asked for text, and the one that is built in.

mod error;
mod hash;
mod local;
mod provider;
mod tokens;

pub use error::ModelError;
pub use hash::request_hash;
pub use local::{Local, LocalConfig};
pub use provider::{Provider, Providers};
pub use tokens::count_tokens;
