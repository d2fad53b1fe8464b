//! Requests to HTTP servers, behind a guard: what is asked in a tenant's name never reaches what
//! stands behind this machine's own door.
//!
//! Every name is resolved here, every address looked at, and the connection goes to the very
//! addresses that were looked at, at each redirect anew. Nothing is taken from the environment.

mod answer;
mod clients;
mod config;
mod error;
mod guard;
mod public;
mod request;
mod sign;
#[cfg(test)]
mod tests;

pub use answer::Answered;
pub use clients::{Clients, Lookup};
pub use config::Config;
pub use error::status_refusal;
pub use guard::{Allowed, Guard, NotAllowed};
pub use request::{Fetcher, Judge, Request};
pub use sign::signature;
