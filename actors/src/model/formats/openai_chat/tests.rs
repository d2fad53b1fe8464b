use contracts::model::{
    Effort, Finish, Image, ImageSource, ModelRequest, Options, Role, Tool, ToolCall, ToolChoice,
    Turn, Usage,
};
use serde_json::{Value, json};

use super::Chat;
use super::table::differences;
use crate::model::config::ProviderKind;
use crate::model::done::Done;
use crate::model::error::ModelError;
use crate::model::formats::testing::{ask, body, frames, refused};
use crate::model::wire::Format;

fn chat(kind: ProviderKind) -> Chat {
    Chat(differences(kind))
}

fn tool() -> Tool {
    let parameters = json!({ "type": "object", "properties": { "q": { "type": "string" } } });
    let (name, description) = ("look".to_owned(), "Looks.".to_owned());
    Tool { name, description, parameters, strict: false }
}

fn whole() -> ModelRequest {
    let (id, name, arguments) = ("call_1".to_owned(), "look".to_owned(), "{}".to_owned());
    let image = Image {
        media_type: "image/png".to_owned(),
        source: ImageSource::Inline("QUJD".to_owned()),
    };
    ModelRequest {
        turns: vec![
            Turn::new(Role::System, "Be brief."),
            Turn { images: vec![image], ..Turn::new(Role::User, "What is it?") },
            Turn {
                calls: vec![ToolCall { id, name, arguments }],
                ..Turn::new(Role::Assistant, "")
            },
            Turn { call: Some("call_1".to_owned()), ..Turn::new(Role::Tool, "a cat") },
        ],
        tools: vec![tool()],
        tool_choice: ToolChoice::Named("look".to_owned()),
        options: Options {
            temperature: Some(0.5),
            stop: vec!["END".to_owned()],
            effort: Some(Effort::Low),
            sequential_tools: true,
            schema_name: Some("animal".to_owned()),
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
    let body = body(&chat(ProviderKind::Openai), &whole(), true).expect("it can do all of it");
    let url = json!({ "url": "data:image/png;base64,QUJD" });
    let looked = json!({ "name": "look", "arguments": "{}" });
    let want = json!({
        "model": "m",
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": [
                { "type": "text", "text": "What is it?" },
                { "type": "image_url", "image_url": url },
            ] },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "call_1", "type": "function", "function": looked },
            ] },
            { "role": "tool", "tool_call_id": "call_1", "content": "a cat" },
        ],
        "max_completion_tokens": 50, "stream": true, "stream_options": { "include_usage": true },
        "response_format": { "type": "json_schema", "json_schema": {
            "name": "animal", "schema": { "type": "object" }, "strict": false,
        } },
        "temperature": 0.5, "reasoning_effort": "low", "stop": ["END"], "seed": 7,
        "tools": [{ "type": "function", "function": {
            "name": "look", "description": "Looks.", "parameters": tool().parameters,
        } }],
        "tool_choice": { "type": "function", "function": { "name": "look" } },
        "parallel_tool_calls": false,
    });
    assert_eq!(body, want);
}

#[test]
fn what_a_provider_cannot_do_is_named_and_never_left_out() {
    for (kind, what) in [
        (ProviderKind::Deepseek, "reasoning effort"),
        (ProviderKind::Ollama, "a tool that must be called"),
        (ProviderKind::Llamacpp, "reasoning effort"),
    ] {
        let refusal = body(&chat(kind), &whole(), false).expect_err("it cannot");
        assert!(
            matches!(&refusal, ModelError::Validation(told) if told.contains(what)
                || told.contains("images")),
            "{kind:?}: {refusal}"
        );
    }
    let missing = ModelRequest { tools: Vec::new(), ..whole() };
    assert!(body(&chat(ProviderKind::Openai), &missing, false).is_err(), "no such tool");
}

#[test]
fn each_has_its_own_words_for_the_same() {
    let plain = ModelRequest {
        turns: vec![Turn::new(Role::User, "Hi")],
        schema: Some(json!({ "type": "object" })),
        max_tokens: 9,
        seed: 3,
        ..ModelRequest::default()
    };
    let mistral = body(&chat(ProviderKind::Mistral), &plain, true).expect("asked");
    assert_eq!((&mistral["random_seed"], &mistral["max_tokens"]), (&json!(3), &json!(9)));
    assert!(mistral.get("stream_options").is_none() && mistral.get("seed").is_none());
    let deepseek = body(&chat(ProviderKind::Deepseek), &plain, true).expect("asked");
    assert_eq!(deepseek["response_format"], json!({ "type": "json_object" }));
    assert!(deepseek["messages"][0]["content"].as_str().is_some_and(|it| it.contains("Schema")));
    let long = ModelRequest { schema: None, tool_choice: ToolChoice::Required, ..whole() };
    let options = Options::default();
    let named = body(&chat(ProviderKind::Mistral), &ModelRequest { options, ..long }, false);
    let named = named.expect("asked");
    assert_eq!(named["tool_choice"], "any");
    let id = named["messages"][2]["tool_calls"][0]["id"].clone();
    assert!(id.as_str().is_some_and(|id| id.len() == 9), "{id}");
    assert_eq!(named["messages"][3]["tool_call_id"], id);
    let azure = chat(ProviderKind::Azure);
    let call = azure.call(&ask(&plain, "gpt", false)).expect("asked");
    let path = "/openai/deployments/gpt/chat/completions?api-version=2024-10-21";
    assert_eq!((call.path.as_str(), azure.credential("k")), (path, ("api-key", "k".to_owned())));
}

