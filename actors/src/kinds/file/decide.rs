use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::file::{
    self as page, Command, Done, Event, NAME_BYTES_MAX, Rejection, Upload, WORD_BYTES_MAX,
};
use contracts::{Context, Decider, Decision, Effect};
use serde_json::json;

use super::{File, State};

impl Decider for File {
    type Page = page::File;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, _: &Context) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Upload(_) if state.file.is_some() => Err(Rejection::Exists),
            Command::Upload(upload) => {
                check(upload)?;
                Ok(done(Event::Uploaded(upload.clone()), "uploaded"))
            }
            Command::Delete(_) if state.file.is_none() || state.deleted => Err(Rejection::NotFound),
            Command::Delete(_) => Ok(done(Event::Deleted {}, "deleted")),
        }
    }

    fn evolve(mut state: State, event: &Event, cx: &EventContext) -> State {
        match event {
            Event::Uploaded(upload) => {
                state.file = Some(upload.clone());
                state.at = Some(cx.at);
            }
            Event::Deleted {} => state.deleted = true,
        }
        state
    }

    fn react(_: &State, _: &Event, _: &State) -> Vec<Effect> {
        Vec::new()
    }
}

fn check(upload: &Upload) -> Result<(), Rejection> {
    Check::new()
        .text("filename", &upload.filename, NAME_BYTES_MAX)
        .text("purpose", &upload.purpose, WORD_BYTES_MAX)
        .text("media_type", &upload.media_type, WORD_BYTES_MAX)
        .done()
        .map_err(Rejection::Invalid)
}

fn done(event: Event, status: &str) -> Decision<Event> {
    Decision::now(vec![event], json!(Done { status: status.to_owned() }))
}
