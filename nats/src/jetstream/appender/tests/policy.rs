use bytes::Bytes;
use tokio::sync::oneshot;

use super::super::queue::{Admission, Departure, Queue};
use super::super::{Config, Item};
use crate::monitor::Sync;

fn item(subject: &str, messages: usize) -> Item {
    let payloads = vec![Bytes::from_static(b"x"); messages];
    Item { subject: subject.into(), headers: None, payloads, expected: Some(0) }
}

/// How many of `items` may leave at once.
fn admit(queue: &mut Queue, items: impl IntoIterator<Item = Item>) -> usize {
    let admit = |item| matches!(queue.admit(item, oneshot::channel().0), Admission::Alone(_));
    items.into_iter().map(admit).filter(|alone| *alone).count()
}

fn many(range: std::ops::Range<usize>) -> impl Iterator<Item = Item> {
    range.map(|n| item(&n.to_string(), 1))
}

/// The subjects that leave, and whether as a batch.
fn depart(queue: &mut Queue) -> (Vec<String>, bool) {
    let subjects = |items: Vec<super::super::Waiting>| {
        items.into_iter().map(|it| it.item.subject.into_string()).collect()
    };
    match queue.depart() {
        Departure::Nothing => (Vec::new(), false),
        Departure::Alone(items) => (subjects(items), false),
        Departure::Batch(items) => (subjects(items), true),
    }
}

fn queue(sync: Sync) -> Queue {
    let config = Config {
        alone_messages_max: 4,
        batch_messages_min: 3,
        batch_messages_max: 5,
        waiting_messages_max: 10,
        relaxed_alone_messages_max: 8,
        ..Config::default()
    };
    Queue::new(config, 1, sync)
}

#[test]
fn few_leave_alone_and_many_together() {
    let mut queue = queue(Sync::Always);
    assert_eq!(admit(&mut queue, many(0..4)), 4);
    assert_eq!(admit(&mut queue, many(4..6)), 0);
    assert_eq!(depart(&mut queue), (vec![], false), "two wait for a free place");
    assert!(queue.landed());
    assert_eq!(depart(&mut queue), (vec!["4".to_owned()], false));
    assert_eq!(admit(&mut queue, many(6..8)), 0);
    assert!(depart(&mut queue).1, "three make a batch");
    for _ in 0..4 {
        assert!(!queue.landed());
    }
    assert_eq!(admit(&mut queue, many(8..9)), 0, "nothing overtakes a batch");
    queue.batched();
    assert_eq!(depart(&mut queue), (vec!["8".to_owned()], false));
}

#[test]
fn a_batch_has_its_limits_and_each_subject_once() {
    let mut queue = queue(Sync::Always);
    assert_eq!(admit(&mut queue, many(0..4)), 4);
    let waiting = ["a", "a", "b", "c", "d", "e", "f"].map(|it| item(it, 1));
    assert_eq!(admit(&mut queue, waiting), 0);
    assert_eq!(depart(&mut queue), (["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(), true));
    queue.batched();
    assert_eq!(queue.outstanding(), (2, 4, false));
    for _ in 0..4 {
        assert!(queue.landed());
    }
    assert_eq!(depart(&mut queue), (["a", "f"].map(str::to_owned).to_vec(), false));
    assert_eq!(queue.outstanding(), (0, 2, false));
}

#[test]
fn a_run_is_always_a_batch_even_a_larger_one_than_fits() {
    for sync in [Sync::Always, Sync::Relaxed, Sync::Unknown] {
        let mut queue = queue(sync);
        assert_eq!(admit(&mut queue, [item("run", 2)]), 0);
        assert_eq!(depart(&mut queue), (vec!["run".to_owned()], true));
        queue.batched();
        assert_eq!(admit(&mut queue, [item("a", 4), item("long", 6)]), 0);
        assert_eq!(depart(&mut queue), (vec!["a".to_owned()], true));
        queue.batched();
        assert_eq!(depart(&mut queue), (vec!["long".to_owned()], true));
        queue.batched();
        assert_eq!(queue.outstanding(), (0, 0, false));
    }
}

#[test]
fn a_full_queue_says_so_and_a_relaxed_broker_sees_no_batches() {
    let mut full = queue(Sync::Always);
    assert_eq!(admit(&mut full, many(0..14)), 4);
    assert!(matches!(full.admit(item("x", 1), oneshot::channel().0), Admission::Full));
    let mut relaxed = queue(Sync::Relaxed);
    assert_eq!(admit(&mut relaxed, many(0..18)), 8);
    assert_eq!(depart(&mut relaxed), (vec![], false));
    for _ in 0..8 {
        assert!(relaxed.landed());
    }
    assert_eq!(depart(&mut relaxed).0.len(), 8);
}

#[test]
fn fewer_are_worth_a_batch_that_is_staged_in_memory() {
    let config = Config {
        alone_messages_max: 9,
        batch_messages_min: 9,
        replicated_alone_messages_max: 5,
        replicated_batch_messages_min: 5,
        staged_alone_messages_max: 3,
        staged_batch_messages_min: 2,
        ..Config::default()
    };
    for (replicas, sync, most) in
        [(1, Sync::Always, 3), (1, Sync::Unknown, 3), (3, Sync::Always, 5), (1, Sync::Relaxed, 20)]
    {
        let mut queue = Queue::new(config.clone(), replicas, sync);
        queue.stages_in_memory();
        assert_eq!(admit(&mut queue, many(0..20)), most, "{replicas} {sync:?}");
        assert_eq!(depart(&mut queue).1, sync != Sync::Relaxed);
    }
}

#[test]
fn a_crowd_gathers_behind_the_first_that_comes_again() {
    let mut queue = queue(Sync::Always);
    assert_eq!(admit(&mut queue, many(0..9)), 4);
    for _ in 0..4 {
        queue.landed();
    }
    assert!(depart(&mut queue).1, "five make a batch");
    queue.batched();
    assert_eq!(admit(&mut queue, many(10..13)), 1, "the others gather behind the first");
    assert_eq!(depart(&mut queue), (vec![], false), "until it has landed");
    assert!(queue.landed());
    let (subjects, batch) = depart(&mut queue);
    assert_eq!((subjects.len(), batch), (2, false), "the crowd is gone");
    assert_eq!(admit(&mut queue, many(13..15)), 2, "and all may go alone again");
}
