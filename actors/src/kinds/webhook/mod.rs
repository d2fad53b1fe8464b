//! `webhook`: where events are sent to.

mod decide;
mod ends;
mod state;
#[cfg(test)]
mod tests;

pub use state::{Ended, Known, State};

/// The rules of `webhook`.
pub struct Webhook;
