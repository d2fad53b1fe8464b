//! Backups: what the broker holds, in a directory of chunks that are named by their hashes. Each
//! backup adds what is new and a manifest; a restore fills an empty broker up to a point; pruning
//! throws away what no rule keeps.

mod check;
mod content;
mod error;
mod files;
mod format;
mod frames;
mod keys;
mod point;
mod prune;
mod restore;
mod take;

pub use check::{Checked, check};
pub use content::Content;
pub use error::Error;
pub use files::Directory;
pub use format::{FORMAT_VERSION, Manifest};
pub use keys::{KEYS, Keys};
pub use point::{Chosen, Point};
pub use prune::{Pruned, Rules, prune};
pub use restore::{Filled, Plan, fill, key_files};
pub use take::{Beside, take};

/// Tells somebody who waits how far it is.
pub type Tell<'a> = &'a mut (dyn FnMut(&str) + Send);
