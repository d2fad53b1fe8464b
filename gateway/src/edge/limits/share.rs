//! Telling other nodes what was spent here, and hearing it from them. Nobody waits for it: between
//! the messages each node decides alone, so that together they may let through at most what each
//! of the others admits until it has heard (docs/decisions/0063).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use contracts::ports::Gossip;
use futures_util::StreamExt as _;
use tokio::sync::Notify;

use super::Limiter;
use super::algorithm::{Algorithm, Limit};
use super::config::Config;
use super::table::Key;

/// What the messages are called.
const TOPIC: &str = "limits";
/// The form of a message that tells what was spent.
const SPENT: u8 = 1;
/// The form of one that tells what came back: who does not know it ignores it.
const BACK: u8 = 2;
/// Bytes before the first record: the form, and who says it.
const HEAD_BYTES: usize = 1 + 8;
/// Bytes of a record: key, algorithm, quota, window, cost.
const RECORD_BYTES: usize = 16 + 1 + 4 + 4 + 4;
/// Records of a message.
const RECORDS_MAX: usize = 1_000;
/// What is spent of a quota is told at once beyond this share of it.
const AT_ONCE_SHARE: u32 = 16;

/// What was spent here and not told yet.
pub(super) struct Outgoing {
    node: u64,
    keys_max: usize,
    untold: Mutex<HashMap<Key, (Limit, i32)>>,
    wake: Notify,
}

impl Outgoing {
    pub(super) fn new(node: u64, config: &Config) -> Self {
        let keys_max = config.share_keys_max;
        Self { node, keys_max, untold: Mutex::default(), wake: Notify::new() }
    }

    pub(super) fn spent(&self, key: Key, limit: Limit, cost: u32) {
        let sum = self.add(key, limit, i32::try_from(cost).unwrap_or(i32::MAX));
        if sum.is_some_and(|sum| sum.unsigned_abs() > limit.quota / AT_ONCE_SHARE && sum > 0) {
            self.wake.notify_one();
        }
    }

    /// What was spent came back. Nobody is in a hurry to hear of it.
    pub(super) fn refunded(&self, key: Key, limit: Limit, cost: u32) {
        self.add(key, limit, i32::try_from(cost).unwrap_or(i32::MAX).saturating_neg());
    }

    /// What there is to tell of a key; none when there is no room for it.
    fn add(&self, key: Key, limit: Limit, cost: i32) -> Option<i32> {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        if untold.len() >= self.keys_max && !untold.contains_key(&key) {
            return None;
        }
        let entry = untold.entry(key).or_insert((limit, 0));
        entry.1 = entry.1.saturating_add(cost);
        Some(entry.1)
    }

    /// The messages that tell it.
    pub(super) fn take(&self) -> Vec<Bytes> {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        let records = untold.drain().map(|(key, (limit, cost))| (key, limit, cost));
        let (spent, back): (Vec<_>, Vec<_>) =
            records.filter(|(.., cost)| *cost != 0).partition(|(.., cost)| *cost > 0);
        drop(untold);
        let told = |form, records: Vec<Record>| {
            let each = records.chunks(RECORDS_MAX).map(move |some| encode(form, self.node, some));
            each.collect::<Vec<_>>()
        };
        [told(SPENT, spent), told(BACK, back)].concat()
    }
}

fn encode(form: u8, node: u64, records: &[Record]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(HEAD_BYTES + records.len() * RECORD_BYTES);
    bytes.put_u8(form);
    bytes.put_u64(node);
    for (key, limit, cost) in records {
        bytes.put_u128(key.0);
        bytes.put_u8(match limit.algorithm {
            Algorithm::FixedWindow => 0,
            Algorithm::SlidingWindow => 1,
            Algorithm::TokenBucket => 2,
        });
        bytes.put_u32(limit.quota);
        bytes.put_u32(limit.window_ms);
        bytes.put_u32(cost.unsigned_abs());
    }
    bytes.freeze()
}

/// A key, its limit, and how much of it was spent; below zero: how much came back.
pub(super) type Record = (Key, Limit, i32);

/// Who says it, and what it spent; `None` = this is no such message.
fn decode(bytes: &[u8]) -> Option<(u64, Vec<Record>)> {
    let (form, rest) = bytes.split_first()?;
    let (node, rest) = rest.split_first_chunk()?;
    if !matches!(*form, SPENT | BACK)
        || rest.len() % RECORD_BYTES != 0
        || rest.len() / RECORD_BYTES > RECORDS_MAX
    {
        return None;
    }
    let records: Option<Vec<_>> = rest
        .chunks_exact(RECORD_BYTES)
        .map(record)
        .map(|told| {
            told.map(|(key, limit, cost)| (key, limit, if *form == BACK { -cost } else { cost }))
        })
        .collect();
    Some((u64::from_be_bytes(*node), records?))
}

