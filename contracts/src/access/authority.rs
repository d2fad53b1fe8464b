use std::sync::{Arc, LazyLock};

use super::{Rights, Roles};

/// What a decision may know of its caller's rights: the gate hands it in, so that a kind that gives
/// rights to others can see that nobody gives what is not his.
#[derive(Debug, Clone)]
pub struct Authority {
    /// What the caller may do in the actor's tenant.
    pub rights: Rights,
    /// The roles of that tenant: the standard ones and its own.
    pub roles: Arc<Roles>,
}

static STANDARD: LazyLock<Arc<Roles>> = LazyLock::new(|| Arc::new(Roles::standard()));

impl Authority {
    /// Every right, with the standard roles: the runtime's own word, a replay of what was allowed,
    /// and tests.
    #[must_use]
    pub fn everything() -> Self {
        Self { rights: Rights::everything(), roles: STANDARD.clone() }
    }

    /// These rights, with the standard roles.
    #[must_use]
    pub fn of(rights: Rights) -> Self {
        Self { rights, roles: STANDARD.clone() }
    }
}
