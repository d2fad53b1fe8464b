//! The order in which effects of one actor start: each line goes one after another.

use std::collections::{HashMap, VecDeque};

use contracts::effect::{Effect, EffectClass};
use contracts::{ActorId, Address, EffectId};

/// An actor, a class, and, of timers, which one: what starts one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    actor: Address,
    class: EffectClass,
    timer: Option<ActorId>,
}

impl Line {
    /// Where `effect` stands; `None` = it may start before others.
    #[must_use]
    pub fn of(actor: &Address, effect: &Effect) -> Option<Self> {
        let timer = match effect {
            Effect::Timer(timer) => Some(timer.name.clone()),
            Effect::Llm(_)
            | Effect::Send(_)
            | Effect::Work(_)
            | Effect::Fetch(_)
            | Effect::Tool(_)
            | Effect::Convert(_) => None,
        };
        let line = || Self { actor: actor.clone(), class: effect.class(), timer };
        (!effect.terms().independent).then(line)
    }
}

/// All lines in which somebody stands.
#[derive(Default)]
pub struct Lines {
    lines: HashMap<Line, VecDeque<EffectId>>,
}

impl Lines {
    /// An effect comes last.
    pub fn join(&mut self, line: &Line, id: EffectId) {
        self.lines.entry(line.clone()).or_default().push_back(id);
    }

    /// Who is first.
    #[must_use]
    pub fn first(&self, line: &Line) -> Option<EffectId> {
        self.lines.get(line)?.front().copied()
    }

    /// An effect leaves, and who is first then, when that changed.
    pub fn leave(&mut self, line: &Line, id: EffectId) -> Option<EffectId> {
        let waiting = self.lines.get_mut(line)?;
        let was_first = waiting.front() == Some(&id);
        if was_first {
            waiting.pop_front();
        } else {
            waiting.retain(|other| *other != id);
        }
        let first = waiting.front().copied();
        if first.is_none() {
            self.lines.remove(line);
        }
        first.filter(|_| was_first)
    }
}
