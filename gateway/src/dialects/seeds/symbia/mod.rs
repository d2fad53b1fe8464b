//! Symbia's identity service.

pub mod account;
pub mod keys;
pub mod organizations;
