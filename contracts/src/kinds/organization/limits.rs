/// The longest name, plan, reason or address, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Members of one organization, whatever its plan says.
pub const MEMBERS_MAX: usize = 10_000;
/// Roles of its own.
pub const ROLES_MAX: usize = 64;
/// Patterns of one role.
pub const PATTERNS_MAX: usize = 64;
/// Projects, applications and services, each.
pub const PARTS_MAX: usize = 1_000;
/// Entitlements.
pub const ENTITLEMENTS_MAX: usize = 256;
/// Members of inputs that it classes.
pub const CLASSED_MAX: usize = 256;
