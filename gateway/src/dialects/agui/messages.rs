//! The messages of a thread, as the caller has them and as turns.

use contracts::model::{Image, Role, ToolCall, Turn};
use contracts::{ActorId, Refusal};
use serde_json::{Value, json};

use super::names;
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::images;
use crate::problem::codes;

/// A message.
pub struct Message {
    /// The caller's name for it, or ours.
    pub id: String,
    /// As the caller wrote it.
    pub told: Value,
    /// What of it a model is told; `None` = it is for people.
    pub turn: Option<Turn>,
}

/// Reads messages.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for parts that no model is shown.
pub fn read(messages: Vec<Value>) -> Result<Vec<Message>, Refusal> {
    let each = messages.into_iter().enumerate();
    each.map(|(index, message)| one(message, &format!("messages[{index}]"))).collect()
}

fn one(told: Value, at: &str) -> Result<Message, Refusal> {
    let mut message = Fields::new(told.clone(), at)?;
    let id = message.needed_text("id")?;
    // Notes of the client's, thoughts that a provider sealed, and which agent spoke.
    message.ignore(&["metadata", "encryptedValue", "subagentRunId"]);
    let role = message.needed_text("role")?;
    let turn = match role.as_str() {
        "user" => Some(said(&mut message, Role::User)?),
        "system" | "developer" => Some(said(&mut message, Role::System)?),
        "assistant" => Some(assistant(&mut message)?),
        "tool" => Some(tool(&mut message)?),
        // Shown to people, and never to a model.
        "activity" | "reasoning" => return Ok(Message { id, told, turn: None }),
        _ => return Err(message.wrong("role", "is one of AG-UI's")),
    };
    // Several users of one conversation: no provider but OpenAI knows them apart.
    message.unsupported(&["name"])?;
    message.done()?;
    Ok(Message { id, told, turn })
}

fn said(message: &mut Fields, role: Role) -> Result<Turn, Refusal> {
    let at = message.place("content");
    let (content, images) = parts(message.needed("content")?, &at)?;
    if role == Role::System && !images.is_empty() {
        return Err(wrong(&at, "holds pictures only where a user or a tool speaks"));
    }
    Ok(Turn { role, content, images, ..Turn::default() })
}

fn assistant(message: &mut Fields) -> Result<Turn, Refusal> {
    let content = message.text("content")?.unwrap_or_default();
    let at = message.place("toolCalls");
    let calls = message.list("toolCalls")?.unwrap_or_default().into_iter().enumerate();
    let calls = calls.map(|(index, call)| {
        let mut call = Fields::new(call, format!("{at}[{index}]"))?;
        call.only("type", &[json!("function")])?;
        call.ignore(&["metadata", "encryptedValue"]);
        let id = call.needed_text("id")?;
        let function = call.fields("function")?;
        let mut function = function.ok_or_else(|| call.wrong("function", "is needed"))?;
        let (name, arguments) = (function.needed_text("name")?, function.needed_text("arguments")?);
        function.done()?;
        call.done()?;
        Ok(ToolCall { id, name, arguments })
    });
    let calls = calls.collect::<Result<_, Refusal>>()?;
    Ok(Turn { role: Role::Assistant, content, calls, ..Turn::default() })
}

fn tool(message: &mut Fields) -> Result<Turn, Refusal> {
    let mut turn = said(message, Role::Tool)?;
    turn.call = Some(message.needed_text("toolCallId")?);
    if let Some(error) = message.text("error")? {
        turn.failed = true;
        if turn.content.is_empty() {
            turn.content = error;
        }
    }
    Ok(turn)
}

