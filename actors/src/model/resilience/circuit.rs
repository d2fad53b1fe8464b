//! A provider that fails again and again is left alone for a while, so that nobody waits for it in
//! vain and it can recover.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::model::{CircuitState, CircuitView};
use contracts::{Refusal, RefusalClass};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::model::done::Done;
use crate::model::error::ModelError;

/// When a provider is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitConfig {
    /// The share of failed calls from which it is left alone, in percent; 0 = never.
    pub failures_percent: u8,
    /// Calls of the window below which nothing is concluded.
    pub calls_min: usize,
    /// How far back calls count.
    pub window_ms: u64,
    /// How long it is left alone before it is tried.
    pub open_ms: u64,
    /// Calls that try it, at once and until it counts as well again.
    pub probes_max: u32,
}

impl Default for CircuitConfig {
    fn default() -> Self {
        Self {
            failures_percent: 50,
            calls_min: 10,
            window_ms: 60_000,
            open_ms: 15_000,
            probes_max: 1,
        }
    }
}

/// Calls that are remembered, at most.
const REMEMBERED_MAX: usize = 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { under_way: u32, well: u32 },
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    calls: VecDeque<(Instant, bool)>,
    /// Counts what was opened, closed and reset, so that a call of before says nothing.
    age: u64,
}

/// The circuit of one provider.
#[derive(Debug)]
pub struct Circuit {
    config: CircuitConfig,
    inner: Mutex<Inner>,
}

/// The right to one call. Dropped without a word, it says nothing of the provider.
#[derive(Debug)]
pub struct Pass<'a> {
    circuit: &'a Circuit,
    age: u64,
    probe: bool,
    told: bool,
}

impl Circuit {
    /// A closed one.
    #[must_use]
    pub fn new(config: CircuitConfig) -> Self {
        let inner = Inner { phase: Phase::Closed, calls: VecDeque::new(), age: 0 };
        Self { config, inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to one call now.
    ///
    /// # Errors
    /// `model_provider` while the provider is left alone; nothing was done.
    pub fn enter(&self, provider: &str) -> Result<Pass<'_>, Refusal> {
        let now = Instant::now();
        let mut inner = self.lock();
        if let Phase::Open { until } = inner.phase {
            if now < until {
                return Err(open(provider, until - now));
            }
            inner.phase = Phase::HalfOpen { under_way: 0, well: 0 };
        }
        let age = inner.age;
        let probe = match &mut inner.phase {
            Phase::HalfOpen { under_way, well } => {
                if *under_way + *well >= self.config.probes_max.max(1) {
                    return Err(open(provider, Duration::from_secs(1)));
                }
                *under_way += 1;
                true
            }
            Phase::Closed | Phase::Open { .. } => false,
        };
        Ok(Pass { circuit: self, age, probe, told: false })
    }

    fn told(&self, pass: &Pass<'_>, well: Option<bool>) {
        let now = Instant::now();
        let mut inner = self.lock();
        if inner.age != pass.age {
            return;
        }
        if pass.probe {
            let Phase::HalfOpen { under_way, well: count } = &mut inner.phase else { return };
            *under_way = under_way.saturating_sub(1);
            match well {
                None => {}
                Some(true) => {
                    *count += 1;
                    if *count >= self.config.probes_max.max(1) {
                        inner.shift(Phase::Closed);
                    }
                }
                Some(false) => inner.shift(self.opened(now)),
            }
            return;
        }
        let Some(well) = well else { return };
        inner.calls.push_back((now, well));
        inner.forget(now, self.config.window_ms);
        let (calls, failed) = inner.counts();
        let percent = usize::from(self.config.failures_percent);
        if percent > 0 && calls >= self.config.calls_min && failed * 100 >= percent * calls {
            inner.shift(self.opened(now));
        }
    }

    fn opened(&self, now: Instant) -> Phase {
        Phase::Open { until: now + Duration::from_millis(self.config.open_ms) }
    }

    /// Closes it, whatever was.
    pub fn reset(&self) {
        self.lock().shift(Phase::Closed);
    }

    /// How it stands.
    #[must_use]
    pub fn view(&self, provider: &str) -> CircuitView {
        let now = Instant::now();
        let mut inner = self.lock();
        inner.forget(now, self.config.window_ms);
        let (calls, failed) = inner.counts();
        let (state, tried_in_ms) = match inner.phase {
            Phase::Closed => (CircuitState::Closed, None),
            Phase::HalfOpen { .. } => (CircuitState::HalfOpen, None),
            Phase::Open { until } if until <= now => (CircuitState::HalfOpen, None),
            Phase::Open { until } => {
                let left = u64::try_from((until - now).as_millis()).unwrap_or(u64::MAX);
                (CircuitState::Open, Some(left))
            }
        };
        CircuitView {
            provider: provider.to_owned(),
            state,
            calls: calls as u64,
            failed: failed as u64,
            tried_in_ms,
        }
    }
}

impl Inner {
    fn shift(&mut self, phase: Phase) {
        self.phase = phase;
        self.calls.clear();
        self.age += 1;
    }

