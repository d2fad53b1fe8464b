//! Speaks HTTP, composes the parts, and is the command line of the binary.

pub mod asyncapi;
pub mod auth;
pub mod cli;
pub mod dialects;
pub mod edge;
pub mod home;
pub mod llms;
pub mod openapi;
pub mod problem;
pub mod settings;
