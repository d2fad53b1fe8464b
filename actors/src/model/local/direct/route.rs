//! Who is to be asked, by rules: whose words the request has.

use contracts::kinds::nucleus::catalogue::{CATALOGUE, Intent};
use serde_json::{Value, json};

use super::{said, spoken};

/// How sure rules are at most, in percent: words may mislead.
const SURE_PERCENT_MAX: usize = 80;

/// The intent whose words stand most often in `request`, and how sure that is. What else is known
/// decides nothing: it may speak of anything.
pub fn route(request: &str) -> Value {
    let words = spoken(request);
    let question = request.trim_end().ends_with('?');
    let scored = CATALOGUE.iter().map(|intent| {
        let (word, mut hits) = said(intent.words, &words);
        if question && intent.agent == "run" {
            hits += 1;
        }
        (intent, word, hits)
    });
    let mut scored: Vec<(&Intent, Option<&str>, usize)> = scored.filter(|it| it.2 > 0).collect();
    // Of as many words, those count more of which there are fewer; then what comes first.
    scored.sort_by_key(|(intent, _, hits)| (usize::MAX - hits, intent.words.len()));
    let Some((intent, word, hits)) = scored.first() else {
        let reasoning = "no word of the request points to anybody here";
        return json!({ "agent": null, "endpoint": null, "reasoning": reasoning, "confidence": 0 });
    };
    let next = scored.get(1).map_or(0, |other| other.2);
    let sure = (100 * hits / (hits + next + 1)).min(SURE_PERCENT_MAX);
    let by = word.map_or_else(|| "it is a question".to_owned(), |it| format!("it says “{it}”"));
    let others = match next {
        0 => String::new(),
        _ => format!("; {} {} comes next", scored[1].0.agent, scored[1].0.endpoint),
    };
    json!({
        "agent": intent.agent,
        "endpoint": intent.endpoint,
        "reasoning": format!("by rules: {by}, and {} {}{others}", intent.agent, intent.about),
        "confidence": sure,
    })
}
