use contracts::kinds::synapse::limits::{MATERIAL_BYTES_MAX, WAITING_MAX};
use contracts::limits::COMMIT_BYTES_MAX;
use contracts::model::Task;
use contracts::{Outcome, OutcomeResult, Refusal, Reply};
use serde_json::{Value, json};

use super::{Synapse, completion, given, ids, local, now, outcome, plan, request};
use crate::model::Local;

#[test]
fn a_storyboard_begins_a_deck_and_is_kept() {
    let input = json!({ "topic": "Roof repair", "audience": "owners", "num_slides": 5 });
    let then = given::<Synapse>([]).when("storyboard", input);
    assert_eq!(then.types(), ["Created", "StoryboardAsked"]);
    assert!(matches!(then.decided().reply, Reply::Later { .. }));
    let asked = request(&then.effects[0]);
    let Task::Storyboard { topic, audience, slides, .. } = &asked.task else { panic!("a plan") };
    assert_eq!((topic.as_str(), audience.as_str(), *slides), ("Roof repair", "owners", 5));
    assert!(asked.turns[1].content.contains("owners"));
    let told = outcome(&then.effects[0], plan());
    let then = then.given.when_outcome(&told);
    assert_eq!(then.types(), ["StoryboardMade", "AskConcluded"]);
    assert_eq!(completion(&then).reply["generated_by"], local());
    assert!(then.given.state.waiting.is_empty());
    let made = then.given.when("slide_make", json!({}));
    assert_eq!(made.types(), ["SlideAdded", "SlideAdded"]);
    assert_eq!(made.given.state.slides[0].generated_by, serde_json::from_value(local()).ok());
    made.given.state_is_the_fold();
}

#[test]
fn a_storyboard_needs_a_topic_and_keeps_its_bounds() {
    for input in [
        json!({}),
        json!({ "topic": " " }),
        json!({ "topic": "x", "num_slides": 0 }),
        json!({ "topic": "x", "num_slides": 101 }),
        json!({ "topic": "x", "audience": "" }),
        json!({ "topic": "x", "outline": vec!["a"; 101] }),
        json!({ "topic": "x", "outline": [""] }),
        json!({ "topic": "x", "sections": [{ "title": "" }] }),
        json!({ "topic": "x", "context": "x".repeat(MATERIAL_BYTES_MAX + 1) }),
        json!({ "topic": "x", "slides": 5 }),
    ] {
        given::<Synapse>([]).when("storyboard", input).then_refused("invalid_input");
    }
}

#[test]
fn what_a_model_answers_off_the_schema_is_refused_and_changes_nothing() {
    let card = json!({ "title": "A", "description": "", "slide_type": "content", "points": [] });
    let with = |name: &str, value: Value| {
        let mut card = card.clone();
        card[name] = value;
        json!({ "storyboard": [card] })
    };
    for value in [
        json!({}),
        json!({ "storyboard": [] }),
        json!({ "storyboard": vec![card.clone(); 4] }),
        with("title", json!(" ")),
        with("title", json!("x".repeat(201))),
        with("slide_type", json!("film")),
        with("points", json!(vec!["a"; 13])),
        with("points", json!([""])),
        with("more", json!(1)),
    ] {
        let input = json!({ "topic": "Roof", "num_slides": 3 });
        let then = given::<Synapse>([]).when("storyboard", input);
        let told = outcome(&then.effects[0], value.clone());
        let then = then.given.when_outcome(&told);
        let refusal = completion(&then).refusal().expect("it failed");
        assert_eq!(refusal.code, "model_answer_invalid", "{value}");
        assert_eq!(then.types(), ["AskConcluded"]);
        assert!(then.given.state.storyboard.is_empty() && then.given.state.waiting.is_empty());
    }
}

#[test]
fn a_model_that_fails_is_told() {
    let then = given::<Synapse>([]).when("storyboard", json!({ "topic": "Roof" }));
    let refusal = Refusal::rejected("model_refused", "no");
    let result = OutcomeResult::Failed(refusal);
    let told = Outcome { result, ..outcome(&then.effects[0], plan()) };
    let then = then.given.when_outcome(&told);
    assert_eq!(completion(&then).refusal().expect("it failed").code, "model_refused");
    let again = then.given.when_outcome(&told);
    assert!(again.decided().events.is_empty(), "nobody waits any more");
}

#[test]
fn a_deck_waits_for_so_many_answers() {
    let mut given = given::<Synapse>([]);
    for _ in 0..WAITING_MAX {
        given = given.when("storyboard", json!({ "topic": "Roof" })).given;
    }
    let then = given.when("storyboard", json!({ "topic": "Roof" }));
    assert!(then.then_refused("too_many_waiting").result.unwrap_err().retry_after_ms.is_some());
}

