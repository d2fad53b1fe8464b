//! Commits as they are read and followed: of a tenant, or of one actor with its ancestors.

use std::collections::VecDeque;
use std::sync::Arc;

use contracts::ports::{Feed, FeedItem, Flow, History};
use contracts::{Address, Cursor, Entry, Kind, Recorded, Refusal, Revision, Tenant};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::needs::Reader;
use crate::problem::codes;

/// What a subscriber gets: commits in order; after an error nothing.
pub type Commits = Flow<Result<Arc<Recorded>, Refusal>>;

/// How many commits of an actor are read at once.
const READ_COMMITS: usize = 256;

/// Which commits of the whole log are meant.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of which tenant.
    pub tenant: Tenant,
    /// Of which kind; `None` = of all.
    pub kind: Option<Kind>,
}

impl Filter {
    /// Whether a commit is meant.
    #[must_use]
    pub fn fits(&self, recorded: &Recorded) -> bool {
        let commit = &recorded.commit;
        commit.tenant == self.tenant && self.kind.as_ref().is_none_or(|kind| *kind == commit.kind)
    }
}

/// A place in an actor's commits: a cursor, and its revision where it is known, which saves
/// looking for it. As text `1234` or `1234-57`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The position in the log.
    pub cursor: Cursor,
    /// The actor's revision there.
    pub revision: Option<Revision>,
}

impl std::str::FromStr for Place {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((cursor, revision)) = text.split_once('-') else {
            return Ok(Self { cursor: text.parse()?, revision: None });
        };
        Ok(Self { cursor: cursor.parse()?, revision: Some(revision.parse()?) })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.revision {
            Some(revision) => write!(f, "{}-{revision}", self.cursor),
            None => self.cursor.fmt(f),
        }
    }
}

/// Of `commits` those that `reader` may read at the moment when they are told. Of one actor, the
/// first that it may not read ends them.
#[must_use]
pub fn readable(commits: Commits, reader: Reader, of_one: bool) -> Commits {
    let judged = commits.map(move |item| match item {
        Ok(recorded) => {
            let commit = &recorded.commit;
            let reads = reader.reads(&commit.kind, Some(commit.id.as_str()));
            if reads { Some(Ok(recorded)) } else { of_one.then(|| Err(codes::forbidden_now())) }
        }
        Err(refusal) => Some(Err(refusal)),
    });
    let kept = judged.filter_map(std::future::ready);
    // After an error there is nothing.
    let ended = kept.scan(false, |ended, item| {
        let over = std::mem::replace(ended, item.is_err());
        std::future::ready((!over).then_some(item))
    });
    Box::pin(ended)
}

/// All commits of `filter` after `after`, then those to come.
#[must_use]
pub fn of_tenant(feed: &dyn Feed, filter: Filter, after: Cursor) -> Commits {
    let commits = feed.subscribe(after).filter_map(move |item| {
        let kept = match item {
            Err(error) => Some(Err(error.into())),
            Ok(Entry::Commit(recorded)) => filter.fits(&recorded).then_some(Ok(recorded)),
            Ok(Entry::Foreign(_)) => None,
        };
        std::future::ready(kept)
    });
    Box::pin(commits)
}

/// What one page of a tenant's commits holds.
pub struct Scanned {
    /// The commits.
    pub items: Vec<Arc<Recorded>>,
    /// After where there may be more; `None` = the end of the log was reached.
    pub next: Option<Cursor>,
}

/// The commits of `filter` that stand in the log now, after `after`: at most `limit`, and looking
/// at no more than `scan_max` entries.
///
/// # Errors
/// When the log cannot be read.
pub async fn scan(
    feed: &dyn Feed,
    filter: &Filter,
    after: Cursor,
    limit: usize,
    scan_max: usize,
) -> Result<Scanned, Refusal> {
    let (end, mut items, mut looked) = (feed.head().await?, Vec::new(), 0);
    if after >= end {
        return Ok(Scanned { items, next: None });
    }
    let mut entries = feed.subscribe(after);
    while let Some(entry) = entries.next().await {
        let entry = entry?;
        let cursor = entry.cursor();
        if let Entry::Commit(recorded) = entry
            && filter.fits(&recorded)
        {
            items.push(recorded);
        }
        looked += 1;
        if cursor >= end {
            break;
        }
        if items.len() >= limit || looked >= scan_max {
            return Ok(Scanned { items, next: Some(cursor) });
        }
    }
    Ok(Scanned { items, next: None })
}

