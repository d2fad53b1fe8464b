//! What a message holds: blocks, as turns.

use contracts::Refusal;
use contracts::model::{Image, Role, ToolCall, Turn};
use serde_json::{Value, json};

use super::request::unsupported;
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::images;

/// Between the words of blocks that stand beside each other.
const GAP: &str = "\n\n";

/// The blocks of a content, with their places; a text is one block of words.
fn each(content: Value, at: &str) -> Result<Vec<(String, Fields)>, Refusal> {
    let blocks = match content {
        Value::String(text) => vec![json!({ "type": "text", "text": text })],
        Value::Array(blocks) => blocks,
        _ => return Err(wrong(at, "is a text or a list of blocks")),
    };
    let placed = blocks.into_iter().enumerate().map(|(index, block)| {
        let mut block = Fields::new(block, format!("{at}[{index}]"))?;
        // Where a provider may cut its cache says nothing about the answer.
        block.ignore(&["cache_control"]);
        Ok((block.needed_text("type")?, block))
    });
    placed.collect()
}

fn text(block: &mut Fields) -> Result<String, Refusal> {
    // An answer of a provider's comes back with what only clients read.
    block.ignore(&["citations"]);
    block.needed_text("text")
}

fn add(words: &mut String, more: &str) {
    if !words.is_empty() && !more.is_empty() {
        words.push_str(GAP);
    }
    words.push_str(more);
}

/// Words alone.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for blocks of other sorts.
pub fn words(content: Value, at: &str) -> Result<String, Refusal> {
    let mut words = String::new();
    for (sort, mut block) in each(content, at)? {
        if sort != "text" {
            return unsupported(&block, "type");
        }
        add(&mut words, &text(&mut block)?);
        block.done()?;
    }
    Ok(words)
}

/// The turns of a user's message: what tools answered, then what the user says.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for blocks of other sorts.
pub fn of_user(content: Value, at: &str) -> Result<Vec<Turn>, Refusal> {
    let (mut turns, mut user) = (Vec::new(), Turn::default());
    let mut speaks = false;
    for (sort, mut block) in each(content, at)? {
        match sort.as_str() {
            "text" => {
                add(&mut user.content, &text(&mut block)?);
                speaks = true;
            }
            "image" => {
                user.images.push(image(&mut block)?);
                speaks = true;
            }
            "tool_result" if speaks => {
                return Err(block.wrong("type", "stands before what the user says"));
            }
            "tool_result" => turns.push(result(&mut block)?),
            _ => return unsupported(&block, "type"),
        }
        block.done()?;
    }
    if speaks || turns.is_empty() {
        turns.push(user);
    }
    Ok(turns)
}

/// The turn of the model's own message.
///
/// # Errors
/// As [`of_user`].
pub fn of_assistant(content: Value, at: &str) -> Result<Turn, Refusal> {
    let mut turn = Turn { role: Role::Assistant, ..Turn::default() };
    for (sort, mut block) in each(content, at)? {
        match sort.as_str() {
            "text" => turn.content.push_str(&text(&mut block)?),
            "tool_use" => turn.calls.push(call(&mut block)?),
            // A turn has no place for thoughts: the model thinks anew.
            "thinking" => block.ignore(&["thinking", "signature"]),
            "redacted_thinking" => block.ignore(&["data"]),
            _ => return unsupported(&block, "type"),
        }
        block.done()?;
    }
    Ok(turn)
}

fn call(block: &mut Fields) -> Result<ToolCall, Refusal> {
    let (id, name) = (block.needed_text("id")?, block.needed_text("name")?);
    let input = block.take("input").unwrap_or_else(|| json!({}));
    if !input.is_object() {
        return Err(block.wrong("input", "is an object"));
    }
    block.only("caller", &[json!({ "type": "direct" })])?;
    block.unsupported(&["toolset_name"])?;
    Ok(ToolCall { id, name, arguments: input.to_string() })
}

fn result(block: &mut Fields) -> Result<Turn, Refusal> {
    let mut turn = Turn { role: Role::Tool, ..Turn::default() };
    turn.call = Some(block.needed_text("tool_use_id")?);
    turn.failed = block.flag("is_error")?.unwrap_or_default();
    block.unsupported(&["toolset_name"])?;
    let at = block.place("content");
    for (sort, mut inner) in each(block.take("content").unwrap_or_else(|| json!("")), &at)? {
        match sort.as_str() {
            "text" => add(&mut turn.content, &text(&mut inner)?),
            "image" => turn.images.push(image(&mut inner)?),
            _ => return unsupported(&inner, "type"),
        }
        inner.done()?;
    }
    Ok(turn)
}

fn image(block: &mut Fields) -> Result<Image, Refusal> {
    block.unsupported(&["transformations"])?;
    let source = block.fields("source")?;
    let mut source = source.ok_or_else(|| block.wrong("source", "is needed"))?;
    let image = match source.needed_text("type")?.as_str() {
        "base64" => {
            let (media_type, data) =
                (source.needed_text("media_type")?, source.needed_text("data")?);
            images::inline(&media_type, &data, &source.place("data"))?
        }
        "url" => images::at_url(&source.needed_text("url")?, &source.place("url"))?,
        _ => return unsupported(&source, "type"),
    };
    source.done()?;
    Ok(image)
}

#[cfg(test)]
mod tests {
    use contracts::model::ImageSource;

    use super::*;

    #[test]
    fn pictures_are_read_where_users_and_tools_show_them() {
        let url = json!({ "type": "url", "url": "https://x.example/cat.png" });
        let data = json!({ "type": "base64", "media_type": "image/png", "data": "iVBORw==" });
        let image = |source: &Value| json!({ "type": "image", "source": source });
        let blocks = json!([
            { "type": "tool_result", "tool_use_id": "c1", "content": [
                { "type": "text", "text": "The screen:" }, image(&data),
            ] },
            image(&url),
        ]);
        let turns = of_user(blocks, "content").unwrap();
        assert_eq!(turns[0].images[0].source, ImageSource::Inline("iVBORw==".into()));
        assert_eq!((turns[0].role, turns[0].content.as_str()), (Role::Tool, "The screen:"));
        assert_eq!(turns[1].images[0].media_type, "image/png");
        let file = json!([image(&json!({ "type": "file", "file_id": "f" }))]);
        assert_eq!(of_user(file, "content").unwrap_err().code, "unsupported_parameter");
        let broken = json!({ "type": "base64", "media_type": "image/png", "data": "%" });
        assert_eq!(of_user(json!([image(&broken)]), "content").unwrap_err().code, "invalid_input");
    }

    #[test]
    fn what_only_a_client_knows_is_refused() {
        let use_of = |input: Value| {
            json!([{ "type": "tool_use", "id": "a", "name": "b",
            "input": input, "caller": { "type": "direct" } }])
        };
        assert!(of_assistant(use_of(json!({})), "content").is_ok());
        assert!(of_assistant(use_of(json!("x")), "content").is_err());
        let server = json!([{ "type": "server_tool_use", "id": "a", "name": "web_search" }]);
        let refusal = of_assistant(server, "content").unwrap_err();
        assert_eq!(refusal.errors[0].field, "content[0].type");
    }
}
