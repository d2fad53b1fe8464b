use super::Fut;
use crate::address::Address;
use crate::caller::Caller;
use crate::effect::{EffectGroup, EffectQuery, EffectText, EffectVerb, EffectView, LimitView};
use crate::ids::{EffectId, Tenant};
use crate::refusal::Refusal;
use crate::view::Answer;

/// Effects that have no outcome yet, as this node sees them at this moment, and what may be done
/// about them. Implemented by the runtime.
pub trait Effects: Send + Sync {
    /// Effects in the order in which they were asked.
    fn list(&self, query: &EffectQuery) -> Vec<EffectView>;

    /// One effect; `None` when it is concluded, or this node does not know it.
    fn get(&self, effect: EffectId) -> Option<EffectView>;

    /// The limits that a tenant has set, and, of the tenant `system`, those of all tenants
    /// together. `None` = of everybody.
    fn limits(&self, tenant: Option<&Tenant>) -> Vec<LimitView>;

    /// How many effects do what, by class and limit key.
    fn groups(&self) -> Vec<EffectGroup>;

    /// What has come of an answer that is shown while it grows, for a watcher that has missed
    /// pieces of it; `None` when none grows.
    fn peek(&self, effect: EffectId) -> Fut<'_, Option<EffectText>>;

    /// Does something about an effect of `address`, in the name of `by`. Doing it twice changes
    /// nothing. `effect_not_found` when the actor waits for no such effect, `effect_not_held` when
    /// one is resolved that is neither unknown nor paused, `resolution_invalid`.
    fn control<'a>(
        &'a self,
        address: &'a Address,
        effect: EffectId,
        verb: EffectVerb,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>>;
}
