use serde_json::{Value, json};

use super::{finalize, plan, review, route};
use crate::model::local::LocalConfig;
use contracts::model::Source;

const TABLE: &str = "month,hives,sum\nMay,3,10\nJune,4,14\nJuly,5,15\nAugust,6,17\n";

fn all() -> Vec<String> {
    contracts::kinds::nucleus::catalogue::agents().into_iter().map(str::to_owned).collect()
}

fn ids(plan: &Value) -> Vec<&str> {
    let steps = plan["steps"].as_array().unwrap().iter();
    steps.map(|step| step["step_id"].as_str().unwrap()).collect()
}

#[test]
fn words_of_a_goal_pick_steps_and_say_why() {
    let made = plan("Write a report with a forecast and a csv file", &[], &all(), Some(TABLE));
    assert_eq!(ids(&made), ["outline", "draft", "summary", "ingest", "forecast", "workbook"]);
    let of = |id: &str| {
        let steps = made["steps"].as_array().unwrap();
        steps.iter().find(|step| step["step_id"] == id).unwrap().clone()
    };
    assert!(of("forecast")["input"].as_str().unwrap().contains("C2:C5"), "{made}");
    assert!(of("workbook")["input"].as_str().unwrap().contains("\"csv\""), "{made}");
    assert_eq!(of("draft")["actor_of"], "outline");
    assert_eq!(of("draft")["reason"], "the goal says “write”");
    assert_eq!(of("ingest")["reason"], "the material is a table of 4 rows");
    assert_eq!(made["unmet"], json!([]));
}

#[test]
fn what_a_goal_does_not_want_is_not_planned() {
    for (goal, steps) in [
        ("Make slides about roofs, do not make a report", &["storyboard", "slides"][..]),
        (
            "A report about roofs without any slides. As pdf",
            &["outline", "draft", "summary", "handout"],
        ),
        ("No slides, but a report", &["outline", "draft", "summary"]),
        ("Not only slides but a report", &["outline", "draft", "summary", "storyboard", "slides"]),
    ] {
        assert_eq!(ids(&plan(goal, &[], &all(), None)), steps, "{goal}");
    }
}

#[test]
fn what_nobody_does_is_said() {
    let made = plan("Forecast the sales as an excel file by mail", &[], &all(), None);
    let unmet = made["unmet"].to_string();
    assert!(unmet.contains("no table was brought"), "{unmet}");
    assert!(unmet.contains("mail"), "{unmet}");
    assert_eq!(ids(&made), Vec::<&str>::new());
    let made = plan("Write a memo", &[], &["myocyte".to_owned()], None);
    assert_eq!(ids(&made), Vec::<&str>::new());
    assert!(made["unmet"].to_string().contains("osteon is not available"), "{made}");
    let made = plan("Write a memo as a pdf", &[], &all(), None);
    assert_eq!(ids(&made), ["outline", "draft", "summary", "handout"]);
    assert!(made.to_string().contains("\\\"pdf\\\""), "{made}");
    let made = plan("Make a presentation for the council as pptx", &[], &all(), None);
    assert_eq!(ids(&made), ["storyboard", "slides", "slideshow"]);
    assert_eq!(made["unmet"], json!([]));
    let made = plan("Make slides about bees and export them as pdf", &[], &all(), None);
    assert_eq!(ids(&made), ["storyboard", "slides", "slideshow"]);
    assert!(made.to_string().contains("\\\"pdf\\\""), "{made}");
    let made = plan("Write a report with slides, as pdf", &[], &all(), None);
    assert_eq!(ids(&made), ["outline", "draft", "summary", "storyboard", "slides", "handout"]);
    let made = plan("Bees in the city", &[], &all(), None);
    assert_eq!(ids(&made), ["outline", "draft", "summary"]);
}

#[test]
fn a_request_is_routed_by_its_words() {
    for (request, agent, endpoint) in [
        ("Write a memo about hives", "osteon", "draft"),
        ("Please summarise this report", "osteon", "summarize"),
        ("Give me an outline", "osteon", "outline"),
        ("Shorten this text", "osteon", "edit"),
        ("Forecast the data of next month", "myocyte", "model_forecast"),
        ("Export it as xlsx", "chaperone", "export"),
        ("Prepare slides for the board", "synapse", "slide_make"),
        ("Draw a diagram of the steps", "synapse", "visualize"),
        ("Suggest another wording", "osteon", "suggest"),
        ("I need a timeline with milestones", "circadian", "plan_timeline"),
        ("How do bees sleep?", "run", "start"),
    ] {
        let told = route(request);
        assert_eq!(
            (told["agent"].as_str(), told["endpoint"].as_str()),
            (Some(agent), Some(endpoint)),
            "{request}: {told}"
        );
        assert!(told["confidence"].as_u64().unwrap() <= 80, "{told}");
    }
    let told = route("Hello there");
    assert_eq!((&told["agent"], &told["confidence"]), (&Value::Null, &json!(0)));
}

#[test]
fn what_can_be_measured_is_and_the_rest_is_not_judged() {
    let text = "# Costs\n\nThe 12 hives cost 900 euros. Bees fly.\n\n## Risks\n\nTODO";
    let of = |criterion: &str| {
        let wanted = ["hives".to_owned(), "landlord".to_owned()];
        let told = review(text, Some("Bees"), &wanted, &[criterion.to_owned()]);
        told["criteria_results"][0].clone()
    };
    for (criterion, pass) in [
        ("at least 5 words", Some(true)),
        ("at most 5 words", Some(false)),
        ("no more than 100 words", Some(true)),
        ("has headings: Costs, Risks", Some(true)),
        ("has headings: Costs, Staff", Some(false)),
        ("mentions hives and bees", Some(true)),
        ("mentions the landlord", Some(false)),
        ("has figures", Some(true)),
        ("cites its sources", Some(false)),
        ("no placeholders", Some(false)),
        ("completeness", Some(false)),
        ("quality", Some(false)),
        ("accuracy", None),
        ("elegance", None),
    ] {
        let told = of(criterion);
        assert_eq!(told["pass"].as_bool(), pass, "{criterion}: {told}");
        assert_eq!(told["score"].is_null(), pass.is_none(), "{criterion}: {told}");
    }
    assert!(of("completeness")["notes"].as_str().unwrap().contains("missing: landlord"));
}

#[test]
fn an_end_says_what_the_steps_say_and_what_was_not_done() {
    let source = |title: &str, text: &str| Source {
        title: title.to_owned(),
        reference: None,
        text: text.to_owned(),
    };
    let results = [source("draft", "Bees live in 12 hives. They fly far."), source("empty", "")];
    let undone = ["forecast: step_failed".to_owned()];
    let told = finalize("A report", &results, &undone, &LocalConfig::default());
    let whole = told["final"].as_str().unwrap();
    assert!(whole.contains("## draft") && whole.contains("- forecast: step_failed"), "{whole}");
    assert_eq!(
        told["key_outputs"],
        json!([{ "step_id": "draft", "text": "Bees live in 12 hives." }])
    );
    assert!(told["recommendations"][0].as_str().unwrap().contains("`forecast`"), "{told}");
    assert!(!told["summary"].as_str().unwrap().is_empty());
}
