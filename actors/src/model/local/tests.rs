//! What holds for every request: the same bytes each time, the schema, the limits, no panic.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use contracts::model::{Finish, ModelRequest, Role, Source, Task, Turn};
use contracts::state_hash;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};
use serde_json::{Value, json};

use super::Local;
use super::text::sentences::spans;
use super::text::tokens::tokens;
use crate::model::{Delta, Provider, Providers, count_tokens, request_hash};

const LIBRARY: &str = "The library opens at nine. It lends 4,000 books a month, e.g. novels. \
    Dr. Lee leads it since 2019. The roof leaks; repairs cost 12,000 euros.";

fn request(task: Task, schema: Option<Value>) -> ModelRequest {
    let turns = vec![Turn::new(Role::User, "Do it.".to_owned())];
    let model = "local/rules".to_owned();
    ModelRequest {
        model,
        turns,
        task,
        schema,
        max_tokens: 100_000,
        seed: 0,
        ..ModelRequest::default()
    }
}

fn outline(goal: &str, context: Option<&str>, sections: (u32, u32)) -> Task {
    let (goal, context) = (goal.to_owned(), context.map(str::to_owned));
    Task::Outline { goal, context, sections_min: sections.0, sections_max: sections.1 }
}

fn titles(task: Task) -> Vec<String> {
    let schema = json!({ "type": "object", "required": ["outline"], "properties": {
        "outline": { "type": "array", "items": { "type": "string" } } } });
    let answer = Local::default().answer(&request(task, Some(schema))).expect("an answer");
    let value = answer.value.expect("a value");
    serde_json::from_value(value["outline"].clone()).expect("titles")
}

/// Every task on `text`.
fn tasks(text: &str) -> Vec<Task> {
    let source = Source { title: text.to_owned(), reference: None, text: text.to_owned() };
    let owned = text.to_owned();
    let edit = |edit_type: &str, feedback: Option<String>| Task::Edit {
        text: text.to_owned(),
        edit_type: edit_type.to_owned(),
        feedback,
    };
    vec![
        outline(text, Some(text), (5, 8)),
        Task::Draft {
            goal: owned.clone(),
            context: Some(owned.clone()),
            titles: vec!["Costs".to_owned(), owned.clone()],
            sources: vec![source.clone(), source],
            audience: Some(owned.clone()),
        },
        edit("improve", Some(owned.clone())),
        edit("shorten", None),
        edit("expand", None),
        edit("formalize", None),
        edit("simplify", None),
        Task::Summarize { text: owned.clone(), sentences_max: 3 },
        Task::Extract { text: owned },
        Task::Chat,
    ]
}

fn schema() -> Value {
    json!({ "type": "object", "properties": {
        "name": { "type": "string" }, "date": { "type": "string", "format": "date" },
        "cost": { "type": "number" }, "paid": { "type": "boolean" },
        "items": { "type": "array", "items": { "type": "object", "properties": {
            "what": { "type": "string" }, "count": { "type": "integer" } } } } },
        "required": ["name", "cost", "items"] })
}

fn of(task: Task, text: &str, schema: Option<Value>) -> ModelRequest {
    let mut request = request(task, schema);
    request.turns = vec![
        Turn::new(Role::System, text.to_owned()),
        Turn::new(Role::User, format!("Ann: {text}")),
        Turn::new(Role::User, text.to_owned()),
    ];
    request
}

