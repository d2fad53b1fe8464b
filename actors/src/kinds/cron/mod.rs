//! `cron`: a run that begins by the clock, again and again. Its timer fires; the thread that it
//! names, or a new one, is asked to answer.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `cron`.
pub struct Cron;
