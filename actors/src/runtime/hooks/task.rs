//! A run as a task of A2A, as its reader may see it at this moment.

use contracts::effect::EventPlace;
use contracts::{Address, Cursor, Entry, Refusal, RefusalClass, Tenant};
use serde_json::json;

use super::may_read;
use crate::a2a::Task;
use crate::runtime::shared::Shared;

/// The task as it was after the commit at `place`, as A2A tells whoever is called back.
///
/// # Errors
/// `forbidden` when the reader may not see the run, `revision_not_found`, and the log's.
pub async fn task(
    shared: &Shared,
    tenant: &Tenant,
    place: &EventPlace,
) -> Result<Vec<u8>, Refusal> {
    let EventPlace { kind, id, reader, revision, .. } = place;
    if !may_read(shared, tenant, reader, kind, id) {
        let message = format!("{} may not read {kind} {id}", reader.principal);
        return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
    }
    let address = Address::new(tenant.clone(), kind.clone(), id.clone());
    let (mut task, mut after) = (Task::new(id.clone()), Cursor::ZERO);
    'reading: loop {
        let read = shared.world.log.read(&address, after, shared.config.read_commits_max).await?;
        let Some(last) = read.last().map(|stored| stored.cursor) else { break };
        for entry in read.into_iter().map(Entry::from) {
            let Entry::Commit(recorded) = entry else { continue };
            if recorded.commit.is_of(&address) {
                task.take(&recorded);
            }
            if task.revision >= *revision {
                break 'reading;
            }
        }
        after = last;
    }
    if task.revision != *revision {
        let message = "the run that was to be told is not in the log";
        return Err(Refusal::not_found("revision_not_found", message));
    }
    let told = json!({ "task": task.to_json(None, true) });
    let told = shared.shown_to(tenant, Some(reader), told).await;
    serde_json::to_vec(&told).map_err(|error| Refusal::internal(error.to_string()))
}
