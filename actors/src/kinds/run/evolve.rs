//! The run after an event.

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::run::{
    Answered, Cancelled, Event, Start, Started, Status, ToolAnswered, ToolsAsked, WaitsForTools,
};
use contracts::model::{After, Cost, Frame, Role, Turn, Usage};
use contracts::{CommandId, Timestamp};
use serde_json::{Value, json};

use super::state::{Last, Owner, Pending, State};

pub(super) fn evolve(mut state: State, event: &Event, at: &EventContext) -> State {
    match event {
        Event::Started(started) => state.started(started, at),
        Event::Recalling(_) => state.recalling = true,
        Event::Recalled(recalled) => {
            state.recalling = false;
            if let Some(text) = &recalled.text {
                state.recalled = Some(text.as_str().into());
                state.say(Turn::new(Role::System, text.clone()));
            }
        }
        Event::Asked(asked) => {
            state.round = asked.round;
            (state.asked, state.status, state.unfinished) = (true, Status::Running, true);
            state.calls.clear();
        }
        Event::Answered(answered) => state.answered(answered),
        Event::Returned(returned) => {
            state.breaks += 1;
            let text = format!(
                "Your answer does not follow the schema: {}. Give the whole answer again, as JSON \
                 that follows it.",
                returned.reason
            );
            state.say(Turn::new(Role::User, text));
        }
        Event::ToolsAsked(asked) => state.tools_asked(asked),
        Event::ToolAnswered(answered) => state.tool_answered(answered),
        Event::WaitsForTools(WaitsForTools { .. }) => {
            (state.status, state.unfinished) = (Status::Waiting, false);
            (state.command, state.deadline) = (None, None);
            state.joined.clear();
        }
        Event::Queued(queued) => {
            state.status = Status::Queued;
            (state.command, state.deadline) = (None, None);
            (state.until, state.follows) = (queued.until, queued.after.clone());
        }
        Event::Begun(begun) => {
            if begun.alone {
                state.after = None;
            }
            state.status = Status::Running;
            (state.until, state.follows) = (None, None);
            state.deadline = Some(state.late(at.at));
        }
        Event::Joined { command } => state.joined.push(*command),
        Event::Resumed(resumed) => {
            state.waits(resumed.command, at.at);
            state.origin = Some(at.by.origin);
            (state.status, state.unfinished) = (Status::Running, true);
        }
        Event::Completed(_) => state.end(Status::Completed),
        Event::Failed(failed) => {
            state.end(Status::Failed);
            state.code = Some(failed.code.clone());
            state.reason = Some(failed.reason.clone());
        }
        Event::Cancelled(cancelled) => state.cancelled(cancelled),
        Event::GraphStarted(_)
        | Event::StepBegun(_)
        | Event::StepDone(_)
        | Event::StepFailed(_)
        | Event::StepSkipped(_)
        | Event::Reran(_) => super::graph::evolve(&mut state, event, at),
    }
    state
}

impl State {
    fn started(&mut self, started: &Started, at: &EventContext) {
        let mut run: Start = started.run.clone();
        self.frame = Arc::new(Frame {
            instructions: run.instructions.take(),
            tools: std::mem::take(&mut run.tools),
            schema: run.schema.take(),
        });
        for turn in std::mem::take(&mut run.turns) {
            self.say(turn);
        }
        self.after = run.after.clone().map(|id| After { id, revision: None });
        self.run = Some(Arc::new(run));
        self.origin = Some(at.by.origin);
        (self.status, self.unfinished) = (Status::Running, true);
        self.waits(started.command, at.at);
    }

    pub(super) fn waits(&mut self, command: CommandId, now: Timestamp) {
        self.command = Some(command);
        self.deadline = Some(self.late(now));
    }

    /// By when it must have answered that begins at `now`.
    fn late(&self, now: Timestamp) -> Timestamp {
        let timeout_s = match &self.graph {
            Some(execution) => execution.perform.timeout_s,
            None => self.run().timeout_s,
        };
        now.plus_millis(i64::try_from(timeout_s.saturating_mul(1_000)).unwrap_or(i64::MAX))
    }

