//! `counter`: the smallest kind there can be.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `counter`.
pub struct Counter;
