//! [`contracts::ports::Settle`]: what happens to a command after its delivery.

use std::time::{Duration, Instant};

use bytes::Bytes;
use contracts::ports::{Flow, Inbound, PortError};

use super::World;
use super::world::{actor, config, next, nothing_for};

fn ack_wait() -> Duration {
    Duration::from_millis(config().ack_wait_ms)
}

async fn one_command(world: &impl World) -> Flow<Result<Inbound, PortError>> {
    let (commands, one) = (world.commands(), actor("one"));
    commands.enqueue(&one, Vec::new(), Bytes::from_static(b"x")).await.unwrap();
    commands.consume(one.partition())
}

/// Whoever forgot it, or died over it: it comes again, counted.
pub async fn an_unsettled_command_comes_again(world: &impl World) {
    let mut inbound = one_command(world).await;
    let first = next(&mut inbound).await;
    let started = Instant::now();
    let (sequence, delivery) = (first.sequence, first.delivery);
    drop(first);
    let second = next(&mut inbound).await;
    assert_eq!((delivery, second.delivery, second.sequence), (1, 2, sequence));
    assert!(started.elapsed() > ack_wait() / 2, "{:?}", started.elapsed());
    second.settle.ack().await.unwrap();
}

/// Done is done.
pub async fn an_acknowledged_command_is_gone(world: &impl World) {
    let mut inbound = one_command(world).await;
    assert_eq!(world.commands_pending().await, 1);
    next(&mut inbound).await.settle.ack().await.unwrap();
    nothing_for(ack_wait() * 2, &mut inbound).await;
    assert_eq!(world.commands_pending().await, 0);
}

/// Not now.
pub async fn retry_delays_the_next_delivery(world: &impl World) {
    let mut inbound = one_command(world).await;
    let first = next(&mut inbound).await;
    let started = Instant::now();
    first.settle.retry(700).await.unwrap();
    let second = next(&mut inbound).await;
    assert_eq!(second.delivery, 2);
    assert!(started.elapsed() >= Duration::from_millis(650), "{:?}", started.elapsed());
    second.settle.retry(0).await.unwrap();
    let again = Instant::now();
    let third = next(&mut inbound).await;
    assert_eq!(third.delivery, 3);
    assert!(again.elapsed() < ack_wait(), "{:?}", again.elapsed());
    third.settle.ack().await.unwrap();
}

/// Somebody is at it, and says so.
pub async fn work_in_progress_is_not_delivered_again(world: &impl World) {
    let mut inbound = one_command(world).await;
    let first = next(&mut inbound).await;
    for _ in 0..6 {
        nothing_for(ack_wait() / 3, &mut inbound).await;
        first.settle.working().await.unwrap();
    }
    let second = next(&mut inbound).await;
    assert_eq!(second.delivery, 2);
    second.settle.ack().await.unwrap();
}

/// Handing a partition over.
pub async fn what_a_gone_consumer_held_goes_to_the_next(world: &impl World) {
    let mut first = one_command(world).await;
    let held = next(&mut first).await;
    let sequence = held.sequence;
    drop(first);
    let mut second = world.commands().consume(actor("one").partition());
    let got = next(&mut second).await;
    assert_eq!((got.sequence, got.delivery), (sequence, 2));
    got.settle.ack().await.unwrap();
}
