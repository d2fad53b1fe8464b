use contracts::decider::EventContext;
use contracts::effect::{Effect, Terms, Work};
use contracts::kinds::check::Check;
use contracts::kinds::job::{
    self as page, Cancel, Command, DEADLINE_S_MAX, Event, INPUT_BYTES_MAX, Made, Rejection, Run,
};
use contracts::{Completion, Context, Decider, Decision, Outcome, Refusal, RefusalClass};
use serde_json::{Value, json};

use super::{Job, State, Status};

impl Decider for Job {
    type Page = page::Job;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        match (command, state.status) {
            (Command::Run(run), Status::New) => ask(run, cx),
            (Command::Run(_), _) => Err(Rejection::Exists),
            (Command::Cancel(_), Status::New) => Err(Rejection::NotFound),
            (Command::Cancel(cancel), _) if is_others(state, cancel) => {
                Ok(Decision::now(Vec::new(), json!({ "status": state.status })))
            }
            (Command::Cancel(_), Status::Waiting) => Ok(cancel(state)),
            (Command::Cancel(_), Status::Done | Status::Failed | Status::Cancelled) => {
                Err(Rejection::Ended)
            }
        }
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        if state.status != Status::Waiting {
            // It was cancelled meanwhile; that the work is concluded stands in the log.
            return Decision::now(Vec::new(), Value::Null);
        }
        let attempts = outcome.attempts;
        let (event, completion) = match outcome.worked() {
            Ok(output) => {
                let made = Made { output: output.clone(), attempts };
                let event = Event::Finished { output: made.output.clone(), attempts };
                (event, state.command.map(|command| Completion::done(command, json!(made))))
            }
            Err(refusal) => {
                let completion = state.command.map(|id| Completion::failed(id, &refusal));
                let (code, reason) = (refusal.code.into_owned(), refusal.message);
                let event = match code.as_str() {
                    "effect_cancelled" => Event::Cancelled {},
                    _ => Event::Failed { code, reason, attempts },
                };
                (event, completion)
            }
        };
        let decision = Decision::now(vec![event], Value::Null);
        completion.into_iter().fold(decision, Decision::completing)
    }

    fn evolve(state: State, event: &Event, _: &EventContext) -> State {
        state.after(event)
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        let Event::Asked { queue, input, delivery, terms, .. } = event else { return Vec::new() };
        vec![Effect::Work(Work {
            queue: queue.clone(),
            input: input.clone(),
            tag: Value::Null,
            delivery: *delivery,
            terms: terms.clone(),
        })]
    }

    /// Work that is wanted no longer is offered to nobody.
    fn abandons(state: &State) -> bool {
        state.status == Status::Cancelled
    }

    fn forked(mut state: State) -> State {
        // The parent's caller waits for the parent.
        state.command = None;
        state
    }
}

fn ask(run: &Run, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let bytes = run.input.to_string().len();
    let size = format!("has {bytes} bytes; {INPUT_BYTES_MAX} are allowed");
    let time = format!("is 1 to {DEADLINE_S_MAX}");
    Check::new()
        .ensure(bytes <= INPUT_BYTES_MAX, "input", size)
        .ensure((1..=DEADLINE_S_MAX).contains(&run.deadline_s), "deadline_s", time)
        .done()
        .map_err(Rejection::Invalid)?;
    let asked = Event::Asked {
        command: cx.command,
        queue: run.queue.clone(),
        input: run.input.clone(),
        delivery: run.delivery,
        terms: Terms { retry: run.retry.clone(), limit: run.limit.clone(), ..Terms::default() },
    };
    Ok(Decision::later(vec![asked], run.deadline_s * 1_000))
}

/// Whether the work that is wanted no longer is none of this job's, or has ended.
fn is_others(state: &State, cancel: &Cancel) -> bool {
    cancel.command.is_some() && cancel.command != state.command
}

fn cancel(state: &State) -> Decision<Event> {
    let refusal = Refusal::new(RefusalClass::Conflict, "job_cancelled", "the job was cancelled");
    let decision = Decision::now(vec![Event::Cancelled {}], json!({ "status": "cancelled" }));
    let waiting = state.command.map(|command| Completion::failed(command, &refusal));
    waiting.into_iter().fold(decision, Decision::completing)
}
