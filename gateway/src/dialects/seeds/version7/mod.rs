//! Version_7: policies as code, users and their sessions.

pub mod account;
pub mod policy;
mod translate;
