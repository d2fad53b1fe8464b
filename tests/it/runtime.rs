//! The runtime on a broker in memory, with everything that can go wrong there.

mod archive;
mod basics;
mod cut_short;
mod dead;
mod doubt;
mod effects;
mod forks;
mod history;
mod hooks;
mod ids;
mod kin;
mod memory;
mod models;
mod outcomes;
mod policies;
mod privacy;
mod quarantine;
mod replay;
mod roads;
mod runs;
mod schedules;
mod tickets;
mod time;
mod timers;
mod trees;
mod work;
