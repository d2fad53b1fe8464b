//! What changes while a client looks: actors, prompts and tools, told from the log, from what the
//! directory learns of rights, and from an extension.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contracts::caller::Identity;
use contracts::kinds::assistant;
use contracts::ports::Flow;
use contracts::{Entry, Recorded, Refusal, Tenant};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::extension::Changed;
use super::session::Session;
use super::wire::notification;
use super::{resources, tools};
use crate::edge::call::Call;
use crate::edge::needs::Reader;
use crate::edge::shared::Shared;
use crate::edge::standing;

/// How long changes of rights are gathered before tools are compared: many come at a time.
const GATHER: Duration = Duration::from_millis(100);

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There are other tools or prompts.
    List(Changed),
    /// These resources are not what they were.
    Resources(Vec<String>),
}

/// The notification that a list is not what it was.
#[must_use]
pub const fn list_changed(changed: Changed) -> &'static str {
    match changed {
        Changed::Tools => "notifications/tools/list_changed",
        Changed::Prompts => "notifications/prompts/list_changed",
    }
}

/// What changes from now on, of all that the caller may see.
///
/// # Errors
/// `unauthenticated`.
pub fn changes(shared: &Arc<Shared>, call: &Call) -> Result<Flow<Change>, Refusal> {
    let identity = call.identity()?.clone();
    let (reader, tenant) = (call.reader(shared)?, call.tenant.clone());
    let rights = of_rights(Arc::clone(shared), identity.clone(), tenant.clone());
    let extension = shared.edge.extension.changes().map(Change::List);
    let all = [of_log(shared, reader, tenant), rights, Box::pin(extension)];
    let gone = standing::gone(shared, &identity);
    Ok(Box::pin(stream::select_all(all).take_until(Box::pin(gone))))
}

fn of_log(shared: &Shared, reader: Reader, tenant: Tenant) -> Flow<Change> {
    let entries = shared.edge.feed.subscribe(shared.edge.feed.position());
    Box::pin(entries.flat_map(move |entry| {
        let told = match entry {
            Ok(Entry::Commit(recorded)) if recorded.commit.tenant == tenant => {
                of_commit(&reader, &recorded)
            }
            _ => Vec::new(),
        };
        stream::iter(told)
    }))
}

fn of_commit(reader: &Reader, recorded: &Recorded) -> Vec<Change> {
    let commit = &recorded.commit;
    if !reader.reads(&commit.kind, Some(commit.id.as_str())) {
        return Vec::new();
    }
    let mut told = vec![Change::Resources(resources::touched(&commit.kind, &commit.id))];
    let defines = ["Defined", "Retired", "Restored"];
    if commit.kind == assistant::KIND
        && commit.events.iter().any(|event| defines.contains(&event.r#type.as_str()))
    {
        told.push(Change::List(Changed::Prompts));
    }
    told
}

/// Tells when the caller may call other tools than before.
fn of_rights(shared: Arc<Shared>, identity: Identity, tenant: Tenant) -> Flow<Change> {
    let known = allowed(&shared, &identity, &tenant);
    let state = (shared, identity, tenant, known);
    Box::pin(stream::unfold(state, |(shared, identity, tenant, known)| async move {
        loop {
            shared.edge.guard.changed().await;
            tokio::time::sleep(GATHER).await;
            let now = allowed(&shared, &identity, &tenant);
            if now != known {
                let change = Change::List(Changed::Tools);
                return Some((change, (shared, identity, tenant, now)));
            }
        }
    }))
}

fn allowed(shared: &Shared, identity: &Identity, tenant: &Tenant) -> BTreeSet<String> {
    let now = shared.now();
    let entrance = shared.edge.guard.enter(identity, tenant, now);
    entrance.map(|it| tools::allowed(shared, &it.rights, now)).unwrap_or_default()
}

/// Begins to tell a session's standing stream what changes, once.
///
/// # Errors
/// `unauthenticated`.
pub fn begin(shared: &Arc<Shared>, call: &Call, session: &Arc<Session>) -> Result<(), Refusal> {
    if !session.begin_watching() {
        return Ok(());
    }
    let mut changes = changes(shared, call)?;
    let (session, shutdown) = (Arc::clone(session), shared.edge.shutdown.clone());
    tokio::spawn(async move {
        let telling = async {
            while let Some(change) = changes.next().await {
                match change {
                    Change::List(changed) => {
                        session.standing.push(notification(list_changed(changed), &json!({})));
                    }
                    Change::Resources(uris) => {
                        for uri in uris.iter().filter(|uri| session.watches(uri)) {
                            let params = json!({ "uri": uri });
                            let told = notification("notifications/resources/updated", &params);
                            session.standing.push(told);
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = telling => {}
            () = session.over.cancelled() => {}
            () = shutdown.cancelled() => {}
        }
    });
    Ok(())
}
