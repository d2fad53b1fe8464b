//! The desk that makes the broker's schedules agree with the log, timer by timer: whatever changed,
//! it looks up how the timer stands now and makes that so. What is late never undoes what is newer.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::ports::{PortError, TimerId};
use contracts::{Hash, Recorded, Refusal, Timestamp, codec};
use tokio::sync::{Notify, Semaphore, oneshot};

use super::ledger::{Alarm, Ledger};
use crate::runtime::Runtime;
use crate::runtime::bus::SEALED;
use crate::runtime::effects::insist::Backoff;

/// The header that tells one setting of a timer from another.
pub(super) const MARK: &str = "cambium-timer";

/// A firing that came early is set again after so long at most, in milliseconds of our clock: the
/// broker's clock may go on thinking that it is time.
const EARLY_MS_MAX: u64 = 1_000;

/// The timers of this process, and which of them the broker may hold otherwise.
#[derive(Default)]
pub struct Desk {
    state: Mutex<State>,
    changed: Notify,
    /// Told when it goes live.
    pub(super) live: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) ledger: Ledger,
    /// Whether the ledger has read the log as far as it stood at the start.
    live: bool,
    waiting: VecDeque<TimerId>,
    /// What is in `waiting`, or will be when it is no longer busy.
    dirty: HashSet<TimerId>,
    busy: HashSet<TimerId>,
    askers: HashMap<TimerId, Vec<Asker>>,
    /// Firings that nobody has seen, since which reconciliation.
    pub(super) overdue: HashMap<TimerId, Overdue>,
}

/// A timer whose time has passed and whose firing is not in the log.
#[derive(Clone, Copy)]
pub(super) struct Overdue {
    pub(super) due: Timestamp,
    /// Reconciliations until it is set again, and how many it was the last time.
    pub(super) left: u32,
    pub(super) pause: u32,
}

type Asker = oneshot::Sender<Result<(), Refusal>>;

impl State {
    /// The schedule of this timer is to be looked at.
    pub(super) fn touch(&mut self, timer: TimerId) {
        if self.dirty.insert(timer.clone()) && !self.busy.contains(&timer) {
            self.waiting.push_back(timer);
        }
    }

    pub(super) fn is_dirty(&self, timer: &TimerId) -> bool {
        self.dirty.contains(timer) || self.busy.contains(timer)
    }
}

/// One timer being made right.
struct Job {
    timer: TimerId,
    askers: Vec<Asker>,
}

impl Desk {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds a commit; `mine` says whose timers are looked after here. Those whose effect is
    /// performed anyway are looked at then.
    pub fn see(&self, recorded: &Recorded, mine: impl Fn(&TimerId) -> bool) {
        let mut state = self.state();
        let changed = state.ledger.fold(recorded);
        if !state.live || changed.is_empty() {
            return;
        }
        changed.into_iter().filter(|it| mine(it)).for_each(|timer| state.touch(timer));
        drop(state);
        self.changed.notify_one();
    }

    /// How the timers stand, as a checkpoint keeps them.
    pub fn keep(&self) -> Ledger {
        self.state().ledger.clone()
    }

    /// The timers as a checkpoint kept them.
    pub fn restore(&self, ledger: Ledger) {
        self.state().ledger = ledger;
    }

    /// The log is read as far as it stood at the start: from now on the broker is made to agree.
    pub fn go_live(&self) {
        self.state().live = true;
        self.live.notify_waiters();
        self.live.notify_one();
        self.changed.notify_one();
    }

    /// Whether it has gone live.
    pub(super) fn is_live(&self) -> bool {
        self.state().live
    }

    /// Makes the broker's schedule agree with how the timer stands now.
    ///
    /// # Errors
    /// When the broker refuses for good, or the runtime stops.
    pub async fn settle(&self, timer: TimerId) -> Result<(), Refusal> {
        let (asker, answer) = oneshot::channel();
        {
            let mut state = self.state();
            state.askers.entry(timer.clone()).or_default().push(asker);
            state.touch(timer);
        }
        self.changed.notify_one();
        let stopping = || Refusal::unavailable("stopping", "this node is stopping; try again");
        answer.await.unwrap_or_else(|_| Err(stopping()))
    }

    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        if !state.live {
            return None;
        }
        let timer = state.waiting.pop_front()?;
        state.dirty.remove(&timer);
        state.busy.insert(timer.clone());
        let askers = state.askers.remove(&timer).unwrap_or_default();
        Some(Job { timer, askers })
    }

    fn done(&self, job: Job, result: &Result<(), Refusal>) {
        let mut state = self.state();
        state.busy.remove(&job.timer);
        if state.dirty.contains(&job.timer) {
            // It changed meanwhile.
            state.waiting.push_back(job.timer);
        }
        drop(state);
        for asker in job.askers {
            let _ = asker.send(result.clone());
        }
        self.changed.notify_one();
    }

    fn wanted(&self, timer: &TimerId) -> Option<Alarm> {
        self.state().ledger.wanted(timer).cloned()
    }
}

