//! A run in the words of A2A 1.0: a task with its status, its artifacts and what was said. Pure
//! folds of the log, so that whoever asks, watches or is called back is told the same.

mod task;
#[cfg(test)]
mod tests;
mod words;

pub use task::{Task, Update};
pub use words::{State, text_part};

/// The note of a run that names its context where its own name does not: a thread.
pub const CONTEXT: &str = "a2a.context";
/// The note of a run that names the message that began it.
pub const MESSAGE: &str = "a2a.message";
/// What the names of runs begin with that belong to threads: `conv:<thread>:<name>`.
pub const OF_THREAD: &str = "conv:";
/// The media type of A2A over HTTP.
pub const MEDIA: &str = "application/a2a+json";
