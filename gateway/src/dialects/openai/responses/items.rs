//! The items of `responses` and `conversations`: what goes in as turns, and turns as what comes
//! out.

use contracts::Refusal;
use contracts::model::{Role, ToolCall, Turn};
use serde_json::{Value, json};

use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::openai::content;
use crate::problem::codes;

/// The turns that an input says: a text, or a list of items.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for items of other sorts.
pub fn turns(input: Value, at: &str) -> Result<Vec<Turn>, Refusal> {
    let items = match input {
        Value::String(text) => return Ok(vec![Turn::new(Role::User, text)]),
        Value::Array(items) => items,
        _ => return Err(wrong(at, "is a text or a list of items")),
    };
    let mut turns: Vec<Turn> = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let item = Fields::new(item, format!("{at}[{index}]"))?;
        match read(item)? {
            // What a model said and what it called at the same time is one turn.
            Read::Call(call) => match turns.last_mut().filter(|it| it.role == Role::Assistant) {
                Some(said) => said.calls.push(call),
                None => {
                    turns.push(Turn {
                        role: Role::Assistant,
                        calls: vec![call],
                        ..Turn::default()
                    });
                }
            },
            Read::Turn(turn) => turns.push(turn),
            Read::Nothing => {}
        }
    }
    Ok(turns)
}

enum Read {
    Turn(Turn),
    Call(ToolCall),
    /// What a model says it thought: for people, and never told to a model again.
    Nothing,
}

fn read(mut item: Fields) -> Result<Read, Refusal> {
    let sort = item.text("type")?.unwrap_or_else(|| "message".to_owned());
    // What an answer of ours says of its items comes back with them.
    item.ignore(&["id", "status", "phase"]);
    let read = match sort.as_str() {
        "message" => Read::Turn(message(&mut item)?),
        "function_call" => Read::Call(ToolCall {
            id: item.needed_text("call_id")?,
            name: item.needed_text("name")?,
            arguments: item.needed_text("arguments")?,
        }),
        "function_call_output" => {
            let call = Some(item.needed_text("call_id")?);
            let value = item.needed("output")?;
            let (content, images) = content::read(value, &item.place("output"))?;
            Read::Turn(Turn { role: Role::Tool, content, images, call, ..Turn::default() })
        }
        "reasoning" => {
            item.ignore(&["summary", "content", "encrypted_content"]);
            Read::Nothing
        }
        _ => return Err(codes::unsupported_parameter(&item.place("type"))),
    };
    item.unsupported(&["namespace", "caller"])?;
    // Added by clients that read an answer as an object of theirs.
    item.ignore(&["parsed_arguments"]);
    item.done()?;
    Ok(read)
}

fn message(item: &mut Fields) -> Result<Turn, Refusal> {
    let role = match item.needed_text("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" | "developer" => Role::System,
        _ => return Err(item.wrong("role", "is user, assistant, system or developer")),
    };
    let value = item.needed("content")?;
    let (content, images) = content::read(value, &item.place("content"))?;
    if role != Role::User && !images.is_empty() {
        return Err(item.wrong("content", "holds pictures only where a user speaks"));
    }
    Ok(Turn { role, content, images, ..Turn::default() })
}

/// The items of `turns`, in their order; the ids of them begin with `base`.
#[must_use]
pub fn told(turns: &[Turn], base: &str) -> Vec<Value> {
    let mut items = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let name = format!("{base}-{index}");
        if turn.role == Role::Tool {
            items.push(json!({
                "id": format!("fco_{name}"), "type": "function_call_output", "status": "completed",
                "call_id": turn.call, "output": turn.content,
            }));
            continue;
        }
        if !turn.content.is_empty() || turn.calls.is_empty() {
            items.push(said(turn, &format!("msg_{name}")));
        }
        items.extend(turn.calls.iter().enumerate().map(|(at, it)| call(it, &name, at)));
    }
    items
}

fn said(turn: &Turn, id: &str) -> Value {
    if turn.role == Role::Assistant {
        return message_of(&turn.content, id);
    }
    let role = if turn.role == Role::System { "system" } else { "user" };
    let mut parts = vec![json!({ "type": "input_text", "text": turn.content })];
    parts.extend(turn.images.iter().map(content::told));
    json!({ "id": id, "type": "message", "status": "completed", "role": role, "content": parts })
}

/// What a model said, as an item.
#[must_use]
pub fn message_of(text: &str, id: &str) -> Value {
    json!({
        "id": id, "type": "message", "status": "completed", "role": "assistant",
        "content": [part(text)],
    })
}

/// Words of a model.
#[must_use]
pub fn part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// What a model says it thought, as an item.
#[must_use]
pub fn reasoning(text: &str, id: &str) -> Value {
    json!({
        "id": id, "type": "reasoning",
        "summary": [{ "type": "summary_text", "text": text }],
    })
}

/// A call, as the item number `at` of those called `name`.
#[must_use]
pub fn call(call: &ToolCall, name: &str, at: usize) -> Value {
    json!({
        "id": format!("fc_{name}-{at}"), "type": "function_call", "status": "completed",
        "call_id": call.id, "name": call.name, "arguments": call.arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_become_turns_and_come_back() {
        let input = json!([
            { "role": "developer", "content": "Be short." },
            { "type": "message", "role": "user", "content": [
                { "type": "input_text", "text": "2 and 3?" },
                { "type": "input_image", "image_url": "https://x.test/a.png" },
            ] },
            { "id": "rs_1", "type": "reasoning", "summary": [] },
            { "id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
              "content": [{ "type": "output_text", "text": "Adding.", "annotations": [] }] },
            { "type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}" },
            { "type": "function_call", "call_id": "c2", "name": "add", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c1", "output": "5" },
        ]);
        let turns = turns(input, "input").unwrap();
        assert_eq!(turns.len(), 4);
        assert_eq!((turns[2].content.as_str(), turns[2].calls.len()), ("Adding.", 2));
        assert_eq!(turns[3].call.as_deref(), Some("c1"));
        let told = told(&turns, "r");
        let sorts: Vec<_> = told.iter().map(|item| item["type"].as_str().unwrap()).collect();
        assert_eq!(
            sorts,
            [
                "message",
                "message",
                "message",
                "function_call",
                "function_call",
                "function_call_output"
            ]
        );
        assert_eq!(super::turns(Value::Array(told), "input").unwrap(), turns, "and back");
    }

    #[test]
    fn other_items_are_refused_where_they_stand() {
        let refusal = turns(json!([{ "type": "item_reference", "id": "x" }]), "input").unwrap_err();
        assert_eq!(refusal.code, "unsupported_parameter");
        assert_eq!(refusal.errors[0].field, "input[0].type");
    }
}
