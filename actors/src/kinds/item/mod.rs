//! `item`: one thing that is kept under a key in a namespace.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `item`.
pub struct Item;
