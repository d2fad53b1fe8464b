//! Messages of nobody that an operator has looked at. They stand in the log for ever, so a word on
//! each, by its place and hash, is what lets a walk tell them from new ones. The words are kept in
//! AUDIT, from which nothing is ever deleted.

use std::collections::HashMap;

use contracts::archive::Acknowledged;
use contracts::audit::{AuditRecord, Outcome};
use contracts::chain::Skip;
use contracts::entry::{Foreign, ForeignCode};
use contracts::{ActorId, Caller, Cursor, Entry, Hash, Refusal, RefusalClass};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;

use super::Runtime;
use crate::runtime::letters::UNADDRESSED;
use crate::runtime::shared::Shared;

/// What such a word is called in AUDIT.
const CLASS: &str = "foreign_acknowledged";

/// Records of AUDIT read at once.
const PAGE_RECORDS: usize = 256;

/// Messages of an actor's subject that are looked through.
const PAGE_MESSAGES: usize = 256;

/// What was acknowledged, by place; a word counts only for the bytes that it names.
#[derive(Default)]
pub(super) struct Words(HashMap<Cursor, Vec<Word>>);

/// One operator's word.
#[derive(Debug, Clone)]
pub(super) struct Word {
    hash: Hash,
    by: String,
    at: contracts::Timestamp,
    note: Option<String>,
}

/// The details of a record.
#[derive(Deserialize)]
struct Details {
    cursor: Cursor,
    hash: Hash,
    #[serde(default)]
    note: Option<String>,
}

impl Words {
    /// All words that were ever given.
    pub(super) async fn read(shared: &Shared) -> Result<Self, Refusal> {
        let (mut words, mut after) = (Self::default(), 0);
        loop {
            let page = shared.world.audit.read(&UNADDRESSED, after, PAGE_RECORDS).await?;
            let last = page.len() < PAGE_RECORDS;
            for (position, record) in page {
                after = position;
                if record.class.as_str() == CLASS {
                    words.take(record)?;
                }
            }
            if last {
                return Ok(words);
            }
        }
    }

    fn take(&mut self, record: AuditRecord) -> Result<(), Refusal> {
        let AuditRecord { details, principal, at, .. } = record;
        let Details { cursor, hash, note } = contracts::read::from_value(details)
            .map_err(|error| Refusal::internal(format!("AUDIT holds no {CLASS}: {error}")))?;
        let word = Word { hash, by: principal.unwrap_or_default(), at, note };
        self.0.entry(cursor).or_default().push(word);
        Ok(())
    }

    /// The first word on exactly this message.
    pub(super) fn on(&self, message: Skip) -> Option<&Word> {
        self.0.get(&message.cursor)?.iter().find(|word| word.hash == message.hash)
    }
}

impl Word {
    pub(super) fn of(&self, foreign: Foreign) -> Acknowledged {
        let Self { by, at, note, .. } = self.clone();
        Acknowledged { foreign, by, at, note }
    }
}

impl Runtime {
    pub(super) async fn acknowledge_now(
        &self,
        message: Skip,
        note: Option<String>,
        by: Caller,
    ) -> Result<Acknowledged, Refusal> {
        let foreign = self.foreign_at(message).await?;
        if let Some(word) = Words::read(&self.shared).await?.on(message) {
            return Ok(word.of(foreign));
        }
        let at = self.shared.world.clock.now();
        let said = format!("a foreign message was acknowledged: {}", foreign.reason);
        let mut record = AuditRecord::new(UNADDRESSED, ActorId::from_static(CLASS), at, said)
            .by(&by)
            .outcome(Outcome::Done)
            .action("log.acknowledge")
            .details(json!({
                "cursor": message.cursor,
                "hash": message.hash,
                "code": foreign.code,
                "note": note,
            }));
        record.reason.clone_from(&note);
        self.shared.world.audit.record(record).await?;
        tracing::warn!(cursor = %message.cursor, by = %by.principal, "log.foreign_acknowledged");
        Ok(Acknowledged { foreign, by: by.principal.as_str().to_owned(), at, note })
    }

    /// The message that an operator means, when it is one that an acknowledgement can be about.
    async fn foreign_at(&self, message: Skip) -> Result<Foreign, Refusal> {
        let log = &self.shared.world.log;
        let there = message.cursor > Cursor::ZERO && message.cursor <= log.head().await?;
        if !there {
            return Err(not_found(message.cursor, "nothing stands there"));
        }
        let mut messages = log.follow(Cursor(message.cursor.0 - 1));
        let entry = match messages.next().await.transpose()? {
            Some(item) => item.map_or_else(Entry::from, Entry::from),
            None => return Err(not_found(message.cursor, "nothing stands there")),
        };
        let foreign = match entry {
            Entry::Foreign(foreign) if foreign.cursor == message.cursor => foreign,
            _ => return Err(not_found(message.cursor, "a commit of an actor stands there")),
        };
        if foreign.code == ForeignCode::MessageLost {
            return Err(not_found(message.cursor, "the log has lost what stood there"));
        }
        if foreign.hash != message.hash {
            let text = format!("the message at {} has the hash {}", message.cursor, foreign.hash);
            return Err(Refusal::new(RefusalClass::Conflict, "skip_mismatch", text));
        }
        self.ensure_nobodys(&foreign).await?;
        Ok(foreign)
    }

    /// A message on the subject of an actor that exists stands in that actor's way: it is skipped
    /// by the actor's own log, so that whoever reads its chain knows.
    async fn ensure_nobodys(&self, foreign: &Foreign) -> Result<(), Refusal> {
        let Some(address) = &foreign.address else { return Ok(()) };
        let mut after = Cursor::ZERO;
        loop {
            let page = self.shared.world.log.read(address, after, PAGE_MESSAGES).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.cursor;
            if page.into_iter().any(|stored| matches!(Entry::from(stored), Entry::Commit(_))) {
                let (kind, id) = (&address.kind, &address.id);
                let text = format!(
                    "it stands on the subject of {kind}/{id}, which exists: skip it there \
                     (`cambium admin quarantine {kind}/{id} --skip`)"
                );
                return Err(Refusal::new(RefusalClass::Conflict, "actor_quarantined", text));
            }
        }
    }
}

fn not_found(cursor: Cursor, why: &str) -> Refusal {
    Refusal::not_found("foreign_not_found", format!("no foreign message stands at {cursor}: {why}"))
}
