use serde::{Deserialize, Serialize};

use super::{Fut, PortError};
use crate::address::Address;
use crate::entry::bytes_or_base64;
use crate::ids::{ActorId, Kind, Tenant};
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
    /// Whether it stands in the queue of an actor that is parked or quarantined: its body is then a
    /// sealed envelope, and it never expires.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// Whose letters are meant; what is `None` is any. With all `None`, also those to nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// Of which tenant.
    pub tenant: Option<Tenant>,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Of which actor.
    pub id: Option<ActorId>,
}

impl LetterFilter {
    /// The letters of one actor.
    #[must_use]
    pub fn of(to: &Address) -> Self {
        let Address { tenant, kind, id } = to.clone();
        Self { tenant: Some(tenant), kind: Some(kind), id: Some(id) }
    }

    /// Whether nothing is asked.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.tenant.is_none() && self.kind.is_none() && self.id.is_none()
    }

    /// Whether letters to `to` are meant.
    #[must_use]
    pub fn fits(&self, to: Option<&Address>) -> bool {
        let Some(to) = to else { return self.is_any() };
        self.tenant.as_ref().is_none_or(|tenant| *tenant == to.tenant)
            && self.kind.as_ref().is_none_or(|kind| *kind == to.kind)
            && self.id.as_ref().is_none_or(|id| *id == to.id)
    }
}

/// DEAD: messages put aside after trouble. A letter's position is its id, and never used again.
pub trait DeadLetters: Send + Sync {
    /// Puts a message aside; resolves once it is durable.
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>>;

    /// The letters after position `after`, oldest first, at most `limit`.
    fn list(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        self.select(LetterFilter::default(), after, limit)
    }

    /// The letters that `filter` means after position `after`, oldest first, at most `limit`. May
    /// lag behind the leader by a moment.
    fn select(
        &self,
        filter: LetterFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>>;

    /// The letter at a position, read from the leader.
    fn get(&self, position: u64) -> Fut<'_, Result<Option<DeadLetter>, PortError>>;

    /// An actor's first letter after position `after`, read from the leader: the truth of this
    /// moment.
    fn next_of<'a>(
        &'a self,
        to: &'a Address,
        after: u64,
    ) -> Fut<'a, Result<Option<(u64, DeadLetter)>, PortError>>;

    /// Takes a letter away, for good; false when there was none.
    fn remove(&self, position: u64) -> Fut<'_, Result<bool, PortError>>;
}
