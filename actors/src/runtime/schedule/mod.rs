//! Timers: what an actor knows of its own, what becomes of a firing, and the desk that makes the
//! broker's schedules agree with the log.

pub mod armed;
pub mod desk;
pub mod fire;
mod ledger;
pub mod plan;
mod reconcile;
#[cfg(test)]
mod tests;
pub mod view;

pub use desk::Desk;
pub use ledger::Ledger;
pub use reconcile::Reconciled;
