//! `http_fetch`: reads a public address of the web, behind the guard that nothing inside is reached
//! by.

use contracts::Refusal;
use contracts::model::ToolView;
use contracts::ports::Fut;
use serde_json::{Value, json};

use super::{Got, Hands, Tool, view};

/// Reads an address.
pub(super) struct Fetch {
    view: ToolView,
}

pub(super) fn tool() -> Fetch {
    let parameters = json!({
        "type": "object",
        "properties": {
            "url": {
                "type": "string", "minLength": 1,
                "maxLength": contracts::effect::URL_BYTES_MAX,
                "description": "http or https, with neither user nor password.",
            },
            "accept": {
                "type": "string", "maxLength": 256,
                "description": "Which media types are wanted, such as application/json.",
            },
        },
        "required": ["url"],
        "additionalProperties": false,
        "examples": [{ "url": "https://example.com/", "accept": "text/html" }],
    });
    let about = "Reads a public address of the web by GET and tells its status, its media type \
                 and its text. Private addresses cannot be reached.";
    Fetch { view: view("http_fetch", about, parameters) }
}

impl Tool for Fetch {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let url = input["url"].as_str().unwrap_or_default();
            let Got { status, media_type, text, truncated } =
                hands.get(url, input["accept"].as_str()).await?;
            Ok(json!({
                "status": status, "media_type": media_type, "text": text, "truncated": truncated,
            }))
        })
    }
}
