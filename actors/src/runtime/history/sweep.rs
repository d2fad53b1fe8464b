//! Walking the whole log: every chain, every tree head. The log itself is walked, not an index of
//! it, so an actor that a read model has lost is met all the same.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use contracts::archive::{Checked, TreeHeadChecked, VerifyStep};
use contracts::chain::{Broken, Doubts, Head, Skip};
use contracts::entry::{Foreign, ForeignCode, Stored, Unowned};
use contracts::ports::{Flow, PortError};
use contracts::tree::{Leaf, SignedTreeHead, Tree, key_of};
use contracts::{Address, Cursor, Entry, Hash, Recorded, Refusal, Revision, Tenant};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::Runtime;
use super::acknowledge::Words;
use super::pages;

/// Messages that are decoded and hashed together, away from the tasks that answer callers.
const DECODE_MESSAGES: usize = 512;

/// Such groups at once.
const DECODERS: usize = 4;

/// Commits between two words on progress.
const PROGRESS_COMMITS: u64 = 20_000;

/// The event by which a commit names what stands before it.
const SKIPPED: &str = "cambium:Skipped";

/// Tree heads read at once.
const HEADS_PAGE: usize = 256;

/// Actors whose states are derived at once.
const STATES_CONCURRENT: usize = 4;

/// A walk on its way.
struct Sweep {
    runtime: Runtime,
    tenant: Option<Tenant>,
    /// The chains' heads so far, which are the leaves of the tree.
    tree: Tree,
    broken: HashSet<Hash>,
    /// Actors with messages that are none of their own, which a later commit may name as skipped.
    doubtful: BTreeMap<Hash, Doubtful>,
    /// What operators have said about messages that are nobody's.
    words: Words,
    checked: Checked,
    heads: Heads,
    told: mpsc::Sender<VerifyStep>,
    /// Every actor met, kept only when states are wanted.
    actors: Option<Vec<Address>>,
}

/// An actor whose log holds, or held, what counts for nothing: the tree may have taken it.
struct Doubtful {
    address: Address,
    head: Head,
    doubts: Doubts,
}

/// Tree heads in the order of their positions.
#[derive(Default)]
struct Heads {
    read: std::collections::VecDeque<SignedTreeHead>,
    last: u64,
    last_hash: Hash,
    done: bool,
}

/// Nobody listens any more.
struct Gone;

