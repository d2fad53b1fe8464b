//! [`contracts::ports::CommandQueue`]: what is sent arrives.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{PortError, Road};
use contracts::{Address, Partition};
use futures_util::StreamExt as _;

use super::World;
use super::world::{actor, eventually, next, nothing_for};
use crate::subjects::{COMMAND, plain};

/// A header line.
#[must_use]
pub fn line(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Headers, body, place and reply subject.
pub async fn a_command_arrives_as_it_was_sent(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let headers = vec![line("cambium-reply-to", "_INBOX.x.1"), line("X-Trace", "a b: c")];
    let payload = Bytes::from_static(b"\x00\xffbytes");
    let sequence = commands.enqueue(&one, headers, payload.clone()).await.unwrap();
    let got = next(&mut commands.consume(one.partition())).await;
    assert_eq!((got.road, &got.to, &got.payload), (Road::Durable, &Ok(one), &payload));
    assert_eq!((got.sequence, got.delivery), (sequence, 1));
    assert_eq!(got.header("x-trace"), Some("a b: c"));
    assert_eq!(got.headers.len(), 2);
    assert_eq!(got.reply_to.as_deref(), Some("_INBOX.x.1"));
    got.settle.ack().await.unwrap();
}

/// A queue, not a heap.
pub async fn commands_of_an_actor_keep_their_order(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let mut inbound = commands.consume(one.partition());
    let mut sequences = Vec::new();
    for n in 0..300 {
        let payload = Bytes::from(n.to_string());
        sequences.push(commands.enqueue(&one, Vec::new(), payload).await.unwrap());
    }
    for (n, sequence) in sequences.into_iter().enumerate() {
        let got = next(&mut inbound).await;
        got.settle.ack().await.unwrap();
        assert_eq!((&got.payload[..], got.sequence), (n.to_string().as_bytes(), sequence));
    }
}

/// A consumer sees its own partition only.
pub async fn partitions_are_apart(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let other = (0..).map(|n| actor(&format!("o{n}")));
    let other = other.into_iter().find(|it| it.partition() != one.partition()).unwrap();
    commands.enqueue(&one, Vec::new(), Bytes::new()).await.unwrap();
    let mut others = commands.consume(other.partition());
    nothing_for(Duration::from_millis(200), &mut others).await;
    commands.enqueue(&other, Vec::new(), Bytes::new()).await.unwrap();
    assert_eq!(next(&mut others).await.to, Ok(other));
    assert_eq!(next(&mut commands.consume(one.partition())).await.to, Ok(one));
}

/// More bytes than are asked for at once.
pub async fn large_commands_do_not_stop_the_queue(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let large = Bytes::from(vec![7; world.payload_bytes_max() - 1_024]);
    for _ in 0..12 {
        commands.enqueue(&one, Vec::new(), large.clone()).await.unwrap();
    }
    let mut inbound = commands.consume(one.partition());
    for _ in 0..12 {
        let got = next(&mut inbound).await;
        got.settle.ack().await.unwrap();
        assert_eq!((got.payload.len(), got.delivery), (large.len(), 1));
    }
}

/// A client that knows no hash publishes `cmd.<tenant>.<kind>.<id>`; the world's partition function
/// is ours, on a thousand addresses.
pub async fn addresses_without_partition_find_theirs(world: &impl World) {
    let addresses: Vec<Address> = (0..1_000).map(random_address).collect();
    for (n, to) in addresses.iter().enumerate() {
        let payload = Bytes::from(n.to_string());
        world.publish(plain(COMMAND, to), vec![line("N", "1")], payload).await;
    }
    let commands = world.commands();
    let consumers = Partition::all().map(|own| {
        let inbound = commands.consume(own);
        Box::pin(inbound.map(move |it| (own, it.unwrap())))
    });
    let mut all = futures_util::stream::select_all(consumers);
    let mut seen = HashMap::new();
    while seen.len() < addresses.len() {
        let (own, got) = all.next().await.unwrap();
        got.settle.ack().await.unwrap();
        let n: usize = std::str::from_utf8(&got.payload).unwrap().parse().unwrap();
        assert_eq!((&got.to, own), (&Ok(addresses[n].clone()), addresses[n].partition()));
        assert_eq!(got.header("n"), Some("1"));
        seen.insert(n, ());
    }
}

/// An address of every shape that ids may have, always the same for the same number.
fn random_address(number: u32) -> Address {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:@-";
    let hash = contracts::Hash::of(&number.to_le_bytes()).0;
    let id = |bytes: &[u8]| -> String {
        let first = char::from(ALPHABET[usize::from(bytes[0]) % 62]);
        let rest = bytes[2..2 + usize::from(bytes[1]) % 9].iter();
        let rest = rest.map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        std::iter::once(first).chain(rest).collect()
    };
    let text = format!("{}/{}/{}", id(&hash[..10]), id(&hash[10..20]), id(&hash[20..30]));
    text.parse().expect("made of the letters of ids")
}

/// Whoever may publish may publish nonsense: it is delivered as such, and can be put aside.
pub async fn subjects_that_are_no_actors_are_told(world: &impl World) {
    let commands = world.commands();
    let partition = Partition::of_tokens(["a%b", "counter", "one"]);
    world.publish("cmd.a%b.counter.one".to_owned(), Vec::new(), Bytes::new()).await;
    let mut inbound = commands.consume(partition);
    let got = next(&mut inbound).await;
    assert_eq!(got.to, Err(format!("cmd.{partition}.a%b.counter.one")));
    got.settle.ack().await.unwrap();
    // A valid address under another partition than its own would break the order of its actor.
    let one = actor("one");
    let wrong = Partition::new(one.partition().number() ^ 1).unwrap();
    let subject = format!("cmd.{wrong}.acme.counter.one");
    world.publish(subject.clone(), Vec::new(), Bytes::new()).await;
    let got = next(&mut commands.consume(wrong)).await;
    assert_eq!(got.to, Err(subject));
    got.settle.ack().await.unwrap();
}

/// Lines that would break the wire, or speak to the broker itself.
pub async fn headers_that_cannot_be_sent_are_refused(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    for bad in [line("a", "b\r\nc: d"), line("a:b", "c"), line("Nats-Msg-Id", "1")] {
        let refused = commands.enqueue(&one, vec![bad.clone()], Bytes::new()).await;
        assert!(matches!(refused, Err(PortError::Refused(_))), "{bad:?}: {refused:?}");
    }
    let huge = Bytes::from(vec![0; world.payload_bytes_max() + 1]);
    let refused = commands.enqueue(&one, Vec::new(), huge).await;
    assert!(matches!(refused, Err(PortError::Refused(_))), "{refused:?}");
    assert_eq!(world.commands_pending().await, 0);
}

/// The answer to a durable command goes to the subject that it names.
pub async fn an_answer_reaches_its_subject(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let mut answers = world.listen("replies.of.acme".to_owned()).await;
    commands.enqueue(&one, Vec::new(), Bytes::new()).await.unwrap();
    let got = next(&mut commands.consume(one.partition())).await;
    got.settle.reply("replies.of.acme", Bytes::from_static(b"done")).await.unwrap();
    let answer = answers.next().await.unwrap();
    assert_eq!(answer, ("replies.of.acme".to_owned(), Bytes::from_static(b"done")));
    for wild in ["replies.>", "a..b", "", "with space"] {
        let refused = got.settle.reply(wild, Bytes::new()).await;
        assert!(matches!(refused, Err(PortError::Refused(_))), "{wild:?}: {refused:?}");
    }
}

/// A consumer outlives the broker, and nothing stored is lost.
pub async fn consumers_survive_an_interruption(world: &impl World) {
    let (commands, one) = (world.commands(), actor("one"));
    let mut inbound = commands.consume(one.partition());
    commands.enqueue(&one, Vec::new(), Bytes::from_static(b"before")).await.unwrap();
    let got = next(&mut inbound).await;
    assert_eq!(got.payload, "before");
    got.settle.ack().await.unwrap();
    commands.enqueue(&one, Vec::new(), Bytes::from_static(b"stored")).await.unwrap();
    world.interrupt().await;
    eventually(|| commands.enqueue(&one, Vec::new(), Bytes::from_static(b"after"))).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| *last != "after") {
        let got = next(&mut inbound).await;
        got.settle.ack().await.unwrap();
        seen.push(got.payload);
    }
    // An acknowledgement may have been lost in the crash, so the first may come once more.
    seen.retain(|payload| *payload != "before");
    seen.dedup();
    assert_eq!(seen, ["stored", "after"]);
}
