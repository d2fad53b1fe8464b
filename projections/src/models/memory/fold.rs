//! What a commit of a run or of a conversation adds to memories.

use contracts::kinds::conversation::{self, Conversation, Event as Talk, MessagePosted};
use contracts::kinds::run::{self, Event as Step, Run, Started};
use contracts::model::Role;
use contracts::page::read_event;
use contracts::ports::Embedder;
use contracts::{Kind, Principal, Recorded, privacy};

use super::tables::{self, AGENTS, ITEMS, RUNS};
use crate::error::Error;
use crate::model::Stem;
use crate::store::{Cell, Row, Tx, Upsert, WordRow, int, optional};
use crate::words::words;

/// How much of a text is remembered, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// A protected text longer than this is not remembered: nobody can cut it.
const SEALED_BYTES_MAX: usize = 64 * 1024;

/// Whether commits of a kind are looked at.
pub(super) fn concerns(kind: &Kind) -> bool {
    *kind == run::KIND || *kind == <Conversation as contracts::page::Page>::KIND
}

/// One commit on its way into the rows of a copy.
pub(super) struct Fold<'a> {
    /// The transaction.
    pub(super) tx: &'a mut Tx,
    /// The copy.
    pub(super) stem: &'a Stem,
    /// The commit.
    pub(super) recorded: &'a Recorded,
    /// Who makes vectors.
    pub(super) embedder: &'a dyn Embedder,
}

/// Something that was said.
struct Said<'a> {
    agent: &'a str,
    speaker: &'static str,
    principal: &'a str,
    /// Its place in a conversation, and how often it was edited; of a run 0.
    place: (u64, u32),
    text: &'a str,
}

