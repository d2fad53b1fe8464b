use contracts::model::{
    Effort, Finish, ModelRequest, Options, Role, Tool, ToolCall, ToolChoice, Turn,
};
use serde_json::{Value, json};

use super::Responses;
use crate::model::error::ModelError;
use crate::model::formats::testing::{body, frames};
use crate::model::wire::Format as _;

fn whole() -> ModelRequest {
    let (name, description) = ("look".to_owned(), "Looks.".to_owned());
    let [id, called, arguments] = ["a", "look", "{}"].map(str::to_owned);
    ModelRequest {
        turns: vec![
            Turn::new(Role::System, "Be brief."),
            Turn::new(Role::User, "What is it?"),
            Turn {
                calls: vec![ToolCall { id, name: called, arguments }],
                ..Turn::new(Role::Assistant, "Hm.")
            },
            Turn { call: Some("a".to_owned()), ..Turn::new(Role::Tool, "a cat") },
        ],
        tools: vec![Tool { name, description, parameters: Value::Null, strict: true }],
        tool_choice: ToolChoice::Required,
        options: Options { effort: Some(Effort::Minimal), ..Options::default() },
        schema: Some(json!({ "type": "string" })),
        max_tokens: 50,
        ..ModelRequest::default()
    }
}

#[test]
fn a_request_says_all_that_was_asked_in_the_providers_words() {
    let said = |role: &str, sort: &str, text: &str| {
        let content = json!([{ "type": sort, "text": text }]);
        json!({ "type": "message", "role": role, "content": content })
    };
    let want = json!({
        "model": "m", "max_output_tokens": 50, "store": false, "stream": true,
        "input": [
            said("system", "input_text", "Be brief."),
            said("user", "input_text", "What is it?"),
            said("assistant", "output_text", "Hm."),
            { "type": "function_call", "call_id": "a", "name": "look", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "a", "output": "a cat" },
        ],
        "text": { "format": {
            "type": "json_schema", "name": "answer", "schema": { "type": "string" }, "strict": true,
        } },
        "reasoning": { "effort": "minimal", "summary": "auto" },
        "tools": [{
            "type": "function", "name": "look", "description": "Looks.", "strict": true,
            "parameters": { "type": "object", "properties": {} },
        }],
        "tool_choice": "required",
    });
    assert_eq!(body(&Responses, &whole(), true), Ok(want));
    for options in [
        Options { stop: vec!["END".to_owned()], ..Options::default() },
        Options { presence_penalty: Some(0.1), ..Options::default() },
    ] {
        let request = ModelRequest { options, ..whole() };
        assert!(matches!(body(&Responses, &request, false), Err(ModelError::Validation(_))));
    }
}

fn response(text: &str) -> Value {
    let summary = json!([{ "type": "summary_text", "text": "Hm." }]);
    let content = json!([{ "type": "output_text", "text": text }]);
    json!({
        "id": "resp_1", "status": "completed",
        "output": [
            { "type": "reasoning", "summary": summary },
            { "type": "message", "content": content },
            { "type": "function_call", "call_id": "a", "name": "look", "arguments": "{}" },
        ],
        "usage": { "input_tokens": 8, "input_tokens_details": { "cached_tokens": 2 },
            "output_tokens": 6, "output_tokens_details": { "reasoning_tokens": 3 } },
    })
}

#[test]
fn an_answer_that_came_whole_is_read() {
    let parts = Responses.answer(&response("One two")).expect("an answer");
    assert_eq!((parts.text.as_str(), parts.reasoning.as_str()), ("One two", "Hm."));
    assert_eq!(parts.calls[0].id, "a");
    let usage = parts.usage.expect("counted");
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (2, 3));
    let mut cut = response("Half");
    cut["status"] = json!("incomplete");
    cut["incomplete_details"] = json!({ "reason": "max_output_tokens" });
    assert_eq!(Responses.answer(&cut).expect("cut").finish, Some(Finish::Length));
    let failed =
        json!({ "status": "failed", "error": { "code": "server_error", "message": "no" } });
    let failure = Responses.answer(&failed).expect_err("it failed");
    assert_eq!(failure.error, ModelError::Provider("no".to_owned()));
}

#[test]
fn events_must_amount_to_the_answer_at_their_end() {
    let text = |delta: &str| json!({ "type": "response.output_text.delta", "delta": delta });
    let item = json!({ "type": "function_call", "call_id": "a", "name": "look" });
    let begun = json!({ "type": "response.output_item.added", "output_index": 2, "item": item });
    let more = json!({
        "type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{}",
    });
    let end = |text| json!({ "type": "response.completed", "response": response(text) });
    let read = |events: &[Value]| {
        let events: Vec<_> = events.iter().map(Value::to_string).collect();
        frames(&Responses, &events)
    };
    let events = [text("One "), begun, more, text("two"), end("One two")];
    let (parts, shown) = read(&events).expect("readable");
    assert_eq!(shown, "One two");
    assert_eq!(parts.expect("whole").calls.len(), 1);
    assert_eq!(read(&events[..4]).expect("readable").0, None, "it was cut off");
    let differs = read(&[text("two "), text("One"), end("One two")]);
    assert!(differs.is_err(), "pieces in the wrong order");
    let error = json!({ "type": "error", "code": "rate_limit_exceeded", "message": "slow" });
    assert_eq!(read(&[error]).expect_err("an error").error.code(), "model_rate_limit");
}