enum Stop {
    Gone,
    Refused(Refusal),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl<E: Into<Refusal>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl Runtime {
    /// Walks the log and tells what it finds.
    pub(super) fn sweep(&self, tenant: Option<Tenant>, states: bool) -> Flow<VerifyStep> {
        let (told, steps) = mpsc::channel(64);
        let sweep = Sweep {
            runtime: self.clone(),
            heads: Heads { done: tenant.is_some(), ..Heads::default() },
            tenant,
            tree: Tree::default(),
            broken: HashSet::new(),
            doubtful: BTreeMap::new(),
            words: Words::default(),
            checked: Checked::default(),
            told: told.clone(),
            actors: states.then(Vec::new),
        };
        let stop = self.shared.stop.clone();
        self.shared.tasks.spawn(async move {
            if let Some(Err(Stop::Refused(refusal))) = stop.run_until_cancelled(sweep.run()).await {
                let Refusal { code, message, .. } = refusal;
                let failed = VerifyStep::Failed { code: code.into_owned(), detail: message };
                let _ = told.send(failed).await;
            }
        });
        Box::pin(stream::unfold(steps, |mut steps| async move {
            steps.recv().await.map(|step| (step, steps))
        }))
    }
}

/// All messages up to `until`, decoded and hashed on other threads, in order.
fn decoded(runtime: &Runtime, until: Cursor) -> Flow<Result<Vec<Entry>, PortError>> {
    let log = runtime.shared.world.log.follow(Cursor::ZERO);
    let bounded = stream::unfold((log, until == Cursor::ZERO), move |(mut log, done)| async move {
        if done {
            return None;
        }
        let item = log.next().await?;
        let at = match &item {
            Ok(Ok(stored)) => stored.cursor,
            Ok(Err(unowned)) => unowned.cursor(),
            Err(_) => until,
        };
        Some((item, (log, at >= until)))
    });
    let groups = bounded.ready_chunks(DECODE_MESSAGES).map(|group| async move {
        let decoded = tokio::task::spawn_blocking(move || group.into_iter().map(entry).collect());
        decoded.await.unwrap_or_else(|error| Err(PortError::Unavailable(error.to_string())))
    });
    Box::pin(groups.buffered(DECODERS))
}

fn entry(item: Result<Result<Stored, Unowned>, PortError>) -> Result<Entry, PortError> {
    Ok(item?.map_or_else(Entry::from, Entry::from))
}

impl Sweep {
    async fn run(mut self) -> Result<(), Stop> {
        self.words = Words::read(&self.runtime.shared).await?;
        let until = self.runtime.shared.world.log.head().await?;
        let mut groups = decoded(&self.runtime, until);
        let mut next_word = PROGRESS_COMMITS;
        while let Some(group) = groups.next().await {
            for entry in group? {
                let at = entry.cursor();
                self.heads_before(at).await?;
                match entry {
                    Entry::Commit(recorded) => self.commit(&recorded).await?,
                    Entry::Foreign(foreign) => self.foreign(foreign).await?,
                }
                if self.checked.commits >= next_word {
                    next_word += PROGRESS_COMMITS;
                    let checked = self.checked;
                    self.tell(VerifyStep::Progress { checked, at, until }).await?;
                }
            }
        }
        self.heads_before(Cursor(until.0.saturating_add(1))).await?;
        self.heads_beyond().await?;
        self.unskipped().await?;
        self.states().await?;
        let done = VerifyStep::Done(self.checked);
        Ok(self.tell(done).await?)
    }

    async fn tell(&self, step: VerifyStep) -> Result<(), Gone> {
        self.told.send(step).await.map_err(|_| Gone)
    }

    async fn commit(&mut self, recorded: &Arc<Recorded>) -> Result<(), Stop> {
        let address = recorded.commit.address();
        if self.tenant.as_ref().is_some_and(|tenant| *tenant != address.tenant) {
            return Ok(());
        }
        self.checked.commits += 1;
        self.checked.bytes += recorded.raw.len() as u64;
        let key = key_of(&address);
        if !self.broken.contains(&key) {
            match self.before(&key, &address, recorded).await? {
                Ok(before) => self.follow(key, &address, before, recorded),
                Err(reason) => {
                    self.fault(key, &address, (recorded.commit.revision, recorded.cursor), reason)
                        .await?;
                }
            }
        }
        let (revision, commit) = (recorded.commit.revision, recorded.hash);
        self.tree.take(key, Leaf { revision, commit, cursor: recorded.cursor });
        Ok(())
    }

    /// What a commit must continue.
    async fn before(
        &mut self,
        key: &Hash,
        address: &Address,
        recorded: &Arc<Recorded>,
    ) -> Result<Result<(Revision, Hash), String>, Stop> {
        if let Some(doubtful) = self.doubtful.get(key) {
            return Ok(Ok((doubtful.head.revision, doubtful.head.hash)));
        }
        if let Some(leaf) = self.tree.get(key) {
            return Ok(Ok((leaf.revision, leaf.commit)));
        }
        self.checked.actors += 1;
        if let Some(actors) = &mut self.actors {
            actors.push(address.clone());
        }
        let Some(parent) = Head::forked_from(&Entry::Commit(recorded.clone())) else {
            return Ok(Ok((Revision::ZERO, Hash::ZERO)));
        };
        let (above, revision) = (Address { id: parent.id, ..address.clone() }, parent.revision);
        if let Some(leaf) = self.tree.at(&key_of(&above), revision) {
            return Ok(Ok((revision, leaf.commit)));
        }
        let hash = pages::hash_at(&self.runtime.shared.hydrator, &above, revision).await?;
        let missing = || format!("it continues {above} revision {revision}, which is not there");
        Ok(hash.map(|hash| (revision, hash)).ok_or_else(missing))
    }

