//! How many tokens a call had: what the provider says where that can be, our own count where it
//! says nothing or what cannot be. A budget is settled by it, so a slip must not make a call free.

use contracts::model::{ModelRequest, Usage};
use serde_json::Value;

use super::parts::Parts;
use crate::model::estimate::prompt_tokens;
use crate::model::tokens::count_tokens;

/// What one image may have at most before we do not believe it.
const IMAGE_TOKENS_MAX: u64 = 50_000;
/// Text of which one token may have at most so many bytes before we do not believe it.
const TOKEN_BYTES_MAX: u64 = 64;
/// Tokens beside the words: of roles, templates and the provider's own instructions.
const BESIDE_TOKENS_MAX: u64 = 16_384;

/// A number of tokens in an answer.
#[must_use]
pub fn tokens(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn words(request: &ModelRequest) -> impl Iterator<Item = String> {
    let turns = request.turns.iter().flat_map(|turn| {
        let calls = turn.calls.iter().map(|call| format!("{} {}", call.name, call.arguments));
        Some(turn.content.clone()).into_iter().chain(calls)
    });
    let tools = request
        .tools
        .iter()
        .map(|tool| format!("{} {} {}", tool.name, tool.description, tool.parameters));
    turns.chain(tools).chain(request.schema.as_ref().map(Value::to_string))
}

fn images(request: &ModelRequest) -> u32 {
    let count: usize = request.turns.iter().map(|turn| turn.images.len()).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn answered(parts: &Parts) -> (u32, u64) {
    let calls = parts.calls.iter().flat_map(|call| [&call.name, &call.arguments]);
    let texts = [&parts.text, &parts.reasoning].into_iter().chain(calls);
    texts.fold((0, 0), |(tokens, bytes), text| {
        (count_tokens(text).saturating_add(tokens), bytes + text.len() as u64)
    })
}

/// The usage of a call: the provider's where it can be, ours in place of each number that cannot.
#[must_use]
pub fn checked(request: &ModelRequest, parts: &Parts) -> Usage {
    let said = parts.usage.unwrap_or_default();
    let asked_bytes: u64 = words(request).map(|text| text.len() as u64).sum();
    let (own_output, answered_bytes) = answered(parts);
    let shown = u64::from(images(request)) * IMAGE_TOKENS_MAX;
    let input = u64::from(said.input_tokens);
    let output = u64::from(said.output_tokens);
    let input_can_be = input * TOKEN_BYTES_MAX >= asked_bytes
        && input <= asked_bytes * 4 + BESIDE_TOKENS_MAX + shown;
    // A model may think more than it says, and never more than it was allowed.
    let output_max = (answered_bytes * 4).max(u64::from(request.max_tokens)) + BESIDE_TOKENS_MAX;
    let output_can_be = output * TOKEN_BYTES_MAX >= answered_bytes && output <= output_max;
    let mut usage = said;
    usage.estimated = parts.usage.is_none() || !input_can_be || !output_can_be;
    if parts.usage.is_none() || !input_can_be {
        (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens) =
            (prompt_tokens(request), 0, 0);
    }
    if parts.usage.is_none() || !output_can_be {
        (usage.output_tokens, usage.reasoning_tokens) = (own_output, 0);
    }
    let kept = usage.cached_tokens.checked_add(usage.cache_write_tokens);
    if kept.is_none_or(|kept| kept > usage.input_tokens) {
        (usage.cached_tokens, usage.cache_write_tokens, usage.estimated) = (0, 0, true);
    }
    if usage.reasoning_tokens > usage.output_tokens {
        (usage.reasoning_tokens, usage.estimated) = (0, true);
    }
    usage
}

#[cfg(test)]
mod tests {
    use contracts::model::{ModelRequest, Role, Turn, Usage};

    use super::{Parts, checked};

    fn told(input_tokens: u32, output_tokens: u32) -> Usage {
        Usage { input_tokens, output_tokens, ..Usage::default() }
    }

    fn check(usage: Option<Usage>) -> Usage {
        let turns =
            vec![Turn::new(Role::User, "What is the capital of France, please?".repeat(20))];
        let request = ModelRequest { turns, max_tokens: 100, ..ModelRequest::default() };
        let parts = Parts { text: "Paris is. ".repeat(40), usage, ..Parts::default() };
        checked(&request, &parts)
    }

    #[test]
    fn what_can_be_is_believed() {
        assert_eq!(check(Some(told(200, 90))), told(200, 90));
        let kept = Usage { cached_tokens: 150, reasoning_tokens: 40, ..told(200, 90) };
        assert_eq!(check(Some(kept)), kept);
    }

    #[test]
    fn what_is_absent_or_cannot_be_is_counted_by_us_and_says_so() {
        let own = check(None);
        assert!(own.estimated && own.input_tokens > 100 && own.output_tokens > 50, "{own:?}");
        for lie in [told(0, 0), told(u32::MAX, u32::MAX)] {
            assert_eq!(check(Some(lie)), own, "{lie:?}");
        }
        let half = check(Some(told(200, 0)));
        assert_eq!((half.input_tokens, half.output_tokens), (200, own.output_tokens));
        assert!(half.estimated);
        let odd = Usage { cached_tokens: 300, reasoning_tokens: 91, ..told(200, 90) };
        assert_eq!(check(Some(odd)), Usage { estimated: true, ..told(200, 90) });
    }
}
