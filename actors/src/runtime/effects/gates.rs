//! Limits as they are enforced: how many run under each, and how many may start now.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::effect::{EffectClass, LimitHold};
use contracts::kinds::limit::{SYSTEM, Scope};
use contracts::{LimitKey, Tenant, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kinds::limit::State as LimitState;

/// An actor of the kind `limit`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GateId {
    /// Its tenant; `system` = it is about all tenants together.
    pub tenant: Tenant,
    /// Its id.
    pub scope: Scope,
}

impl GateId {
    /// All that an effect must pass, the widest first.
    #[must_use]
    pub fn above(tenant: &Tenant, class: EffectClass, key: Option<&LimitKey>) -> Arc<[Self]> {
        let mut gates = Vec::with_capacity(7);
        let mut push = |tenant: &Tenant, scope| gates.push(Self { tenant: tenant.clone(), scope });
        push(&SYSTEM, Scope::All);
        push(&SYSTEM, Scope::Class(class));
        push(&SYSTEM, Scope::Tenant(tenant.clone()));
        push(tenant, Scope::All);
        push(tenant, Scope::Class(class));
        if let Some(key) = key {
            push(&SYSTEM, Scope::Key(key.clone()));
            push(tenant, Scope::Key(key.clone()));
        }
        gates.sort_unstable();
        // What the tenant `system` asks passes its own gates once.
        gates.dedup();
        gates.into()
    }
}

/// What holds an effect at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which gate.
    pub gate: GateId,
    /// What of it.
    pub what: LimitHold,
    /// When it will admit, when that is known.
    pub until: Option<Timestamp>,
}

/// All gates at which something runs or something is set.
#[derive(Default)]
pub struct Gates {
    gates: HashMap<GateId, Gate>,
}

#[derive(Default)]
struct Gate {
    state: LimitState,
    running: u32,
    /// How many may start at once, as of `filled_at`.
    tokens: f64,
    filled_at: Timestamp,
}

impl Gate {
    /// How many may start at once now.
    fn tokens(&self, now: Timestamp) -> Option<(f64, f64)> {
        let rate = self.state.limits.rate_per_s?;
        let burst = f64::from(self.state.limits.burst.unwrap_or(1));
        // A clock that was set back gives nothing and takes nothing.
        let passed = now.millis_since(self.filled_at).max(0) as f64 / 1_000.0;
        Some(((self.tokens + passed * rate).min(burst), rate))
    }

    fn check(&self, now: Timestamp) -> Result<(), (LimitHold, Option<Timestamp>)> {
        if self.state.paused.is_some() {
            return Err((LimitHold::Paused, None));
        }
        if self.state.limits.concurrent_max.is_some_and(|most| self.running >= most) {
            return Err((LimitHold::Concurrency, None));
        }
        match self.tokens(now) {
            Some((tokens, rate)) if tokens < 1.0 => {
                let wait_ms = ((1.0 - tokens) / rate * 1_000.0).ceil().max(1.0);
                #[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
                let until = now.plus_millis(wait_ms as i64);
                Err((LimitHold::Rate, Some(until)))
            }
            _ => Ok(()),
        }
    }
}

impl Gates {
    /// A limit is set so from now on.
    pub fn set(&mut self, id: &GateId, state: LimitState, now: Timestamp) {
        let gate = self.gates.entry(id.clone()).or_default();
        let had_rate = gate.state.limits.rate_per_s.is_some();
        let tokens = gate.tokens(now).map_or(0.0, |(tokens, _)| tokens);
        let burst = f64::from(state.limits.burst.unwrap_or(1));
        gate.tokens = if had_rate { tokens.min(burst) } else { burst };
        gate.filled_at = now;
        gate.state = state;
        self.forget_idle(id);
    }

    /// Whether something may start; what holds it, when not.
    ///
    /// # Errors
    /// The gate that will hold it the longest, as far as that is known.
    pub fn check(&self, gates: &[GateId], now: Timestamp) -> Result<(), Held> {
        let held = gates.iter().filter_map(|id| {
            let (what, until) = self.gates.get(id)?.check(now).err()?;
            Some(Held { gate: id.clone(), what, until })
        });
        // Without an end comes first; then the latest.
        let rank = |held: &Held| (held.until.is_none(), held.until);
        held.max_by_key(rank).map_or(Ok(()), Err)
    }

    /// Something starts.
    pub fn start(&mut self, gates: &[GateId], now: Timestamp) {
        for id in gates {
            if !self.gates.contains_key(id) {
                self.gates.insert(id.clone(), Gate::default());
            }
            let Some(gate) = self.gates.get_mut(id) else { continue };
            gate.running += 1;
            if let Some((tokens, _)) = gate.tokens(now) {
                (gate.tokens, gate.filled_at) = (tokens - 1.0, gate.filled_at.max(now));
            }
        }
    }

