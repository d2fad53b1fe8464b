//! What the events of runs and conversations add to memories, of many commits together.
//!
//! Nothing here waits: what the rows held before is read beforehand (`held.rs`), and what is to be
//! written is told afterwards.

use std::collections::{BTreeMap, BTreeSet};

use contracts::kinds::conversation::{self, Event as Talk, MessagePosted};
use contracts::kinds::run::{Event as Step, Started};
use contracts::model::Role;
use contracts::{Commit, Recorded, privacy};

use super::tables::{self, PLACE};
use crate::store::{Cell, HeldRows, int};

/// How much of a text is remembered, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// A protected text longer than this is not remembered: nobody can cut it.
const SEALED_BYTES_MAX: usize = 64 * 1024;

// Places of columns, in the orders of `ITEMS`, `RUNS` and `AGENTS`.
const SPEAKER: usize = 3;
const PRINCIPAL: usize = 4;
const UNTIL_CURSOR: usize = 15;
const UNTIL_AT: usize = 16;
const OF_RUN: usize = 2;
const BY_RUN: usize = 3;
const AGENT: usize = 2;
const SPOKE: usize = 3;

/// An event that memories are made of.
pub(super) enum Told {
    /// Of a run.
    Run(Step),
    /// Of a conversation.
    Conversation(Talk),
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

/// The rows that events change.
#[derive(Clone)]
pub(super) struct Fold<'a> {
    /// The runs of assistants.
    pub(super) runs: HeldRows<'a>,
    /// All agents of the conversations.
    pub(super) agents: HeldRows<'a>,
    /// What stands where something is edited or taken back, and what is said.
    pub(super) items: HeldRows<'a>,
    /// The keys of what stands, by its place.
    pub(super) standing: BTreeMap<Vec<Cell>, BTreeSet<Vec<Cell>>>,
    /// Keys of items that are there already, though not among `items`.
    pub(super) known: BTreeSet<Vec<Cell>>,
    /// Keys of items that are said.
    pub(super) fresh: BTreeSet<Vec<Cell>>,
}

/// Tenant and id.
pub(super) fn own(commit: &Commit) -> [Cell; 2] {
    [commit.tenant.as_str().into(), commit.id.as_str().into()]
}

/// The place of a message.
pub(super) fn place(commit: &Commit, sequence: u64) -> Vec<Cell> {
    let Commit { tenant, kind, id, .. } = commit;
    vec![tenant.as_str().into(), kind.as_str().into(), id.as_str().into(), int(sequence)]
}