fn record(bytes: &[u8]) -> Option<Record> {
    let (key, bytes) = bytes.split_first_chunk()?;
    let (algorithm, bytes) = bytes.split_first()?;
    let (quota, bytes) = bytes.split_first_chunk()?;
    let (window_ms, bytes) = bytes.split_first_chunk()?;
    let cost = bytes.first_chunk()?;
    let algorithm = match algorithm {
        0 => Algorithm::FixedWindow,
        1 => Algorithm::SlidingWindow,
        2 => Algorithm::TokenBucket,
        _ => return None,
    };
    let (quota, window_ms) = (u32::from_be_bytes(*quota), u32::from_be_bytes(*window_ms));
    let sound = (1..=super::config::QUOTA_MAX).contains(&quota)
        && (1..=super::config::WINDOW_S_MAX * 1_000).contains(&window_ms);
    let limit = Limit { algorithm, quota, window_ms };
    // What is beyond the largest quota is as much as that.
    let cost = i32::try_from(u32::from_be_bytes(*cost)).unwrap_or(i32::MAX);
    sound.then_some((Key(u128::from_be_bytes(*key)), limit, cost))
}

/// Tells and hears until it is aborted. What cannot be told is not told: the limits then hold for
/// this node alone.
pub async fn run(limiter: Arc<Limiter>, gossip: Arc<dyn Gossip>) {
    let heard = gossip.listen(TOPIC);
    tokio::join!(tell(&limiter, &*gossip), hear(&limiter, heard));
}

async fn tell(limiter: &Limiter, gossip: &dyn Gossip) {
    let Some(outgoing) = &limiter.outgoing else { return std::future::pending().await };
    let interval = Duration::from_millis(limiter.share_interval_ms.max(1));
    let pause = Duration::from_millis(limiter.share_pause_ms);
    let mut trouble = false;
    loop {
        // An idle node says nothing; what is little waits for more, for an interval at most.
        let _ = tokio::time::timeout(interval, outgoing.wake.notified()).await;
        for message in outgoing.take() {
            let told = gossip.tell(TOPIC, message).await;
            if let (Err(error), false) = (&told, trouble) {
                tracing::warn!(%error, "rate limits hold for this node alone: nobody is told");
            }
            trouble = told.is_err();
        }
        tokio::time::sleep(pause).await;
    }
}

async fn hear(limiter: &Limiter, mut heard: contracts::ports::Flow<Bytes>) {
    while let Some(message) = heard.next().await {
        receive(limiter, &message);
    }
    // The connection is gone for good: there is nobody to hear.
    std::future::pending::<()>().await;
}

/// Counts what another node says that it spent.
pub(super) fn receive(limiter: &Limiter, message: &[u8]) {
    let own = limiter.outgoing.as_ref().map(|outgoing| outgoing.node);
    let told = decode(message).filter(|(node, _)| Some(*node) != own);
    told.into_iter().flat_map(|(_, records)| records).for_each(|record| limiter.heard(record));
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, BACK, Key, Limit, SPENT, decode, encode};

    #[test]
    fn a_message_is_read_as_it_was_written_and_garbage_is_not() {
        let limit = Limit { algorithm: Algorithm::SlidingWindow, quota: 7, window_ms: 60_000 };
        let records = vec![(Key(3), limit, 5), (Key(u128::MAX), limit, 1)];
        let bytes = encode(SPENT, 9, &records);
        assert_eq!(decode(&bytes), Some((9, records)));
        let back = vec![(Key(3), limit, -5)];
        assert_eq!(decode(&encode(BACK, 9, &back)), Some((9, back)));
        for end in 0..bytes.len() {
            let whole = end >= 9 && (end - 9) % 29 == 0;
            assert_eq!(decode(&bytes[..end]).is_some(), whole, "{end} bytes");
        }
        let mut strange = bytes.to_vec();
        strange[0] = 3;
        assert_eq!(decode(&strange), None);
        strange[0] = 1;
        strange[9 + 16] = 3;
        assert_eq!(decode(&strange), None);
        let none = Limit { quota: 0, ..limit };
        assert_eq!(decode(&encode(SPENT, 9, &[(Key(3), none, 5)])), None);
    }
}
