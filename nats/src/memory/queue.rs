use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{Scheduled, TimerId};
use contracts::{Address, Partition, Timestamp};
use tokio::time::Instant;

/// COMMANDS in memory: unsettled messages by partition, and schedules that are not due yet.
#[derive(Default)]
pub(super) struct Queues {
    last: u64,
    by_partition: HashMap<Partition, BTreeMap<u64, Message>>,
    schedules: HashMap<TimerId, Schedule>,
}

/// One unsettled message.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) to: Result<Address, String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) payload: Bytes,
    pub(super) deliveries: u32,
    /// Not delivered before; in the future while it is with a consumer.
    visible: Option<Instant>,
}

struct Schedule {
    at: Timestamp,
    due: Instant,
    headers: Vec<(String, String)>,
    payload: Bytes,
}

/// What a consumer finds.
pub(super) enum Found {
    Message(u64, Message),
    /// Nothing to deliver before this instant; `None` = before something changes.
    Wait(Option<Instant>),
}

impl Queues {
    pub(super) fn push(
        &mut self,
        partition: Partition,
        to: Result<Address, String>,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> u64 {
        self.last += 1;
        let message = Message { to, headers, payload, deliveries: 0, visible: None };
        self.by_partition.entry(partition).or_default().insert(self.last, message);
        self.last
    }

    pub(super) fn schedule(
        &mut self,
        id: TimerId,
        (at, due): (Timestamp, Instant),
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) {
        self.schedules.insert(id, Schedule { at, due, headers, payload });
    }

    pub(super) fn cancel(&mut self, id: &TimerId) {
        self.schedules.remove(id);
    }

    /// What has not become a message yet, though its time may have passed.
    pub(super) fn scheduled(&self) -> Vec<Scheduled> {
        let scheduled = self.schedules.iter().map(|(id, schedule)| Scheduled {
            timer: Ok(id.clone()),
            at: Some(schedule.at),
            headers: schedule.headers.clone(),
        });
        scheduled.collect()
    }

    pub(super) fn pending(&self) -> usize {
        self.by_partition.values().map(BTreeMap::len).sum()
    }

    /// Hands out the oldest message of `partition` that may be delivered, and hides it for
    /// `ack_wait`.
    pub(super) fn take(
        &mut self,
        partition: Partition,
        ack_wait: Duration,
        pending_max: usize,
    ) -> Found {
        let now = Instant::now();
        let next_timer = self.fire_due(partition, now);
        let own = self.by_partition.entry(partition).or_default();
        let hidden = |message: &Message| message.visible.is_some_and(|visible| visible > now);
        let earliest = own.values().filter_map(|message| message.visible).min();
        let wait = Found::Wait(earliest.into_iter().chain(next_timer).min());
        if own.values().filter(|message| hidden(message)).count() >= pending_max {
            return wait;
        }
        let Some((sequence, message)) = own.iter_mut().find(|(_, message)| !hidden(message)) else {
            return wait;
        };
        message.deliveries += 1;
        message.visible = Some(now + ack_wait);
        Found::Message(*sequence, message.clone())
    }

    /// Turns the partition's due schedules into messages, in the order in which they were due;
    /// returns when the next one is.
    fn fire_due(&mut self, partition: Partition, now: Instant) -> Option<Instant> {
        let own = |id: &TimerId| id.address.partition() == partition;
        let mut due: Vec<(Instant, TimerId)> = self
            .schedules
            .iter()
            .filter(|(id, schedule)| own(id) && schedule.due <= now)
            .map(|(id, schedule)| (schedule.due, id.clone()))
            .collect();
        due.sort_by(|(a_due, a), (b_due, b)| {
            (a_due, &a.address, &a.name).cmp(&(b_due, &b.address, &b.name))
        });
        for (_, id) in due {
            if let Some(Schedule { headers, payload, .. }) = self.schedules.remove(&id) {
                self.push(partition, Ok(id.address), headers, payload);
            }
        }
        self.schedules.iter().filter(|(id, _)| own(id)).map(|(_, schedule)| schedule.due).min()
    }

    pub(super) fn remove(&mut self, partition: Partition, sequence: u64) {
        if let Some(own) = self.by_partition.get_mut(&partition) {
            own.remove(&sequence);
        }
    }

    /// Hides a message for another `span`.
    pub(super) fn hide(&mut self, partition: Partition, sequence: u64, span: Duration) {
        let own = self.by_partition.get_mut(&partition);
        if let Some(message) = own.and_then(|own| own.get_mut(&sequence)) {
            message.visible = Some(Instant::now() + span);
        }
    }
}
