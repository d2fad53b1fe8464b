//! What a connector may hold.

/// What it is for, in bytes.
pub const NOTE_BYTES_MAX: usize = 512;
/// The name of a provider of models, in bytes.
pub const PROVIDER_BYTES_MAX: usize = 64;
/// A language, a header, a prefix, a client's id, a scope: in bytes.
pub const WORD_BYTES_MAX: usize = 256;
/// Scopes that are asked for.
pub const SCOPES_MAX: usize = 32;
/// Tools that are let through.
pub const TOOLS_MAX: usize = 256;
/// Checks that may be under way at once.
pub const CHECKS_MAX: usize = 8;
/// How long a check may take, in milliseconds.
pub const CHECK_MS: u64 = 60_000;
/// How long before a token expires it is refreshed, in milliseconds, where it lives long enough.
pub const REFRESH_BEFORE_MS: i64 = 5 * 60 * 1_000;
/// The shortest time from a token to its refresh, in milliseconds.
pub const REFRESH_MS_MIN: i64 = 5_000;
/// Refreshes in a row that may fail before somebody has to connect the account anew.
pub const REFRESH_FAILURES_MAX: u32 = 8;
/// The pause after the first failed refresh, in milliseconds; it doubles with each.
pub const REFRESH_RETRY_MS: i64 = 10_000;
/// The longest such pause.
pub const REFRESH_RETRY_MS_MAX: i64 = 15 * 60 * 1_000;
