//! [`contracts::ports::Gossip`]: heard at once by all nodes, kept nowhere.

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::World;
use super::world::take;

/// In order, by everybody who listens, also by who tells it; not what was told before.
pub async fn what_is_told_reaches_all_who_listen(world: &impl World) {
    let gossip = world.gossip();
    gossip.tell("limits", Bytes::from_static(b"early")).await.unwrap();
    let mut strangers = world.listen("gos.limits".to_owned()).await;
    let (mut one, mut other) = (gossip.listen("limits"), world.gossip().listen("limits"));
    for number in 1..=3_u8 {
        gossip.tell("limits", Bytes::from(vec![number, 0, 255])).await.unwrap();
    }
    let expected: Vec<_> = (1..=3_u8).map(|number| Bytes::from(vec![number, 0, 255])).collect();
    assert_eq!(take(&mut one, 3).await, expected);
    assert_eq!(take(&mut other, 3).await, expected);
    assert_eq!(strangers.next().await.unwrap().0, "gos.limits");
}

/// Each topic by itself; who listens again goes on.
pub async fn topics_are_apart(world: &impl World) {
    let gossip = world.gossip();
    let (mut one, mut other) = (gossip.listen("one"), gossip.listen("other"));
    gossip.tell("one", Bytes::from_static(b"1")).await.unwrap();
    gossip.tell("other", Bytes::from_static(b"2")).await.unwrap();
    assert_eq!(take(&mut one, 1).await, [Bytes::from_static(b"1")]);
    assert_eq!(take(&mut other, 1).await, [Bytes::from_static(b"2")]);
    drop(one);
    gossip.tell("one", Bytes::from_static(b"3")).await.unwrap();
    let mut one = gossip.listen("one");
    gossip.tell("one", Bytes::from_static(b"4")).await.unwrap();
    assert_eq!(take(&mut one, 1).await, [Bytes::from_static(b"4")]);
}
