//! What a run answers.

use contracts::Context;
use contracts::kinds::run::{Answer, Status};

use super::state::{Owner, State};

/// The answer as of now: that of the run, or what it waits for.
pub(super) fn answer(state: &State, cx: &Context) -> Answer {
    let last = state.last.as_deref().cloned().unwrap_or_default();
    let waiting = state.status == Status::Waiting;
    let calls = state.open(Owner::Caller).filter(|_| waiting);
    Answer {
        run: Some(cx.me.clone()),
        status: state.status,
        text: last.text,
        value: last.value,
        reasoning: last.reasoning,
        calls: calls.map(|it| it.call.clone()).collect(),
        finish: last.finish,
        usage: state.usage,
        cost: state.cost.clone().filter(|_| !state.unpriced),
        model: last.model,
        degraded: last.degraded,
        rounds: state.round,
    }
}
