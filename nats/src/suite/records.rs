//! [`contracts::ports::Records`]: what programs of tenants tell of themselves.

use bytes::Bytes;
use contracts::Tenant;
use contracts::ports::PortError;
use contracts::records::{RecordPlace, Signal};
use futures_util::StreamExt as _;

use super::World;

fn place(tenant: &'static str, signal: Option<Signal>) -> RecordPlace {
    RecordPlace { tenant: Tenant::from_static(tenant), signal }
}

async fn put(world: &impl World, place: &RecordPlace, text: &'static str) -> u64 {
    world.records().put(place, Bytes::from_static(text.as_bytes())).await.unwrap()
}

/// Whoever they are of, also those that come later, from any position.
pub async fn batches_are_followed_in_the_order_of_their_storing(world: &impl World) {
    let records = world.records();
    assert_eq!(records.head().await, Ok(0));
    let (logs, rules) = (place("acme", Some(Signal::Logs)), place("navy", None));
    assert_eq!(put(world, &logs, "a").await, 1);
    assert_eq!(put(world, &rules, "b").await, 2);
    let mut flow = records.follow(1);
    let second = flow.next().await.unwrap().unwrap();
    assert_eq!((second.sequence, second.place, &second.payload[..]), (2, rules, &b"b"[..]));
    assert_eq!(put(world, &logs, "c").await, 3);
    let third = flow.next().await.unwrap().unwrap();
    assert_eq!((third.sequence, third.place), (3, logs));
    assert_eq!(records.head().await, Ok(3));
    let read = records.entries(0, 2).await.unwrap();
    assert_eq!(read.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2]);
}

/// Nothing else of the tenant, and nothing of others.
pub async fn the_beginning_of_a_place_is_purged_and_of_no_other(world: &impl World) {
    let (logs, spans) = (place("acme", Some(Signal::Logs)), place("acme", Some(Signal::Traces)));
    let other = place("navy", Some(Signal::Logs));
    for _ in 0..2 {
        for place in [&logs, &spans, &other] {
            put(world, place, "x").await;
        }
    }
    let records = world.records();
    assert_eq!(records.purge(&logs, 3).await, Ok(1));
    assert_eq!(records.purge(&logs, 3).await, Ok(0));
    let left = records.entries(0, 10).await.unwrap();
    assert_eq!(left.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert_eq!(records.head().await, Ok(6));
    assert_eq!(records.follow(0).next().await.unwrap().unwrap().sequence, 2);
}

/// It is told, and nothing is stored.
pub async fn a_batch_over_the_limit_is_refused(world: &impl World) {
    let huge = Bytes::from(vec![0; world.payload_bytes_max() + 1]);
    let refused = world.records().put(&place("acme", Some(Signal::Logs)), huge).await;
    assert!(matches!(refused, Err(PortError::Refused(_))), "{refused:?}");
    assert_eq!(world.records().head().await, Ok(0));
}
