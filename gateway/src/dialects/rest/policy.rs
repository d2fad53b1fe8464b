//! Policies before they are in force: checked, and asked about the past.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use contracts::access::Capability;
use contracts::kinds::policy::WhatIf;
use contracts::{Refusal, RefusalClass};
use futures_util::StreamExt as _;
use serde_json::json;

use super::archive::{NDJSON, stream};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// Asking what a policy would have decided: it tells of commands whoever may read the log may see.
const WHAT_IF: Capability<'static> = Capability::new("policy", "what_if");
/// Checking a document.
const CHECK: Capability<'static> = Capability::new("policy", "check");

/// The rows of policies.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/policies/what-if",
        name: "policy_what_if",
        about: "Asks a candidate policy about the log; streams what it would have decided else.",
        access: Access::Key,
        needs: Needs::Tenant(WHAT_IF),
        offers: NDJSON,
        query: &[],
        handler: |shared, call| Box::pin(what_if(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/policies/check",
        name: "policy_check",
        about: "Checks a policy, and tells its digest or all that is wrong with it.",
        access: Access::Key,
        needs: Needs::Tenant(CHECK),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(check(shared, call)),
    },
];

async fn asked(shared: &Shared, call: &mut Call) -> Result<WhatIf, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body)
        .map_err(|error| Refusal::new(RefusalClass::Malformed, "invalid_input", error.to_string()))
}

async fn what_if(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let asked = asked(&shared, &mut call).await?;
    let permit = call.open_stream(&shared)?;
    let steps = shared.edge.archive.what_if(call.tenant.clone(), asked)?;
    let lines = steps.map(|step| Ok(Bytes::from(json!(step).to_string())));
    Ok(stream(&shared, Box::pin(lines), permit))
}

async fn check(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let WhatIf { name, text, document, .. } = asked(&shared, &mut call).await?;
    let read = match (text, document) {
        (Some(text), None) => actors::policy::read(&text),
        (None, Some(document)) => actors::policy::document(document),
        _ => return Err(Refusal::rejected("policy_invalid", "give `text` or `document`")),
    };
    let checked = read.and_then(|document| {
        actors::policy::Compiled::new(&name, &document).map(|compiled| compiled.digest())
    });
    match checked {
        Ok(digest) => respond::json(StatusCode::OK, &json!({ "ok": true, "digest": digest })),
        Err(errors) => {
            let message = "the policy cannot be used";
            let mut refusal = Refusal::rejected("policy_invalid", message);
            refusal.errors = errors;
            Err(refusal)
        }
    }
}
