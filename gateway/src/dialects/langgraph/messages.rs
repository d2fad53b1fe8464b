//! Messages as LangChain writes them, and turns.

use contracts::Refusal;
use contracts::model::{Image, ImageSource, Role, ToolCall, Turn};
use serde_json::{Value, json};

use crate::dialects::common::fields::{Fields, wrong};
use crate::problem::codes;

/// The turns of an input: `{messages: […]}`.
///
/// # Errors
/// `invalid_input`; `unsupported_parameter` for what no graph here has.
pub fn input(value: Value, at: &str) -> Result<Vec<Turn>, Refusal> {
    let mut fields = Fields::new(value, at)?;
    let messages = fields.needed("messages")?;
    let turns = read(messages, &fields.place("messages"))?;
    fields.done()?;
    Ok(turns)
}

/// One message, or a list of them.
///
/// # Errors
/// As [`input`].
pub fn read(value: Value, at: &str) -> Result<Vec<Turn>, Refusal> {
    let messages = match value {
        Value::Array(messages) => messages,
        one => vec![one],
    };
    let messages = messages.into_iter().enumerate();
    messages.map(|(index, message)| one(message, &format!("{at}[{index}]"))).collect()
}

fn one(message: Value, at: &str) -> Result<Turn, Refusal> {
    if let Value::String(text) = message {
        return Ok(Turn::new(Role::User, text));
    }
    let mut message = Fields::new(message, at)?;
    let named = message.text("role")?;
    let named = named.or(message.text("type")?).unwrap_or_else(|| "human".to_owned());
    let role = match named.as_str() {
        "human" | "user" => Role::User,
        "ai" | "assistant" => Role::Assistant,
        "system" | "developer" => Role::System,
        "tool" => Role::Tool,
        _ => return Err(message.wrong("role", "is user, assistant, system or tool")),
    };
    let mut turn = Turn::new(role, "");
    if let Some(content) = message.take("content") {
        let place = message.place("content");
        content_of(content, &place, &mut turn)?;
    }
    turn.call = message.text("tool_call_id")?;
    if role == Role::Tool && turn.call.is_none() {
        return Err(message.wrong("tool_call_id", "is needed"));
    }
    for (index, call) in message.list("tool_calls")?.unwrap_or_default().into_iter().enumerate() {
        let mut call = Fields::new(call, format!("{}[{index}]", message.place("tool_calls")))?;
        let (id, name) = (call.needed_text("id")?, call.needed_text("name")?);
        let arguments = call.take("args").unwrap_or_else(|| json!({})).to_string();
        turn.calls.push(ToolCall { id, name, arguments });
    }
    // What LangChain keeps with a message for itself.
    message.ignore(&[
        "id",
        "name",
        "additional_kwargs",
        "response_metadata",
        "usage_metadata",
        "example",
        "invalid_tool_calls",
        "status",
        "artifact",
    ]);
    message.done()?;
    Ok(turn)
}

fn content_of(content: Value, at: &str, turn: &mut Turn) -> Result<(), Refusal> {
    let parts = match content {
        Value::String(text) => {
            turn.content = text;
            return Ok(());
        }
        Value::Array(parts) => parts,
        _ => return Err(wrong(at, "is a text or a list of parts")),
    };
    for (index, part) in parts.into_iter().enumerate() {
        let mut part = Fields::new(part, format!("{at}[{index}]"))?;
        match part.needed_text("type")?.as_str() {
            "text" => turn.content.push_str(&part.needed_text("text")?),
            "image_url" => {
                let place = part.place("image_url");
                let url = match part.needed("image_url")? {
                    Value::String(url) => url,
                    shown => Fields::new(shown, place.as_str())?.needed_text("url")?,
                };
                turn.images.push(image(&url, &place)?);
            }
            _ => return Err(codes::unsupported_parameter(&part.place("type"))),
        }
    }
    Ok(())
}

fn image(url: &str, at: &str) -> Result<Image, Refusal> {
    if url.starts_with("https://") || url.starts_with("http://") {
        let source = ImageSource::Url(url.to_owned());
        return Ok(Image { media_type: "image/jpeg".to_owned(), source });
    }
    let inside = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (media, data) = inside
        .filter(|(media, _)| media.starts_with("image/"))
        .ok_or_else(|| wrong(at, "is an https: or a base64 data: URL of a picture"))?;
    let source = ImageSource::Inline(data.to_owned());
    Ok(Image { media_type: media.to_owned(), source })
}

/// A turn as a message.
#[must_use]
pub fn tell(turn: &Turn, id: &str) -> Value {
    let sort = match turn.role {
        Role::User => "human",
        Role::Assistant => "ai",
        Role::System => "system",
        Role::Tool => "tool",
    };
    let content = if turn.images.is_empty() {
        json!(turn.content)
    } else {
        let text = json!({ "type": "text", "text": turn.content });
        let images = turn.images.iter().map(|image| {
            let url = match &image.source {
                ImageSource::Url(url) => url.clone(),
                ImageSource::Inline(data) => format!("data:{};base64,{data}", image.media_type),
                ImageSource::Blob(hash) => format!("blake3:{hash}"),
            };
            json!({ "type": "image_url", "image_url": { "url": url } })
        });
        std::iter::once(text).chain(images).collect()
    };
    let mut told = json!({
        "id": id, "type": sort, "content": content, "additional_kwargs": {},
        "response_metadata": {}, "name": null,
    });
    if turn.role == Role::Assistant {
        told["tool_calls"] = turn.calls.iter().map(call).collect();
        told["invalid_tool_calls"] = json!([]);
    }
    if let Some(call) = &turn.call {
        told["tool_call_id"] = json!(call);
        told["status"] = json!("success");
    }
    told
}

/// A call of a tool.
#[must_use]
pub fn call(call: &ToolCall) -> Value {
    let args = serde_json::from_str::<Value>(&call.arguments);
    let args = args.unwrap_or_else(|_| json!({ "input": call.arguments }));
    json!({ "id": call.id, "name": call.name, "args": args, "type": "tool_call" })
}

#[cfg(test)]
mod tests {
    use contracts::model::Role;
    use serde_json::json;

    use super::{input, read, tell};

    #[test]
    fn what_is_told_can_be_said_again() {
        let said = json!([
            { "type": "human", "content": "add 2 and 3" },
            { "type": "ai", "content": "", "tool_calls":
                [{ "id": "c1", "name": "add", "args": { "a": 2 }, "type": "tool_call" }] },
            { "role": "tool", "content": "5", "tool_call_id": "c1" },
            "and 4?",
        ]);
        let turns = read(said, "m").expect("read");
        assert_eq!(turns.len(), 4);
        assert_eq!((turns[3].role, turns[3].content.as_str()), (Role::User, "and 4?"));
        let told: Vec<_> = turns.iter().map(|turn| tell(turn, "x")).collect();
        assert_eq!(told[1]["tool_calls"][0]["args"]["a"], 2);
        assert_eq!(read(json!(told), "m").expect("read"), turns);
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (bad, field) in [
            (json!({}), "input.messages"),
            (
                json!({ "messages": [{ "role": "queen", "content": "x" }] }),
                "input.messages[0].role",
            ),
            (
                json!({ "messages": [{ "role": "tool", "content": "x" }] }),
                "input.messages[0].tool_call_id",
            ),
            (json!({ "messages": [], "topic": "trees" }), "input.topic"),
        ] {
            let refusal = input(bad.clone(), "input").unwrap_err();
            assert_eq!(refusal.errors[0].field, field, "{bad}");
        }
    }
}
