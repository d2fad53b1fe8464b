//! `connector`: somebody's account with a service.

mod decide;
mod outcome;
mod react;
mod state;
#[cfg(test)]
mod tests;

pub use react::{CHECK, ERASE, Errand, REFRESH, REVOKE};
pub use state::{State, Status};

/// The rules of `connector`.
pub struct Connector;
