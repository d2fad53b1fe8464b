//! Everything that knows a stream, subject or consumer exists: the ports of `contracts` on
//! JetStream and in memory, provisioning, the tail, and the supervised local server.

pub mod config;
pub mod memory;
mod signals;
pub mod subjects;
pub mod tail;

pub use config::Config;
pub use memory::Memory;
pub use tail::Tail;
