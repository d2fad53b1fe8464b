//! How many tokens a prompt has, near enough, before anybody is asked.

use contracts::model::ModelRequest;

use super::tokens::count_tokens;

/// What a message takes beside its words: who speaks, and where it ends.
const TURN_TOKENS: u32 = 4;
/// What a picture takes: the most that one of ordinary size costs at the large providers.
const IMAGE_TOKENS: u32 = 1_600;

/// How many tokens the prompt of `request` has: its messages, pictures, tools and schema.
#[must_use]
pub fn prompt_tokens(request: &ModelRequest) -> u32 {
    let mut total = 0_u32;
    let mut add = |tokens: u32| total = total.saturating_add(tokens);
    for turn in &request.turns {
        add(TURN_TOKENS);
        add(count_tokens(&turn.content));
        for call in &turn.calls {
            add(TURN_TOKENS);
            add(count_tokens(&call.name));
            add(count_tokens(&call.arguments));
        }
        add(u32::try_from(turn.images.len()).unwrap_or(u32::MAX).saturating_mul(IMAGE_TOKENS));
    }
    for tool in &request.tools {
        add(TURN_TOKENS);
        add(count_tokens(&tool.name));
        add(count_tokens(&tool.description));
        add(count_tokens(&tool.parameters.to_string()));
    }
    if let Some(schema) = &request.schema {
        add(count_tokens(&schema.to_string()));
    }
    total
}

#[cfg(test)]
mod tests {
    use contracts::model::{Image, ImageSource, ModelRequest, Role, Tool, Turn};
    use serde_json::json;

    use super::prompt_tokens;

    #[test]
    fn all_that_is_sent_counts() {
        let mut request = ModelRequest {
            turns: vec![Turn::new(Role::User, "What is the weather like?")],
            ..ModelRequest::default()
        };
        let words = prompt_tokens(&request);
        assert!((8..16).contains(&words), "{words}");
        request.tools.push(Tool {
            name: "weather".to_owned(),
            description: "Tells the weather of a place.".to_owned(),
            parameters: json!({ "type": "object", "properties": { "place": {} } }),
            strict: false,
        });
        let tools = prompt_tokens(&request);
        assert!(tools > words + 15, "{tools}");
        request.schema = Some(json!({ "type": "object" }));
        let schema = prompt_tokens(&request);
        assert!(schema > tools);
        let source = ImageSource::Url("u".to_owned());
        request.turns[0].images.push(Image { media_type: "image/png".to_owned(), source });
        assert_eq!(prompt_tokens(&request), schema + 1_600);
    }
}
