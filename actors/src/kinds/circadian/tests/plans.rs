//! Plans of schedule books.

use contracts::Effect;
use serde_json::{Value, json};

use super::super::Circadian;
use super::super::state::Status;
use super::{at, deed, reply};
use crate::kinds::testing::{Given, Then, given};

/// Friday, 2027-01-15, 08:00 UTC: tests begin here, an hour before people work.
fn planned(input: Value) -> Then<Circadian> {
    given::<Circadian>([]).when("plan_timeline", input)
}

fn house() -> Value {
    json!({
        "title": "House",
        "tasks": [
            { "id": "walls", "minutes": 480, "minutes_min": 300, "minutes_max": 1_200,
              "skills": ["masonry"] },
            { "id": "garden", "minutes": 240, "skills": ["masonry"] },
            { "id": "roof", "minutes": 300, "after": [{ "task": "walls" }] },
            { "id": "ready", "minutes": 0, "after": [{ "task": "roof" }, { "task": "garden" }] },
        ],
        "team": [{ "id": "ann", "skills": ["Masonry"] }, { "id": "bob", "percent": 50 }],
    })
}

fn built() -> Given<Circadian> {
    let then = planned(house());
    then.decided();
    then.given
}

fn milestone<'a>(told: &'a Value, id: &str) -> &'a Value {
    let all = told["timeline"].as_array().expect("a timeline");
    all.iter().find(|one| one["id"] == id).expect("a task")
}

#[test]
fn a_plan_tells_who_does_what_when_and_what_may_not_be_late() {
    let then = planned(house());
    let told = reply(&then);
    assert_eq!(then.types(), ["Created", "Planned"]);
    let who: Vec<_> =
        told["assignments"].as_array().expect("some").iter().map(|it| &it["assignee"]).collect();
    assert_eq!(who, [&json!("ann"), &json!("ann"), &json!("bob"), &Value::Null]);
    // Ann does one thing after the other, Bob takes twice as long, and nobody works at weekends.
    let walls = milestone(&told, "walls");
    assert_eq!(walls["start"], "2027-01-15T09:00:00.000Z");
    assert_eq!(walls["finish"], "2027-01-15T17:00:00.000Z");
    assert_eq!(milestone(&told, "garden")["start"], "2027-01-18T09:00:00.000Z");
    assert_eq!(milestone(&told, "garden")["slack_minutes"], 360);
    assert_eq!(milestone(&told, "roof")["finish"], "2027-01-19T11:00:00.000Z");
    assert_eq!(told["critical_path"], json!(["walls", "roof", "ready"]));
    assert_eq!(
        told["next_actions"][0],
        json!({ "id": "walls", "do": "walls", "priority": "high" })
    );
    assert_eq!(told["risks"][0]["severity"], "medium");
    let reason = told["assignments"][0]["reasoning"].as_str().expect("a reason");
    assert!(reason.starts_with("has masonry"), "{reason}");
    then.given.state_is_the_fold();
}

#[test]
fn goals_are_reached_one_after_the_other() {
    let told =
        reply(&planned(json!({ "goals": ["Plan", "Build"], "duration_weeks": 2, "team_size": 3 })));
    assert_eq!(told["critical_path"], json!(["g1", "g2"]));
    assert_eq!(told["finish"], "2027-01-28T17:00:00.000Z");
    assert_eq!(
        (&told["timeline"][0]["week"], &told["timeline"][1]["week"]),
        (&json!(1), &json!(2))
    );
}

