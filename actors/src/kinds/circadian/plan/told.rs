//! A plan as it is told.

use std::collections::{BTreeMap, BTreeSet};

use contracts::ActorId;
use contracts::kinds::circadian::told::{
    Action, Assignment, Estimate, Milestone, ReminderTold, Risk, Timeline,
};
use contracts::kinds::circadian::{Placed, Planned, Rejection, Task};
use office::plan::risk::pert;

use super::super::state::Known;
use super::{made, name};

/// Risks that one answer tells.
const RISKS_MAX: usize = 20;

/// Next actions that one answer tells.
const ACTIONS_MAX: usize = 5;

/// A week, in milliseconds.
const WEEK_MS: i64 = 7 * 86_400_000;

/// The answer to what makes a plan.
///
/// # Errors
/// What is wrong with the plan.
pub(super) fn timeline(
    plan: &Planned,
    progress: &BTreeMap<ActorId, Known>,
    reminders: Vec<ReminderTold>,
) -> Result<Timeline, Rejection> {
    let all = || plan.tasks.iter().zip(&plan.placed);
    let engine = made(plan)?;
    let mut path: Vec<_> = plan.placed.iter().filter(|placed| placed.critical).collect();
    path.sort_by_key(|placed| (placed.start, placed.finish));
    let milestone = |(task, placed): (&Task, &Placed)| Milestone {
        id: task.id.clone(),
        milestone: name(task),
        week: u32::try_from(placed.finish.millis_since(plan.start) / WEEK_MS).unwrap_or(0) + 1,
        start: placed.start,
        finish: placed.finish,
        slack_minutes: placed.slack_minutes,
        critical: placed.critical,
        dependencies: task.after.iter().map(|after| after.task.clone()).collect(),
    };
    let assignment =
        |((task, placed), engine): ((&Task, &Placed), &office::plan::Task)| Assignment {
            task_id: task.id.clone(),
            task_name: name(task),
            assignee: placed.who.clone(),
            estimated_hours: engine.minutes as f64 / 60.0,
            reasoning: placed.reason.clone(),
        };
    let critical = engine.tasks.iter().zip(&plan.placed).filter(|(_, placed)| placed.critical);
    let (mean, variance) = critical.fold((0.0, 0.0), |(mean, variance), (task, _)| {
        let (own, deviation) = pert(task);
        (mean + own, variance + deviation * deviation)
    });
    Ok(Timeline {
        start: plan.start,
        finish: plan.finish,
        critical_path: path.into_iter().map(|placed| placed.task.clone()).collect(),
        timeline: all().map(milestone).collect(),
        assignments: all().zip(&engine.tasks).map(assignment).collect(),
        risks: risks(plan, &engine.tasks),
        next_actions: next_actions(plan, progress),
        estimate: Estimate { mean_minutes: mean, deviation_minutes: f64::sqrt(variance) },
        reminders,
    })
}

/// What the plan itself shows that may go wrong.
fn risks(plan: &Planned, tasks: &[office::plan::Task]) -> Vec<Risk> {
    let mut found = Vec::new();
    for ((task, placed), engine) in plan.tasks.iter().zip(&plan.placed).zip(tasks) {
        let mut risk = |rank: u8, description: String, mitigation: &str| {
            let severity = ["high", "medium", "low"][usize::from(rank)].to_owned();
            let (id, mitigation) = (task.id.clone(), mitigation.to_owned());
            found.push((rank, Risk { id, description, severity, mitigation }));
        };
        let name = name(task);
        if placed.who.is_none() && engine.minutes > 0 && !plan.team.is_empty() {
            let told = format!("{name} has nobody to do it: {}", placed.reason);
            risk(0, told, "find somebody with these skills, or do without them");
        }
        let (mean, deviation) = pert(engine);
        if placed.critical && deviation * 5.0 > mean {
            let told = format!("{name} may not be late, and nobody knows well how long it takes");
            risk(1, told, "look at it first, or cut it into parts that are better known");
        } else if !placed.critical && placed.slack_minutes * 10 < engine.minutes {
            let told = format!("{name} may be late by {} minutes alone", placed.slack_minutes);
            risk(2, told, "watch it as if it were on the critical path");
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, risk)| risk).take(RISKS_MAX).collect()
}

/// What is not done, and waits for nothing that is not done.
fn next_actions(plan: &Planned, progress: &BTreeMap<ActorId, Known>) -> Vec<Action> {
    let done = |id: &ActorId| progress.get(id).is_some_and(|known| known.finished.is_some());
    let tasks: BTreeSet<&ActorId> = plan.tasks.iter().map(|task| &task.id).collect();
    let open = |task: &Task| {
        let waits = |after: &ActorId| tasks.contains(after) && !done(after);
        !done(&task.id) && !task.after.iter().any(|after| waits(&after.task))
    };
    let all = plan.tasks.iter().zip(&plan.placed);
    let mut next: Vec<_> = all.filter(|(task, _)| open(task)).collect();
    next.sort_by_key(|(_, placed)| (placed.slack_minutes, placed.start));
    let action = |(task, placed): (&Task, &Placed)| Action {
        id: task.id.clone(),
        what: name(task),
        priority: if placed.critical { "high" } else { "medium" }.to_owned(),
    };
    next.into_iter().take(ACTIONS_MAX).map(action).collect()
}
