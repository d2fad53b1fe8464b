//! From a policy as Version_7 writes it to one of ours. There it was parsed and never asked; here
//! every part of it is in force, and what cannot be is refused.

use contracts::FieldError;
use contracts::kinds::policy::Document;
use serde_json::{Map, Value, json};

/// Members of such a policy that are about something else: they are kept by whoever wrote it.
const ELSEWHERE: &[&str] = &["llm", "branching", "reviews", "name", "_meta"];

/// A policy, and what of its text is not in it.
#[derive(Debug)]
pub struct Translated {
    /// The policy.
    pub document: Document,
    /// What is not in it, for people.
    pub notes: Vec<String>,
}

/// Reads either form: theirs has `allowed_dirs` or a version that is a text.
///
/// # Errors
/// Where it cannot be used, and why.
pub fn read(value: &Value) -> Result<Translated, Vec<FieldError>> {
    let theirs = value["version"].is_string() || value.get("allowed_dirs").is_some();
    if !theirs {
        let document = actors::policy::document(value.clone())?;
        return Ok(Translated { document, notes: Vec::new() });
    }
    let members = value.as_object().cloned().unwrap_or_default();
    let mut notes = Vec::new();
    let mut ours = json!({ "version": 1 });
    let mut files = Map::new();
    for (name, member) in members {
        match name.as_str() {
            "version" if member == "1" => {}
            "version" => return Err(fault("version", "is the text \"1\"")),
            "description" => ours["description"] = member,
            "allowed_dirs" if member.as_array().is_some_and(Vec::is_empty) => {
                return Err(fault("allowed_dirs", "has at least one member"));
            }
            "allowed_dirs" | "deny_globs" | "max_diff_lines" => drop(files.insert(name, member)),
            "rules" => ours["rules"] = rules(&member)?,
            other if ELSEWHERE.contains(&other) => {
                notes.push(format!("`{other}` is no rule about commands and is not in the policy"));
            }
            other => return Err(fault(other, "is no member of a policy")),
        }
    }
    files.entry("max_diff_lines").or_insert(json!(800));
    ours["files"] = Value::Object(files);
    Ok(Translated { document: actors::policy::document(ours)?, notes })
}

fn rules(value: &Value) -> Result<Value, Vec<FieldError>> {
    let all = value.as_array().ok_or_else(|| fault("rules", "is a list"))?;
    let ours = all.iter().enumerate().map(|(at, theirs)| rule(at, theirs));
    ours.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn rule(at: usize, theirs: &Value) -> Result<Value, Vec<FieldError>> {
    let place = |name: &str| format!("rules[{at}].{name}");
    let members = theirs.as_object().ok_or_else(|| fault(&format!("rules[{at}]"), "is a map"))?;
    let mut ours = json!({ "id": format!("rule-{at}"), "effect": "deny" });
    let mut matched = Map::new();
    for (name, member) in members {
        match name.as_str() {
            "id" => ours["id"] = member.clone(),
            "description" => ours["reason"] = member.clone(),
            "condition" => ours["when"] = member.clone(),
            "action" => ours["effect"] = member.clone(),
            "match" => match member {
                Value::String(pattern) => {
                    matched.insert("regex".to_owned(), json!([{ "pattern": pattern }]));
                }
                _ => matches(member, &mut matched).map_err(|why| fault(&place("match"), why))?,
            },
            "paths_deny" => drop(matched.insert("paths".to_owned(), member.clone())),
            _ => return Err(fault(&place(name), "is no member of a rule")),
        }
    }
    if !matched.is_empty() {
        ours["match"] = Value::Object(matched);
    }
    Ok(ours)
}

/// Intents are commands, targets are kinds.
fn matches(member: &Value, matched: &mut Map<String, Value>) -> Result<(), &'static str> {
    let members = member.as_object().ok_or("is a regular expression or a map")?;
    for (name, member) in members {
        let ours = match name.as_str() {
            "intents" => "commands",
            "targets" => "kinds",
            _ => return Err("has the members `intents` and `targets`"),
        };
        matched.insert(ours.to_owned(), member.clone());
    }
    Ok(())
}

fn fault(field: &str, message: impl Into<String>) -> Vec<FieldError> {
    vec![FieldError { field: field.to_owned(), message: message.into() }]
}

/// `over` laid upon `base`: maps are joined, everything else is replaced, null takes away.
pub fn merge(base: &mut Value, over: &Value) {
    let (Some(base), Some(over)) = (base.as_object_mut(), over.as_object()) else {
        *base = over.clone();
        return;
    };
    for (name, value) in over {
        if value.is_null() {
            base.remove(name);
        } else if value.is_object() {
            merge(base.entry(name.clone()).or_insert(json!({})), value);
        } else {
            base.insert(name.clone(), value.clone());
        }
    }
}

