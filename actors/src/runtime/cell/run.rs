//! A run: what one or more commands cause, stored as contiguous commits with one expectation.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use contracts::ports::RUN_COMMITS_MAX;
use contracts::telemetry::names::{own, spans};
use contracts::telemetry::{Open, Stage};
use contracts::view::Answer;
use contracts::{Address, Cursor, Refusal, Signal, entry};

use super::draft::Drafted;
use crate::runtime::append::{Appended, Appending};
use crate::runtime::gate::Refused;
use crate::runtime::inbox::Work;
use crate::runtime::living::Living;
use crate::runtime::shared::Shared;
use crate::runtime::told::step;

/// The bytes of a run may reach this before it is stored.
const RUN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A command of a run, and what it is told once the run is stored.
enum Held {
    /// It stores something: the commit at this place of the run.
    Commit(Box<Answer>, usize),
    /// It stores nothing; yet it was decided on what the commits before it lead to.
    Settled(Box<Result<Answer, Refusal>>),
}

/// Commands decided on provisional state, in order.
pub struct Run {
    expected: Cursor,
    held: Vec<(Work, Held)>,
    payloads: Vec<Bytes>,
    bytes: usize,
    signals: Vec<Signal>,
}

/// What became of a run.
pub enum Stored {
    /// Its commits stand at these positions.
    At(Run, Vec<Cursor>),
    /// Another writer was faster, with the message that stands there where that is known; nothing
    /// was stored.
    Conflict(Run, Option<Cursor>),
    /// Nothing was stored, or nobody can tell.
    Refused(Run, Refusal),
}

impl Run {
    /// An empty run on an actor whose last message stands at `expected`.
    pub fn after(expected: Cursor) -> Self {
        let (held, payloads, signals) = (Vec::new(), Vec::new(), Vec::new());
        Self { expected, held, payloads, bytes: 0, signals }
    }

    /// Whether nothing was decided yet.
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether it is as large as a run may be.
    pub const fn is_full(&self) -> bool {
        self.payloads.len() >= RUN_COMMITS_MAX || self.bytes >= RUN_BYTES_MAX
    }

    /// Adds a command that stores nothing.
    pub fn settle(&mut self, work: Work, result: Result<Answer, Refusal>) {
        self.held.push((work, Held::Settled(Box::new(result))));
    }

    /// Adds a command and its commit.
    pub fn add(&mut self, work: Work, drafted: Drafted) {
        let Drafted { answer, raw, signals, expected } = drafted;
        // Only a fork's first commit stands elsewhere than behind what the cell knew.
        if self.payloads.is_empty() {
            self.expected = expected;
        }
        self.bytes += raw.len();
        self.signals.extend(signals);
        self.held.push((work, Held::Commit(Box::new(answer), self.payloads.len())));
        self.payloads.push(raw);
    }

    /// Stores it, and waits until the log has said what became of it.
    pub async fn store(self, shared: &Shared, address: &Address) -> Stored {
        if self.payloads.is_empty() {
            return Stored::At(self, Vec::new());
        }
        let appending = Appending {
            log: &*shared.world.log,
            config: &shared.config,
            address,
            payloads: &self.payloads,
            expected: self.expected,
            patience: &shared.patience,
            stop: &shared.stop,
        };
        let spans = self.spans(shared);
        let begun = Instant::now();
        let appended = appending.run().await;
        shared.world.telemetry.measures.stage(Stage::Append, begun.elapsed());
        told(spans, &appended);
        match appended {
            Ok(Appended::Stored(cursors)) => {
                for (payload, cursor) in self.payloads.iter().zip(&cursors) {
                    let (address, payload) = (address.clone(), payload.clone());
                    let stored =
                        entry::Stored { cursor: *cursor, address, payload, imported: false };
                    shared.world.feed.stored(stored);
                }
                Stored::At(self, cursors)
            }
            Ok(Appended::Conflict(first)) => Stored::Conflict(self, first),
            Err(refusal) => Stored::Refused(self, refusal),
        }
    }

    /// A span for each command that stores something and whose trace is recorded.
    fn spans(&self, shared: &Shared) -> Vec<(Open, usize)> {
        let telemetry = &shared.world.telemetry;
        if !telemetry.spans.is_on() {
            return Vec::new();
        }
        let span = |(work, held): &(Work, Held)| {
            let Held::Commit(answer, place) = held else { return None };
            let mut span = step(telemetry, &work.envelope, spans::APPEND)?;
            span.set(own::REVISION, answer.revision.0);
            span.set(own::COMMITS, self.payloads.len() as u64);
            Some((span, *place))
        };
        self.held.iter().filter_map(span).collect()
    }

    /// Answers all, now that the commits stand at `cursors`; returns what is to be shown.
    pub fn answer(self, shared: &Arc<Shared>, cursors: &[Cursor], living: &Living) -> Vec<Signal> {
        for (work, held) in self.held {
            match held {
                Held::Commit(mut answer, place) => {
                    answer.cursor = cursors.get(place).copied().unwrap_or(living.head.cursor);
                    work.answer(Ok(*answer));
                }
                Held::Settled(result) => {
                    let settled = result.map(|mut answer| {
                        // Decided on a commit of this very run, whose place is known only now.
                        if answer.cursor == Cursor::ZERO {
                            answer.cursor = living.head.cursor;
                        }
                        answer
                    });
                    tell(shared, work, settled);
                }
            }
        }
        self.signals
    }

    /// Puts the commands back where they came from, in their order, to be decided again.
    pub fn give_back(self, works: &mut VecDeque<Work>) {
        for (work, _) in self.held.into_iter().rev() {
            works.push_front(work);
        }
    }

    /// Refuses all that stood on what was not stored. What was settled before the first commit of
    /// the run keeps its answer.
    pub fn refuse(self, shared: &Arc<Shared>, refusal: &Refusal) {
        let mut provisional = false;
        for (work, held) in self.held {
            match held {
                Held::Settled(result) if !provisional => tell(shared, work, *result),
                Held::Settled(_) | Held::Commit(..) => {
                    provisional = true;
                    work.answer(Err(refusal.clone()));
                }
            }
        }
    }
}

/// Says in the spans of an append what became of it.
fn told(spans: Vec<(Open, usize)>, appended: &Result<Appended, Refusal>) {
    for (mut span, place) in spans {
        match appended {
            Ok(Appended::Stored(cursors)) => {
                span.set(own::CURSOR, cursors.get(place).map_or(0, |cursor| cursor.0));
            }
            Ok(Appended::Conflict(_)) => span.fail("conflict"),
            Err(refusal) => span.fail(refusal.code.clone()),
        }
    }
}

/// Answers a command for good.
fn tell(shared: &Arc<Shared>, work: Work, result: Result<Answer, Refusal>) {
    match result {
        Ok(answer) => work.answer(Ok(answer)),
        Err(refusal) => Refused::answer(shared, work, refusal),
    }
}
