use serde::{Deserialize, Serialize};

use super::{Fut, PortError};
use crate::address::Address;
use crate::entry::bytes_or_base64;
use crate::time::Timestamp;

/// A message that could not be dealt with, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Whom it was for; `None` when its subject is no actor's.
    pub to: Option<Address>,
    /// The subject that it came on.
    pub subject: String,
    /// Its headers, without credentials.
    pub headers: Vec<(String, String)>,
    /// Its body.
    #[serde(with = "bytes_or_base64")]
    pub payload: Vec<u8>,
    /// A stable code.
    pub code: String,
    /// What is wrong with it.
    pub reason: String,
    /// How often it was tried.
    pub deliveries: u32,
    /// When it was put aside.
    pub at: Timestamp,
}

/// DEAD: messages put aside after trouble.
pub trait DeadLetters: Send + Sync {
    /// Puts a message aside; resolves once it is durable.
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>>;

    /// The letters after position `after`, oldest first, at most `limit`.
    fn list(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>>;
}
