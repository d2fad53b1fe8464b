//! A run of a graph after an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::run::{
    Event, GraphStarted, Reran, Skipped, Status, StepBegun, StepDone, StepFailed, StepSkipped,
    StepStatus,
};
use serde_json::{Value, json};

use super::state::{Execution, Progress, replace};
use crate::kinds::run::state::State;

/// The run after an event of its graph; others change nothing.
pub fn evolve(state: &mut State, event: &Event, at: &EventContext) {
    match event {
        Event::GraphStarted(started) => begin(state, started, at),
        Event::Reran(reran) => again(state, reran, at),
        Event::StepBegun(begun) => change(state, &begun.step, |it| begin_step(it, begun)),
        Event::StepDone(done) => change(state, &done.step, |it| end_step(it, done)),
        Event::StepFailed(failed) => change(state, &failed.step, |it| fail_step(it, failed)),
        Event::StepSkipped(skipped) => change(state, &skipped.step, |it| skip_step(it, skipped)),
        _ => {}
    }
}

fn begin(state: &mut State, started: &GraphStarted, at: &EventContext) {
    let perform = Arc::new(started.perform.clone());
    state.graph = Some(Execution { perform, by: Some(at.by.clone()), steps: BTreeMap::new() });
    state.origin = Some(at.by.origin);
    (state.status, state.unfinished) = (Status::Running, true);
    state.waits(started.command, at.at);
}

fn again(state: &mut State, reran: &Reran, at: &EventContext) {
    let Some(execution) = &mut state.graph else { return };
    execution.by = Some(at.by.clone());
    let perform = Arc::make_mut(&mut execution.perform);
    replace(perform, &reran.steps, reran.input.as_ref());
    for id in &reran.reset {
        let turn = execution.progress(id).map_or(0, |it| it.turn);
        execution.steps.insert(id.clone(), Arc::new(Progress { turn, ..Progress::default() }));
    }
    state.origin = Some(at.by.origin);
    (state.code, state.reason) = (None, None);
    (state.status, state.unfinished) = (Status::Running, true);
    state.waits(reran.command, at.at);
}

fn change(state: &mut State, step: &str, change: impl FnOnce(&mut Progress)) {
    let Some(execution) = &mut state.graph else { return };
    change(Arc::make_mut(execution.steps.entry(step.to_owned()).or_default()));
}

fn begin_step(progress: &mut Progress, begun: &StepBegun) {
    let asks = begun.approval.is_some();
    *progress = Progress {
        status: if asks { StepStatus::Asking } else { StepStatus::Running },
        turn: begun.turn,
        kind: Some(begun.kind.clone()),
        actor: json!(begun.actor),
        stop: begun.stop.clone(),
        approval: begun.approval.clone(),
        ..Progress::default()
    };
}

fn end_step(progress: &mut Progress, done: &StepDone) {
    progress.stop = None;
    progress.status = StepStatus::Done;
    progress.revision = done.revision.map_or(Value::Null, |revision| json!(revision));
    progress.reply.clone_from(&done.reply);
    progress.kept.clone_from(&done.kept);
}

fn fail_step(progress: &mut Progress, failed: &StepFailed) {
    progress.stop = None;
    progress.status = StepStatus::Failed;
    progress.code = Some(failed.code.clone());
    progress.reason = Some(failed.reason.clone());
}

fn skip_step(progress: &mut Progress, skipped: &StepSkipped) {
    progress.status = StepStatus::Skipped;
    progress.reason = Some(match &skipped.why {
        Skipped::Condition => "its condition does not hold".to_owned(),
        Skipped::Missing(pointer) => format!("there is nothing at {pointer}"),
        Skipped::Needs(step) => format!("the step {step} was not done"),
    });
}
