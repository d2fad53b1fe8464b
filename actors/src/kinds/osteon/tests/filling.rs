//! Templates and their fields.

use contracts::kinds::osteon::limits::FILL_PLACES_MAX;
use serde_json::{Value, json};

use super::super::Osteon;
use super::now;
use crate::kinds::testing::{Given, Then, given};

fn refused(then: &Then<Osteon>) -> &contracts::Refusal {
    then.result.as_ref().expect_err("refused")
}

fn document(title: &str, sections: &[(&str, &str)]) -> Given<Osteon> {
    let mut made = given::<Osteon>(Vec::new()).when("create", json!({ "title": title })).given;
    for (name, text) in sections {
        let set = json!({ "section": "s", "title": name, "text": text });
        made = made.when("set_section", set).given;
    }
    made
}

#[test]
fn every_field_is_filled_outside_of_code() {
    let text = "Dear {{ who }}, {{who}}: `{{who}}` [{{link}}]({{link}}) \\{{who}} {{Who}} {{who\n";
    let made = document("To {{who}}", &[("For {{who}}", text)]);
    let fields = json!({ "who": "Ada\nBerg", "link": "https://example.org" });
    let then = made.when("fill", json!({ "fields": fields }));
    assert_eq!(*now(&then), json!({ "title": "To Ada Berg", "places": 6, "left": [] }));
    let section = &then.given.state.sections[0];
    assert_eq!(section.title, "For Ada Berg");
    let link = "https://example.org";
    let filled = format!(
        "Dear Ada\nBerg, Ada\nBerg: `{{{{who}}}}` [{link}]({link}) \\{{{{who}}}} {{{{Who}}}} {{{{who\n"
    );
    assert_eq!(section.text, filled);
    then.given.state_is_the_fold();
}

#[test]
fn fields_that_are_not_told_or_unknown_are_named_and_nothing_is_changed() {
    let made = document("Offer", &[("Price", "{{price}} for {{client}}\n")]);
    let then = made.when("fill", json!({ "fields": { "prize": "9" } }));
    assert_eq!(refused(&then).code, "fields_differ");
    let told = json!({ "missing": ["client", "price"], "unknown": ["prize"] });
    assert_eq!(refused(&then).details.as_deref(), Some(&told));
    let some = json!({ "fields": { "price": "9 euros" }, "partly": true });
    let then = then.given.when("fill", some);
    assert_eq!(now(&then)["left"], json!(["client"]));
    assert_eq!(then.given.state.sections[0].text, "9 euros for {{client}}\n");
}

#[test]
fn what_is_filled_is_not_filled_again_and_is_bounded() {
    let fill = |text: &str| json!({ "fields": { "a": text } });
    let then = document("Loop", &[("One", "{{a}}")]).when("fill", fill("{{a}} {{b}}"));
    assert_eq!(now(&then)["left"], json!(["a", "b"]));
    let many = "{{a}}".repeat(FILL_PLACES_MAX + 1);
    let then = document("Many", &[("One", &many)]).when("fill", fill("b"));
    assert_eq!(refused(&then).code, "invalid_input");
    let then =
        document("Long", &[("One", &"{{a}}".repeat(20))]).when("fill", fill(&"b".repeat(9_000)));
    assert_eq!(refused(&then).code, "document_full");
    let then = document("{{a}}", &[]).when("fill", fill(" "));
    assert_eq!(refused(&then).code, "invalid_input");
}

#[test]
fn every_template_is_whole_once_its_fields_are_filled() {
    for template in ["letter", "minutes", "proposal", "report"] {
        let create = json!({ "template": template });
        let made = given::<Osteon>(Vec::new()).when("create", create).given;
        let then = made.when("fill", json!({ "fields": { "none": "" } }));
        let told = refused(&then).details.as_deref().cloned().unwrap_or_default();
        let names = told["missing"].as_array().expect("names").iter().filter_map(Value::as_str);
        let fields: serde_json::Map<String, Value> =
            names.map(|name| (name.to_owned(), json!(format!("the {name}")))).collect();
        assert!(fields.len() >= 7, "{template}: {fields:?}");
        let then = then.given.when("fill", json!({ "fields": fields }));
        assert_eq!(now(&then)["left"], json!([]), "{template}");
        let state = &then.given.state;
        let open =
            state.sections.iter().any(|it| it.text.contains("{{") || it.title.contains("{{"));
        assert!(!open && !state.sections.is_empty(), "{template}");
    }
}
