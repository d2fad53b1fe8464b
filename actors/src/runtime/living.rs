//! An actor as folded from its log.

use bytes::Bytes;
use contracts::chain::{Broken, Doubts, Head};
use contracts::decider::EventContext;
use contracts::ports::Snapshot;
use contracts::view::StateView;
use contracts::{Address, Cursor, Entry, Recorded, Refusal, codec, lifecycle, state_hash};
use serde::{Deserialize, Serialize};

use super::header::Header;
use crate::machine::Machine;

/// Kind state, header state and the head of the chain, all after the same commit.
pub struct Living {
    /// The kind's state.
    pub machine: Box<dyn Machine>,
    /// The runtime's state.
    pub header: Header,
    /// The last commit, which the next must continue.
    pub head: Head,
    /// The position of the last message on the actor's own subject; zero = none. What the next
    /// append expects. Differs from the head's in a fork that has no commit of its own yet.
    pub expected: Cursor,
    /// Messages behind the head that are none of the actor's.
    pub doubts: Doubts,
    /// Commits folded since the last snapshot.
    pub since_snapshot: u64,
    /// How many snapshots in a row came to more than is kept of one.
    pub unkept: u32,
    /// About how much the states take, in bytes: what the last snapshot took, and the commits
    /// since.
    bytes: u64,
}

/// What a cell takes whatever its state, in bytes.
const CELL_BYTES: u64 = 10 * 1024;

/// The body of a snapshot. The state is JSON text, since states are JSON by contract.
#[derive(Serialize, Deserialize)]
struct Body {
    header: Header,
    expected: Cursor,
    state: String,
}

impl Living {
    /// An actor to which nothing has happened.
    #[must_use]
    pub fn fresh(machine: Box<dyn Machine>) -> Self {
        let (header, head) = (Header::default(), Head::default());
        let (expected, doubts) = (Cursor::ZERO, Doubts::default());
        Self { machine, header, head, expected, doubts, since_snapshot: 0, unkept: 0, bytes: 0 }
    }

    /// Folds the next entry of `owner`: the actor itself, or an ancestor of a fork. One that does
    /// not continue the chain counts for nothing and stands among the doubts.
    ///
    /// # Errors
    /// When the entry cannot be read.
    pub fn fold(&mut self, owner: &Address, entry: &Entry) -> Result<(), Broken> {
        let Some(head) = self.doubts.follow(self.head, owner, entry) else {
            self.expected = entry.cursor();
            return Ok(());
        };
        debug_assert_eq!(head.cursor, entry.cursor(), "what follows is the head");
        self.take(owner, entry)
    }

    /// Folds an entry that is known to continue the chain, as a walk meets it.
    ///
    /// # Errors
    /// When the entry cannot be read.
    pub fn take(&mut self, owner: &Address, entry: &Entry) -> Result<(), Broken> {
        let Entry::Commit(recorded) = entry else { return Ok(()) };
        let Recorded { cursor, hash, commit, .. } = &**recorded;
        let head = Head { revision: commit.revision, hash: *hash, cursor: *cursor };
        let at = EventContext {
            at: commit.at,
            revision: commit.revision,
            by: commit.command.by.clone(),
        };
        for event in commit.events.iter().filter(|event| !is_runtime(&event.r#type)) {
            self.machine.fold(event, &at).map_err(|error| Broken {
                address: owner.to_string(),
                revision: commit.revision,
                cursor: recorded.cursor,
                reason: error.to_string(),
            })?;
        }
        self.advance(head, recorded);
        Ok(())
    }

    /// Takes over a commit that is about to be appended, with the state that its decision led to.
    pub fn apply(&mut self, recorded: &Recorded, next: Box<dyn Machine>) {
        let Recorded { cursor, hash, commit, .. } = recorded;
        debug_assert_eq!(commit.prev, self.head.hash, "a commit continues its chain");
        self.machine = next;
        let head = Head { revision: commit.revision, hash: *hash, cursor: *cursor };
        self.advance(head, recorded);
    }

    fn advance(&mut self, head: Head, recorded: &Recorded) {
        self.header.fold(recorded);
        self.doubts.clear();
        self.head = head;
        self.expected = head.cursor;
        self.since_snapshot += 1;
        self.bytes += recorded.raw.len() as u64;
    }

    /// The commits taken over last stand at these positions.
    pub fn stored_at(&mut self, cursors: &[Cursor]) {
        let Some(last) = cursors.last() else { return };
        self.header.stored_at(cursors);
        self.head.cursor = *last;
        self.expected = *last;
    }

    /// About how much memory the actor takes, in bytes.
    #[must_use]
    pub const fn weight_bytes(&self) -> u64 {
        CELL_BYTES + self.bytes
    }

    /// A snapshot of it took so many bytes.
    pub const fn weighed(&mut self, bytes: usize) {
        self.bytes = bytes as u64;
    }

    /// Whether both are the same actor after the same commit.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.head == other.head
            && self.expected == other.expected
            && self.header.agrees(&other.header)
            && self.machine.state() == other.machine.state()
    }

    /// Turns the parent of a fork into the fork before its first own commit.
    pub fn become_fork(&mut self) {
        let last_at = self.header.last_at;
        self.machine.fork();
        self.header = Header::default();
        self.header.last_at = last_at;
        self.expected = Cursor::ZERO;
    }

    /// The state as callers read it.
    ///
    /// # Errors
    /// `internal` when the state has no canonical form, which a kind must not let happen.
    pub fn view(&self, address: &Address) -> Result<StateView, Refusal> {
        let state = self.machine.state();
        let state_hash =
            state_hash(&state).map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(StateView {
            kind: address.kind.clone(),
            id: address.id.clone(),
            revision: self.head.revision,
            cursor: self.head.cursor,
            commit_hash: self.head.hash,
            state_hash,
            at: self.header.last_at,
            state,
        })
    }

    /// A snapshot of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Option<Bytes> {
        let body = Body {
            header: self.header.clone(),
            expected: self.expected,
            state: self.machine.state().to_string(),
        };
        let body = codec::encode(&body).ok()?;
        let snapshot = Snapshot::new(self.machine.state_version(), self.head, body);
        codec::encode(&snapshot).ok().map(Bytes::from)
    }

    /// The actor that a snapshot holds; `None` when it is damaged or of another shape.
    #[must_use]
    pub fn from_snapshot(mut machine: Box<dyn Machine>, bytes: &[u8]) -> Option<Self> {
        let snapshot: Snapshot = codec::decode(bytes).ok()?;
        if snapshot.state_version != machine.state_version() || !snapshot.is_whole() {
            return None;
        }
        let body: Body = codec::decode(&snapshot.body).ok()?;
        if !machine.restore(serde_json::from_str(&body.state).ok()?) {
            return None;
        }
        let (header, head) = (body.header.indexed(), snapshot.head());
        let (expected, doubts) = (body.expected, Doubts::default());
        let bytes = bytes.len() as u64;
        Some(Self { machine, header, head, expected, doubts, since_snapshot: 0, unkept: 0, bytes })
    }
}

pub(in crate::runtime) fn is_runtime(r#type: &str) -> bool {
    r#type.starts_with(lifecycle::PREFIX)
}