impl Fold<'_> {
    /// Folds events, in their order.
    pub(super) fn all(mut self, told: &[(&Recorded, Told)]) -> Self {
        told.iter().for_each(|(recorded, event)| self.event(recorded, event));
        self
    }

    fn event(&mut self, recorded: &Recorded, event: &Told) {
        match event {
            Told::Run(Step::Started(started)) => self.started(recorded, started),
            Told::Run(Step::Answered(answered)) => {
                self.answered(recorded, &answered.response.text);
            }
            Told::Run(_) => {}
            Told::Conversation(event) => self.talk(recorded, event),
        }
    }

    fn answered(&mut self, recorded: &Recorded, text: &str) {
        let Some(run) = self.runs.get(&own(&recorded.commit)).map(<[Cell]>::to_vec) else { return };
        let (Some(agent), Some(principal)) = (run[OF_RUN].as_text(), run[BY_RUN].as_text()) else {
            return;
        };
        self.say(recorded, &Said { agent, speaker: "said", principal, place: (0, 0), text });
    }

    fn started(&mut self, recorded: &Recorded, started: &Started) {
        let Some(of) = &started.run.of else { return };
        let by = &recorded.commit.command.by.principal;
        let (agent, principal) = (of.assistant.as_str(), by.as_str());
        let key = own(&recorded.commit);
        if !self.runs.has(&key) {
            self.runs.put(key.into_iter().chain([agent.into(), principal.into()]).collect());
        }
        for turn in started.run.turns.iter().filter(|turn| turn.role == Role::User) {
            let text = turn.content.as_str();
            self.say(recorded, &Said { agent, speaker: "told", principal, place: (0, 0), text });
        }
    }

    fn talk(&mut self, recorded: &Recorded, event: &Talk) {
        let commit = &recorded.commit;
        match event {
            Talk::Created(created) => {
                created.members.iter().for_each(|member| self.joins(commit, member));
            }
            Talk::Joined(joined) => self.joins(commit, &joined.member),
            Talk::Left(left) => {
                let agent = std::iter::once(left.principal.as_str().into());
                self.agents.delete(own(commit).into_iter().chain(agent).collect());
            }
            Talk::MessagePosted(posted) => self.posted(recorded, posted),
            Talk::MessageEdited(edited) => {
                self.edited(recorded, (edited.sequence, edited.edits), &edited.text);
            }
            Talk::MessageDeleted(deleted) => {
                self.ends(recorded, deleted.sequence);
            }
            Talk::ReadMarked(_) | Talk::Renamed(_) | Talk::AgentFailed(_) => {}
        }
    }

    fn joins(&mut self, commit: &Commit, member: &conversation::Member) {
        if member.role != conversation::Role::Agent {
            return;
        }
        let mut row = own(commit).to_vec();
        row.push(member.principal.as_str().into());
        if !self.agents.has(&row) {
            row.push(Cell::Null);
            self.agents.put(row);
        }
    }

    /// Every agent of a conversation hears what is posted there.
    fn posted(&mut self, recorded: &Recorded, posted: &MessagePosted) {
        let author = posted.author.as_str();
        let here = own(&recorded.commit);
        let heard: Vec<Vec<Cell>> = self.agents.under(&here).map(<[Cell]>::to_vec).collect();
        for row in &heard {
            let Some(agent) = row[AGENT].as_text() else { continue };
            let own = agent == author;
            let principal = if own { row[SPOKE].as_text().unwrap_or(author) } else { author };
            let speaker = if own { "said" } else { "told" };
            let (place, text) = ((posted.sequence, 0), posted.text.as_str());
            self.say(recorded, &Said { agent, speaker, principal, place, text });
            if !own && let Some(agent) = self.agents.change(&row[..=AGENT]) {
                agent[SPOKE] = author.into();
            }
        }
    }

    /// What stood in the place of a message stands there no more: its keys.
    fn ends(&mut self, recorded: &Recorded, sequence: u64) -> BTreeSet<Vec<Cell>> {
        let ended = self.standing.remove(&place(&recorded.commit, sequence)).unwrap_or_default();
        for key in &ended {
            if let Some(item) = self.items.change(key) {
                item[UNTIL_CURSOR] = int(recorded.cursor.0);
                item[UNTIL_AT] = recorded.commit.at.as_millis().into();
            }
        }
        ended
    }

    fn edited(&mut self, recorded: &Recorded, place: (u64, u32), text: &str) {
        for key in self.ends(recorded, place.0) {
            let Some(item) = self.items.get(&key).map(<[Cell]>::to_vec) else { continue };
            let speaker = if item[SPEAKER].as_text() == Some("said") { "said" } else { "told" };
            let (Some(agent), Some(principal)) = (item[1].as_text(), item[PRINCIPAL].as_text())
            else {
                continue;
            };
            self.say(recorded, &Said { agent, speaker, principal, place, text });
        }
    }

    /// Remembers something. Clients without a memory of their own say all of it again with each
    /// question: in runs, the same words are remembered once. Its words and its vector are made
    /// when it is known that nobody has said it before.
    fn say(&mut self, recorded: &Recorded, said: &Said<'_>) {
        let Said { agent, speaker, principal, place: (sequence, edits), text } = *said;
        let sealed = privacy::carries(text);
        if text.trim().is_empty() || (sealed && text.len() > SEALED_BYTES_MAX) {
            return;
        }
        let text = if sealed { text } else { &text[..text.floor_char_boundary(TEXT_BYTES_MAX)] };
        let Recorded { cursor, commit, .. } = recorded;
        let tenant = commit.tenant.as_str();
        let (at, version) = (sequence.to_string(), edits.to_string());
        let n = match sequence {
            0 => tables::number(&[tenant, agent, principal, speaker, text]),
            _ => tables::number(&[tenant, agent, commit.id.as_str(), &at, &version]),
        };
        let key = vec![tenant.into(), agent.into(), n.into()];
        if self.items.has(&key) || self.known.contains(&key) {
            return;
        }
        let rest = [
            speaker.into(),
            principal.into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            int(sequence),
            text.into(),
            Cell::Int(0),
            Cell::Null,
            Cell::Null,
            int(commit.revision.0),
            int(cursor.0),
            commit.at.as_millis().into(),
            Cell::Null,
            Cell::Null,
        ];
        let row: Vec<Cell> = key.iter().cloned().chain(rest).collect();
        self.standing.entry(of_place(&row)).or_default().insert(key.clone());
        self.fresh.insert(key);
        self.items.put(row);
    }
}

/// The place of an item.
pub(super) fn of_place(item: &[Cell]) -> Vec<Cell> {
    PLACE.iter().filter_map(|(at, _)| item.get(*at).cloned()).collect()
}
