//! Read models: rows folded from the log, in SQL, rebuilt at will.
//!
//! A read model owns its tables and a checkpoint; both change in the same transaction, so that
//! each commit is in the rows exactly once, whatever the feed repeats and wherever the program
//! ends. Nothing here decides anything: rows are for reading, the log is what happened.

mod ancestors;
mod awaited;
pub mod bench;
mod config;
mod core;
mod desk;
mod error;
mod following;
mod handle;
mod model;
mod models;
mod page;
mod pulse;
mod rebuild;
mod records;
mod registry;
mod runner;
mod search;
mod skip;
mod status;
mod store;
mod trail;
mod words;

#[cfg(test)]
mod tests;

pub use config::{Config, Postgres};
pub use desk::{Fault, Notice, Refused};
pub use error::Error;
pub use handle::Models;
pub use models::heads::{HeadRow, HeadsOrder, HeadsQuery};
pub use models::messages::{MemberRow, MessageRow, MessagesQuery};
pub use models::personal::{PersonalQuery, PersonalRow};
pub use models::timeline::{TimelineOrder, TimelineQuery, TimelineRow};
pub use rebuild::{Difference, Phase, Progress, RebuildMode, RebuildReport, RebuildState};
pub use records::RecordRows;
pub use skip::Skipped;
pub use status::ModelStatus;
pub use store::postgres::probe::{Probe, probe};
pub use trail::{Trail, TrailReport, TrailStatus};
