//! A cell: one actor, awake. It decides its commands one after another, stores what they cause in
//! runs, and answers nothing before the log has acknowledged it.

mod answer;
mod draft;
mod early;
mod fork;
mod held;
mod newborn;
mod quarantine;
mod repeat;
mod rest;
mod run;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contracts::telemetry::Stage;
use contracts::telemetry::names::{own, spans};
use contracts::{Address, Cursor, EffectId, Hash, Refusal, Revision};

use tracing::Instrument as _;

pub use self::answer::fill;
use self::draft::Step;
pub use self::held::sealed_letter;
use self::quarantine::QUARANTINED;
use self::run::{Run, Stored};
use super::bus::{in_doubt, is_undecided};
use super::effects;
use super::inbox::Work;
use super::living::Living;
use super::shared::Shared;
use super::told::step;

/// One actor and what it needs.
pub struct Cell {
    shared: Arc<Shared>,
    address: Address,
    /// The actor as the log has acknowledged it. Taken away while a run is on its way, so that
    /// whatever goes wrong then leaves nothing unacknowledged behind.
    living: Option<Living>,
    /// What is known to stand in the log: a reader that has not seen it yet is behind.
    stands: Cursor,
    /// What waits now may be stored, though the log has denied it and shown nothing in its place.
    perhaps: bool,
    weight: Arc<AtomicU64>,
}

/// How often a reader that is behind is asked again before the command is refused.
const BEHIND_READS_MAX: u32 = 20;

impl Cell {
    /// A cell that has read nothing yet.
    #[must_use]
    pub const fn new(shared: Arc<Shared>, address: Address, weight: Arc<AtomicU64>) -> Self {
        Self { shared, address, living: None, stands: Cursor::ZERO, perhaps: false, weight }
    }

    /// How many commits may be stored together.
    #[must_use]
    pub fn run_commits_max(&self) -> usize {
        self.shared.config.run_commits_max.clamp(1, contracts::ports::RUN_COMMITS_MAX)
    }

    /// The revision and the state's hash, when the cell knows them.
    #[must_use]
    pub fn probe(&self) -> Option<(Revision, Hash)> {
        let view = self.living.as_ref()?.view(&self.address).ok()?;
        Some((view.revision, view.state_hash))
    }

    /// Whether the actor waits for an effect that may start, as far as the cell knows.
    #[must_use]
    pub fn waits(&self, effect: EffectId) -> bool {
        self.living.as_ref().is_some_and(|living| effects::waits(&living.header, effect))
    }

    /// Forgets what it knows.
    pub fn doubt(&mut self) {
        self.living = None;
    }

    /// Handles commands in their order until none is left: decides each on what those before it
    /// led to, stores what they cause, and answers.
    pub async fn work(&mut self, works: &mut VecDeque<Work>) {
        let mut conflicts = 0;
        self.perhaps = false;
        while !works.is_empty() {
            match self.round(works).await {
                Ok(()) => conflicts = 0,
                Err(Trouble::Conflict) if conflicts < self.shared.config.conflict_retries_max => {
                    conflicts += 1;
                }
                Err(Trouble::Conflict) => {
                    let message = "other writers were faster each time";
                    let refusal = Refusal::unavailable("actor_contended", message);
                    refuse(works, &self.believed(refusal));
                }
                Err(Trouble::Refused(refusal)) if refusal.code == QUARANTINED => {
                    self.quarantined(works, &refusal).await;
                }
                Err(Trouble::Refused(refusal)) => refuse(works, &self.believed(refusal)),
            }
        }
    }

    /// What is told in place of a refusal by somebody who has not looked whether it is stored.
    fn believed(&self, refusal: Refusal) -> Refusal {
        if self.perhaps && is_undecided(&refusal) { in_doubt() } else { refusal }
    }

    /// Decides as many of `works` as make one run and stores it. What it has answered has left
    /// `works`.
    async fn round(&mut self, works: &mut VecDeque<Work>) -> Result<(), Trouble> {
        let (mut living, mut run) = match self.living.take() {
            Some(living) => {
                let run = Run::after(living.expected);
                (living, run)
            }
            None => self.awake(works).await.map_err(Trouble::Refused)?,
        };
        while let Some(work) = works.pop_front() {
            let lines = work.lines.clone();
            match lines.in_scope(|| self.draft(&mut living, &work)) {
                Step::Settled(result) => run.settle(work, result.map_err(|it| self.believed(it))),
                Step::Drafted(drafted) => run.add(work, *drafted),
                // It needs more than the cell knows: what was decided so far is stored first.
                Step::Apart if !run.is_empty() => {
                    works.push_front(work);
                    break;
                }
                Step::Apart => {
                    if !self.apart_into(&mut living, work, &mut run, works).await {
                        return Err(Trouble::Conflict);
                    }
                    break;
                }
                Step::Behind(_) | Step::Stale => {
                    run.settle(work, Err(Refusal::internal("a command was not set apart")));
                }
            }
            if run.is_full() {
                break;
            }
        }
        self.store(living, run, works).await
    }

