use contracts::model::{
    Effort, Finish, Image, ImageSource, ModelRequest, Options, Role, Tool, ToolCall, ToolChoice,
    Turn, Usage,
};
use serde_json::{Value, json};

use super::Anthropic;
use crate::model::done::Done;
use crate::model::error::ModelError;
use crate::model::formats::testing::{body, frames, refused};
use crate::model::wire::Format as _;

fn called(id: &str) -> ToolCall {
    let [id, name, arguments] = [id, "look", "{\"q\":1}"].map(str::to_owned);
    ToolCall { id, name, arguments }
}

fn answer_to(id: &str, text: &str) -> Turn {
    Turn { call: Some(id.to_owned()), ..Turn::new(Role::Tool, text) }
}

fn whole() -> ModelRequest {
    let (name, description) = ("look".to_owned(), String::new());
    let url = ImageSource::Url("https://x.example/cat.png".to_owned());
    let image = Image { media_type: "image/png".to_owned(), source: url };
    ModelRequest {
        turns: vec![
            Turn::new(Role::System, "Be brief."),
            Turn { images: vec![image], ..Turn::new(Role::User, "What is it?") },
            Turn { calls: vec![called("a"), called("b")], ..Turn::new(Role::Assistant, "Hm.") },
            answer_to("a", "a cat"),
            Turn { failed: true, ..answer_to("b", "a dog") },
            Turn::new(Role::System, "Be kind."),
        ],
        tools: vec![Tool { name, description, parameters: Value::Null, strict: true }],
        tool_choice: ToolChoice::Required,
        options: Options {
            effort: Some(Effort::High),
            stop: vec!["END".to_owned()],
            sequential_tools: true,
            top_k: Some(5),
            ..Options::default()
        },
        schema: Some(json!({ "type": "object" })),
        max_tokens: 50,
        seed: 7,
        ..ModelRequest::default()
    }
}

#[test]
fn a_request_says_all_that_was_asked_in_the_providers_words() {
    let use_of =
        |id: &str| json!({ "type": "tool_use", "id": id, "name": "look", "input": { "q": 1 } });
    let result =
        |id: &str, text: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": text });
    let source = json!({ "type": "url", "url": "https://x.example/cat.png" });
    let mut failed = result("b", "a dog");
    failed["is_error"] = json!(true);
    let want = json!({
        "model": "m", "max_tokens": 50, "system": "Be brief.\n\nBe kind.", "stream": true,
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "What is it?" }, { "type": "image", "source": source },
            ] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "Hm." }, use_of("a"), use_of("b"),
            ] },
            { "role": "user", "content": [result("a", "a cat"), failed] },
        ],
        "thinking": { "type": "adaptive" }, "stop_sequences": ["END"], "top_k": 5,
        "output_config": {
            "effort": "high", "format": { "type": "json_schema", "schema": { "type": "object" } },
        },
        "tools": [{
            "name": "look", "strict": true, "input_schema": { "type": "object", "properties": {} },
        }],
        "tool_choice": { "type": "any", "disable_parallel_tool_use": true },
    });
    assert_eq!(body(&Anthropic, &whole(), true), Ok(want));
}

#[test]
fn what_it_cannot_do_is_named_and_never_left_out() {
    let with = |options| ModelRequest { options, ..whole() };
    for options in [
        Options { presence_penalty: Some(1.0), ..Options::default() },
        Options { frequency_penalty: Some(1.0), ..Options::default() },
        Options { effort: Some(Effort::Minimal), ..Options::default() },
    ] {
        assert!(matches!(body(&Anthropic, &with(options), false), Err(ModelError::Validation(_))));
    }
    let blob = ImageSource::Blob(contracts::Hash::ZERO);
    let image = Image { media_type: "image/png".to_owned(), source: blob };
    let turns = vec![Turn { images: vec![image], ..Turn::new(Role::User, "") }];
    let unread = body(&Anthropic, &ModelRequest { turns, ..whole() }, false);
    assert!(matches!(unread, Err(ModelError::Internal(_))));
}

