//! How far a plan is.

use contracts::kinds::check::Check;
use contracts::kinds::circadian::told::{Progressed, TaskStanding, Tracked};
use contracts::kinds::circadian::{Event, Planned, Progress, ProgressSaid, Track};
use contracts::{ActorId, Context, Decision, Timestamp};
use office::plan::calendar::Edge;
use office::plan::track::{self as engine, Light, Plan, Standing};
use serde_json::json;

use super::super::decide::Decided;
use super::super::state::State;
use super::{known, made, name};

/// Concerns and recommendations that one answer tells.
const CONCERNS_MAX: usize = 20;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Takes down how far a task is.
pub(in super::super) fn progress(state: &State, input: &Progress, cx: &Context) -> Decided {
    Check::new().ensure(input.percent <= 100, "percent", "is 0 to 100").done()?;
    super::task(state, &input.task)?;
    let before = state.progress.get(&input.task);
    let begun = input.percent > 0 || input.started.is_some();
    let first = before.and_then(|before| before.started);
    let finished = (input.percent == 100).then(|| input.finished.unwrap_or(cx.now));
    let started = input.started.or(first).or_else(|| begun.then(|| finished.unwrap_or(cx.now)));
    let early = started.zip(finished).is_none_or(|(started, finished)| started <= finished);
    let past = started.is_none_or(|at| at <= cx.now) && finished.is_none_or(|at| at <= cx.now);
    Check::new()
        .ensure(
            input.finished.is_none() || input.percent == 100,
            "finished",
            "is said of what is done to 100",
        )
        .ensure(early, "finished", "is not before it began")
        .ensure(past, "started", "is not later than now, nor is finished")
        .done()?;
    let said = ProgressSaid { task: input.task.clone(), percent: input.percent, started, finished };
    let told = Progressed { task: input.task.clone(), percent: input.percent, started, finished };
    let same = before.is_some_and(|before| {
        (before.percent, before.started, before.finished) == (input.percent, started, finished)
    });
    let events = if same { Vec::new() } else { vec![Event::Progressed(said)] };
    Ok(Decision::now(events, json!(told)))
}

/// Tells where the plan stands.
pub(in super::super) fn track(state: &State, input: &Track, cx: &Context) -> Decided {
    let plan = known(state)?;
    let now = input.now.unwrap_or(cx.now);
    let made = made(plan)?;
    let (network, minutes, spans) = (made.network(plan)?, made.minutes(), made.spans(&plan.placed));
    let slack: Vec<_> = plan.placed.iter().map(|placed| placed.slack_minutes).collect();
    let of = |id: &ActorId| {
        let known = state.progress.get(id);
        engine::Progress {
            started: known.and_then(|it| it.started).map(|at| made.worked(at)),
            finished: known.and_then(|it| it.finished).map(|at| made.worked(at)),
            percent: known.map_or(0, |it| i64::from(it.percent)),
        }
    };
    let progress: Vec<_> = plan.tasks.iter().map(|task| of(&task.id)).collect();
    let whole = Plan { network: &network, minutes: &minutes, spans: &spans, slack: &slack };
    let tracked = engine::track(whole, &progress, made.worked(now));
    let mut tasks = Vec::new();
    for (at, (standing, (start, finish))) in tracked.tasks.iter().enumerate() {
        let edge = if start == finish { Edge::Finish } else { Edge::Start };
        tasks.push(TaskStanding {
            id: plan.tasks[at].id.clone(),
            standing: word(*standing).to_owned(),
            start: made.at(*start, edge)?,
            finish: made.at(*finish, Edge::Finish)?,
            late_minutes: finish - spans[at].1,
        });
    }
    let (concerns, recommendations) = sentences(plan, &tasks);
    let next = next_milestone(state, plan, now);
    let status = match tracked.light {
        Light::Green => "green",
        Light::Yellow => "yellow",
        Light::Red => "red",
    };
    let expected = made.at(tracked.end, Edge::Finish)?;
    let told = Tracked {
        status: status.to_owned(),
        completion_percentage: tracked.percent,
        planned_percentage: tracked.percent_planned,
        finish_planned: plan.finish,
        finish_expected: expected,
        summary: format!(
            "{} of 100 are done, {} should be; it ends on {expected}, and should on {}",
            tracked.percent, tracked.percent_planned, plan.finish
        ),
        tasks,
        concerns,
        recommendations,
        next_milestone: next.map(|at| plan.tasks[at].id.clone()),
        days_to_next_milestone: next
            .map(|at| plan.placed[at].finish.millis_since(now).div_euclid(DAY_MS)),
    };
    Ok(Decision::now(Vec::new(), json!(told)))
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Done => "done",
        Standing::OnTime => "on_time",
        Standing::AtRisk => "at_risk",
        Standing::Late => "late",
    }
}

fn sentences(plan: &Planned, tasks: &[TaskStanding]) -> (Vec<String>, Vec<String>) {
    let (mut concerns, mut recommendations) = (Vec::new(), Vec::new());
    let troubled = |standing: &&TaskStanding| ["late", "at_risk"].contains(&&*standing.standing);
    for standing in tasks.iter().filter(troubled).take(CONCERNS_MAX) {
        let all = plan.tasks.iter().zip(&plan.placed);
        let Some((task, placed)) = all.into_iter().find(|(task, _)| task.id == standing.id) else {
            continue;
        };
        let (name, late) = (name(task), standing.late_minutes.max(0));
        concerns.push(format!(
            "{name} is {}: {late} minutes of working time behind",
            standing.standing
        ));
        recommendations.push(match (&placed.who, placed.critical) {
            (None, _) => format!("find somebody for {name}"),
            (Some(who), true) => format!("take other work from {who} until {name} is done"),
            (Some(who), false) => format!("ask {who} when {name} will be done"),
        });
    }
    (concerns, recommendations)
}

/// The milestone that comes next; where a plan has none, the task that ends next.
fn next_milestone(state: &State, plan: &Planned, now: Timestamp) -> Option<usize> {
    let open = |at: &usize| {
        let known = state.progress.get(&plan.tasks[*at].id);
        known.is_none_or(|known| known.finished.is_none_or(|finished| finished > now))
    };
    let first = |milestones: bool| {
        let all = (0..plan.tasks.len()).filter(open);
        let all = all.filter(|at| !milestones || plan.tasks[*at].minutes == 0);
        all.min_by_key(|at| (plan.placed[*at].finish, *at))
    };
    first(true).or_else(|| first(false))
}
