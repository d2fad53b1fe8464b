//! What a command causes.

use contracts::decider::TimerRun;
use contracts::kinds::check::Check;
use contracts::kinds::circadian::answers::{About, Began, Standing};
use contracts::kinds::circadian::limits::{SCHEDULES_MAX, TITLE_BYTES_MAX};
use contracts::kinds::circadian::{
    Command, Create, Deed, Event, Named, Of, Overlap, Rejection, Resumed, RunSkipped, RunStarted,
    Schedule, Scheduled, Why, secret_of,
};
use contracts::{ActorId, Context, Decision, Timestamp};
use serde_json::json;

use super::ahead::{self, Runs};
use super::check;
use super::plan;
use super::state::{Entry, State, Status};
use super::{calendar_in, calendars};

/// A decision, or why there is none.
pub(super) type Decided = Result<Decision<Event>, Rejection>;

/// What `command` causes.
pub(super) fn decide(state: &State, command: &Command, cx: &Context) -> Decided {
    match command {
        Command::Create(input) => create(state, input),
        Command::Schedule(input) => schedule(state, input, cx),
        Command::PlanTimeline(input) => plan::plan_timeline(state, input, cx),
        Command::ImportCalendar(input) => calendar_in::import_calendar(state, input, cx),
        _ if state.created.is_none() => Err(Rejection::NotFound),
        Command::Pause(input) => pause(state, input),
        Command::Resume(input) => resume(state, input, cx),
        Command::RunNow(input) => run_now(state, input, cx),
        Command::BackFill(input) => ahead::back_fill(state, input, cx),
        Command::Upcoming(input) => ahead::upcoming(state, input, cx),
        Command::Assign(input) => plan::assign(state, input, cx),
        Command::Progress(input) => plan::progress(state, input, cx),
        Command::Track(input) => plan::track(state, input, cx),
        Command::Simulate(input) => plan::simulate(state, input),
        Command::Gantt(input) => plan::gantt(state, input, cx),
        Command::Remind(input) => plan::remind(state, input, cx),
        Command::ExportCalendar(input) => calendars::export_calendar(state, input, cx),
        Command::Remove(input) => remove(state, input),
    }
}

/// The schedule of this name.
///
/// # Errors
/// There is none.
pub(super) fn known<'a>(state: &'a State, name: &ActorId) -> Result<&'a Entry, Rejection> {
    let none = || Rejection::ScheduleNotFound { name: name.clone() };
    state.schedules.get(name).ok_or_else(none)
}

fn create(state: &State, input: &Create) -> Decided {
    if state.created.is_some() {
        return Err(Rejection::Exists);
    }
    Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX).done()?;
    let about = About { title: input.title.clone(), schedules: 0 };
    Ok(Decision::now(vec![Event::Created(input.clone())], json!(about)))
}

fn schedule(state: &State, input: &Schedule, cx: &Context) -> Decided {
    let (schedule, next) = check::schedule(input, cx)?;
    let name = schedule.name.clone();
    if !state.schedules.contains_key(&name) && state.schedules.len() >= SCHEDULES_MAX {
        return Err(Rejection::Full);
    }
    let begins = state.created.is_none().then(|| Event::Created(Create::default()));
    let signed = matches!(&schedule.deed, Deed::Call(call) if call.signed);
    let secret = signed.then(|| secret_of(&cx.me));
    let set = Event::Scheduled(Box::new(Scheduled { schedule, next, secret }));
    Ok(told(begins.into_iter().chain([set]).collect(), &name, Status::Active.as_str(), Some(next)))
}

fn told(
    events: Vec<Event>,
    name: &ActorId,
    status: &str,
    next: Option<Timestamp>,
) -> Decision<Event> {
    let standing = Standing { name: name.clone(), status: status.to_owned(), next };
    Decision::now(events, json!(standing))
}

fn pause(state: &State, input: &Named) -> Decided {
    let entry = known(state, &input.name)?;
    match entry.status {
        Status::Ended => Err(Rejection::ScheduleEnded { name: input.name.clone() }),
        Status::Paused => Ok(told(Vec::new(), &input.name, "paused", None)),
        Status::Active => {
            let paused = Event::Paused(Of { name: input.name.clone() });
            Ok(told(vec![paused], &input.name, "paused", None))
        }
    }
}

fn resume(state: &State, input: &Named, cx: &Context) -> Decided {
    let entry = known(state, &input.name)?;
    let name = input.name.clone();
    if entry.status == Status::Active {
        return Ok(told(Vec::new(), &name, "active", entry.next));
    }
    let next = Runs::of(&entry.schedule).after(cx.now);
    let Some(next) = next else { return Err(Rejection::ScheduleEnded { name }) };
    let resumed = Event::Resumed(Resumed { name: name.clone(), next });
    Ok(told(vec![resumed], &name, "active", Some(next)))
}

fn remove(state: &State, input: &Named) -> Decided {
    known(state, &input.name)?;
    let removed = Event::Removed(Of { name: input.name.clone() });
    Ok(told(vec![removed], &input.name, "removed", None))
}

fn run_now(state: &State, input: &Named, cx: &Context) -> Decided {
    let entry = known(state, &input.name)?;
    let going = entry.open.clone().filter(|_| entry.schedule.overlap == Overlap::Skip);
    match cx.run {
        Some(run) => Ok(on_time(entry, run, going, cx)),
        None => {
            let run = going.is_none().then(|| cx.name("r_", 0));
            let started = run.clone().map(|run| started(entry, run, Why::Asked, cx.now));
            let events = started.into_iter().map(Event::RunStarted).collect();
            let (name, next) = (input.name.clone(), entry.next);
            Ok(Decision::now(events, json!(Began { name, run, next })))
        }
    }
}

fn started(entry: &Entry, run: String, why: Why, planned: Timestamp) -> RunStarted {
    let name = entry.schedule.name.clone();
    RunStarted { name, run, why, planned, missed: 0, next: None }
}

/// The schedule's timer fires.
fn on_time(entry: &Entry, timer: TimerRun, going: Option<String>, cx: &Context) -> Decision<Event> {
    let (name, until) = (entry.schedule.name.clone(), entry.schedule.until);
    if entry.status != Status::Active {
        return Decision::now(Vec::new(), json!(Began { name, run: None, next: None }));
    }
    let within = |at: &Timestamp| until.is_none_or(|until| *at <= until);
    let next = timer.next.filter(within);
    let (mut events, mut began) = (Vec::new(), None);
    if within(&timer.planned) {
        match going {
            Some(run) => events.push(Event::RunSkipped(RunSkipped {
                name: name.clone(),
                planned: timer.planned,
                run,
                next,
            })),
            None => {
                let run = cx.name("r_", 0);
                began = Some(run.clone());
                let missed = timer.missed;
                let run = started(entry, run, Why::Time, timer.planned);
                events.push(Event::RunStarted(RunStarted { missed, next, ..run }));
            }
        }
    }
    if next.is_none() {
        events.push(Event::Ended(Of { name: name.clone() }));
    }
    Decision::now(events, json!(Began { name, run: began, next }))
}
