//! What the schemas of commands say of lengths and numbers is what the rules enforce: the limit
//! itself is taken, one more is refused, of every member of every command of every kind.

use cambium_tests::node::Node;
use contracts::kinds::organization;
use contracts::page::{CommandSpec, PageRef};
use contracts::ports::{CommandBus as _, Wait};
use contracts::{Address, Envelope, Refusal};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// A member with a bound: its name, and values at the bound and beyond it.
struct Bounded {
    field: String,
    at: Value,
    beyond: Value,
}

fn schema(spec: &CommandSpec) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    (spec.input)(&mut settings.into_generator()).to_value()
}

fn bounded(spec: &CommandSpec) -> Vec<Bounded> {
    let schema = schema(spec);
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let of = |(field, told): (&String, &Value)| {
        let (at, beyond) = if let Some(most) = told["maxLength"].as_u64() {
            (text(most), text(most + 1))
        } else if let Some(most) = told["maxItems"].as_u64() {
            (items(&told["items"], most), items(&told["items"], most + 1))
        } else if let Some(most) = told["maximum"].as_u64() {
            (json!(most), json!(most + 1))
        } else if let Some(most) = told["maximum"].as_f64() {
            (json!(most), json!(most * 1.5))
        } else {
            return None;
        };
        Some(Bounded { field: field.clone(), at, beyond })
    };
    properties.iter().filter_map(of).collect()
}

fn text(length: u64) -> Value {
    json!("x".repeat(usize::try_from(length).expect("it fits into memory")))
}

/// So many members, each another.
fn items(of: &Value, count: u64) -> Value {
    let capability = of["pattern"].as_str().is_some_and(|it| it.starts_with("^cap:"));
    let one = |number: u64| match of["required"].as_array() {
        None if capability => json!(format!("cap:t{number}.read")),
        None if of["type"] == "number" || of["type"] == "integer" => json!(number),
        None if of["type"] == "object" => json!({}),
        None => json!(format!("t{number}")),
        Some(names) => {
            let named = names.iter().filter_map(Value::as_str);
            let told = |name: &str| {
                // A word of several, or any.
                let of = &of["properties"][name];
                let word = [&of["oneOf"][0]["const"], &of["enum"][0]];
                let word = word.into_iter().find(|it| !it.is_null()).cloned();
                let other = || match of["type"].as_str() {
                    Some("boolean") => json!(true),
                    Some("array") => json!([]),
                    Some("integer" | "number") => json!(number),
                    _ => json!(format!("t{number}")),
                };
                (name.to_owned(), word.unwrap_or_else(other))
            };
            named.map(told).collect()
        }
    };
    (0..count).map(one).collect()
}

/// A text that only looks as it must is as long as is wanted, and begins as the example does.
fn after(example: &Value, value: Value) -> Value {
    match (example.as_str(), value.as_str()) {
        (Some(example), Some(text))
            if (example.starts_with('$') || example.starts_with("https://"))
                && text.len() > example.len() =>
        {
            json!(format!("{example}{}", &text[example.len()..]))
        }
        _ => value,
    }
}

/// Whether a refusal says that `field` itself is at fault, not a member of it.
fn names(refusal: &Refusal, field: &str) -> bool {
    let field = format!("input.{field}");
    refusal.code == "invalid_input" && refusal.errors.iter().any(|error| error.field == field)
}

/// Sends a command to an actor that the page's earlier examples were sent to.
async fn said(
    node: &Node,
    page: &PageRef,
    (spec, input): (&CommandSpec, Value),
    number: &mut u32,
) -> Result<(), Refusal> {
    *number += 1;
    let id = format!("key:probe-{number}");
    // An organization is called as its tenant is, and there is one of each.
    let (tenant, id) = match page.kind == organization::KIND {
        true => (format!("probe-{number}"), format!("probe-{number}")),
        false => ("main".to_owned(), id),
    };
    let to: Address = format!("{tenant}/{}/{id}", page.kind).parse().expect("an address");
    let envelope = |name, input| Envelope { to: to.clone(), ..node.command("x/x", name, input) };
    let earlier = page.commands.iter().take_while(|earlier| earlier.name != spec.name);
    for earlier in earlier {
        let envelope = envelope(earlier.name, earlier.example.clone());
        // Some say no once others have been said; what matters is that the actor is there.
        let _ = node.runtime.ask(envelope, Wait::Accepted).await;
    }
    let envelope = envelope(spec.name, input);
    node.runtime.ask(envelope, Wait::Accepted).await.map(|_| ())
}

#[tokio::test]
async fn the_bounds_of_the_schemas_are_those_of_the_rules() {
    let node = Node::start().await;
    let (mut number, mut seen) = (0, 0);
    let mut surprises = Vec::new();
    for page in contracts::Pages::standard().iter() {
        for spec in page.commands.iter() {
            for Bounded { field, at, beyond } in bounded(spec) {
                seen += 1;
                let with = |value: Value| {
                    let mut input = spec.example.clone();
                    input[&field] = after(&spec.example[&field], value);
                    if schema(spec)["properties"].get("role").is_some() {
                        input["role"] = json!("agent");
                    }
                    // One or the other.
                    if spec.name == "model_forecast" {
                        let other = if field == "area" { "values" } else { "area" };
                        input[other] = Value::Null;
                    }
                    input
                };
                let place = format!("{} {} {field}", page.kind, spec.name);
                let taken = said(&node, page, (spec, with(at)), &mut number).await;
                let refused = said(&node, page, (spec, with(beyond)), &mut number).await;
                let beyond = match refused {
                    Err(refusal) if names(&refusal, &field) => refusal,
                    other => {
                        surprises.push(format!("{place} beyond its limit: {other:?}"));
                        continue;
                    }
                };
                // What is as long as it may be, and means nothing, is refused for that.
                // An area has corners, whatever its bound.
                let area = ["area", "source", "categories"].contains(&field.as_str());
                let same = |it: &Refusal| !area && names(it, &field) && it.errors == beyond.errors;
                if let Some(refusal) = taken.err().filter(same) {
                    surprises.push(format!("{place} at its limit: {refusal}"));
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(seen >= 35, "only {seen} members have a bound");
    node.runtime.stop().await;
}
