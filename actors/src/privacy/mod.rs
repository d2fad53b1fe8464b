//! The keys of subjects, and values under them.

mod keys;
mod seal;

pub use keys::{Keys, KeysError};
pub use seal::{Place, SubjectKey, open, seal};
