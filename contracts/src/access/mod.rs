//! Who may do what: capabilities, patterns of them, grants, roles, and the rights that follow.
//!
//! A capability is `cap:<area>.<verb>`. For a command of a kind it is `cap:<kind>.<command>`, for
//! reading its actors, their events and their history `cap:<kind>.read`, for forking them
//! `cap:<kind>.fork`; everything else has an area of its own, such as `cap:effects.read`.

mod authority;
mod capability;
mod condition;
mod grant;
mod pattern;
mod rights;
mod role;
#[cfg(test)]
mod tests;

pub use authority::Authority;
pub use capability::Capability;
pub use condition::{Condition, IdPattern};
pub use grant::Grant;
pub use pattern::Pattern;
pub use rights::{Act, Rights};
pub use role::{PUBLISHER, Role, RoleName, Roles, STANDARD, Standard};

/// The tenant whose principals of the role `admin` may enter every tenant.
pub const SYSTEM: crate::ids::Tenant = crate::ids::Tenant::from_static("system");

/// A text that is none of what this module reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);
