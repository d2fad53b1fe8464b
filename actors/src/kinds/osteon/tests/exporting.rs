use contracts::kinds::osteon::artifact::Artifact;
use contracts::state_hash;
use serde_json::{Value, json};

use super::{Osteon, document, given, now};
use crate::kinds::testing::Given;

fn export(given: Given<Osteon>, input: Value) -> (Artifact, Given<Osteon>) {
    let then = given.when("export", input).then_events(&[]);
    let value = now(&then)["artifact"].clone();
    let artifact: Artifact = serde_json::from_value(value.clone()).expect("it follows the schema");
    assert_eq!(json!(artifact), value, "and has nothing beside it");
    let hash = artifact.content_hash().expect("it can be hashed").to_string();
    assert_eq!(artifact.meta.content_hash, hash);
    (artifact, then.given)
}

/// Checks a value against the part of JSON Schema that the published file uses.
fn follows(schema: &Value, value: &Value, root: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").expect("a local reference");
        return follows(&root["$defs"][name], value, root);
    }
    for any in ["oneOf", "anyOf"] {
        if let Some(ways) = schema[any].as_array() {
            return ways.iter().any(|way| follows(way, value, root));
        }
    }
    let is = |kind: &Value| match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the check does not know {other}"),
    };
    let kinds =
        schema["type"].as_array().map_or_else(|| vec![&schema["type"]], |all| all.iter().collect());
    let named = |name: &String| schema["properties"].get(name).is_some();
    let members = || value.as_object().into_iter().flatten();
    kinds.into_iter().any(is)
        && schema.get("const").is_none_or(|wanted| wanted == value)
        && schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|name| value.get(name.as_str().expect("a name")).is_some())
        && (schema["additionalProperties"] != false || members().all(|(name, _)| named(name)))
        && members()
            .filter(|(name, _)| named(name))
            .all(|(name, member)| follows(&schema["properties"][name], member, root))
        && value.as_array().into_iter().flatten().all(|item| follows(&schema["items"], item, root))
}

#[test]
fn an_export_follows_the_published_schema() {
    let schema = include_str!("../../../../../docs/schemas/osteon.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let cite = json!({ "section": "costs", "source": { "title": "List", "reference": "p. 1" } });
    let then = document().when("cite", cite);
    let input = json!({ "metadata": { "project": "house", "tags": [1, "two"] } });
    let (artifact, _) = export(then.given, input);
    let value = json!(artifact);
    assert!(follows(&schema, &value, &schema));
    for (path, wrong) in
        [("/kind", json!("myotab")), ("/body/toc", json!([1])), ("/meta/version", json!("1"))]
    {
        let mut broken = value.clone();
        *broken.pointer_mut(path).expect("it is there") = wrong;
        assert!(!follows(&schema, &broken, &schema), "{path}");
    }
}

#[test]
fn an_export_is_the_document() {
    let (artifact, _) = export(document(), json!({}));
    assert_eq!(artifact.meta.title, "Roof");
    assert_eq!(artifact.meta.version, 3);
    assert!(artifact.meta.created_at.is_some());
    assert_eq!(artifact.body.toc, ["Damage", "Costs"]);
    assert_eq!(artifact.body.sections[1].id, "costs");
    assert!(artifact.body.citations.is_empty());
}

#[test]
fn the_same_revision_gives_the_same_bytes() {
    let (first, given) = export(document(), json!({}));
    let (second, given) = export(given, json!({}));
    assert_eq!(state_hash(&json!(first)).unwrap(), state_hash(&json!(second)).unwrap());
    let waiting = given.when("edit", json!({ "text": "Hello." }));
    let (third, _) = export(waiting.given, json!({}));
    assert_eq!(first, third, "a wait changes no version");
}

#[test]
fn equal_documents_have_equal_content_hashes() {
    let (first, _) = export(document(), json!({}));
    let then = document().when("move_section", json!({ "section": "costs" }));
    let back = json!({ "section": "costs", "after": "damage" });
    let (moved, given) = export(then.given, json!({}));
    let (second, _) = export(given.when("move_section", back).given, json!({}));
    assert_ne!(first.meta.content_hash, moved.meta.content_hash);
    assert_eq!(first.meta.content_hash, second.meta.content_hash);
    assert_ne!(first.meta.version, second.meta.version);
}

#[test]
fn title_and_metadata_may_be_others_in_the_export() {
    let then = document().when("set_metadata", json!({ "metadata": { "a": 1, "b": 1 } }));
    let input = json!({ "title": "House", "metadata": { "b": 2 } });
    let (artifact, given) = export(then.given, input);
    assert_eq!(artifact.meta.title, "House");
    assert_eq!(json!(artifact.meta.metadata), json!({ "a": 1, "b": 2 }));
    assert_eq!(given.state.title.as_deref(), Some("Roof"));
}

#[test]
fn sections_may_be_sent_along() {
    let input = json!({ "sections": [{ "title": "A", "text": "b" }, { "id": "x", "title": "C" }] });
    let (artifact, _) = export(given::<Osteon>([]), input);
    assert_eq!(artifact.meta.title, "Untitled Document");
    assert_eq!((artifact.meta.version, artifact.meta.created_at), (0, None));
    let ids: Vec<_> = artifact.body.sections.iter().map(|section| section.id.as_str()).collect();
    assert_eq!(ids, ["s_1", "x"]);
}

#[test]
fn inputs_are_held_to_their_limits() {
    for input in [
        json!({ "title": "" }),
        json!({ "metadata": { "version": 2 } }),
        json!({ "sections": [{ "title": "" }] }),
        json!({ "sections": [{ "id": "a.b", "title": "A" }] }),
        json!({ "sections": [{ "id": "a", "title": "A" }, { "id": "a", "title": "A" }] }),
        json!({ "format": "pdf" }),
    ] {
        document().when("export", input).then_refused("invalid_input");
    }
}
