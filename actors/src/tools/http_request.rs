//! `http_request`: asks a public address of the web to do something, or an API in the name of an
//! account. It changes things, and so is made at most once.

use contracts::Refusal;
use contracts::model::ToolView;
use contracts::ports::Fut;
use serde_json::{Value, json};

use super::{Ask, Got, Hands, Tool, fault, view};

/// The headers that may be set.
const HEADERS_MAX: usize = 32;
/// The longest body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Asks an address.
pub(super) struct Send {
    view: ToolView,
}

pub(super) fn tool() -> Send {
    let parameters = json!({
        "type": "object",
        "properties": {
            "method": { "type": "string", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"] },
            "url": {
                "type": "string", "minLength": 1,
                "maxLength": contracts::effect::URL_BYTES_MAX,
                "description": "http or https, with neither user nor password.",
            },
            "headers": {
                "type": "object", "maxProperties": HEADERS_MAX,
                "additionalProperties": { "type": "string", "maxLength": 4_096 },
            },
            "body": {
                "description": "A text as it is, or any other value as JSON.",
            },
            "connector": {
                "type": "string", "maxLength": 128,
                "description": "The account in whose name an API is asked: the id of a connector.",
            },
        },
        "required": ["method", "url"],
        "additionalProperties": false,
        "examples": [{
            "method": "POST", "url": "https://example.com/things",
            "headers": { "accept": "application/json" }, "body": { "name": "a thing" },
        }],
    });
    let about = "Sends a request to a public address of the web and tells the status, the media \
                 type and the text of its answer. Redirects are not followed.";
    let view = ToolView { changes: true, ..view("http_request", about, parameters) };
    Send { view }
}

impl Tool for Send {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let text = |name: &str| input[name].as_str();
            let headers = input["headers"].as_object().into_iter().flatten();
            let headers = headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
            let mut headers: Vec<_> = headers.collect();
            let body = match &input["body"] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                value => {
                    let typed =
                        |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
                    if !headers.iter().any(typed) {
                        headers.push(("content-type".to_owned(), "application/json".to_owned()));
                    }
                    Some(value.to_string())
                }
            };
            if body.as_ref().is_some_and(|body| body.len() > BODY_BYTES_MAX) {
                return Err(fault(format!("the body has more than {BODY_BYTES_MAX} bytes")));
            }
            let ask = Ask {
                method: text("method").unwrap_or("GET"),
                url: text("url").unwrap_or_default(),
                headers,
                body,
                connector: text("connector"),
            };
            let Got { status, media_type, text, truncated } = hands.request(ask).await?;
            Ok(json!({
                "status": status, "media_type": media_type, "text": text, "truncated": truncated,
            }))
        })
    }
}
