//! BIOwerk's six agents: `POST /v1/{agent}/{intent}` with a message, and the same unversioned.

use std::sync::Arc;

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use contracts::Refusal;
use contracts::view::Status;
use serde_json::{Value, json};

use super::asking::{Asking, Halt, Told};
use super::{artifacts, plans, tables};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{self, Submitted};
use crate::edge::version;
use crate::problem::codes;

/// The agents and what each may be asked.
pub const AGENTS: &[(&str, &[&str])] = &[
    ("chaperone", &["import_artifact", "export_artifact"]),
    ("circadian", &["plan_timeline", "assign", "track", "remind"]),
    ("myocyte", &["ingest_table", "formula_eval", "model_forecast", "export"]),
    ("nucleus", &["plan", "route", "review", "finalize"]),
    ("osteon", &["outline", "draft", "edit", "summarize", "export"]),
    ("synapse", &["storyboard", "slide_make", "visualize", "export"]),
];

/// The rows.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Post, "/seeds/biowerk/v1/{agent}/{intent}"),
        "biowerk_ask",
        "Asks an agent by a message, with the inputs that BIOwerk documents.",
        Needs::Command,
        |shared, call| Box::pin(versioned(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/biowerk/{agent}/{intent}"),
        "biowerk_ask_unversioned",
        "The same at the deprecated path without a version.",
        Needs::Command,
        |shared, call| Box::pin(unversioned(shared, call)),
    ),
];

async fn versioned(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (status, told) = told(&shared, &mut call).await?;
    respond::json(status, &told)
}

/// As [`versioned`], with the headers and the member that say where to go.
async fn unversioned(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (status, mut told) = told(&shared, &mut call).await?;
    let (agent, intent) = (call.param("agent"), call.param("intent"));
    let (old, new) = (format!("/{agent}/{intent}"), format!("/v1/{agent}/{intent}"));
    told["_deprecation_warning"] = json!({
        "message": "the path without a version is deprecated",
        "legacy_path": old, "recommended_path": new,
        "migration_guide": "put /v1 before the path; the body stays as it is",
    });
    let successor = format!("</seeds/biowerk{new}>; rel=\"successor-version\"");
    let mut response = respond::json(status, &told)?;
    for (name, value) in [
        ("deprecation", version::DEPRECATED_SINCE),
        ("sunset", version::SUNSET),
        ("link", &successor),
    ] {
        response = respond::with(response, HeaderName::from_static(name), value);
    }
    Ok(response)
}

/// The answer as a message.
async fn told(shared: &Arc<Shared>, call: &mut Call) -> Result<(StatusCode, Value), Refusal> {
    let body = call.json(shared).await?;
    let (agent, intent) = (call.param("agent").to_owned(), call.param("intent").to_owned());
    ensure_known(&agent, &intent)?;
    let (input, message_id) = submit::unwrap((&agent, &intent), body)?;
    let mut asking = Asking::new(shared, call, message_id.as_deref())?;
    let answer = match answered(&mut asking, (&agent, &intent), input).await {
        Ok(answer) => answer,
        Err(Halt::Open(answer)) => *answer,
        Err(Halt::Refused(refusal)) => return Err(refusal),
    };
    let open = answer.status == Status::Accepted;
    let mut told = Submitted { answer, message_id }.to_json()?;
    // Others than the agent may have done it; it answers for them.
    told["agent"] = json!(agent);
    Ok((if open { StatusCode::ACCEPTED } else { StatusCode::OK }, told))
}

fn ensure_known(agent: &str, intent: &str) -> Result<(), Refusal> {
    let found = AGENTS.iter().find(|(name, _)| *name == agent);
    let (_, intents) = found.ok_or_else(codes::unknown_kind)?;
    if intents.contains(&intent) {
        return Ok(());
    }
    let message = format!("{agent} has no such intent; it has {}", intents.join(", "));
    Err(Refusal::not_found("unknown_command", message))
}

/// What an agent answers. What its kind takes and answers as BIOwerk does goes there as it is.
async fn answered(asking: &mut Asking<'_>, (agent, intent): (&str, &str), input: Value) -> Told {
    match (agent, intent) {
        ("chaperone", "import_artifact") => artifacts::import(asking, input).await,
        ("chaperone", _) => artifacts::export(asking, input).await,
        ("circadian", "plan_timeline") => plans::timeline(asking, input).await,
        ("circadian", "assign") => plans::assign(asking, input).await,
        ("circadian", "track") => plans::track(asking, input).await,
        ("circadian", _) => plans::remind(asking, input).await,
        ("myocyte", "ingest_table") => tables::ingest(asking, input).await,
        ("myocyte", "formula_eval") => tables::evaluate(asking, input).await,
        ("myocyte", "model_forecast") => tables::forecast(asking, input).await,
        ("myocyte", _) => tables::export(asking, input).await,
        ("synapse", "export") => artifacts::deck(asking, input).await,
        _ => asking.ask((agent, None), intent, input).await,
    }
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::AGENTS;

    #[test]
    fn every_agent_is_a_kind() {
        let pages = Pages::standard();
        for (agent, _) in AGENTS {
            let kind = agent.parse().expect("a kind's name");
            assert!(pages.get(&kind).is_some(), "{agent}");
        }
    }
}
