//! `budget`: how much may be spent. Reserve before, settle after; what is reserved counts as spent
//! until then, so that nobody who reserves can spend together more than there is.

mod decide;
mod spend;
mod spike;
mod state;
#[cfg(test)]
mod tests;

pub use state::{Open, State};

/// The rules of `budget`.
pub struct Budget;
