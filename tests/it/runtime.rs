//! The runtime on a broker in memory, with everything that can go wrong there.

mod basics;
mod doubt;
mod forks;
mod history;
mod ids;
mod models;
mod outcomes;
mod roads;
mod time;
mod timers;
