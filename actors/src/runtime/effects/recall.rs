//! What a tool answered before: a run that is given a recording calls nobody.

use contracts::effect::{ToolAnswer, ToolRun};
use contracts::kinds::run::{MEMORY_CALL, MEMORY_TOOL};
use contracts::model::Told;
use contracts::ports::History as _;
use contracts::view::At;
use contracts::{Address, Caller, Origin, Refusal, canonical as canon};
use serde_json::Value;

use super::task::Task;

/// A call and its answer, as a run's turns tell them.
#[derive(Debug, PartialEq)]
struct Recorded {
    id: String,
    name: String,
    arguments: Vec<u8>,
    answer: Option<String>,
}

impl Task {
    /// What the tool answered in the run that `tool` is recorded in: the same call with the same
    /// arguments, and of several the one that came as far along.
    ///
    /// # Errors
    /// `tool_not_recorded`.
    pub(super) async fn recall(&self, tool: &ToolRun) -> Result<ToolAnswer, Refusal> {
        let due = self.due();
        let shared = &self.runtime.shared;
        let Some(recorded) = tool.recorded.clone() else { return Err(unrecorded(&tool.name)) };
        let (tenant, kind) = (due.address.tenant.clone(), due.address.kind.clone());
        let from = Address::new(tenant, kind, recorded);
        let origin = tool.origin.unwrap_or(Origin::Runtime);
        let by = Caller::new(due.principal.clone(), origin).with(due.credential.clone());
        shared.ensure_may_read(&by, &from)?;
        if tool.name == MEMORY_TOOL && tool.call == MEMORY_CALL {
            return self.recall_memory(&from).await;
        }
        let (own, _) = shared.told(&due.address, None).await?;
        let (past, _) = shared.told(&from, None).await?;
        let arguments = canonical(&tool.input);
        let same = |it: &&Recorded| it.name == tool.name && it.arguments == arguments;
        let own = calls(&own);
        // An id may have been used in an earlier round, too.
        let place = own.iter().rposition(|it| it.id == tool.call).unwrap_or(own.len());
        let before = own[..place].iter().filter(same).count();
        let past = calls(&past);
        let found = past.iter().filter(same).filter_map(|it| it.answer.clone());
        let found: Vec<_> = found.collect();
        let answer = found.get(before).or(found.last()).ok_or_else(|| unrecorded(&tool.name))?;
        Ok(ToolAnswer { output: Value::String(answer.clone()), blob: None, ms: 0 })
    }
}

impl Task {
    /// What the recorded run remembered.
    async fn recall_memory(&self, from: &Address) -> Result<ToolAnswer, Refusal> {
        let view = self.runtime.state(from, At::Latest).await?;
        let output = view.state["recalled"].clone();
        Ok(ToolAnswer { output, blob: None, ms: 0 })
    }
}

fn unrecorded(name: &str) -> Refusal {
    let message = format!("{name} was not called so in the recorded run, and is not called now");
    Refusal::rejected("tool_not_recorded", message)
}

fn canonical(value: &Value) -> Vec<u8> {
    canon::to_canonical(value).unwrap_or_default()
}

/// The calls of a run in their order. Ids are told anew in each round, so that an answer belongs to
/// the last call of its id before it.
fn calls(told: &Told) -> Vec<Recorded> {
    let mut calls: Vec<Recorded> = Vec::new();
    for turn in &told.turns {
        calls.extend(turn.calls.iter().map(|call| {
            let value = serde_json::from_str(&call.arguments).unwrap_or_default();
            let value = match value {
                Value::Null => serde_json::json!({}),
                value => value,
            };
            let (id, name) = (call.id.clone(), call.name.clone());
            Recorded { id, name, arguments: canonical(&value), answer: None }
        }));
        if let Some(id) = &turn.call
            && let Some(call) = calls.iter_mut().rev().find(|it| it.id == *id)
        {
            call.answer.get_or_insert_with(|| turn.content.clone());
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::model::{Role, Told, ToolCall, Turn};

    use super::calls;

    #[test]
    fn an_answer_belongs_to_the_last_call_of_its_id() {
        let asked = |arguments: &str| {
            let call = ToolCall {
                id: "1".to_owned(),
                name: "look".to_owned(),
                arguments: arguments.to_owned(),
            };
            Arc::new(Turn { calls: vec![call], ..Turn::new(Role::Assistant, "") })
        };
        let answered = |text: &str| {
            Arc::new(Turn { call: Some("1".to_owned()), ..Turn::new(Role::Tool, text) })
        };
        let turns = vec![asked("{\"b\":1,\"a\":2}"), answered("one"), asked(""), answered("two")];
        let found = calls(&Told { turns, ..Told::default() });
        assert_eq!(found[0].arguments, b"{\"a\":2,\"b\":1}");
        assert_eq!(found[1].arguments, b"{}");
        let answers: Vec<_> = found.iter().map(|it| it.answer.as_deref()).collect();
        assert_eq!(answers, [Some("one"), Some("two")]);
    }
}
