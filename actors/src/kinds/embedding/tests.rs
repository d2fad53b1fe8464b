use contracts::effect::OutcomeResult;
use contracts::kinds::embedding::{self as page, Event, Make};
use contracts::model::{ModelResponse, Task};
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Revision, commit};
use serde_json::{Value, json};

use super::Embedding;
use crate::kinds::testing::{given, page_is_consistent};

fn asked() -> Event {
    let make = Make { model: "local/ngrams".into(), texts: vec!["a".into()], dimensions: Some(3) };
    Event::Asked { command: commit::sample_command_id(9), make }
}

fn outcome(result: OutcomeResult) -> Outcome {
    Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(1),
        index: 0,
        tag: Value::Null,
        attempts: 1,
        result,
        metered: None,
    }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Embedding>();
}

#[test]
fn texts_are_asked_of_the_model_as_they_are() {
    let input = json!({ "model": "local/ngrams", "texts": ["a", "b"], "dimensions": 3 });
    let then = given::<Embedding>([]).when("make", input);
    let [Effect::Llm(llm)] = &then.effects[..] else { panic!("one call") };
    assert_eq!(llm.request.task, Task::Embed { dimensions: Some(3) });
    assert_eq!(llm.request.turns[1].content, "b");
}

#[test]
fn what_the_model_made_is_the_answer() {
    let value = json!({ "blob": Hash::of(b"v"), "count": 1, "dimensions": 3 });
    let model = "local/ngrams".to_owned();
    let response = ModelResponse { model, value: Some(value), ..ModelResponse::default() };
    let then = given::<Embedding>([asked()])
        .when_outcome(&outcome(OutcomeResult::Llm(Box::new(response))));
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert!(completion.ok);
    assert_eq!(completion.reply["dimensions"], 3);
    then.given.state_is_the_fold();
}

#[test]
fn why_it_failed_is_the_answer_and_no_vectors_are_a_failure() {
    let refusal = Refusal::rejected("model_quota", "used up");
    for (result, code) in [
        (OutcomeResult::Failed(refusal), "model_quota"),
        (OutcomeResult::Llm(Box::default()), "internal"),
    ] {
        let then = given::<Embedding>([asked()]).when_outcome(&outcome(result));
        assert_eq!(then.decided().completes[0].refusal().unwrap().code, code);
        assert_eq!(then.given.state.code.as_deref(), Some(code));
        then.given.state_is_the_fold();
    }
}

#[test]
fn inputs_have_limits() {
    for bad in [
        json!({ "model": "m", "texts": [] }),
        json!({ "model": "m", "texts": [""] }),
        json!({ "model": " ", "texts": ["a"] }),
        json!({ "model": "m", "texts": ["a"], "dimensions": 0 }),
        json!({ "model": "m", "texts": vec!["a"; 2_049] }),
        json!({ "model": "m", "texts": ["a".repeat(300_000)] }),
    ] {
        given::<Embedding>([]).when("make", bad).then_refused("invalid_input");
    }
    given::<Embedding>([asked()])
        .when("make", json!({ "model": "m", "texts": ["a"] }))
        .then_refused("actor_exists");
}
