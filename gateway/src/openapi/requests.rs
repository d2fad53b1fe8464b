//! What every body has to keep to, said of all bodies: numbers that a double holds exactly, and
//! whether one may be left out.

use serde_json::{Map, Value, json};

use super::shapes::reference;

/// The largest integer that is read: what every JSON number says exactly (RFC 7493).
const INTEGER_MAX: i64 = 9_007_199_254_740_992;

/// Any JSON that is read.
pub(super) fn json() -> Value {
    json!({
        "description": "Any JSON, without integers that a double cannot hold.",
        "anyOf": [
            { "type": ["null", "boolean", "string"] },
            { "type": "number", "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX },
            { "type": "array", "items": reference("schemas", "Json") },
            { "type": "object", "additionalProperties": reference("schemas", "Json") },
        ],
    })
}

/// Narrows the bodies of all operations, with the schemas that they refer to.
pub(super) fn narrow<'a>(
    operations: impl Iterator<Item = &'a mut Value>,
    schemas: &mut Map<String, Value>,
) {
    let mut found = Vec::new();
    for operation in operations {
        let Some(body) = operation.get_mut("requestBody") else { continue };
        let Some(contents) = body.get_mut("content").and_then(Value::as_object_mut) else {
            continue;
        };
        for content in contents.values_mut() {
            narrowed(&mut content["schema"]);
            names(&content["schema"], &mut found);
        }
        let needed = contents.values().any(|content| needs(&content["schema"], schemas));
        if body.get("required").is_none() {
            body["required"] = json!(needed);
        }
    }
    let mut done = Vec::new();
    while let Some(name) = found.pop() {
        if done.contains(&name) {
            continue;
        }
        if let Some(schema) = schemas.get_mut(&name) {
            narrowed(schema);
            names(schema, &mut found);
        }
        done.push(name);
    }
}

/// Whether an empty object, which is what no body is, is too little.
pub(super) fn needs(schema: &Value, schemas: &Map<String, Value>) -> bool {
    let named = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let schema = named.and_then(|name| schemas.get(name)).unwrap_or(schema);
    let own = schema["required"].as_array().is_some_and(|names| !names.is_empty());
    let needed = |schema: &Value| needs(schema, schemas);
    let one = |name: &str| schema[name].as_array().is_some_and(|each| each.iter().all(needed));
    own || ["anyOf", "oneOf"].into_iter().any(one)
        || schema["allOf"].as_array().is_some_and(|all| all.iter().any(needed))
}

/// The components that a schema refers to.
fn names(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let path = members.get("$ref").and_then(Value::as_str);
            found.extend(path.and_then(|path| path.rsplit('/').next()).map(str::to_owned));
            members.values().for_each(|member| names(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// What schemas say of the form of a value; one that has none of these takes anything.
const SAYS: &[&str] = &["$ref", "type", "const", "enum", "anyOf", "oneOf", "allOf", "not"];

fn narrowed(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = reference("schemas", "Json");
    }
    let Some(members) = schema.as_object_mut() else { return };
    if !SAYS.iter().any(|name| members.contains_key(*name)) {
        let json = reference("schemas", "Json");
        members.extend(json.as_object().cloned().unwrap_or_default());
        return;
    }
    integer(members);
    for name in ["properties", "patternProperties"] {
        let inner = members.get_mut(name).and_then(Value::as_object_mut);
        inner.into_iter().flat_map(Map::values_mut).for_each(narrowed);
    }
    for name in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        let inner = members.get_mut(name).and_then(Value::as_array_mut);
        inner.into_iter().flatten().for_each(narrowed);
    }
    for name in ["items", "additionalProperties"] {
        members.get_mut(name).into_iter().for_each(narrowed);
    }
}

/// Bounds an integer that has none by what its format and what JSON hold.
fn integer(members: &mut Map<String, Value>) {
    let sort = members.get("type");
    let integer = sort.is_some_and(|sort| match sort {
        Value::Array(sorts) => sorts.iter().any(|sort| sort == "integer"),
        sort => sort == "integer",
    });
    if !integer {
        return;
    }
    let (least, most) = match members.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("uint16") => (0, i64::from(u16::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("uint64" | "uint") => (0, INTEGER_MAX),
        _ => (-INTEGER_MAX, INTEGER_MAX),
    };
    members.entry("minimum").or_insert(json!(least));
    members.entry("maximum").or_insert(json!(most));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{INTEGER_MAX, narrow};

    #[test]
    fn bodies_say_what_every_body_keeps_to() {
        let free = json!({ "$ref": "#/components/schemas/CambiumJson" });
        let schema = json!({
            "type": "object", "required": ["a"],
            "properties": {
                "a": true,
                "b": { "description": "Anything." },
                "c": { "type": ["integer", "null"], "format": "uint32" },
                "d": { "type": "integer", "minimum": 1, "maximum": 7 },
                "e": { "type": "object", "additionalProperties": true },
            },
        });
        let mut schemas = [("In".to_owned(), schema)].into_iter().collect();
        let of = |schema| {
            let content = json!({ "application/json": { "schema": schema } });
            json!({ "requestBody": { "content": content } })
        };
        let mut operations = [
            of(json!({ "$ref": "#/components/schemas/In" })),
            of(json!({ "type": "object", "properties": { "n": { "type": "integer" } } })),
            of(json!({ "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] })),
            of(json!({ "oneOf": [{ "required": ["a"] }, {}] })),
            of(json!({ "allOf": [{ "required": ["a"] }, {}] })),
        ];
        narrow(operations.iter_mut(), &mut schemas);
        assert_eq!(operations[0]["requestBody"]["required"], true);
        assert_eq!(operations[1]["requestBody"]["required"], false);
        let needed = [2, 3, 4].map(|at: usize| operations[at]["requestBody"]["required"].clone());
        assert_eq!(needed, [true, false, true].map(Value::Bool));
        let told = &operations[1]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(told["properties"]["n"]["maximum"], INTEGER_MAX);
        let told = &schemas["In"]["properties"];
        assert_eq!(told["a"], free);
        assert_eq!(told["b"]["$ref"], free["$ref"]);
        assert_eq!((&told["c"]["minimum"], &told["c"]["maximum"]), (&json!(0), &json!(u32::MAX)));
        assert_eq!(told["d"]["maximum"], 7);
        assert_eq!(told["e"]["additionalProperties"], free);
    }
}
