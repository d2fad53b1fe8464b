//! The schedule: tasks on a calendar, tried many times with other lengths, and kept in the
//! workbook so that texts and files speak of the same days.

use serde_json::{Value, json};

use super::desk::Desk;
use super::figures::story;
use crate::cli::failure::Failure;

const TASKS: &str = include_str!("story/timeline.json");
/// How often the plan is tried with other lengths.
const RUNS: u32 = 2_000;
/// A day of work, in minutes.
const DAY_MINUTES: f64 = 480.0;

/// Plans the tasks and writes the plan into the workbook; the plan.
pub async fn plan(desk: &mut Desk<'_>) -> Result<Value, Failure> {
    let tasks: Value = story(TASKS)?;
    let planned = desk.ask("circadian", "plan_timeline", &tasks).await?;
    let count = planned["timeline"].as_array().map_or(0, Vec::len);
    let path = planned["critical_path"].as_array().into_iter().flatten();
    let path: Vec<_> = path.filter_map(Value::as_str).collect();
    let said = format!("{count} tasks, critical path {}", path.join(" → "));
    desk.say("circadian", "timeline", &said)?;
    let tried = desk.ask("circadian", "simulate", &json!({ "runs": RUNS, "seed": 7 })).await?;
    let said = format!("{RUNS} runs, half of them done by {}", date(&done_by(&tried, 50)));
    desk.say("circadian", "simulate", &said)?;
    let gantt = desk.ask("circadian", "gantt", &json!({ "width": 1000 })).await?;
    let of = desk.actor("circadian");
    desk.keep("schedule.svg", &of, gantt["svg"].as_str().unwrap_or_default().as_bytes())?;
    let calendar = desk.ask("circadian", "export_calendar", &json!({})).await?;
    let text = calendar["text"].as_str().unwrap_or_default();
    desk.keep("schedule.ics", &of, text.as_bytes())?;
    desk.say("circadian", "calendar", "a picture of the plan, and its tasks as iCalendar")?;
    keep(desk, &planned, &tried).await?;
    Ok(planned)
}

async fn keep(desk: &mut Desk<'_>, planned: &Value, tried: &Value) -> Result<(), Failure> {
    let heads = ["Task", "Who", "From", "To", "Working days", "Slack in days"];
    let mut rows = vec![json!(heads)];
    let who = |id: &Value| {
        let all = planned["assignments"].as_array().into_iter().flatten();
        let mut own = all.filter(|given| given["task_id"] == *id);
        own.next().and_then(|given| given["assignee"].as_str()).map(capital)
    };
    for (index, task) in planned["timeline"].as_array().into_iter().flatten().enumerate() {
        let slack = task["slack_minutes"].as_f64().unwrap_or_default() / DAY_MINUTES;
        let row = index + 2;
        rows.push(json!([
            task["milestone"],
            who(&task["id"]),
            day(&task["start"]),
            day(&task["finish"]),
            format!("=NETWORKDAYS(C{row},D{row})"),
            slack,
        ]));
    }
    let end = rows.len();
    let facts = json!([
        ["Runs", RUNS],
        ["Half are done by", day(&done_by(tried, 50))],
        ["Eight of ten are done by", day(&done_by(tried, 80))],
    ]);
    desk.ask("myocyte", "add_sheet", &json!({ "name": "Schedule" })).await?;
    let areas = json!([{ "at": "A1", "rows": rows }, { "at": "H1", "rows": facts }]);
    desk.ask("myocyte", "set", &json!({ "sheet": "Schedule", "areas": areas })).await?;
    let head = json!({ "bold": true, "fill": "E8EEE4" });
    let date = json!({ "number": "d mmm yyyy" });
    let number = json!({ "number": "0.0" });
    for (area, style) in [
        ("A1:F1".to_owned(), head),
        (format!("C2:D{end}"), date.clone()),
        (format!("F2:F{end}"), number),
        ("I2:I3".to_owned(), date),
    ] {
        let look = json!({ "sheet": "Schedule", "area": area, "style": style });
        desk.ask("myocyte", "format", &look).await?;
    }
    desk.say("myocyte", "schedule", "the same days in the workbook")
}

/// When so many of a hundred runs were done.
fn done_by(tried: &Value, percent: u64) -> Value {
    let mut all = tried["done_by"].as_array().into_iter().flatten();
    all.find(|one| one["percent"] == percent).map_or(Value::Null, |one| one["at"].clone())
}

/// The day of an instant.
fn date(at: &Value) -> String {
    at.as_str().unwrap_or_default().chars().take(10).collect()
}

/// The day of an instant, as a formula of a workbook.
fn day(at: &Value) -> String {
    let date = date(at);
    let mut parts = date.split('-').map(|part| part.trim_start_matches('0'));
    let mut next = || parts.next().unwrap_or_default();
    format!("=DATE({},{},{})", next(), next(), next())
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{capital, day};

    #[test]
    fn days_are_formulas_and_names_have_capitals() {
        assert_eq!(day(&json!("2027-02-06T16:00:00.000Z")), "=DATE(2027,2,6)");
        assert_eq!((capital("mira"), capital("")), ("Mira".to_owned(), String::new()));
    }
}
