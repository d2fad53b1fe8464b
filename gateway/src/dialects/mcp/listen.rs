//! `subscriptions/listen`: one stream of what changes, for clients without sessions. It tells only
//! what it was asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::door::No;
use super::extension::Changed;
use super::revision::meta;
use super::stream::response;
use super::watch::{self, Change, list_changed};
use super::wire::{Members, Request, RpcError, notification};
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::edge::sse::{Data, Event};

/// What a stream tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wanted {
    tools: bool,
    prompts: bool,
    uris: BTreeSet<String>,
}

/// Opens a stream.
///
/// # Errors
/// `-32602`; what the edge refuses.
pub fn listen(shared: &Arc<Shared>, call: &Call, request: &Request) -> Result<Response, No> {
    let most = shared.edge.config.mcp.subscriptions_max;
    let wanted = wanted(&request.params, most)?;
    let permit = call.open_stream(shared)?;
    let changes = watch::changes(shared, call)?;
    let id = request.id.clone();
    let acknowledged = json!({ "notifications": told(&wanted) });
    let method = "notifications/subscriptions/acknowledged";
    let first = stream::iter([event(method, acknowledged, &id)]);
    let rest = changes.flat_map(move |change| {
        let id = &id;
        let events: Vec<_> = match change {
            Change::List(changed) if wanted.lists(changed) => {
                vec![event(list_changed(changed), json!({}), id)]
            }
            Change::List(_) => Vec::new(),
            Change::Resources(uris) => {
                let watched = uris.into_iter().filter(|uri| wanted.uris.contains(uri));
                let updated = "notifications/resources/updated";
                watched.map(|uri| event(updated, json!({ "uri": uri }), id)).collect()
            }
        };
        stream::iter(events)
    });
    Ok(response(shared, call, Box::pin(first.chain(rest)), permit)?)
}

impl Wanted {
    const fn lists(&self, changed: Changed) -> bool {
        match changed {
            Changed::Tools => self.tools,
            Changed::Prompts => self.prompts,
        }
    }
}

/// A notification of the stream that the request `id` opened.
fn event(method: &str, mut params: Value, id: &Value) -> Event {
    params["_meta"] = json!({ meta("subscriptionId"): id });
    Event { id: None, name: None, data: Data::Json(notification(method, &params)) }
}

fn wanted(params: &Members, most: usize) -> Result<Wanted, RpcError> {
    let wrong = |message: &str| RpcError::invalid_params(message);
    let asked = params.get("notifications").and_then(Value::as_object);
    let asked = asked.ok_or_else(|| wrong("notifications is an object"))?;
    let flag = |name: &str| asked.get(name).and_then(Value::as_bool).unwrap_or_default();
    let mut uris = BTreeSet::new();
    for uri in asked.get("resourceSubscriptions").and_then(Value::as_array).into_iter().flatten() {
        let uri = uri.as_str().ok_or_else(|| wrong("resourceSubscriptions holds URIs"))?;
        uris.insert(uri.to_owned());
    }
    if uris.len() > most {
        return Err(wrong("too many resources are watched"));
    }
    Ok(Wanted { tools: flag("toolsListChanged"), prompts: flag("promptsListChanged"), uris })
}

/// What is honoured of what was asked.
fn told(wanted: &Wanted) -> Value {
    let mut told = json!({});
    if wanted.tools {
        told["toolsListChanged"] = json!(true);
    }
    if wanted.prompts {
        told["promptsListChanged"] = json!(true);
    }
    if !wanted.uris.is_empty() {
        told["resourceSubscriptions"] = json!(wanted.uris);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_and_done_is_acknowledged() {
        let params = json!({ "notifications": {
            "toolsListChanged": true, "resourcesListChanged": true,
            "resourceSubscriptions": ["cambium://counter/a"],
        } });
        let wanted = wanted(params.as_object().unwrap(), 1).unwrap();
        assert!(wanted.lists(Changed::Tools) && !wanted.lists(Changed::Prompts));
        assert_eq!(
            told(&wanted),
            json!({ "toolsListChanged": true, "resourceSubscriptions": ["cambium://counter/a"] })
        );
        let many = json!({ "notifications": { "resourceSubscriptions": ["a", "b"] } });
        assert!(super::wanted(many.as_object().unwrap(), 1).is_err());
        assert!(super::wanted(&Members::new(), 1).is_err());
    }
}
