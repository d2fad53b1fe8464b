//! [`contracts::ports::Peers`]: how nodes ask each other.

use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{PeerError, PeerName};
use contracts::{NodeId, Partition};
use futures_util::StreamExt as _;

use super::World;

/// Long enough for any answer.
const PATIENCE: Duration = Duration::from_secs(20);

fn owner(number: u8) -> PeerName {
    PeerName::Owner(Partition::new(number).expect("there are 64"))
}

/// By node and by partition.
pub async fn a_call_is_answered_by_whoever_has_the_name(world: &impl World) {
    let peers = world.peers();
    for name in [PeerName::Node(NodeId::from_static("one")), owner(7)] {
        let mut calls = peers.serve(name.clone());
        let asked = peers.call(name, "7 + 7?".into(), PATIENCE);
        let answered = async {
            let call = calls.next().await.expect("it has no end").expect("it has no error");
            assert_eq!(call.payload, "7 + 7?");
            call.answer.send("14".into()).await.expect("it is sent");
        };
        let (answer, ()) = tokio::join!(asked, answered);
        assert_eq!(answer, Ok(Bytes::from_static(b"14")));
    }
}

/// Whoever asks may turn to another at once.
pub async fn where_nobody_serves_a_call_is_told_so(world: &impl World) {
    let peers = world.peers();
    let calls = peers.serve(owner(1));
    assert_eq!(peers.call(owner(2), Bytes::new(), PATIENCE).await, Err(PeerError::Nobody));
    drop(calls);
    // The broker hears of it in a moment.
    while peers.call(owner(1), Bytes::new(), Duration::from_millis(50)).await
        != Err(PeerError::Nobody)
    {
        tokio::task::yield_now().await;
    }
}

/// It may have got the call.
pub async fn a_silent_peer_is_told_from_none(world: &impl World) {
    let peers = world.peers();
    let mut calls = peers.serve(owner(3));
    let asked = peers.call(owner(3), "?".into(), Duration::from_millis(200)).await;
    assert_eq!(asked, Err(PeerError::Silent));
    let call = calls.next().await.expect("it has no end").expect("it has no error");
    assert_eq!(call.payload, "?");
}
