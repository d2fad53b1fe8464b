//! [`contracts::ports::Log::follow`]: reading everything, for ever.

use bytes::Bytes;
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Flow, PortError};
use contracts::{Cursor, Hash, Kind};
use futures_util::StreamExt as _;

use super::World;
use super::world::{actor, append, append_surely};
use crate::subjects::{EVENT, stored};

type Messages = Flow<Result<Result<Stored, Unowned>, PortError>>;

async fn next(messages: &mut Messages) -> Result<Stored, Unowned> {
    messages.next().await.expect("it has no end").expect("it has no error")
}

/// From the start, from the middle, from the end; what is old and what is new.
pub async fn all_messages_come_in_order_from_any_position(world: &impl World) {
    let (log, actors) = (world.log(), ["one", "two", "three"].map(actor));
    let mut last = [Cursor::ZERO; 3];
    let mut cursors = Vec::new();
    let mut from_start = log.follow(Cursor::ZERO);
    for n in 0..30 {
        if n == 15 {
            for cursor in &cursors {
                assert_eq!(next(&mut from_start).await.unwrap().cursor, *cursor);
            }
        }
        let cursor = log.append(append(&actors[n % 3], &n.to_string(), last[n % 3])).await;
        last[n % 3] = cursor.unwrap()[0];
        cursors.push(last[n % 3]);
    }
    for (n, cursor) in cursors.iter().enumerate().skip(15) {
        let message = next(&mut from_start).await.unwrap();
        assert_eq!((message.cursor, &message.address), (*cursor, &actors[n % 3]));
        assert_eq!(message.payload, n.to_string());
    }
    let mut from_middle = log.follow(cursors[9]);
    assert_eq!(next(&mut from_middle).await.unwrap().cursor, cursors[10]);
    let mut from_end = log.follow(cursors[29]);
    let (newest, after) =
        tokio::join!(next(&mut from_end), log.append(append(&actors[0], "30", last[0])),);
    assert_eq!(newest.unwrap().cursor, after.unwrap()[0]);
}

/// A subject that is no actor's, or that stands under another partition, has a position and no
/// message; the reader goes on.
pub async fn foreign_subjects_are_told_by_their_position(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap()[0];
    let own = one.partition().number();
    let elsewhere = stored(EVENT, &one).replacen(&own.to_string(), &(own ^ 1).to_string(), 1);
    let garbage = ["evt.x.acme.counter.one", "evt.0.a%b.counter.one", &elsewhere];
    for subject in garbage {
        world.publish(subject.to_owned(), Vec::new(), Bytes::from_static(b"?")).await;
    }
    let second = log.append(append(&one, "b", first)).await.unwrap()[0];
    let mut messages = log.follow(Cursor::ZERO);
    assert_eq!(next(&mut messages).await.unwrap().cursor, first);
    for (n, subject) in (1..).zip(garbage) {
        let (cursor, hash) = (Cursor(first.0 + n), Hash::of(b"?"));
        let stray = Unowned::Stray { cursor, subject: subject.to_owned(), hash };
        assert_eq!(next(&mut messages).await, Err(stray));
        assert_eq!(log.get(cursor).await, Ok(None));
    }
    assert_eq!(next(&mut messages).await.unwrap().cursor, second);
    assert_eq!(log.read(&one, Cursor::ZERO, 10).await.unwrap().len(), 2);
}

/// Only the kinds that are wanted, only what stands between two positions, and an end to it.
pub async fn some_kinds_are_read_up_to_a_position(world: &impl World) {
    let log = world.log();
    let of = |kind: &str, id: &str| {
        let mut address = actor(id);
        address.kind = kind.parse().unwrap();
        address
    };
    let kinds: Vec<Kind> = ["who", "what"].map(|kind| kind.parse().unwrap()).to_vec();
    let read = async |after: Cursor, upto: Cursor| {
        let messages: Vec<_> = log.read_kinds(&kinds, after, upto).collect().await;
        let told = messages.into_iter().map(|item| item.unwrap());
        told.map(|stored| (stored.cursor, stored.address.kind.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(read(Cursor::ZERO, log.head().await.unwrap()).await, []);
    let mut wanted = Vec::new();
    let mut head = Cursor::ZERO;
    for n in 0..300 {
        let kind = ["who", "counter", "what", "whom"][n % 4];
        let to = of(kind, &format!("a{n}"));
        head = log.append(append(&to, "x", Cursor::ZERO)).await.unwrap()[0];
        if n % 2 == 0 {
            wanted.push((head, kind.to_owned()));
        }
    }
    assert_eq!(read(Cursor::ZERO, head).await, wanted, "what is wanted, though more follows it");
    let (after, upto) = (wanted[9].0, wanted[20].0);
    assert_eq!(read(after, upto).await, wanted[10..=20]);
    assert_eq!(read(after, Cursor(upto.0 + 1)).await, wanted[10..=20]);
    assert_eq!(read(head, head).await, []);
    assert_eq!(read(wanted[149].0, head).await, [], "nothing is left of them");
}

/// More bytes than are asked for at once, in messages nearly as large as the broker allows.
pub async fn large_messages_do_not_stop_the_reader(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let large = "x".repeat(world.payload_bytes_max() - 1_024);
    let mut last = Cursor::ZERO;
    for n in 0..30 {
        let text = if n % 3 == 0 { "small" } else { &large };
        last = log.append(append(&one, text, last)).await.unwrap()[0];
    }
    let mut messages = log.follow(Cursor::ZERO);
    for n in 0..30 {
        let message = next(&mut messages).await.unwrap();
        assert_eq!(message.payload.len(), if n % 3 == 0 { 5 } else { large.len() });
    }
    let read = log.read(&one, Cursor::ZERO, 100).await.unwrap();
    assert_eq!((read.len(), read.last().unwrap().cursor), (30, last));
}

/// The broker crashes twice while one appends and one reads: every message once, in order.
pub async fn an_interruption_loses_and_repeats_nothing(world: &impl World) {
    const COUNT: usize = 600;
    let (log, one) = (world.log(), actor("one"));
    let mut messages = log.follow(Cursor::ZERO);
    let (half_way, told) = tokio::sync::watch::channel(0_usize);
    let appending = async {
        let mut last = Cursor::ZERO;
        for n in 0..COUNT {
            last = append_surely(&*log, &one, &n.to_string(), last).await;
            half_way.send_replace(n);
        }
        last
    };
    let crashing = async {
        for at in [COUNT / 3, COUNT / 2] {
            let mut told = told.clone();
            told.wait_for(|n| *n >= at).await.expect("the writer goes on");
            world.interrupt().await;
        }
    };
    let reading = async {
        let mut seen = Vec::new();
        for n in 0..COUNT {
            let message = next(&mut messages).await.unwrap();
            assert_eq!(message.payload, n.to_string(), "in order, each once");
            seen.push(message.cursor);
        }
        seen
    };
    let (last, (), seen) = tokio::join!(appending, crashing, reading);
    assert_eq!(seen.last(), Some(&last));
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
}
