//! Making a plan.

use contracts::kinds::check::Check;
use contracts::kinds::circadian::limits::{
    GOALS_MAX, LINKS_MAX, MINUTES_MAX, NAME_BYTES_MAX, SKILLS_MAX, TASKS_MAX, TEAM_MAX,
    TITLE_BYTES_MAX, WEEKS_MAX,
};
use contracts::kinds::circadian::{
    After, Assign, Create, Event, LinkType, Member, Placed, PlanTimeline, Planned, Rejection, Task,
};
use contracts::{ActorId, Context, Decision};
use office::plan::calendar::Edge;
use office::plan::level::{chained, level};
use office::plan::network::Network;
use serde_json::json;

use super::super::decide::Decided;
use super::super::state::State;
use super::{Engine, hours, members, remind, told, unplanned};

/// Makes a plan in place of the one before.
pub(in super::super) fn plan_timeline(
    state: &State,
    input: &PlanTimeline,
    cx: &Context,
) -> Decided {
    check(input)?;
    let title = input.title.clone().or_else(|| state.plan.as_ref()?.title.clone());
    let mut plan = Planned {
        title,
        start: input.start.unwrap_or(cx.now),
        zone: input.zone.clone(),
        hours: input.hours.clone(),
        team: team(input),
        level: input.level,
        tasks: input.tasks.clone(),
        placed: Vec::new(),
        finish: cx.now,
    };
    if plan.tasks.is_empty() {
        let week = hours::calendar(plan.hours.as_ref())?.week_minutes();
        plan.tasks = of_goals(input, u64::try_from(week).unwrap_or(0));
    }
    decided(state, plan, cx)
}

/// Makes the plan anew with other people, or with tasks given to others.
pub(in super::super) fn assign(state: &State, input: &Assign, cx: &Context) -> Decided {
    let mut plan = super::known(state)?.clone();
    if let Some(team) = &input.team {
        plan.team.clone_from(team);
        let there = |who: &ActorId| team.iter().any(|member| member.id == *who);
        for task in &mut plan.tasks {
            // Who has left is named for nothing.
            task.who = task.who.take().filter(there);
        }
    }
    for (id, who) in &input.who {
        let task = plan.tasks.iter_mut().find(|task| task.id == *id);
        let unknown = || Rejection::PlanTaskUnknown { task: None, named: id.to_string() };
        task.ok_or_else(unknown)?.who.clone_from(who);
    }
    people(Check::new(), &plan.team, &plan.tasks).done()?;
    decided(state, plan, cx)
}

fn decided(state: &State, plan: Planned, cx: &Context) -> Decided {
    let plan = placed(plan)?;
    let begins = state.created.is_none().then(|| Event::Created(Create::default()));
    let moved = remind::moved(state, &plan, cx);
    let mut events: Vec<_> = begins.into_iter().collect();
    events.push(Event::Planned(Box::new(plan.clone())));
    events.extend(moved);
    let reminders = remind::told(state, &plan, cx);
    let reply = json!(told::timeline(&plan, &state.progress, reminders)?);
    Ok(Decision::now(events, reply))
}

/// Puts each task in its place.
fn placed(mut plan: Planned) -> Result<Planned, Rejection> {
    let mut engine = Engine::of(&plan)?;
    let network = Network::of(&engine.tasks).map_err(unplanned)?;
    let members = members(&plan);
    let place = |id: &ActorId| plan.team.iter().position(|member| member.id == *id);
    let fixed: Vec<_> = plan.tasks.iter().map(|task| task.who.as_ref().and_then(place)).collect();
    let times = network.times(&engine.minutes());
    let mut order: Vec<usize> = (0..engine.tasks.len()).collect();
    order.sort_by_key(|at| (times.late[*at], *at));
    let assigned = office::plan::assign::assign(&engine.tasks, &order, &members, &fixed);
    let who: Vec<_> = assigned.iter().map(|one| one.who).collect();
    engine.stretch(&members, &who);
    let minutes = engine.minutes();
    let mut times = network.times(&minutes);
    let mut spans: Vec<_> =
        times.early.iter().zip(&minutes).map(|(at, it)| (*at, at + it)).collect();
    if plan.level {
        spans = level(&network, &times, &minutes, &who);
        let chained = chained(&engine.tasks, &spans, &who);
        times = chained.unwrap_or(network).times(&minutes);
    }
    let end = spans.iter().map(|(_, finish)| *finish).max().unwrap_or(0);
    plan.finish = engine.at(end, Edge::Finish)?;
    plan.placed.clear();
    for (at, task) in plan.tasks.iter().enumerate() {
        let (start, finish) = spans[at];
        let begins = if minutes[at] == 0 { Edge::Finish } else { Edge::Start };
        let slack = (times.late[at] - start).max(0);
        plan.placed.push(Placed {
            task: task.id.clone(),
            start: engine.at(start, begins)?,
            finish: engine.at(finish, Edge::Finish)?,
            slack_minutes: slack,
            critical: slack == 0,
            who: assigned[at].who.map(|who| plan.team[who].id.clone()),
            reason: assigned[at].reason.clone(),
        });
    }
    Ok(plan)
}

