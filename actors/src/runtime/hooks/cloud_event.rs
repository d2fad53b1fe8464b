//! An event of the log as a CloudEvent 1.0, as its reader may see it at this moment.

use std::sync::Arc;

use contracts::effect::EventPlace;
use contracts::{Address, Cursor, Entry, Recorded, Refusal, RefusalClass, Tenant};
use serde_json::{Value, json};

use super::may_read;
use crate::runtime::shared::Shared;

/// The CloudEvent in its JSON form.
///
/// # Errors
/// `forbidden` when the reader may not see the actor, `revision_not_found`, and the log's.
pub async fn cloud_event(
    shared: &Shared,
    tenant: &Tenant,
    place: &EventPlace,
    asked_at: Cursor,
) -> Result<Vec<u8>, Refusal> {
    let EventPlace { kind, id, reader, .. } = place;
    if !may_read(shared, tenant, reader, kind, id) {
        let message = format!("{} may not read {kind} {id}", reader.principal);
        return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
    }
    let address = Address::new(tenant.clone(), kind.clone(), id.clone());
    let recorded = find(shared, &address, place, asked_at).await?;
    let data = data(shared, &recorded, place).ok_or_else(not_found)?;
    let data = shared.shown_to(tenant, Some(reader), data).await;
    let base = shared.config.hooks.public_url.as_deref().unwrap_or_default();
    let r#type = data["event"]["type"].as_str().unwrap_or_default();
    let event = json!({
        "specversion": "1.0",
        "id": place.message(tenant),
        "source": format!("{}/v1/{kind}/{id}", base.trim_end_matches('/')),
        "type": format!("cambium.{kind}.{type}"),
        "subject": format!("{kind}/{id}"),
        "time": recorded.commit.at,
        // Later ones of an actor sort behind earlier ones.
        "sequence": format!("{:020}.{:04}", place.revision.0, place.index),
        "datacontenttype": "application/json",
        "data": data,
    });
    serde_json::to_vec(&event).map_err(|error| Refusal::internal(error.to_string()))
}

fn not_found() -> Refusal {
    Refusal::not_found("revision_not_found", "the event that was to be sent is not in the log")
}

/// The event as the API tells it, with what is told of its commit.
fn data(shared: &Shared, recorded: &Recorded, place: &EventPlace) -> Option<Value> {
    let commit = &recorded.commit;
    let event = commit.events.get(place.index as usize)?.clone();
    let page = shared.registry.get(&commit.kind).map(|kind| &kind.page);
    let told = page.and_then(|page| page.today(event.clone()).ok()).unwrap_or(event);
    Some(json!({
        "tenant": commit.tenant,
        "kind": commit.kind,
        "id": commit.id,
        "revision": commit.revision,
        "cursor": recorded.cursor,
        "hash": recorded.hash,
        "at": commit.at,
        "command": { "id": commit.command.id, "name": commit.command.name, "by": commit.command.by },
        "event": told,
    }))
}

/// The commit: where it is said to stand, or where it is asked for, or wherever it is.
async fn find(
    shared: &Shared,
    address: &Address,
    place: &EventPlace,
    asked_at: Cursor,
) -> Result<Arc<Recorded>, Refusal> {
    let log = &shared.world.log;
    let meant = |recorded: &Recorded| {
        recorded.commit.is_of(address) && recorded.commit.revision == place.revision
    };
    for hint in [place.cursor, asked_at].into_iter().filter(|it| *it != Cursor::ZERO) {
        let stored = log.get(hint).await?;
        if let Some(Entry::Commit(recorded)) = stored.map(Entry::from)
            && meant(&recorded)
        {
            return Ok(recorded);
        }
    }
    let mut after = Cursor::ZERO;
    loop {
        let read = log.read(address, after, shared.config.read_commits_max).await?;
        let Some(last) = read.last().map(|stored| stored.cursor) else { return Err(not_found()) };
        for stored in read {
            match Entry::from(stored) {
                Entry::Commit(recorded) if meant(&recorded) => return Ok(recorded),
                Entry::Commit(_) | Entry::Foreign(_) => {}
            }
        }
        after = last;
    }
}
