//! What the commands of an assistant cause.

use contracts::decider::EventContext;
use contracts::effect::{Effect, Retry, Send, Terms};
use contracts::kinds::assistant::{
    self as page, Answered, Ask, Asked, Command, Define, Defined, Event, Failed, NOTES_BYTES_MAX,
    Rejection, Standing, WAITING_MAX, run_of,
};
use contracts::kinds::check::Check;
use contracts::kinds::run::{self, Definition};
use contracts::{
    CommandName, Completion, Context, Decider, Decision, Outcome, OutcomeResult, Refusal,
};
use serde_json::{Value, json};

use super::Assistant;
use super::state::State;
use crate::kinds::run::check_start;

impl Decider for Assistant {
    type Page = page::Assistant;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        if !matches!(command, Command::Define(_)) && state.definition.is_none() {
            return Err(Rejection::NotFound);
        }
        match command {
            Command::Define(definition) => define(state, definition, cx),
            Command::Ask(ask) => self::ask(state, ask, cx),
            Command::Retire(_) if state.retired => Ok(Decision::now(Vec::new(), standing(state))),
            Command::Retire(_) => Ok(stands(state, Event::Retired {}, cx)),
            Command::Restore(_) if state.retired => Ok(stands(state, Event::Restored {}, cx)),
            Command::Restore(_) => Ok(Decision::now(Vec::new(), standing(state))),
        }
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let waiting = state.waiting.iter().find(|it| outcome.tag["run"] == it.run.as_str());
        let Some(waiting) = waiting else { return Decision::now(Vec::new(), Value::Null) };
        let run = waiting.run.clone();
        let (event, completion) = match answer(outcome) {
            Ok(reply) => {
                let done = waiting.command.map(|id| Completion::done(id, reply));
                (Event::Answered(Answered { run }), done)
            }
            Err(refusal) => {
                let failed = waiting.command.map(|id| Completion::failed(id, &refusal));
                let (code, reason) = (refusal.code.into_owned(), refusal.message);
                (Event::Failed(Failed { run, code, reason }), failed)
            }
        };
        let decision = Decision::now(vec![event], Value::Null);
        completion.into_iter().fold(decision, Decision::completing)
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        let (Event::Asked(asked), Some(definition)) = (event, &after.definition) else {
            return Vec::new();
        };
        vec![begin(asked, definition)]
    }

    fn forked(mut state: State) -> State {
        // The parent's callers wait for the parent.
        state.waiting.iter_mut().for_each(|waiting| waiting.command = None);
        state
    }
}

fn standing(state: &State) -> Value {
    json!(Standing { version: state.version, retired: state.retired })
}

fn stands(state: &State, event: Event, cx: &Context) -> Decision<Event> {
    let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
    let after = state.clone().after(&event, &at);
    Decision::now(vec![event], standing(&after))
}

fn define(state: &State, definition: &Define, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let bytes = definition.notes.as_ref().map_or(0, |notes| notes.to_string().len());
    let wanted = format!("has {bytes} bytes; {NOTES_BYTES_MAX} are allowed");
    Check::new().ensure(bytes <= NOTES_BYTES_MAX, "notes", wanted).done()?;
    // What a run would refuse is refused before anybody asks.
    let of = Definition { assistant: cx.me.clone(), version: 1, revision: cx.revision };
    let probe = Ask { text: Some("?".to_owned()), ..Ask::default() };
    check_start(&definition.run(of, &probe)).map_err(Refusal::from)?;
    let version = state.version.saturating_add(1);
    let defined = Defined { version, definition: definition.clone() };
    Ok(stands(state, Event::Defined(Box::new(defined)), cx))
}

fn ask(state: &State, ask: &Ask, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let Some(definition) = &state.definition else { return Err(Rejection::NotFound) };
    if state.retired {
        return Err(Rejection::Retired);
    }
    if state.waiting.len() >= WAITING_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    let (version, revision) = (state.version, state.revision);
    let of = Definition { assistant: cx.me.clone(), version, revision };
    check_ask(ask)?;
    check_start(&definition.run(of.clone(), ask)).map_err(Refusal::from)?;
    let run = run_of(&cx.tenant, &cx.me, cx.command);
    let asked = Asked { command: cx.command, run, of, ask: ask.clone() };
    let deadline_ms = definition.timeout_s.saturating_mul(1_000);
    Ok(Decision::later(vec![Event::Asked(Box::new(asked))], deadline_ms))
}

fn check_ask(ask: &Ask) -> Result<(), Rejection> {
    use contracts::kinds::run::limits::TURNS_BYTES_MAX;
    let check = Check::new().text_opt("text", ask.text.as_ref(), TURNS_BYTES_MAX);
    Ok(check.done()?)
}

/// Begins the run, in the name of whoever asked.
fn begin(asked: &Asked, definition: &Define) -> Effect {
    let start = definition.run(asked.of.clone(), &asked.ask);
    let timeout_ms = Some(definition.timeout_s.saturating_mul(1_000));
    let retry = Retry { timeout_ms, ..Retry::default() };
    Effect::Send(Send {
        kind: run::KIND,
        id: asked.run.clone(),
        name: CommandName::from_static("start"),
        input: json!(start),
        input_blob: None,
        by: None,
        tag: json!({ "run": asked.run }),
        terms: Terms { retry: Some(retry), independent: true, ..Terms::default() },
    })
}

fn answer(outcome: &Outcome) -> Result<Value, Refusal> {
    match &outcome.result {
        OutcomeResult::Sent { reply, .. } => Ok(reply.clone()),
        OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => Err(refusal.clone()),
        _ => Err(Refusal::unknown("nobody knows what came of the run")),
    }
}
