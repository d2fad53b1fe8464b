//! iCalendar files: appointments become schedules, schedules and tasks become entries.

use contracts::kinds::check::Check;
use contracts::kinds::circadian::calendars::{
    ExportCalendar, Exported, FromCalendar, ImportCalendar, Imported, Unread,
};
use contracts::kinds::circadian::limits::{
    CALENDAR_BYTES_MAX, CALENDAR_RULES_MAX, CRON_DATES_MAX, SCHEDULES_MAX, TITLE_BYTES_MAX,
    UNREAD_MAX,
};
use contracts::kinds::circadian::{
    CalendarImported, Create, Deed, Event, Overlap, Rejection, Schedule, Scheduled, When, secret_of,
};
use contracts::schedule::{Clocks, Missed, Rrule};
use contracts::{ActorId, Context, Decision, Hash, Refusal, Timestamp};
use office::ical::{self, Bounds, Calendar, Entry, Sort};
use serde_json::json;

use super::ahead::Runs;
use super::check;
use super::decide::Decided;
use super::plan;
use super::state::{self, State, Status};

/// Makes a schedule of each appointment.
pub(super) fn import_calendar(state: &State, input: &ImportCalendar, cx: &Context) -> Decided {
    let within = Check::new().text("text", &input.text, CALENDAR_BYTES_MAX);
    check::deed(within, &input.deed, cx).done()?;
    let clocks = Clocks::of(&input.zone).map_err(Refusal::from)?;
    let opened = ical::read(input.text.as_bytes(), Bounds::default()).map_err(|unread| {
        Rejection::CalendarUnread { line: unread.line as u64, reason: unread.what }
    })?;
    let mut left_out = opened.left_out;
    let mut unread: Vec<_> =
        opened.unread.into_iter().map(|(uid, reason)| Unread { uid, reason }).collect();
    let (mut events, mut schedules) = (Vec::new(), Vec::<FromCalendar>::new());
    let mut rules = 0;
    for entry in opened.calendar.entries {
        if entry.sort == Sort::Todo {
            *left_out.entry("VTODO".to_owned()).or_default() += 1;
            continue;
        }
        for (name, there) in [
            ("DESCRIPTION", entry.description.is_some()),
            ("DTEND", entry.end.is_some()),
            ("LOCATION", entry.location.is_some()),
        ] {
            if there {
                *left_out.entry(name.to_owned()).or_default() += 1;
            }
        }
        let name = name_of(&entry.uid);
        let new = !state.schedules.contains_key(&name);
        let twice = schedules.iter().any(|other| other.name == name);
        let added = schedules.iter().filter(|one| !state.schedules.contains_key(&one.name)).count();
        rules += usize::from(!entry.rule.is_empty());
        let made = match twice {
            _ if rules > CALENDAR_RULES_MAX && !entry.rule.is_empty() => {
                Err(format!("{CALENDAR_RULES_MAX} rules of a file are read"))
            }
            true => Err("another entry has the same UID".to_owned()),
            false if new && state.schedules.len() + added >= SCHEDULES_MAX => {
                Err(format!("there is room for {SCHEDULES_MAX} schedules"))
            }
            false => of_entry(&entry, name.clone(), input, &clocks, cx),
        };
        match made {
            Ok(set) => {
                schedules.push(FromCalendar { name, uid: entry.uid, next: set.next });
                events.push(Event::Scheduled(Box::new(set)));
            }
            Err(reason) => unread.push(Unread { uid: entry.uid, reason }),
        }
    }
    let unread_count = unread.len() as u64;
    unread.truncate(UNREAD_MAX);
    let begins = state.created.is_none().then(|| Event::Created(Create::default()));
    let imported = Event::CalendarImported(CalendarImported {
        hash: Hash::of(input.text.as_bytes()),
        bytes: input.text.len() as u64,
        schedules: schedules.len() as u64,
        unread: unread_count,
    });
    let all = begins.into_iter().chain([imported]).chain(events).collect();
    Ok(Decision::now(all, json!(Imported { schedules, left_out, unread, unread_count })))
}

/// The schedule of an appointment is called as it is, as far as that is a name, with a word before
/// it: no file takes the place of what was scheduled otherwise.
fn name_of(uid: &str) -> ActorId {
    let short = uid.len() <= 100;
    ActorId::new(format!("ics-{uid}")).ok().filter(|_| short).unwrap_or_else(|| {
        let hash = Hash::of_parts("cambium circadian uid v1", &[uid]).to_string();
        ActorId::new(format!("ics-{}", &hash[..24])).expect("digits are a token")
    })
}

