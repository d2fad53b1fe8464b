//! One socket for commands and subscriptions: `GET /v1/ws`.

mod frames;
mod session;
mod subscriptions;

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, WebSocketUpgrade};
use axum::response::Response;
use contracts::Refusal;

use self::session::Session;
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::tickets::{TICKET, Ticketed};
use crate::problem::codes;

pub use self::frames::{ClientFrame, Command, Subscribe};

/// The rows of this dialect.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/ws",
    name: "ws",
    about: "Opens a socket: commands, subscriptions, live signals; see /asyncapi.json.",
    access: Access::Socket,
    needs: Needs::Frames,
    offers: &["application/json"],
    query: &[TICKET],
    handler: |shared, call| Box::pin(open(shared, call)),
}];

async fn open(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.parts, &()).await;
    let upgrade = upgrade.map_err(|_| codes::upgrade_required())?;
    shared.safety.socket(&call.parts.headers)?;
    let permit = call.open_stream(&shared)?;
    let named = headers::text(&call.parts.headers, headers::TENANT)?.map(|_| call.tenant.clone());
    let ticketed = call.parts.extensions.get::<Ticketed>();
    let named = named.or_else(|| ticketed.map(|ticketed| ticketed.tenant.clone()));
    let config = &shared.edge.config;
    let upgrade = upgrade
        .max_message_size(config.ws_frame_bytes_max)
        .max_frame_size(config.ws_frame_bytes_max);
    let (identity, scene) = (call.identity, call.scene);
    Ok(upgrade.on_upgrade(move |socket| async move {
        Session::run(shared, socket, identity, named, scene).await;
        drop(permit);
    }))
}

#[cfg(test)]
mod tests;
