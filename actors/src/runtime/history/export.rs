//! The log as lines that anyone can check, keep and import; constant memory however long it is.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use contracts::archive::{Blob, Header, Line, Seal, Selection, blobs_of};
use contracts::ports::{Flow, PortError};
use contracts::{Address, Cursor, Entry, Hash, Recorded, Refusal, Tenant};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::Runtime;
use super::pages;

/// Contents that are remembered so that they are not written again at once.
const BLOBS_REMEMBERED_MAX: usize = 4_096;

/// An export on its way.
struct Export {
    runtime: Runtime,
    selection: Selection,
    until: Cursor,
    source: Source,
    ready: VecDeque<Bytes>,
    seal: Seal,
    written: HashSet<(Tenant, Hash)>,
    ended: bool,
}

/// Where the entries come from.
enum Source {
    /// The whole log.
    Log(Flow<contracts::ports::FeedItem>),
    /// One actor and its ancestors, page by page; `None` = all is read.
    Actor(Address, Option<Cursor>, VecDeque<Entry>),
}

impl Runtime {
    /// The lines of an export.
    pub(super) fn export_now(&self, selection: Selection) -> Flow<Result<Bytes, Refusal>> {
        let runtime = self.clone();
        let opened = stream::once(async move {
            match Export::open(runtime, selection).await {
                Ok(export) => export.lines().boxed(),
                Err(refusal) => stream::iter([Err(refusal)]).boxed(),
            }
        });
        Box::pin(opened.flatten())
    }
}

impl Export {
    async fn open(runtime: Runtime, selection: Selection) -> Result<Self, Refusal> {
        let world = &runtime.shared.world;
        let head = world.log.head().await?;
        let until = selection.until.map_or(head, |until| until.min(head));
        let header = Header::new(&selection, until, world.clock.now());
        let source = match (&selection.tenant, &selection.kind, &selection.id) {
            (Some(tenant), Some(kind), Some(id)) => {
                let address = Address::new(tenant.clone(), kind.clone(), id.clone());
                Source::Actor(address, Some(selection.after), VecDeque::new())
            }
            _ => Source::Log(world.feed.subscribe(selection.after)),
        };
        let mut export = Self {
            runtime,
            until,
            source,
            ready: VecDeque::new(),
            seal: Seal::default(),
            written: HashSet::new(),
            ended: false,
            selection,
        };
        let text = Line::Header(header).text().unwrap_or_default();
        export.write(text.into_bytes(), 0, 0);
        Ok(export)
    }

    fn lines(self) -> impl futures_util::Stream<Item = Result<Bytes, Refusal>> + Send {
        stream::unfold(self, |mut export| async move {
            loop {
                if let Some(line) = export.ready.pop_front() {
                    return Some((Ok(line), export));
                }
                if export.ended {
                    return None;
                }
                if let Err(refusal) = export.step().await {
                    export.ended = true;
                    return Some((Err(refusal), export));
                }
            }
        })
    }

    fn write(&mut self, line: Vec<u8>, commits: u64, blobs: u64) {
        self.seal.take(&line, commits, blobs);
        self.ready.push_back(line.into());
    }

    fn end(&mut self) {
        let trailer = Line::Trailer(self.seal.trailer()).text().unwrap_or_default();
        self.ready.push_back(trailer.into());
        self.ended = true;
    }

    async fn step(&mut self) -> Result<(), Refusal> {
        let Some(entry) = self.next().await? else {
            self.end();
            return Ok(());
        };
        let last = entry.cursor() >= self.until && matches!(self.source, Source::Log(_));
        if entry.cursor() <= self.until
            && let Entry::Commit(recorded) = &entry
            && self.is_wanted(recorded)
        {
            self.write_blobs(recorded).await?;
            self.write(recorded.to_json(true).to_string().into_bytes(), 1, 0);
        }
        if last {
            self.end();
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Entry>, Refusal> {
        match &mut self.source {
            Source::Log(_) if self.selection.after >= self.until => Ok(None),
            Source::Log(feed) => {
                let ended = || PortError::Unavailable("the feed has ended".to_owned());
                Ok(Some(feed.next().await.ok_or_else(ended)??))
            }
            Source::Actor(address, after, read) => {
                if read.is_empty()
                    && let Some(from) = *after
                {
                    let hydrator = &self.runtime.shared.hydrator;
                    let page =
                        pages::read(hydrator, address, from, hydrator.read_commits_max).await?;
                    *after = page.next;
                    read.extend(page.items.into_iter().map(|(_, entry)| entry));
                }
                Ok(read.pop_front())
            }
        }
    }

    fn is_wanted(&self, recorded: &Recorded) -> bool {
        let (commit, wanted) = (&recorded.commit, &self.selection);
        wanted.tenant.as_ref().is_none_or(|tenant| *tenant == commit.tenant)
            && wanted.kind.as_ref().is_none_or(|kind| *kind == commit.kind)
            && wanted.from.is_none_or(|from| commit.at >= from)
            && wanted.to.is_none_or(|to| commit.at < to)
    }

    /// The contents that a commit refers to stand before it.
    async fn write_blobs(&mut self, recorded: &Recorded) -> Result<(), Refusal> {
        let tenant = &recorded.commit.tenant;
        for hash in blobs_of(&recorded.commit) {
            if self.written.len() >= BLOBS_REMEMBERED_MAX {
                self.written.clear();
            }
            if !self.written.insert((tenant.clone(), hash)) {
                continue;
            }
            let content = self.runtime.shared.world.blobs.get(tenant, hash).await?;
            let blob = Line::Blob(Blob { tenant: tenant.clone(), hash, content });
            self.write(blob.text().unwrap_or_default().into_bytes(), 0, 1);
        }
        Ok(())
    }
}
