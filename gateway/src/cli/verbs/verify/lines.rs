//! Checking exported commits, line by line. Needs nothing but the lines.

use std::collections::BTreeMap;

use contracts::archive::{Header, Line, Seal, Trailer};
use contracts::chain::{Broken, Head};
use contracts::entry::Stored;
use contracts::lifecycle::Event;
use contracts::tree::{Leaf, Tree, key_of};
use contracts::{ActorId, Address, Cursor, Entry, Hash, Kind, Revision};
use serde_json::Value;

/// What has been read so far.
#[derive(Default)]
pub struct Checker {
    chains: BTreeMap<Address, Chain>,
    lines: u64,
    seal: Seal,
    report: Report,
    header: Option<Header>,
    trailer: Option<Trailer>,
    /// The tree of the commits up to a position, where a tree head is to be compared with it.
    tree: Option<(Cursor, Tree)>,
}

/// One actor's chain: the hash of each commit, and its first break.
#[derive(Default)]
struct Chain {
    /// The revision before the first hash.
    before: u64,
    hashes: Vec<Hash>,
    last: Cursor,
    broken: Option<Broken>,
}

/// A line that is no exported commit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Garbled {
    /// Which line, from 1.
    pub line: u64,
    /// Whose commit it seems to be, when that can still be seen.
    pub seems: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many actors.
    pub actors: u64,
    /// How many commits.
    pub commits: u64,
    /// How many contents.
    pub blobs: u64,
    /// The first break of each broken chain.
    pub broken: Vec<Broken>,
    /// Lines that could not be read at all.
    pub garbled: Vec<Garbled>,
    /// What is wrong with the file as a whole.
    pub faults: Vec<String>,
}

/// A line that was read and hashed, which needs nothing but the line itself: many are read at once.
pub enum Read {
    /// Nothing stands in it.
    Blank,
    /// A header, a content or a trailer.
    Other(Line),
    /// A commit; its readable part says what its bytes say, or else why not.
    Commit(Address, Revision, Box<Entry>, Result<(), String>),
    /// It cannot be read.
    Garbled(Option<String>, String),
}

impl Read {
    /// Reads a line, without its end.
    #[must_use]
    pub fn line(bytes: &[u8]) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Blank;
        }
        match Line::read(bytes) {
            Ok(Line::Commit { address, cursor, revision, raw }) => {
                let stored =
                    Stored { cursor, address: address.clone(), payload: raw, imported: false };
                let entry = Entry::from(stored);
                let same = same_words(&entry, bytes);
                Self::Commit(address, revision, Box::new(entry), same)
            }
            Ok(other) => Self::Other(other),
            Err(error) => Self::Garbled(guess(bytes), error.to_string()),
        }
    }
}

impl Read {
    /// A message as it is stored, without a line that tells of it.
    #[must_use]
    pub fn stored(stored: Stored) -> Self {
        let address = stored.address.clone();
        let entry = Entry::from(stored);
        let revision = match &entry {
            Entry::Commit(recorded) => recorded.commit.revision,
            Entry::Foreign(_) => Revision(0),
        };
        Self::Commit(address, revision, Box::new(entry), Ok(()))
    }
}

impl Checker {
    /// Also builds the tree of the commits up to `until`; see [`Checker::root`].
    #[must_use]
    pub fn with_tree(until: Cursor) -> Self {
        Self { tree: Some((until, Tree::default())), ..Self::default() }
    }

    /// Takes the next line, without its end.
    #[cfg(test)]
    pub fn line(&mut self, bytes: &[u8]) {
        self.take(bytes, Read::line(bytes));
    }

    /// Takes the next line and what was read in it.
    pub fn take(&mut self, bytes: &[u8], read: Read) {
        self.lines += 1;
        if self.trailer.is_some() && !matches!(read, Read::Blank) {
            self.report.faults.push(format!("line {} stands after the trailer", self.lines));
        }
        let (mut commits, mut blobs) = (0, 0);
        match read {
            Read::Blank => {}
            Read::Commit(address, revision, entry, same) => {
                commits = 1;
                self.commit(address, revision, &entry, same);
            }
            Read::Other(Line::Blob(blob)) => {
                blobs = 1;
                self.report.blobs += 1;
                if blob.content.is_some_and(|content| Hash::of(&content) != blob.hash) {
                    let fault = format!("line {}: the content has another hash", self.lines);
                    self.report.faults.push(fault);
                }
            }
            Read::Other(Line::Header(header)) => {
                if self.lines > 1 {
                    self.report.faults.push(format!("line {} is a second header", self.lines));
                }
                self.header = Some(header);
            }
            Read::Other(Line::Trailer(trailer)) => {
                self.trailer = Some(trailer);
                return;
            }
            Read::Other(Line::Commit { .. }) => {}
            Read::Garbled(seems, reason) => {
                self.report.garbled.push(Garbled { line: self.lines, seems, reason });
            }
        }
        self.seal.take(bytes, commits, blobs);
    }

