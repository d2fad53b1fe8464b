//! `organization`: who a tenant is.

mod decide;
mod governance;
mod members;
mod parts;
mod state;
#[cfg(test)]
mod tests;
mod uses;

pub use governance::{Allowance, Governance};
pub use state::State;

/// The rules of `organization`.
pub struct Organization;
