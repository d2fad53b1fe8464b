//! [`contracts::ports::Timers`]: a firing is a durable command.

use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{Inbound, TimerId};

use super::World;
use super::commands::line;
use super::world::{actor, next, nothing_for};

fn timer(name: &str) -> TimerId {
    TimerId { address: actor("one"), name: name.parse().expect("a valid name") }
}

async fn set(world: &impl World, name: &str, after_ms: i64, payload: &'static str) {
    let at = world.now().plus_millis(after_ms);
    let headers = vec![line("cambium-command", "ring"), line("cambium-id", name)];
    world
        .timers()
        .set(timer(name), at, headers, Bytes::from_static(payload.as_bytes()))
        .await
        .unwrap();
}

async fn fired(world: &impl World) -> Inbound {
    let got = next(&mut world.commands().consume(actor("one").partition())).await;
    got.settle.ack().await.unwrap();
    got
}

/// Not before its time, with its headers and its body.
pub async fn a_timer_fires_as_a_command(world: &impl World) {
    let due = world.now().plus_millis(900);
    set(world, "t", 900, "wake").await;
    let got = fired(world).await;
    assert!(world.now() >= due, "{} before {due}", world.now());
    assert!(world.now() < due.plus_millis(2_000), "{} long after {due}", world.now());
    assert_eq!((&got.to, &got.payload[..]), (&Ok(actor("one")), &b"wake"[..]));
    assert_eq!(got.headers, [line("cambium-command", "ring"), line("cambium-id", "t")]);
}

/// The world was away when it was due, or the clock was wrong.
pub async fn a_timer_whose_time_has_passed_fires_at_once(world: &impl World) {
    let started = world.now();
    set(world, "t", -3_600_000, "late").await;
    let got = fired(world).await;
    assert_eq!(got.payload, "late");
    assert!(world.now() < started.plus_millis(1_500));
}

/// The last word counts, and only it.
pub async fn setting_again_replaces(world: &impl World) {
    set(world, "t", 300, "first").await;
    set(world, "t", 1_000, "second").await;
    let mut inbound = world.commands().consume(actor("one").partition());
    let got = next(&mut inbound).await;
    assert_eq!(got.payload, "second");
    got.settle.ack().await.unwrap();
    nothing_for(Duration::from_millis(300), &mut inbound).await;
}

/// Also one that never was, and twice.
pub async fn a_cancelled_timer_never_fires(world: &impl World) {
    set(world, "t", 500, "never").await;
    world.timers().cancel(timer("t")).await.unwrap();
    world.timers().cancel(timer("t")).await.unwrap();
    world.timers().cancel(timer("unknown")).await.unwrap();
    let mut inbound = world.commands().consume(actor("one").partition());
    nothing_for(Duration::from_millis(1_000), &mut inbound).await;
    assert_eq!(world.commands_pending().await, 0);
}

/// Two timers of one actor, fired in the order of their times.
pub async fn timers_of_other_names_are_apart(world: &impl World) {
    set(world, "late", 1_500, "b").await;
    set(world, "early", 300, "a").await;
    set(world, "cancelled", 300, "c").await;
    world.timers().cancel(timer("cancelled")).await.unwrap();
    assert_eq!(fired(world).await.payload, "a");
    assert_eq!(fired(world).await.payload, "b");
}