/// Words and pictures of a content.
fn parts(content: Value, at: &str) -> Result<(String, Vec<Image>), Refusal> {
    let parts = match content {
        Value::String(text) => return Ok((text, Vec::new())),
        Value::Array(parts) => parts,
        _ => return Err(wrong(at, "is a text or a list of parts")),
    };
    let (mut words, mut pictures) = (Vec::new(), Vec::new());
    for (index, part) in parts.into_iter().enumerate() {
        let mut part = Fields::new(part, format!("{at}[{index}]"))?;
        part.ignore(&["id", "metadata"]);
        match part.needed_text("type")?.as_str() {
            "text" => words.push(part.needed_text("text")?),
            "image" => pictures.push(picture(&mut part)?),
            _ => return Err(codes::unsupported_parameter(&part.place("type"))),
        }
        part.done()?;
    }
    Ok((words.join("\n\n"), pictures))
}

fn picture(part: &mut Fields) -> Result<Image, Refusal> {
    let source = part.fields("source")?;
    let mut source = source.ok_or_else(|| part.wrong("source", "is needed"))?;
    let (sort, value, at) =
        (source.needed_text("type")?, source.needed_text("value")?, source.place("value"));
    let media_type = source.text("mimeType")?;
    let picture = match sort.as_str() {
        "data" => images::inline(&media_type.unwrap_or_default(), &value, &at)?,
        "url" => images::at_url(&value, &at)?,
        _ => return Err(codes::unsupported_parameter(&source.place("type"))),
    };
    source.done()?;
    Ok(picture)
}

/// A turn as a message of this name; `None` = it is for models only.
#[must_use]
pub fn told(turn: &Turn, id: &str) -> Option<Value> {
    match turn.role {
        Role::System => None,
        Role::User => Some(json!({ "id": id, "role": "user", "content": turn.content })),
        Role::Tool => Some(json!({
            "id": id, "role": "tool", "content": turn.content, "toolCallId": turn.call,
        })),
        Role::Assistant => {
            let mut message = json!({ "id": id, "role": "assistant", "content": turn.content });
            if !turn.calls.is_empty() {
                message["toolCalls"] = turn.calls.iter().map(call).collect();
            }
            Some(message)
        }
    }
}

fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments });
    json!({ "id": call.id, "type": "function", "function": function })
}

/// The runs that the model's messages are of, the last one first, each with the place of the
/// message after it.
pub fn runs(messages: &[Message]) -> impl Iterator<Item = (ActorId, usize)> {
    let own = messages.iter().enumerate().rev();
    own.filter(|(_, message)| message.told["role"] == "assistant")
        .filter_map(|(place, message)| Some((names::run_of(&message.id)?, place + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_read_and_its_last_run_found() {
        let messages = read(vec![
            json!({ "id": "1", "role": "developer", "content": "Be short." }),
            json!({ "id": "2", "role": "user", "content": [
                { "type": "text", "text": "2 and 3?" },
                { "type": "image", "source": { "type": "data", "value": "iVBORw==",
                    "mimeType": "image/png" } },
            ] }),
            json!({ "id": "msg_r1.1", "role": "assistant", "toolCalls": [{ "id": "c1",
                "type": "function", "function": { "name": "add", "arguments": "{}" } }] }),
            json!({ "id": "4", "role": "tool", "toolCallId": "c1", "content": "", "error": "no" }),
            json!({ "id": "5", "role": "activity", "activityType": "x", "content": {} }),
        ])
        .unwrap();
        let turn = |at: usize| messages[at].turn.as_ref().unwrap();
        assert_eq!((turn(0).role, turn(1).images.len()), (Role::System, 1));
        assert_eq!(turn(2).calls[0].name, "add");
        assert_eq!((turn(3).failed, turn(3).content.as_str()), (true, "no"));
        assert!(messages[4].turn.is_none());
        let run = ActorId::new("r1").unwrap();
        assert_eq!(runs(&messages).collect::<Vec<_>>(), [(run, 3)]);
        assert_eq!(told(turn(2), "msg_r1.1").unwrap()["toolCalls"][0]["id"], "c1");
    }

    #[test]
    fn what_no_model_is_shown_is_refused() {
        let audio = json!([{ "type": "audio", "source": {} }]);
        let message = json!({ "id": "1", "role": "user", "content": audio });
        let refusal = read(vec![message]).err().unwrap();
        assert_eq!(refusal.errors[0].field, "messages[0].content[0].type");
    }
}