/// One page of an actor's commits after `after`.
///
/// # Errors
/// As [`History::entries`].
pub async fn page(
    history: &dyn History,
    address: &Address,
    after: Place,
    limit: usize,
) -> Result<(Vec<Arc<Recorded>>, Option<Place>), Refusal> {
    let mut from = after.cursor;
    let mut items = Vec::new();
    loop {
        let read = history.entries(address, from, READ_COMMITS.max(limit)).await?;
        for recorded in read.items.into_iter().filter_map(commit) {
            if recorded.cursor <= after.cursor {
                continue;
            }
            if items.len() == limit {
                let next = items.last().map(|last: &Arc<Recorded>| place(last));
                return Ok((items, next));
            }
            items.push(recorded);
        }
        match read.next {
            Some(next) if next > from => from = next,
            _ => return Ok((items, None)),
        }
    }
}

/// Where a commit stands, as a token to go on after.
fn place(recorded: &Recorded) -> Place {
    Place { cursor: recorded.cursor, revision: Some(recorded.commit.revision) }
}

fn commit(entry: Entry) -> Option<Arc<Recorded>> {
    match entry {
        Entry::Commit(recorded) => Some(recorded),
        Entry::Foreign(_) => None,
    }
}

/// All commits of an actor after `after`, its ancestors' first, then those to come.
///
/// # Errors
/// As [`History::entries`], before the first commit is given.
pub async fn of_actor(
    history: Arc<dyn History>,
    feed: Arc<dyn Feed>,
    address: Address,
    after: Place,
) -> Result<Commits, Refusal> {
    // Taken before reading, so that what is written meanwhile is met in the feed.
    let resume = feed.position().max(after.cursor);
    let last = after.revision.unwrap_or_default();
    let read = history.entries(&address, after.cursor, READ_COMMITS).await?;
    let mut following = Following {
        history,
        feed,
        address,
        after: after.cursor,
        last,
        seen: after.cursor,
        resume,
        unread: read.next,
        read: VecDeque::new(),
        tail: None,
        ended: false,
    };
    following.read.extend(read.items.into_iter().filter_map(commit));
    Ok(Box::pin(stream::unfold(following, |mut following| async move {
        let item = following.next().await?;
        Some((item, following))
    })))
}

/// An actor's commits on their way to one subscriber.
struct Following {
    history: Arc<dyn History>,
    feed: Arc<dyn Feed>,
    address: Address,
    /// Nothing at or before this is told.
    after: Cursor,
    /// The last revision that was read.
    last: Revision,
    /// Where that stands.
    seen: Cursor,
    /// From where the tail goes on once all is read.
    resume: Cursor,
    /// The position after which there is more to read.
    unread: Option<Cursor>,
    read: VecDeque<Arc<Recorded>>,
    tail: Option<Flow<FeedItem>>,
    ended: bool,
}

impl Following {
    async fn next(&mut self) -> Option<Result<Arc<Recorded>, Refusal>> {
        while !self.ended {
            match self.step().await {
                Ok(Some(recorded)) => return Some(Ok(recorded)),
                Ok(None) => {}
                Err(refusal) => {
                    self.ended = true;
                    return Some(Err(refusal));
                }
            }
        }
        None
    }

    async fn step(&mut self) -> Result<Option<Arc<Recorded>>, Refusal> {
        if let Some(recorded) = self.read.pop_front() {
            self.last = self.last.max(recorded.commit.revision);
            self.seen = self.seen.max(recorded.cursor);
            self.resume = self.resume.max(recorded.cursor);
            return Ok((recorded.cursor > self.after).then_some(recorded));
        }
        if let Some(from) = self.unread.take() {
            let page = self.history.entries(&self.address, from, READ_COMMITS).await?;
            self.unread = page.next.filter(|next| *next > from);
            self.read.extend(page.items.into_iter().filter_map(commit));
            return Ok(None);
        }
        let (feed, resume) = (&self.feed, self.resume);
        let tail = self.tail.get_or_insert_with(|| feed.subscribe(resume));
        let Some(entry) = tail.next().await else {
            self.ended = true;
            return Ok(None);
        };
        Ok(commit(entry?).and_then(|recorded| self.followed(recorded)))
    }

    /// A commit that the tail gave. A gap means that reading ran behind the tail: the missing
    /// commits are read before going on.
    fn followed(&mut self, recorded: Arc<Recorded>) -> Option<Arc<Recorded>> {
        let revision = recorded.commit.revision;
        if !recorded.commit.is_of(&self.address) || revision <= self.last {
            return None;
        }
        if self.last > Revision::ZERO && revision > self.last.next() {
            self.tail = None;
            self.resume = self.after;
            self.unread = Some(self.seen);
            return None;
        }
        self.last = revision;
        self.seen = recorded.cursor;
        self.resume = recorded.cursor;
        self.after = self.after.max(recorded.cursor);
        Some(recorded)
    }
}
