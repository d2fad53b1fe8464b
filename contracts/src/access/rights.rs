use std::sync::{Arc, LazyLock};

use super::{Capability, Grant, Pattern, Role};
use crate::caller::Origin;
use crate::time::Timestamp;

/// What somebody is about to do. Borrowed, so that asking costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// What it takes.
    pub capability: Capability<'a>,
    /// On which actor; `None` = on no single one.
    pub id: Option<&'a str>,
    /// By which road.
    pub road: Origin,
    /// When.
    pub now: Timestamp,
}

/// A grant, and what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    grant: Grant,
    except: Arc<[Pattern]>,
}

impl Held {
    fn allows(&self, act: &Act<'_>) -> bool {
        self.grant.allows(act) && !self.except.iter().any(|it| it.matches(act.capability))
    }

    /// Whether it allows `act` on some actor, whatever its id.
    fn allows_some(&self, act: &Act<'_>) -> bool {
        let Grant { capability, expires_at, condition } = &self.grant;
        capability.matches(act.capability)
            && Grant::lasts(*expires_at, act.now)
            && (condition.roads.is_empty() || condition.roads.contains(&act.road))
            && !self.except.iter().any(|it| it.matches(act.capability))
    }

    /// Whether whatever `grant` allows beside `except` is allowed by this.
    fn covers(&self, grant: &Grant, except: &[Pattern]) -> bool {
        let left_out = |own: &Pattern| match own.meet(&grant.capability) {
            None => true,
            Some(both) => except.iter().any(|it| it.covers(&both)),
        };
        self.grant.covers(grant) && self.except.iter().all(left_out)
    }
}

/// What somebody may do in one tenant. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    everything: bool,
    held: Arc<[Held]>,
    scope: Option<Arc<[Pattern]>>,
}

static NOTHING: LazyLock<Arc<[Held]>> = LazyLock::new(|| Arc::from([]));
static NO_EXCEPTION: LazyLock<Arc<[Pattern]>> = LazyLock::new(|| Arc::from([]));

impl Default for Rights {
    fn default() -> Self {
        Self::nothing()
    }
}

impl Rights {
    /// Nothing at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self { everything: false, held: NOTHING.clone(), scope: None }
    }

    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::nothing() }
    }

    /// What `grants` and `roles` allow together; each role until its instant.
    #[must_use]
    pub fn of<'a>(
        grants: impl IntoIterator<Item = &'a Grant>,
        roles: impl IntoIterator<Item = (&'a Role, Option<Timestamp>)>,
    ) -> Self {
        let direct = grants
            .into_iter()
            .map(|grant| Held { grant: grant.clone(), except: NO_EXCEPTION.clone() });
        let mut held: Vec<Held> = direct.collect();
        for (role, expires_at) in roles {
            let except: Arc<[Pattern]> = role.except.clone().into();
            held.extend(role.allow.iter().map(|pattern| Held {
                grant: Grant { expires_at, ..Grant::of(pattern.clone()) },
                except: except.clone(),
            }));
        }
        let all = |it: &Held| it.grant == Grant::of(Pattern::ALL) && it.except.is_empty();
        if held.iter().any(all) {
            return Self::everything();
        }
        Self { everything: false, held: held.into(), scope: None }
    }

    /// The same, narrowed to what `scope` means too: what a key with a scope may.
    #[must_use]
    pub fn within(mut self, scope: Arc<[Pattern]>) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Whether they are everything, and not narrowed.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.everything && self.scope.is_none()
    }

    /// Whether they are narrowed to a scope.
    #[must_use]
    pub const fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }

    /// Whether they allow nothing whatever.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        !self.everything && self.held.is_empty()
    }

    /// Whether `act` is allowed.
    #[must_use]
    pub fn may(&self, act: &Act<'_>) -> bool {
        self.is_within(act.capability)
            && (self.everything || self.held.iter().any(|held| held.allows(act)))
    }

    /// Whether `act` is allowed on some actor, whatever its id: what somebody is shown that he may
    /// do. Each act itself is judged by [`Rights::may`].
    #[must_use]
    pub fn may_ever(&self, act: &Act<'_>) -> bool {
        self.is_within(act.capability)
            && (self.everything || self.held.iter().any(|held| held.allows_some(act)))
    }

    /// Whether the scope, if there is one, lets `capability` through, whatever is held.
    #[must_use]
    pub fn is_within(&self, capability: Capability<'_>) -> bool {
        let scope = self.scope.as_ref();
        scope.is_none_or(|scope| scope.iter().any(|it| it.matches(capability)))
    }

    /// Whether they hold all that `grant` would give: nobody gives what is not his.
    #[must_use]
    pub fn may_give(&self, grant: &Grant) -> bool {
        self.covers(grant, &[])
    }

    /// Whether they hold all that `role` would give until `expires_at`.
    #[must_use]
    pub fn may_give_role(&self, role: &Role, expires_at: Option<Timestamp>) -> bool {
        role.allow.iter().all(|pattern| {
            self.covers(&Grant { expires_at, ..Grant::of(pattern.clone()) }, &role.except)
        })
    }

    /// Whether these allow whatever `other` allows, when that is not narrowed by a scope.
    #[must_use]
    pub fn cover_all_of(&self, other: &Self) -> bool {
        if other.everything {
            return self.is_everything();
        }
        other.held.iter().all(|held| self.covers(&held.grant, &held.except))
    }

    fn covers(&self, grant: &Grant, except: &[Pattern]) -> bool {
        let scoped = self
            .scope
            .as_ref()
            .is_none_or(|scope| scope.iter().any(|pattern| pattern.covers(&grant.capability)));
        scoped && (self.everything || self.held.iter().any(|held| held.covers(grant, except)))
    }
}