#[test]
fn a_plan_that_cannot_be_is_refused_and_the_reason_named() {
    let task =
        |id: &str, after: &str| json!({ "id": id, "minutes": 1, "after": [{ "task": after }] });
    let cycle = json!({ "tasks": [task("a", "c"), task("b", "a"), task("c", "b")] });
    let then = planned(cycle).then_refused("plan_cycle");
    let refusal = then.result.expect_err("refused");
    let tasks = refusal.details.expect("details")["tasks"].clone();
    assert_eq!(tasks.as_array().map(Vec::len), Some(3), "{tasks}");
    let twice = json!({ "id": "a", "minutes": 1 });
    let nobody = json!({ "tasks": [{ "id": "a", "minutes": 1, "who": "eve" }] });
    for (input, code) in [
        (json!({ "tasks": [task("a", "x")] }), "plan_task_unknown"),
        (json!({ "tasks": [twice.clone(), twice] }), "plan_task_twice"),
        (nobody, "invalid_input"),
        (json!({}), "invalid_input"),
        (json!({ "tasks": [{ "id": "a", "minutes": 9, "minutes_min": 10 }] }), "invalid_input"),
        (json!({ "goals": ["a"], "hours": { "week": { "mon": ["9-17"] } } }), "invalid_input"),
        (json!({ "goals": ["a"], "hours": { "week": {} } }), "invalid_input"),
        (json!({ "goals": ["a"], "zone": "Mars/Base" }), "schedule_invalid"),
        (
            json!({ "tasks": [{ "id": "a", "minutes": 1_000_000 }],
                    "hours": { "week": { "mon": ["09:00-09:01"] } } }),
            "plan_too_long",
        ),
    ] {
        planned(input).then_refused(code);
    }
    for command in ["track", "gantt", "simulate", "assign"] {
        let begun = given::<Circadian>([]).when("create", json!({})).given;
        begun.when(command, json!({})).then_refused("plan_missing");
    }
}

#[test]
fn clocks_that_are_set_leave_working_time_as_it_is() {
    // On Sunday, 28 March 2027, clocks skip 02:00 to 03:00.
    let night = json!({
        "start": "2027-03-26T23:00:00.000Z", "zone": "Europe/Berlin",
        "tasks": [{ "id": "a", "minutes": 2_880 }],
        "hours": { "week": { "sat": ["00:00-24:00"], "sun": ["00:00-24:00"] } },
    });
    let told = reply(&planned(night));
    // Two days by the clocks are 47 hours.
    assert_eq!(told["finish"], "2027-03-28T22:00:00.000Z");
}

#[test]
fn where_a_plan_stands_is_told_by_the_clock() {
    let told = reply(&built().when("track", json!({})));
    assert_eq!((&told["status"], &told["completion_percentage"]), (&json!("green"), &json!(0)));
    let late =
        |now: &str, given: Given<Circadian>| reply(&given.when("track", json!({ "now": now })));
    let told = late("2027-01-18T17:00:00Z", built());
    assert_eq!((&told["status"], &told["tasks"][0]["standing"]), (&json!("red"), &json!("late")));
    assert_eq!(told["concerns"].as_array().map(Vec::len), Some(4));
    assert_eq!(told["recommendations"][0], "take other work from ann until walls is done");
    let mut given = built();
    given.late_ms = 9 * 3_600_000;
    let done = json!({ "task": "walls", "percent": 100, "started": "2027-01-15T09:00:00Z" });
    let then = given.when("progress", done.clone());
    assert_eq!(reply(&then)["finished"], "2027-01-15T17:00:00.001Z");
    let told = late("2027-01-15T17:00:00Z", then.given);
    assert_eq!((&told["status"], &told["tasks"][0]["standing"]), (&json!("green"), &json!("done")));
    assert_eq!(told["next_milestone"], "ready");
    let odd = json!({ "task": "walls", "percent": 50, "finished": "2027-01-15T08:00:00Z" });
    built().when("progress", odd).then_refused("invalid_input");
    let unknown = json!({ "task": "moon", "percent": 50 });
    built().when("progress", unknown).then_refused("plan_task_unknown");
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let run = |seed: u64| reply(&built().when("simulate", json!({ "runs": 300, "seed": seed })));
    assert_eq!(run(7), run(7));
    assert_ne!(run(7)["estimate"], run(8)["estimate"]);
    assert_eq!(run(7)["critical"][0], json!({ "id": "walls", "percent": 100.0 }));
    let done_by: Vec<_> =
        run(7)["done_by"].as_array().expect("some").iter().map(|it| it["at"].to_string()).collect();
    assert!(done_by.is_sorted() && done_by.len() == 4, "{done_by:?}");
    built().when("simulate", json!({ "runs": 100_000 })).then_refused("invalid_input");
}

