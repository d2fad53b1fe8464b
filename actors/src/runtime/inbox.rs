//! The commands that wait for one actor: bounded, in order, seen by whoever puts and by the cell.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::lifecycle::Settle;
use contracts::view::Answer;
use contracts::{Envelope, Refusal};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::told::Watch;

/// Where the answer to a command goes.
pub type Respond = oneshot::Sender<Result<Answer, Refusal>>;

/// A command and where its answer goes.
pub struct Work {
    /// What is asked.
    pub envelope: Box<Envelope>,
    /// Who waits for it.
    pub respond: Respond,
    /// What becomes of it when the actor cannot go on.
    pub passage: Passage,
    /// What is told of it once it is answered; `None` = nothing.
    pub watch: Option<Box<Watch>>,
    /// Where lines of the log about it belong.
    pub lines: tracing::Span,
}

/// How a command came, as far as that matters when its actor cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passage {
    /// Somebody waits: it is refused.
    Interactive,
    /// It is stored and nobody may lose it: it goes to DEAD, in order.
    Durable,
    /// It comes out of DEAD, from this position, in its turn.
    Drained(u64),
    /// It comes out of DEAD because an operator says so, who is written down.
    Settled(Box<Settle>),
}

impl Work {
    /// A command of the runtime's own, for whose answer nobody waits.
    pub fn own(envelope: Envelope) -> Self {
        let (respond, _) = oneshot::channel();
        let passage = Passage::Interactive;
        let (watch, lines) = (None, tracing::Span::none());
        Self { envelope: Box::new(envelope), respond, passage, watch, lines }
    }

    /// Answers. Whoever no longer waits needs no answer.
    pub fn answer(mut self, result: Result<Answer, Refusal>) {
        if let Some(watch) = self.watch.take() {
            watch.end(&self.envelope, &result);
        }
        let _ = self.respond.send(result);
    }
}

/// What waits, and whether the cell knows that something does.
#[derive(Default)]
struct Waiting {
    works: VecDeque<Work>,
    /// The cell was told and has not yet found the inbox empty since.
    busy: bool,
    /// The cell has been put to sleep: nothing may be put here any more.
    asleep: bool,
}

/// The mailbox of one cell. A cell takes all that waits at once, so that what waited together can
/// be stored together.
#[derive(Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
}

/// What became of a command put into an inbox.
pub enum Put {
    /// It waits; the cell is at work and comes to it.
    Waits,
    /// It waits, and the cell must be told.
    Tell,
    /// Too many wait already.
    Full(Work),
    /// The cell went to sleep meanwhile.
    Asleep(Work),
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a command behind those that wait.
    pub fn put(&self, work: Work, most: usize) -> Put {
        let mut waiting = self.lock();
        if waiting.asleep {
            return Put::Asleep(work);
        }
        if waiting.works.len() >= most {
            return Put::Full(work);
        }
        waiting.works.push_back(work);
        if std::mem::replace(&mut waiting.busy, true) { Put::Waits } else { Put::Tell }
    }

    /// Takes at most `most` of what waits. When it takes nothing, the next [`Inbox::put`] says
    /// again that the cell must be told.
    pub fn take(&self, most: usize, into: &mut VecDeque<Work>) {
        let mut waiting = self.lock();
        let take = waiting.works.len().min(most);
        into.extend(waiting.works.drain(..take));
        waiting.busy = take > 0;
    }

    /// Whether the cell has nothing to do.
    pub fn is_idle(&self) -> bool {
        let waiting = self.lock();
        !waiting.busy && waiting.works.is_empty()
    }

    /// Puts the cell to sleep when it has nothing to do; false when it has.
    pub fn fall_asleep(&self) -> bool {
        let mut waiting = self.lock();
        waiting.asleep = !waiting.busy && waiting.works.is_empty();
        waiting.asleep
    }

    /// Lets nothing in any more, and hands out what still waits: its cell has failed.
    pub fn close(&self) -> VecDeque<Work> {
        let mut waiting = self.lock();
        waiting.asleep = true;
        std::mem::take(&mut waiting.works)
    }
}
