use super::Document;

/// The schema is as strict as the reader: no object takes members that it does not know.
#[test]
fn every_object_of_the_schema_is_closed() {
    let schema = Document::schema();
    let definitions = schema["$defs"].as_object().unwrap().clone();
    let objects = definitions.values().filter(|it| it["type"] == "object");
    let open: Vec<_> = objects.filter(|it| it["additionalProperties"] != false).collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(schema["additionalProperties"], false);
}
