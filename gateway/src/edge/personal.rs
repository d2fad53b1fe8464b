//! Personal data in answers: opened for whoever may see it, masked for everybody else. One place
//! sees every JSON answer, whatever dialect made it; streams ask for each event.

use axum::body::{Body, to_bytes};
use axum::http::header;
use axum::response::Response;
use contracts::access::{Act, Capability};
use contracts::caller::{Identity, Origin};
use contracts::ports::Entrance;
use contracts::privacy::{AREA, MARK, Viewer, within};
use contracts::{ActorId, Tenant, Timestamp};
use memchr::memmem;
use serde_json::Value;

use super::needs::Reader;
use super::shared::Shared;

/// Seeing everybody's personal data.
pub const READ: Capability<'static> = Capability::read(AREA);

/// How far somebody in a tenant sees.
#[must_use]
pub fn viewer(entrance: &Entrance, now: Timestamp) -> Viewer {
    let act = Act { capability: READ, id: None, road: Origin::Http, now };
    let own = ActorId::new(entrance.principal.as_str()).ok();
    Viewer { own, all: entrance.rights.may(&act) }
}

impl Shared {
    /// `value` as `identity` sees it at this moment.
    pub async fn shown(&self, identity: Option<&Identity>, tenant: &Tenant, value: Value) -> Value {
        if !within(&value) {
            return value;
        }
        let now = self.now();
        let entrance = identity.and_then(|it| self.edge.guard.enter(it, tenant, now));
        let viewer = entrance.map_or_else(Viewer::nobody, |entrance| viewer(&entrance, now));
        self.edge.privacy.show(tenant, &viewer, value).await
    }
}

impl Reader {
    /// `value` as the reader sees it at this moment.
    pub async fn shown(&self, value: Value) -> Value {
        self.shared.shown(Some(&self.identity), &self.tenant, value).await
    }
}

/// An answer as whoever asked sees it. Lines of an export and the stored bytes stay as they are.
pub async fn answer(
    shared: &Shared,
    who: Option<(Identity, Tenant)>,
    response: Response,
) -> Response {
    if !is_json(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        // It is made here and whole, and what is not cannot be told.
        return Response::from_parts(parts, Body::empty());
    };
    if memmem::find(&bytes, MARK.as_bytes()).is_none() {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let (identity, tenant) = match &who {
        Some((identity, tenant)) => (Some(identity), tenant),
        None => (None, &shared.edge.config.tenant),
    };
    let text = shared.shown(identity, tenant, value).await.to_string();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}

fn is_json(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    media.is_some_and(|media| {
        let media = media.split(';').next().unwrap_or_default().trim();
        media == "application/json"
            || (media.starts_with("application/") && media.ends_with("+json"))
    })
}
