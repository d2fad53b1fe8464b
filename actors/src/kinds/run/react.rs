//! What the world must do about an event: ask the model, or perform tools.

use contracts::effect::{self, Effect, Retry, Terms, ToolRun};
use contracts::kinds::run::limits::TOKENS_DEFAULT;
use contracts::kinds::run::{Asked, Event, ToolsAsked};
use contracts::model::{ModelRequest, Role, Task, ToolChoice, Turn};
use serde_json::json;

use super::state::State;
use super::{graph, memory, queue};

pub(super) fn react(before: &State, event: &Event, after: &State) -> Vec<Effect> {
    match event {
        Event::Recalling(recalling) => vec![memory::recall(recalling, after)],
        Event::Asked(asked) => vec![ask(asked, after)],
        Event::ToolsAsked(asked) => call(asked, after),
        Event::Queued(queued) => queue::wait(queued),
        Event::StepBegun(begun) => vec![graph::ask(begun)],
        _ => graph::give_up(before, event, after),
    }
}

fn ask(asked: &Asked, after: &State) -> Effect {
    let run = after.run();
    let tool_choice = match &run.tool_choice {
        // Made to call each time it would never answer.
        ToolChoice::Required | ToolChoice::Named(_) if asked.round > 1 => ToolChoice::Auto,
        choice => choice.clone(),
    };
    let mut request = ModelRequest {
        model: run.model.clone(),
        history: asked.history.clone(),
        task: Task::Chat,
        uses: run.uses.iter().map(|it| it.name.clone()).collect(),
        tool_choice,
        options: run.options.clone(),
        max_tokens: run.max_tokens.unwrap_or(TOKENS_DEFAULT),
        seed: run.seed.unwrap_or_default(),
        ..ModelRequest::default()
    };
    if asked.history.is_none() {
        let instructions = after.frame.instructions.clone();
        request.turns.extend(instructions.map(|text| Turn::new(Role::System, text)));
        request.turns.extend(after.turns.iter().map(|turn| (**turn).clone()));
        request.tools.clone_from(&after.frame.tools);
        request.schema.clone_from(&after.frame.schema);
    }
    let tag = json!({ "round": asked.round });
    let terms = within(asked.timeout_ms);
    Effect::Llm(Box::new(effect::Llm { request, tag, stream: run.stream, terms }))
}

fn call(asked: &ToolsAsked, after: &State) -> Vec<Effect> {
    let run = after.run();
    let calls = asked.calls.iter().map(|ask| {
        let delivery = match run.recorded {
            Some(_) => effect::Delivery::Idempotent,
            None if ask.repeatable => effect::Delivery::Idempotent,
            None => effect::delivery_of(&ask.tool),
        };
        Effect::Tool(Box::new(ToolRun {
            name: ask.tool.clone(),
            call: ask.call.clone(),
            input: ask.input.clone(),
            delivery,
            origin: after.origin,
            approval: ask.approval,
            recorded: run.recorded.clone(),
            tag: json!({ "round": asked.round, "call": ask.call }),
            terms: within(asked.timeout_ms),
        }))
    });
    calls.collect()
}

/// Nothing of a run waits for another part of it, and nothing takes longer than is left.
pub(super) fn within(timeout_ms: u64) -> Terms {
    let retry = Retry { timeout_ms: Some(timeout_ms), ..Retry::default() };
    Terms { retry: Some(retry), independent: true, ..Terms::default() }
}
