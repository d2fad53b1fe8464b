//! The commands and events of a schedule book, as documented.

use serde_json::{Value, json};

use super::{answers, calendars, commands, plan, schedules, told};
use crate::hash::Hash;
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands that may be sent to a schedule book that does not exist.
const BEGINNERS: &[&str] = &["create", "schedule", "plan_timeline", "import_calendar"];

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let mut all = of_schedules();
    all.extend(of_plans());
    all.extend(of_calendars());
    all.push(command::<schedules::Named, answers::Standing>(
        "remove",
        "Ends a schedule.",
        json!({ "name": "standup" }),
    ));
    page::beginning(BEGINNERS, all)
}

fn of_schedules() -> Vec<CommandSpec> {
    let named = || json!({ "name": "standup" });
    vec![
        command::<commands::Create, answers::About>(
            "create",
            "Begins a schedule book.",
            json!({ "title": "Roof" }),
        ),
        command::<schedules::Schedule, answers::Standing>(
            "schedule",
            "Says what happens when, in place of what was said under that name.",
            standup(),
        ),
        command::<schedules::Named, answers::Standing>(
            "pause",
            "Lets a schedule rest: what would run meanwhile does not.",
            named(),
        ),
        command::<schedules::Named, answers::Standing>(
            "resume",
            "Lets a schedule go on with its next run.",
            named(),
        ),
        command::<schedules::Named, answers::Began>(
            "run_now",
            "Begins a run now; a schedule's timer asks this, too.",
            named(),
        ),
        command::<schedules::BackFill, answers::Filled>(
            "back_fill",
            "Begins the runs of a span that did not begin, the earliest first.",
            json!({ "name": "standup", "from": "2026-01-05T00:00:00.000Z", "runs_max": 2 }),
        ),
        command::<schedules::Upcoming, answers::Ahead>(
            "upcoming",
            "Tells the next runs.",
            json!({ "count": 3 }),
        ),
    ]
}

fn of_plans() -> Vec<CommandSpec> {
    vec![
        command::<plan::PlanTimeline, told::Timeline>(
            "plan_timeline",
            "Makes a plan of tasks or goals: who does what when, and what may not be late.",
            roof(),
        ),
        command::<plan::Assign, told::Timeline>(
            "assign",
            "Makes the plan anew with other people, or with tasks given to others.",
            json!({ "who": { "roof": "bob" } }),
        ),
        command::<plan::Progress, told::Progressed>(
            "progress",
            "Says how far a task is.",
            json!({ "task": "walls", "percent": 40 }),
        ),
        command::<plan::Track, told::Tracked>(
            "track",
            "Tells where the plan stands, and when it will end as far as one can tell.",
            json!({}),
        ),
        command::<plan::Simulate, told::Simulated>(
            "simulate",
            "Runs the plan through by chance, which follows from a seed.",
            json!({ "runs": 500, "seed": 7 }),
        ),
        command::<plan::Gantt, told::Drawn>("gantt", "Draws the plan.", json!({ "width": 960 })),
        command::<plan::Remind, answers::Standing>(
            "remind",
            "Sets a reminder that follows a task when the plan changes.",
            json!({
                "task": "ready", "of": "finish", "before_s": 3_600,
                "do": { "post": { "conversation": "plans", "text": "{what} is due at {planned}" } },
            }),
        ),
    ]
}

fn of_calendars() -> Vec<CommandSpec> {
    let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:review\r\nSUMMARY:Review\r\n\
                DTSTART;TZID=Europe/Berlin:20990105T090000\r\nRRULE:FREQ=WEEKLY;COUNT=10\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let post = json!({ "post": { "conversation": "plans", "text": "{what} begins" } });
    vec![
        command::<calendars::ImportCalendar, calendars::Imported>(
            "import_calendar",
            "Makes a schedule of each appointment of an iCalendar file.",
            json!({ "text": file, "do": post }),
        ),
        command::<calendars::ExportCalendar, calendars::Exported>(
            "export_calendar",
            "Gives schedules and tasks as an iCalendar file.",
            json!({}),
        ),
    ]
}

