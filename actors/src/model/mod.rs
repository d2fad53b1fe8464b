//! Models: who can be asked for text, and the one that is built in.

mod provider;

pub use provider::{Provider, Providers};
