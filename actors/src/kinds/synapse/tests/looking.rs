use contracts::kinds::synapse::limits::FILE_BYTES_MAX;
use serde_json::{Value, json};

use super::{deck, now};

#[test]
fn what_does_not_fit_is_told_with_how_much() {
    let then = deck().when("check", json!({}));
    assert_eq!(*now(&then), json!({ "fits": true, "slides": 2, "findings": [] }));
    assert!(then.decided().events.is_empty());
    let long = "A sentence that is much too long for its box. ".repeat(100);
    let then = then.given.when("slide_edit", json!({ "slide": "costs", "text": long }));
    let told = then.given.when("check", json!({ "slide": "costs" }));
    let told = now(&told);
    assert_eq!(
        (told["fits"].clone(), told["findings"][0]["flaw"].clone()),
        (json!(false), json!("overflows"))
    );
    assert!(told["findings"][0]["points"].as_f64().unwrap() > 100.0, "{told}");
}

#[test]
fn flaws_have_names() {
    let picture = json!({ "picture": { "source": format!("blob:{}", "0".repeat(64)) } });
    let add = json!({ "slide": "seen", "layout": "picture", "parts": [picture] });
    let then = deck().when("slide_add", add).given.when("check", json!({ "slide": "seen" }));
    let findings = now(&then)["findings"].as_array().unwrap().clone();
    let flaws: Vec<_> = findings.iter().map(|it| it["flaw"].as_str().unwrap()).collect();
    assert_eq!(flaws, ["untitled", "wordless"]);
    let empty = then.given.when("slide_add", json!({ "slide": "empty", "layout": "blank" }));
    let told = empty.given.when("check", json!({ "slide": "empty" }));
    assert_eq!(now(&told)["findings"][0]["flaw"], "empty");
}

#[test]
fn the_deck_and_a_slide_are_told() {
    let then = deck().when("read", json!({}));
    let told = now(&then).clone();
    assert_eq!(told["slides"][1]["title"], "Costs");
    assert_eq!(told["slides"][1]["parts"], json!(["text", "text"]));
    assert_eq!(told["layouts"][0]["places"]["0"], "title");
    assert_eq!(told.get("slide"), None);
    let then = then.given.when("read", json!({ "slide": "costs", "svg": true }));
    let told = now(&then);
    assert_eq!(told["slide"]["parts"][0]["content"]["text"][0]["words"][0]["text"], "Costs");
    let svg = told["svg"].as_str().unwrap();
    assert!(svg.starts_with("<svg") && svg.contains(">euros<") && svg.contains(">2<"), "{svg}");
}

#[test]
fn a_small_deck_is_a_file() {
    for (format, ending) in
        [("synslide", "synslide"), ("pptx", "pptx"), ("pdf", "pdf"), ("markdown", "md")]
    {
        let then = deck().when("export", json!({ "format": format }));
        let told = now(&then).clone();
        assert_eq!(told["filename"], format!("Roof.{ending}"));
        assert!(told["bytes"].as_u64().unwrap() > 50);
        let held: Vec<Value> = ["artifact", "text", "base64"]
            .iter()
            .filter_map(|name| told.get(*name).cloned())
            .collect();
        assert_eq!(held.len(), 1, "{format}");
        let again = deck().when("export", json!({ "format": format }));
        assert_eq!(*now(&again), told, "the same deck is the same file");
    }
    let metadata = json!({ "slides": [1] });
    let then = deck().when("export", json!({ "title": "Other", "metadata": metadata }));
    assert_eq!(now(&then)["artifact"]["body"]["title"], "Other");
    assert_eq!(now(&then)["metadata"], metadata);
    let text = "x ".repeat(9_000);
    let mut given = deck();
    for _ in 0..=FILE_BYTES_MAX / text.len() {
        given = given.when("slide_add", json!({ "text": text })).given;
    }
    given.when("export", json!({})).then_refused("file_too_large");
}
