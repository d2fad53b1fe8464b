//! Commands: to an actor, to a new actor, and the one that a kind's page names for creation.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use contracts::view::Status;
use contracts::{ActorId, Refusal};

use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, Submitted, submit};

/// The rows of commands.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Put,
        path: "/v1/{kind}/{id}",
        name: "create_with_id",
        about: "Creates an actor under a chosen id: the kind's creation command.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(put(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/{kind}",
        name: "create",
        about: "Creates an actor under a made id: the kind's creation command.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(create(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/{kind}/{id}/{command}",
        name: "command",
        about: "Sends a command to an actor.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(to_actor(shared, call)),
    },
    // The router wants one name for a segment; of two segments the second is a command here.
    Route {
        method: Method::Post,
        path: "/v1/{kind}/{id}",
        name: "command_new",
        about: "Sends a command to a new actor; the second segment is the command.",
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(to_new_actor(shared, call)),
    },
];

async fn put(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (command, id) = (call.page(&shared)?.create, call.id()?);
    let (done, waited) = send(&shared, call, Some(id), command.to_owned()).await?;
    let began = done.answer.revision.0 == 1;
    answered(&done, if began { StatusCode::CREATED } else { StatusCode::OK }, waited)
}

async fn create(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let command = call.page(&shared)?.create.to_owned();
    let (done, waited) = send(&shared, call, None, command).await?;
    answered(&done, StatusCode::CREATED, waited)
}

async fn to_actor(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.page(&shared)?;
    let (id, command) = (call.id()?, call.param("command").to_owned());
    let (done, waited) = send(&shared, call, Some(id), command).await?;
    answered(&done, StatusCode::OK, waited)
}

async fn to_new_actor(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.page(&shared)?;
    let command = call.param("id").to_owned();
    let (done, waited) = send(&shared, call, None, command).await?;
    answered(&done, StatusCode::OK, waited)
}

/// Sends a command as the request says it; also how many seconds its caller asked to wait.
async fn send(
    shared: &Shared,
    mut call: Call,
    id: Option<ActorId>,
    command: String,
) -> Result<(Submitted, Option<Duration>), Refusal> {
    let page = call.page(shared)?;
    if page.command(&command).is_none() {
        return Err(crate::problem::codes::unknown_command(page));
    }
    let headers = &call.parts.headers;
    let (key, lock) = (headers::key(headers)?, headers::lock(headers)?);
    let (asked, correlation) = (headers::wait(headers)?, headers::correlation(headers)?);
    let wait = shared.edge.config.wait(asked);
    let submission = Submission {
        page,
        tenant: call.tenant.clone(),
        caller: call.caller()?,
        id,
        command: &command,
        body: call.json(shared).await?,
        key,
        lock,
        correlation,
        trace: call.scene.traced.trace.clone(),
        wait,
    };
    Ok((submit(shared, submission).await?, asked.map(|_| wait)))
}

/// The answer with its headers; 202 while it is not final.
fn answered(
    done: &Submitted,
    status: StatusCode,
    waited: Option<Duration>,
) -> Result<Response, Refusal> {
    let answer = &done.answer;
    let (status, location) = if answer.status == Status::Accepted {
        (StatusCode::ACCEPTED, format!("/v1/commands/{}", answer.command))
    } else {
        (status, format!("/v1/{}/{}", answer.address.kind, answer.address.id))
    };
    let mut response = respond::json(status, &done.to_json()?)?;
    response = respond::with(response, header::LOCATION, &location);
    response = respond::with(response, header::ETAG, &done.tag());
    let command = HeaderName::from_static(headers::COMMAND_ID);
    response = respond::with(response, command, &answer.command.to_string());
    if let Some(waited) = waited {
        let applied = HeaderName::from_static("preference-applied");
        response = respond::with(response, applied, &format!("wait={}", waited.as_secs()));
    }
    Ok(response)
}