/// Text that people and programs send, and text that nobody should.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-zA-Z ,.;:!?'\"()\\[\\]0-9-]{0,60}",
        "[#>*`~_|<\\[\\](){}\\-+=\n ]{0,20}",
        Just("```\ncode\n".to_owned()),
        Just("\u{F0000}\u{10FFFD}".to_owned()),
        Just("👩‍👩‍👧 مرحبا بالعالم. 太陽光。\u{0}\u{200D}\r\n".to_owned()),
        Just("İstanbul ẞ ǅ ŉ. what did I say about it? 3/0 ".to_owned()),
        Just("Replace \"a\" with \"b\", remove the first sentence. ".to_owned()),
        Just("in order to utilize the the 1,000.5 [1] https://a.b/c_d. ".to_owned()),
        Just("| a | b |\n|---|---|\n| 1 | 2 |\n- item\n  1. two\n".to_owned()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_is_sent_there_is_an_answer_and_always_the_same(text in any_text()) {
        let (one, other) = (Local::default(), Local::default());
        for task in tasks(&text) {
            for schema in [None, Some(schema())] {
                let request = of(task.clone(), &text, schema.clone());
                let answer = one.answer(&request).expect("an answer");
                prop_assert_eq!(&answer, &other.answer(&request).expect("an answer"));
                prop_assert!(!answer.text.is_empty() || text.trim().is_empty());
                prop_assert_eq!(answer.value.is_some(), schema.is_some());
                prop_assert_eq!(&answer.provider, "local");
            }
        }
    }

    #[test]
    fn tokens_and_sentences_put_together_are_the_text(text in any_text()) {
        let whole: String = tokens(&text).into_iter().map(|token| token.text()).collect();
        prop_assert_eq!(&whole, &text);
        let mut at = 0;
        for (start, end) in spans(&text) {
            prop_assert!(text[at..start].trim().is_empty() && start < end);
            at = end;
        }
        prop_assert!(text[at..].trim().is_empty());
    }

    #[test]
    fn an_answer_keeps_its_token_limit(text in any_text(), max_tokens in 0_u32..60) {
        for task in tasks(&text) {
            let mut request = of(task, &text, None);
            let whole = Local::default().answer(&request).expect("an answer");
            request.max_tokens = max_tokens;
            let cut = Local::default().answer(&request).expect("an answer");
            prop_assert!(cut.usage.output_tokens <= max_tokens);
            prop_assert!(whole.text.starts_with(&cut.text));
            prop_assert_eq!(cut.finish == Finish::Stop, cut.text == whole.text);
        }
    }
}

fn answered_quickly(text: &str) {
    for task in tasks(text) {
        let name: String = format!("{task:?}").chars().take(12).collect();
        let request = of(task, text, Some(schema()));
        let start = Instant::now();
        Local::default().answer(&request).expect("an answer");
        let took = start.elapsed();
        let text: String = text.chars().take(10).collect();
        // Unoptimised and beside other tests; quadratic work would take minutes.
        assert!(took < Duration::from_secs(20), "{name} on {text} took {took:?}");
    }
}

#[test]
fn a_megabyte_of_prose_is_answered_in_a_moment() {
    answered_quickly(&LIBRARY.repeat(1_000_000 / LIBRARY.len()));
}

#[test]
fn texts_that_are_meant_to_be_slow_are_not() {
    for (piece, count) in [
        ("word ", 40_000),
        ("a", 200_000),
        ("[", 200_000),
        ("a-", 100_000),
        ("a.b ", 50_000),
        ("- x: 1\n", 28_000),
        ("((\"`*_<", 28_000),
        ("a. ", 66_000),
        ("| a | b |\n", 20_000),
    ] {
        answered_quickly(&piece.repeat(count));
    }
}

#[test]
fn an_outline_has_the_number_of_sections_that_is_asked_and_none_twice() {
    for (least, most) in [(5, 8), (1, 1), (3, 3), (8, 8), (40, 40), (0, 0), (9, 2), (60, 60)] {
        for goal in
            ["A brief on bees", "", "plan for the school and the road", &"東京🌳".repeat(90)]
        {
            let titles = titles(outline(goal, Some(LIBRARY), (least, most)));
            let (most, count) = (most.max(1) as usize, titles.len());
            assert!(count <= most && count >= (least as usize).min(most), "{count}");
            let mut lower: Vec<_> = titles.iter().map(|title| title.to_lowercase()).collect();
            lower.sort();
            lower.dedup();
            assert_eq!(lower.len(), count, "{titles:?}");
            assert!(titles.iter().all(|title| !title.trim().is_empty() && title.len() <= 200));
        }
    }
}

#[test]
fn an_outline_speaks_of_the_goal_in_the_manner_of_its_sort() {
    assert_eq!(
        titles(outline("Write a one-page brief on solar energy for city councils", None, (5, 8))),
        [
            "Purpose of This Brief",
            "Solar Energy: Where Things Stand",
            "What It Means for City Councils",
            "Options to Choose From",
            "Costs and Funding",
            "Recommendation and Next Steps",
        ]
    );
    let incident = titles(outline("Post-mortem of the outage on 3 May, 7 sections", None, (5, 8)));
    assert_eq!(incident.len(), 7);
    assert_eq!(incident[0], "Summary of the Outage on 3 May");
    assert!(incident.contains(&"Root Causes".to_owned()));
}

