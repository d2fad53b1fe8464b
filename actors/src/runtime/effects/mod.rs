//! Effects: what actors ask of the world, and what becomes of it.

pub mod decide;
pub mod pending;
