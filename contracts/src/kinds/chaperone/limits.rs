//! The limits of a chaperone.

pub use crate::effect::{CONTENT_INLINE_BYTES_MAX, LOSSES_TOLD_MAX};

/// Jobs that run at once.
pub const JOBS_RUNNING_MAX: usize = 16;

/// Jobs that are kept; when there are more, the oldest that is over is forgotten. What the log says
/// of it stays, and so does its file.
pub const JOBS_KEPT_MAX: usize = 50;

/// Callers that wait for one job.
pub const WAITING_MAX: usize = 64;

/// The longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest name or id of a sheet, in bytes.
pub const SHEET_BYTES_MAX: usize = 128;

/// How long an answer may take, in milliseconds. The job goes on behind it.
pub const ANSWER_MS_MAX: u64 = 900_000;

/// How long one attempt at a conversion may take, in milliseconds.
pub const CONVERT_MS_MAX: u64 = 300_000;

/// Attempts at a conversion.
pub const CONVERT_ATTEMPTS_MAX: u32 = 3;