    /// Decides a command that needs more than the cell knows; false when the log must be read
    /// again first.
    async fn apart_into(
        &self,
        living: &mut Living,
        work: Work,
        run: &mut Run,
        works: &mut VecDeque<Work>,
    ) -> bool {
        let lines = work.lines.clone();
        match self.apart(living, &work).instrument(lines).await {
            Step::Drafted(drafted) => run.add(work, *drafted),
            Step::Settled(result) => run.settle(work, result.map_err(|it| self.believed(it))),
            Step::Behind(behind) => {
                let (envelope, drafted, result) = *behind;
                run.add(Work::own(envelope), drafted);
                run.settle(work, result);
            }
            Step::Stale => {
                works.push_front(work);
                return false;
            }
            Step::Apart => {
                run.settle(work, Err(Refusal::internal("a command was set apart twice")));
            }
        }
        true
    }

    async fn store(
        &mut self,
        mut living: Living,
        run: Run,
        works: &mut VecDeque<Work>,
    ) -> Result<(), Trouble> {
        match run.store(&self.shared, &self.address).await {
            Stored::At(run, cursors) => {
                living.stored_at(&cursors);
                self.weigh(&mut living);
                let signals = run.answer(&self.shared, &cursors, &living);
                self.rest(&mut living);
                self.living = Some(living);
                self.show(signals);
                Ok(())
            }
            Stored::Conflict(run, first) => {
                // What was decided is void: it stood on a state that never was.
                run.give_back(works);
                self.perhaps |= first.is_none();
                self.stands = self.stands.max(first.unwrap_or(Cursor::ZERO));
                Err(Trouble::Conflict)
            }
            Stored::Refused(run, refusal) => {
                run.refuse(&self.shared, &self.believed(refusal));
                Ok(())
            }
        }
    }

    /// The actor and what follows on it: nothing yet, or its very beginning.
    async fn awake(&self, works: &mut VecDeque<Work>) -> Result<(Living, Run), Refusal> {
        if let Some(begun) = self.newborn(works) {
            return Ok(begun);
        }
        let living = self.woken(works).await?;
        let run = Run::after(living.expected);
        Ok((living, run))
    }

    /// As [`Cell::wake`], told for the first command that waits for it.
    async fn woken(&self, works: &VecDeque<Work>) -> Result<Living, Refusal> {
        let telemetry = &self.shared.world.telemetry;
        let first = works.front().map(|work| &*work.envelope);
        let mut span = first.and_then(|envelope| step(telemetry, envelope, spans::HYDRATE));
        let begun = Instant::now();
        let woken = self.wake().await;
        telemetry.measures.stage(Stage::Hydrate, begun.elapsed());
        if let Some(span) = &mut span {
            match &woken {
                Ok(living) => span.set(own::REVISION, living.head.revision.0),
                Err(refusal) => span.fail(refusal.code.clone()),
            }
        }
        woken
    }

    /// Reads the actor from the log, at least as far as it is known to reach, and lets go of what
    /// the index knows better.
    async fn wake(&self) -> Result<Living, Refusal> {
        let mut living = self.shared.hydrator.wake(&self.address).await?;
        let mut reads = 0;
        while living.expected < self.stands {
            if reads == BEHIND_READS_MAX {
                let message = "the reader of the log is behind; try again";
                return Err(Refusal::unavailable("log_unavailable", message));
            }
            reads += 1;
            tokio::time::sleep(Duration::from_millis(self.shared.config.append_retry_ms_min)).await;
            living = self.shared.hydrator.wake(&self.address).await?;
        }
        self.forget(&mut living);
        self.keep_when_dear(&mut living);
        self.weigh(&mut living);
        Ok(living)
    }

    /// Tells how much memory the actor takes, as far as that can be told cheaply.
    fn weigh(&self, living: &mut Living) {
        let now = living.weight_bytes();
        let before = self.weight.swap(now, Ordering::Relaxed);
        self.shared.cells.weight().fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
    }
}

/// Why a round ended without a run.
enum Trouble {
    /// Another writer was faster; the commands are back in their places.
    Conflict,
    /// The actor cannot be had.
    Refused(Refusal),
}

fn refuse(works: &mut VecDeque<Work>, refusal: &Refusal) {
    for work in works.drain(..) {
        work.answer(Err(refusal.clone()));
    }
}
