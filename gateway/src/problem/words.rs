//! In whose words a problem is told. The members of a problem and those of a provider's error
//! stand beside each other, so that whoever knows either can read it.

use axum::http::{HeaderMap, Method, header};
use serde_json::{Value, json};

/// In whose words a problem is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Words {
    /// RFC 9457, with the `error` that OpenAI's clients read.
    #[default]
    Own,
    /// The same, with the `type`, `request_id` and `error` that Anthropic's clients read.
    Anthropic,
    /// A status behind the answer, as clients of gRPC read it.
    Grpc,
}

impl Words {
    /// The words that a request is to be answered in.
    #[must_use]
    pub fn of(method: &Method, path: &str, headers: &HeaderMap) -> Self {
        let media = headers.get(header::CONTENT_TYPE).map(|media| media.as_bytes());
        if media.is_some_and(|media| media.starts_with(super::grpc::MEDIA.as_bytes())) {
            return Self::Grpc;
        }
        let path = path.strip_prefix("/api").unwrap_or(path);
        let path = path.strip_prefix("/v1").unwrap_or(path);
        let messages = path == "/messages" || path.starts_with("/messages/");
        let speaks = headers.contains_key("anthropic-version");
        if speaks || messages && method == Method::POST { Self::Anthropic } else { Self::Own }
    }

    /// Puts the members of a problem into these words.
    pub(super) fn put(self, members: &mut Value, request_id: &str) {
        if self != Self::Anthropic {
            return;
        }
        members["type"] = json!("error");
        members["request_id"] = json!(request_id);
        members["error"]["details"] = json!({ "error_code": members["code"] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_is_seen_by_the_header_or_the_path() {
        let none = HeaderMap::new();
        let of = |method: &Method, path: &str| Words::of(method, path, &none);
        for path in ["/v1/messages", "/api/v1/messages/count_tokens", "/messages"] {
            assert_eq!(of(&Method::POST, path), Words::Anthropic, "{path}");
        }
        for path in ["/v1/messages_of", "/v1/chat/completions", "/v1/models"] {
            assert_eq!(of(&Method::POST, path), Words::Own, "{path}");
        }
        assert_eq!(of(&Method::GET, "/v1/messages"), Words::Own, "a read model of ours");
        let mut said = HeaderMap::new();
        said.insert("anthropic-version", "2023-06-01".parse().unwrap());
        assert_eq!(Words::of(&Method::GET, "/v1/models", &said), Words::Anthropic);
        let mut said = HeaderMap::new();
        said.insert(header::CONTENT_TYPE, "application/grpc+proto".parse().unwrap());
        assert_eq!(Words::of(&Method::POST, "/any.Service/Call", &said), Words::Grpc);
    }
}
