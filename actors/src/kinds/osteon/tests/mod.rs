mod asking;
mod by_hand;
mod citing;
mod differing;
mod exporting;
mod filling;
mod invariants;
mod large;
mod outcomes;
mod picturing;
mod remarks;

use contracts::commit::sample_command_id;
use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::osteon as page;
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::{Completion, Effect, EffectId, Hash, Outcome, OutcomeResult, Reply, Revision};
use page::{Created, Event, Place, SectionSet};
use serde_json::{Map, Value, json};

use super::Osteon;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Osteon>();
}

/// The examples of the page are promised to work one after the other on one actor.
#[test]
fn the_examples_of_the_page_work_in_their_order() {
    use contracts::Page;
    let mut given = given::<Osteon>([]);
    for spec in page::Osteon::commands() {
        let mut then = given.when(spec.name, spec.example);
        then.decided();
        while let Some(effect) = then.effects.pop() {
            let value = sensible(request(&effect));
            let answered = then.given.when_outcome(&outcome(&effect, value));
            let failed = answered.decided().completes.iter().find(|done| !done.ok);
            assert_eq!(failed, None, "{}", spec.name);
            then = answered;
        }
        given = then.given;
    }
    given.state_is_the_fold();
}

/// An answer that follows the request's schema.
fn sensible(request: &ModelRequest) -> Value {
    use contracts::model::Task;
    match &request.task {
        Task::Outline { sections_min, .. } => {
            let titles: Vec<_> = (1..=*sections_min).map(|n| format!("Part {n}")).collect();
            json!({ "outline": titles })
        }
        Task::Draft { titles, sources, .. } => {
            let mark = if sources.is_empty() { "" } else { " [1]" };
            let used: Vec<_> = (0..sources.len().min(1)).collect();
            let section = |title: &String| {
                let text = format!("About {title}{mark}.");
                json!({ "title": title, "text": text, "sources": used })
            };
            json!({ "sections": titles.iter().map(section).collect::<Vec<_>>() })
        }
        Task::Edit { text, .. } => json!({ "edited_text": format!("{text} Indeed.") }),
        Task::Summarize { .. } => json!({ "summary": "In short." }),
        _ => {
            panic!("a document asks for nothing of the kind")
        }
    }
}

fn created() -> Event {
    Event::Created(Created { title: Some("Roof".to_owned()), metadata: Map::new() })
}

fn set(id: &str, title: &str, text: &str, place: Place, sections: u32) -> Event {
    let (section, title, text) = (id.to_owned(), title.to_owned(), text.to_owned());
    let sources = Vec::new();
    Event::SectionSet(SectionSet { section, title, text, sources, place, sections })
}

/// A document with the sections `damage` and `costs`.
fn document() -> Given<Osteon> {
    given::<Osteon>([
        created(),
        set("damage", "Damage", "Forty tiles broke.", Place::First, 1),
        set("costs", "Costs", "It costs 900 euros.", Place::After("damage".to_owned()), 2),
    ])
}

fn request(effect: &Effect) -> &ModelRequest {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    &llm.request
}

/// A model answers `effect` with `value`.
fn outcome(effect: &Effect, value: Value) -> Outcome {
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
    outcome_of(effect, OutcomeResult::Llm(Box::new(response)))
}

fn outcome_of(effect: &Effect, result: OutcomeResult) -> Outcome {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    let id = EffectId(Hash::ZERO);
    let (revision, tag) = (Revision(2), llm.tag.clone());
    Outcome { effect: id, revision, index: 0, tag, attempts: 1, result, metered: None }
}

/// The command is answered later; a model then answers with `value`.
fn answered(then: Then<Osteon>, value: Value) -> Then<Osteon> {
    assert!(matches!(then.decided().reply, Reply::Later { .. }));
    assert_eq!(then.effects.len(), 1);
    let outcome = outcome(&then.effects[0], value);
    then.given.when_outcome(&outcome)
}

/// The one completion of a commit.
fn completion(then: &Then<Osteon>) -> &Completion {
    let completes = &then.decided().completes;
    assert_eq!(completes.len(), 1);
    &completes[0]
}

/// The waiting command was done with this reply.
fn done(then: &Then<Osteon>) -> &Value {
    let done = completion(then);
    assert!(done.ok, "{}", done.reply);
    &done.reply
}

/// The waiting command failed with this code; the document stayed as it was.
fn failed(then: &Then<Osteon>, code: &str) {
    let refusal = completion(then).refusal().expect("it failed");
    assert_eq!(refusal.code, code, "{refusal}");
    let [Event::AskConcluded(concluded)] = &then.decided().events[..] else {
        panic!("only the end of the wait is recorded");
    };
    assert_eq!(concluded.code.as_deref(), Some(code));
    assert!(then.given.state.waiting.is_empty());
}

fn now(then: &Then<Osteon>) -> &Value {
    let Reply::Now(value) = &then.decided().reply else { panic!("the answer is now") };
    value
}

fn local() -> Value {
    json!(GeneratedBy::local())
}
