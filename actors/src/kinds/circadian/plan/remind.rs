//! Reminders: schedules that follow tasks.

use contracts::kinds::check::Check;
use contracts::kinds::circadian::answers::Standing;
use contracts::kinds::circadian::limits::{BEFORE_S_MAX, SCHEDULES_MAX};
use contracts::kinds::circadian::told::ReminderTold;
use contracts::kinds::circadian::{
    Deed, Event, Moment, Of, Overlap, Planned, Rejection, Remind, ReminderSet, Schedule, Scheduled,
    When, secret_of,
};
use contracts::schedule::Missed;
use contracts::{ActorId, Context, Decision, Hash, Timestamp};
use serde_json::json;

use super::super::check;
use super::super::decide::Decided;
use super::super::state::{State, Status};

/// Sets a reminder, in place of the one of that moment.
pub(in super::super) fn remind(state: &State, input: &Remind, cx: &Context) -> Decided {
    let late = format!("is at most {BEFORE_S_MAX}");
    let within = Check::new().ensure(input.before_s <= BEFORE_S_MAX, "before_s", late);
    // A new plan sets reminders in the name of whoever makes it: nobody lends others his rights.
    let says = !matches!(input.deed, Deed::Send(_));
    let within = within.ensure(says, "do.send", "is for schedules; a reminder says something");
    check::deed(within, &input.deed, cx).done()?;
    super::task(state, &input.task)?;
    let name = name_of(&input.task, input.of);
    if !state.schedules.contains_key(&name) && state.schedules.len() >= SCHEDULES_MAX {
        return Err(Rejection::Full);
    }
    let set = ReminderSet { name: name.clone(), remind: input.clone() };
    let plan = super::known(state)?;
    let at = moment(plan, &set).filter(|at| *at > cx.now);
    let Some(at) = at else { return Err(Rejection::ReminderPast { task: input.task.clone() }) };
    let scheduled = scheduled(plan, &set, at, cx);
    let standing = Standing { name, status: "active".to_owned(), next: Some(at) };
    let events = vec![Event::ReminderSet(Box::new(set)), scheduled];
    Ok(Decision::now(events, json!(standing)))
}

fn name_of(task: &ActorId, of: Moment) -> ActorId {
    let of = match of {
        Moment::Start => "start",
        Moment::Finish => "finish",
    };
    let hashed = || {
        let hash = Hash::of_parts("cambium circadian reminder v1", &[task.as_str(), of]);
        ActorId::new(format!("remind-{hash}")).expect("digits are a token")
    };
    // The timer's name has a prefix, too.
    let name = format!("remind-{task}-{of}");
    if name.len() <= 120 { ActorId::new(name).unwrap_or_else(|_| hashed()) } else { hashed() }
}

/// When a reminder fires; none = its task is gone.
fn moment(plan: &Planned, set: &ReminderSet) -> Option<Timestamp> {
    let placed = plan.placed.iter().find(|placed| placed.task == set.remind.task)?;
    let at = match set.remind.of {
        Moment::Start => placed.start,
        Moment::Finish => placed.finish,
    };
    let before = i64::try_from(set.remind.before_s).unwrap_or(0) * 1_000;
    Some(at.plus_millis(-before))
}

fn scheduled(plan: &Planned, set: &ReminderSet, at: Timestamp, cx: &Context) -> Event {
    let task = plan.tasks.iter().find(|task| task.id == set.remind.task);
    let deed = set.remind.deed.clone();
    let signed = matches!(&deed, Deed::Call(call) if call.signed);
    let schedule = Schedule {
        name: set.name.clone(),
        when: When::At(at),
        deed,
        until: None,
        missed: Missed::Once,
        missed_runs_max: None,
        jitter_ms_max: 0,
        overlap: Overlap::Allow,
        note: task.map(super::name),
    };
    let secret = signed.then(|| secret_of(&cx.me));
    Event::Scheduled(Box::new(Scheduled { schedule, next: at, secret }))
}

/// What becomes of the reminders when `plan` takes the place of the one before.
pub(super) fn moved(state: &State, plan: &Planned, cx: &Context) -> Vec<Event> {
    let mut events = Vec::new();
    for set in state.reminders.values() {
        let of = || Of { name: set.name.clone() };
        let now = state.schedules.get(&set.name);
        match moment(plan, set) {
            None => events.push(Event::Removed(of())),
            Some(at) if at > cx.now => {
                let stays = now.is_some_and(|it| {
                    it.schedule.when == When::At(at) && it.status != Status::Ended
                });
                if !stays {
                    events.push(scheduled(plan, set, at, cx));
                    // What rests is moved, too, and rests.
                    let rests = now.is_some_and(|it| it.status == Status::Paused);
                    events.extend(rests.then(|| Event::Paused(of())));
                }
            }
            Some(_) if now.is_some_and(|it| it.status == Status::Active) => {
                events.push(Event::Ended(of()));
            }
            Some(_) => {}
        }
    }
    events
}

/// The reminders of a plan.
pub(super) fn told(state: &State, plan: &Planned, cx: &Context) -> Vec<ReminderTold> {
    let all = state.reminders.values();
    let told = all.filter_map(|set| {
        let at = Some(moment(plan, set)?).filter(|at| *at > cx.now);
        Some(ReminderTold { name: set.name.clone(), task: set.remind.task.clone(), at })
    });
    told.collect()
}
