//! iCalendar files out: schedules and tasks become entries.

use contracts::kinds::circadian::When;
use contracts::kinds::circadian::calendars::{ExportCalendar, Exported, Unread};
use contracts::kinds::circadian::limits::{CRON_DATES_MAX, SCHEDULE_NAME_BYTES_MAX};
use contracts::schedule::Clocks;
use contracts::{ActorId, Context, Decision, Tenant, Timestamp};
use office::ical::{self, Calendar, Entry, Sort};
use serde_json::json;

use super::ahead::Runs;
use super::decide::Decided;
use super::ours;
use super::plan;
use super::state::{self, State, Status};

/// Gives schedules and tasks as a file.
pub(super) fn export_calendar(state: &State, input: &ExportCalendar, cx: &Context) -> Decided {
    let of = Of { tenant: &cx.tenant, me: &cx.me, now: cx.now };
    let (text, left_out) = written(state, *input, of);
    Ok(Decision::now(
        Vec::new(),
        json!(Exported {
            media_type: "text/calendar; charset=utf-8".to_owned(),
            filename: format!("{}.ics", cx.me),
            bytes: text.len() as u64,
            text,
            left_out,
        }),
    ))
}

/// A schedule book as a file, as of a moment, and what of it such a file cannot say.
pub(crate) fn calendar(
    state: &State,
    (tenant, me): (&Tenant, &ActorId),
    now: Timestamp,
) -> (String, Vec<Unread>) {
    let all = ExportCalendar { schedules: true, tasks: true };
    written(state, all, Of { tenant, me, now })
}

/// Whose file it is, and of when.
#[derive(Clone, Copy)]
struct Of<'a> {
    tenant: &'a Tenant,
    me: &'a ActorId,
    now: Timestamp,
}

fn written(state: &State, input: ExportCalendar, cx: Of<'_>) -> (String, Vec<Unread>) {
    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    let active = state.schedules.values().filter(|it| it.status == Status::Active);
    for entry in active.filter(|_| input.schedules) {
        match appointment(entry, cx) {
            Ok((entry, lost)) => {
                left_out.extend(lost.map(|reason| Unread { uid: entry.uid.clone(), reason }));
                entries.push(entry);
            }
            Err(reason) => {
                left_out.push(Unread { uid: uid(&entry.schedule.name, cx), reason });
            }
        }
    }
    if input.tasks {
        entries.extend(tasks(state, cx));
    }
    let calendar = Calendar { name: state.title.clone(), entries };
    (ical::write(&calendar, cx.now.as_millis()), left_out)
}

/// What tells a schedule from those of other actors, too.
fn uid(name: &ActorId, cx: Of<'_>) -> String {
    format!("{name}@{}.{}.circadian", cx.me, cx.tenant)
}

/// The name of a schedule that a file of ours tells by this.
pub(super) fn named(uid: &str) -> Option<ActorId> {
    let (whose, _) = uid.strip_suffix(".circadian")?.split_once('.')?;
    let (name, _) = whose.rsplit_once('@')?;
    ActorId::new(name).ok().filter(|name| name.as_str().len() <= SCHEDULE_NAME_BYTES_MAX)
}

/// What tells a task from a schedule of its name, too.
fn uid_of_task(id: &ActorId, cx: Of<'_>) -> String {
    format!("{id}.task@{}.{}.circadian", cx.me, cx.tenant)
}

