use contracts::effect::{OutcomeResult, ToolAnswer};
use contracts::kinds::knowledge::{self as page, Event};
use contracts::model::{ModelResponse, Task};
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision};
use serde_json::{Value, json};

use super::Knowledge;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

fn base(settings: Value) -> Given<Knowledge> {
    given::<Knowledge>([]).when("create", settings).given
}

fn outcome(effect: &Effect, result: OutcomeResult) -> Outcome {
    let tag = match effect {
        Effect::Llm(llm) => llm.tag.clone(),
        Effect::Tool(tool) => tool.tag.clone(),
        _ => Value::Null,
    };
    Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(1),
        index: 0,
        tag,
        attempts: 1,
        result,
        metered: None,
    }
}

fn vectors(count: u32) -> OutcomeResult {
    let value = json!({ "blob": Hash::of(b"v"), "count": count, "dimensions": 3 });
    let model = "local/ngrams".to_owned();
    let response = ModelResponse { model, value: Some(value), ..ModelResponse::default() };
    OutcomeResult::Llm(Box::new(response))
}

fn read(text: &str, next: Option<u64>) -> OutcomeResult {
    let output = json!({ "text": text, "next": next, "revision": 7 });
    OutcomeResult::Tool(ToolAnswer { output, blob: None, ms: 1 })
}

fn only(then: &Then<Knowledge>) -> Effect {
    let [effect] = &then.effects[..] else { panic!("one effect: {:?}", then.effects) };
    effect.clone()
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Knowledge>();
}

#[test]
fn a_document_is_cut_embedded_and_ready() {
    let text = "# Rings\n\nOne a year.\n\n# Bark\n\nThick.";
    let then = base(json!({})).when("add", json!({ "id": "a", "text": text }));
    let effect = only(&then);
    let Effect::Llm(llm) = &effect else { panic!("a model is asked") };
    assert_eq!(llm.request.task, Task::Embed { dimensions: None });
    let asked: Vec<_> = llm.request.turns.iter().map(|turn| turn.content.as_str()).collect();
    assert_eq!(asked, ["Rings\nOne a year.", "Bark\nThick."]);
    let then = then.given.when_outcome(&outcome(&effect, vectors(2)));
    let [done] = &then.decided().completes[..] else { panic!("the command is answered") };
    assert_eq!(done.reply["passages"], 2);
    assert_eq!(done.reply["embedded"], true);
    then.given.state_is_the_fold();
}

#[test]
fn without_a_model_a_document_is_ready_at_once() {
    let then = base(json!({ "model": null })).when("add", json!({ "id": "a", "text": "Words." }));
    assert!(then.effects.is_empty());
    let Reply::Now(reply) = &then.decided().reply else { panic!("now") };
    assert_eq!((&reply["embedded"], &reply["passages"]), (&json!(false), &json!(1)));
    then.given.when("reembed", json!({})).then_refused("knowledge_without_model");
}

#[test]
fn long_passages_are_referred_to_and_not_repeated() {
    let text = "A sentence of a long document. ".repeat(2_000);
    let then = base(json!({})).when("add", json!({ "id": "a", "text": text }));
    let Effect::Llm(llm) = only(&then) else { panic!("a model is asked") };
    assert!(llm.request.turns.is_empty());
    let history = llm.request.history.expect("it refers to the base itself");
    assert_eq!((history.id.as_str(), history.revision), ("me", Revision(2)));
    assert!(then.given.state.turns.len() > 40);
}

#[test]
fn what_is_kept_elsewhere_is_read_part_by_part() {
    let blob = Hash::of(b"words");
    let then = base(json!({})).when("add", json!({ "id": "a", "blob": blob }));
    let first = only(&then);
    let Effect::Tool(tool) = &first else { panic!("a tool reads") };
    assert_eq!(tool.input, json!({ "blob": blob, "offset": 0 }));
    let then = then.given.when_outcome(&outcome(&first, read("One.", Some(9))));
    let [embed, second] = &then.effects[..] else { panic!("{:?}", then.effects) };
    let (embed, second) = match embed {
        Effect::Llm(_) => (embed.clone(), second.clone()),
        _ => (second.clone(), embed.clone()),
    };
    let Effect::Tool(tool) = &second else { panic!("it is read on") };
    assert_eq!(tool.input["offset"], 9);
    let then = then.given.when_outcome(&outcome(&embed, vectors(1)));
    assert!(then.decided().completes.is_empty(), "more of it is to come");
    let then = then.given.when_outcome(&outcome(&second, read("Two.", None)));
    let last = only(&then);
    let then = then.given.when_outcome(&outcome(&last, vectors(1)));
    assert_eq!(then.decided().completes[0].reply["passages"], 2);
    then.given.state_is_the_fold();
}

