//! Models that run in this very process. What is heavy of them is built only where a feature asks
//! for it; how texts are cut, asked and chosen stands here without any.

pub mod minilm;
pub mod smollm2;
mod weights;

pub use weights::Weights;
