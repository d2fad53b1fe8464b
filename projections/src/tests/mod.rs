//! The read models over made logs: whatever happens on the way, the rows are the fold of the log.

mod batches;
mod chains;
mod crash;
mod effects;
pub(crate) mod engines;
mod failing;
mod feed;
mod fold;
pub(crate) mod given;
mod kept;
mod killed;
mod leading;
mod messages;
mod other_log;
mod queries;
mod rebuild;
mod search;
mod server;
mod trouble;
mod usage;
mod versions;
mod wait;
