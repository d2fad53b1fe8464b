use contracts::decider::EventContext;
use contracts::effect::{Effect, Llm, Terms};
use contracts::kinds::check::Check;
use contracts::kinds::embedding::{
    self as page, Command, DEADLINE_MS, DIMENSIONS_MAX, Event, MODEL_BYTES_MAX, Made, Make,
    Rejection, TEXTS_BYTES_MAX, TEXTS_MAX,
};
use contracts::model::{ModelRequest, ModelResponse, Role, Task, Turn, Vectors};
use contracts::{Completion, Context, Decider, Decision, Outcome, Refusal};
use serde_json::{Value, json};

use super::{Embedding, State};

impl Decider for Embedding {
    type Page = page::Embedding;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let Command::Make(make) = command;
        if state.model.is_some() {
            return Err(Rejection::Exists);
        }
        check(make)?;
        let asked = Event::Asked { command: cx.command, make: make.clone() };
        Ok(Decision::later(vec![asked], DEADLINE_MS))
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        if state.is_over() {
            return Decision::now(Vec::new(), Value::Null);
        }
        let (event, completion) = match outcome.llm().and_then(made) {
            Ok(made) => {
                let done = state.command.map(|command| Completion::done(command, json!(made)));
                (Event::Made(made), done)
            }
            Err(refusal) => {
                let failed = state.command.map(|command| Completion::failed(command, &refusal));
                let (code, reason) = (refusal.code.into_owned(), refusal.message);
                (Event::Failed { code, reason }, failed)
            }
        };
        let decision = Decision::now(vec![event], Value::Null);
        completion.into_iter().fold(decision, Decision::completing)
    }

    fn evolve(state: State, event: &Event, _: &EventContext) -> State {
        state.after(event)
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        let Event::Asked { make, .. } = event else { return Vec::new() };
        let turns = make.texts.iter().map(|text| Turn::new(Role::User, text.as_str()));
        let request = ModelRequest {
            model: make.model.clone(),
            turns: turns.collect(),
            task: Task::Embed { dimensions: make.dimensions },
            ..ModelRequest::default()
        };
        let (tag, terms) = (Value::Null, Terms::default());
        vec![Effect::Llm(Box::new(Llm { request, tag, stream: false, terms }))]
    }

    fn forked(mut state: State) -> State {
        // The parent's caller waits for the parent.
        state.command = None;
        state
    }
}

fn check(make: &Make) -> Result<(), Rejection> {
    let bytes: usize = make.texts.iter().map(String::len).sum();
    let size = format!("has {bytes} bytes; {TEXTS_BYTES_MAX} are allowed");
    let numbers = make.dimensions.is_none_or(|it| (1..=DIMENSIONS_MAX).contains(&it));
    let none_empty = make.texts.iter().all(|text| !text.is_empty());
    Check::new()
        .text("model", &make.model, MODEL_BYTES_MAX)
        .items("texts", make.texts.len(), TEXTS_MAX)
        .ensure(!make.texts.is_empty() && none_empty, "texts", "may not be empty")
        .ensure(bytes <= TEXTS_BYTES_MAX, "texts", size)
        .ensure(numbers, "dimensions", format!("is 1 to {DIMENSIONS_MAX}"))
        .done()
        .map_err(Rejection::Invalid)
}

/// What the model made, as its answer says it.
fn made(response: &ModelResponse) -> Result<Made, Refusal> {
    let vectors = response.value.clone().map(contracts::read::from_value::<Vectors>);
    let Some(Ok(Vectors { blob, count, dimensions })) = vectors else {
        return Err(Refusal::internal("the model answered with no vectors"));
    };
    let (model, usage, cost) = (response.model.clone(), response.usage, response.cost.clone());
    Ok(Made { model, blob, count, dimensions, usage, cost })
}
