//! [`contracts::ports::Live`]: seen at once, kept nowhere.

use bytes::Bytes;
use contracts::decider::Signal;
use contracts::ports::LiveItem;
use contracts::{ActorId, Address, Kind, Tenant};
use futures_util::StreamExt as _;
use serde_json::json;

use super::World;
use super::world::{actor, take};

const ACME: Tenant = Tenant::from_static("acme");

fn typing(number: u32) -> Signal {
    Signal { r#type: "typing".to_owned(), data: json!({ "number": number }) }
}

/// In order, with their actor; who listens on the broker sees JSON.
pub async fn signals_reach_who_listens(world: &impl World) {
    let (live, one) = (world.live(), actor("one"));
    live.publish(&one, &typing(0)).await.unwrap();
    let mut strangers = world.listen("live.acme.>".to_owned()).await;
    let mut heard = live.listen(&ACME, None, None);
    for number in 1..=3 {
        live.publish(&one, &typing(number)).await.unwrap();
    }
    let expected: Vec<LiveItem> =
        (1..=3).map(|n| LiveItem { address: one.clone(), signal: typing(n) }).collect();
    assert_eq!(take(&mut heard, 3).await, expected);
    let (subject, json) = strangers.next().await.unwrap();
    assert_eq!(subject, "live.acme.counter.one");
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json, json!({ "type": "typing", "data": { "number": 1 } }));
}

/// A tenant, a kind, an actor; garbage is not heard.
pub async fn filters_hold(world: &impl World) {
    let live = world.live();
    let (kind, id) = (Kind::from_static("counter"), ActorId::from_static("one"));
    let mut of_tenant = live.listen(&ACME, None, None);
    let mut of_kind = live.listen(&ACME, Some(&kind), None);
    let mut of_actor = live.listen(&ACME, Some(&kind), Some(&id));
    let garbage = Bytes::from_static(b"not json");
    world.publish("live.acme.counter.one".to_owned(), Vec::new(), garbage).await;
    for (n, to) in ["other/counter/one", "acme/osteon/one", "acme/counter/two", "acme/counter/one"]
        .iter()
        .enumerate()
    {
        let to: Address = to.parse().unwrap();
        live.publish(&to, &typing(u32::try_from(n).unwrap())).await.unwrap();
    }
    let numbers = |items: Vec<LiveItem>| -> Vec<u64> {
        items.iter().filter_map(|item| item.signal.data["number"].as_u64()).collect()
    };
    assert_eq!(numbers(take(&mut of_tenant, 3).await), [1, 2, 3]);
    assert_eq!(numbers(take(&mut of_kind, 2).await), [2, 3]);
    assert_eq!(numbers(take(&mut of_actor, 1).await), [3]);
}