fn roof() -> Value {
    json!({
        "title": "Roof", "start": "2099-01-05T08:00:00.000Z", "zone": "Europe/Berlin",
        "tasks": [
            { "id": "walls", "minutes": 2_400, "minutes_min": 1_900, "minutes_max": 4_000,
              "skills": ["masonry"] },
            { "id": "roof", "name": "The roof", "minutes": 960,
              "after": [{ "task": "walls", "lag_minutes": 480 }] },
            { "id": "ready", "minutes": 0, "after": [{ "task": "roof" }] },
        ],
        "hours": { "week": { "mon": ["07:00-12:00", "13:00-16:00"], "tue": ["07:00-16:00"] },
                   "days_off": ["2099-01-06"] },
        "team": [{ "id": "ann", "skills": ["masonry"] }, { "id": "bob", "percent": 50 }],
    })
}

fn standup() -> Value {
    json!({
        "name": "standup",
        "when": { "rrule": {
            "text": "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
            "zone": "Europe/Berlin",
            "start": "2026-01-05T08:00:00.000Z",
        } },
        "do": { "send": {
            "kind": "counter", "id": "standups", "command": "add", "input": { "by": 1 },
        } },
        "missed": "skip",
    })
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let of = || json!({ "name": "standup" });
    let scheduled = json!({ "schedule": standup(), "next": "2026-01-07T08:00:00.000Z" });
    vec![
        event("Created", "It began.", json!({ "title": "Roof" })),
        event("Scheduled", "What happens when was said.", scheduled),
        event("Paused", "A schedule rests.", of()),
        event(
            "Resumed",
            "A schedule goes on.",
            json!({ "name": "standup", "next": "2026-01-07T08:00:00.000Z" }),
        ),
        event(
            "RunStarted",
            "A run began.",
            json!({
                "name": "standup", "run": "r_1f0c29ab34", "why": "time",
                "planned": "2026-01-07T08:00:00.000Z", "missed": 2,
                "next": "2026-01-09T08:00:00.000Z",
            }),
        ),
        event(
            "RunSkipped",
            "A run was left out, since the one before goes on.",
            json!({
                "name": "standup", "planned": "2026-01-09T08:00:00.000Z", "run": "r_1f0c29ab34",
                "next": "2026-01-12T08:00:00.000Z",
            }),
        ),
        event("RunFinished", "A run did what it should.", json!({ "run": "r_1f0c29ab34" })),
        event(
            "RunFailed",
            "A run did not.",
            json!({
                "run": "r_1f0c29ab34", "code": "actor_not_found", "reason": "there is no such actor",
            }),
        ),
        event("Ended", "A schedule has no run ahead.", of()),
        event("Removed", "A schedule is gone.", of()),
        event("Planned", "Tasks have their places.", planned()),
        event(
            "Progressed",
            "Somebody said how far a task is.",
            json!({ "task": "walls", "percent": 40, "started": "2099-01-05T08:00:00.000Z" }),
        ),
        event(
            "ReminderSet",
            "A schedule follows a task.",
            json!({ "name": "remind-ready-finish", "remind": {
                "task": "ready", "of": "finish", "before_s": 3_600,
                "do": { "mail": {
                    "to": ["ann@example.org"], "subject": "Roof", "text": "{what} is due",
                } },
            } }),
        ),
        event(
            "CalendarImported",
            "Schedules came from a calendar.",
            json!({
                "hash": Hash::of(b"BEGIN:VCALENDAR"), "bytes": 15, "schedules": 1, "unread": 0,
            }),
        ),
    ]
}

fn planned() -> Value {
    json!({
        "title": "Roof", "start": "2099-01-05T08:00:00.000Z", "zone": "Europe/Berlin",
        "team": [{ "id": "ann", "skills": ["masonry"] }], "level": true,
        "tasks": [{ "id": "walls", "minutes": 480, "skills": ["masonry"], "after": [
            { "task": "ground", "type": "ss", "lag_minutes": 60 }
        ] }],
        "placed": [{
            "task": "walls", "start": "2099-01-05T08:00:00.000Z",
            "finish": "2099-01-05T16:00:00.000Z", "slack_minutes": 0, "critical": true,
            "who": "ann", "reason": "has masonry; 0.0 h of work before, 8.0 h with it",
        }],
        "finish": "2099-01-05T16:00:00.000Z",
    })
}
