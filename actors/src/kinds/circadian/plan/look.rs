//! Chance, and the picture of a plan.

use contracts::kinds::check::Check;
use contracts::kinds::circadian::limits::{SIMULATED_RUNS_MAX, WIDTH_PIXELS_MAX, WIDTH_PIXELS_MIN};
use contracts::kinds::circadian::told::{Criticality, DoneBy, Drawn, Estimate, Simulated};
use contracts::kinds::circadian::{Gantt, Placed, Simulate, Task};
use contracts::{ActorId, Context, Decision};
use office::plan::calendar::Edge;
use office::plan::gantt::{Bar, svg};
use office::plan::risk::{self, SHARES};
use serde_json::json;

use super::super::decide::Decided;
use super::super::state::State;
use super::{known, made, name};

/// The fewest runs of chance.
const RUNS_MIN: u32 = 10;

/// Runs the plan through by chance.
pub(in super::super) fn simulate(state: &State, input: &Simulate) -> Decided {
    Check::new()
        .ensure(
            (RUNS_MIN..=SIMULATED_RUNS_MAX).contains(&input.runs),
            "runs",
            format!("is {RUNS_MIN} to {SIMULATED_RUNS_MAX}"),
        )
        .done()?;
    let plan = known(state)?;
    let made = made(plan)?;
    let network = made.network(plan)?;
    let told = risk::simulate(&network, &made.tasks, input.runs as usize, input.seed);
    let mut done_by = Vec::new();
    for (share, end) in SHARES.iter().zip(told.done_by) {
        let percent = u32::try_from(*share).unwrap_or(100);
        done_by.push(DoneBy { percent, at: made.at(end, Edge::Finish)? });
    }
    let critical = plan.tasks.iter().zip(&told.critical);
    let critical =
        critical.map(|(task, share)| Criticality { id: task.id.clone(), percent: share * 100.0 });
    let simulated = Simulated {
        runs: u32::try_from(told.runs).unwrap_or(u32::MAX),
        estimate: Estimate { mean_minutes: told.mean, deviation_minutes: told.deviation },
        done_by,
        critical: critical.collect(),
    };
    Ok(Decision::now(Vec::new(), json!(simulated)))
}

/// Draws the plan.
pub(in super::super) fn gantt(state: &State, input: &Gantt, cx: &Context) -> Decided {
    Check::new()
        .ensure(
            (WIDTH_PIXELS_MIN..=WIDTH_PIXELS_MAX).contains(&input.width),
            "width",
            format!("is {WIDTH_PIXELS_MIN} to {WIDTH_PIXELS_MAX}"),
        )
        .done()?;
    let plan = known(state)?;
    let made = made(plan)?;
    let place = |id: &ActorId| plan.tasks.iter().position(|task| task.id == *id);
    let all = plan.tasks.iter().zip(&plan.placed);
    let bar = |(task, placed): (&Task, &Placed)| {
        let percent = state.progress.get(&task.id).map_or(0, |known| known.percent);
        Bar {
            name: name(task),
            start: made.clocks.minute(placed.start),
            finish: made.clocks.minute(placed.finish),
            critical: placed.critical,
            percent: i64::from(percent),
            who: placed.who.as_ref().map(ToString::to_string).unwrap_or_default(),
            after: task.after.iter().filter_map(|after| place(&after.task)).collect(),
        }
    };
    let bars: Vec<_> = all.map(bar).collect();
    let title = plan.title.as_ref().or(state.title.as_ref()).cloned().unwrap_or_default();
    let picture = svg(&title, &bars, Some(made.clocks.minute(cx.now)), input.width);
    let drawn = Drawn { media_type: "image/svg+xml".to_owned(), svg: picture };
    Ok(Decision::now(Vec::new(), json!(drawn)))
}
