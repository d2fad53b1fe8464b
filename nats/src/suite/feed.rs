//! [`contracts::ports::Feed`] as [`crate::Tail`] gives it over any log.

use std::sync::Arc;

use contracts::commit::sample_commit;
use contracts::entry::Stored;
use contracts::ports::{Append, Feed as _, FeedItem, Flow, Log};
use contracts::{Address, Commit, Cursor, Entry, EventRecord, Hash, Revision};
use futures_util::StreamExt as _;
use serde_json::json;

use super::World;
use super::world::{actor, append, append_surely};
use crate::tail::{Config, Tail};

async fn tail(log: &Arc<dyn Log>, entries_max: usize) -> Tail {
    let config = Config { entries_max, ..Config::default() };
    Tail::start(Arc::clone(log), config).await.unwrap()
}

async fn next(entries: &mut Flow<FeedItem>) -> Entry {
    entries.next().await.expect("it has no end").expect("it has no error")
}

/// Appends `count` messages after `last`.
async fn fill(log: &Arc<dyn Log>, last: &mut Cursor, count: usize) -> Vec<Cursor> {
    let mut cursors = Vec::new();
    for n in 0..count {
        *last = append_surely(&**log, &actor("one"), &n.to_string(), *last).await;
        cursors.push(*last);
    }
    cursors
}

async fn expect(entries: &mut Flow<FeedItem>, cursors: &[Cursor]) {
    for cursor in cursors {
        assert_eq!(next(entries).await.cursor(), *cursor);
    }
}

/// What was there before the tail comes from the log, what comes later from the tail.
pub async fn old_and_new_entries_are_one_sequence(world: &impl World) {
    let (log, mut last) = (world.log(), Cursor::ZERO);
    let old = fill(&log, &mut last, 20).await;
    let tail = tail(&log, 100).await;
    assert_eq!(tail.position(), last);
    let (mut all, mut some) = (tail.subscribe(Cursor::ZERO), tail.subscribe(old[9]));
    let mut new_only = tail.subscribe(last);
    let new = fill(&log, &mut last, 20).await;
    expect(&mut all, &old).await;
    expect(&mut all, &new).await;
    expect(&mut some, &old[10..]).await;
    expect(&mut some, &new).await;
    expect(&mut new_only, &new).await;
    let newest = fill(&log, &mut last, 1).await;
    for subscriber in [&mut all, &mut some, &mut new_only] {
        expect(subscriber, &newest).await;
    }
}

/// A ring of four entries, two hundred messages: the slow one reads the log and joins again.
pub async fn who_fell_behind_the_ring_misses_nothing(world: &impl World) {
    let (log, mut last) = (world.log(), Cursor::ZERO);
    let tail = tail(&log, 4).await;
    let mut slow = tail.subscribe(Cursor::ZERO);
    let first = fill(&log, &mut last, 3).await;
    expect(&mut slow, &first[..1]).await;
    let more = fill(&log, &mut last, 200).await;
    tail.reached(last).await;
    expect(&mut slow, &first[1..]).await;
    expect(&mut slow, &more).await;
    let newest = fill(&log, &mut last, 3).await;
    expect(&mut slow, &newest).await;
}

/// Read your writes.
pub async fn reached_waits_for_its_position(world: &impl World) {
    let (log, mut last) = (world.log(), Cursor::ZERO);
    let tail = tail(&log, 100).await;
    tail.reached(Cursor::ZERO).await;
    let wanted = Cursor(last.0 + 3);
    let (_, cursors) = tokio::join!(tail.reached(wanted), fill(&log, &mut last, 3));
    assert_eq!(cursors[2], wanted);
    assert!(tail.position() >= wanted);
}

/// Subscribers do not learn that the broker was gone.
pub async fn an_interruption_is_not_seen(world: &impl World) {
    let (log, mut last) = (world.log(), Cursor::ZERO);
    let tail = tail(&log, 10).await;
    let mut entries = tail.subscribe(Cursor::ZERO);
    let before = fill(&log, &mut last, 5).await;
    expect(&mut entries, &before).await;
    world.interrupt().await;
    let after = fill(&log, &mut last, 50).await;
    expect(&mut entries, &after).await;
    tail.reached(last).await;
}

fn stored(cursor: Cursor, text: &str) -> Stored {
    let payload = bytes::Bytes::from(text.to_owned());
    Stored { cursor, address: actor("one"), payload, imported: false }
}

/// What stands behind something that is not seen yet waits for it.
pub async fn what_was_stored_need_not_come_by(world: &impl World) {
    let tail = tail(&world.log(), 100).await;
    let at = tail.position();
    let cursors: Vec<_> = (at.0 + 1..=at.0 + 4).map(Cursor).collect();
    let mut entries = tail.subscribe(at);
    for (place, end) in [(2, 0), (1, 0), (0, 3), (0, 3), (3, 4)] {
        tail.stored(stored(cursors[place], "0"));
        assert_eq!(tail.position(), Cursor(at.0 + end), "{place}");
    }
    expect(&mut entries, &cursors).await;
}

/// Each comes by as well, before or after the log has said that it was stored.
pub async fn what_was_stored_is_told_once_and_in_order(world: &impl World) {
    let (log, mut last) = (world.log(), Cursor::ZERO);
    let tail = tail(&log, 100).await;
    let mut entries = tail.subscribe(Cursor::ZERO);
    for round in 0..20_usize {
        let mut cursors = fill(&log, &mut last, 3).await;
        cursors.rotate_left(round % 3);
        for cursor in &cursors {
            let place = cursor.0 - (last.0 - 2);
            tail.stored(stored(*cursor, &place.to_string()));
        }
        cursors.sort_unstable();
        expect(&mut entries, &cursors).await;
    }
    tail.reached(last).await;
    assert_eq!(tail.position(), last);
}

/// A commit is decoded; what is none, or is another's, is told as foreign.
pub async fn garbage_is_an_entry_too(world: &impl World) {
    let (log, one, two) = (world.log(), actor("one"), actor("two"));
    let tail = tail(&log, 100).await;
    let mut entries = tail.subscribe(Cursor::ZERO);
    let bytes = bytes::Bytes::from(commit(&one).encode().unwrap());
    let own = Append::one(one.clone(), bytes.clone(), Cursor::ZERO);
    log.append(own).await.unwrap();
    let others = Append::one(two, bytes.clone(), Cursor::ZERO);
    log.append(others).await.unwrap();
    log.append(append(&actor("three"), "no commit", Cursor::ZERO)).await.unwrap();
    world.publish("evt.nowhere.a.b.c".to_owned(), Vec::new(), bytes.clone()).await;

    match next(&mut entries).await {
        Entry::Commit(recorded) => {
            assert_eq!((recorded.commit.address(), &recorded.raw), (one, &bytes));
            assert_eq!(recorded.hash, Hash::of(&bytes));
        }
        Entry::Foreign(foreign) => panic!("{foreign:?}"),
    }
    let mut addressed = Vec::new();
    for _ in 0..3 {
        match next(&mut entries).await {
            Entry::Foreign(foreign) => addressed.push(foreign.address.is_some()),
            Entry::Commit(recorded) => panic!("{recorded:?}"),
        }
    }
    assert_eq!(addressed, [true, true, false]);
}

fn commit(to: &Address) -> Commit {
    let events = vec![EventRecord { r#type: "Added".to_owned(), v: 1, data: json!({ "by": 1 }) }];
    Commit { events, ..sample_commit(to, Revision(1), Hash::ZERO) }
}
