//! Effects: what actors ask of the world, and what becomes of it.
//!
//! The ledger is a fold of the log; the board decides over it who performs what, and when; the
//! keeper reads the log and starts tasks; a task performs one effect and brings its outcome.

mod allow;
mod board;
mod checkpoint;
mod connector;
mod control;
mod convert;
pub mod decide;
mod desk;
mod doubt;
mod due;
mod embed;
mod fetch;
mod finish;
mod gates;
mod growing;
mod held;
mod images;
pub mod insist;
mod job;
mod keeper;
mod lanes;
mod lease;
mod ledger;
mod lines;
mod owed;
pub mod pending;
mod perform;
pub mod policy;
mod prompt;
mod recall;
mod redirect;
mod ring;
mod searches;
mod shares;
mod spend;
mod task;
mod told;
mod tool;
mod view;

pub use desk::Desk;
pub use job::Start;
pub use keeper::{Progress, readable, spawn};
pub use lease::{Before, Leased, Settled};
pub use owed::waits;
pub use prompt::Prompt;
