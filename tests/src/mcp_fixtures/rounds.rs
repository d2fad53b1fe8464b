//! Tools and a prompt that are answered in several rounds, as 2026-07-28 has it: the answer says
//! what is missing, and the client asks again with it. What the server must remember travels with
//! the client, sealed.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::LazyLock;

use cambium::dialects::mcp::extension::Asked;
use cambium::dialects::mcp::wire::RpcError;
use contracts::Hash;
use serde_json::{Map, Value, json};

use super::says;

/// What only this process knows.
static SECRET: LazyLock<String> = LazyLock::new(|| {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:x}{:x}", number(), number())
});

fn sealed(state: &str) -> String {
    format!("{state}.{}", Hash::of(format!("{}{state}", *SECRET).as_bytes()))
}

/// What a sealed state says.
fn opened(asked: &Asked<'_>) -> Result<Option<String>, RpcError> {
    let Some(told) = asked.params.get("requestState") else { return Ok(None) };
    let state = told.as_str().and_then(|told| told.split_once('.')).map(|(state, _)| state);
    let state = state.filter(|state| told.as_str() == Some(sealed(state).as_str()));
    let broken = || RpcError::invalid_params("requestState was changed");
    state.map(|state| Some(state.to_owned())).ok_or_else(broken)
}

fn elicit(message: &str, member: &str, sort: &str) -> Value {
    json!({ "method": "elicitation/create", "params": {
        "message": message,
        "requestedSchema": {
            "type": "object", "properties": { member: { "type": sort } }, "required": [member],
        },
    } })
}

fn sample(text: &str, tokens: u32) -> Value {
    let content = json!({ "type": "text", "text": text });
    json!({ "method": "sampling/createMessage", "params": {
        "messages": [{ "role": "user", "content": content }], "maxTokens": tokens,
    } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

/// An answer that asks for `requests`.
fn missing(requests: &Value, state: Option<&str>) -> Value {
    let mut told = json!({ "resultType": "input_required", "inputRequests": requests });
    if let Some(state) = state {
        told["requestState"] = json!(sealed(state));
    }
    told
}

/// What the client has answered so far; each is an object.
fn responses(asked: &Asked<'_>) -> Result<Map<String, Value>, RpcError> {
    let wrong = || RpcError::invalid_params("inputResponses is an object of objects");
    match asked.params.get("inputResponses") {
        None => Ok(Map::new()),
        Some(Value::Object(told)) if told.values().all(Value::is_object) => Ok(told.clone()),
        Some(_) => Err(wrong()),
    }
}

/// What a tool asks for, under which names, and the state that goes with it.
fn wanted(name: &str) -> Option<(Value, Option<&'static str>)> {
    Some(match name {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => {
            (json!({ "user_name": elicit("What is your name?", "name", "string") }), None)
        }
        "test_input_required_result_sampling" => {
            (json!({ "capital_question": sample("What is the capital of France?", 100) }), None)
        }
        "test_input_required_result_list_roots" => (json!({ "client_roots": roots() }), None),
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => {
            (json!({ "confirm": elicit("Please confirm", "ok", "boolean") }), Some("round1"))
        }
        "test_input_required_result_multiple_inputs" => (
            json!({
                "user_name": elicit("What is your name?", "name", "string"),
                "greeting": sample("Generate a greeting", 50),
                "client_roots": roots(),
            }),
            Some("round1"),
        ),
        "test_input_required_result_capabilities" => (
            json!({
                "question": sample("What can you do?", 50),
                "user_name": elicit("What is your name?", "name", "string"),
            }),
            None,
        ),
        _ => return None,
    })
}

/// Calls one of the tools.
pub fn called(asked: &Asked<'_>) -> Option<Result<Value, RpcError>> {
    if asked.name == "test_input_required_result_multi_round" {
        return Some(in_three_rounds(asked));
    }
    let (requests, state) = wanted(asked.name)?;
    Some(in_two_rounds(asked, requests, state))
}

fn in_two_rounds(
    asked: &Asked<'_>,
    mut requests: Value,
    state: Option<&str>,
) -> Result<Value, RpcError> {
    let (told, known) = (responses(asked)?, opened(asked)?);
    if let Some(members) = requests.as_object_mut() {
        let can = |method: &str| {
            let capability = method.split('/').next().unwrap_or_default();
            asked.peer.can(capability)
        };
        members.retain(|_, request| can(request["method"].as_str().unwrap_or_default()));
    }
    let names: Vec<_> = requests.as_object().into_iter().flat_map(Map::keys).collect();
    let complete = names.iter().all(|name| told.contains_key(*name)) && !names.is_empty();
    if !complete || known.as_deref() != state {
        return Ok(missing(&requests, state));
    }
    let name = &told.get("user_name").map(|it| it["content"]["name"].clone());
    let name = name.as_ref().and_then(Value::as_str).unwrap_or("you");
    Ok(says(&format!("Hello, {name}! state-ok {}", Value::Object(told))))
}

fn in_three_rounds(asked: &Asked<'_>) -> Result<Value, RpcError> {
    let (told, known) = (responses(asked)?, opened(asked)?);
    let first = json!({ "step1": elicit("Step 1: What is your name?", "name", "string") });
    let second =
        json!({ "step2": elicit("Step 2: What is your favorite color?", "color", "string") });
    Ok(match known.as_deref() {
        Some("round1") if told.contains_key("step1") => missing(&second, Some("round2")),
        Some("round2") if told.contains_key("step2") => says("It is complete."),
        Some("round2") => missing(&second, Some("round2")),
        _ => missing(&first, Some("round1")),
    })
}

/// The prompt that wants to know something first.
pub fn prompted(asked: &Asked<'_>) -> Option<Result<Value, RpcError>> {
    if asked.name != "test_input_required_result_prompt" {
        return None;
    }
    let asks = "What context should the prompt use?";
    let requests = json!({ "user_context": elicit(asks, "context", "string") });
    Some(responses(asked).map(|told| match told.get("user_context") {
        None => missing(&requests, None),
        Some(told) => {
            let context = told["content"]["context"].as_str().unwrap_or_default();
            let content = json!({ "type": "text", "text": format!("The context: {context}") });
            json!({ "messages": [{ "role": "user", "content": content }] })
        }
    }))
}
