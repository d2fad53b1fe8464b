//! What the design rests on and only the broker can promise, asked of a real one.

use std::collections::BTreeSet;

use async_nats::client::RequestErrorKind;
use async_nats::header::HeaderMap;
use bytes::Bytes;
use contracts::ports::{Append, AppendError, TimerId};
use contracts::{Cursor, Partition};

use crate::streams::{COMMANDS, EVENTS};
use crate::subjects::{ASK, COMMAND, EVENT, plain, stored};
use crate::suite::on_nats::{OnNats, child_of_ours, world_on_nats};
use crate::suite::world::{World as _, actor, append, config, eventually, next};
use crate::{Broker, Config};

async fn subjects_of(world: &OnNats, stream: &str) -> BTreeSet<String> {
    use futures_util::TryStreamExt as _;
    let stream = world.broker.connection().context.get_stream(stream).await.unwrap();
    let subjects = stream.info_with_subjects(">").await.unwrap();
    subjects.map_ok(|(subject, _)| subject).try_collect().await.unwrap()
}

#[tokio::test]
async fn commands_are_stored_under_their_partition_and_nowhere_else() {
    let world = world_on_nats().await;
    let (one, two) = (actor("one"), actor("two"));
    let context = &world.broker.connection().context;
    // A client's form is transformed, our own stays as it is, a timer's too.
    for subject in [plain(COMMAND, &one), stored(COMMAND, &two), "tmr.a.b.c.d".to_owned()] {
        context.publish(subject, Bytes::new()).await.unwrap().await.unwrap();
    }
    let expected = [stored(COMMAND, &one), stored(COMMAND, &two), "tmr.a.b.c.d".to_owned()];
    assert_eq!(subjects_of(&world, COMMANDS).await, BTreeSet::from(expected));
    // No consumer would ever look there, so nothing is stored there.
    for subject in ["cmd.64.a.b.c", "cmd.x.a.b.c", "cmd.007.a.b.c", "cmd.a.b", "cmd.1.2.3.4.5"] {
        let unheard = context.publish(subject, Bytes::new()).await.unwrap().await;
        assert!(unheard.is_err(), "{subject}: {unheard:?}");
    }
}

#[tokio::test]
async fn a_tenant_called_like_a_partition_is_a_tenant() {
    let world = world_on_nats().await;
    world.publish("cmd.7.counter.one".to_owned(), Vec::new(), Bytes::new()).await;
    let partition = Partition::of_tokens(["7", "counter", "one"]);
    let got = next(&mut world.commands().consume(partition)).await;
    assert_eq!(got.to, Ok("7/counter/one".parse().unwrap()));
}

#[tokio::test]
async fn the_log_refuses_deletion() {
    let world = world_on_nats().await;
    let first = world.log().append(append(&actor("one"), "a", Cursor::ZERO)).await.unwrap()[0];
    let stream = world.broker.connection().context.get_stream(EVENTS).await.unwrap();
    assert!(stream.delete_message(first.0).await.is_err());
    assert!(world.log().get(first).await.unwrap().is_some());
}

#[tokio::test]
async fn one_batch_carries_commits_of_many_actors_or_of_none() {
    let world = world_on_nats().await;
    let first = world.log().append(append(&actor("one"), "a", Cursor::ZERO)).await.unwrap()[0];
    let client = world.broker.connection().client.clone();
    let send = async |id: &str, expectations: [u64; 2]| {
        let mut answer = None;
        for (n, (name, expected)) in ["one", "two"].into_iter().zip(expectations).enumerate() {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Batch-Id", id);
            headers.insert("Nats-Batch-Sequence", (n + 1).to_string());
            headers.insert("Nats-Expected-Last-Subject-Sequence", expected.to_string());
            if n == 1 {
                headers.insert("Nats-Batch-Commit", "1");
            }
            let subject = stored(EVENT, &actor(name));
            let asked = client.request_with_headers(subject, headers, "b".into()).await;
            answer = Some(asked.unwrap().payload);
        }
        String::from_utf8(answer.unwrap().to_vec()).unwrap()
    };
    let stale = send("stale", [first.0, 7]).await;
    assert!(stale.contains("error"), "{stale}");
    assert_eq!(world.log().head().await, Ok(first));
    let committed = send("good", [first.0, 0]).await;
    assert!(committed.contains("\"count\":2"), "{committed}");
    assert_eq!(world.log().head().await, Ok(Cursor(first.0 + 2)));
}