/// The finest rule that an appointment may have; a file from elsewhere does not ask for more.
const TIMES_OF_A_DAY_MAX: usize = 24;

/// Whether a rule asks for more than somebody would put into a calendar.
fn is_busy(rule: &str) -> bool {
    let rule = rule.to_ascii_uppercase();
    let parts = || rule.trim_start_matches("RRULE:").split(';').filter_map(|it| it.split_once('='));
    let fine = parts().any(|(name, it)| name == "FREQ" && ["SECONDLY", "MINUTELY"].contains(&it));
    let lists = parts().filter(|(name, _)| ["BYHOUR", "BYMINUTE", "BYSECOND"].contains(name));
    let times: usize = lists.map(|(_, list)| list.split(',').count().min(100)).product();
    fine || times > TIMES_OF_A_DAY_MAX
}

fn of_entry(
    entry: &Entry,
    name: ActorId,
    input: &ImportCalendar,
    clocks: &Clocks,
    cx: &Context,
) -> Result<Scheduled, String> {
    let floating = |seconds: i64| {
        let minute = clocks.instant(seconds.div_euclid(60));
        minute.map(|minute| minute.plus_millis(seconds.rem_euclid(60) * 1_000))
    };
    let (start, zone) = match &entry.start {
        None => return Err("it has no DTSTART".to_owned()),
        Some(ical::When::At(ms)) => (Some(Timestamp::from_millis(*ms)), "UTC".to_owned()),
        Some(ical::When::Day(day)) => (floating(day * 86_400), input.zone.clone()),
        Some(ical::When::Local { seconds, zone: None }) => (floating(*seconds), input.zone.clone()),
        Some(ical::When::Local { seconds, zone: Some(zone) }) => {
            let own = Clocks::of(zone).map_err(|error| error.to_string())?;
            let minute = own.instant(seconds.div_euclid(60));
            let start = minute.map(|it| it.plus_millis(seconds.rem_euclid(60) * 1_000));
            (start, zone.clone())
        }
    };
    let start = start.ok_or_else(|| "the calendar ends before it".to_owned())?;
    if entry.rule.iter().any(|line| is_busy(line)) {
        return Err("it recurs more often than an appointment does".to_owned());
    }
    let mut rule = entry.rule.clone();
    // Dates come beside the first one.
    if !rule.is_empty() && !rule.iter().any(|line| line.starts_with("RRULE:")) {
        rule.push(format!("RDATE:{}", compact(start)));
    }
    let when = match rule.is_empty() {
        true if start <= cx.now => return Err(format!("it was on {start}")),
        true => When::At(start),
        false => When::Rrule(Rrule { text: rule.join("\n"), zone, start: Some(start) }),
    };
    let schedule = Schedule {
        name,
        when,
        deed: input.deed.clone(),
        until: None,
        missed: Missed::Once,
        missed_runs_max: None,
        jitter_ms_max: 0,
        overlap: Overlap::Allow,
        note: entry.summary.as_deref().map(cut).filter(|note| !note.trim().is_empty()),
    };
    let (schedule, next) = check::schedule(&schedule, cx).map_err(|refusal| {
        let first = refusal.errors.first().map(|error| error.message.clone());
        first.unwrap_or(refusal.message)
    })?;
    let signed = matches!(&schedule.deed, Deed::Call(call) if call.signed);
    Ok(Scheduled { schedule, next, secret: signed.then(|| secret_of(&cx.me)) })
}

/// As much of a text as a note holds.
fn cut(text: &str) -> String {
    let mut end = text.len().min(TITLE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace('\0', " ")
}

/// Gives schedules and tasks as a file.
pub(super) fn export_calendar(state: &State, input: &ExportCalendar, cx: &Context) -> Decided {
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
    let text = ical::write(&calendar, cx.now.as_millis());
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

/// What tells a schedule from those of other actors, too.
fn uid(name: &ActorId, cx: &Context) -> String {
    format!("{name}@{}.{}.circadian", cx.me, cx.tenant)
}

/// What tells a task from a schedule of its name, too.
fn uid_of_task(id: &ActorId, cx: &Context) -> String {
    format!("{id}.task@{}.{}.circadian", cx.me, cx.tenant)
}

/// A schedule as an appointment, and what of it cannot be said so.
fn appointment(entry: &state::Entry, cx: &Context) -> Result<(Entry, Option<String>), String> {
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
fn compact(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or(&text).trim_end_matches('Z');
    let plain: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{plain}Z")
}

/// The tasks of the plan.
fn tasks(state: &State, cx: &Context) -> Vec<Entry> {
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
        }
    })
    .collect()
}
