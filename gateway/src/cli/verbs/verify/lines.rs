//! Checking exported commits, line by line. Needs nothing but the lines.

use std::collections::BTreeMap;

use base64::Engine as _;
use contracts::chain::{Broken, Head};
use contracts::entry::Stored;
use contracts::{ActorId, Address, Cursor, Entry, Kind, Revision, Tenant};
use serde::Deserialize;
use serde_json::Value;

/// What has been read so far.
#[derive(Default)]
pub struct Checker {
    chains: BTreeMap<Address, Chain>,
    lines: u64,
    commits: u64,
    garbled: Vec<Garbled>,
}

/// One actor's chain: its head after each commit, and its first break.
#[derive(Default)]
struct Chain {
    heads: Vec<Head>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many actors.
    pub actors: u64,
    /// How many commits.
    pub commits: u64,
    /// The first break of each broken chain.
    pub broken: Vec<Broken>,
    /// Lines that could not be read at all.
    pub garbled: Vec<Garbled>,
}

/// What a line must have to be checked.
#[derive(Deserialize)]
struct Line {
    tenant: Tenant,
    kind: Kind,
    id: ActorId,
    cursor: Cursor,
    revision: Revision,
    raw: String,
}

impl Checker {
    /// Takes the next line, without its end.
    pub fn line(&mut self, bytes: &[u8]) {
        self.lines += 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let parsed: Result<Value, _> = serde_json::from_slice(bytes);
        let read = parsed.and_then(|value| Ok((Line::deserialize(&value)?, value)));
        match read {
            Ok((line, value)) => self.commit(line, &value),
            Err(error) => {
                let (line, seems) = (self.lines, guess(bytes));
                self.garbled.push(Garbled { line, seems, reason: error.to_string() });
            }
        }
    }

    fn commit(&mut self, line: Line, shown: &Value) {
        self.commits += 1;
        let address = Address::new(line.tenant, line.kind, line.id);
        if self.chains.get(&address).is_some_and(|chain| chain.broken.is_some()) {
            return;
        }
        let (cursor, revision) = (line.cursor, line.revision);
        let broken =
            |reason: String| Broken { address: address.to_string(), revision, cursor, reason };
        let result = base64::engine::general_purpose::STANDARD
            .decode(&line.raw)
            .map_err(|error| broken(format!("its raw bytes are not base64: {error}")))
            .and_then(|bytes| {
                let stored = Stored {
                    cursor,
                    address: address.clone(),
                    payload: bytes.into(),
                    imported: false,
                };
                let entry = Entry::from(stored);
                let head = self.head(&address, &entry)?.follow(&address, &entry)?;
                same_words(&entry, shown).map_err(broken)?;
                Ok(head)
            });
        let chain = self.chains.entry(address).or_default();
        match result {
            Ok(head) => chain.heads.push(head),
            Err(broken) => chain.broken = Some(broken),
        }
    }

    /// What `entry` must follow: the actor's last commit, or its parent's where it was forked.
    fn head(&self, address: &Address, entry: &Entry) -> Result<Head, Broken> {
        let known = self.chains.get(address).and_then(|chain| chain.heads.last());
        if let Some(head) = known {
            return Ok(*head);
        }
        let Some(parent) = Head::forked_from(entry) else { return Ok(Head::default()) };
        let above = Address { id: parent.id, ..address.clone() };
        let heads = self.chains.get(&above).map(|chain| chain.heads.as_slice()).unwrap_or_default();
        heads.iter().find(|head| head.revision == parent.revision).copied().ok_or_else(|| Broken {
            address: address.to_string(),
            revision: parent.revision.next(),
            cursor: entry.cursor(),
            reason: format!("it continues {above} revision {}, not in the file", parent.revision),
        })
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Report {
        let actors = self.chains.len() as u64;
        let broken = self.chains.into_values().filter_map(|chain| chain.broken).collect();
        Report { actors, commits: self.commits, broken, garbled: self.garbled }
    }
}

/// Whether the readable part of a line says what the stored bytes say.
fn same_words(entry: &Entry, shown: &Value) -> Result<(), String> {
    let Entry::Commit(recorded) = entry else { return Ok(()) };
    // Written and read once more, so that both sides took the same road through text.
    let text = recorded.to_json(true).to_string();
    let told: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let members = told.as_object().into_iter().flatten();
    for (name, value) in members {
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
