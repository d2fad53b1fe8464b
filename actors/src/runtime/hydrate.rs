//! Reading actors from the log: their own commits and, of a fork, those of its ancestors.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use contracts::chain::{Broken, Doubts, Head};
use contracts::entry::Stored;
use contracts::limits::FORK_DEPTH_MAX;
use contracts::ports::{Log, PortError, Snapshots};
use contracts::view::At;
use contracts::{Address, Cursor, Entry, Hash, Refusal, RefusalClass, Revision, Timestamp};

use super::living::Living;
use crate::registry::Registry;

/// How often a reader that is behind is asked again.
const BEHIND_READS_MAX: u32 = 100;

/// The pause between.
const BEHIND_PAUSE: Duration = Duration::from_millis(20);

/// Why an actor cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HydrateError {
    /// The log is away.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Its log holds something that is not a continuation of it.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// This program has no such kind.
    #[error("there is no kind {0}")]
    UnknownKind(String),
    /// Too many forks stand between it and the first commit of its history.
    #[error("forked more than {FORK_DEPTH_MAX} times in a row")]
    TooDeep,
}

impl From<HydrateError> for Refusal {
    fn from(error: HydrateError) -> Self {
        match error {
            HydrateError::Port(error) => error.into(),
            HydrateError::Broken(broken) => {
                let details = serde_json::to_value(&broken).unwrap_or_default();
                Self::new(
                    RefusalClass::Conflict,
                    "actor_quarantined",
                    format!("the actor's log is broken: {broken}"),
                )
                .details(details)
            }
            HydrateError::UnknownKind(kind) => {
                Self::not_found("unknown_kind", format!("there is no kind {kind}"))
            }
            HydrateError::TooDeep => Self::rejected(
                "fork_too_deep",
                format!("at most {FORK_DEPTH_MAX} forks may stand in a row"),
            ),
        }
    }
}

/// Up to where an actor is read.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    revision: Revision,
    time: Timestamp,
}

impl Until {
    /// All there is.
    pub const END: Self =
        Self { revision: Revision(u64::MAX), time: Timestamp::from_millis(i64::MAX) };

    /// Whether `entry` counts.
    pub fn includes(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Commit(recorded) => {
                recorded.commit.revision <= self.revision && recorded.commit.at <= self.time
            }
            Entry::Foreign(_) => true,
        }
    }

    /// Whether nothing after `entry` counts.
    pub fn ends_with(&self, entry: &Entry) -> bool {
        matches!(entry, Entry::Commit(recorded) if recorded.commit.revision >= self.revision)
    }
}

impl From<At> for Until {
    fn from(at: At) -> Self {
        match at {
            At::Latest => Self::END,
            At::Revision(revision) => Self { revision, ..Self::END },
            At::Time(time) => Self { time, ..Self::END },
        }
    }
}

/// What a walk through an actor's history meets, in order.
pub enum Visit<'a> {
    /// An entry on the subject of `owner`.
    Entry {
        /// The actor, or an ancestor.
        owner: &'a Address,
        /// What stands there.
        entry: Entry,
    },
    /// From here on a fork goes its own way.
    Fork,
}

/// Whether a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// To the next.
    On,
    /// No further.
    Stop,
}

/// Histories shorter than this are folded, since that is as fast as loading a snapshot; so none is
/// taken of them.
pub const SHORT_COMMITS_MAX: usize = 20;

/// How many commits a first look at an actor reads. Each costs the broker a walk over what stands
/// between it and the one before, so of a long history only few are read before its snapshot.
const LOOK_COMMITS: usize = 4;

/// Reads actors.
#[derive(Clone)]
pub struct Hydrator {
    /// EVENTS.
    pub log: Arc<dyn Log>,
    /// SNAPSHOTS.
    pub snapshots: Arc<dyn Snapshots>,
    /// The kinds.
    pub registry: Registry,
    /// Commits read at once.
    pub read_commits_max: usize,
    /// Whether other nodes append to it, so that a server of the broker that lies behind must not
    /// be taken at its word.
    pub shared_log: bool,
}

type Waking<'a> = Pin<Box<dyn Future<Output = Result<Living, HydrateError>> + Send + 'a>>;

/// A replica that is behind said that an actor has no commit yet, another one that it began as a
/// fork.
fn behind() -> HydrateError {
    let message = "two looks at the log do not tell the same; try again";
    HydrateError::Port(PortError::Unavailable(message.to_owned()))
}

