//! `approval`: somebody's yes or no to an exact command, before it is sent.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `approval`.
pub struct Approval;
