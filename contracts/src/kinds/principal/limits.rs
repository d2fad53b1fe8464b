/// The longest name of a principal, in bytes: with `@` and its home it must stay one token.
pub const NAME_BYTES_MAX: usize = 63;
/// The longest text of a profile, a label, a device or a reason, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// The largest settings, in bytes of JSON.
pub const SETTINGS_BYTES_MAX: usize = 16 * 1024;
/// The longest sealed hash of a password, in bytes of its text.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Roles of one principal.
pub const ROLES_MAX: usize = 32;
/// Grants of one principal.
pub const GRANTS_MAX: usize = 128;
/// Keys of one principal that are neither revoked nor expired.
pub const KEYS_MAX: usize = 64;
/// Patterns of one key's scope.
pub const SCOPE_MAX: usize = 64;
/// Sessions of one principal at once; the one that was used longest ago gives way.
pub const SESSIONS_MAX: usize = 32;
/// The longest a session may last without being refreshed, in milliseconds: thirty days.
pub const SESSION_MS_MAX: i64 = 30 * 24 * 60 * 60 * 1_000;
