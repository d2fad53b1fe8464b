//! Work as it is leased: taken from the board in turn, within all limits, and given back with what
//! came of it.

use contracts::effect::{Effect, OnExhausted, OutcomeResult, Work};
use contracts::view::Answer;
use contracts::{EffectId, Queue, Refusal, RefusalClass, Tenant};

use super::due::Due;
use super::job::{Ended, Start, What};
use super::task::Task;
use crate::runtime::Runtime;

/// One piece of work that was taken for a worker. Dropped, it goes back as one that never reached
/// its worker.
pub struct Leased {
    task: Task,
    effect: std::sync::Arc<Effect>,
    attempt: u32,
    round: u32,
}

/// What became of what a worker said.
#[derive(Debug)]
pub enum Settled {
    /// Its actor was told, and answered this.
    Recorded(Box<Answer>),
    /// Its attempts are used up, and it waits paused: the actor answered this.
    Paused(Box<Answer>),
    /// It is offered again after so many milliseconds.
    Retried(u64),
    /// Its actor does not take it.
    Refused(Refusal),
    /// It was cut off, or somebody else concluded it.
    Cut,
}

/// Work that was begun before this process knew of it, or before its lease ran out.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    /// Which effect.
    pub effect: EffectId,
    /// The how-manyeth attempt its worker has.
    pub attempt: u32,
    /// Whether this process handed it out, and nobody else has had it since.
    pub own: bool,
}

impl Runtime {
    /// Takes the next piece of work of a queue, when one may start; `None` = not now.
    ///
    /// Work that may be attempted only once is taken only after that is committed. Of work that
    /// its actor turns out not to wait for, the next one is taken.
    pub(in crate::runtime) async fn take_work(
        &self,
        tenant: &Tenant,
        queue: &Queue,
    ) -> Option<Leased> {
        loop {
            let now = self.shared.world.clock.now();
            let start = self.shared.effects.board().lease(tenant, queue, now);
            let Some(start) = start else {
                // A rate may admit it later, which whoever keeps the time must know.
                self.shared.effects.changed.notify_one();
                return None;
            };
            let Some(mut leased) = Leased::of(self, start) else { continue };
            match leased.task.begin(&leased.effect, leased.attempt).await {
                Ok(()) => return Some(leased),
                Err(ended) => leased.task.end(ended),
            }
        }
    }

    /// Takes back, for a worker that still has it, work that nobody else has since. `None` when it
    /// is concluded, held, or another worker's.
    pub(in crate::runtime) fn adopt_work(&self, before: Before) -> Option<Leased> {
        let now = self.shared.world.clock.now();
        let start = self.shared.effects.board().adopt(before, now)?;
        Leased::of(self, start)
    }
}

impl Leased {
    /// A lease of what was started.
    pub fn of(runtime: &Runtime, start: Start) -> Option<Self> {
        let What::Perform { attempt, round } = start.what else { return None };
        let effect = start.due.asked.effect()?.clone();
        let task = Task::new(runtime.clone(), start);
        Some(Self { task, effect, attempt, round })
    }

    /// The effect.
    #[must_use]
    pub const fn due(&self) -> &Due {
        self.task.due()
    }

    /// What is to be done.
    #[must_use]
    pub fn work(&self) -> Option<&Work> {
        match &*self.effect {
            Effect::Work(work) => Some(work),
            _ => None,
        }
    }

    /// The how-manyeth attempt this is, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// It has reached its worker: whoever keeps what is returned makes it a lease again with
    /// [`Leased::of`].
    #[must_use]
    pub fn leave(self) -> Start {
        self.task.leave()
    }

    /// Records what came of it.
    pub async fn done(mut self, result: OutcomeResult) -> Settled {
        let ended = self.uncut(self.task.bring(result, self.attempt)).await;
        self.end(ended, false)
    }

    /// Records that it could not be done, or offers it again as its terms say when `again`.
    pub async fn failed(mut self, refusal: Refusal, again: bool) -> Settled {
        let turn = (self.attempt, self.round);
        let policy = self.task.policy(&self.effect);
        let paused = again && policy.on_exhausted != OnExhausted::Fail;
        let ended = self.task.refused(&self.effect, refusal, again, turn);
        let ended = self.uncut(ended).await;
        self.end(ended, paused)
    }

    /// Its worker is gone. What may be attempted only once is unknown then; other work is offered
    /// again until its attempts are used up.
    pub async fn expire(mut self) -> Settled {
        if !self.due().is_once() {
            let message = format!(
                "{} workers took the work, and none of them answered in time",
                self.attempt
            );
            let refusal = Refusal::new(RefusalClass::Timeout, "work_abandoned", message);
            return self.failed(refusal, true).await;
        }
        let ended = self.uncut(self.task.unknown(&self.effect, self.attempt)).await;
        self.end(ended, false)
    }

    /// It was cancelled, resolved or concluded otherwise.
    pub fn cut(mut self) {
        self.task.end(Ended::Cut);
    }

    async fn uncut(&self, work: impl Future<Output = Ended>) -> Ended {
        let cut = self.task.start.cut.clone();
        tokio::select! {
            biased;
            () = cut.cancelled() => Ended::Cut,
            ended = work => ended,
        }
    }

    fn end(&mut self, ended: Ended, paused: bool) -> Settled {
        let settled = match &ended {
            Ended::Told(Some(answer)) if paused => Settled::Paused(answer.clone()),
            Ended::Told(Some(answer)) => Settled::Recorded(answer.clone()),
            Ended::Retry(_, ms) | Ended::Later(_, ms) => Settled::Retried(*ms),
            Ended::Refused(refusal) => Settled::Refused(refusal.clone()),
            Ended::Told(None) | Ended::NotOwed | Ended::Elsewhere | Ended::Back | Ended::Cut => {
                Settled::Cut
            }
        };
        self.task.end(ended);
        settled
    }
}