    fn commit(
        &mut self,
        address: Address,
        revision: Revision,
        entry: &Entry,
        same: Result<(), String>,
    ) {
        self.report.commits += 1;
        // What stands after a break counts only when it names what it goes on behind.
        let broken = self.chains.get(&address).is_some_and(|chain| chain.broken.is_some());
        if broken && !names_skipped(entry) {
            return;
        }
        let followed = self.head(&address, entry).and_then(|head| {
            let next = head.follow(&address, entry)?;
            same.map_err(|reason| Broken {
                address: address.to_string(),
                revision,
                cursor: entry.cursor(),
                reason,
            })?;
            Ok((head, next))
        });
        if let (Some((until, tree)), Ok((_, next))) = (&mut self.tree, &followed)
            && next.cursor <= *until
        {
            let leaf = Leaf { revision: next.revision, commit: next.hash, cursor: next.cursor };
            tree.take(key_of(&address), leaf);
        }
        let chain = self.chains.entry(address).or_default();
        match followed {
            Ok((head, next)) => {
                if chain.hashes.is_empty() {
                    chain.before = head.revision.0;
                }
                chain.hashes.push(next.hash);
                chain.last = next.cursor;
                chain.broken = None;
            }
            Err(broken) => {
                chain.broken.get_or_insert(broken);
            }
        }
    }

    /// What `entry` must follow: the actor's last commit, or its parent's where it was forked; in
    /// an export of a part of the log, whatever it says that it follows.
    fn head(&self, address: &Address, entry: &Entry) -> Result<Head, Broken> {
        if let Some(head) = self.chains.get(address).and_then(Chain::last) {
            return Ok(head);
        }
        if let Some(parent) = Head::forked_from(entry) {
            let above = Address { id: parent.id, ..address.clone() };
            let known = self.chains.get(&above).and_then(|chain| chain.at(parent.revision));
            if let Some(hash) = known {
                return Ok(Head { revision: parent.revision, hash, cursor: Cursor::ZERO });
            }
            if !self.is_partial() {
                let revision = parent.revision;
                return Err(Broken {
                    address: address.to_string(),
                    revision: revision.next(),
                    cursor: entry.cursor(),
                    reason: format!("it continues {above} revision {revision}, not in the file"),
                });
            }
        }
        match entry {
            Entry::Commit(recorded) if self.is_partial() => {
                let commit = &recorded.commit;
                let revision = Revision(commit.revision.0.saturating_sub(1));
                Ok(Head { revision, hash: commit.prev, cursor: Cursor::ZERO })
            }
            _ => Ok(Head::default()),
        }
    }

    fn is_partial(&self) -> bool {
        self.header.as_ref().is_some_and(Header::is_partial)
    }

    /// The header of the file; an older export has none.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The root of the tree, when one was wanted.
    pub fn root(&mut self) -> Option<Hash> {
        self.tree.as_mut().map(|(_, tree)| tree.root().hash)
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        match (&self.header, self.trailer) {
            (None, None) => {}
            (_, None) => {
                let fault = "it has no trailer: it was cut, or its export never ended";
                self.report.faults.push(fault.to_owned());
            }
            (_, Some(trailer)) if trailer != self.seal.trailer() => {
                let fault = "its lines are not those that its trailer was made of";
                self.report.faults.push(fault.to_owned());
            }
            _ => {}
        }
        self.report.actors = self.chains.len() as u64;
        self.report.broken = self.chains.into_values().filter_map(|chain| chain.broken).collect();
        self.report
    }
}

impl Chain {
    fn last(&self) -> Option<Head> {
        let hash = *self.hashes.last()?;
        let revision = Revision(self.before + self.hashes.len() as u64);
        Some(Head { revision, hash, cursor: self.last })
    }

    fn at(&self, revision: Revision) -> Option<Hash> {
        let place = revision.0.checked_sub(self.before + 1)?;
        self.hashes.get(usize::try_from(place).ok()?).copied()
    }
}

impl Report {
    /// How many faults there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.broken.len() + self.garbled.len() + self.faults.len()) as u64
    }
}

/// Whether this commit goes on behind messages that were none of the actor's, and says so.
fn names_skipped(entry: &Entry) -> bool {
    let Entry::Commit(recorded) = entry else { return false };
    let mut events = recorded.commit.events.iter().filter_map(Event::from_record);
    events.any(|event| matches!(event, Event::Skipped { .. }))
}

/// Whether the readable part of a line says what the stored bytes say.
fn same_words(entry: &Entry, line: &[u8]) -> Result<(), String> {
    let Entry::Commit(recorded) = entry else { return Ok(()) };
    // Written and read once more, so that both sides took the same road through text.
    let text = recorded.to_json(true).to_string();
    if text.as_bytes() == line {
        return Ok(());
    }
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes);
    let told = read(text.as_bytes()).map_err(|error| error.to_string())?;
    let shown = read(line).map_err(|error| error.to_string())?;
    for (name, value) in told.as_object().into_iter().flatten() {
        if shown.get(name) != Some(value) {
            return Err(format!("its `{name}` is not what its stored bytes say"));
        }
    }
    Ok(())
}

/// Whose commit a damaged line seems to be. The members of an exported line are sorted, so the
/// last `id`, `kind` and `revision` are the commit's own.
fn guess(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let after = |name: &str| {
        let mark = format!("\"{name}\":");
        let rest = &text[text.rfind(&mark)? + mark.len()..];
        let rest = rest.trim_start_matches('"');
        let end = rest.find(['"', ',', '}'])?;
        Some(rest[..end].to_owned())
    };
    let (kind, id, revision) = (after("kind")?, after("id")?, after("revision")?);
    let address: (Kind, ActorId) = (kind.parse().ok()?, id.parse().ok()?);
    Some(format!("{}/{} revision {revision}", address.0, address.1))
}