/// Who is named, or as many as there are.
fn team(input: &PlanTimeline) -> Vec<Member> {
    if !input.team.is_empty() {
        return input.team.clone();
    }
    let member = |number: u32| Member {
        id: ActorId::new(format!("p{number}")).expect("a letter and digits"),
        skills: Vec::new(),
        percent: 100,
    };
    (1..=input.team_size.unwrap_or(0)).take(TEAM_MAX).map(member).collect()
}

/// A task for each goal, each after the one before.
fn of_goals(input: &PlanTimeline, week: u64) -> Vec<Task> {
    let count = u64::try_from(input.goals.len()).unwrap_or(1).max(1);
    let minutes = week * u64::from(input.duration_weeks) / count;
    let id = |at: usize| ActorId::new(format!("g{}", at + 1)).expect("a letter and digits");
    let goals = input.goals.iter().enumerate();
    let task = |(at, goal): (usize, &String)| Task {
        id: id(at),
        name: Some(goal.clone()),
        minutes,
        minutes_min: None,
        minutes_max: None,
        after: at
            .checked_sub(1)
            .map(|before| After { task: id(before), sort: LinkType::Fs, lag_minutes: 0 })
            .into_iter()
            .collect(),
        skills: Vec::new(),
        who: None,
        not_before: None,
    };
    goals.map(task).collect()
}

fn check(input: &PlanTimeline) -> Result<(), Rejection> {
    let (tasks, goals) = (input.tasks.len(), input.goals.len());
    let mut check = Check::new()
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .items("tasks", tasks, TASKS_MAX)
        .items("goals", goals, GOALS_MAX)
        .ensure(
            input.team_size.is_none_or(|size| (1..=TEAM_MAX).contains(&(size as usize))),
            "team_size",
            format!("is 1 to {TEAM_MAX}"),
        )
        .ensure((tasks == 0) != (goals == 0), "tasks", "are given, or goals, and not both")
        .ensure(
            (1..=WEEKS_MAX).contains(&input.duration_weeks),
            "duration_weeks",
            format!("is 1 to {WEEKS_MAX}"),
        );
    for (at, goal) in input.goals.iter().enumerate().take(GOALS_MAX) {
        check = check.text(format!("goals.{at}"), goal, NAME_BYTES_MAX);
    }
    for (at, task) in input.tasks.iter().enumerate().take(TASKS_MAX) {
        check = one(check, at, task);
    }
    people(check, &team(input), &input.tasks).done()?;
    Ok(())
}

fn one(check: Check, at: usize, task: &Task) -> Check {
    let field = |name: &str| format!("tasks.{at}.{name}");
    let low = task.minutes_min.unwrap_or(task.minutes);
    let high = task.minutes_max.unwrap_or(task.minutes);
    let lag = |after: &After| after.lag_minutes.unsigned_abs() <= MINUTES_MAX;
    check
        .text_opt(field("name"), task.name.as_ref(), NAME_BYTES_MAX)
        .items(field("after"), task.after.len(), LINKS_MAX)
        .items(field("skills"), task.skills.len(), SKILLS_MAX)
        .ensure(
            task.skills.iter().all(|skill| is_word(skill)),
            field("skills"),
            format!("has texts of at most {NAME_BYTES_MAX} bytes"),
        )
        .ensure(high <= MINUTES_MAX, field("minutes"), format!("is at most {MINUTES_MAX}"))
        .ensure(
            low <= task.minutes && task.minutes <= high,
            field("minutes"),
            "is from minutes_min to minutes_max",
        )
        .ensure(
            task.after.iter().all(lag),
            field("after"),
            format!("has lags of at most {MINUTES_MAX} minutes"),
        )
}

fn is_word(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains('\0')
}

/// The team, and that who is named is of it.
fn people(check: Check, team: &[Member], tasks: &[Task]) -> Check {
    let mut check = check.items("team", team.len(), TEAM_MAX);
    for (at, member) in team.iter().enumerate().take(TEAM_MAX) {
        let twice = team[..at].iter().any(|other| other.id == member.id);
        let skills =
            member.skills.len() <= SKILLS_MAX && member.skills.iter().all(|it| is_word(it));
        check = check
            .ensure(!twice, format!("team.{at}.id"), "is named twice")
            .ensure(
                (1..=100).contains(&member.percent),
                format!("team.{at}.percent"),
                "is 1 to 100",
            )
            .ensure(skills, format!("team.{at}.skills"), "has at most 50 words");
    }
    for task in tasks {
        let there = |who: &ActorId| team.iter().any(|member| member.id == *who);
        let known = task.who.as_ref().is_none_or(there);
        check = check.ensure(known, "team", format!("has nobody who is named for {}", task.id));
    }
    check
}
