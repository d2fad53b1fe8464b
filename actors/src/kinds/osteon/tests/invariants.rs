use contracts::Effect;
use contracts::kinds::osteon::artifact::Artifact;
use proptest::prelude::{Just, Strategy, any};
use proptest::{prop_oneof, proptest};
use serde_json::{Value, json};

use super::{Osteon, document, now, outcome, request, sensible};
use crate::kinds::testing::Given;

/// A command, and how many of the waiting model calls are answered after it, and whether well.
type Step = ((&'static str, Value), u8, bool);

fn section() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("damage"), Just("costs"), Just("a"), Just("b")]
}

fn asking() -> impl Strategy<Value = (&'static str, Value)> {
    let text = "[a-c \n]{0,6}(\\[[0-3]\\])?";
    prop_oneof![
        3 => (section(), text, any::<Option<bool>>(), section()).prop_map(
            |(id, text, title, after)| ("set_section", json!({
                "section": id, "text": text,
                "title": title.map(|one| if one { "Damage" } else { "New" }),
                "after": title.map(|_| after),
            }))
        ),
        2 => (section(), 0..4_u8).prop_map(|(id, source)| ("cite", json!({
            "section": id, "source": { "title": format!("Source {source}") }
        }))),
        2 => (section(), proptest::option::of(section())).prop_map(
            |(id, after)| ("move_section", json!({ "section": id, "after": after }))
        ),
        1 => section().prop_map(|id| ("remove_section", json!({ "section": id }))),
        3 => section().prop_map(|id| ("edit", json!({ "section": id }))),
        1 => Just(("edit", json!({ "text": "Hello." }))),
        2 => section().prop_map(|title| ("draft", json!({
            "section_title": title, "sources": [{ "title": "Source 1", "text": "x" }]
        }))),
        1 => Just(("draft", json!({ "goal": "x" }))),
        1 => Just(("draft", json!({ "goal": "x", "outline": ["a", "Damage"] }))),
        1 => Just(("outline", json!({ "goal": "x" }))),
        1 => Just(("summarize", json!({}))),
        1 => Just(("rename", json!({ "title": "House" }))),
        1 => Just(("set_metadata", json!({ "metadata": { "a": 1 } }))),
        1 => Just(("create", json!({}))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (asking(), 0..3_u8, any::<bool>())
}

/// Answers the oldest of the waiting model calls.
fn answer(given: Given<Osteon>, waiting: &mut Vec<Effect>, well: bool) -> Given<Osteon> {
    if waiting.is_empty() {
        return given;
    }
    let effect = waiting.remove(0);
    let value = if well { sensible(request(&effect)) } else { json!({ "no": "answer" }) };
    let before = given.state.waiting.len();
    let then = given.when_outcome(&outcome(&effect, value));
    let completed = then.decided().completes.len();
    assert_eq!(completed + then.effects.len(), 1, "an outcome answers or asks on");
    assert_eq!(then.given.state.waiting.len(), before - completed);
    waiting.extend(then.effects);
    then.given
}

fn holds(given: Given<Osteon>) {
    given.state_is_the_fold();
    let state = given.state.clone();
    let mut ids: Vec<_> = state.sections.iter().map(|section| &section.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), state.sections.len(), "ids are unlike");
    let then = given.when("export", json!({}));
    let artifact: Artifact = serde_json::from_value(now(&then)["artifact"].clone()).unwrap();
    let citations = &artifact.body.citations;
    for (cited, number) in citations.iter().zip(1..) {
        assert_eq!(cited.number, number);
        let mark = format!("[@{}]", cited.id);
        for id in &cited.sections {
            let section = artifact.body.sections.iter().find(|section| section.id == *id);
            assert!(section.unwrap().text.contains(&mark), "a citation is used where it says");
        }
        assert!(!cited.sections.is_empty());
    }
    let listed = |id: &str| citations.iter().any(|cited| cited.id == id);
    let texts = artifact.body.sections.iter().map(|section| section.text.as_str());
    assert!(super::super::cite::used(texts, |_| true).iter().all(|id| listed(id)));
}

proptest! {
    #[test]
    fn states_are_folds_and_citations_are_real(
        steps in proptest::collection::vec(step(), 1..30),
    ) {
        let mut given = document();
        let mut waiting = Vec::new();
        for ((name, input), answers, well) in steps {
            let then = given.when(name, input);
            waiting.extend(then.effects);
            given = then.given;
            for _ in 0..answers {
                given = answer(given, &mut waiting, well);
            }
        }
        assert_eq!(given.state.waiting.len(), waiting.len());
        holds(given);
    }
}
