//! [`contracts::ports::Log`]: appending and reading.

use bytes::Bytes;
use contracts::Cursor;
use contracts::ports::{Append, AppendError};
use futures_util::future::join_all;

use super::World;
use super::world::{actor, append};

/// Positions rise, and every way of reading gives the same.
pub async fn appended_messages_are_read_back(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    assert_eq!(log.head().await, Ok(Cursor::ZERO));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap();
    let second = log.append(append(&one, "b", first)).await.unwrap();
    assert!(Cursor::ZERO < first && first < second);
    assert_eq!(log.head().await, Ok(second));

    let both = log.read(&one, Cursor::ZERO, 10).await.unwrap();
    let told: Vec<_> = both.iter().map(|it| (it.cursor, &it.address, &it.payload[..])).collect();
    assert_eq!(told, [(first, &one, &b"a"[..]), (second, &one, &b"b"[..])]);
    assert_eq!(log.read(&one, Cursor::ZERO, 1).await.unwrap(), both[..1]);
    assert_eq!(log.read(&one, first, 10).await.unwrap(), both[1..]);
    assert_eq!(log.read(&one, second, 10).await.unwrap(), []);
    assert_eq!(log.first_after(&one, Cursor::ZERO).await.unwrap().as_ref(), both.first());
    assert_eq!(log.first_after(&one, first).await.unwrap().as_ref(), both.last());
    assert_eq!(log.first_after(&one, second).await.unwrap(), None);
    assert_eq!(log.last(&one).await.unwrap().as_ref(), both.last());
    assert_eq!(log.get(first).await.unwrap().as_ref(), both.first());
}

/// Another expectation than the truth stores nothing.
pub async fn a_stale_expectation_is_refused(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let early = log.append(append(&one, "x", Cursor(7))).await;
    assert_eq!(early, Err(AppendError::Conflict));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap();
    for stale in [Cursor::ZERO, Cursor(first.0 + 1)] {
        assert_eq!(log.append(append(&one, "x", stale)).await, Err(AppendError::Conflict));
    }
    assert_eq!(log.read(&one, Cursor::ZERO, 10).await.unwrap().len(), 1);
    log.append(append(&one, "b", first)).await.unwrap();
}

/// The compare-and-set holds under concurrency.
pub async fn of_64_equal_expectations_one_wins(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let mut last = Cursor::ZERO;
    for round in 0..4 {
        let appends = (0..64).map(|n| log.append(append(&one, &format!("{round}-{n}"), last)));
        let results = join_all(appends).await;
        let won: Vec<usize> = (0..64).filter(|n| results[*n].is_ok()).collect();
        assert_eq!(won.len(), 1, "{results:?}");
        let lost = results.iter().filter(|it| **it == Err(AppendError::Conflict)).count();
        assert_eq!(lost, 63, "{results:?}");
        let stored = log.first_after(&one, last).await.unwrap().unwrap();
        assert_eq!(stored.payload, format!("{round}-{}", won[0]));
        last = stored.cursor;
    }
    assert_eq!(log.read(&one, Cursor::ZERO, 100).await.unwrap().len(), 4);
}

/// An expectation is about one actor; others move on meanwhile.
pub async fn actors_do_not_disturb_each_other(world: &impl World) {
    let (log, one, two) = (world.log(), actor("one"), actor("two"));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap();
    let other = log.append(append(&two, "b", Cursor::ZERO)).await.unwrap();
    let second = log.append(append(&one, "c", first)).await.unwrap();
    assert!(first < other && other < second);
    assert_eq!(log.read(&two, Cursor::ZERO, 10).await.unwrap().len(), 1);
    assert_eq!(log.last(&two).await.unwrap().unwrap().cursor, other);
    assert_eq!(log.last(&actor("three")).await, Ok(None));
}

/// What the broker cannot carry is refused for good, before it is sent.
pub async fn a_payload_over_the_limit_is_refused(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let payload = Bytes::from(vec![0_u8; world.payload_bytes_max() + 1]);
    let huge = Append { address: one.clone(), payload, expected: Cursor::ZERO };
    let refused = log.append(huge).await;
    assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
    assert_eq!(log.last(&one).await, Ok(None));
}

/// More messages than one answer of the broker holds, among those of another actor.
pub async fn many_messages_are_read_in_pages(world: &impl World) {
    const COUNT: usize = 1_500;
    let (log, one, two) = (world.log(), actor("one"), actor("two"));
    let (mut mine, mut others) = (vec![Cursor::ZERO], Cursor::ZERO);
    for n in 0..COUNT {
        let expected = mine[n];
        mine.push(log.append(append(&one, &n.to_string(), expected)).await.unwrap());
        if n % 10 == 0 {
            others = log.append(append(&two, "x", others)).await.unwrap();
        }
    }
    let all = log.read(&one, Cursor::ZERO, COUNT + 100).await.unwrap();
    assert_eq!(all.iter().map(|it| it.cursor).collect::<Vec<_>>(), mine[1..]);
    assert!(all.iter().enumerate().all(|(n, it)| it.payload == n.to_string()));
    assert_eq!(log.read(&one, Cursor::ZERO, 1_200).await.unwrap(), all[..1_200]);
    assert_eq!(log.read(&one, mine[700], 700).await.unwrap(), all[700..1_400]);
    assert_eq!(log.read(&one, Cursor::ZERO, 0).await.unwrap(), []);
}

/// Asking for nothing gives nothing.
pub async fn positions_without_a_message_are_empty(world: &impl World) {
    let log = world.log();
    for cursor in [0, 1, u64::MAX / 2] {
        assert_eq!(log.get(Cursor(cursor)).await, Ok(None), "{cursor}");
    }
    assert_eq!(log.read(&actor("none"), Cursor::ZERO, 10).await, Ok(Vec::new()));
    assert_eq!(log.first_after(&actor("none"), Cursor::ZERO).await, Ok(None));
}
