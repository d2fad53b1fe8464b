//! Bringing commits of another log into this one, byte for byte: chains, hashes and effect ids stay
//! what they were. What is brought is marked beside its bytes, so that nothing that it asked of the
//! world is asked again.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::archive::{Blob, Imported, Line};
use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::chain::Head;
use contracts::entry::Stored;
use contracts::ports::{AppendError, PortError, RESTORE_BYTES_MAX, RESTORE_MESSAGES_MAX, Restored};
use contracts::{Address, Caller, Cursor, Entry, Hash, Recorded, Refusal, RefusalClass, Revision};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use super::Runtime;
use super::pages;

/// Actors whose compared chains are remembered between two chunks.
const ACTORS_REMEMBERED_MAX: usize = 200_000;

/// Actors that are compared at once.
const COMPARES: usize = 32;

/// How often a chunk is begun again after somebody else has written, or an answer was lost.
const TRIES_MAX: usize = 5;

/// Up to where the chains of a running import were compared with what stands here.
#[derive(Default)]
pub struct Importer {
    compared: HashMap<Address, Head>,
}

/// What a chunk holds.
#[derive(Default)]
struct Chunk {
    blobs: Vec<Blob>,
    commits: Vec<Arc<Recorded>>,
    begins: bool,
}

/// Where an actor's commits of a chunk go.
#[derive(Clone, Copy, Default)]
struct Place {
    /// So many are here already.
    skip: u64,
    /// The others go after this message; zero = the actor has none.
    after: Cursor,
    /// The last of them, when all are here.
    all: Option<Head>,
}

/// Why a try did not work.
enum Trouble {
    Refused(Refusal),
    /// Worth another try: the log has to be read again.
    Again(String),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<PortError> for Trouble {
    fn from(error: PortError) -> Self {
        Self::Refused(error.into())
    }
}

fn invalid(line: usize, reason: impl std::fmt::Display) -> Refusal {
    let message = format!("line {line} of the chunk is no line of an export: {reason}");
    Refusal::new(RefusalClass::Malformed, "import_invalid", message)
}

fn conflict(address: &Address, revision: Revision, reason: &str) -> Refusal {
    let message = format!("{address} revision {revision}: {reason}");
    let details = json!({ "address": address, "revision": revision });
    Refusal::new(RefusalClass::Conflict, "import_conflict", message).details(details)
}

fn incomplete(address: &Address, revision: Revision, reason: &str) -> Refusal {
    let message = format!("{address} revision {revision}: {reason}");
    let details = json!({ "address": address, "revision": revision });
    Refusal::new(RefusalClass::Conflict, "import_incomplete", message).details(details)
}

/// Reads the lines; decoding and hashing is work for another thread.
fn read(lines: &Bytes) -> Result<Chunk, Refusal> {
    let mut chunk = Chunk::default();
    for (at, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match Line::read(line).map_err(|error| invalid(at + 1, error))? {
            Line::Header(_) => chunk.begins = true,
            Line::Trailer(_) => {}
            Line::Blob(blob) => chunk.blobs.push(blob),
            Line::Commit { address, cursor, raw, .. } => {
                let stored = Stored { cursor, address, payload: raw, imported: true };
                match Entry::from(stored) {
                    Entry::Commit(recorded) => chunk.commits.push(recorded),
                    Entry::Foreign(foreign) => return Err(invalid(at + 1, foreign.reason)),
                }
            }
        }
    }
    Ok(chunk)
}

impl Runtime {
    pub(super) async fn import_now(&self, lines: Bytes, by: Caller) -> Result<Imported, Refusal> {
        let read = tokio::task::spawn_blocking(move || read(&lines)).await;
        let chunk = read.map_err(|error| Refusal::internal(error.to_string()))??;
        if let Some(unknown) =
            chunk.commits.iter().find(|it| self.shared.registry.get(&it.commit.kind).is_none())
        {
            let message = format!("there is no kind {}", unknown.commit.kind);
            return Err(Refusal::not_found("unknown_kind", message));
        }
        for recorded in &chunk.commits {
            self.shared.gate.ensure_moving(&recorded.commit.address())?;
        }
        let mut importer = self.archive.importer.lock().await;
        if chunk.begins {
            importer.compared.clear();
            self.audit_import(&by).await?;
        }
        let mut done = Imported::default();
        self.keep_blobs(&chunk.blobs, &mut done).await?;
        let mut tries = 0;
        loop {
            let before = done;
            match self.bring(&mut importer, &chunk.commits, &mut done).await {
                Ok(()) => return Ok(done),
                Err(Trouble::Refused(refusal)) => {
                    importer.compared.clear();
                    return Err(refusal);
                }
                Err(Trouble::Again(reason)) => {
                    tracing::warn!(reason, "import.again");
                    importer.compared.clear();
                    done = before;
                    tries += 1;
                    if tries >= TRIES_MAX {
                        return Err(Refusal::unavailable("log_unavailable", reason));
                    }
                }
            }
        }
    }

