//! `text`: what models are bad at: counting, comparing, cutting exactly.

use contracts::{Hash, Refusal, Timestamp};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Pure, fault, view};

/// The longest text, in bytes.
const TEXT_BYTES_MAX: usize = 256 * 1024;

pub(super) fn tool() -> Pure {
    let operations = [
        "count",
        "find",
        "replace",
        "split",
        "lower",
        "upper",
        "trim",
        "reverse",
        "sort_lines",
        "unique_lines",
        "slice",
        "diff",
        "hash",
    ];
    let parameters = json!({
        "type": "object",
        "properties": {
            "operation": { "type": "string", "enum": operations },
            "text": { "type": "string", "maxLength": TEXT_BYTES_MAX },
            "what": {
                "type": "string", "maxLength": TEXT_BYTES_MAX,
                "description": "What is counted, found, replaced, split at; of diff the other text.",
            },
            "with": {
                "type": "string", "maxLength": TEXT_BYTES_MAX,
                "description": "Of replace: what stands there instead.",
            },
            "start": {
                "type": "integer", "minimum": 0, "description": "Of slice: the first letter.",
            },
            "end": {
                "type": "integer", "minimum": 0,
                "description": "Of slice: the one after the last.",
            },
        },
        "required": ["operation", "text"],
        "additionalProperties": false,
        "examples": [{ "operation": "count", "text": "strawberry", "what": "r" }],
    });
    let about = "Exact work on a text: count letters, words, lines or occurrences; find, replace, \
                 split, slice, change case, trim, reverse, sort or unite lines, diff with another \
                 text, hash (BLAKE3).";
    Pure { view: view("text", about, parameters), run }
}

fn run(input: &Value, _: Timestamp) -> Result<Value, Refusal> {
    let member = |name: &str| input[name].as_str();
    let text = member("text").unwrap_or_default();
    let what = member("what").filter(|it| !it.is_empty());
    if text.len() > TEXT_BYTES_MAX || what.is_some_and(|it| it.len() > TEXT_BYTES_MAX) {
        return Err(fault(format!("a text has at most {TEXT_BYTES_MAX} bytes")));
    }
    let needed = || what.ok_or_else(|| fault("`what` is needed for this"));
    let result = match member("operation").unwrap_or_default() {
        "count" => count(text, what),
        "find" => find(text, needed()?),
        "replace" => replaced(text, needed()?, member("with").unwrap_or_default())?,
        "split" => json!(text.split(needed()?).collect::<Vec<_>>()),
        "lower" => json!(text.to_lowercase()),
        "upper" => json!(text.to_uppercase()),
        "trim" => json!(text.trim()),
        "reverse" => json!(text.graphemes(true).rev().collect::<String>()),
        "sort_lines" => json!(sorted(text).join("\n")),
        "unique_lines" => json!(unique(text).join("\n")),
        "slice" => sliced(text, input),
        "diff" => differing(text, needed()?),
        "hash" => json!(Hash::of(text.as_bytes())),
        other => return Err(fault(format!("there is no operation {other}"))),
    };
    Ok(json!({ "result": result }))
}

fn count(text: &str, what: Option<&str>) -> Value {
    if let Some(what) = what {
        let ignoring_case = text.to_lowercase().matches(&what.to_lowercase()).count();
        return json!({
            "occurrences": text.matches(what).count(), "ignoring_case": ignoring_case,
        });
    }
    json!({
        "letters": text.graphemes(true).count(),
        "words": text.unicode_words().count(),
        "sentences": text.unicode_sentences().filter(|it| !it.trim().is_empty()).count(),
        "lines": text.lines().count(),
        "bytes": text.len(),
    })
}

/// Places are counted in letters, as people do.
fn find(text: &str, what: &str) -> Value {
    let places =
        text.match_indices(what).take(100).map(|(at, _)| text[..at].graphemes(true).count());
    json!(places.collect::<Vec<_>>())
}

fn replaced(text: &str, what: &str, with: &str) -> Result<Value, Refusal> {
    let more = text.matches(what).count().saturating_mul(with.len());
    if text.len().saturating_add(more) > TEXT_BYTES_MAX * 2 {
        return Err(fault("the text would be too long"));
    }
    Ok(json!(text.replace(what, with)))
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn unique(text: &str) -> Vec<&str> {
    let mut seen = std::collections::BTreeSet::new();
    text.lines().filter(|line| seen.insert(*line)).collect()
}

fn sliced(text: &str, input: &Value) -> Value {
    let place = |name: &str| input[name].as_u64().and_then(|it| usize::try_from(it).ok());
    let (start, end) = (place("start").unwrap_or(0), place("end").unwrap_or(usize::MAX));
    let letters = text.graphemes(true).skip(start).take(end.saturating_sub(start));
    json!(letters.collect::<String>())
}

fn differing(text: &str, other: &str) -> Value {
    let diff = similar::TextDiff::configure()
        .timeout(std::time::Duration::from_millis(500))
        .diff_lines(text, other);
    let told = diff.unified_diff().context_radius(2).header("text", "what").to_string();
    json!({ "unified": told, "similarity": (f64::from(diff.ratio()) * 1_000.0).round() / 1_000.0 })
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::{Value, json};

    fn told(input: Value) -> Value {
        let told = super::run(&input, Timestamp::from_millis(0));
        told.map_or_else(|it| json!(it.code), |mut it| it["result"].take())
    }

    #[test]
    fn letters_are_those_that_people_see() {
        let count = told(json!({ "operation": "count", "text": "Grüße 👩‍👩‍👧! Zwei." }));
        assert_eq!((&count["letters"], &count["words"]), (&json!(14), &json!(2)));
        let times = told(json!({ "operation": "count", "text": "strawbeRry", "what": "r" }));
        assert_eq!((&times["occurrences"], &times["ignoring_case"]), (&json!(2), &json!(3)));
        assert_eq!(told(json!({ "operation": "reverse", "text": "añ👩‍👩‍👧" })), "👩‍👩‍👧ña");
        assert_eq!(told(json!({ "operation": "slice", "text": "añb", "start": 1, "end": 2 })), "ñ");
        assert_eq!(
            told(json!({ "operation": "find", "text": "ñaña", "what": "a" })),
            json!([1, 3])
        );
    }

    #[test]
    fn lines_are_sorted_united_and_compared() {
        let lines = "b\na\nb";
        assert_eq!(told(json!({ "operation": "sort_lines", "text": lines })), "a\nb\nb");
        assert_eq!(told(json!({ "operation": "unique_lines", "text": lines })), "b\na");
        let diff = told(json!({ "operation": "diff", "text": "a\nb\n", "what": "a\nc\n" }));
        assert!(diff["unified"].as_str().is_some_and(|it| it.contains("-b\n+c\n")), "{diff}");
    }

    #[test]
    fn what_would_grow_without_bound_is_refused() {
        let (text, with) = ("a".repeat(60_000), "b".repeat(60_000));
        let input = json!({ "operation": "replace", "text": text, "what": "a", "with": with });
        assert_eq!(told(input), "tool_arguments_invalid");
        assert_eq!(told(json!({ "operation": "split", "text": "a" })), "tool_arguments_invalid");
    }
}