#[test]
fn what_cannot_be_read_fails_and_what_cannot_be_embedded_is_found_by_its_words() {
    let then = base(json!({})).when("add", json!({ "id": "a", "file": "f" }));
    let effect = only(&then);
    let refusal = Refusal::rejected("document_unreadable", "it is no text");
    let failed = outcome(&effect, OutcomeResult::Failed(refusal));
    let then = then.given.when_outcome(&failed);
    assert_eq!(then.decided().completes[0].refusal().unwrap().code, "document_unreadable");
    let then = then.given.when("add", json!({ "id": "b", "text": "Words." }));
    let effect = only(&then);
    let refusal = Refusal::rejected("model_quota", "used up");
    let then = then.given.when_outcome(&outcome(&effect, OutcomeResult::Failed(refusal)));
    let reply = &then.decided().completes[0].reply;
    assert_eq!((&reply["embedded"], &reply["code"]), (&json!(false), &json!("model_quota")));
    // As many vectors as passages, or none.
    let then = then.given.when("add", json!({ "id": "c", "text": "Words." }));
    let effect = only(&then);
    let then = then.given.when_outcome(&outcome(&effect, vectors(2)));
    assert_eq!(then.decided().completes[0].reply["embedded"], false);
    then.given.state_is_the_fold();
}

#[test]
fn a_replaced_document_answers_its_waiter_and_ignores_what_comes_late() {
    let then = base(json!({})).when("add", json!({ "id": "a", "text": "Old." }));
    let old = only(&then);
    let then = then.given.when("add", json!({ "id": "a", "text": "New." }));
    assert_eq!(then.decided().completes[0].refusal().unwrap().code, "document_superseded");
    let new = only(&then);
    let then = then.given.when_outcome(&outcome(&old, vectors(1)));
    assert!(then.decided().events.is_empty() && then.decided().completes.is_empty());
    let then = then.given.when_outcome(&outcome(&new, vectors(1)));
    assert_eq!(then.decided().completes[0].reply["version"], 3);
    let then =
        then.given.when("remove", json!({ "id": "a" })).then_reply(json!({ "documents": 0 }));
    then.given.state_is_the_fold();
    then.given.when("remove", json!({ "id": "a" })).then_refused("document_unknown");
}

#[test]
fn embedding_anew_asks_about_a_few_parts_at_once_and_then_serves() {
    let mut base = base(json!({}));
    for number in 0..12 {
        let input = json!({ "id": format!("d{number}"), "text": "Words." });
        let then = base.when("add", input);
        let effect = only(&then);
        base = then.given.when_outcome(&outcome(&effect, vectors(1))).given;
    }
    let then = base.when("reembed", json!({ "model": "fake/embed" }));
    assert_eq!(then.effects.len(), page::ASKED_MAX);
    let (mut waiting, mut given) = (then.effects.clone(), then.given);
    let mut done = Vec::new();
    while let Some(effect) = waiting.pop() {
        let Effect::Llm(llm) = &effect else { panic!("a model is asked") };
        assert_eq!(llm.request.model, "fake/embed");
        let then = given.when_outcome(&outcome(&effect, vectors(1)));
        waiting.extend(then.effects.clone());
        done.extend(then.decided().completes.clone());
        given = then.given;
    }
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].reply, json!({ "model": "fake/embed", "generation": 2, "failed": 0 }));
    assert_eq!(given.state.serving, 2);
    let served = given.happened().filter(|event| matches!(event, Event::Served(_))).count();
    assert_eq!(served, 1);
    given.state_is_the_fold();
}

#[test]
fn inputs_have_limits() {
    given::<Knowledge>([])
        .when("add", json!({ "id": "a", "text": "b" }))
        .then_refused("actor_not_found");
    base(json!({})).when("create", json!({})).then_refused("actor_exists");
    for bad in [json!({ "passage_bytes": 1 }), json!({ "model": " " }), json!({ "dimensions": 0 })]
    {
        given::<Knowledge>([]).when("create", bad).then_refused("invalid_input");
    }
    for bad in [
        json!({ "id": "a" }),
        json!({ "id": "", "text": "b" }),
        json!({ "id": "a", "text": "b", "osteon": "c" }),
        json!({ "id": "a", "text": "b".repeat(200_000) }),
        json!({ "id": "a", "text": "b", "metadata": { "note": "x".repeat(600) } }),
    ] {
        base(json!({})).when("add", bad).then_refused("invalid_input");
    }
}
