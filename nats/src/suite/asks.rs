//! [`contracts::ports::Asks`]: requests of clients.

use bytes::Bytes;
use contracts::Partition;
use contracts::ports::{Inbound, Road};
use futures_util::StreamExt as _;

use super::World;
use super::commands::line;
use super::world::{actor, next};
use crate::subjects::{ASK, plain, stored};

/// Answers a request with what it said.
async fn echo(got: Inbound) {
    let subject = got.reply_to.clone().expect("a request has a reply subject");
    got.settle.reply(&subject, got.payload.clone()).await.unwrap();
}

/// With and without a partition in the subject.
pub async fn a_request_is_answered(world: &impl World) {
    let one = actor("one");
    let mut requests = world.asks().serve(one.partition());
    for subject in [stored(ASK, &one), plain(ASK, &one)] {
        let headers = vec![line("Cambium-Command", "add")];
        let served = async {
            let got = next(&mut requests).await;
            assert_eq!((got.road, &got.to), (Road::Interactive, &Ok(one.clone())));
            assert_eq!((got.sequence, got.delivery), (0, 1));
            assert_eq!(got.header("cambium-command"), Some("add"));
            got.settle.ack().await.unwrap();
            echo(got).await;
        };
        let asked = world.request(subject, headers, Bytes::from_static(b"hello"));
        let (answer, ()) = tokio::join!(asked, served);
        assert_eq!(answer.as_deref(), Some(&b"hello"[..]));
    }
}

/// During a handover two nodes serve a partition.
pub async fn of_two_servers_one_gets_each_request(world: &impl World) {
    const COUNT: usize = 40;
    let one = actor("one");
    let asks = world.asks();
    let (first, second) = (asks.serve(one.partition()), asks.serve(one.partition()));
    let served = async {
        let mut both = futures_util::stream::select(first, second).take(COUNT);
        let mut payloads = Vec::new();
        while let Some(got) = both.next().await {
            let got = got.unwrap();
            payloads.push(got.payload.clone());
            echo(got).await;
        }
        payloads
    };
    let asked = async {
        for n in 0..COUNT {
            let payload = Bytes::from(n.to_string());
            let answer = world.request(stored(ASK, &one), Vec::new(), payload.clone()).await;
            assert_eq!(answer, Some(payload));
        }
    };
    let (payloads, ()) = tokio::join!(served, asked);
    assert_eq!(payloads, (0..COUNT).map(|n| Bytes::from(n.to_string())).collect::<Vec<_>>());
}

/// A partition that nobody serves.
pub async fn nobody_serving_is_no_answer(world: &impl World) {
    let answer = world.request(stored(ASK, &actor("one")), Vec::new(), Bytes::new()).await;
    assert_eq!(answer, None);
}

/// A subject that is no actor's is somebody's request all the same.
pub async fn strange_requests_are_told(world: &impl World) {
    let partition = Partition::of_tokens(["a%b", "counter", "one"]);
    let mut requests = world.asks().serve(partition);
    let served = async {
        let got = next(&mut requests).await;
        assert_eq!(got.to, Err(format!("ask.{partition}.a%b.counter.one")));
        echo(got).await;
    };
    let subject = format!("ask.{partition}.a%b.counter.one");
    let (answer, ()) =
        tokio::join!(world.request(subject, Vec::new(), Bytes::from_static(b"?")), served);
    assert_eq!(answer.as_deref(), Some(&b"?"[..]));
}