impl Hydrator {
    /// An actor to which nothing has happened.
    ///
    /// # Errors
    /// When there is no such kind.
    pub fn fresh(&self, address: &Address) -> Result<Living, HydrateError> {
        let kind = self.registry.get(&address.kind);
        let kind = kind.ok_or_else(|| HydrateError::UnknownKind(address.kind.to_string()))?;
        Ok(Living::fresh(kind.fresh()))
    }

    /// The actor as it is now: a short history is folded, which takes one look at the log, a long
    /// one goes on from its snapshot where that can be trusted.
    ///
    /// # Errors
    /// When the log is away or broken.
    pub async fn wake(&self, address: &Address) -> Result<Living, HydrateError> {
        let last = match self.shared_log {
            true => self.log.last(address).await?.map_or(Cursor::ZERO, |last| last.cursor),
            false => Cursor::ZERO,
        };
        for _ in 0..BEHIND_READS_MAX {
            let living = self.wake_doubtful(address).await?;
            if living.expected >= last {
                living.doubts.close()?;
                return Ok(living);
            }
            tokio::time::sleep(BEHIND_PAUSE).await;
        }
        Err(PortError::Unavailable("the reader of the log is behind".to_owned()).into())
    }

    /// The actor after its last good commit, with the messages behind it that are none of its own.
    ///
    /// # Errors
    /// When the log is away or holds what this program cannot read.
    pub async fn wake_doubtful(&self, address: &Address) -> Result<Living, HydrateError> {
        let look = self.log.look(address, LOOK_COMMITS, SHORT_COMMITS_MAX).await?;
        let first = look.first.first().cloned().map(Entry::from);
        let forked = first.as_ref().and_then(Head::forked_from).is_some();
        if !forked && look.first.len() + look.more < SHORT_COMMITS_MAX {
            let mut living = self.fresh(address)?;
            for stored in look.first {
                living.fold(address, &Entry::from(stored))?;
            }
            if look.more > 0 {
                self.catch_up(address, &mut living).await?;
            }
            return Ok(living);
        }
        match self.snapshotted(address).await? {
            Some(living) => Ok(living),
            None => Ok(self.folded(address, Until::END).await?.0),
        }
    }

    /// Folds an actor's history from its first commit.
    ///
    /// # Errors
    /// When the log is away or broken.
    pub async fn fold(&self, address: &Address, until: Until) -> Result<Living, HydrateError> {
        let (living, doubts) = self.folded(address, until).await?;
        doubts.close()?;
        Ok(living)
    }

    async fn folded(
        &self,
        address: &Address,
        until: Until,
    ) -> Result<(Living, Doubts), HydrateError> {
        let mut living = self.fresh(address)?;
        let walked = self.walk(address, until, |visit| {
            match visit {
                Visit::Entry { owner, entry } => living.take(owner, &entry)?,
                Visit::Fork => living.become_fork(),
            }
            Ok(Walk::On)
        });
        let doubts = walked.await?;
        if let Some(last) = doubts.messages().last() {
            living.doubts = doubts.clone();
            living.expected = last.cursor;
        }
        Ok((living, doubts))
    }

    fn wake_boxed<'a>(&'a self, address: &'a Address) -> Waking<'a> {
        Box::pin(self.wake_doubtful(address))
    }

