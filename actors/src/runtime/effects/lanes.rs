//! Who is next: effects that may start, in turns between tenants, then between what they share
//! limits by, then between actors. Nobody waits behind another's backlog.

use std::collections::VecDeque;
use std::sync::Arc;

use contracts::effect::{Effect, EffectClass};
use contracts::{Address, EffectId, LimitKey, Queue, Tenant};

use super::gates::GateId;
use super::ring::Ring;

/// What effects of one tenant and class share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The limit beside those of class and tenant.
    pub key: Option<LimitKey>,
    /// Of work: where it waits for a worker.
    pub queue: Option<Queue>,
}

/// Where an effect waits.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Whose.
    pub tenant: Tenant,
    /// Its class.
    pub class: EffectClass,
    /// What it shares with others.
    pub sort: Sort,
    /// What it must pass.
    pub gates: Arc<[GateId]>,
}

impl Lane {
    /// Where `effect` waits.
    #[must_use]
    pub fn of(address: &Address, effect: &Effect) -> Self {
        let (tenant, class) = (address.tenant.clone(), effect.class());
        let key = effect.terms().limit.clone();
        let queue = match effect {
            Effect::Work(work) => Some(work.queue.clone()),
            Effect::Llm(_)
            | Effect::Send(_)
            | Effect::Timer(_)
            | Effect::Fetch(_)
            | Effect::Tool(_)
            | Effect::Convert(_) => None,
        };
        let gates = GateId::above(&tenant, class, key.as_ref());
        Self { tenant, class, sort: Sort { key, queue }, gates }
    }
}

/// An effect in its lane, and which of its visits there this is: an older one counts for nothing.
pub type Visit = (EffectId, u64);

/// What is asked of an effect whose turn it is.
pub trait Ask {
    /// Whether it is still the one that waits.
    fn counts(&self, visit: Visit) -> bool;
    /// Whether no switch holds up its actor.
    fn moves(&mut self, actor: &Address) -> bool;
    /// Whether its limits let it start.
    fn admits(&mut self, gates: &[GateId]) -> bool;
}

/// The effects of one sort.
#[derive(Default)]
struct Flow {
    gates: Arc<[GateId]>,
    actors: Ring<Address, VecDeque<Visit>>,
}

/// Everything that may start.
#[derive(Default)]
pub struct Lanes {
    classes: [Ring<Tenant, Ring<Sort, Flow>>; EffectClass::ALL.len()],
}

/// Whom a turn is for.
#[derive(Debug, Clone, Copy)]
pub enum For<'a> {
    /// Anybody.
    Anyone,
    /// A worker of this tenant at this queue.
    Worker(&'a Tenant, &'a Queue),
}

impl Lanes {
    /// An effect may start when its turn comes.
    pub fn push(&mut self, lane: &Lane, actor: &Address, visit: Visit) {
        let flow = self.classes[lane.class as usize].member(&lane.tenant).member(&lane.sort);
        flow.gates = lane.gates.clone();
        flow.actors.member(actor).push_back(visit);
    }

    /// Takes the next one of a class for which `ask` finds nothing in the way.
    pub fn take(
        &mut self,
        class: EffectClass,
        whom: For<'_>,
        ask: &mut dyn Ask,
    ) -> Option<EffectId> {
        let tenants = &mut self.classes[class as usize];
        for _ in 0..tenants.len() {
            let (tenant, sorts) = tenants.first()?;
            let wanted = match whom {
                For::Anyone => true,
                For::Worker(own, _) => tenant == own,
            };
            let taken = wanted.then(|| take_of(sorts, whom, ask)).flatten();
            if sorts.is_empty() {
                tenants.leave();
            } else {
                tenants.rotate();
            }
            if taken.is_some() {
                return taken;
            }
        }
        None
    }
}

fn take_of(sorts: &mut Ring<Sort, Flow>, whom: For<'_>, ask: &mut dyn Ask) -> Option<EffectId> {
    for _ in 0..sorts.len() {
        let (sort, flow) = sorts.first()?;
        let wanted = match whom {
            For::Anyone => true,
            For::Worker(_, queue) => sort.queue.as_ref() == Some(queue),
        };
        let next = if wanted { flow.next(ask) } else { None };
        let taken = next.is_some() && ask.admits(&flow.gates);
        if taken {
            flow.advance();
        }
        if flow.actors.is_empty() {
            sorts.leave();
        } else {
            sorts.rotate();
        }
        if taken {
            return next;
        }
    }
    None
}

impl Flow {
    /// The next one that still counts, of an actor that moves; those that do not count are let go.
    fn next(&mut self, ask: &mut dyn Ask) -> Option<EffectId> {
        for _ in 0..self.actors.len() {
            let (actor, waiting) = self.actors.first()?;
            while waiting.front().is_some_and(|visit| !ask.counts(*visit)) {
                waiting.pop_front();
            }
            match waiting.front() {
                None => self.actors.leave(),
                Some((id, _)) if ask.moves(actor) => return Some(*id),
                Some(_) => self.actors.rotate(),
            }
        }
        None
    }

