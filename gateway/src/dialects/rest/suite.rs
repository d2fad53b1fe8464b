//! The manifest: agents, what each may be asked, and the files that they become. All of it is read
//! off the kinds' pages.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::chaperone::Convertible;
use contracts::page::{CommandSpec, PageRef};
use contracts::{Pages, Refusal};
use serde_json::{Value, json};

use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::version::{DEPRECATED_SINCE, SUNSET};

/// The row of the manifest.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/suite",
    name: "suite",
    about: "Tells which agents there are, what each may be asked, and the files they become.",
    access: Access::Metadata,
    needs: Needs::Nothing,
    offers: JSON,
    query: &[],
    handler: |shared, call| Box::pin(told(shared, call)),
}];

async fn told(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &manifest(&shared.edge.pages))
}

/// The manifest of these pages.
fn manifest(pages: &Pages) -> Value {
    json!({
        "suite": { "name": "Cambium", "version": env!("CARGO_PKG_VERSION") },
        "bus": { "kind": "http", "path": "/v1/{agent}/{id}/{intent}", "message": "Msg" },
        "versions": {
            "supported": ["v1"], "latest": "v1",
            "unversioned": { "deprecated_since": DEPRECATED_SINCE, "sunset": SUNSET },
        },
        "agents": pages.iter().map(agent).collect::<Vec<_>>(),
        "artifacts": Convertible::ALL.map(artifact),
    })
}

/// A kind as an agent.
fn agent(page: &PageRef) -> Value {
    let intent = |spec: &CommandSpec| {
        let begins = spec.begins && !page.named;
        json!({ "intent": spec.name, "about": spec.about, "begins": begins })
    };
    let event =
        |(name, version): &(&'static str, u32)| json!({ "event": name, "version": version });
    json!({
        "id": page.kind, "about": page.about, "begins_with": page.create,
        "intents": page.commands.iter().map(intent).collect::<Vec<_>>(),
        "events": page.versions.iter().map(event).collect::<Vec<_>>(),
        "refusals": page.rejections.iter().map(|spec| spec.code).collect::<Vec<_>>(),
    })
}

/// What a kind becomes as a file, and what files become it.
fn artifact(convertible: Convertible) -> Value {
    let (own, (read, written)) = (convertible.own_format(), convertible.formats());
    json!({
        "agent": convertible.kind(), "kind": own, "ext": format!(".{}", own.ending()),
        "media_type": own.media_type(), "read": read, "written": written,
    })
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::manifest;

    #[test]
    fn every_kind_and_every_command_is_told() {
        let pages = Pages::standard();
        let told = manifest(&pages);
        let agents = told["agents"].as_array().expect("agents");
        assert_eq!(agents.len(), pages.iter().count());
        for (agent, page) in agents.iter().zip(pages.iter()) {
            assert_eq!(agent["id"], page.kind.as_str());
            let intents = agent["intents"].as_array().expect("intents");
            assert_eq!(intents.len(), page.commands.len(), "{}", page.kind);
        }
    }
}
