//! The runtime on a broker in memory, with everything that can go wrong there.

mod basics;
mod doubt;
mod history;
mod models;
mod roads;
