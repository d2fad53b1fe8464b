//! `principal`: whoever acts.

mod access;
mod decide;
mod keys;
mod rights;
mod state;
#[cfg(test)]
mod tests;

pub use access::{Access, Key, Session};
pub use state::State;

/// The rules of `principal`.
pub struct Principal;
