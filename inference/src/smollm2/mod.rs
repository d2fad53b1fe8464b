//! `local/smollm2`: SmolLM2-135M-Instruct, a small language model.

pub mod bytes;
pub mod chat;
pub mod choose;
#[cfg(feature = "smollm2")]
mod engine;
#[cfg(feature = "smollm2")]
pub mod gguf;
#[cfg(feature = "smollm2")]
pub mod llama;
#[cfg(feature = "smollm2")]
pub mod matrix;
pub mod pieces;
pub mod stream;
#[cfg(test)]
mod tests;

#[cfg(feature = "smollm2")]
pub use engine::SmolLm2;

/// What the model is called.
pub const MODEL: &str = "local/smollm2";
/// How many tokens prompt and answer have together, at most. The model was taught with four times
/// as many, which two ordinary cores do not read while somebody waits.
pub const CONTEXT_TOKENS_MAX: usize = 2_048;
