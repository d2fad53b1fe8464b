//! The adaptive appender of one stream (DESIGN 4, "Group commit").
//!
//! A broker that syncs before it acknowledges syncs once for each message, however many are on
//! their way, and once for a whole atomic batch. So few appends go alone, since a batch has a cost
//! of its own, and many go together: while a batch is on its way the next one gathers, and leaves
//! the moment the acknowledgement is there. Nothing ever waits for company.

mod batch;
mod counters;
mod queue;
mod still;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::{HeaderMap, Subject};
use bytes::Bytes;
use contracts::ports::AppendError;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};
use tokio_util::task::AbortOnDropHandle;

use self::counters::Counters;
pub use self::counters::{Appends, BATCH_MESSAGES};
use self::queue::{Admission, Departure, Queue};
use self::still::{Flight, Still};
use super::publish::{Failure, Sent};
use crate::connect::Connection;
use crate::monitor::Sync;

/// Room for the header lines of an expectation and of a batch, in bytes.
pub(super) const MARGIN_BYTES: usize = 256;

/// Pauses before an append is sent again that met another one under way, in milliseconds.
const UNDER_WAY_PAUSES_MS: [u64; 10] = [1, 1, 2, 4, 8, 16, 32, 64, 128, 256];

/// When appends go alone and when together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Messages that may be on their way alone; what comes beyond them waits.
    pub alone_messages_max: usize,
    /// As many that wait leave as a batch; fewer leave alone as soon as they may.
    pub batch_messages_min: usize,
    /// The first of these where the broker stages batches in memory.
    pub staged_alone_messages_max: usize,
    /// The second of these where the broker stages batches in memory.
    pub staged_batch_messages_min: usize,
    /// The first of these for streams that several servers keep: their batches cost less.
    pub replicated_alone_messages_max: usize,
    /// The second of these for streams that several servers keep.
    pub replicated_batch_messages_min: usize,
    /// Messages that may be on their way alone where the broker does not sync before it
    /// acknowledges: batches gain nothing there.
    pub relaxed_alone_messages_max: usize,
    /// The most messages of a batch; the broker takes 1,000.
    pub batch_messages_max: usize,
    /// The most bytes of a batch; a larger run is a batch of its own.
    pub batch_bytes_max: usize,
    /// Messages that may wait; what comes beyond them is told that the log is unavailable.
    pub waiting_messages_max: usize,
    /// When nothing is acknowledged for so long on a live connection, new appends are told that the
    /// log is unavailable, in milliseconds.
    pub unanswered_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            alone_messages_max: 16,
            batch_messages_min: 16,
            staged_alone_messages_max: 4,
            staged_batch_messages_min: 4,
            replicated_alone_messages_max: 8,
            replicated_batch_messages_min: 8,
            relaxed_alone_messages_max: 4_096,
            batch_messages_max: 1_000,
            batch_bytes_max: 8 * 1024 * 1024,
            waiting_messages_max: 65_536,
            unanswered_ms: 5_000,
        }
    }
}

/// Messages for one subject, to be stored one directly after another.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) subject: Subject,
    /// Header lines of each message.
    pub(crate) headers: Option<HeaderMap>,
    /// At least one.
    pub(crate) payloads: Vec<Bytes>,
    /// The sequence of the subject's last message; `None` = whatever it is.
    pub(crate) expected: Option<u64>,
}

impl Item {
    fn bytes(&self) -> usize {
        self.payloads.iter().map(Bytes::len).sum()
    }

    fn header_bytes(&self) -> usize {
        let lines = self.headers.iter().flat_map(HeaderMap::iter);
        lines
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            .map(|(name, value)| AsRef::<[u8]>::as_ref(name).len() + value.as_str().len() + 4)
            .sum()
    }

    /// The header lines of the message `nth` (from 0) outside of a batch.
    fn headers(&self, nth: usize) -> HeaderMap {
        let mut headers = self.headers.clone().unwrap_or_default();
        if let (Some(expected), 0) = (self.expected, nth) {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(expected));
        }
        headers
    }
}

/// The sequence of an item's last message.
type Answer = Result<u64, AppendError>;

/// An item with somebody who waits for its answer.
struct Waiting {
    item: Item,
    answer: oneshot::Sender<Progress>,
}

/// What becomes of an item that waited.
enum Progress {
    /// It left alone; whoever waits looks after it.
    Sent(Single, Alone),
    /// It is answered.
    Done(Answer),
}

/// One appender; its task ends with it.
pub(crate) struct Appender {
    shared: Arc<Shared>,
    _task: AbortOnDropHandle<()>,
}

struct Shared {
    connection: Connection,
    /// The stream that it appends to.
    stream: &'static str,
    queue: Mutex<Queue>,
    /// Something may leave.
    changed: Notify,
    counters: Counters,
    still: Arc<Still>,
    /// What the names of this process's batches begin with.
    name: String,
}

impl Appender {
    /// Starts the task.
    pub(crate) fn start(connection: Connection, stream: &'static str, sync: Sync) -> Self {
        let (config, replicas) = (connection.config.append.clone(), connection.config.replicas);
        let inbox = connection.client.new_inbox();
        let name = inbox.rsplit('.').next().unwrap_or_default().to_owned();
        let limit = Duration::from_millis(config.unanswered_ms);
        let still = Still::new(limit, connection.losses.clone());
        let shared = Arc::new(Shared {
            connection,
            stream,
            queue: Mutex::new(Queue::new(config, replicas, sync)),
            changed: Notify::new(),
            counters: Counters::default(),
            still,
            name,
        });
        let task = tokio::spawn(run(Arc::clone(&shared)));
        Self { shared, _task: AbortOnDropHandle::new(task) }
    }