impl Fold<'_> {
    /// Folds the commit. An event that this program does not know says nothing that it could
    /// remember.
    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        let recorded = self.recorded;
        if recorded.commit.kind == run::KIND {
            let events = recorded.commit.events.iter().map(read_event::<Run>);
            for event in events.filter_map(Result::ok) {
                self.step(&event).await?;
            }
        } else {
            let events = recorded.commit.events.iter().map(read_event::<Conversation>);
            for event in events.filter_map(Result::ok) {
                self.talk(&event).await?;
            }
        }
        Ok(())
    }

    fn own(&self) -> [Cell; 2] {
        let commit = &self.recorded.commit;
        [commit.tenant.as_str().into(), commit.id.as_str().into()]
    }

    async fn step(&mut self, event: &Step) -> Result<(), Error> {
        match event {
            Step::Started(started) => self.started(started).await,
            Step::Answered(answered) if !answered.response.text.trim().is_empty() => {
                let runs = self.stem.table("runs");
                let sql =
                    format!("SELECT agent, principal FROM {runs} WHERE tenant = ? AND run = ?");
                let found = self.tx.rows(sql, self.own().into()).await?;
                let Some(row) = found.first() else { return Ok(()) };
                let (agent, principal) = (row.text(0)?, row.text(1)?);
                let text = answered.response.text.as_str();
                self.say(Said { agent, speaker: "said", principal, place: (0, 0), text }).await
            }
            _ => Ok(()),
        }
    }

    async fn started(&mut self, started: &Started) -> Result<(), Error> {
        let Some(of) = &started.run.of else { return Ok(()) };
        let by = &self.recorded.commit.command.by.principal;
        let (agent, principal) = (of.assistant.as_str(), by.as_str());
        let [tenant, run] = self.own();
        let row = vec![tenant, run, agent.into(), principal.into()];
        let (table, tail) = (self.stem.table("runs"), "ON CONFLICT (tenant, run) DO NOTHING");
        Upsert { table: &table, columns: RUNS, tail }.run(self.tx, vec![row]).await?;
        for turn in started.run.turns.iter().filter(|turn| turn.role == Role::User) {
            let text = turn.content.as_str();
            self.say(Said { agent, speaker: "told", principal, place: (0, 0), text }).await?;
        }
        Ok(())
    }

    async fn talk(&mut self, event: &Talk) -> Result<(), Error> {
        match event {
            Talk::Created(created) => {
                for member in &created.members {
                    self.joins(member).await?;
                }
                Ok(())
            }
            Talk::Joined(joined) => self.joins(&joined.member).await,
            Talk::Left(left) => self.leaves(&left.principal).await,
            Talk::MessagePosted(posted) => self.posted(posted).await,
            Talk::MessageEdited(edited) => {
                self.edited(edited.sequence, edited.edits, &edited.text).await
            }
            Talk::MessageDeleted(deleted) => self.ends(deleted.sequence).await,
            Talk::ReadMarked(_) | Talk::Renamed(_) | Talk::AgentFailed(_) => Ok(()),
        }
    }

    async fn joins(&mut self, member: &conversation::Member) -> Result<(), Error> {
        if member.role != conversation::Role::Agent {
            return Ok(());
        }
        let [tenant, conversation] = self.own();
        let row = vec![tenant, conversation, member.principal.as_str().into(), Cell::Null];
        let table = self.stem.table("agents");
        let tail = "ON CONFLICT (tenant, conversation, agent) DO NOTHING";
        Upsert { table: &table, columns: AGENTS, tail }.run(self.tx, vec![row]).await
    }

    async fn leaves(&mut self, principal: &Principal) -> Result<(), Error> {
        let agents = self.stem.table("agents");
        let sql =
            format!("DELETE FROM {agents} WHERE tenant = ? AND conversation = ? AND agent = ?");
        let args = self.own().into_iter().chain([principal.as_str().into()]).collect();
        self.tx.execute(sql, args).await.map(drop)
    }

    /// The agents that hear what is said, each with whom it spoke last.
    async fn agents(&mut self) -> Result<Vec<Row>, Error> {
        let agents = self.stem.table("agents");
        let sql = format!(
            "SELECT agent, principal FROM {agents} WHERE tenant = ? AND conversation = ? ORDER BY \
             agent"
        );
        self.tx.rows(sql, self.own().into()).await
    }

    async fn posted(&mut self, posted: &MessagePosted) -> Result<(), Error> {
        let author = posted.author.as_str();
        let heard = self.agents().await?;
        if heard.is_empty() {
            return Ok(());
        }
        for row in &heard {
            let agent = row.text(0)?;
            let before = row.maybe(1, |row, at| Ok(row.text(at)?.to_owned()))?;
            let own = agent == author;
            let principal = if own { before.as_deref().unwrap_or(author) } else { author };
            let speaker = if own { "said" } else { "told" };
            let (place, text) = ((posted.sequence, 0), posted.text.as_str());
            self.say(Said { agent, speaker, principal, place, text }).await?;
        }
        let agents = self.stem.table("agents");
        let sql = format!(
            "UPDATE {agents} SET principal = ? WHERE tenant = ? AND conversation = ? AND agent <> ?"
        );
        let own = self.own().into_iter();
        let args = std::iter::once(author.into()).chain(own).chain([author.into()]).collect();
        self.tx.execute(sql, args).await.map(drop)
    }

    /// What stood in the place of a message stands there no more.
    async fn ends(&mut self, sequence: u64) -> Result<(), Error> {
        let sql = format!(
            "UPDATE {} SET until_cursor = ?, until_at = ? WHERE tenant = ? AND kind = ? AND id = ? \
             AND sequence = ? AND until_cursor IS NULL",
            self.stem.table("")
        );
        let commit = &self.recorded.commit;
        let args = vec![
            int(self.recorded.cursor.0),
            commit.at.as_millis().into(),
            commit.tenant.as_str().into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            int(sequence),
        ];
        self.tx.execute(sql, args).await.map(drop)
    }

    async fn edited(&mut self, sequence: u64, edits: u32, text: &str) -> Result<(), Error> {
        let sql = format!(
            "SELECT agent, speaker, principal FROM {} WHERE tenant = ? AND kind = ? AND id = ? AND \
             sequence = ? AND until_cursor IS NULL ORDER BY agent",
            self.stem.table("")
        );
        let commit = &self.recorded.commit;
        let args = vec![
            commit.tenant.as_str().into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            int(sequence),
        ];
        let standing = self.tx.rows(sql, args).await?;
        self.ends(sequence).await?;
        for row in &standing {
            let (agent, principal) = (row.text(0)?, row.text(2)?);
            let speaker = if row.text(1)? == "said" { "said" } else { "told" };
            let place = (sequence, edits);
            self.say(Said { agent, speaker, principal, place, text }).await?;
        }
        Ok(())
    }

    /// Remembers something. Clients without a memory of their own say all of it again with each
    /// question: in runs, the same words are remembered once.
    async fn say(&mut self, said: Said<'_>) -> Result<(), Error> {
        let Said { agent, speaker, principal, place: (sequence, edits), text } = said;
        let sealed = privacy::carries(text);
        if text.trim().is_empty() || (sealed && text.len() > SEALED_BYTES_MAX) {
            return Ok(());
        }
        let text = if sealed { text } else { &text[..text.floor_char_boundary(TEXT_BYTES_MAX)] };
        let Recorded { cursor, commit, .. } = self.recorded;
        let tenant = commit.tenant.as_str();
        let (at, version) = (sequence.to_string(), edits.to_string());
        let n = match sequence {
            0 => tables::number(&[tenant, agent, principal, speaker, text]),
            _ => tables::number(&[tenant, agent, commit.id.as_str(), &at, &version]),
        };
        let words = if sealed { Vec::new() } else { words(text) };
        let vector = if sealed { None } else { self.embedder.embed(text) };
        let model = vector.as_ref().map(|_| self.embedder.model());
        let bytes = |vector: &Vec<f32>| vector.iter().flat_map(|it| it.to_le_bytes()).collect();
        let row = vec![
            tenant.into(),
            agent.into(),
            n.into(),
            speaker.into(),
            principal.into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            int(sequence),
            text.into(),
            int(words.len() as u64),
            vector.as_ref().map_or(Cell::Null, |vector| Cell::Bytes(bytes(vector))),
            optional(model),
            int(commit.revision.0),
            int(cursor.0),
            commit.at.as_millis().into(),
            Cell::Null,
            Cell::Null,
        ];
        let marks = vec!["?"; ITEMS.len()].join(", ");
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({marks}) ON CONFLICT (tenant, agent, n) DO NOTHING",
            self.stem.table(""),
            ITEMS.join(", ")
        );
        let fresh = self.tx.execute(sql, row).await? > 0;
        if !fresh || words.is_empty() {
            return Ok(());
        }
        let scope = tables::scope(&commit.tenant, agent);
        tables::words(self.stem).add(self.tx, vec![WordRow { row: n, scope, words }]).await
    }
}
