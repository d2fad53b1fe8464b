//! [`contracts::ports::Restore`] and [`contracts::ports::TreeHeads`].

use bytes::Bytes;
use contracts::Cursor;
use contracts::ports::{AppendError, Restored};

use super::World;
use super::world::{actor, append};

fn restored(name: &str, payload: &str, expected: Cursor) -> Restored {
    let payload = Bytes::copy_from_slice(payload.as_bytes());
    Restored { address: actor(name), payload, expected }
}

/// In order, of many actors, and marked.
pub async fn a_batch_is_stored_whole_and_marked(world: &impl World) {
    let (log, restore) = (world.log(), world.restore());
    let first = log.append(append(&actor("one"), "own", Cursor::ZERO)).await.unwrap()[0];
    let batch = vec![
        restored("one", "a", first),
        restored("two", "b", Cursor::ZERO),
        restored("one", "c", first),
        restored("two", "d", Cursor::ZERO),
    ];
    let last = restore.restore(batch).await.unwrap();
    assert_eq!(log.head().await, Ok(last));
    let told = |read: Vec<contracts::entry::Stored>| -> Vec<(String, bool)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        read.iter().map(|it| (text(&it.payload), it.imported)).collect()
    };
    let wanted = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
        all.iter().map(|(text, imported)| ((*text).to_owned(), *imported)).collect()
    };
    let one = log.read(&actor("one"), Cursor::ZERO, 9).await.unwrap();
    assert_eq!(told(one), wanted(&[("own", false), ("a", true), ("c", true)]));
    let two = log.read(&actor("two"), Cursor::ZERO, 9).await.unwrap();
    assert_eq!(told(two), wanted(&[("b", true), ("d", true)]));
    let mut followed = log.follow(first);
    let next = futures_util::StreamExt::next(&mut followed).await.unwrap().unwrap().unwrap();
    assert!(next.imported && next.payload == "a");
    assert!(log.last(&actor("two")).await.unwrap().unwrap().imported);
}

/// One actor that has moved on stops all of it.
pub async fn a_stale_batch_stores_nothing(world: &impl World) {
    let (log, restore) = (world.log(), world.restore());
    let first = log.append(append(&actor("one"), "own", Cursor::ZERO)).await.unwrap()[0];
    let batch = vec![restored("two", "a", Cursor::ZERO), restored("one", "b", Cursor::ZERO)];
    assert_eq!(restore.restore(batch).await, Err(AppendError::Conflict));
    assert_eq!(log.head().await, Ok(first));
    let one = vec![restored("one", "b", Cursor(first.0 + 7))];
    assert_eq!(restore.restore(one).await, Err(AppendError::Conflict));
    assert_eq!(log.head().await, Ok(first));
}

/// As large as a batch may be.
pub async fn a_full_batch_is_stored(world: &impl World) {
    let max = contracts::ports::RESTORE_MESSAGES_MAX;
    let batch = (0..max).map(|n| restored(&format!("a{n}"), "x", Cursor::ZERO)).collect();
    let last = world.restore().restore(batch).await.unwrap();
    assert_eq!(last, Cursor(max as u64));
    let more = (0..=max).map(|n| restored(&format!("b{n}"), "x", Cursor::ZERO)).collect();
    assert!(matches!(world.restore().restore(more).await, Err(AppendError::Refused(_))));
}

/// A head is kept once, for ever.
pub async fn tree_heads_are_never_replaced(world: &impl World) {
    let trees = world.trees();
    assert_eq!(trees.last().await, Ok(None));
    for number in 1..=3_u64 {
        trees.save("1", Bytes::from(vec![b'p'; 9])).await.unwrap();
        trees.keep(number, Bytes::from(number.to_string())).await.unwrap();
        assert_eq!(trees.last().await.unwrap().unwrap(), number.to_string());
    }
    assert_eq!(trees.keep(2, "other".into()).await, Err(AppendError::Conflict));
    assert_eq!(trees.get(2).await.unwrap().unwrap(), "2");
    assert_eq!(trees.get(9).await, Ok(None));
}

/// A cache: replaced, and forgotten without harm to the heads.
pub async fn parts_of_the_tree_are_replaced(world: &impl World) {
    let trees = world.trees();
    assert_eq!(trees.load("7").await, Ok(None));
    for text in ["a", "b"] {
        trees.save("7", Bytes::from_static(text.as_bytes())).await.unwrap();
        assert_eq!(trees.load("7").await.unwrap().unwrap(), text);
    }
    trees.keep(1, "head".into()).await.unwrap();
    trees.forget_parts().await.unwrap();
    assert_eq!(trees.load("7").await, Ok(None));
    assert_eq!(trees.last().await.unwrap().unwrap(), "head");
}