    fn follow(
        &mut self,
        key: Hash,
        address: &Address,
        (revision, hash): (Revision, Hash),
        recorded: &Arc<Recorded>,
    ) {
        let commit = &recorded.commit;
        let follows = commit.revision == revision.next() && commit.prev == hash;
        let names = commit.events.iter().any(|event| event.r#type == SKIPPED);
        if !follows || names || self.doubtful.contains_key(&key) {
            let head = Head { revision, hash, cursor: Cursor::ZERO };
            self.doubt(key, address, head, &Entry::Commit(recorded.clone()));
        }
    }

    /// Reads an entry that needs more than a look, on behind `head`.
    fn doubt(&mut self, key: Hash, address: &Address, head: Head, entry: &Entry) {
        let doubtful = self.doubtful.entry(key).or_insert_with(|| {
            let (address, doubts) = (address.clone(), Doubts::default());
            Doubtful { address, head, doubts }
        });
        if let Some(next) = doubtful.doubts.follow(doubtful.head, address, entry) {
            doubtful.head = next;
        }
    }

    /// What nobody has named as skipped until the end of the log breaks its chain.
    async fn unskipped(&mut self) -> Result<(), Stop> {
        for (key, Doubtful { address, head, doubts }) in std::mem::take(&mut self.doubtful) {
            if let Err(Broken { revision, cursor, reason, .. }) = doubts.close() {
                if head.revision == Revision::ZERO
                    && self.acknowledged(&address, &doubts, &reason).await?
                {
                    continue;
                }
                self.fault(key, &address, (revision, cursor), reason).await?;
            }
        }
        Ok(())
    }

    /// Whether an operator has given its word on all that stands on the subject of an actor that
    /// does not exist.
    async fn acknowledged(
        &mut self,
        address: &Address,
        doubts: &Doubts,
        reason: &str,
    ) -> Result<bool, Stop> {
        let words =
            doubts.messages().iter().map(|message| Some((*message, self.words.on(*message)?)));
        let Some(words) = words.collect::<Option<Vec<_>>>() else { return Ok(false) };
        let told = words.into_iter().map(|(Skip { cursor, hash }, word)| {
            let (code, address) = (ForeignCode::MessageForeign, Some(address.clone()));
            word.of(Foreign { cursor, code, address, hash, reason: reason.to_owned() })
        });
        for acknowledged in told.collect::<Vec<_>>() {
            self.checked.acknowledged += 1;
            self.tell(VerifyStep::Acknowledged(acknowledged)).await?;
        }
        Ok(true)
    }

    async fn fault(
        &mut self,
        key: Hash,
        address: &Address,
        (revision, cursor): (Revision, Cursor),
        reason: String,
    ) -> Result<(), Stop> {
        self.broken.insert(key);
        self.checked.broken += 1;
        let broken = Broken { address: address.to_string(), revision, cursor, reason };
        Ok(self.tell(VerifyStep::Broken(broken)).await?)
    }

    async fn foreign(&mut self, foreign: Foreign) -> Result<(), Stop> {
        let Some(address) = foreign.address.clone() else {
            if self.tenant.is_some() {
                return Ok(());
            }
            return self.unowned(foreign).await;
        };
        if self.tenant.as_ref().is_some_and(|tenant| *tenant != address.tenant) {
            return Ok(());
        }
        self.checked.foreign += 1;
        let key = key_of(&address);
        if self.broken.contains(&key) {
            return Ok(());
        }
        let last = self.tree.get(&key).copied();
        let (revision, hash) = last.map_or_else(Default::default, |it| (it.revision, it.commit));
        let head = Head { revision, hash, cursor: Cursor::ZERO };
        self.doubt(key, &address, head, &Entry::Foreign(foreign));
        Ok(())
    }

    /// A message of no actor, or the place of one that is lost.
    async fn unowned(&mut self, foreign: Foreign) -> Result<(), Stop> {
        self.checked.foreign += 1;
        let message = Skip { cursor: foreign.cursor, hash: foreign.hash };
        let step = match (foreign.code, self.words.on(message)) {
            (ForeignCode::MessageLost, _) => {
                self.checked.lost += 1;
                VerifyStep::Foreign(foreign)
            }
            (_, Some(word)) => {
                self.checked.acknowledged += 1;
                VerifyStep::Acknowledged(word.of(foreign))
            }
            (_, None) => {
                self.checked.stray += 1;
                VerifyStep::Foreign(foreign)
            }
        };
        Ok(self.tell(step).await?)
    }

    /// Checks the tree heads that cover the log up to before `at`.
    async fn heads_before(&mut self, at: Cursor) -> Result<(), Stop> {
        loop {
            if self.heads.read.is_empty() && !self.heads.done {
                let trees = &self.runtime.archive.trees;
                let read = trees.heads(self.heads.last, HEADS_PAGE).await?;
                self.heads.done = read.is_empty();
                self.heads.last = read.last().map_or(self.heads.last, |head| head.head.number);
                self.heads.read.extend(read);
            }
            let due = self.heads.read.front().is_some_and(|head| head.head.cursor < at);
            let Some(head) = due.then(|| self.heads.read.pop_front()).flatten() else {
                return Ok(());
            };
            self.head(&head).await?;
        }
    }

    async fn head(&mut self, signed: &SignedTreeHead) -> Result<(), Stop> {
        let found = self.tree.root().hash;
        let signer = &self.runtime.shared.world.signer;
        let reason = if !signed.hash_holds() {
            Some("its hash is not that of what it says")
        } else if !signer.verifies(&signed.public_key, &signed.head.message(), &signed.signature) {
            Some("its signature does not hold")
        } else if signed.head.prev != self.heads.last_hash {
            Some("it does not link to the head before it")
        } else if signed.head.root != found {
            Some("the log comes to another root")
        } else {
            None
        };
        self.heads.last_hash = signed.hash;
        self.tell_head(signed, found, reason).await
    }

    async fn tell_head(
        &mut self,
        signed: &SignedTreeHead,
        found: Hash,
        reason: Option<&str>,
    ) -> Result<(), Stop> {
        self.checked.tree_heads += 1;
        self.checked.tree_heads_broken += u64::from(reason.is_some());
        let step = VerifyStep::TreeHead(TreeHeadChecked {
            number: signed.head.number,
            ok: reason.is_none(),
            root: signed.head.root,
            found,
            reason: reason.map(str::to_owned),
        });
        Ok(self.tell(step).await?)
    }

    /// A head that covers more than there is says that the log has lost its end.
    async fn heads_beyond(&mut self) -> Result<(), Stop> {
        let now = self.runtime.shared.world.log.head().await?;
        for signed in std::mem::take(&mut self.heads.read) {
            if signed.head.cursor > now {
                let reason = "the log ends before the position that it covers";
                self.tell_head(&signed, Hash::ZERO, Some(reason)).await?;
            }
        }
        Ok(())
    }

    async fn states(&mut self) -> Result<(), Stop> {
        let Some(actors) = self.actors.take() else { return Ok(()) };
        let sound = actors.into_iter().filter(|address| !self.broken.contains(&key_of(address)));
        let runtime = self.runtime.clone();
        let checks = sound.collect::<Vec<_>>().into_iter().map(|address| {
            let runtime = runtime.clone();
            async move { (runtime.verify_now(&address).await, address) }
        });
        let mut checks = stream::iter(checks).buffered(STATES_CONCURRENT);
        while let Some((found, address)) = checks.next().await {
            let found = found?;
            self.checked.states += 1;
            if !found.ok {
                self.checked.broken += 1;
                let broken = Broken {
                    address: address.to_string(),
                    revision: found.broken_at.unwrap_or_default(),
                    cursor: Cursor::ZERO,
                    reason: found.reason.unwrap_or_default(),
                };
                self.tell(VerifyStep::Underivable(broken)).await?;
            }
        }
        Ok(())
    }
}
