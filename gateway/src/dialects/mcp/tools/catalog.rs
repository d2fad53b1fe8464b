//! The tools that the kinds make: one for each command, described by its page.

use contracts::access::Capability;
use contracts::page::{CommandSpec, PageRef, SchemaOf};
use contracts::{Kind, Pages};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// Words that commands begin with which take something away.
const DESTRUCTIVE: &[&str] = &[
    "archive", "cancel", "close", "delete", "disable", "discard", "end", "erase", "forget",
    "remove", "reset", "retire", "revoke", "suspend", "withdraw",
];

/// Kinds whose commands reach out into the world.
const WORLDLY: &[&str] = &["assistant", "embedding", "run", "webhook"];

/// A command as a tool.
#[derive(Debug, Clone)]
pub struct Tool {
    /// `<kind>.<command>`.
    pub name: String,
    /// Of which kind.
    pub kind: Kind,
    /// Which command.
    pub command: &'static str,
    /// As `tools/list` shows it.
    pub shown: Value,
}

impl Tool {
    /// What it takes.
    #[must_use]
    pub fn capability(&self) -> Capability<'_> {
        Capability::new(self.kind.as_str(), self.command)
    }

    fn of(page: &PageRef, spec: &CommandSpec) -> Self {
        let name = format!("{}.{}", page.kind, spec.name);
        let destroys = DESTRUCTIVE.iter().any(|word| {
            let rest = spec.name.strip_prefix(word);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        });
        let shown = json!({
            "name": name,
            "title": format!("{} {}", page.kind, spec.name.replace('_', " ")),
            "description": format!("{} Kind {}: {}", spec.about, page.kind, page.about),
            "inputSchema": input(page, spec),
            "outputSchema": output(spec),
            "execution": { "taskSupport": "optional" },
            "annotations": {
                "readOnlyHint": false,
                "destructiveHint": destroys,
                "idempotentHint": false,
                "openWorldHint": WORLDLY.contains(&page.kind.as_str()),
            },
        });
        Self { name, kind: page.kind.clone(), command: spec.name, shown }
    }
}

/// All tools that the kinds make, by name.
#[derive(Debug, Clone)]
pub struct Catalog(Vec<Tool>);

impl Catalog {
    /// Those of `pages`.
    #[must_use]
    pub fn of(pages: &Pages) -> Self {
        let of_page = |page: &PageRef| {
            page.commands.iter().map(|spec| Tool::of(page, spec)).collect::<Vec<_>>()
        };
        let mut tools: Vec<_> = pages.iter().flat_map(of_page).collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        Self(tools)
    }

    /// The tools in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tool> {
        let place = self.0.binary_search_by(|tool| tool.name.as_str().cmp(name)).ok()?;
        self.0.get(place)
    }
}

/// The schema of a type with all that it refers to.
fn schema(of: SchemaOf) -> (Value, Value) {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.meta_schema = None)
        .into_generator();
    let schema = of(&mut generator);
    let mut definitions = Value::Object(generator.take_definitions(true));
    let mut schema = Value::from(schema);
    plain(&mut schema);
    plain(&mut definitions);
    (schema, definitions)
}

/// Leaves out formats that no standard knows, about which clients complain.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let odd = |text: &str| {
                text.starts_with("uint") || text.starts_with("int") || text == "double"
            };
            if members.get("format").and_then(Value::as_str).is_some_and(odd) {
                members.remove("format");
            }
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

fn input(page: &PageRef, spec: &CommandSpec) -> Value {
    let (mut input, definitions) = schema(spec.input);
    let resolved = input["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/"));
    let resolved = resolved.and_then(|name| definitions.get(name)).unwrap_or(&input);
    let needed = resolved["required"].as_array().is_some_and(|names| !names.is_empty());
    if let Some(members) = input.as_object_mut() {
        members.insert("examples".to_owned(), json!([spec.example]));
    }
    let id = if spec.begins && !page.named {
        "The actor's id; left out, a new actor is made."
    } else {
        "The actor's id."
    };
    let mut required = Vec::new();
    if !spec.begins || page.named {
        required.push("id");
    }
    if needed {
        required.push("input");
    }
    let mut whole = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "description": id, "minLength": 1, "maxLength": 128 },
            "input": input,
            "expected_revision": {
                "type": "integer", "minimum": 0,
                "description": "Refused unless the actor is at this revision; 0 = it is new.",
            },
            "idempotency_key": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "A repeat with the same key gets the first answer.",
            },
            "wait_s": {
                "type": "integer", "minimum": 0,
                "description": "How long the answer is waited for, in seconds.",
            },
        },
        "required": required,
        "additionalProperties": false,
    });
    if definitions.as_object().is_some_and(|it| !it.is_empty()) {
        whole["$defs"] = definitions;
    }
    whole
}

fn output(spec: &CommandSpec) -> Value {
    let (output, definitions) = schema(spec.output);
    let mut whole = json!({
        "type": "object",
        "properties": {
            "kind": { "type": "string" },
            "id": { "type": "string", "description": "The actor's id." },
            "command": { "type": "string", "description": "The command's id." },
            "status": { "type": "string", "enum": ["accepted", "completed"] },
            "revision": { "type": "integer" },
            "cursor": { "type": "string" },
            "output": output,
            "next": { "type": "string", "description": "How to get an answer that is still due." },
        },
        "required": ["kind", "id", "command", "status", "revision", "cursor"],
    });
    if definitions.as_object().is_some_and(|it| !it.is_empty()) {
        whole["$defs"] = definitions;
    }
    whole
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::*;

    #[test]
    fn every_command_is_a_tool_with_a_name_that_mcp_allows() {
        let (pages, catalog) = (Pages::standard(), Catalog::of(&Pages::standard()));
        let commands: usize = pages.iter().map(|page| page.commands.len()).sum();
        assert_eq!(catalog.iter().count(), commands);
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        for tool in catalog.iter() {
            assert!(tool.name.len() <= 128 && tool.name.bytes().all(letter), "{}", tool.name);
            assert_eq!(catalog.get(&tool.name).map(|it| &it.name), Some(&tool.name));
        }
        assert!(catalog.get("counter.fly").is_none());
    }

    #[test]
    fn schemas_stand_alone() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    if let Some(to) = members.get("$ref").and_then(Value::as_str) {
                        found.push(to.to_owned());
                    }
                    members.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        for tool in Catalog::of(&Pages::standard()).iter() {
            for name in ["inputSchema", "outputSchema"] {
                let (schema, mut found) = (&tool.shown[name], Vec::new());
                references(schema, &mut found);
                for to in found {
                    let pointer = to.strip_prefix('#').expect("it leads into itself");
                    assert!(schema.pointer(pointer).is_some(), "{} {name} {to}", tool.name);
                }
            }
        }
    }

    #[test]
    fn hints_tell_what_takes_away() {
        let catalog = Catalog::of(&Pages::standard());
        let hint = |name: &str| {
            catalog.get(name).expect("there").shown["annotations"]["destructiveHint"] == true
        };
        assert!(hint("counter.reset") && !hint("counter.add"));
        let add = &catalog.get("counter.add").expect("there").shown["inputSchema"];
        assert_eq!(add["required"], json!([]), "it may begin a counter, by one");
        let reset = &catalog.get("counter.reset").expect("there").shown["inputSchema"];
        assert_eq!(reset["required"], json!(["id"]));
    }
}
