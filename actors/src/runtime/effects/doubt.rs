//! Work waits for workers, perhaps for long: what policies object to is found when it is queued,
//! and not only when somebody asks for it.

use contracts::EffectId;
use contracts::effect::EffectClass;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio_util::sync::CancellationToken;

use super::board::Board;
use super::due::Due;
use super::job::{Job, Stage, Start, What};
use super::task::Task;
use crate::runtime::Runtime;

impl Board {
    /// Other policies are in force: they are asked about the work whose turn it is.
    pub(super) fn doubt_work(&mut self) {
        let Self { jobs, lines, switches, news, .. } = self;
        let turn = |(id, job): &(&EffectId, &Job)| {
            let first = job.line.as_ref().is_none_or(|line| lines.first(line) == Some(**id));
            job.class() == EffectClass::Work && job.stage == Stage::Queued && first
        };
        let named = |job: &Job| switches.names_effects(&job.lane.tenant, EffectClass::Work);
        let work = jobs.iter().filter(turn).filter(|(_, job)| named(job)).map(|(id, _)| *id);
        let mut work: Vec<EffectId> = work.collect();
        // In a fixed order, so that a simulation of it can be repeated.
        work.sort_unstable();
        news.work.extend(work);
    }
}

/// Asks the policies about work that nobody has taken yet. What cannot be told now is asked again
/// when somebody takes it.
pub async fn ask(runtime: Runtime, work: Vec<Due>) {
    let shared = runtime.shared.clone();
    let most = shared.config.outcome_concurrent_max.max(1);
    let all = stream::iter(work).for_each_concurrent(most, |due| {
        let runtime = runtime.clone();
        async move {
            let Some(effect) = due.asked.effect().cloned() else { return };
            let (what, cut) = (What::Settle, CancellationToken::new());
            let task = Task::new(runtime, Start { due, what, cut });
            let _ = task.ensure_allowed(&effect).await;
            // Nothing was started, so that nothing has ended.
            task.leave();
        }
    });
    shared.stop.run_until_cancelled(all).await;
}