#[test]
fn an_outline_takes_up_what_the_material_speaks_of() {
    let headed = "# Bees\n\n## Hives\n\nText here.\n\n## Winter feeding\n\nText here.";
    let titles_of = |context| titles(outline("Report on bees", Some(context), (5, 8)));
    let found = titles_of(headed);
    assert!(found.contains(&"Hives".to_owned()) && found.contains(&"Winter Feeding".to_owned()));
    let plain =
        "Queen rearing takes time. Queen rearing is an art. Some clubs teach queen rearing.";
    assert!(titles_of(plain).contains(&"Queen Rearing".to_owned()), "{:?}", titles_of(plain));
}

#[test]
fn answers_are_labelled_and_counted() {
    let request = request(Task::Summarize { text: LIBRARY.to_owned(), sentences_max: 2 }, None);
    let answer = Local::default().answer(&request).expect("an answer");
    assert_eq!((answer.provider.as_str(), answer.model.as_str()), ("local", "local/rules"));
    assert_eq!(answer.usage.input_tokens, count_tokens("Do it."));
    assert_eq!(answer.usage.output_tokens, count_tokens(&answer.text));
    assert_eq!(answer.request_hash, request_hash(&request).expect("a hash"));
    let value = serde_json::to_value(&request).expect("JSON");
    assert_eq!(answer.request_hash, state_hash(&value).expect("a hash"));
}

#[test]
fn half_a_value_is_no_value() {
    let schema = json!({ "type": "object", "properties": { "summary": { "type": "string" } } });
    let task = Task::Summarize { text: LIBRARY.to_owned(), sentences_max: 3 };
    let mut request = request(task, Some(schema));
    request.max_tokens = 6;
    let answer = Local::default().answer(&request).expect("an answer");
    assert_eq!((answer.finish, answer.value), (Finish::Length, None));
}

#[test]
fn with_a_schema_the_text_is_the_value() {
    let schema = json!({ "type": "object", "properties": { "summary": { "type": "string" } } });
    let task = Task::Summarize { text: LIBRARY.to_owned(), sentences_max: 1 };
    let answer = Local::default().answer(&request(task, Some(schema))).expect("an answer");
    let read: Value = serde_json::from_str(&answer.text).expect("JSON");
    assert_eq!(Some(read), answer.value);
}

#[test]
fn other_models_are_not_found_and_numbers_without_a_canonical_form_are_refused() {
    let mut other = request(Task::Chat, None);
    other.model = "local/gigantic".to_owned();
    let refusal = Local::default().answer(&other).expect_err("there is no such model");
    assert_eq!(refusal.code, "model_not_found");
    let mut imprecise = request(Task::Chat, None);
    imprecise.seed = (1 << 53) + 1;
    let refusal = Local::default().answer(&imprecise).expect_err("no canonical form");
    assert_eq!(refusal.code, "model_validation");
    let refusal = Local::default().answer(&request(Task::Chat, Some(json!(false))));
    assert_eq!(refusal.expect_err("nothing follows it").code, "model_validation");
}

#[tokio::test]
async fn deltas_put_together_are_the_text_small_or_large() {
    let providers = Providers::standard();
    for text in [LIBRARY.to_owned(), LIBRARY.repeat(300)] {
        let request =
            request(Task::Edit { text, edit_type: "improve".to_owned(), feedback: None }, None);
        let heard = Mutex::new(Vec::new());
        let delta = |piece: Delta<'_>| {
            let Delta::Text(text) = piece else { return };
            heard.lock().expect("not poisoned").push(text.to_owned());
        };
        let answer = providers.complete(&request, Some(&delta)).await.expect("an answer");
        let heard = heard.into_inner().expect("not poisoned");
        assert!(heard.len() > 2);
        assert_eq!(heard.concat(), answer.text);
        assert_eq!(answer, Local::default().answer(&request).expect("an answer"));
    }
}

#[tokio::test]
async fn an_unknown_provider_is_refused_by_name() {
    let mut request = request(Task::Chat, None);
    request.model = "faraway/large".to_owned();
    let refusal = Providers::standard().complete(&request, None).await.expect_err("unknown");
    assert_eq!(refusal.code, "model_unknown");
    assert!(refusal.message.contains("local"));
    assert_eq!(Local::default().name(), "local");
}
