//! `thread`: what was said and the runs that answered it, in one order.

mod answer;
mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use contracts::kinds::thread::Entry;
pub use state::State;

/// The rules of `thread`.
pub struct Thread;
