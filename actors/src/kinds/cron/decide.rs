use contracts::decider::EventContext;
use contracts::effect::{Effect, Send, Terms, Timer};
use contracts::kinds::check::Check;
use contracts::kinds::cron::{
    self as page, Began, Command, Event, Failed, Fired, NOTES_BYTES_MAX, Next, Rejection, Set,
};
use contracts::kinds::thread::{self, Answer, Answering};
use contracts::{
    ActorId, CommandId, CommandName, Context, Decider, Decision, Outcome, OutcomeResult, Refusal,
    Timestamp,
};
use serde_json::{Value, json};

use super::{Cron, State};
use crate::kinds::run::check_start;

/// The timer by which it fires.
const TIMER: ActorId = ActorId::from_static("fire");

impl Decider for Cron {
    type Page = page::Cron;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let events = match (command, &state.set) {
            (Command::Set(_), None) if state.created_at.is_some() => {
                return Err(Rejection::NotFound);
            }
            (Command::Set(set), _) => {
                check(set, cx.now)?;
                vec![Event::Set(set.clone())]
            }
            (Command::Remove(_) | Command::Fire(_), None) => return Err(Rejection::NotFound),
            (Command::Remove(_), Some(_)) => vec![Event::Removed {}],
            (Command::Fire(_), Some(set)) if !set.enabled || state.ended => Vec::new(),
            (Command::Fire(_), Some(set)) if set.until.is_some_and(|until| until < cx.now) => {
                vec![Event::Ended {}]
            }
            (Command::Fire(_), Some(set)) => {
                let own = || own_thread(cx);
                let thread = set.thread.clone().unwrap_or_else(own);
                vec![Event::Fired(Fired { number: state.fired + 1, thread })]
            }
        };
        let after = events.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        Ok(Decision::now(events, json!(Next { next: next(&after, cx.now) })))
    }

    fn outcome(_: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let Some(thread) = outcome.tag["thread"].as_str().and_then(|id| ActorId::new(id).ok())
        else {
            return Decision::now(Vec::new(), Value::Null);
        };
        let event = match &outcome.result {
            OutcomeResult::Sent { reply, .. } => {
                match contracts::read::from_ref::<Answering>(reply) {
                    Ok(told) => Event::Began(Began { thread, run: told.run }),
                    Err(error) => failed(&Refusal::internal(error.to_string())),
                }
            }
            OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => failed(refusal),
            _ => failed(&Refusal::unknown("nobody knows what came of it")),
        };
        Decision::now(vec![event], Value::Null)
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        match event {
            Event::Set(set) if set.enabled => {
                let fire = CommandName::from_static("fire");
                let timer = Timer::recurring(TIMER, set.repeat.clone(), fire, json!({}));
                vec![Effect::Timer(timer.missed(set.missed))]
            }
            Event::Set(_) | Event::Ended {} | Event::Removed {} => {
                vec![Effect::Timer(Timer::cancel(TIMER))]
            }
            Event::Fired(fired) => after.set.as_ref().map_or_else(Vec::new, |set| ask(set, fired)),
            Event::Began(_) | Event::Failed(_) => Vec::new(),
        }
    }

    /// A fork fires when somebody sets it.
    fn forked(mut state: State) -> State {
        if let Some(set) = &mut state.set {
            set.enabled = false;
        }
        state
    }
}

fn failed(refusal: &Refusal) -> Event {
    let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
    Event::Failed(Failed { code, reason })
}

fn check(set: &Set, now: Timestamp) -> Result<(), Rejection> {
    set.repeat.first(now).map_err(Rejection::Invalid)?;
    let bytes = set.notes.as_ref().map_or(0, |notes| notes.to_string().len());
    let wanted = format!("has {bytes} bytes; {NOTES_BYTES_MAX} are allowed");
    let later = set.until.is_none_or(|until| until > now) || !set.enabled;
    let first = set.start.after.is_none();
    Check::new()
        .ensure(bytes <= NOTES_BYTES_MAX, "notes", wanted)
        .ensure(later, "until", "is later than now")
        .ensure(first, "start.after", "is left out: it comes after what was said in the thread")
        .done()
        .map_err(Rejection::Invalid)?;
    let mut start = (*set.start).clone();
    // A thread may have something to answer when nothing is said.
    start.after = set.thread.clone();
    check_start(&start).map_err(|refused| Rejection::Invalid(refused.into()))
}

/// When it fires next.
fn next(state: &State, now: Timestamp) -> Option<Timestamp> {
    let set = state.set.as_ref().filter(|set| set.enabled && !state.ended)?;
    let next = set.repeat.first(now).ok()?;
    set.until.is_none_or(|until| next <= until).then_some(next)
}

/// The thread of a run that has one of its own: the same for the same firing.
fn own_thread(cx: &Context) -> ActorId {
    let parts = [cx.tenant.as_str(), cx.me.as_str(), &cx.command.to_string()];
    let name = CommandId::derived("cambium cron thread v1", &parts).to_string();
    ActorId::new(name).expect("a UUID is one token")
}

/// Asks the thread to answer, which is begun first where it is the run's own.
fn ask(set: &Set, fired: &Fired) -> Vec<Effect> {
    let send = |name, input, tag| {
        let (kind, id, terms) = (thread::KIND, fired.thread.clone(), Terms::default());
        let (name, input_blob) = (CommandName::from_static(name), None);
        Effect::Send(Send { kind, id, name, input, input_blob, by: None, tag, terms })
    };
    let open = set.thread.is_none().then(|| {
        let notes = json!({ "metadata": { "stateless": true } });
        send("open", json!({ "notes": notes }), Value::Null)
    });
    let answer = json!(Answer { start: set.start.clone() });
    let tag = json!({ "thread": fired.thread });
    open.into_iter().chain([send("answer", answer, tag)]).collect()
}
