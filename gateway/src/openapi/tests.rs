use std::collections::BTreeSet;

use contracts::Pages;
use serde_json::Value;

use super::describe;
use crate::edge::routes;

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn operations(whole: &Value) -> Vec<(String, String, Value)> {
    let paths = whole["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap();
        methods.iter().map(|(method, told)| (path.clone(), method.clone(), told.clone()))
    });
    each.collect()
}

#[test]
fn every_reference_leads_somewhere() {
    let whole = describe(&Pages::standard());
    let mut found = Vec::new();
    references(&whole, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(whole.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn operations_have_names_of_their_own_and_answers() {
    let whole = describe(&Pages::standard());
    let mut names = BTreeSet::new();
    for (path, method, told) in operations(&whole) {
        let name = told["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{name} twice");
        let statuses: Vec<_> = told["responses"].as_object().unwrap().keys().collect();
        let fine = statuses.iter().any(|status| status.starts_with(['1', '2']));
        assert!(fine, "{method} {path} cannot succeed: {statuses:?}");
        assert!(statuses.iter().any(|status| status.starts_with('5')), "{method} {path}");
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let whole = describe(&Pages::standard());
    for (path, method, told) in operations(&whole) {
        let wanted: BTreeSet<_> = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let mut described = BTreeSet::new();
        for parameter in told["parameters"].as_array().unwrap() {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => whole.pointer(&reference[1..]).unwrap(),
                None => parameter,
            };
            if parameter["in"] == "path" {
                described.insert(parameter["name"].as_str().unwrap());
            }
        }
        assert_eq!(wanted, described, "{method} {path}");
    }
}

#[test]
fn every_command_of_every_kind_and_every_row_is_described() {
    let (pages, whole) = (Pages::standard(), describe(&Pages::standard()));
    for page in pages.iter() {
        for spec in page.commands.iter() {
            let told = &whole["paths"][format!("/v1/{}/{{id}}/{}", page.kind, spec.name)]["post"];
            let content = &told["requestBody"]["content"]["application/json"];
            assert_eq!(content["example"], spec.example, "{} {}", page.kind, spec.name);
            let new = &whole["paths"][format!("/v1/{}/{}", page.kind, spec.name)]["post"];
            let shown = spec.begins && !page.named;
            assert_eq!(new.is_object(), shown, "{} {}", page.kind, spec.name);
        }
    }
    for route in routes::all() {
        let described = operations(&whole).iter().any(|(_, method, told)| {
            let about = [&told["summary"], &told["description"]];
            method == route.method.as_str() && about.iter().any(|text| **text == route.about)
        });
        assert!(described, "{} is not described", route.name);
    }
}

#[test]
fn an_actor_of_a_kind_whose_ids_mean_something_is_always_named() {
    let whole = describe(&Pages::standard());
    let named: Vec<_> = operations(&whole)
        .into_iter()
        .filter(|(path, method, _)| path.starts_with("/v1/limit") && method != "get")
        .map(|(path, ..)| path)
        .collect();
    assert!(named.len() > 4, "{named:?}");
    assert!(named.iter().all(|path| path.starts_with("/v1/limit/{id}")), "{named:?}");
}

/// What is sent is described; those that are not have nothing to say.
#[test]
fn every_body_is_described() {
    let whole = describe(&Pages::standard());
    let silent: BTreeSet<_> = operations(&whole)
        .into_iter()
        .filter(|(_, method, told)| method != "get" && told.get("requestBody").is_none())
        .map(|(path, ..)| path)
        .filter(|path| !path.ends_with("/unmute"))
        .collect();
    let wanted = [
        "/a2a/tasks/{id}/pushNotificationConfigs/{config}",
        "/mcp",
        "/langgraph/assistants/{id}",
        "/langgraph/runs/crons/{id}",
        "/langgraph/threads/{id}",
        "/langgraph/threads/{id}/runs/{run}",
        "/seeds/biowerk/api-keys/{id}",
        "/seeds/biowerk/logout",
        "/seeds/codex32/api/v1/auth/refresh",
        "/seeds/symbia/api/api-keys/{id}",
        "/seeds/symbia/api/api-keys/{id}/revoke",
        "/seeds/symbia/api/api-keys/{id}/rotate",
        "/seeds/symbia/api/auth/logout",
        "/seeds/symbia/api/orgs/{id}/members/{member}",
        "/seeds/version7/auth/logout",
        "/v1/admin/secrets/rotate",
        "/v1/admin/signing-keys/rotate",
        "/v1/admin/timers/reconcile",
        "/v1/audit/heads",
        "/v1/auth/mail/{id}",
        "/v1/auth/password/reset/{id}",
        "/v1/connectors/{id}/authorize",
        "/v1/connectors/{id}/circuit/reset",
        "/v1/dead/{letter}/retry",
        "/v1/dead/{letter}/skip",
        "/v1/effects/{id}/resume",
        "/v1/models/circuits/{id}/reset",
        "/v1/nats-users/{id}/revoke",
        "/v1/secrets/{id}/delete",
        "/v1/privacy/{id}/export",
        "/v1/tree-heads",
    ];
    assert_eq!(silent, wanted.map(str::to_owned).into());
    let import = &whole["paths"]["/v1/import"]["post"]["requestBody"];
    assert!(import["content"]["application/x-ndjson"].is_object(), "{import}");
}

#[test]
fn the_paths_of_work_say_what_their_segments_are() {
    let whole = describe(&Pages::standard());
    for path in
        ["/v1/work/{queue}/lease", "/v1/work/{effect_id}/outcome", "/v1/work/{effect_id}/extend"]
    {
        assert!(whole["paths"][path]["post"].is_object(), "{path}");
    }
    let resolve = &whole["paths"]["/v1/effects/{id}/resolve"]["post"]["responses"]["200"];
    let shape = &resolve["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(*shape, "#/components/schemas/CambiumEffectControl");
}
