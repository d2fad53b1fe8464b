//! [`contracts::ports::Log`]: appending and reading.

use bytes::Bytes;
use contracts::Cursor;
use contracts::ports::{Append, AppendError, Look, RUN_COMMITS_MAX};
use futures_util::future::join_all;

use super::World;
use super::world::{actor, append, run};

/// Positions rise, and every way of reading gives the same.
pub async fn appended_messages_are_read_back(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    assert_eq!(log.head().await, Ok(Cursor::ZERO));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap()[0];
    let second = log.append(append(&one, "b", first)).await.unwrap()[0];
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
    assert_eq!(log.newest(&one).await.unwrap().as_ref(), both.last());
    assert_eq!(log.newest(&actor("two")).await, Ok(None));
}

/// A look tells how a history begins, and whether much follows.
pub async fn a_look_tells_how_a_history_begins(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    assert_eq!(log.look(&one, 2, 20).await, Ok(Look { first: Vec::new(), more: 0 }));
    let mut last = Cursor::ZERO;
    for (number, follow) in [(1, 0), (2, 0), (3, 1), (4, 2)] {
        last = log.append(append(&one, &format!("{number}"), last)).await.unwrap()[0];
        log.append(append(
            &actor("two"),
            "x",
            log.last(&actor("two")).await.unwrap().map_or(Cursor::ZERO, |stored| stored.cursor),
        ))
        .await
        .unwrap();
        let all = log.read(&one, Cursor::ZERO, 10).await.unwrap();
        let look = log.look(&one, 2, 20).await.unwrap();
        assert_eq!(look, Look { first: all[..all.len().min(2)].to_vec(), more: follow });
    }
}

/// Another expectation than the truth stores nothing.
pub async fn a_stale_expectation_is_refused(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let early = log.append(append(&one, "x", Cursor(7))).await;
    assert_eq!(early, Err(AppendError::Conflict));
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap()[0];
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
    let first = log.append(append(&one, "a", Cursor::ZERO)).await.unwrap()[0];
    let other = log.append(append(&two, "b", Cursor::ZERO)).await.unwrap()[0];
    let second = log.append(append(&one, "c", first)).await.unwrap()[0];
    assert!(first < other && other < second);
    assert_eq!(log.read(&two, Cursor::ZERO, 10).await.unwrap().len(), 1);
    assert_eq!(log.last(&two).await.unwrap().unwrap().cursor, other);
    assert_eq!(log.last(&actor("three")).await, Ok(None));
}

/// The messages of a run stand side by side; a stale run leaves nothing behind.
pub async fn a_run_is_stored_whole_or_not_at_all(world: &impl World) {
    let (log, one, two) = (world.log(), actor("one"), actor("two"));
    let first = log.append(run(&one, 0..3, Cursor::ZERO)).await.unwrap();
    assert_eq!(first.len(), 3);
    let other = log.append(append(&two, "x", Cursor::ZERO)).await.unwrap()[0];
    for stale in [Cursor::ZERO, first[0], first[1], other, Cursor(other.0 + 1)] {
        assert_eq!(log.append(run(&one, 3..9, stale)).await, Err(AppendError::Conflict), "{stale}");
    }
    assert_eq!(log.head().await, Ok(other));
    let second = log.append(run(&one, 3..67, first[2])).await.unwrap();
    let all: Vec<Cursor> = first.iter().chain(&second).copied().collect();
    assert!(all.windows(2).all(|two| two[1].0 == two[0].0 + 1 || two[1] == second[0]), "{all:?}");
    let read = log.read(&one, Cursor::ZERO, 100).await.unwrap();
    assert_eq!(read.iter().map(|it| it.cursor).collect::<Vec<_>>(), all);
    assert!(read.iter().enumerate().all(|(n, it)| it.payload == n.to_string()));
    assert_eq!(log.first_after(&one, first[2]).await.unwrap().unwrap().cursor, second[0]);
}

/// A run of nothing, of too many, or with one message that is too large, is refused whole.
pub async fn a_run_has_from_one_message_to_the_most(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let mut large = run(&one, 0..3, Cursor::ZERO);
    large.payloads[1] = Bytes::from(vec![0_u8; world.payload_bytes_max() + 1]);
    let most = RUN_COMMITS_MAX;
    for run in [run(&one, 0..0, Cursor::ZERO), run(&one, 0..most + 1, Cursor::ZERO), large] {
        let refused = log.append(run).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
    }
    assert_eq!(log.head().await, Ok(Cursor::ZERO));
    assert_eq!(log.append(run(&one, 0..most, Cursor::ZERO)).await.unwrap().len(), most);
}

/// What the broker cannot carry is refused for good, before it is sent.
pub async fn a_payload_over_the_limit_is_refused(world: &impl World) {
    let (log, one) = (world.log(), actor("one"));
    let payload = Bytes::from(vec![0_u8; world.payload_bytes_max() + 1]);
    let huge = Append::one(one.clone(), payload, Cursor::ZERO);
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
        mine.push(log.append(append(&one, &n.to_string(), expected)).await.unwrap()[0]);
        if n % 10 == 0 {
            others = log.append(append(&two, "x", others)).await.unwrap()[0];
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
