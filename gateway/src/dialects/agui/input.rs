//! What `POST /v1/agui/{assistant}` is asked.

use contracts::Refusal;
use contracts::model::Tool;
use serde_json::{Value, json};

use super::messages::{self, Message};
use crate::dialects::common::fields::Fields;
use crate::problem::codes;

/// The version of the protocol that is spoken.
pub const VERSION: &str = "1.0";

/// What the caller calls its thread or run, in bytes: it stands in the run's metadata.
const NAME_BYTES_MAX: usize = 512;

/// A request to run an assistant.
pub struct Input {
    /// The caller's name for the thread.
    pub thread: String,
    /// The caller's name for the run.
    pub run: String,
    /// The caller's name for the run that it comes after.
    pub parent: Option<String>,
    /// What the user's application knows; `null` = nothing.
    pub state: Value,
    /// What was said so far.
    pub messages: Vec<Message>,
    /// What the model may call and the caller performs.
    pub tools: Vec<Tool>,
    /// What else the model is to know: of what it is, and what it is.
    pub context: Vec<(String, String)>,
}

/// Reads a body.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`, `unknown_parameter`.
pub fn read(body: Value) -> Result<Input, Refusal> {
    let mut body = Fields::new(body, "")?;
    if let Some(version) = body.text("protocolVersion")?
        && version.split('.').next() != VERSION.split('.').next()
    {
        return Err(codes::unsupported_parameter("protocolVersion"));
    }
    let input = Input {
        thread: name(&mut body, "threadId")?,
        run: name(&mut body, "runId")?,
        parent: body.text("parentRunId")?.filter(|parent| !parent.is_empty()),
        state: body.take("state").unwrap_or_default(),
        messages: messages::read(body.list("messages")?.unwrap_or_default())?,
        tools: tools(&mut body)?,
        context: context(&mut body)?,
    };
    // No run of this dialect is interrupted, so that there is nothing to resume.
    body.unsupported(&["resume"])?;
    // What is between an application and its own agent says nothing to an assistant.
    body.ignore(&["forwardedProps"]);
    body.done()?;
    Ok(input)
}

fn name(body: &mut Fields, name: &str) -> Result<String, Refusal> {
    let text = body.needed_text(name)?;
    if (1..=NAME_BYTES_MAX).contains(&text.len()) {
        return Ok(text);
    }
    Err(body.wrong(name, &format!("has 1 to {NAME_BYTES_MAX} bytes")))
}

fn tools(body: &mut Fields) -> Result<Vec<Tool>, Refusal> {
    let tools = body.list("tools")?.unwrap_or_default().into_iter().enumerate();
    tools
        .map(|(index, tool)| {
            let mut tool = Fields::new(tool, format!("tools[{index}]"))?;
            let read = Tool {
                name: tool.needed_text("name")?,
                description: tool.text("description")?.unwrap_or_default(),
                parameters: tool.take("parameters").unwrap_or_else(|| json!({})),
                strict: false,
            };
            tool.ignore(&["metadata"]);
            tool.done()?;
            Ok(read)
        })
        .collect()
}

fn context(body: &mut Fields) -> Result<Vec<(String, String)>, Refusal> {
    let all = body.list("context")?.unwrap_or_default().into_iter().enumerate();
    all.map(|(index, one)| {
        let mut one = Fields::new(one, format!("context[{index}]"))?;
        let read = (one.needed_text("description")?, one.needed_text("value")?);
        one.done()?;
        Ok(read)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(more: Value) -> Result<Input, Refusal> {
        let mut body = json!({
            "protocolVersion": "1.0", "threadId": "t", "runId": "r", "messages": [], "tools": [],
            "context": [{ "description": "place", "value": "Bern" }], "state": {},
            "forwardedProps": { "any": 1 }, "resume": [],
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(body)
    }

    #[test]
    fn what_a_client_sends_is_read() {
        let tool =
            json!({ "name": "go", "description": "Goes.", "parameters": {}, "metadata": {} });
        let input = asked(json!({ "tools": [tool], "parentRunId": "r0" })).unwrap();
        assert_eq!((input.thread.as_str(), input.run.as_str()), ("t", "r"));
        assert_eq!((input.parent.as_deref(), input.tools[0].name.as_str()), (Some("r0"), "go"));
        assert_eq!(input.context[0].1, "Bern");
    }

    #[test]
    fn what_is_not_done_is_refused_and_named() {
        for (more, code, param) in [
            (json!({ "resume": [{}] }), "unsupported_parameter", "resume"),
            (json!({ "protocolVersion": "2.0" }), "unsupported_parameter", "protocolVersion"),
            (json!({ "threadId": "" }), "invalid_input", "threadId"),
            (json!({ "runId": null }), "invalid_input", "runId"),
            (json!({ "other": 1 }), "unknown_parameter", "other"),
            (json!({ "tools": [{}] }), "invalid_input", "tools[0].name"),
        ] {
            let refusal = asked(more).err().unwrap();
            assert_eq!((refusal.code.as_ref(), refusal.errors[0].field.as_str()), (code, param));
        }
    }
}