    /// Something that started has ended.
    pub fn end(&mut self, gates: &[GateId]) {
        for id in gates {
            if let Some(gate) = self.gates.get_mut(id) {
                gate.running = gate.running.saturating_sub(1);
            }
            self.forget_idle(id);
        }
    }

    fn forget_idle(&mut self, id: &GateId) {
        if self.gates.get(id).is_some_and(|gate| gate.running == 0 && gate.state.is_open()) {
            self.gates.remove(id);
        }
    }

    /// What of a limit holds the next one, and until when, as far as that is known.
    #[must_use]
    pub fn holds(&self, id: &GateId, now: Timestamp) -> Option<(LimitHold, Option<Timestamp>)> {
        self.gates.get(id)?.check(now).err()
    }
}

#[cfg(test)]
mod tests {
    use contracts::effect::{EffectClass, LimitHold};
    use contracts::kinds::limit::{Limits, SYSTEM, Scope};
    use contracts::{LimitKey, Tenant, Timestamp};

    use super::{GateId, Gates, LimitState};

    const ACME: Tenant = Tenant::from_static("acme");

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + ms)
    }

    fn limit(limits: Limits) -> LimitState {
        LimitState { limits, paused: None }
    }

    fn gate(tenant: Tenant, scope: &str) -> GateId {
        GateId { tenant, scope: scope.parse().expect("a scope") }
    }

    #[test]
    fn every_gate_above_must_admit() {
        let key = LimitKey::from_static("openai");
        let above = GateId::above(&ACME, EffectClass::Llm, Some(&key));
        assert_eq!(above.len(), 7);
        for scope in ["all", "class:llm", "key:openai"] {
            for tenant in [SYSTEM, ACME] {
                let mut gates = Gates::default();
                let one = Limits { concurrent_max: Some(1), ..Limits::default() };
                gates.set(&gate(tenant.clone(), scope), limit(one), at(0));
                assert_eq!(gates.check(&above, at(0)), Ok(()));
                gates.start(&above, at(0));
                let held = gates.check(&above, at(9_999)).unwrap_err();
                assert_eq!(held.gate, gate(tenant, scope));
                assert_eq!((held.what, held.until), (LimitHold::Concurrency, None));
                gates.end(&above);
                assert_eq!(gates.check(&above, at(0)), Ok(()));
            }
        }
        let mut gates = Gates::default();
        let one = Limits { concurrent_max: Some(1), ..Limits::default() };
        gates.set(&gate(SYSTEM, "tenant:other"), limit(one), at(0));
        gates.start(&above, at(0));
        assert_eq!(gates.check(&above, at(0)), Ok(()), "another tenant's gate");
    }

    #[test]
    fn a_rate_admits_its_burst_and_then_one_after_another() {
        let (mut gates, id) = (Gates::default(), gate(ACME, "all"));
        let rate = Limits { rate_per_s: Some(10.0), burst: Some(3), ..Limits::default() };
        gates.set(&id, limit(rate), at(0));
        let ids = [id];
        let mut started = Vec::new();
        for ms in 0..1_000 {
            while gates.check(&ids, at(ms)).is_ok() {
                gates.start(&ids, at(ms));
                gates.end(&ids);
                started.push(ms);
            }
        }
        assert_eq!(started[..5], [0, 0, 0, 100, 200]);
        assert_eq!(started.len(), 12);
        let held = gates.check(&ids, at(910)).unwrap_err();
        assert_eq!((held.what, held.until), (LimitHold::Rate, Some(at(1_000))));
        // A clock set back holds for as long as it was promised, not for ever.
        let back = gates.check(&ids, at(-60_000)).unwrap_err().until;
        assert!(back.is_some_and(|until| until <= at(-60_000 + 101)), "{back:?}");
    }

    #[test]
    fn a_limit_set_while_effects_run_counts_them() {
        let (mut gates, id) = (Gates::default(), gate(ACME, "class:send"));
        let ids = [id.clone()];
        gates.start(&ids, at(0));
        gates.start(&ids, at(0));
        let two = Limits { concurrent_max: Some(2), ..Limits::default() };
        gates.set(&id, limit(two), at(0));
        assert!(gates.check(&ids, at(0)).is_err());
        gates.end(&ids);
        assert!(gates.check(&ids, at(0)).is_ok());
        gates.set(&id, LimitState::default(), at(0));
        gates.end(&ids);
        assert!(gates.gates.is_empty(), "nothing is kept of what nobody set");
        assert!(matches!(ids[0].scope, Scope::Class(_)));
    }
}
