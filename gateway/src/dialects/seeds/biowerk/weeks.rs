//! Plans as BIOwerk tells them, in weeks, as the tasks of a plan in working time.

use std::collections::BTreeMap;

use contracts::kinds::circadian::limits::{LINKS_MAX, NAME_BYTES_MAX};
use contracts::{ActorId, Timestamp};
use serde_json::{Value, json};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// A week of working time, in minutes: five days of eight hours.
const WEEK_MINUTES: u64 = 2_400;
/// How long work takes when nobody says, in hours.
const HOURS_DEFAULT: f64 = 8.0;

/// What BIOwerk calls tasks, and what they are called here.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, ActorId>);

impl Names {
    /// The id of a task that is called so, by its id or its name.
    pub fn of(&self, said: &Value) -> Option<&ActorId> {
        let members = ["id", "task_id", "task_name", "name", "milestone", "title", "task"];
        let told = text(said).or_else(|| members.iter().find_map(|name| text(&said[*name])));
        self.0.get(&told?)
    }
}

/// The Monday on which the plan began that is in its week `week`, from 1.
pub(super) fn begun(now: Timestamp, week: u32) -> Timestamp {
    let day = now.as_millis().div_euclid(DAY_MS);
    // The epoch was a Thursday.
    let monday = day - (day + 3).rem_euclid(7);
    Timestamp::from_millis((monday - i64::from(week.saturating_sub(1)) * 7) * DAY_MS)
}

/// What stands for a text: itself, or the digits of a number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first of these members that says something.
fn member(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(&value[*name]))
}

/// As a token: what is none of its letters is a line.
pub(super) fn token(said: &str) -> Option<ActorId> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let token: String = said.chars().map(plain).collect();
    ActorId::new(token.trim_matches('-').chars().take(64).collect::<String>()).ok()
}

/// What a name may be, cut where it is longer.
pub(super) fn name(said: &str) -> String {
    let end = said.floor_char_boundary(NAME_BYTES_MAX);
    said[..end].trim().to_owned()
}

/// The tasks that were told, and what they are called. `told` are texts, or objects with an id and
/// a name, hours or a week, skills, and what they wait for.
pub(super) fn tasks(told: &[Value], start: Timestamp) -> (Vec<Value>, Names) {
    let mut names = Names::default();
    let mut ids = Vec::new();
    for (at, one) in told.iter().enumerate() {
        let said = text(one).or_else(|| member(one, &["id", "task_id"]));
        let free = |id: &ActorId| !ids.contains(id);
        let numbered = || ActorId::new(format!("t{}", at + 1)).ok();
        let own = said.as_deref().and_then(token).filter(free).or_else(numbered);
        let id = own.filter(free).or_else(|| ActorId::new(format!("task-{}", at + 1)).ok());
        let Some(id) = id else { continue };
        for said in [said, called(one)].into_iter().flatten() {
            names.0.entry(said).or_insert_with(|| id.clone());
        }
        ids.push(id);
    }
    let tasks = told.iter().zip(&ids).map(|(one, id)| task(one, id, (told, &names), start));
    (tasks.collect(), names)
}

/// What a task is called.
fn called(one: &Value) -> Option<String> {
    let members = ["name", "task_name", "milestone", "title", "task", "desc", "description"];
    text(one).or_else(|| member(one, &members))
}

fn task(one: &Value, id: &ActorId, (all, names): (&[Value], &Names), start: Timestamp) -> Value {
    let waits: Vec<_> = ["depends_on", "dependencies"]
        .iter()
        .filter_map(|name| one[*name].as_array())
        .flatten()
        .filter_map(|said| names.of(said))
        .filter(|other| *other != id)
        .take(LINKS_MAX)
        .collect();
    let hours = ["estimated_hours", "hours"].iter().find_map(|name| one[*name].as_f64());
    let hours = hours.filter(|hours| *hours >= 0.0 && *hours <= 100_000.0);
    let mut task = json!({ "id": id, "after": waits.iter().map(|id| json!({ "task": id }))
        .collect::<Vec<_>>() });
    let week =
        one["week"].as_u64().filter(|week| (1..=520).contains(week)).filter(|_| hours.is_none());
    if let Some(week) = week {
        let week_of = |id: &ActorId| {
            let other = all.iter().find(|other| names.of(other) == Some(id));
            other.and_then(|other| other["week"].as_u64()).unwrap_or(0)
        };
        let before = waits.iter().map(|id| week_of(id)).max().unwrap_or(week - 1);
        let weeks = week.saturating_sub(before).max(1);
        task["minutes"] = json!(weeks * WEEK_MINUTES);
        let days = i64::try_from((week - weeks) * 7).unwrap_or(0);
        task["not_before"] = json!(start.plus_millis(days * DAY_MS));
    } else {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is bounded"
        )]
        let minutes = (hours.unwrap_or(HOURS_DEFAULT) * 60.0).round() as u64;
        task["minutes"] = json!(minutes);
    }
    if let Some(said) = called(one) {
        task["name"] = json!(name(&said));
    }
    let skills = ["skills", "required_skills"].iter().find_map(|name| one[*name].as_array());
    if let Some(skills) = skills {
        task["skills"] = json!(skills.iter().filter_map(text).collect::<Vec<_>>());
    }
    task
}

/// Who works: texts, or objects with a name and skills.
pub(super) fn team(told: &[Value]) -> Vec<Value> {
    let mut ids = Vec::new();
    let mut team = Vec::new();
    for one in told {
        let said = text(one).or_else(|| member(one, &["id", "name", "assignee"]));
        let Some(id) = said.as_deref().and_then(token).filter(|id| !ids.contains(id)) else {
            continue;
        };
        let skills = one["skills"].as_array().into_iter().flatten().filter_map(text);
        team.push(json!({ "id": id, "skills": skills.collect::<Vec<_>>() }));
        ids.push(id);
    }
    team
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::json;

    use super::{begun, tasks, team};

    #[test]
    fn a_plan_begins_on_the_monday_of_its_first_week() {
        let friday = Timestamp::from_millis(1_795_219_200_000 - 86_400_000);
        assert_eq!(begun(friday, 1).to_string(), "2026-11-16T00:00:00.000Z");
        assert_eq!(begun(friday, 3).to_string(), "2026-11-02T00:00:00.000Z");
    }

    #[test]
    fn what_is_told_in_weeks_takes_the_weeks_since_what_it_waits_for() {
        let told = [
            json!({ "id": 1, "milestone": "Walls", "week": 2 }),
            json!({ "id": 2, "milestone": "Roof", "week": 5, "dependencies": [1, "Nothing"] }),
            json!("Paint the walls"),
        ];
        let start = Timestamp::from_millis(0);
        let (tasks, names) = tasks(&told, start);
        assert_eq!((&tasks[0]["minutes"], &tasks[1]["minutes"]), (&json!(2_400), &json!(7_200)));
        assert_eq!(tasks[1]["after"], json!([{ "task": "1" }]));
        assert_eq!(
            (&tasks[2]["id"], &tasks[2]["minutes"]),
            (&json!("Paint-the-walls"), &json!(480))
        );
        assert_eq!(names.of(&json!("Roof")).map(ToString::to_string), Some("2".to_owned()));
    }

    #[test]
    fn people_are_named_once() {
        let told =
            [json!("Ann Smith"), json!({ "name": "Bob", "skills": ["masonry"] }), json!("Bob")];
        let wanted = [
            json!({ "id": "Ann-Smith", "skills": [] }),
            json!({ "id": "Bob", "skills": ["masonry"] }),
        ];
        assert_eq!(team(&told), wanted);
    }
}
