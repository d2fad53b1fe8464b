//! The kinds that come with the program: one folder each, registered by one line in
//! [`crate::registry::Registry::standard`].

pub mod approval;
mod asked;
pub mod assistant;
pub mod budget;
pub mod chaperone;
pub mod circadian;
pub mod connector;
pub mod conversation;
pub mod counter;
pub mod cron;
pub mod embedding;
pub mod file;
pub mod item;
pub mod job;
pub mod knowledge;
pub mod limit;
pub mod myocyte;
pub mod nucleus;
pub mod organization;
pub mod osteon;
pub mod policy;
pub mod principal;
pub mod run;
pub mod subject;
pub mod synapse;
#[cfg(test)]
pub mod testing;
pub mod thread;
mod title;
pub mod webhook;
