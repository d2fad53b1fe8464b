use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use contracts::{Address, EffectId};
use tokio::sync::Notify;

/// The work that waits in one queue of one tenant: each actor's in order, the actors in turn, so
/// that nobody waits for all that another has asked.
#[derive(Default)]
pub struct Line {
    turns: VecDeque<Address>,
    waiting: BTreeMap<Address, VecDeque<EffectId>>,
    /// Rung when something is put in.
    pub bell: Arc<Notify>,
}

impl Line {
    /// Puts work at the end of its actor's.
    pub fn push(&mut self, actor: &Address, effect: EffectId) {
        let own = self.waiting.entry(actor.clone()).or_default();
        if own.is_empty() {
            self.turns.push_back(actor.clone());
        }
        own.push_back(effect);
        self.bell.notify_one();
    }

    /// Takes the next one of whose turn it is.
    pub fn pop(&mut self) -> Option<EffectId> {
        let actor = self.turns.pop_front()?;
        let own = self.waiting.get_mut(&actor)?;
        let effect = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&actor);
        } else {
            self.turns.push_back(actor);
        }
        effect
    }

    /// Takes one out before its turn.
    pub fn remove(&mut self, actor: &Address, effect: EffectId) {
        let Some(own) = self.waiting.get_mut(actor) else { return };
        own.retain(|one| *one != effect);
        if own.is_empty() {
            self.waiting.remove(actor);
            self.turns.retain(|one| one != actor);
        }
    }

    /// Whether nothing waits in it and nobody waits for it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.turns.is_empty() && Arc::strong_count(&self.bell) == 1
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Address, EffectId, Hash};

    use super::Line;

    #[test]
    fn actors_take_turns_and_each_keeps_its_order() {
        let actor = |name: &str| -> Address { format!("main/job/{name}").parse().unwrap() };
        let effect = |name: &str| EffectId(Hash::of(name.as_bytes()));
        let mut line = Line::default();
        for name in ["a1", "a2", "a3", "b1", "c1"] {
            line.push(&actor(&name[..1]), effect(name));
        }
        line.push(&actor("d"), effect("d1"));
        line.remove(&actor("d"), effect("d1"));
        line.remove(&actor("a"), effect("a2"));
        let order: Vec<_> = std::iter::from_fn(|| line.pop()).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a3"].map(effect));
        assert!(line.is_idle());
    }
}
