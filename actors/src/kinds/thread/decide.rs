use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::thread::{
    self as page, Answering, Back, Command, ENTRIES_MAX, Entry, Event, Length, METADATA_MAX,
    METADATA_NAME_BYTES_MAX, METADATA_TEXT_BYTES_MAX, Metadata, NOTES_BYTES_MAX, Rejection,
    THREAD_BYTES_MAX, TURNS_BYTES_MAX, TURNS_MAX,
};
use contracts::model::{ImageSource, Turn};
use contracts::{Context, Decider, Decision, Effect, Outcome};
use serde_json::{Value, json};

use super::state::size;
use super::{State, Thread, answer};

impl Decider for Thread {
    type Page = page::Thread;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let event = match (command, state.at) {
            (Command::Open(_), Some(_)) => return Err(Rejection::Exists),
            (Command::Open(open), None) => {
                let check = kept(notes(Check::new(), &open.metadata), open.notes.as_ref());
                said(turns(check, &open.turns))?;
                Event::Opened(open.clone())
            }
            (_, None) => return Err(Rejection::NotFound),
            (Command::Append(append), Some(_)) => {
                let check = turns(Check::new(), &append.turns);
                let check = back(check, state, append.back.as_ref());
                said(check.ensure(!append.turns.is_empty(), "turns", "may not be empty"))?;
                Event::Appended(append.clone())
            }
            // Written down already: whoever comes again goes on.
            (Command::Extend(extend), Some(_)) if state.has(&extend.run) => {
                return Ok(Decision::now(Vec::new(), length(state)));
            }
            (Command::Extend(extend), Some(_)) if extend.seen != state.entries.len() as u64 => {
                return Err(Rejection::Moved);
            }
            (Command::Extend(extend), Some(_)) => {
                let there = extend.back.as_ref().map_or(0, |back| back.then.len() as u64);
                let known = extend.took <= extend.seen.saturating_add(there);
                let check = back(Check::new(), state, extend.back.as_ref());
                said(check.ensure(known, "took", "is at most how many entries there are"))?;
                Event::Extended(extend.clone())
            }
            (Command::Note(note), Some(_)) => {
                said(kept(notes(Check::new(), &note.metadata), note.notes.as_ref()))?;
                Event::Noted(note.clone())
            }
            (Command::Answer(answer), Some(_)) => Event::Asked(answer::asked(state, answer, cx)?),
        };
        let after = state.clone().after(&event, cx.now);
        let entries = after.entries.len() + after.aside.len();
        if entries > ENTRIES_MAX || after.bytes > THREAD_BYTES_MAX {
            return Err(Rejection::Full);
        }
        let reply = match &event {
            Event::Asked(asked) => json!(Answering { run: asked.run.clone() }),
            _ => length(&after),
        };
        Ok(Decision::now(vec![event], reply))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let event = answer::came(state, outcome);
        Decision::now(event.into_iter().collect(), Value::Null)
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        match event {
            Event::Asked(asked) => vec![answer::begin(asked)],
            Event::Doubted { run } => vec![answer::doubt(run)],
            _ => Vec::new(),
        }
    }
}

fn said(check: Check) -> Result<(), Rejection> {
    check.done().map_err(Rejection::Invalid)
}

/// A thread goes back to entries that are there, and to others that could be.
fn back(check: Check, state: &State, back: Option<&Back>) -> Check {
    let Some(back) = back else { return check };
    let then = back.then.iter().filter_map(|entry| match entry {
        Entry::Said(turn) => Some(turn.clone()),
        Entry::Ran { .. } => None,
    });
    let kept = back.keep <= state.entries.len() as u64;
    turns(check, &then.collect::<Vec<_>>())
        .ensure(kept, "back.keep", "is at most how many entries there are")
        .ensure(back.to.is_none_or(|to| to > 0), "back.to", "is a revision, from 1")
}

fn length(state: &State) -> Value {
    json!(Length { entries: state.entries.len() as u64 })
}

fn turns(check: Check, turns: &[Turn]) -> Check {
    let bytes: usize = turns.iter().map(size).sum();
    let size = format!("has {bytes} bytes; {TURNS_BYTES_MAX} are allowed");
    let inside = |turn: &Turn| {
        turn.images.iter().any(|image| matches!(image.source, ImageSource::Inline(_)))
    };
    let kept = "holds a picture that is not in the tenant's blobs";
    check
        .items("turns", turns.len(), TURNS_MAX)
        .ensure(bytes <= TURNS_BYTES_MAX, "turns", size)
        .ensure(!turns.iter().any(inside), "turns", kept)
}

fn kept(check: Check, notes: Option<&Value>) -> Check {
    let bytes = notes.map_or(0, |notes| notes.to_string().len());
    let wanted = format!("has {bytes} bytes; {NOTES_BYTES_MAX} are allowed");
    check.ensure(bytes <= NOTES_BYTES_MAX, "notes", wanted)
}

fn notes(check: Check, metadata: &Metadata) -> Check {
    let check = check.items("metadata", metadata.len(), METADATA_MAX);
    metadata.iter().fold(check, |check, (name, text)| {
        check.text("metadata", name, METADATA_NAME_BYTES_MAX).body(
            "metadata",
            text,
            METADATA_TEXT_BYTES_MAX,
        )
    })
}