/// A schedule as an appointment, and what of it cannot be said so.
fn appointment(entry: &state::Entry, cx: Of<'_>) -> Result<(Entry, Option<String>), String> {
    let schedule = &entry.schedule;
    let instant = |at: Timestamp| Some(ical::When::At(at.as_millis()));
    let next = Runs::of(schedule).after(cx.now);
    let next = next.ok_or_else(|| "it has no run ahead".to_owned())?;
    let mut told = Entry {
        uid: uid(&schedule.name, cx),
        summary: Some(schedule.note.clone().unwrap_or_else(|| schedule.name.to_string())),
        start: instant(next),
        ..Entry::default()
    };
    let mut lost = None;
    match &schedule.when {
        When::At(at) => told.start = instant(*at),
        When::Rrule(rule) => {
            let clocks = Clocks::of(&rule.zone).map_err(|error| error.to_string())?;
            let start = rule.start.unwrap_or(next);
            let seconds = clocks.minute(start) * 60 + start.as_millis().div_euclid(1_000) % 60;
            let zone = Some(rule.zone.clone()).filter(|zone| zone != "UTC");
            told.start = match zone {
                None => instant(start),
                zone => Some(ical::When::Local { seconds, zone }),
            };
            let lines = rule.text.lines().map(str::trim).filter(|line| !line.is_empty());
            told.rule = lines
                .map(|line| match line.contains(':') {
                    true => line.to_ascii_uppercase(),
                    false => format!("RRULE:{}", line.to_ascii_uppercase()),
                })
                .collect();
        }
        When::Every(every) if every.every_ms % 1_000 == 0 => {
            told.rule = vec![spans(every.every_ms)];
        }
        When::Every(_) => {
            return Err("an iCalendar has no parts of seconds".to_owned());
        }
        When::Cron(_) => {
            let (first, runs) = (next, Runs::of(schedule));
            let next = |at: &Timestamp| runs.after(*at);
            let dates = std::iter::successors(Some(first), next);
            let dates = dates.take(CRON_DATES_MAX as usize).skip(1).map(compact);
            told.rule = dates.map(|date| format!("RDATE:{date}")).collect();
            lost = Some(format!(
                "an iCalendar has no cron expressions: its next {CRON_DATES_MAX} runs are told"
            ));
        }
    }
    if let Some(until) = schedule.until
        && let Some(rule) = told.rule.iter_mut().find(|line| line.starts_with("RRULE:"))
    {
        if rule.contains("UNTIL=") || rule.contains("COUNT=") {
            lost = Some(format!("its rule has an end: that on {until} is not told"));
        } else {
            rule.push_str(&format!(";UNTIL={}", compact(until)));
        }
    }
    told.ours = Some(ours::line(schedule, &told));
    Ok((told, lost))
}

/// Equal spans as a rule on the clocks of UTC, where a day is a day.
fn spans(every_ms: u64) -> String {
    let seconds = every_ms / 1_000;
    let units = [("DAILY", 86_400), ("HOURLY", 3_600), ("MINUTELY", 60)];
    let unit = units.into_iter().find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (freq, unit) = unit.unwrap_or(("SECONDLY", 1));
    format!("RRULE:FREQ={freq};INTERVAL={}", seconds / unit)
}

/// `20270105T090000Z`.
pub(super) fn compact(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or(&text).trim_end_matches('Z');
    let plain: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{plain}Z")
}

/// The tasks of the plan.
fn tasks(state: &State, cx: Of<'_>) -> Vec<Entry> {
    let Some(plan) = &state.plan else { return Vec::new() };
    let all = plan.tasks.iter().zip(&plan.placed);
    all.map(|(task, placed)| {
        let known = state.progress.get(&task.id);
        let who = placed.who.as_ref().map(|who| format!("{who}: {}", placed.reason));
        Entry {
            sort: Sort::Todo,
            uid: uid_of_task(&task.id, cx),
            summary: Some(plan::name(task)),
            description: who,
            location: None,
            start: Some(ical::When::At(placed.start.as_millis())),
            end: Some(ical::When::At(placed.finish.as_millis())),
            rule: Vec::new(),
            percent: Some(known.map_or(0, |known| known.percent)),
            completed: known.and_then(|it| it.finished).map(Timestamp::as_millis),
            after: task.after.iter().map(|after| uid_of_task(&after.task, cx)).collect(),
            ours: None,
        }
    })
    .collect()
}
