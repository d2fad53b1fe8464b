//! What the tests that cross crates share: a runtime on a broker in memory, and the real program.

pub mod altered;
pub mod fake_models;
pub mod fragile;
pub mod fuzz;
pub mod gate;
pub mod history;
pub mod key_proxy;
pub mod machine;
pub mod mcp_fixtures;
pub mod no_search;
pub mod node;
pub mod node_js;
pub mod otlp;
pub mod program;
pub mod python;
pub mod receiver;
pub mod reminder;
pub mod rng;
pub mod stage;
pub mod wrapping;
