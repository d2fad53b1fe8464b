//! `limit`: how many effects may start and run, as data.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `limit`.
pub struct Limit;