    /// Stores an item, whole or not at all, and answers with the sequence of its last message.
    pub(crate) async fn append(&self, item: Item) -> Answer {
        let answer = self.submit(item).await;
        self.shared.counters.answered(&answer);
        answer
    }

    async fn submit(&self, item: Item) -> Answer {
        if !self.shared.connection.is_up() {
            return Err(AppendError::Unavailable("the broker is not connected".to_owned()));
        }
        self.shared.still.check()?;
        if let [payload] = &item.payloads[..]
            && payload.len() + item.header_bytes() + MARGIN_BYTES
                > self.shared.connection.client.max_payload()
        {
            // With the header lines of a batch it could not be sent at all.
            return self.shared.send_alone(item).await.answer(&self.shared).await;
        }
        let (answer, progress) = oneshot::channel();
        let admitted = self.shared.queue().admit(item, answer);
        match admitted {
            Admission::Alone(item) => {
                let _place = Alone(Arc::clone(&self.shared));
                self.shared.send_alone(item).await.answer(&self.shared).await
            }
            Admission::Waits => {
                self.shared.changed.notify_one();
                match progress.await {
                    Ok(Progress::Sent(single, _place)) => single.answer(&self.shared).await,
                    Ok(Progress::Done(answer)) => answer,
                    Err(_) => Err(AppendError::InDoubt("the appender has ended".to_owned())),
                }
            }
            Admission::Full => {
                Err(AppendError::Unavailable("too many appends wait already".to_owned()))
            }
        }
    }

    /// Batches cost less from now on: the broker stages them in memory.
    pub(crate) fn stages_in_memory(&self) {
        self.shared.queue().stages_in_memory();
    }

    /// What it did until now.
    pub(crate) fn appends(&self) -> Appends {
        let outstanding = self.shared.queue().outstanding();
        self.shared.counters.read(self.shared.stream, outstanding)
    }

    /// For how long nothing has been acknowledged, when that is longer than it may be.
    pub(crate) fn stands_still(&self) -> Option<Duration> {
        self.shared.still.stands().filter(|_| self.shared.connection.is_up())
    }
}

/// A message on its way alone; its place is free when this is dropped.
struct Alone(Arc<Shared>);

impl Drop for Alone {
    fn drop(&mut self) {
        if self.0.queue().landed() {
            self.0.changed.notify_one();
        }
    }
}

impl Shared {
    /// Locks; a panic of another thread leaves our plain counts sound.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an item of one message.
    async fn send_alone(&self, item: Item) -> Single {
        self.counters.alone();
        let (headers, payload) = (item.headers(0), item.payloads.first().cloned());
        let payload = payload.unwrap_or_default();
        let flight = self.still.leave();
        let sent = self.connection.send(item.subject.clone(), headers, payload).await;
        Single { item, sent, flight }
    }

    /// Whether somebody new came to wait while all others had their turn.
    async fn gathers(&self, waiting: &mut usize) -> bool {
        tokio::task::yield_now().await;
        let before = std::mem::replace(waiting, self.queue().outstanding().0);
        *waiting > before
    }
}

/// A message that left alone.
struct Single {
    item: Item,
    sent: Result<Sent, AppendError>,
    flight: Flight,
}

impl Single {
    async fn answer(self, shared: &Shared) -> Answer {
        let (mut sent, mut flight) = (self.sent, self.flight);
        for pause in UNDER_WAY_PAUSES_MS {
            match landed(sent, &flight).await {
                Err(failure) if failure.is_under_way() => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    let again = shared.send_alone(self.item.clone()).await;
                    (sent, flight) = (again.sent, again.flight);
                }
                answer => return answer.map_err(|failure| failure.error),
            }
        }
        landed(sent, &flight).await.map_err(Failure::last)
    }
}

/// Waits for the answer to a message that left, and notes that there is one.
async fn landed(sent: Result<Sent, AppendError>, flight: &Flight) -> Result<u64, Failure> {
    let answer = match sent {
        Ok(sent) => sent.answer().await,
        Err(error) => Err(error.into()),
    };
    flight.answered(answer.as_ref().err().map(|failure| &failure.error));
    answer
}

/// Lets leave what may leave, for ever.
async fn run(shared: Arc<Shared>) {
    loop {
        // Whoever was just answered may come again at once; their turn comes before this one's.
        let mut waiting = 0;
        while shared.gathers(&mut waiting).await {}
        if shared.still.stands().is_some() {
            // Who was never sent need not hang; the first one tries.
            for waiting in shared.queue().shed() {
                drop(waiting.answer.send(Progress::Done(Err(still::unanswered()))));
            }
        }
        let departure = shared.queue().depart();
        match departure {
            Departure::Nothing => shared.changed.notified().await,
            Departure::Alone(items) => {
                for waiting in items {
                    let alone = Alone(Arc::clone(&shared));
                    let single = shared.send_alone(waiting.item).await;
                    // Nobody there any more: the message is stored all the same.
                    drop(waiting.answer.send(Progress::Sent(single, alone)));
                }
            }
            Departure::Batch(items) => {
                shared.batch(items).await;
                shared.queue().batched();
            }
        }
    }
}
