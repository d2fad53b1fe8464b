//! An end by rules: what the steps say, in their order, and its most central sentences.

use contracts::model::Source;
use serde_json::{Value, json};

use crate::model::local::LocalConfig;
use crate::model::local::summarize::summarize;
use crate::model::local::text::sentences;
use crate::model::local::text::tokens::{clip, flat};

/// Sentences of the summary.
const SUMMARY_SENTENCES: u32 = 3;

/// The longest key output, in characters.
const KEY_CHARS_MAX: usize = 240;

/// What came of the steps, put together. Nothing is added to what they say.
pub fn finalize(goal: &str, results: &[Source], undone: &[String], config: &LocalConfig) -> Value {
    let title = if goal.trim().is_empty() { "Results" } else { goal };
    let mut whole = format!("# {}\n", clip(&flat(title), config.title_chars_max));
    for result in results {
        whole.push_str(&format!("\n## {}\n\n{}\n", result.title, result.text.trim()));
    }
    if !undone.is_empty() {
        whole.push_str("\n## Not done\n\n");
        undone.iter().for_each(|one| whole.push_str(&format!("- {one}\n")));
    }
    let all: Vec<&str> = results.iter().map(|result| result.text.trim()).collect();
    let summary = match all.iter().all(|text| text.is_empty()) {
        true => String::new(),
        false => summarize(&all.join("\n\n"), SUMMARY_SENTENCES, config),
    };
    let key = |result: &Source| {
        let flat = flat(&result.text);
        let first = sentences(&flat).first().copied().unwrap_or("").to_owned();
        json!({ "step_id": result.title, "text": clip(&first, KEY_CHARS_MAX) })
    };
    let keys: Vec<Value> =
        results.iter().filter(|result| !result.text.trim().is_empty()).map(key).collect();
    let again = |one: &String| {
        let step = one.split(':').next().unwrap_or(one);
        format!("Mend what kept `{step}` from being done, and do it anew (`rerun`).")
    };
    let recommendations: Vec<String> = undone.iter().map(again).collect();
    json!({ "final": whole, "summary": summary, "key_outputs": keys,
        "recommendations": recommendations })
}
