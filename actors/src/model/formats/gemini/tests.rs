use contracts::model::{
    Effort, Finish, Image, ImageSource, ModelRequest, Options, Role, Tool, ToolCall, ToolChoice,
    Turn,
};
use serde_json::{Value, json};

use super::Gemini;
use crate::model::done::Done;
use crate::model::embed::EmbedRequest;
use crate::model::error::ModelError;
use crate::model::formats::testing::{ask, body, frames, refused};
use crate::model::wire::Format as _;

const GEMINI: Gemini = Gemini { on_vertex: false };

fn whole() -> ModelRequest {
    let (name, description) = ("look".to_owned(), "Looks.".to_owned());
    let [id, called, arguments] = ["a", "look", "{\"q\":1}"].map(str::to_owned);
    let image = Image {
        media_type: "image/png".to_owned(),
        source: ImageSource::Inline("QUJD".to_owned()),
    };
    ModelRequest {
        turns: vec![
            Turn::new(Role::System, "Be brief."),
            Turn { images: vec![image], ..Turn::new(Role::User, "What is it?") },
            Turn {
                calls: vec![ToolCall { id, name: called, arguments }],
                ..Turn::new(Role::Assistant, "")
            },
            Turn { call: Some("a".to_owned()), ..Turn::new(Role::Tool, "a cat") },
        ],
        tools: vec![Tool { name, description, parameters: Value::Null, strict: false }],
        tool_choice: ToolChoice::Named("look".to_owned()),
        options: Options {
            temperature: Some(0.5),
            effort: Some(Effort::Low),
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
    let want = json!({
        "systemInstruction": { "parts": [{ "text": "Be brief." }] },
        "contents": [
            { "role": "user", "parts": [
                { "text": "What is it?" },
                { "inlineData": { "mimeType": "image/png", "data": "QUJD" } },
            ] },
            { "role": "model", "parts": [{
                "functionCall": { "name": "look", "args": { "q": 1 } },
                "thoughtSignature": "skip_thought_signature_validator",
            }] },
            { "role": "user", "parts": [
                { "functionResponse": { "name": "look", "response": { "output": "a cat" } } },
            ] },
        ],
        "generationConfig": {
            "responseMimeType": "application/json", "responseJsonSchema": { "type": "object" },
            "thinkingConfig": { "thinkingLevel": "low", "includeThoughts": true },
            "maxOutputTokens": 50, "temperature": 0.5, "seed": 7,
        },
        "tools": [{ "functionDeclarations": [{
            "name": "look", "description": "Looks.",
            "parametersJsonSchema": { "type": "object", "properties": {} },
        }] }],
        "toolConfig": { "functionCallingConfig": {
            "mode": "ANY", "allowedFunctionNames": ["look"],
        } },
    });
    assert_eq!(body(&GEMINI, &whole(), true), Ok(want));
    let call = GEMINI.call(&ask(&whole(), "gemini-2.5-pro", true)).expect("asked");
    assert_eq!(call.path, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assert_eq!(call.body["generationConfig"]["thinkingConfig"]["thinkingBudget"], 1_024);
    let vertex = Gemini { on_vertex: true };
    assert_eq!(vertex.credential("t"), ("authorization", "Bearer t".to_owned()));
    assert_eq!(GEMINI.credential("k"), ("x-goog-api-key", "k".to_owned()));
}

#[test]
fn what_it_cannot_do_is_named_and_never_left_out() {
    let one = Options { sequential_tools: true, ..Options::default() };
    let none = Options { effort: Some(Effort::None), ..Options::default() };
    for options in [one, none] {
        let request = ModelRequest { options, ..whole() };
        assert!(matches!(body(&GEMINI, &request, false), Err(ModelError::Validation(_))));
    }
    let stray = vec![Turn { call: Some("b".to_owned()), ..Turn::new(Role::Tool, "?") }];
    let request = ModelRequest { turns: stray, ..whole() };
    assert!(matches!(body(&GEMINI, &request, false), Err(ModelError::Validation(_))));
    assert!(GEMINI.call(&ask(&whole(), "../other", false)).is_err());
}

fn chunk(parts: Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({ "content": { "role": "model", "parts": parts } });
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    let usage =
        json!({ "promptTokenCount": 9, "candidatesTokenCount": 3, "thoughtsTokenCount": 2 });
    json!({ "responseId": "r1", "candidates": [candidate], "usageMetadata": usage })
}

#[test]
fn an_answer_is_read_whole_and_in_chunks() {
    let call = json!({ "functionCall": { "name": "look", "args": { "q": 1 } } });
    let parts = json!([{ "text": "Hm.", "thought": true }, { "text": "One " }, call, call]);
    let whole = GEMINI.answer(&chunk(parts.clone(), Some("STOP"))).expect("an answer");
    assert_eq!((whole.text.as_str(), whole.reasoning.as_str()), ("One ", "Hm."));
    assert_eq!(whole.calls.len(), 2);
    let usage = whole.usage.expect("counted");
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.reasoning_tokens), (9, 5, 2));
    let chunks = [chunk(parts, None), chunk(json!([{ "text": "two" }]), Some("STOP"))];
    let chunks: Vec<_> = chunks.iter().map(Value::to_string).collect();
    let (parts, shown) = frames(&GEMINI, &chunks).expect("readable");
    let parts = parts.expect("whole");
    assert_eq!((shown.as_str(), parts.calls.len()), ("One two", 2));
    assert_eq!(parts.finish, Some(Finish::Stop));
    assert_eq!(frames(&GEMINI, &chunks[..1]).expect("readable").0, None, "it was cut off");
}

#[test]
fn what_is_blocked_or_broken_is_no_answer() {
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" } });
    assert_eq!(GEMINI.answer(&blocked).expect_err("blocked").error, ModelError::ContentFilter);
    assert!(GEMINI.answer(&json!({})).is_err());
    let broken = chunk(json!([]), Some("MALFORMED_FUNCTION_CALL"));
    assert!(matches!(GEMINI.answer(&broken).expect_err("broken").error, ModelError::Provider(_)));
    let unsafe_text = chunk(json!([{ "text": "Half" }]), Some("SAFETY"));
    let cut = GEMINI.answer(&unsafe_text).expect("cut short");
    assert_eq!(cut.finish, Some(Finish::ContentFilter));
}

#[test]
fn errors_mean_what_they_say() {
    let delay = json!([{ "@type": "RetryInfo", "retryDelay": "1.5s" }]);
    let busy = json!({ "error": { "status": "RESOURCE_EXHAUSTED", "details": delay } });
    let busy = refused(&GEMINI, 429, &busy);
    assert_eq!((busy.done, busy.retry_after_ms), (Done::Nothing, Some(1_500)));
    let key = json!({ "error": { "status": "INVALID_ARGUMENT", "message": "API key not valid",
        "details": [{ "reason": "API_KEY_INVALID" }] } });
    assert_eq!(refused(&GEMINI, 400, &key).error, ModelError::Auth);
    let wrapped = json!([{ "error": { "status": "NOT_FOUND" } }]);
    assert_eq!(refused(&GEMINI, 404, &wrapped).error, ModelError::NotFound("m".to_owned()));
    assert_eq!(refused(&GEMINI, 503, &Value::Null).done, Done::Failed);
}

#[test]
fn texts_are_embedded_on_both_roads() {
    let request = EmbedRequest {
        model: "gemini/e".to_owned(),
        texts: vec!["a".to_owned(), "b".to_owned()],
        dimensions: Some(2),
    };
    let call = GEMINI.embed(&request, "e", None).expect("asked").expect("it can");
    assert_eq!(call.path, "/models/e:batchEmbedContents");
    assert_eq!(call.body["requests"][1]["content"]["parts"][0]["text"], "b");
    let own = json!({ "embeddings": [{ "values": [1.0] }, { "values": [2.0] }] });
    assert_eq!(GEMINI.embedded(&own), Ok((vec![vec![1.0], vec![2.0]], None)));
    let vertex = Gemini { on_vertex: true };
    let call = vertex.embed(&request, "e", None).expect("asked").expect("it can");
    assert_eq!(call.body["parameters"]["outputDimensionality"], 2);
    let inner = json!({ "embeddings": { "values": [1.0], "statistics": { "token_count": 3 } } });
    let told = vertex.embedded(&json!({ "predictions": [inner] }));
    assert_eq!(told, Ok((vec![vec![1.0]], Some(3))));
}
