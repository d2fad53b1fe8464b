//! One page per kind, and the registry of those that come with the program.

pub mod counter;

use crate::page::{PageRef, Pages};

impl Pages {
    /// The pages of the kinds that come with the program, in the order of their names.
    #[must_use]
    pub fn standard() -> Self {
        Self::new([PageRef::of::<counter::Counter>()])
    }
}
