//! `/runs/batch` and `/runs/cancel`: many runs at once.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::run::{self, Status};
use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

use super::begin::begin;
use super::{LISTED_MAX, rows, runs};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::{read, threads as joined};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::headers::Key;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// Runs of one batch, at most.
pub const BATCH_MAX: usize = 100;

/// `POST /runs/batch`. Those that were begun go on, whatever becomes of the others.
pub async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&run::KIND, "start"), None)?;
    let Value::Array(wanted) = body else { return Err(wrong("body", "is a list of runs")) };
    if wanted.len() > BATCH_MAX {
        return Err(wrong("body", &format!("has at most {BATCH_MAX} runs")));
    }
    let mut begun = Vec::new();
    for (index, mut one) in wanted.into_iter().enumerate() {
        let mut asker = asker.keyed(|key| Key::Text(format!("{}:{index}", key.to_text())));
        // The client of JavaScript writes this member in its own spelling too.
        if let Some(one) = one.as_object_mut() {
            one.remove("assistantId");
        }
        asker.id = one
            .as_object_mut()
            .and_then(|one| one.remove("thread_id"))
            .and_then(|id| id.as_str().map(str::to_owned))
            .unwrap_or_default();
        let going = begin(&shared, &mut asker, one).await?;
        begun.push(runs::told(&shared, &asker, &going.thread, &going.run).await?);
    }
    respond::json(StatusCode::OK, &begun)
}

/// `POST /runs/cancel`: those of a thread that are named, or all that stand as is said.
pub async fn cancel(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&run::KIND, "cancel"), None)?;
    if asker.query.text("action").is_some_and(|action| action != "interrupt") {
        return Err(codes::unsupported_parameter("action"));
    }
    let (thread, status) = (body.text("thread_id")?, body.text("status")?);
    let named = body.list("run_ids")?;
    body.done()?;
    let meant = match (thread, named, status.as_deref()) {
        (Some(thread), Some(named), None) => named
            .iter()
            .map(|run| run.as_str().map(|run| (thread.clone(), run.to_owned())))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong("run_ids", "is a list of names of runs"))?,
        (None, None, Some("pending")) => going(&shared, &asker, &[Status::Queued]).await?,
        (None, None, Some("running")) => going(&shared, &asker, &[Status::Running]).await?,
        (None, None, Some("all")) => {
            going(&shared, &asker, &[Status::Queued, Status::Running]).await?
        }
        _ => return Err(wrong("thread_id", "comes with `run_ids`; or `status` comes alone")),
    };
    if meant.len() > LISTED_MAX {
        return Err(wrong("run_ids", &format!("names at most {LISTED_MAX}")));
    }
    for (thread, run) in meant {
        let mut asker = asker.keyless();
        asker.id = thread;
        match runs::end(&shared, &asker, &run).await {
            Err(refusal)
                if !matches!(refusal.class, RefusalClass::Conflict | RefusalClass::NotFound) =>
            {
                return Err(refusal);
            }
            // It is over, which is what was wanted.
            Ok(()) | Err(_) => {}
        }
    }
    respond::json(StatusCode::OK, &json!({}))
}

/// The runs in threads that the caller may read and that stand so, each with its thread, the newest
/// first.
async fn going(
    shared: &Shared,
    asker: &Asker,
    standing: &[Status],
) -> Result<Vec<(String, String)>, Refusal> {
    let all = rows(shared, asker, &run::KIND).await?;
    let mut found = Vec::new();
    for run in all {
        let Some(thread) = joined::of_run(&run) else { continue };
        let ran = super::state::run(shared, asker, &run).await?;
        if ran.is_some_and(|ran| standing.contains(&ran.status)) {
            found.push((thread.to_owned(), run.to_string()));
        }
    }
    Ok(found)
}