/// What differs between the members of two policies.
pub fn difference(before: &Value, after: &Value) -> Value {
    let empty = Map::new();
    let (before, after) =
        (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let added: Map<_, _> = after
        .iter()
        .filter(|(name, _)| !before.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let removed: Vec<_> = before.keys().filter(|name| !after.contains_key(*name)).collect();
    let changed: Map<_, _> = before
        .iter()
        .filter_map(|(name, from)| {
            let to = after.get(name).filter(|to| *to != from)?;
            Some((name.clone(), json!({ "from": from, "to": to })))
        })
        .collect();
    json!({ "added": added, "removed": removed, "changed": changed })
}

#[cfg(test)]
mod tests {
    use actors::policy::{Compiled, Question, value};
    use contracts::kinds::policy::Ruling;
    use contracts::{ActorId, CommandName, Kind, Origin, Principal, Revision, Tenant, Timestamp};
    use serde_json::{Value, json};

    use super::{difference, merge, read};

    const THEIRS: &str = r#"
version: "1"
allowed_dirs: [api, docs]
deny_globs: ["**/*.pem"]
max_diff_lines: 10
llm: { model: some, temperature: 0 }
rules:
  - id: no-deploys
    description: Not from here.
    match: { intents: [deploy], targets: [agent] }
    action: review
  - id: no-keys
    match: 'BEGIN [A-Z ]*PRIVATE KEY'
    action: deny
"#;

    fn ruling(
        document: &contracts::kinds::policy::Document,
        command: &str,
        input: &Value,
    ) -> Ruling {
        let compiled = Compiled::new("theirs", document).expect("it can be used");
        let verdict = compiled.evaluate(&Question {
            tenant: &Tenant::from_static("main"),
            kind: &Kind::from_static("agent"),
            id: &ActorId::from_static("a"),
            revision: Revision::ZERO,
            command: &command.parse::<CommandName>().expect("a name"),
            input,
            principal: &Principal::from_static("ada"),
            roles: &[],
            origin: Origin::Http,
            at: Timestamp::from_millis(0),
            effect: None,
        });
        verdict.ruling
    }

    #[test]
    fn what_was_only_parsed_there_is_in_force_here() {
        let translated = read(&value(THEIRS).expect("YAML")).expect("a policy");
        assert_eq!(translated.notes.len(), 1, "{:?}", translated.notes);
        let of = |command: &str, input: Value| ruling(&translated.document, command, &input);
        assert_eq!(of("act", json!({ "path": "api/x.py" })), Ruling::Allow);
        assert_eq!(of("act", json!({ "path": "api/../../etc/passwd" })), Ruling::Deny);
        assert_eq!(of("act", json!({ "path": "docs/a.pem" })), Ruling::Deny);
        assert_eq!(of("deploy", json!({})), Ruling::Review);
        assert_eq!(of("act", json!({ "text": "-----BEGIN RSA PRIVATE KEY" })), Ruling::Deny);
        let long = "+x\n".repeat(20);
        let diff = format!("--- a/api/x\n+++ b/api/x\n@@ -0,0 +1,20 @@\n{long}");
        assert_eq!(of("act", json!({ "diff": diff })), Ruling::Deny);
    }

    #[test]
    fn what_cannot_be_in_force_is_refused() {
        for (text, place) in [
            ("version: '2'\nallowed_dirs: [a]\n", "version"),
            ("version: '1'\nallowed_dirs: []\n", "allowed_dirs"),
            ("version: '1'\nallowed_dirs: [a]\nrulez: []\n", "rulez"),
            ("version: '1'\nallowed_dirs: [a]\nrules:\n  - enforce: true\n", "rules[0].enforce"),
        ] {
            let faults = read(&value(text).expect("YAML")).expect_err(text);
            assert_eq!(faults[0].field, place, "{text}");
        }
    }

    #[test]
    fn overrides_are_joined_and_told() {
        let before = json!({ "a": { "b": 1, "c": 2 }, "d": [1], "e": 5 });
        let mut after = before.clone();
        merge(&mut after, &json!({ "a": { "b": 3 }, "d": [2], "e": null, "f": {} }));
        assert_eq!(after, json!({ "a": { "b": 3, "c": 2 }, "d": [2], "f": {} }));
        let told = difference(&before, &after);
        assert_eq!(told["added"], json!({ "f": {} }));
        assert_eq!(told["removed"], json!(["e"]));
        assert_eq!(told["changed"]["d"], json!({ "from": [1], "to": [2] }));
    }
}