#[test]
fn an_answer_that_came_whole_is_read() {
    let parts = chat(ProviderKind::Openai)
        .answer(&json!({
            "id": "c1",
            "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": "Let me look.", "reasoning_content": "Hm.",
                "tool_calls": [{ "id": "a", "type": "function",
                    "function": { "name": "look", "arguments": "{\"q\":1}" } }],
            } }],
            "usage": { "prompt_tokens": 12, "completion_tokens": 5,
                "prompt_tokens_details": { "cached_tokens": 4 },
                "completion_tokens_details": { "reasoning_tokens": 2 } },
        }))
        .expect("an answer");
    let usage = Usage {
        input_tokens: 12,
        output_tokens: 5,
        cached_tokens: 4,
        reasoning_tokens: 2,
        ..Usage::default()
    };
    assert_eq!((parts.usage, parts.finish), (Some(usage), Some(Finish::ToolCalls)));
    assert_eq!((parts.text.as_str(), parts.reasoning.as_str()), ("Let me look.", "Hm."));
    assert_eq!(parts.calls[0].arguments, "{\"q\":1}");
    for none in [json!({}), json!({ "choices": [] }), json!([]), json!({ "choices": [{}] })] {
        assert!(chat(ProviderKind::Openai).answer(&none).is_err(), "{none}");
    }
}

fn chunk(delta: Value) -> Value {
    json!({ "id": "c1", "choices": [{ "index": 0, "delta": delta, "finish_reason": null }] })
}

#[test]
fn chunks_with_mixed_calls_and_usage_at_the_end_are_put_together() {
    let call = |index: u32, more: Value| {
        let mut call = json!({ "index": index });
        call.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        chunk(json!({ "tool_calls": [call] }))
    };
    let begun = |name: &str, id: &str| json!({ "id": id, "function": { "name": name } });
    let more = |text: &str| json!({ "function": { "arguments": text } });
    let finished = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let used = json!({ "choices": [], "usage": { "prompt_tokens": 3, "completion_tokens": 4 } });
    let chunks = [
        chunk(json!({ "role": "assistant", "content": "" })),
        chunk(json!({ "content": "One " })),
        call(0, begun("look", "a")),
        call(1, begun("find", "b")),
        call(1, more("{\"y\"")),
        call(0, more("{}")),
        call(1, more(":2}")),
        chunk(json!({ "content": "two" })),
        finished,
        used,
    ];
    let chunks: Vec<_> = chunks.iter().map(Value::to_string).chain(Some("[DONE]".into())).collect();
    let (parts, shown) = frames(&chat(ProviderKind::Openai), &chunks).expect("readable");
    let parts = parts.expect("whole");
    assert_eq!((parts.text.as_str(), shown.as_str()), ("One two", "One two"));
    let calls: Vec<_> = parts.calls.iter().map(|call| call.arguments.as_str()).collect();
    assert_eq!(calls, ["{}", "{\"y\":2}"]);
    assert_eq!(parts.usage.map(|usage| usage.output_tokens), Some(4));
    // Cut before the end it is no answer.
    let (parts, _) = frames(&chat(ProviderKind::Openai), &chunks[..5]).expect("readable");
    assert_eq!(parts, None);
}

#[test]
fn errors_mean_what_they_say() {
    let format = chat(ProviderKind::Openai);
    let coded = |status, code: &str| {
        refused(&format, status, &json!({ "error": { "code": code, "message": "no" } }))
    };
    assert_eq!(coded(429, "insufficient_quota").error, ModelError::Quota);
    assert_eq!(coded(429, "rate_limit_exceeded").done, Done::Nothing);
    assert_eq!(coded(400, "content_filter").error, ModelError::ContentFilter);
    assert_eq!(coded(401, "invalid_api_key").error, ModelError::Auth);
    assert_eq!(coded(404, "model_not_found").error, ModelError::NotFound("m".to_owned()));
    assert_eq!(coded(400, "other").error, ModelError::Validation("no".to_owned()));
    assert_eq!(coded(500, "other").done, Done::Failed);
    assert_eq!(coded(503, "other").done, Done::Failed, "it does not say that nothing was done");
    let loading = refused(&format, 503, &json!({ "error": "loading", "estimated_time": 2.5 }));
    assert_eq!((loading.done, loading.retry_after_ms), (Done::Nothing, Some(2_500)));
    let broken = frames(&format, &[json!({ "error": { "message": "boom" } }).to_string()]);
    assert_eq!(broken.expect_err("an error").error, ModelError::Provider("boom".to_owned()));
}

#[test]
fn vectors_come_in_the_order_of_the_texts() {
    let format = chat(ProviderKind::Openai);
    let item = |index: u32, x: f64| json!({ "index": index, "embedding": [x, 0.0] });
    let body = json!({ "data": [item(1, 2.0), item(0, 1.0)], "usage": { "prompt_tokens": 5 } });
    let want = (vec![vec![1.0, 0.0], vec![2.0, 0.0]], Some(5));
    assert_eq!(format.embedded(&body), Ok(want));
    let twice = json!({ "data": [item(0, 2.0), item(0, 1.0)] });
    assert!(format.embedded(&twice).is_err());
}