/// What the rules of the house plan.
fn planned(input: Value) -> Vec<Value> {
    let then = given::<Synapse>([]).when("storyboard", input);
    let answer = Local::default().answer(request(&then.effects[0])).expect("an answer");
    let told = outcome(&then.effects[0], answer.value.expect("a value"));
    let then = then.given.when_outcome(&told);
    assert!(completion(&then).ok, "{:?}", completion(&then).reply);
    assert_eq!(completion(&then).reply["generated_by"], local());
    let cards = completion(&then).reply["storyboard"].as_array().expect("a list").clone();
    let made = then.given.when("slide_make", json!({}));
    assert_eq!(made.decided().events.len(), cards.len());
    cards
}

#[test]
fn the_rules_follow_sections_and_make_nothing_up() {
    let cards = planned(json!({ "topic": "Roof repair", "audience": "owners", "sections": [
        { "title": "Damage", "text": "Forty tiles broke in the storm. The wall is dry." },
        { "title": "Costs", "text": "- Tiles cost 420 euros\n- Work costs 900 euros\n- 3 days" },
    ] }));
    let titles: Vec<_> = cards.iter().map(|card| card["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Roof repair", "Damage", "Costs", "In short"]);
    let sorts: Vec<_> = cards.iter().map(|card| card["slide_type"].as_str().unwrap()).collect();
    assert_eq!(sorts, ["title", "content", "data", "conclusion"]);
    assert_eq!(cards[0]["description"], "For owners");
    assert_eq!(cards[1]["points"], json!(["Forty tiles broke in the storm.", "The wall is dry."]));
    assert_eq!(cards[2]["points"].as_array().unwrap().len(), 3);
    assert_eq!(cards[3]["points"][0], "Damage: Forty tiles broke in the storm.");
}

#[test]
fn the_rules_keep_to_the_number_of_slides() {
    let outline = ["One", "Two", "Three", "Four", "Next steps"];
    for slides in 1..=8_usize {
        let input = json!({ "topic": "Roof", "num_slides": slides, "outline": outline });
        let cards = planned(input);
        assert!(!cards.is_empty() && cards.len() <= slides, "{slides}: {}", cards.len());
        assert_eq!(cards[0]["slide_type"], "title");
        if slides >= 7 {
            assert_eq!(cards.last().unwrap()["title"], "Next steps");
        }
    }
    let cards = planned(json!({ "goal": "Explain the repair", "num_slides": 5 }));
    assert_eq!(cards.len(), 5);
    let cards = planned(json!({ "topic": "תיקון גג 🏠", "outline": ["נזק", "עלויות 💶"] }));
    assert_eq!(cards[1]["title"], "נזק");
}

#[test]
fn the_largest_request_fits_into_a_commit() {
    let context = "x".repeat(MATERIAL_BYTES_MAX);
    let then = given::<Synapse>([]).when("storyboard", json!({ "topic": "x", "context": context }));
    let whole = json!([then.decided().events, then.effects]);
    assert!(contracts::codec::encode(&whole).unwrap().len() < COMMIT_BYTES_MAX);
}

#[test]
fn slides_are_made_of_a_plan_that_is_given() {
    let storyboard = json!([
        { "title": "Roof", "description": "What it costs", "slide_type": "title" },
        { "title": "Damage", "description": "Tiles broke. It rained." },
        { "title": "Costs", "points": ["420", "900"], "slide_type": "data" },
        { "title": "House", "slide_type": "image" },
        { "title": "End", "slide_type": "conclusion" }
    ]);
    let then = given::<Synapse>([]).when("slide_make", json!({ "storyboard": storyboard }));
    assert_eq!(then.types()[..2], ["Created", "StoryboardMade"]);
    let told = now(&then).clone();
    assert_eq!(told["slides"][1]["content"], json!(["Tiles broke.", "It rained."]));
    assert_eq!(told["slides"][2]["content"], json!(["420", "900"]));
    assert_eq!(told["speaker_notes"][1], "Tiles broke. It rained.");
    let nodes = told["layout_graph"]["nodes"].as_array().unwrap();
    assert_eq!((nodes.len(), &nodes[4]["position"]), (5, &json!(4)));
    assert_eq!(told["layout_graph"]["edges"].as_array().unwrap().len(), 4);
    let layouts: Vec<_> =
        then.given.state.slides.iter().map(|kept| kept.slide.layout.clone()).collect();
    let plain = "title_and_content";
    assert_eq!(layouts, ["title", plain, "two_columns", "picture", plain]);
    assert_eq!(ids(&then.given).len(), 5);
    let none = given::<Synapse>([]).when("slide_make", json!({}));
    none.then_refused("storyboard_missing");
    let none = json!({ "storyboard": [] });
    given::<Synapse>([]).when("slide_make", none).then_refused("invalid_input");
}
