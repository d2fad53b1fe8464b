mod asking;
mod by_hand;
mod drawing;
mod files;
mod looking;

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::synapse as page;
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::{
    Completion, Effect, EffectId, Hash, Outcome, OutcomeResult, Page as _, Reply, Revision,
};
use serde_json::{Value, json};

use super::Synapse;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Synapse>();
}

/// The examples of the page are promised to work one after the other on one actor.
#[test]
fn the_examples_of_the_page_work_in_their_order() {
    let mut given = given::<Synapse>([]);
    for spec in page::Synapse::commands() {
        let mut then = given.when(spec.name, spec.example);
        then.decided();
        while let Some(effect) = then.effects.pop() {
            let answered = then.given.when_outcome(&outcome(&effect, plan()));
            let failed = answered.decided().completes.iter().find(|done| !done.ok);
            assert_eq!(failed, None, "{}", spec.name);
            then = answered;
        }
        given = then.given;
    }
    given.state_is_the_fold();
}

fn plan() -> Value {
    let card = |title: &str, sort: &str| json!({ "title": title, "description": "One. Two.", "slide_type": sort, "points": [] });
    json!({ "storyboard": [card("Roof", "title"), card("Damage", "content")] })
}

/// A deck with the slides `damage` and `costs`.
fn deck() -> Given<Synapse> {
    let given = given::<Synapse>([]).when("create", json!({ "title": "Roof" })).given;
    let damage = json!({ "slide": "damage", "title": "Damage", "text": "- Tiles broke" });
    let given = given.when("slide_add", damage).given;
    let costs = json!({ "slide": "costs", "layout": "two_columns", "title": "Costs",
        "text": "- 900 euros" });
    given.when("slide_add", costs).given
}

fn request(effect: &Effect) -> &ModelRequest {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    &llm.request
}

/// A model answers `effect` with `value`.
fn outcome(effect: &Effect, value: Value) -> Outcome {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    let response = ModelResponse {
        provider: "local".to_owned(),
        model: "local/rules".to_owned(),
        text: value.to_string(),
        value: Some(value),
        finish: Finish::Stop,
        usage: Usage::default(),
        request_hash: Hash::ZERO,
        ..ModelResponse::default()
    };
    let (result, tag) = (OutcomeResult::Llm(Box::new(response)), llm.tag.clone());
    let (effect, revision) = (EffectId(Hash::ZERO), Revision(2));
    Outcome { effect, revision, index: 0, tag, attempts: 1, result, metered: None }
}

/// The one completion of a commit.
fn completion(then: &Then<Synapse>) -> &Completion {
    let completes = &then.decided().completes;
    assert_eq!(completes.len(), 1);
    &completes[0]
}

fn now(then: &Then<Synapse>) -> &Value {
    let Reply::Now(value) = &then.decided().reply else { panic!("the answer is now") };
    value
}

fn local() -> Value {
    json!(GeneratedBy::local())
}

/// The ids of the slides, in order.
fn ids(given: &Given<Synapse>) -> Vec<&str> {
    given.state.slides.iter().map(|kept| kept.slide.id.as_str()).collect()
}
