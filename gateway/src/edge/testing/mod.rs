//! A small world behind the ports for the tests of the edge: counters in memory, and a client that
//! speaks to the router without a socket.

mod archive;
mod client;
mod connectors;
pub mod effects;
mod letters;
mod nats_users;
mod ports;
mod privacy;
mod search;
mod sessions;
pub mod work;
mod world;

pub use client::{Client, Reply, shared};
pub use sessions::Sessions;
pub use world::Mood;