    fn forget(&mut self, now: Instant, window_ms: u64) {
        let window = Duration::from_millis(window_ms);
        let old = |at: Instant| now.duration_since(at) > window;
        while self.calls.len() > REMEMBERED_MAX || self.calls.front().is_some_and(|it| old(it.0)) {
            self.calls.pop_front();
        }
    }

    fn counts(&self) -> (usize, usize) {
        (self.calls.len(), self.calls.iter().filter(|(_, well)| !well).count())
    }
}

impl Pass<'_> {
    /// Says how the call ended. Refusals that say nothing of the provider's health do not count.
    pub fn tell(mut self, refusal: Option<&Refusal>) {
        self.told = true;
        let well = match refusal {
            None => Some(true),
            Some(refusal) => match refusal.class {
                RefusalClass::Timeout | RefusalClass::Unavailable => Some(false),
                RefusalClass::Overloaded | RefusalClass::Internal => None,
                _ => Some(true),
            },
        };
        self.circuit.told(&self, well);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.circuit.told(self, None);
        }
    }
}

fn open(provider: &str, left: Duration) -> Refusal {
    let told = format!("{provider} failed too often and is left alone for a while");
    let ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1);
    Done::Nothing.asking_again(ModelError::Provider(told).into(), ms)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Refusal;
    use contracts::model::CircuitState;

    use super::{Circuit, CircuitConfig};

    fn circuit() -> Circuit {
        Circuit::new(CircuitConfig { calls_min: 4, open_ms: 1_000, ..CircuitConfig::default() })
    }

    fn call(circuit: &Circuit, well: bool) -> bool {
        let failed = Refusal::unavailable("model_network", "gone");
        circuit.enter("p").map(|pass| pass.tell((!well).then_some(&failed))).is_ok()
    }

    fn state(circuit: &Circuit) -> CircuitState {
        circuit.view("p").state
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_a_minimum_sample_and_is_tried_once_before_it_closes() {
        let circuit = circuit();
        for _ in 0..3 {
            assert!(call(&circuit, false));
        }
        assert_eq!(state(&circuit), CircuitState::Closed, "three calls say nothing yet");
        assert!(call(&circuit, false));
        assert_eq!(state(&circuit), CircuitState::Open);
        let refusal = circuit.enter("p").expect_err("it is left alone");
        assert_eq!(refusal.code, "model_provider");
        assert!(refusal.retry_after_ms.is_some_and(|ms| ms <= 1_000));
        tokio::time::advance(Duration::from_millis(1_001)).await;
        assert_eq!(state(&circuit), CircuitState::HalfOpen);
        let probe = circuit.enter("p").expect("it is tried");
        assert!(circuit.enter("p").is_err(), "by one call at a time");
        probe.tell(Some(&Refusal::unavailable("model_network", "gone")));
        assert_eq!(state(&circuit), CircuitState::Open, "again");
        tokio::time::advance(Duration::from_millis(1_001)).await;
        assert!(call(&circuit, true));
        assert_eq!(state(&circuit), CircuitState::Closed);
        assert_eq!(circuit.view("p").calls, 0, "what was is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_given_up_lets_another_in() {
        let circuit = circuit();
        (0..4).for_each(|_| assert!(call(&circuit, false)));
        tokio::time::advance(Duration::from_millis(1_001)).await;
        drop(circuit.enter("p").expect("it is tried"));
        assert!(circuit.enter("p").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn old_calls_do_not_count_nor_does_what_is_the_callers_fault() {
        let circuit = circuit();
        (0..3).for_each(|_| assert!(call(&circuit, false)));
        tokio::time::advance(Duration::from_millis(60_001)).await;
        assert!(call(&circuit, false));
        assert_eq!(circuit.view("p").calls, 1);
        let wrong = Refusal::rejected("model_validation", "no");
        for _ in 0..20 {
            circuit.enter("p").expect("closed").tell(Some(&wrong));
        }
        assert_eq!(state(&circuit), CircuitState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reset_closes_it_and_calls_of_before_say_nothing() {
        let circuit = circuit();
        let before = circuit.enter("p").expect("closed");
        (0..4).for_each(|_| assert!(call(&circuit, false)));
        circuit.reset();
        assert_eq!(state(&circuit), CircuitState::Closed);
        before.tell(Some(&Refusal::unavailable("model_network", "gone")));
        assert_eq!(circuit.view("p").failed, 0);
    }
}