#[test]
fn an_answer_that_came_whole_is_read() {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "stop_reason": "tool_use",
        "content": [
            { "type": "thinking", "thinking": "Hm.", "signature": "x" },
            { "type": "redacted_thinking", "data": "y" },
            { "type": "text", "text": "Let me look." },
            { "type": "tool_use", "id": "t1", "name": "look", "input": { "q": 1 } },
        ],
        "usage": { "input_tokens": 10, "cache_read_input_tokens": 5,
            "cache_creation_input_tokens": 2, "output_tokens": 7 },
    });
    let parts = Anthropic.answer(&body).expect("an answer");
    assert_eq!((parts.text.as_str(), parts.reasoning.as_str()), ("Let me look.", "Hm."));
    assert_eq!((parts.calls[0].name.as_str(), parts.finish), ("look", Some(Finish::ToolCalls)));
    let usage = Usage {
        input_tokens: 17,
        output_tokens: 7,
        cached_tokens: 5,
        cache_write_tokens: 2,
        ..Usage::default()
    };
    assert_eq!(parts.usage, Some(usage));
    assert!(Anthropic.answer(&json!({ "type": "message" })).is_err());
}

fn events() -> Vec<String> {
    let placed = |of: &str, at: u32, name: &str, it: Value| {
        let mut event = json!({ "type": of, "index": at });
        event[name] = it;
        event
    };
    let delta = |at: u32, it: Value| placed("content_block_delta", at, "delta", it);
    let block = |at: u32, it: Value| placed("content_block_start", at, "content_block", it);
    let tool = |id: &str| json!({ "type": "tool_use", "id": id, "name": "look", "input": {} });
    let input = |text: &str| json!({ "type": "input_json_delta", "partial_json": text });
    let text = |text: &str| json!({ "type": "text_delta", "text": text });
    let usage = json!({ "input_tokens": 10, "output_tokens": 1 });
    [
        json!({ "type": "message_start", "message": { "id": "msg_1", "usage": usage } }),
        json!({ "type": "ping" }),
        block(0, json!({ "type": "text", "text": "" })),
        delta(0, text("One ")),
        block(1, tool("a")),
        block(2, tool("b")),
        delta(2, input("{\"y\"")),
        delta(1, input("{}")),
        delta(0, text("two")),
        delta(2, input(":2}")),
        json!({ "type": "content_block_stop", "index": 2 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use" },
            "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]
    .iter()
    .map(Value::to_string)
    .collect()
}

#[test]
fn events_with_mixed_blocks_are_put_together() {
    let (parts, shown) = frames(&Anthropic, &events()).expect("readable");
    let parts = parts.expect("whole");
    assert_eq!((parts.text.as_str(), shown.as_str()), ("One two", "One two"));
    let calls: Vec<_> = parts.calls.iter().map(|call| call.arguments.as_str()).collect();
    assert_eq!((calls, parts.finish), (vec!["{}", "{\"y\":2}"], Some(Finish::ToolCalls)));
    let usage = parts.usage.expect("counted");
    assert_eq!((usage.input_tokens, usage.output_tokens), (10, 9));
    let cut = events().len() - 1;
    assert_eq!(frames(&Anthropic, &events()[..cut]).expect("readable").0, None, "no end");
}

#[test]
fn errors_mean_what_they_say() {
    let typed = |status, of: &str, words: &str| {
        refused(&Anthropic, status, &json!({ "error": { "type": of, "message": words } }))
    };
    let busy = typed(529, "overloaded_error", "Overloaded");
    assert_eq!((busy.error.code(), busy.done), ("model_rate_limit", Done::Nothing));
    assert_eq!(typed(401, "authentication_error", "sk-ant").error, ModelError::Auth);
    assert_eq!(typed(404, "not_found_error", "m").error, ModelError::NotFound("m".to_owned()));
    let broke = "Your credit balance is too low";
    assert_eq!(typed(400, "invalid_request_error", broke).error, ModelError::Quota);
    let wrong = typed(400, "invalid_request_error", "max_tokens: too many");
    assert_eq!(wrong.error, ModelError::Validation("max_tokens: too many".to_owned()));
    let overloaded = json!({ "type": "error", "error": { "type": "overloaded_error" } });
    let mut late = events()[..5].to_vec();
    late.push(overloaded.to_string());
    assert_eq!(frames(&Anthropic, &late).expect_err("an error").done, Done::Failed);
    let early = [overloaded.to_string()];
    assert_eq!(frames(&Anthropic, &early).expect_err("an error").done, Done::Nothing);
}