#[tokio::test]
async fn a_queue_that_was_made_again_names_its_messages_anew() {
    let world = world_on_nats().await;
    let (one, mut places) = (actor("one"), Vec::new());
    for _ in 0..2 {
        let broker = Broker::connect(&config(), &world.endpoint).await.unwrap();
        broker.commands().enqueue(&one, Vec::new(), "same".into()).await.unwrap();
        let mut inbound = broker.commands().consume(one.partition());
        let first = next(&mut inbound).await;
        first.settle.retry(0).await.unwrap();
        let again = next(&mut inbound).await;
        assert_eq!((again.delivery, again.stored_ns), (2, first.stored_ns));
        places.push((first.sequence, first.stored_ns));
        broker.connection().context.delete_stream(COMMANDS).await.unwrap();
    }
    assert_eq!(places[0].0, places[1].0);
    assert_ne!(places[0].1, places[1].1);
}

#[tokio::test]
async fn a_timer_survives_a_crash_and_leaves_nothing_behind() {
    let world = world_on_nats().await;
    let timer = TimerId { address: actor("one"), name: "t".parse().unwrap() };
    let at = world.now().plus_millis(1_000);
    world.timers().set(timer, at, Vec::new(), Bytes::from_static(b"wake")).await.unwrap();
    world.interrupt().await;
    let got = next(&mut world.commands().consume(actor("one").partition())).await;
    assert_eq!(got.payload, "wake");
    got.settle.ack().await.unwrap();
    while !subjects_of(&world, COMMANDS).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn while_the_broker_is_away_nothing_waits_for_it() {
    let world = world_on_nats().await;
    let (log, one) = (world.log(), actor("one"));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap()[0];
    world.kill().await;
    let started = std::time::Instant::now();
    let mut states = world.broker.connection().losses.clone();
    states.wait_for(|losses| *losses > 0).await.unwrap();
    let lost = log.append(append(&one, "b", first)).await;
    assert!(matches!(lost, Err(AppendError::Unavailable(_))), "{lost:?}");
    assert!(log.last(&one).await.is_err() && log.read(&one, first, 1).await.is_err());
    assert!(world.broker.ping(std::time::Duration::from_secs(5)).await.is_err());
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    world.interrupt().await;
    let again = Append { expected: first, ..append(&one, "b", first) };
    while log.append(again.clone()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(eventually(|| log.read(&one, Cursor::ZERO, 9)).await.len(), 2);
    assert_eq!(world.broker.status().await.unwrap().disconnections, 1);
}

#[tokio::test]
async fn the_status_names_streams_and_who_reads_them() {
    let world = world_on_nats().await;
    let one = actor("one");
    for n in ["1", "2"] {
        world.commands().enqueue(&one, Vec::new(), n.into()).await.unwrap();
    }
    let got = next(&mut world.commands().consume(one.partition())).await;
    let status = world.broker.status().await.unwrap();
    let commands = status.streams.iter().find(|it| it.name == COMMANDS).unwrap();
    assert_eq!((commands.messages, commands.consumers.len()), (2, 1));
    let consumer = &commands.consumers[0];
    assert_eq!(consumer.name, format!("p{:02}", one.partition().number()));
    assert_eq!(consumer.pending + consumer.unsettled as u64, 2);
    got.settle.ack().await.unwrap();
    world.broker.ping(std::time::Duration::from_secs(5)).await.unwrap();
    // The log's and its letters', what tenants' programs tell, and the buckets.
    assert_eq!(status.streams.len(), 14);
}

#[tokio::test]
async fn our_own_child_maps_requests_and_syncs() {
    let (server, _dir) = child_of_ours().await;
    let broker = Broker::connect(&Config::default(), server.endpoint()).await.unwrap();
    assert_eq!(broker.report().sync, crate::monitor::Sync::Always);
    let one = actor("one");
    let client = &broker.connection().client;
    // Mapped, so that the broker itself knows that nobody serves: the forwarder would be heard.
    let unserved = client.request(plain(ASK, &one), Bytes::new()).await.unwrap_err();
    assert_eq!(unserved.kind(), RequestErrorKind::NoResponders);
    let mut requests = broker.asks().serve(one.partition());
    let served = async {
        let got = next(&mut requests).await;
        assert_eq!(got.to, Ok(one.clone()));
        got.settle.reply(&got.reply_to.clone().unwrap(), "yes".into()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(client.request(plain(ASK, &one), Bytes::new()), served);
    assert_eq!(answer.unwrap().payload, "yes");
    server.stop().await;
}