/// Works at the desk until the runtime stops.
pub fn spawn(runtime: &Runtime) {
    let worker = runtime.clone();
    let shared = runtime.shared.clone();
    shared.tasks.spawn(async move {
        let shared = &worker.shared;
        let most = shared.config.timer_concurrent_max.clamp(1, Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(most));
        let work = async {
            loop {
                let Ok(place) = places.clone().acquire_owned().await else { return };
                let job = loop {
                    match shared.timers.next() {
                        Some(job) => break job,
                        None => shared.timers.changed.notified().await,
                    }
                };
                let runtime = worker.clone();
                let stop = shared.stop.clone();
                shared.tasks.spawn(async move {
                    let work = async {
                        let result = make_right(&runtime, &job.timer).await;
                        runtime.shared.timers.done(job, &result);
                        drop(place);
                    };
                    stop.run_until_cancelled(work).await;
                });
            }
        };
        shared.stop.run_until_cancelled(work).await;
    });
    super::reconcile::spawn(runtime);
}

/// Sets or cancels one timer as it stands now, however often the broker is away.
async fn make_right(runtime: &Runtime, timer: &TimerId) -> Result<(), Refusal> {
    let seed = Hash::of(timer.name.as_str().as_bytes());
    let mut pause = Backoff::new(&runtime.shared.config, seed);
    loop {
        if !runtime.shared.shares.owns(timer.address.partition()) {
            // Whoever has taken the partition makes it right.
            return Ok(());
        }
        // Looked up anew each time: it may have changed while the broker was away.
        let wanted = runtime.shared.timers.wanted(timer);
        let done = match &wanted {
            Some(alarm) => set(runtime, timer, alarm).await,
            None => runtime.shared.world.timers.cancel(timer.clone()).await,
        };
        match done {
            Ok(()) => return Ok(()),
            Err(error @ PortError::Unavailable(_)) => {
                tracing::warn!(actor = %timer.address, timer = %timer.name, %error, "timer.retried");
            }
            Err(error) => {
                tracing::error!(actor = %timer.address, timer = %timer.name, %error, "timer.refused");
                return Err(error.into());
            }
        }
        if !pause.wait(&runtime.shared.stop).await {
            return Err(Refusal::unavailable("stopping", "this node is stopping; try again"));
        }
    }
}

async fn set(runtime: &Runtime, timer: &TimerId, alarm: &Alarm) -> Result<(), PortError> {
    let world = &runtime.shared.world;
    let envelope = alarm.envelope(timer, runtime.shared.config.chain_rest_ms);
    let envelope = envelope.map_err(|refusal| PortError::Refused(refusal.to_string()))?;
    let sealed = world.node_key.seal(&envelope);
    let payload = sealed.and_then(|sealed| codec::encode(&sealed));
    let payload = payload.map_err(|error| PortError::Refused(error.to_string()))?;
    let headers = vec![(SEALED.to_owned(), "1".to_owned()), (MARK.to_owned(), alarm.mark())];
    world.timers.set(timer.clone(), alarm.at(timer), headers, payload.into()).await
}

/// A firing came before its time: it is set again, a little later by our clock.
pub fn came_early(runtime: &crate::runtime::shared::Shared, timer: TimerId) {
    let Some(at) = runtime.timers.wanted(&timer).map(|alarm| alarm.at(&timer)) else { return };
    let early = at.as_millis() - runtime.world.clock.now().as_millis();
    let pause = u64::try_from(early).unwrap_or(0).min(EARLY_MS_MAX);
    tracing::warn!(actor = %timer.address, timer = %timer.name, early, "timer.early");
    let (desk, stop) = (runtime.timers.clone(), runtime.stop.clone());
    runtime.tasks.spawn(async move {
        let slept = tokio::time::sleep(Duration::from_millis(pause));
        if stop.run_until_cancelled(slept).await.is_some() {
            desk.state().touch(timer);
            desk.wake();
        }
    });
}