    /// The first one starts, and it is another actor's turn.
    fn advance(&mut self) {
        let Some((_, waiting)) = self.actors.first() else { return };
        waiting.pop_front();
        if waiting.is_empty() {
            self.actors.leave();
        } else {
            self.actors.rotate();
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::effect::EffectClass;
    use contracts::{Address, EffectId, Hash, LimitKey};

    use super::{Ask, For, Lane, Lanes, Sort, Visit};
    use crate::runtime::effects::gates::GateId;

    fn id(number: u32) -> EffectId {
        EffectId(Hash::of(&number.to_le_bytes()))
    }

    fn lane(actor: &Address, key: Option<&'static str>) -> Lane {
        let key = key.map(LimitKey::from_static);
        let gates = GateId::above(&actor.tenant, EffectClass::Llm, key.as_ref());
        let sort = Sort { key, queue: None };
        Lane { tenant: actor.tenant.clone(), class: EffectClass::Llm, sort, gates }
    }

    fn push(lanes: &mut Lanes, actor: &str, number: u32) {
        let actor: Address = actor.parse().expect("an address");
        lanes.push(&lane(&actor, None), &actor, (id(number), 0));
    }

    fn drain(lanes: &mut Lanes) -> Vec<EffectId> {
        let mut take = || lanes.take(EffectClass::Llm, For::Anyone, &mut Test::default());
        std::iter::from_fn(&mut take).collect()
    }

    /// What a test answers.
    #[derive(Default)]
    struct Test {
        counts: Option<EffectId>,
        stopped: Option<Address>,
        gates: Option<usize>,
    }

    impl Ask for Test {
        fn counts(&self, (id, _): Visit) -> bool {
            self.counts.is_none_or(|only| only == id)
        }

        fn moves(&mut self, actor: &Address) -> bool {
            self.stopped.as_ref() != Some(actor)
        }

        fn admits(&mut self, gates: &[GateId]) -> bool {
            self.gates.is_none_or(|many| many == gates.len())
        }
    }

    #[test]
    fn a_backlog_of_one_delays_nobody_else() {
        let mut lanes = Lanes::default();
        for number in 0..100 {
            push(&mut lanes, "big/k/a", number);
        }
        push(&mut lanes, "big/k/b", 100);
        push(&mut lanes, "small/k/a", 101);
        let order = drain(&mut lanes);
        assert_eq!(order[..4], [id(0), id(101), id(100), id(1)]);
        assert_eq!(order.len(), 102);
        let of_a: Vec<_> = order.iter().filter(|it| **it != id(100) && **it != id(101)).collect();
        assert!(of_a.into_iter().eq((0..100).map(id).collect::<Vec<_>>().iter()), "in order");
    }

    #[test]
    fn what_a_limit_holds_lets_others_pass_and_keeps_its_turn() {
        let mut lanes = Lanes::default();
        let actor: Address = "t/k/a".parse().expect("an address");
        lanes.push(&lane(&actor, Some("slow")), &actor, (id(1), 0));
        lanes.push(&lane(&actor, None), &actor, (id(2), 0));
        let mut fast = Test { gates: Some(5), ..Test::default() };
        let mut take = |lanes: &mut Lanes| lanes.take(EffectClass::Llm, For::Anyone, &mut fast);
        assert_eq!(take(&mut lanes), Some(id(2)));
        assert_eq!(take(&mut lanes), None);
        assert_eq!(drain(&mut lanes), [id(1)]);
    }

    #[test]
    fn what_no_longer_counts_is_let_go() {
        let mut lanes = Lanes::default();
        for number in 0..4 {
            push(&mut lanes, "t/k/a", number);
        }
        let mut one = Test { counts: Some(id(2)), ..Test::default() };
        let mut take = || lanes.take(EffectClass::Llm, For::Anyone, &mut one);
        assert_eq!([take(), take()], [Some(id(2)), None]);
        assert!(lanes.classes.iter().all(super::Ring::is_empty));
    }

    #[test]
    fn an_actor_that_stands_still_holds_up_no_other_and_loses_nothing() {
        let mut lanes = Lanes::default();
        for number in 0..3 {
            push(&mut lanes, "t/k/a", number);
            push(&mut lanes, "t/k/b", 10 + number);
        }
        let mut stopped =
            Test { stopped: Some("t/k/a".parse().expect("an address")), ..Test::default() };
        let mut take = || lanes.take(EffectClass::Llm, For::Anyone, &mut stopped);
        let taken: Vec<_> = std::iter::from_fn(&mut take).collect();
        assert_eq!(taken, [id(10), id(11), id(12)]);
        assert_eq!(drain(&mut lanes), [id(0), id(1), id(2)]);
    }
}
