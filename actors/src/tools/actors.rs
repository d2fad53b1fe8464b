//! `actor_command` and `actor_state`: the other actors of the tenant, under the rights of whoever
//! is behind the call.

use contracts::model::ToolView;
use contracts::ports::Fut;
use contracts::{ActorId, CommandName, Kind, Refusal};
use serde_json::{Value, json};

use super::{Hands, Tool, fault, view};

/// Sends a command.
pub(super) struct Command {
    view: ToolView,
}

/// Reads a state.
pub(super) struct State {
    view: ToolView,
}

fn actor() -> (Value, Value) {
    let kind = json!({ "type": "string", "description": "The actor's kind, such as osteon." });
    let id = json!({ "type": "string", "description": "The actor's id." });
    (kind, id)
}

pub(super) fn command() -> Command {
    let (kind, id) = actor();
    let parameters = json!({
        "type": "object",
        "properties": {
            "kind": kind,
            "id": id,
            "command": { "type": "string", "description": "The command's name." },
            "input": { "type": "object", "description": "The command's input." },
        },
        "required": ["kind", "id", "command"],
        "additionalProperties": false,
        "examples": [{ "kind": "counter", "id": "visits", "command": "add", "input": { "by": 1 } }],
    });
    let about = "Sends a command to an actor and tells its answer. It may do what the person \
                 behind this run may do, and no more.";
    Command { view: ToolView { changes: true, ..view("actor_command", about, parameters) } }
}

pub(super) fn state() -> State {
    let (kind, id) = actor();
    let parameters = json!({
        "type": "object",
        "properties": { "kind": kind, "id": id },
        "required": ["kind", "id"],
        "additionalProperties": false,
        "examples": [{ "kind": "counter", "id": "visits" }],
    });
    let about = "Reads the state of an actor that the person behind this run may read.";
    State { view: view("actor_state", about, parameters) }
}

fn address(input: &Value) -> Result<(Kind, ActorId), Refusal> {
    let member = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let kind = Kind::new(member("kind")).map_err(|error| fault(error.to_string()))?;
    let id = ActorId::new(member("id")).map_err(|error| fault(error.to_string()))?;
    Ok((kind, id))
}

impl Tool for Command {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let (kind, id) = address(input)?;
            let name = input["command"].as_str().unwrap_or_default().to_owned();
            let name = CommandName::new(name).map_err(|error| fault(error.to_string()))?;
            let given = match &input["input"] {
                Value::Null => json!({}),
                given => given.clone(),
            };
            let answer = hands.send(kind, id, name, given).await?;
            Ok(json!({
                "status": answer.status, "revision": answer.revision, "answer": answer.reply,
            }))
        })
    }
}

impl Tool for State {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let (kind, id) = address(input)?;
            hands.state(kind, id).await
        })
    }
}
