//! Everything that knows a stream, subject or consumer exists: the ports of `contracts` on
//! JetStream and in memory, provisioning, the tail, and the supervised local server.

pub mod bench;
pub mod broker;
mod choosing;
pub mod config;
pub mod connect;
pub mod copy;
pub mod error;
#[cfg(test)]
mod facts;
mod headers;
mod jetstream;
pub mod look;
pub mod memory;
pub mod monitor;
mod offered;
mod position;
pub mod provision;
mod run;
pub mod server;
mod signals;
pub mod streams;
pub mod subjects;
#[cfg(any(test, feature = "testing"))]
pub mod suite;
pub mod tail;
mod turning;

pub use broker::Broker;
pub use config::Config;
pub use connect::{Connection, Endpoint};
pub use error::Error;
pub use memory::Memory;
pub use tail::Tail;
