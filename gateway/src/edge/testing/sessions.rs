//! Somebody whose session goes on until it is ended.

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::access::Rights;
use contracts::caller::Identity;
use contracts::ports::{Entrance, Fut, Guard};
use contracts::{ActorId, Cursor, Hash, Kind, Refusal, Tenant, Timestamp};

/// Everybody stands until all sessions end.
#[derive(Default)]
pub struct Sessions {
    ended: AtomicBool,
}

impl Sessions {
    /// All sessions end.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

impl Guard for Sessions {
    fn enter(&self, identity: &Identity, tenant: &Tenant, _: Timestamp) -> Option<Entrance> {
        let principal = identity.called_in(tenant)?;
        Some(Entrance { principal, rights: Rights::everything() })
    }

    fn holder(&self, _: &Hash, _: Timestamp) -> Option<Identity> {
        None
    }

    fn stands(&self, _: &Identity, _: Timestamp) -> bool {
        !self.ended.load(Ordering::SeqCst)
    }

    fn ensure_moving(&self, _: &Tenant, _: Option<(&Kind, &ActorId)>) -> Result<(), Refusal> {
        Ok(())
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn reached(&self, _: Cursor) -> Fut<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn changed(&self) -> Fut<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn requests_per_minute(&self, _: &Tenant) -> Option<u32> {
        None
    }
}
