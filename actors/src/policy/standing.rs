//! All policies and switches of a system, folded from its log: what the gate asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::effect::EffectClass;
use contracts::kinds::policy::{self as page, Event, Ruling, SYSTEM, Scope};
use contracts::page::read_event;
use contracts::{ActorId, Commit, Hash, Kind, Principal, Tenant, Timestamp, decider, lifecycle};

use super::compile::Compiled;
use super::question::{Question, Verdict};
use crate::kinds::policy::State;
use contracts::Decider as _;

/// The policies in force and the switches engaged, of all tenants. A copy is cheap: it shares what
/// has not changed.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    houses: BTreeMap<Tenant, Arc<House>>,
}

/// Those of one tenant.
#[derive(Debug, Clone, Default)]
struct House {
    actors: BTreeMap<ActorId, Arc<State>>,
    /// The policies in force, in the order of their names.
    compiled: Vec<Arc<Compiled>>,
    engaged: Vec<Engaged>,
    digest: Hash,
}

/// A switch that is engaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engaged {
    /// What stands still.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: Principal,
    /// Since when.
    pub since: Timestamp,
}

impl Standing {
    /// Takes over a commit; true when it is one of a policy. Commits of an actor come in their
    /// order; those of other kinds change nothing.
    pub fn apply(&mut self, commit: &Commit) -> bool {
        if commit.kind != page::KIND {
            return false;
        }
        let house = Arc::make_mut(self.houses.entry(commit.tenant.clone()).or_default());
        let actor = house.actors.entry(commit.id.clone()).or_default();
        let at = decider::EventContext {
            at: commit.at,
            revision: commit.revision,
            by: commit.command.by.clone(),
        };
        for record in &commit.events {
            if record.r#type.starts_with(lifecycle::PREFIX) {
                continue;
            }
            // What this program cannot read was written by a newer one, which also answers for it.
            let Ok(event) = read_event::<page::Policy>(record) else { continue };
            let state = Arc::unwrap_or_clone(std::mem::take(actor));
            *actor = Arc::new(crate::kinds::policy::Policy::evolve(state, &event, &at));
            if matches!(event, Event::Activated { .. } | Event::Retired { .. }) {
                house.compiled.retain(|compiled| compiled.name() != commit.id.as_str());
                house.compiled.extend(in_force(&commit.id, actor));
                house.compiled.sort_by(|a, b| a.name().cmp(b.name()));
            }
        }
        house.engaged = house.actors.values().flat_map(|state| state.engaged()).collect();
        house.digest = digest(house);
        true
    }

    /// Puts `compiled` into force in `tenant` in place of the policy of its name, as if it had been
    /// activated: for asking about what might be.
    #[must_use]
    pub fn with(&self, tenant: &Tenant, compiled: Arc<Compiled>) -> Self {
        let mut standing = self.clone();
        let house = Arc::make_mut(standing.houses.entry(tenant.clone()).or_default());
        house.compiled.retain(|it| it.name() != compiled.name());
        house.compiled.push(compiled);
        house.compiled.sort_by(|a, b| a.name().cmp(b.name()));
        house.digest = digest(house);
        standing
    }

    /// The switch that holds up the actor or, without one, the whole tenant, if one does: those of
    /// `system` first.
    #[must_use]
    pub fn engaged(&self, tenant: &Tenant, actor: Option<(&Kind, &ActorId)>) -> Option<&Engaged> {
        let of = |house: &Tenant| {
            let engaged = self.houses.get(house).map(|it| it.engaged.as_slice());
            let mut engaged = engaged.unwrap_or_default().iter();
            engaged.find(|it| it.scope.holds(house, tenant, actor))
        };
        of(&SYSTEM).or_else(|| if *tenant == SYSTEM { None } else { of(tenant) })
    }

    /// All switches that are engaged in a tenant.
    #[must_use]
    pub fn switches(&self, tenant: &Tenant) -> &[Engaged] {
        self.houses.get(tenant).map(|it| it.engaged.as_slice()).unwrap_or_default()
    }

    /// Whether a command of the tenant meets any policy or switch at all.
    #[must_use]
    pub fn is_open(&self, tenant: &Tenant) -> bool {
        let open = |house: &Tenant| {
            let house = self.houses.get(house);
            house.is_none_or(|it| it.compiled.is_empty() && it.engaged.is_empty())
        };
        self.houses.is_empty() || (open(&SYSTEM) && open(tenant))
    }

    /// Whether a policy that is in force for `tenant` has a rule about effects of `class`.
    #[must_use]
    pub fn names_effects(&self, tenant: &Tenant, class: EffectClass) -> bool {
        self.all(tenant).any(|compiled| compiled.names_effects(class))
    }

    /// Whether a policy in force for a tenant has rules about hosts.
    #[must_use]
    pub fn names_hosts(&self, tenant: &Tenant) -> bool {
        self.all(tenant).any(|compiled| compiled.names_hosts())
    }

    /// The policies in force for a tenant: those of `system`, then its own.
    fn all(&self, tenant: &Tenant) -> impl Iterator<Item = &Arc<Compiled>> {
        let of = |tenant: &Tenant| self.houses.get(tenant).map(|it| it.compiled.as_slice());
        let own = if *tenant == SYSTEM { None } else { of(tenant) };
        of(&SYSTEM).into_iter().chain(own).flatten()
    }

    /// What the policies in force say: those of `system` and those of the tenant, the strictest of
    /// them. `None` when none is in force, or none is about the effect.
    #[must_use]
    pub fn evaluate(&self, question: &Question<'_>) -> Option<Verdict> {
        let mut verdict: Option<Verdict> = None;
        for compiled in self.all(question.tenant) {
            let next = match question.effect {
                None => compiled.evaluate(question),
                Some(_) => match compiled.evaluate_effect(question) {
                    Some(next) => next,
                    None => continue,
                },
            };
            let stricter = match verdict.take() {
                Some(before) => before.or_stricter(next),
                None => next,
            };
            let done = stricter.ruling == Ruling::Deny;
            verdict = Some(stricter);
            if done {
                break;
            }
        }
        verdict
    }

    /// What tells the policies in force for a tenant from others: zero when there is none.
    #[must_use]
    pub fn digest(&self, tenant: &Tenant) -> Hash {
        match self.digests(tenant) {
            [Hash::ZERO, own] => own,
            [system, Hash::ZERO] => system,
            [system, own] => {
                let parts = [system.to_string(), own.to_string()];
                Hash::of_parts("cambium policies v1", &[&parts[0], &parts[1]])
            }
        }
    }

    /// What tells those of `system` from others, and those of the tenant itself: zero when there is
    /// none.
    #[must_use]
    pub fn digests(&self, tenant: &Tenant) -> [Hash; 2] {
        let of = |tenant: &Tenant| self.houses.get(tenant).map_or(Hash::ZERO, |it| it.digest);
        [of(&SYSTEM), if *tenant == SYSTEM { Hash::ZERO } else { of(tenant) }]
    }

    /// The policies in force in a tenant, without those of `system`.
    #[must_use]
    pub fn in_force(&self, tenant: &Tenant) -> &[Arc<Compiled>] {
        self.houses.get(tenant).map(|it| it.compiled.as_slice()).unwrap_or_default()
    }
}

/// The policy that a state has in force. One that no longer compiles, since this program reads
/// documents otherwise than the one that took it, holds everything up rather than nothing.
fn in_force(id: &ActorId, state: &State) -> Option<Arc<Compiled>> {
    let document = state.document_in_force()?;
    let compiled = Compiled::new(id.as_str(), document);
    Some(Arc::new(compiled.unwrap_or_else(|_| Compiled::closed(id.as_str(), document))))
}

fn digest(house: &House) -> Hash {
    match house.compiled.as_slice() {
        [] => Hash::ZERO,
        [one] => one.digest(),
        many => {
            let digests: Vec<String> = many.iter().map(|it| it.digest().to_string()).collect();
            let parts: Vec<&str> = digests.iter().map(String::as_str).collect();
            Hash::of_parts("cambium policies v1", &parts)
        }
    }
}
