use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{Flow, Fut, PortError, RecordEntry, Records};
use contracts::records::RecordPlace;
use tokio::sync::watch;

use super::{PAYLOAD_BYTES_MAX, World, done, lock};

/// What is kept, by where it stands.
#[derive(Default)]
pub(super) struct Kept {
    entries: BTreeMap<u64, RecordEntry>,
    last: watch::Sender<u64>,
}

/// The port on a map.
pub(super) struct MemoryRecords(pub(super) Arc<World>);

impl Records for MemoryRecords {
    fn put<'a>(
        &'a self,
        place: &'a RecordPlace,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return done(Err(PortError::Refused("the batch is too long".to_owned())));
        }
        let mut kept = lock(&self.0.records);
        let sequence = *kept.last.borrow() + 1;
        kept.entries.insert(sequence, RecordEntry { sequence, place: place.clone(), payload });
        kept.last.send_replace(sequence);
        done(Ok(sequence))
    }

    fn entries(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<RecordEntry>, PortError>> {
        let kept = lock(&self.0.records);
        let behind = kept.entries.range(after.saturating_add(1)..).map(|(_, entry)| entry);
        done(Ok(behind.take(limit).cloned().collect()))
    }

    fn follow(&self, after: u64) -> Flow<Result<RecordEntry, PortError>> {
        let last = lock(&self.0.records).last.subscribe();
        let state = (Arc::clone(&self.0), last, after);
        Box::pin(futures_util::stream::unfold(state, |(world, mut last, after)| async move {
            loop {
                last.borrow_and_update();
                let next =
                    lock(&world.records).entries.range(after + 1..).next().map(|it| it.1.clone());
                if let Some(entry) = next {
                    let after = entry.sequence;
                    return Some((Ok(entry), (world, last, after)));
                }
                last.changed().await.ok()?;
            }
        }))
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        done(Ok(*lock(&self.0.records).last.borrow()))
    }

    fn purge<'a>(&'a self, place: &'a RecordPlace, until: u64) -> Fut<'a, Result<u64, PortError>> {
        let mut kept = lock(&self.0.records);
        let before = kept.entries.len();
        kept.entries.retain(|sequence, entry| *sequence > until || entry.place != *place);
        done(Ok((before - kept.entries.len()) as u64))
    }
}