    async fn audit_import(&self, by: &Caller) -> Result<(), Refusal> {
        let (tenant, class) = (contracts::Tenant::from_static("main"), classes::ADMIN);
        let now = self.shared.world.clock.now();
        let record = AuditRecord::new(tenant, class, now, "an import begins")
            .by(by)
            .outcome(Outcome::Done)
            .action("admin.import");
        Ok(self.shared.world.audit.record(record).await?)
    }

    async fn keep_blobs(&self, blobs: &[Blob], done: &mut Imported) -> Result<(), Refusal> {
        for blob in blobs {
            let Some(content) = &blob.content else {
                done.blobs_missing += 1;
                continue;
            };
            if Hash::of(content) != blob.hash {
                return Err(invalid(0, format!("the content {} has another hash", blob.hash)));
            }
            self.shared.world.blobs.put(&blob.tenant, content.clone()).await?;
            done.blobs += 1;
        }
        Ok(())
    }

    async fn bring(
        &self,
        importer: &mut Importer,
        commits: &[Arc<Recorded>],
        done: &mut Imported,
    ) -> Result<(), Trouble> {
        let mut of_actor: HashMap<Address, Vec<&Arc<Recorded>>> = HashMap::new();
        for recorded in commits {
            of_actor.entry(recorded.commit.address()).or_default().push(recorded);
        }
        if importer.compared.len() > ACTORS_REMEMBERED_MAX {
            importer.compared.clear();
        }
        let compares = of_actor.into_iter().map(|(address, own)| {
            let known = importer.compared.get(&address).copied();
            async move {
                let place = self.compare(&address, known, &own, commits).await?;
                Ok::<_, Trouble>((address, place))
            }
        });
        let compares = stream::iter(compares.collect::<Vec<_>>()).buffer_unordered(COMPARES);
        let mut fresh: HashMap<Address, Place> = compares.try_collect().await?;
        for (address, place) in &fresh {
            match place.all {
                Some(head) => importer.compared.insert(address.clone(), head),
                None => importer.compared.remove(address),
            };
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        for recorded in commits {
            let address = recorded.commit.address();
            let place = fresh.entry(address.clone()).or_default();
            if place.skip > 0 {
                place.skip -= 1;
                done.skipped += 1;
                continue;
            }
            let full = batch.len() >= RESTORE_MESSAGES_MAX
                || bytes + recorded.raw.len() > RESTORE_BYTES_MAX;
            if full && !batch.is_empty() {
                self.send(importer, std::mem::take(&mut batch), done).await?;
                bytes = 0;
            }
            // What an earlier batch has stored meanwhile is what the next one expects.
            let known = importer.compared.get(&address).map_or(place.after, |head| head.cursor);
            bytes += recorded.raw.len();
            batch.push((recorded, known.max(place.after)));
        }
        if batch.is_empty() { Ok(()) } else { self.send(importer, batch, done).await }
    }

    async fn send(
        &self,
        importer: &mut Importer,
        batch: Vec<(&Arc<Recorded>, Cursor)>,
        done: &mut Imported,
    ) -> Result<(), Trouble> {
        let messages = batch.iter().map(|(recorded, expected)| Restored {
            address: recorded.commit.address(),
            payload: recorded.raw.clone(),
            expected: *expected,
        });
        let last = match self.shared.world.restore.restore(messages.collect()).await {
            Ok(last) => last,
            Err(AppendError::Refused(reason)) => {
                return Err(Refusal::unavailable("log_refused", reason).into());
            }
            Err(error) => return Err(Trouble::Again(error.to_string())),
        };
        done.commits += batch.len() as u64;
        done.cursor = last;
        // The messages of a batch stand next to each other.
        let first = last.0 + 1 - batch.len() as u64;
        for (at, (recorded, _)) in (first..).zip(batch) {
            let (revision, hash) = (recorded.commit.revision, recorded.hash);
            let head = Head { revision, hash, cursor: Cursor(at) };
            importer.compared.insert(recorded.commit.address(), head);
        }
        Ok(())
    }

    /// Which of an actor's commits of the chunk are here already, and after which of its messages
    /// the others go. Everything that is here must be what the chunk says, byte for byte.
    async fn compare(
        &self,
        address: &Address,
        known: Option<Head>,
        own: &[&Arc<Recorded>],
        chunk: &[Arc<Recorded>],
    ) -> Result<Place, Trouble> {
        let first = own[0].commit.revision;
        let mut head = match known.filter(|head| head.revision.next() == first) {
            Some(head) => head,
            None => self.before(address, own[0], chunk).await?,
        };
        let here = self.shared.world.log.read(address, head.cursor, own.len()).await?;
        let mut place = Place { skip: 0, after: head.cursor, all: None };
        for (at, recorded) in own.iter().enumerate() {
            let commit = &recorded.commit;
            if commit.revision != head.revision.next() || commit.prev != head.hash {
                let reason = "the export does not continue the commit before it";
                return Err(incomplete(address, commit.revision, reason).into());
            }
            if let Some(stored) = here.get(at) {
                if stored.payload != recorded.raw {
                    let reason = "another commit stands here; nothing is overwritten";
                    return Err(conflict(address, commit.revision, reason).into());
                }
                place.after = stored.cursor;
                place.skip += 1;
            }
            head = Head { revision: commit.revision, hash: recorded.hash, cursor: place.after };
        }
        place.all = (here.len() == own.len()).then_some(head);
        Ok(place)
    }

    /// What the first commit of an actor in the chunk must continue, with the position of the
    /// actor's last message before it; zero when it has none.
    async fn before(
        &self,
        address: &Address,
        first: &Arc<Recorded>,
        chunk: &[Arc<Recorded>],
    ) -> Result<Head, Trouble> {
        let hydrator = &self.shared.hydrator;
        let revision = first.commit.revision;
        if let Some(parent) = Head::forked_from(&Entry::Commit(first.clone())) {
            let above = Address { id: parent.id, ..address.clone() };
            let in_chunk = chunk
                .iter()
                .find(|it| it.commit.revision == parent.revision && it.commit.address() == above);
            let hash = match in_chunk {
                Some(recorded) => Some(recorded.hash),
                None => pages::hash_at(hydrator, &above, parent.revision).await?,
            };
            let missing =
                || incomplete(address, revision, "the actor that it continues is not here");
            let hash = hash.ok_or_else(missing)?;
            return Ok(Head { revision: parent.revision, hash, cursor: Cursor::ZERO });
        }
        if revision == Revision(1) {
            return Ok(Head::default());
        }
        // The chunk goes on within the chain: what stands before it must be here.
        let mut after = Cursor::ZERO;
        loop {
            let page =
                self.shared.world.log.read(address, after, hydrator.read_commits_max).await?;
            let Some(last) = page.last().map(|stored| stored.cursor) else {
                let reason = "the commits before it are not here";
                return Err(incomplete(address, revision, reason).into());
            };
            for stored in page {
                if let Entry::Commit(recorded) = Entry::from(stored)
                    && recorded.commit.revision.next() == revision
                {
                    let (revision, hash) = (recorded.commit.revision, recorded.hash);
                    return Ok(Head { revision, hash, cursor: recorded.cursor });
                }
            }
            after = last;
        }
    }
}
