use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, PortError, Restored};
use contracts::{Address, Cursor, Hash, Kind};

use super::faults::AppendFate;
use super::{PAYLOAD_BYTES_MAX, World, done, lock};
use crate::position::{Mover, Position};
use crate::run;

/// EVENTS in memory: position n stands at index n - 1.
pub(super) struct Events {
    kept: Mutex<Kept>,
    head: Mover,
}

#[derive(Default)]
struct Kept {
    messages: Vec<Message>,
    of_actor: HashMap<Address, Vec<Cursor>>,
}

/// A message; with its subject in place of an address when that is no actor's.
struct Message {
    address: Result<Address, String>,
    payload: Bytes,
    imported: bool,
}

impl Default for Events {
    fn default() -> Self {
        Self { kept: Mutex::default(), head: Position::starting_at(Cursor::ZERO).0 }
    }
}

impl Events {
    /// Stores whatever was published, asking nothing.
    pub(super) fn store(&self, address: Result<Address, String>, payload: Bytes) -> Cursor {
        self.store_in(&mut lock(&self.kept), address, payload, false)
    }

    fn store_in(
        &self,
        kept: &mut Kept,
        address: Result<Address, String>,
        payload: Bytes,
        imported: bool,
    ) -> Cursor {
        let cursor = Cursor(kept.messages.len() as u64 + 1);
        if let Ok(address) = &address {
            kept.of_actor.entry(address.clone()).or_default().push(cursor);
        }
        kept.messages.push(Message { address, payload, imported });
        self.head.move_to(cursor);
        cursor
    }

    /// Stores the whole run or nothing of it.
    fn append(&self, append: Append) -> Result<Vec<Cursor>, AppendError> {
        let mut kept = lock(&self.kept);
        let last = kept.of_actor.get(&append.address).and_then(|own| own.last().copied());
        if last.unwrap_or_default() != append.expected {
            return Err(AppendError::Conflict);
        }
        let Append { address, payloads, .. } = append;
        let store = |payload| self.store_in(&mut kept, Ok(address.clone()), payload, false);
        Ok(payloads.into_iter().map(store).collect())
    }

    /// Stores a batch as it stands, whole or not at all.
    pub(super) fn restore(&self, batch: Vec<Restored>) -> Result<Cursor, AppendError> {
        let mut kept = lock(&self.kept);
        let last = |address| kept.of_actor.get(address).and_then(|own| own.last().copied());
        let mut seen = std::collections::HashSet::new();
        for one in batch.iter().filter(|one| seen.insert(&one.address)) {
            if last(&one.address).unwrap_or_default() != one.expected {
                return Err(AppendError::Conflict);
            }
        }
        let mut cursor = self.head.get();
        for one in batch {
            cursor = self.store_in(&mut kept, Ok(one.address), one.payload, true);
        }
        Ok(cursor)
    }

    fn own(&self, address: &Address, after: Cursor, limit: usize) -> Vec<Stored> {
        let kept = lock(&self.kept);
        let own = kept.of_actor.get(address).map_or(&[][..], Vec::as_slice);
        let from = own.partition_point(|cursor| *cursor <= after);
        own[from..].iter().take(limit).filter_map(|cursor| kept.stored(*cursor)?.ok()).collect()
    }
}

impl Kept {
    /// The message at a position: `Err` = on a subject that is no actor's.
    fn stored(&self, cursor: Cursor) -> Option<Result<Stored, Unowned>> {
        let index = usize::try_from(cursor.0.checked_sub(1)?).ok()?;
        let message = self.messages.get(index)?;
        let address = match message.address.clone() {
            Ok(address) => address,
            Err(subject) => {
                let hash = Hash::of(&message.payload);
                return Some(Err(Unowned::Stray { cursor, subject, hash }));
            }
        };
        let (payload, imported) = (message.payload.clone(), message.imported);
        Some(Ok(Stored { cursor, address, payload, imported }))
    }
}

impl World {
    /// What is read of an actor, unless the log is away by a fault.
    fn reads<T>(&self, read: impl FnOnce() -> T) -> Result<T, PortError> {
        if lock(&self.faults).fails_reads() {
            return Err(PortError::Unavailable("a fault".to_owned()));
        }
        Ok(read())
    }
}

/// The port on [`Events`].
pub(super) struct MemoryLog(pub(super) Arc<World>);

impl Log for MemoryLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        Box::pin(async move {
            run::check(&append, PAYLOAD_BYTES_MAX)?;
            let (fate, pause) = lock(&self.0.faults).append();
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            match fate {
                AppendFate::Failed => Err(AppendError::Unavailable("a fault".to_owned())),
                AppendFate::Lost => Err(AppendError::InDoubt("a fault".to_owned())),
                AppendFate::Stored => self.0.events.append(append),
                AppendFate::Denied => {
                    // One server stores it, and another, who lies behind, is heard.
                    let _unheard = self.0.events.append(append);
                    Err(AppendError::Conflict)
                }
                AppendFate::AckLost => {
                    // Whatever the log said, nobody heard it.
                    let _unheard = self.0.events.append(append);
                    Err(AppendError::InDoubt("a fault".to_owned()))
                }
            }
        })
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        done(self.0.reads(|| self.0.events.own(address, after, limit)))
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        done(self.0.reads(|| self.0.events.own(address, after, 1).pop()))
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let kept = lock(&self.0.events.kept);
        let last = kept.of_actor.get(address).and_then(|own| kept.stored(*own.last()?)?.ok());
        done(Ok(last))
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        done(Ok(lock(&self.0.events.kept).stored(cursor).and_then(Result::ok)))
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        done(Ok(self.0.events.head.get()))
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        let state = (Arc::clone(&self.0), self.0.events.head.position(), after);
        Box::pin(futures_util::stream::unfold(state, |(world, head, after)| async move {
            let next = after.next();
            if !head.reached(next).await {
                return None;
            }
            let message = lock(&world.events.kept).stored(next)?;
            Some((Ok(message), (world, head, next)))
        }))
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        let state = (Arc::clone(&self.0), kinds.to_vec(), after, upto);
        Box::pin(futures_util::stream::unfold(state, |(world, kinds, mut at, upto)| async move {
            while at < upto {
                at = at.next();
                let stored = lock(&world.events.kept).stored(at)?;
                if let Ok(stored) = stored
                    && kinds.contains(&stored.address.kind)
                {
                    return Some((Ok(stored), (world, kinds, at, upto)));
                }
            }
            None
        }))
    }
}
