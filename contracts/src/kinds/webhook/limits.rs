//! The limits of webhooks.

/// The longest description, reason or note, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_024;
/// Members of each list of a filter, at most.
pub const FILTER_ITEMS_MAX: usize = 64;
/// Deliveries that wait for their end at once; with more the hook is disabled.
pub const PENDING_MAX: usize = 1_000;
/// Deliveries that are remembered after their end, for `redeliver`.
pub const RECENT_MAX: usize = 100;
/// Days of nothing but failures after which the hook is disabled.
pub const FAILING_DAYS_MAX: i64 = 5;
/// Attempts of one delivery.
pub const ATTEMPTS_MAX: u32 = 20;
/// The longest pause after the first attempt, in milliseconds; it doubles with each.
pub const BACKOFF_MS_MIN: u64 = 5_000;
/// The longest pause of all, in milliseconds: half a day, so that attempts go on for days.
pub const BACKOFF_MS_MAX: u64 = 12 * 60 * 60 * 1_000;
/// How long a receiver may take to answer, in milliseconds.
pub const TIMEOUT_MS: u64 = 15_000;
/// What is read of a receiver's answer, in bytes.
pub const ANSWER_BYTES_MAX: u32 = 1_024;
/// How long the secret before the present one still counts unless said otherwise, in seconds.
pub const OVERLAP_S: u64 = 24 * 60 * 60;
/// The longest that it can be made to count, in seconds.
pub const OVERLAP_S_MAX: u64 = 30 * 24 * 60 * 60;
