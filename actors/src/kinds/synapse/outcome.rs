//! What a model's answer, or its absence, causes.

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::synapse::answers::Planned;
use contracts::kinds::synapse::{AskConcluded, Event, StoryboardMade};
use contracts::{Completion, Context, Decision, Outcome, Refusal};
use serde_json::{Value, json};

use super::answer;
use super::react::Tag;
use super::state::State;
use super::work::Work;

/// Takes the answer in, or completes the waiting command with the reason why not. Whatever fails,
/// the deck stays as it was.
pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let nothing = Decision::now(Vec::new(), Value::Null);
    let Ok(tag) = contracts::read::from_ref::<Tag>(&outcome.tag) else { return nothing };
    if !state.waiting.contains_key(&tag.command) {
        return nothing;
    }
    let command = tag.command;
    let conclude = |code| Event::AskConcluded(AskConcluded { command, code });
    match taken_in(outcome, tag.slides) {
        Ok(planned) => {
            let mut work = Work::on(state, cx);
            let Planned { storyboard, generated_by } = planned.clone();
            let generated_by = Some(generated_by);
            work.happen(Event::StoryboardMade(StoryboardMade { storyboard, generated_by }));
            work.happen(conclude(None));
            let reply = json!(planned);
            Decision::now(work.events, Value::Null).completing(Completion::done(command, reply))
        }
        Err(refusal) => {
            let concluded = conclude(Some(refusal.code.to_string()));
            let failed = Completion::failed(command, &refusal);
            Decision::now(vec![concluded], Value::Null).completing(failed)
        }
    }
}

fn taken_in(outcome: &Outcome, slides: u32) -> Result<Planned, Refusal> {
    let response = outcome.llm()?;
    let storyboard = answer::storyboard(response, slides)?;
    Ok(Planned { storyboard, generated_by: GeneratedBy::of(response) })
}
