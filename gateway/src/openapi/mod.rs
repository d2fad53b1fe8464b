//! The OpenAPI 3.1 description, made of the table of routes and the registry of pages.

mod a2a;
mod agui;
mod anthropic;
mod audit;
mod langgraph;
mod letters;
mod mcp;
mod models;
mod openai;
mod operations;
mod parameters;
mod requests;
mod seeds;
mod shapes;
mod telemetry;
mod tickets;

use std::collections::BTreeMap;

use contracts::Pages;
use contracts::page::PageRef;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use self::operations::{Begins, generic, of_command, of_kind};
use crate::edge::routes::{self, Route};

/// The whole description.
#[must_use]
pub fn describe(pages: &Pages) -> Value {
    let mut generator = generator();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut put = |(path, method, operation): (String, &'static str, Value)| {
        paths.entry(path).or_default().insert(method.to_owned(), operation);
    };
    for route in routes::all() {
        if route.path.contains("{kind}") {
            for page in pages.iter() {
                expand(route, page, pages, &mut generator).into_iter().for_each(&mut put);
            }
        } else {
            put((operations::shown(route), route.method.as_str(), generic(route, pages)));
        }
    }
    let mut schemas = shapes::schemas();
    for (name, schema) in generator.take_definitions(true) {
        let shadowed = schemas.insert(name, schema);
        debug_assert!(shadowed.is_none(), "a type of a kind is named like a shared schema");
    }
    requests::narrow(paths.values_mut().flat_map(Map::values_mut), &mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Cambium",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "An event-sourced actor system: every answer can be replayed, forked, \
                compared and verified.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "api_key": [] }],
        "tags": tags(pages),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": shapes::responses(),
            "parameters": shapes::parameters(),
            "headers": shapes::headers(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "api_key": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
            },
        },
    })
}

/// A generator whose definitions stand where OpenAPI wants them.
#[must_use]
pub fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator()
}

/// What a row with `{kind}` means for one kind.
fn expand(
    route: &'static Route,
    page: &PageRef,
    pages: &Pages,
    generator: &mut SchemaGenerator,
) -> Vec<(String, &'static str, Value)> {
    let path = route.path.replace("{kind}", page.kind.as_str());
    let method = route.method.as_str();
    let create = page.command(page.create);
    match route.name {
        "command" => page
            .commands
            .iter()
            .map(|spec| {
                let operation = of_command((route, pages), page, spec, Begins::No, generator);
                (path.replace("{command}", spec.name), method, operation)
            })
            .collect(),
        "command_new" => page
            .commands
            .iter()
            .filter(|spec| spec.begins && !page.named)
            .map(|spec| {
                let operation = of_command((route, pages), page, spec, Begins::Command, generator);
                (path.replace("{id}", spec.name), method, operation)
            })
            .collect(),
        "create" if page.named => Vec::new(),
        "create" | "create_with_id" => create
            .map(|spec| {
                (path, method, of_command((route, pages), page, spec, Begins::Create, generator))
            })
            .into_iter()
            .collect(),
        "messages" if page.kind.as_str() != "conversation" => Vec::new(),
        _ => vec![(path, method, of_kind(route, page, pages))],
    }
}

fn tags(pages: &Pages) -> Vec<Value> {
    let kinds = pages.iter().map(|page| {
        let rejections: Vec<_> =
            page.rejections.iter().map(|spec| format!("`{}`: {}", spec.code, spec.about)).collect();
        let description = format!("{}\n\nRejections:\n\n- {}", page.about, rejections.join("\n- "));
        json!({ "name": page.kind, "description": description })
    });
    let system = json!({ "name": "system", "description": "What is the same for all kinds." });
    std::iter::once(system).chain(kinds).collect()
}

#[cfg(test)]
mod tests;
