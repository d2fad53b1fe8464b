//! One atomic batch (ADR-50): sent, answered, and taken apart when it is refused for one of many.

use std::time::Duration;

use async_nats::header::{HeaderValue, NATS_BATCH_COMMIT, NATS_BATCH_ID, NATS_BATCH_SEQUENCE};
use contracts::ports::AppendError;

use super::{Answer, Progress, Shared, UNDER_WAY_PAUSES_MS, Waiting};
use crate::jetstream::publish::Failure;

/// How often the one at fault is looked for before all go one by one.
const LOSERS_MAX: usize = 3;

impl Shared {
    /// Sends a batch and answers everybody in it.
    pub(super) async fn batch(&self, mut items: Vec<Waiting>) {
        for _ in 0..=LOSERS_MAX {
            if items.len() == 1 {
                break;
            }
            let failure = match self.attempt(&items).await {
                Ok(last) => return stored(items, last),
                Err(failure) if failure.is_incomplete() => {
                    self.counters.split();
                    break;
                }
                Err(failure) if !failure.is_of_one() => return answer_all(items, &failure.error),
                Err(failure) => failure,
            };
            self.counters.split();
            let Some(loser) = self.loser(&items, &failure).await else { break };
            // What the broker says to it alone is its answer; the others go on without it.
            let loser = vec![items.swap_remove(loser)];
            self.one_by_one(loser).await;
        }
        self.one_by_one(items).await;
    }

    /// Sends all messages of `items` as one batch: the sequence of the last one.
    async fn attempt(&self, items: &[Waiting]) -> Result<u64, Failure> {
        let flight = self.still.leave();
        let answer = self.send_batch(items).await;
        flight.answered(answer.as_ref().err().map(|failure| &failure.error));
        answer
    }

    async fn send_batch(&self, items: &[Waiting]) -> Result<u64, Failure> {
        let total = items.iter().map(|it| it.item.payloads.len()).sum();
        let number = self.counters.batch(total);
        let id = HeaderValue::from(format!("{}-{number}", self.name));
        let losses = self.connection.watch()?;
        let client = &self.connection.client;
        let mut sequence = 0;
        for Waiting { item, .. } in items {
            for (nth, payload) in item.payloads.iter().enumerate() {
                sequence += 1;
                let mut headers = item.headers(nth);
                headers.insert(NATS_BATCH_ID, id.clone());
                headers.insert(NATS_BATCH_SEQUENCE, HeaderValue::from(sequence));
                let subject = item.subject.clone();
                if sequence < total {
                    let sent = client.publish_with_headers(subject, headers, payload.clone());
                    // Without its last message nothing of a batch is ever stored.
                    sent.await.map_err(|error| AppendError::Unavailable(error.to_string()))?;
                } else {
                    headers.insert(NATS_BATCH_COMMIT, HeaderValue::from(1));
                    let payload = payload.clone();
                    let sent = self.connection.send_watched(losses, subject, headers, payload);
                    return sent.await?.answer().await;
                }
            }
        }
        Err(Failure::from(AppendError::Refused("nothing to append".to_owned())))
    }

    /// Which item the broker found at another sequence than expected. It names the sequence that it
    /// found; whose that is, the message there says. `None` = it cannot be told.
    async fn loser(&self, items: &[Waiting], failure: &Failure) -> Option<usize> {
        let found = failure.found?;
        let stream = self.connection.context.get_stream_no_info(self.stream).await.ok()?;
        let message = stream.get_raw_message(found).await.ok()?;
        items.iter().position(|it| it.item.subject == message.subject)
    }

    /// Each by itself: messages alone, runs as batches of their own.
    async fn one_by_one(&self, items: Vec<Waiting>) {
        let mut sent = Vec::with_capacity(items.len());
        for waiting in items {
            if waiting.item.payloads.len() > 1 {
                let answer = self.run(&waiting).await;
                answer_one(waiting, answer);
            } else {
                sent.push((self.send_alone(waiting.item.clone()).await, waiting));
            }
        }
        for (single, waiting) in sent {
            answer_one(waiting, single.answer(self).await);
        }
    }

    /// A run as a batch of its own.
    async fn run(&self, waiting: &Waiting) -> Answer {
        for pause in UNDER_WAY_PAUSES_MS {
            match self.attempt(std::slice::from_ref(waiting)).await {
                Err(failure) if failure.is_under_way() => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                answer => return answer.map_err(|failure| failure.error),
            }
        }
        self.attempt(std::slice::from_ref(waiting)).await.map_err(Failure::last)
    }
}

/// All are stored, the last message at `last`, the others directly before it.
fn stored(items: Vec<Waiting>, last: u64) {
    let total: u64 = items.iter().map(|it| it.item.payloads.len() as u64).sum();
    let mut before = last.saturating_sub(total);
    for waiting in items {
        before += waiting.item.payloads.len() as u64;
        answer_one(waiting, Ok(before));
    }
}

fn answer_all(items: Vec<Waiting>, error: &AppendError) {
    for waiting in items {
        answer_one(waiting, Err(error.clone()));
    }
}

fn answer_one(waiting: Waiting, answer: Answer) {
    // Nobody there any more: what is stored is stored.
    drop(waiting.answer.send(Progress::Done(answer)));
}
