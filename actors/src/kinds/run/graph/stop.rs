//! What is under way when its run ends, or has no use for it, is given up: the actors are told so,
//! where their kinds have a word for that, once, and in the name of whoever had the run begun.

use contracts::effect::{Effect, Send, Terms};
use contracts::kinds::approval;
use contracts::kinds::run::{Event, StepBegun};
use contracts::stop::{Stop, UnderWay};
use contracts::{CommandId, CommandName, Context, Outcome};
use serde_json::json;

use super::flow::stopped;
use super::state::Execution;
use crate::kinds::asked::PAGES;
use crate::kinds::run::state::State;

/// What the step of a command that took too long has failed with.
const LATE: &str = "effect_timeout";

/// The commands that give up what an event leaves without use.
pub fn give_up(before: &State, event: &Event, after: &State) -> Vec<Effect> {
    let (Some(then), Some(now)) = (&before.graph, &after.graph) else { return Vec::new() };
    // Once a step has failed by which the whole does, all was given up.
    if stopped(then).is_some() {
        return Vec::new();
    }
    let useless = |step: &str| match event {
        Event::Cancelled(_) | Event::Failed(_) => true,
        Event::StepFailed(failed) if failed.step == step => failed.code == LATE,
        Event::StepFailed(_) => stopped(now).is_some(),
        _ => false,
    };
    let under_way = then.steps.iter().filter(|(_, progress)| progress.is_under_way());
    let useless = under_way.filter(|(step, _)| useless(step));
    let stops = useless.filter_map(|(step, progress)| Some((step, progress.stop.as_ref()?)));
    stops.map(|(step, stop)| send(then, step, stop)).collect()
}

/// Whether an outcome is that of giving something up.
pub fn is_stop(outcome: &Outcome) -> bool {
    outcome.tag["stops"].is_string()
}

/// What gives up a step that is begun by the command `command`.
pub(super) fn stop(begun: &StepBegun, command: CommandId, cx: &Context) -> Option<Stop> {
    let propose = CommandName::from_static("propose");
    let (kind, id, name) = match &begun.approval {
        Some(question) => (&approval::KIND, question, &propose),
        None => (&begun.kind, &begun.actor, &begun.name),
    };
    PAGES.get(kind)?.stop(&UnderWay { tenant: &cx.tenant, id, name, command })
}

fn send(execution: &Execution, step: &str, stop: &Stop) -> Effect {
    let Stop { kind, id, name, input } = stop.clone();
    Effect::Send(Send {
        kind,
        id,
        name,
        input,
        input_blob: None,
        by: execution.by.clone(),
        tag: json!({ "stops": step }),
        terms: Terms { independent: true, ..Terms::default() },
    })
}
