//! `embedding`: texts as points in a space, made by a model.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `embedding`.
pub struct Embedding;