    fn answered(&mut self, answered: &Answered) {
        let response = &answered.response;
        self.asked = false;
        self.usage = sum(&self.usage, &response.usage);
        self.cost = match (&self.cost, &response.cost) {
            (Some(before), Some(now)) => Some(Cost {
                micro_usd: before.micro_usd.saturating_add(now.micro_usd),
                prices: now.prices.clone(),
            }),
            (before, now) => now.clone().or_else(|| before.clone()),
        };
        self.unpriced |= response.cost.is_none();
        // Which turns came first is settled by the first look at them.
        if let Some(after) = &mut self.after {
            let read = response.histories.iter().find(|it| it.id == after.id);
            after.revision = after.revision.or(read.map(|it| it.revision));
        }
        self.last = Some(Arc::new(Last {
            text: response.text.clone(),
            value: response.value.clone(),
            reasoning: response.reasoning.clone(),
            finish: response.finish,
            model: response.model.clone(),
            degraded: response.degraded.clone(),
            repeatable: response.remote.as_ref().map_or_else(Vec::new, |it| it.repeatable.clone()),
        }));
        self.say(Turn {
            role: Role::Assistant,
            content: response.text.clone(),
            calls: response.calls.clone(),
            ..Turn::default()
        });
        self.calls = response
            .calls
            .iter()
            .map(|call| {
                let owner = self.owner(&call.name);
                Pending { call: call.clone(), owner, asked: false, answered: false }
            })
            .collect();
    }

    /// Who performs a tool. What another run has recorded is the program's to tell.
    fn owner(&self, tool: &str) -> Owner {
        let run = self.run();
        let own = run.uses.iter().any(|it| it.name == tool);
        let callers = self.frame.tools.iter().any(|it| it.name == tool);
        match (own, callers) {
            (true, _) => Owner::Cambium,
            (false, true) if run.recorded.is_some() => Owner::Cambium,
            (false, true) => Owner::Caller,
            (false, false) => Owner::Nobody,
        }
    }

    fn tools_asked(&mut self, asked: &ToolsAsked) {
        for pending in &mut self.calls {
            pending.asked |= asked.calls.iter().any(|ask| ask.call == pending.call.id);
        }
    }

    fn tool_answered(&mut self, answered: &ToolAnswered) {
        for pending in &mut self.calls {
            pending.answered |= pending.call.id == answered.call;
        }
        let content = match (&answered.output, &answered.error) {
            (_, Some(error)) => json!({ "error": error }).to_string(),
            (Some(Value::String(text)), None) => text.clone(),
            (Some(value), None) => value.to_string(),
            (None, None) => String::new(),
        };
        let call = Some(answered.call.clone());
        self.say(Turn { call, ..Turn::new(Role::Tool, content) });
    }

    fn say(&mut self, turn: Turn) {
        let calls = turn.calls.iter().map(|it| it.name.len() + it.arguments.len());
        self.bytes += turn.content.len() + calls.sum::<usize>();
        self.turns.push(Arc::new(turn));
    }

    fn cancelled(&mut self, cancelled: &Cancelled) {
        self.end(Status::Cancelled);
        if let Some(execution) = &mut self.graph {
            execution.give_up("run_cancelled");
        }
        self.code = Some("run_cancelled".to_owned());
        self.reason.clone_from(&cancelled.reason);
    }

    fn end(&mut self, status: Status) {
        (self.status, self.unfinished, self.asked) = (status, false, false);
        self.recalling = false;
        (self.command, self.deadline) = (None, None);
        (self.until, self.follows) = (None, None);
        self.joined.clear();
        self.calls.clear();
    }
}

const fn sum(one: &Usage, other: &Usage) -> Usage {
    Usage {
        input_tokens: one.input_tokens.saturating_add(other.input_tokens),
        output_tokens: one.output_tokens.saturating_add(other.output_tokens),
        cached_tokens: one.cached_tokens.saturating_add(other.cached_tokens),
        cache_write_tokens: one.cache_write_tokens.saturating_add(other.cache_write_tokens),
        reasoning_tokens: one.reasoning_tokens.saturating_add(other.reasoning_tokens),
        estimated: one.estimated || other.estimated,
    }
}
