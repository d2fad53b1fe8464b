//! The keys that tokens are signed with: one key is of one algorithm, whatever a token says.

mod pair;
mod ring;
mod store;
mod verifying;

pub use pair::{Pair, SigningKey};
pub use ring::Ring;
pub use store::SigningKeys;
pub use verifying::VerifyingKey;