    /// Folds what has been appended to an actor since.
    ///
    /// # Errors
    /// When the log is away or broken.
    pub async fn catch_up(
        &self,
        address: &Address,
        living: &mut Living,
    ) -> Result<(), HydrateError> {
        if living.expected == Cursor::ZERO {
            // Whoever has read nothing cannot know yet that this is a fork, which goes on from
            // what its parent was. Boxed, since a snapshot is caught up with, too.
            *living = self.wake_boxed(address).await?;
            return Ok(());
        }
        loop {
            let page = self.log.read(address, living.expected, self.read_commits_max).await?;
            let last = page.len() < self.read_commits_max;
            for stored in page {
                living.fold(address, &Entry::from(stored))?;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Meets an actor's commits from the first one of its history on. Messages that do not continue
    /// the chain are not met; those that stand behind the last commit, when the walk gets there,
    /// are returned.
    ///
    /// # Errors
    /// When the log is away, or what `visit` returns.
    pub async fn walk(
        &self,
        address: &Address,
        until: Until,
        mut visit: impl FnMut(Visit<'_>) -> Result<Walk, Broken>,
    ) -> Result<Doubts, HydrateError> {
        let lineage = self.lineage(address).await?;
        let mut head = Head::default();
        let mut doubts = Doubts::default();
        for (place, (owner, limit)) in lineage.iter().enumerate() {
            let mut after = Cursor::ZERO;
            let mut begun = place == 0;
            let mut oldest = place == 0;
            doubts.clear();
            'pages: loop {
                let page = self.log.read(owner, after, self.read_commits_max).await?;
                let last = page.len() < self.read_commits_max;
                for stored in page {
                    after = stored.cursor;
                    let entry = Entry::from(stored);
                    if oldest && Head::forked_from(&entry).is_some() {
                        return Err(behind());
                    }
                    oldest = false;
                    let Some(next) = doubts.follow(head, owner, &entry) else { continue };
                    if !limit.includes(&entry) {
                        break 'pages;
                    }
                    if !until.includes(&entry) {
                        return Ok(Doubts::default());
                    }
                    head = next;
                    if !std::mem::replace(&mut begun, true) && visit(Visit::Fork)? == Walk::Stop {
                        return Ok(Doubts::default());
                    }
                    // What stands behind the last one that counts is not even looked at.
                    let (ends, over) = (limit.ends_with(&entry), until.ends_with(&entry));
                    if visit(Visit::Entry { owner, entry })? == Walk::Stop || over {
                        return Ok(Doubts::default());
                    }
                    if ends {
                        break 'pages;
                    }
                }
                if last {
                    break;
                }
            }
        }
        Ok(doubts)
    }

    /// The actor and its ancestors, the oldest first, each with the last revision that counts.
    ///
    /// # Errors
    /// When the log is away, or there are too many.
    pub async fn lineage(&self, address: &Address) -> Result<Vec<(Address, Until)>, HydrateError> {
        let mut lineage = vec![(address.clone(), Until::END)];
        loop {
            let (owner, limit) = &lineage[lineage.len() - 1];
            let first = self.log.read(owner, Cursor::ZERO, 1).await?;
            let parent = first.into_iter().next().map(Entry::from);
            let Some(parent) = parent.as_ref().and_then(Head::forked_from) else { break };
            if lineage.len() > FORK_DEPTH_MAX {
                return Err(HydrateError::TooDeep);
            }
            let Address { tenant, kind, .. } = address.clone();
            // A fork may begin before its parent did, in the history that the parent shares.
            let revision = parent.revision.min(limit.revision);
            lineage.push((Address::new(tenant, kind, parent.id), At::Revision(revision).into()));
        }
        lineage.reverse();
        Ok(lineage)
    }

    /// How many forks stand before an actor.
    ///
    /// # Errors
    /// When the log is away, or there are too many.
    pub async fn depth(&self, address: &Address) -> Result<usize, HydrateError> {
        Ok(self.lineage(address).await?.len() - 1)
    }

    /// The actor from its snapshot and what came after. A snapshot is a cache: it is used only when
    /// the log still holds, at its position, the very commit that it was taken after.
    async fn snapshotted(&self, address: &Address) -> Result<Option<Living>, HydrateError> {
        let Ok(Some(bytes)) = self.snapshots.load(address).await else { return Ok(None) };
        let machine = self.fresh(address)?.machine;
        let Some(mut living) = Living::from_snapshot(machine, &bytes) else { return Ok(None) };
        let is_head = |stored: &Stored, head: Head| {
            stored.cursor == head.cursor && Hash::of(&stored.payload) == head.hash
        };
        // Mostly nothing came after it: the last message is found at once, where the broker would
        // walk to the end of the log to see that nothing follows.
        let newest = self.log.newest(address).await?;
        if newest.is_some_and(|newest| is_head(&newest, living.head)) {
            return Ok(Some(living));
        }
        let before = Cursor(living.head.cursor.0.saturating_sub(1));
        let page = self.log.read(address, before, self.read_commits_max).await?;
        let last = page.len() < self.read_commits_max;
        let mut page = page.into_iter();
        if !page.next().is_some_and(|stored| is_head(&stored, living.head)) {
            tracing::warn!(actor = %address, "snapshot.mismatch");
            return Ok(None);
        }
        for stored in page {
            living.fold(address, &Entry::from(stored))?;
        }
        if !last {
            self.catch_up(address, &mut living).await?;
        }
        Ok(Some(living))
    }
}
