//! What BIOwerk asks of schedules: each message brings its plan along.

use contracts::ActorId;
use contracts::kinds::circadian::limits::{GOALS_MAX, TEAM_MAX};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::{Asking, Told};
use super::weeks::{self, Names};
use super::{shaped, wrong};

/// The kind of plans.
const CIRCADIAN: &str = "circadian";
/// Reminders that one answer tells.
const REMINDERS_MAX: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timeline {
    #[serde(default)]
    goals: Vec<String>,
    project_description: Option<String>,
    duration_weeks: Option<u32>,
    team_size: Option<u32>,
}

/// A plan of goals, or of the sentences that describe a project.
pub(super) async fn timeline(asking: &mut Asking<'_>, input: Value) -> Told {
    let Timeline { mut goals, project_description, duration_weeks, team_size } = shaped(input)?;
    if let (true, Some(described)) = (goals.is_empty(), project_description) {
        let sentences = described.split(['\n', ';']).flat_map(|line| line.split(". "));
        let sentences = sentences.map(|it| weeks::name(it.trim().trim_end_matches('.')));
        goals = sentences.filter(|it| !it.is_empty()).take(GOALS_MAX).collect();
    }
    let mut input = json!({ "goals": goals, "team_size": team_size.unwrap_or(5) });
    if let Some(weeks) = duration_weeks {
        input["duration_weeks"] = json!(weeks);
    }
    asking.ask((CIRCADIAN, None), "plan_timeline", input).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assign {
    tasks: Vec<Value>,
    #[serde(default)]
    team_members: Vec<Value>,
    #[serde(default)]
    assignments: Vec<Value>,
}

/// Who does what of tasks that are told. Who was assigned before keeps what he has.
pub(super) async fn assign(asking: &mut Asking<'_>, input: Value) -> Told {
    let Assign { tasks, team_members, assignments } = shaped(input)?;
    let mut answer = plan(asking, "tasks", &tasks, (&team_members, &assignments), 1).await?.0;
    let critical = answer.reply["critical_path"].as_array().cloned().unwrap_or_default();
    let mut told = answer.reply["assignments"].as_array().cloned().unwrap_or_default();
    for one in &mut told {
        let high = critical.contains(&one["task_id"]);
        one["priority"] = json!(if high { "high" } else { "medium" });
    }
    let rationale = "a task goes to who has its skills and would be done with all of his first";
    answer.reply["assignments"] = json!(told);
    answer.reply["rationale"] = json!(rationale);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Track {
    #[serde(default)]
    completed_tasks: Vec<Value>,
    #[serde(default)]
    in_progress_tasks: Vec<Value>,
    #[serde(default)]
    timeline: Vec<Value>,
    #[serde(default = "first")]
    current_week: u32,
}

const fn first() -> u32 {
    1
}

/// Where a plan stands of which some is done and some was begun. Without a timeline, those are all
/// there is.
pub(super) async fn track(asking: &mut Asking<'_>, input: Value) -> Told {
    let Track { completed_tasks, in_progress_tasks, timeline, current_week } = shaped(input)?;
    let all = match timeline.is_empty() {
        true => [completed_tasks.clone(), in_progress_tasks.clone()].concat(),
        false => timeline,
    };
    let (planned, names) = plan(asking, "timeline", &all, (&[], &[]), current_week).await?;
    let id = planned.address.id;
    for (done, percent) in [(&completed_tasks, 100), (&in_progress_tasks, 50)] {
        for one in done {
            let said = one["percent"].as_u64().filter(|_| percent < 100).unwrap_or(percent);
            let unknown = || wrong("completed_tasks", "and in_progress_tasks are of the timeline");
            let task = names.of(one).ok_or_else(unknown)?;
            let input = json!({ "task": task, "percent": said });
            asking.ask((CIRCADIAN, Some(&id)), "progress", input).await?;
        }
    }
    asking.ask((CIRCADIAN, Some(&id)), "track", json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remind {
    #[serde(default)]
    timeline: Vec<Value>,
    #[serde(default)]
    assignments: Vec<Value>,
    #[serde(default = "first")]
    current_week: u32,
}

/// What is next of a plan, in sentences. The answer names the plan, in which schedules remind by
/// themselves once they are set.
pub(super) async fn remind(asking: &mut Asking<'_>, input: Value) -> Told {
    let Remind { timeline, assignments, current_week } = shaped(input)?;
    let all = if timeline.is_empty() { &assignments } else { &timeline };
    let planned = plan(asking, "timeline", all, (&[], &assignments), current_week).await?;
    let mut answer = planned.0;
    let told = &answer.reply;
    let who = |id: &Value| {
        let all = told["assignments"].as_array().into_iter().flatten();
        all.into_iter().find(|one| one["task_id"] == *id)?["assignee"].as_str()
    };
    let mut ahead: Vec<_> = told["timeline"].as_array().cloned().unwrap_or_default();
    ahead.retain(|one| one["week"].as_u64().is_none_or(|week| week >= u64::from(current_week)));
    ahead.sort_by_key(|one| one["finish"].as_str().map(str::to_owned));
    let sentence = |one: &Value| {
        let (what, week) = (one["milestone"].as_str().unwrap_or_default(), &one["week"]);
        let day = one["finish"].as_str().and_then(|at| at.get(..10)).unwrap_or_default();
        let by = who(&one["id"]).map(|who| format!(", by {who}")).unwrap_or_default();
        format!("{what} is due on {day}, in week {week}{by}")
    };
    let reminders: Vec<_> = ahead.iter().take(REMINDERS_MAX).map(sentence).collect();
    answer.reply = json!({ "reminders": reminders, "timeline": ahead });
    Ok(answer)
}

/// A plan of what was told of it, and what its tasks are called.
async fn plan(
    asking: &mut Asking<'_>,
    member: &str,
    told: &[Value],
    (members, assignments): (&[Value], &[Value]),
    current_week: u32,
) -> Result<(contracts::view::Answer, Names), super::asking::Halt> {
    if told.is_empty() {
        return Err(wrong(member, "names what is to be done").into());
    }
    let start = weeks::begun(asking.shared.now(), current_week);
    let (mut tasks, names) = weeks::tasks(told, start);
    let people = if members.is_empty() { assignments } else { members };
    let team = weeks::team(people);
    if team.len() > TEAM_MAX {
        return Err(wrong("team_members", &format!("are at most {TEAM_MAX}")).into());
    }
    let there = |who: &ActorId| team.iter().any(|one| one["id"] == who.as_str());
    for one in assignments {
        let who = weeks::text(&one["assignee"]).as_deref().and_then(weeks::token).filter(there);
        let (Some(who), Some(id)) = (who, names.of(one)) else { continue };
        if let Some(task) = tasks.iter_mut().find(|task| task["id"] == id.as_str()) {
            task["who"] = json!(who);
        }
    }
    let input = json!({ "tasks": tasks, "team": team, "start": start });
    let answer = asking.ask((CIRCADIAN, None), "plan_timeline", input).await?;
    Ok((answer, names))
}
