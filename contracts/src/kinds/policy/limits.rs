//! What a policy may hold.

/// The version of the document's format that is written and read today.
pub const FORMAT: u32 = 1;
/// The largest document, in bytes of its text.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// The most rules of a document.
pub const RULES_MAX: usize = 500;
/// The most members of one list of a document.
pub const ITEMS_MAX: usize = 200;
/// The longest pattern, glob, regular expression or directory, in bytes.
pub const PATTERN_BYTES_MAX: usize = 512;
/// The longest condition, in bytes.
pub const CONDITION_BYTES_MAX: usize = 2_048;
/// The longest reason or description, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;
/// The longest Rego module, in bytes.
pub const REGO_BYTES_MAX: usize = 32 * 1024;
/// How many versions a policy keeps; the oldest that is not active goes first.
pub const VERSIONS_MAX: usize = 16;
/// The most switches that are engaged at once in one tenant.
pub const SWITCHES_MAX: usize = 1_000;
/// The most approvers that a quorum may ask for.
pub const QUORUM_MAX: u32 = 20;
/// The longest that an approval waits, in seconds: thirty days.
pub const EXPIRES_S_MAX: u64 = 30 * 24 * 60 * 60;
/// How long an approval waits when nothing is said, in seconds: a day.
pub const EXPIRES_S: u64 = 24 * 60 * 60;
/// The most lines that `max_diff_lines` can be set to.
pub const DIFF_LINES_MAX: u32 = 1_000_000;