#[test]
fn the_picture_shows_tasks_and_people() {
    let told = reply(&built().when("gantt", json!({})));
    let svg = told["svg"].as_str().expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains(">walls<") && svg.contains(">bob<"));
}

#[test]
fn others_may_do_the_work() {
    let then = built().when("assign", json!({ "who": { "garden": "bob" } }));
    let told = reply(&then);
    assert_eq!(told["assignments"][1]["assignee"], "bob");
    assert_eq!(told["assignments"][1]["reasoning"], "was named for it");
    let team = json!({ "team": [{ "id": "cid", "skills": ["masonry"] }] });
    let told = reply(&then.given.when("assign", team));
    let who: Vec<_> =
        told["assignments"].as_array().expect("some").iter().map(|it| &it["assignee"]).collect();
    assert_eq!(who, [&json!("cid"), &json!("cid"), &json!("cid"), &Value::Null]);
    let nobody = json!({ "team": [{ "id": "dan" }] });
    let told = reply(&built().when("assign", nobody));
    assert_eq!(told["assignments"][0]["reasoning"], "nobody has masonry");
    assert_eq!(told["risks"][0]["severity"], "high");
    built().when("assign", json!({ "who": { "walls": "eve" } })).then_refused("invalid_input");
}

#[test]
fn a_reminder_follows_its_task() {
    let remind = json!({
        "task": "roof", "of": "start", "before_s": 3_600,
        "do": { "post": { "conversation": "c", "text": "{what} begins" } },
    });
    let then = built().when("remind", remind.clone());
    assert_eq!(reply(&then)["next"], "2027-01-18T08:00:00.000Z");
    let set = |then: &Then<Circadian>| {
        let timers = then.effects.iter().filter_map(|effect| match effect {
            Effect::Timer(timer) => Some((timer.name.to_string(), timer.at)),
            _ => None,
        });
        timers.collect::<Vec<_>>()
    };
    let name = || "s:remind-roof-start".to_owned();
    assert_eq!(set(&then), [(name(), Some(at("2027-01-18T08:00:00Z")))]);
    let mut longer = house();
    longer["tasks"][0]["minutes"] = json!(540);
    let moved = then.given.when("plan_timeline", longer);
    assert_eq!(set(&moved), [(name(), Some(at("2027-01-18T09:00:00Z")))]);
    assert_eq!(reply(&moved)["reminders"][0]["at"], "2027-01-18T09:00:00.000Z");
    let same = moved.given.when("assign", json!({}));
    assert_eq!(set(&same), [], "what stays is not set again");
    let gone = same.given.when("plan_timeline", json!({ "goals": ["Rest"] }));
    assert_eq!(set(&gone), [(name(), None)]);
    assert!(gone.given.state.reminders.is_empty() && gone.given.state.schedules.is_empty());
    gone.given.state_is_the_fold();
    let mut order = remind.clone();
    order["do"] = deed();
    built().when("remind", order).then_refused("invalid_input");
    let rests = built().when("remind", remind.clone()).given;
    let rests = rests.when("pause", json!({ "name": "remind-roof-start" })).given;
    let mut longer = house();
    longer["tasks"][0]["minutes"] = json!(540);
    let moved = rests.when("plan_timeline", longer).given;
    assert_eq!(moved.state.schedules["remind-roof-start"].status, Status::Paused);
    let resumed = moved.when("resume", json!({ "name": "remind-roof-start" }));
    assert_eq!(reply(&resumed)["next"], "2027-01-18T09:00:00.000Z");
    let mut past = remind.clone();
    past["task"] = json!("walls");
    past["before_s"] = json!(86_400);
    built().when("remind", past).then_refused("reminder_past");
    let mut given = built().when("remind", remind).given;
    given.late_ms = 30 * 86_400_000;
    let mut old = house();
    old["start"] = json!("2027-01-15T08:00:00Z");
    let ended = given.when("plan_timeline", old).given;
    assert_eq!(ended.state.schedules["remind-roof-start"].status, Status::Ended);
}
