//! Who leaves when, and with whom: the whole policy, without a socket.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::oneshot;

use super::{Config, Item, Progress, Waiting};
use crate::monitor::Sync;

/// What has not left yet, and what is on its way.
pub(super) struct Queue {
    config: Config,
    /// Whether one server keeps the stream.
    is_single: bool,
    waiting: VecDeque<Waiting>,
    /// Messages in `waiting`.
    messages: usize,
    /// Items in `waiting` of more than one message.
    runs: usize,
    /// Messages on their way alone.
    alone: usize,
    /// A batch is on its way.
    batching: bool,
    /// The last to leave were many: those who were answered come again at once, and gather behind
    /// the first of them instead of costing a sync each.
    crowded: bool,
}

/// What an item may do on arrival.
pub(super) enum Admission {
    /// Leave at once.
    Alone(Item),
    /// It waits.
    Waits,
    /// There is no room to wait in.
    Full,
}

/// Who leaves now.
pub(super) enum Departure {
    Nothing,
    Alone(Vec<Waiting>),
    Batch(Vec<Waiting>),
}

impl Queue {
    /// A queue for a stream that `replicas` servers keep, who sync as `sync` says.
    pub(super) fn new(mut config: Config, replicas: usize, sync: Sync) -> Self {
        if sync == Sync::Relaxed {
            config.alone_messages_max = config.relaxed_alone_messages_max;
            config.batch_messages_min = usize::MAX;
        } else if replicas > 1 {
            config.alone_messages_max = config.replicated_alone_messages_max;
            config.batch_messages_min = config.replicated_batch_messages_min;
        }
        config.alone_messages_max = config.alone_messages_max.max(1);
        config.batch_messages_min = config.batch_messages_min.max(2);
        let (waiting, messages, runs) = (VecDeque::new(), 0, 0);
        let is_single = replicas <= 1;
        Self {
            config,
            is_single,
            waiting,
            messages,
            runs,
            alone: 0,
            batching: false,
            crowded: false,
        }
    }

    /// Batches cost less from now on. A stream whose batches were never worth it, or cost less
    /// already, is none that this is about.
    pub(super) fn stages_in_memory(&mut self) {
        if self.is_single && self.config.batch_messages_min < usize::MAX {
            self.config.alone_messages_max = self.config.staged_alone_messages_max.max(1);
            self.config.batch_messages_min = self.config.staged_batch_messages_min.max(2);
        }
    }

    /// Lets an item leave or wait. Nothing overtakes what waits or what is being sent, so items of
    /// one subject are stored in the order of their arrival.
    pub(super) fn admit(&mut self, item: Item, answer: oneshot::Sender<Progress>) -> Admission {
        let messages = item.payloads.len();
        let free = self.alone < self.alone_messages_max();
        if messages == 1 && free && !self.batching && self.waiting.is_empty() {
            self.alone += 1;
            return Admission::Alone(item);
        }
        if self.messages + messages > self.config.waiting_messages_max {
            return Admission::Full;
        }
        self.messages += messages;
        self.runs += usize::from(messages > 1);
        self.waiting.push_back(Waiting { item, answer });
        Admission::Waits
    }

    const fn alone_messages_max(&self) -> usize {
        if self.crowded { 1 } else { self.config.alone_messages_max }
    }

    /// Who leaves now; asked when no batch is on its way.
    pub(super) fn depart(&mut self) -> Departure {
        // In a crowd all gather behind the one that is on its way.
        if self.waiting.is_empty() || (self.crowded && self.alone > 0) {
            return Departure::Nothing;
        }
        if self.runs > 0 || self.messages >= self.config.batch_messages_min {
            self.batching = true;
            self.crowded = self.messages >= self.config.batch_messages_min;
            return Departure::Batch(self.take_batch());
        }
        self.crowded = false;
        let free = self.config.alone_messages_max.saturating_sub(self.alone);
        let count = free.min(self.waiting.len());
        if count == 0 {
            return Departure::Nothing;
        }
        self.alone += count;
        self.messages -= count;
        Departure::Alone(self.waiting.drain(..count).collect())
    }

    /// From the front, as many as fit. Of those that expect something of one subject only the
    /// first goes: the broker takes no second expectation of it in a batch.
    fn take_batch(&mut self) -> Vec<Waiting> {
        let (mut taken, mut later) = (Vec::new(), Vec::new());
        let hasher = RandomState::new();
        let (mut subjects, mut messages, mut bytes) = (HashSet::new(), 0, 0);
        while let Some(next) = self.waiting.pop_front() {
            let (count, size) = (next.item.payloads.len(), next.item.bytes());
            let full = messages + count > self.config.batch_messages_max
                || bytes + size > self.config.batch_bytes_max;
            if full && !taken.is_empty() {
                self.waiting.push_front(next);
                break;
            }
            // Two subjects of one hash only make the second one wait for the next batch.
            let subject = hasher.hash_one(next.item.subject.as_str());
            if next.item.expected.is_some() && !subjects.insert(subject) {
                later.push(next);
                continue;
            }
            (messages, bytes) = (messages + count, bytes + size);
            self.runs -= usize::from(count > 1);
            taken.push(next);
        }
        self.messages -= messages;
        while let Some(next) = later.pop() {
            self.waiting.push_front(next);
        }
        taken
    }

    /// All that wait but the first.
    pub(super) fn shed(&mut self) -> Vec<Waiting> {
        let shed: Vec<Waiting> = self.waiting.drain(self.waiting.len().min(1)..).collect();
        self.messages -= shed.iter().map(|it| it.item.payloads.len()).sum::<usize>();
        self.runs -= shed.iter().filter(|it| it.item.payloads.len() > 1).count();
        shed
    }

    /// A message that was on its way alone is answered: whether somebody may leave now.
    pub(super) fn landed(&mut self) -> bool {
        self.alone = self.alone.saturating_sub(1);
        !self.batching && !self.waiting.is_empty()
    }

    /// The batch that was on its way is answered.
    pub(super) const fn batched(&mut self) {
        self.batching = false;
    }

    /// Messages that wait, messages on their way alone, and whether a batch is on its way.
    pub(super) const fn outstanding(&self) -> (usize, usize, bool) {
        (self.messages, self.alone, self.batching)
    }
}
