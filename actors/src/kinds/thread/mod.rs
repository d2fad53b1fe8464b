//! `thread`: what was said and the runs that answered it, in one order.

mod answer;
mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::{Entry, State};

/// The rules of `thread`.
pub struct Thread;
