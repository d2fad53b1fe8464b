//! Limits that every road shares. A crate's own limits stand in its own config.

/// A command input above this is kept in the blob store and referenced, in bytes of MessagePack.
pub const INPUT_INLINE_BYTES_MAX: usize = 64 * 1024;

/// The largest input of a command, in bytes of JSON or MessagePack.
pub const INPUT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The largest commit, in bytes of MessagePack: below the broker's payload limit of 1 MiB, with
/// room for headers.
pub const COMMIT_BYTES_MAX: usize = 1_000_000;

/// The longest single string in an input, in bytes.
pub const STRING_BYTES_MAX: usize = 1024 * 1024;

/// How deep an input may nest.
pub const INPUT_DEPTH_MAX: usize = 64;

/// How many forks may stand between an actor and the first commit of its history.
pub const FORK_DEPTH_MAX: usize = 16;

/// Timers that one actor may have armed at once.
pub const TIMERS_MAX: usize = 1_000;
