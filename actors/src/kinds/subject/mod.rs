//! `subject`: somebody about whom something is known.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `subject`.
pub struct Subject;
