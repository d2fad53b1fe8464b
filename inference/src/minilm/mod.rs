//! `local/minilm`: all-MiniLM-L6-v2, vectors of texts by their meaning.

#[cfg(feature = "minilm")]
mod engine;
pub mod pieces;

#[cfg(feature = "minilm")]
pub use engine::MiniLm;

/// What the model is called.
pub const MODEL: &str = "local/minilm";
/// How many numbers a vector has.
pub const DIMENSIONS: usize = 384;
/// How many word pieces of a text count, those that begin and end it included: what it was made
/// for. What follows counts for nothing.
pub const PIECES_MAX: usize = 256;
