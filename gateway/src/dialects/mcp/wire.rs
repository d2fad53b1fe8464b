//! JSON-RPC 2.0 as MCP has it: one message a body, no batches.

use axum::http::StatusCode;
use contracts::{Refusal, RefusalClass};
use serde_json::{Map, Value, json};

/// Members of an object.
pub type Members = Map<String, Value>;

/// What one body holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none.
    Notification(Request),
    /// Answers what we asked.
    Response {
        /// Which request.
        id: Value,
        /// What the client says.
        answer: Result<Value, Value>,
    },
}

/// A request, or a notification, whose `id` is null.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// As the client wrote it: a text or a number.
    pub id: Value,
    /// What is asked.
    pub method: String,
    /// With what.
    pub params: Members,
}

impl Request {
    /// The member `_meta`.
    #[must_use]
    pub fn meta(&self, name: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(name)
    }
}

/// Reads a body.
///
/// # Errors
/// `-32600` when it is no message.
pub fn read(body: Value) -> Result<Message, RpcError> {
    let Value::Object(mut message) = body else {
        return Err(RpcError::invalid_request("a body is one message, and no batch"));
    };
    if message.get("jsonrpc") != Some(&json!("2.0")) {
        return Err(RpcError::invalid_request("jsonrpc is \"2.0\""));
    }
    let id = message.remove("id");
    if id.as_ref().is_some_and(|id| !(id.is_string() || id.is_i64() || id.is_u64())) {
        return Err(RpcError::invalid_request("id is a text or a whole number"));
    }
    let Some(method) = message.remove("method") else {
        let id = id.ok_or_else(|| RpcError::invalid_request("id is needed"))?;
        let answer = match (message.remove("result"), message.remove("error")) {
            (Some(result), None) => Ok(result),
            (None, Some(error)) => Err(error),
            _ => return Err(RpcError::invalid_request("there is neither method nor result")),
        };
        return Ok(Message::Response { id, answer });
    };
    let Value::String(method) = method else {
        return Err(RpcError::invalid_request("method is a text").of(id.unwrap_or_default()));
    };
    let params = match message.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => {
            let error =
                RpcError::invalid_params("params is an object").with(StatusCode::BAD_REQUEST);
            return Err(error.of(id.unwrap_or_default()));
        }
    };
    Ok(match id {
        Some(id) => Message::Request(Request { id, method, params }),
        None => Message::Notification(Request { id: Value::Null, method, params }),
    })
}

/// A "no" in JSON-RPC's words.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcError {
    /// Of the HTTP answer, where this is all that is answered.
    pub status: StatusCode,
    /// JSON-RPC's or MCP's code.
    pub code: i64,
    /// One sentence.
    pub message: String,
    /// Facts for programs.
    pub data: Option<Value>,
    /// Which request, where it is known before the message was read.
    pub id: Value,
}

/// Header and body say different things.
pub const HEADER_MISMATCH: i64 = -32020;
/// The client has not said that it can what the request takes.
pub const MISSING_CAPABILITY: i64 = -32021;
/// The revision is not spoken here.
pub const UNSUPPORTED_VERSION: i64 = -32022;
/// There is no such resource, in the words of 2025.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
/// The rest of what can be wrong here.
pub const REFUSED: i64 = -32000;

impl RpcError {
    /// An error of `code`.
    #[must_use]
    pub fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), data: None, id: Value::Null }
    }

    /// What came is no JSON (400).
    #[must_use]
    pub fn parse(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, -32700, message)
    }

    /// What came is no message (400).
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, -32600, message)
    }

    /// There is no such method (404).
    #[must_use]
    pub fn method_not_found(method: &str) -> Self {
        let shown: String = method.chars().take(80).collect();
        Self::new(StatusCode::NOT_FOUND, -32601, format!("there is no method {shown}"))
    }

    /// The parameters are not of their shape.
    #[must_use]
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, -32602, message)
    }

    /// There is no such resource. [`super::rpc::Exchange`] tells it in the words of its revision.
    #[must_use]
    pub fn resource_not_found(uri: &str) -> Self {
        let error = Self::new(StatusCode::OK, RESOURCE_NOT_FOUND, "Resource not found");
        error.data(json!({ "uri": uri }))
    }

    /// The client cannot, or has not said that it can, do `capability` (400).
    #[must_use]
    pub fn missing_capability(capability: &str) -> Self {
        let message = format!("this takes a client that has declared {capability}");
        let data = json!({ "requiredCapabilities": { capability: {} } });
        Self::new(StatusCode::BAD_REQUEST, MISSING_CAPABILITY, message).data(data)
    }

    /// A fault of ours.
    #[must_use]
    pub fn internal() -> Self {
        let message = "this is a fault of ours; the trace id finds it in the log";
        Self::new(StatusCode::OK, -32603, message)
    }

    /// The same with facts.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// The same with another status.
    #[must_use]
    pub const fn with(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same, of a request.
    #[must_use]
    pub fn of(mut self, id: Value) -> Self {
        self.id = id;
        self
    }

    /// The message that tells it. An id that is not known is null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        json!({ "jsonrpc": "2.0", "id": self.id, "error": error })
    }
}

impl From<Refusal> for RpcError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.class {
            RefusalClass::Malformed | RefusalClass::NotFound => -32602,
            RefusalClass::Internal => -32603,
            _ => REFUSED,
        };
        Self::new(StatusCode::OK, code, refusal.message.clone()).data(facts(&refusal))
    }
}

/// What of a refusal a program wants.
#[must_use]
pub fn facts(refusal: &Refusal) -> Value {
    let mut told = json!({ "code": refusal.code, "message": refusal.message });
    if !refusal.errors.is_empty() {
        told["errors"] = json!(refusal.errors);
    }
    if let Some(details) = &refusal.details {
        told["details"] = details.as_ref().clone();
    }
    if let Some(ms) = refusal.retry_after_ms {
        told["retry_after_ms"] = json!(ms);
    }
    told
}

/// The message that answers a request.
#[must_use]
pub fn response(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// A message that wants no answer.
#[must_use]
pub fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Message, read};

    #[test]
    fn a_body_is_one_message() {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
        assert!(matches!(read(request), Ok(Message::Request(it)) if it.method == "ping"));
        let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert!(matches!(read(note), Ok(Message::Notification(_))));
        let answer = json!({ "jsonrpc": "2.0", "id": "a", "result": {} });
        assert!(matches!(read(answer), Ok(Message::Response { answer: Ok(_), .. })));
        for bad in [
            json!([{ "jsonrpc": "2.0", "id": 1, "method": "ping" }]),
            json!({ "id": 1, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": null, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1.5, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1 }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {}, "error": {} }),
            json!({ "jsonrpc": "2.0", "id": 1, "method": 3 }),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().code, -32600, "{bad}");
        }
        let params = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": [] });
        assert_eq!(read(params).unwrap_err().code, -32602);
    }
}
