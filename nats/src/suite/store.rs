//! [`contracts::ports::Store`]: small values under names.

use std::time::Duration;

use contracts::ports::{Flow, PortError, StoreChange};
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::World;
use super::world::eventually;

/// The value of `name` as text.
async fn text(world: &impl World, name: &str) -> Option<String> {
    let found = world.store().get(name).await.unwrap();
    found.map(|it| String::from_utf8(it.value).unwrap())
}

/// The next change, as text.
async fn change(changes: &mut Flow<Result<StoreChange, PortError>>) -> (String, Option<String>) {
    let (name, now) = changes.next().await.unwrap().unwrap();
    (name, now.map(|it| String::from_utf8(it.value).unwrap()))
}

/// And is then what was first created.
pub async fn a_name_is_created_once(world: &impl World) {
    let store = world.store();
    assert_eq!(store.get("acme/ann").await, Ok(None));
    let first = store.create("acme/ann", b"one".to_vec(), None).await.unwrap().unwrap();
    assert_eq!(store.create("acme/ann", b"two".to_vec(), None).await, Ok(None));
    let found = store.get("acme/ann").await.unwrap().unwrap();
    assert_eq!((found.value, found.revision), (b"one".to_vec(), first));
    let empty = store.create("acme/bob", Vec::new(), None).await.unwrap().unwrap();
    assert!(empty > first);
    assert_eq!(text(world, "acme/bob").await.as_deref(), Some(""));
}

/// Compare and set.
pub async fn a_value_changes_from_its_revision_only(world: &impl World) {
    let store = world.store();
    assert_eq!(store.update("n", b"none".to_vec(), 0).await, Ok(None));
    assert_eq!(store.update("n", b"none".to_vec(), 7).await, Ok(None));
    let first = store.create("n", b"one".to_vec(), None).await.unwrap().unwrap();
    let second = store.update("n", b"two".to_vec(), first).await.unwrap().unwrap();
    assert!(second > first);
    assert_eq!(store.update("n", b"three".to_vec(), first).await, Ok(None));
    assert_eq!(text(world, "n").await.as_deref(), Some("two"));
}

/// Sixteen at once, with a new name and with one that exists.
pub async fn of_many_writers_one_wins(world: &impl World) {
    let store = world.store();
    let values: Vec<Vec<u8>> = (0..16_u8).map(|at| vec![at]).collect();
    let made = join_all(values.iter().map(|it| store.create("n", it.clone(), None))).await;
    let made: Vec<u64> = made.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(made.len(), 1);
    let changed = join_all(values.iter().map(|it| store.update("n", it.clone(), made[0]))).await;
    let changed: Vec<u64> = changed.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(changed.len(), 1);
    let erased = join_all(values.iter().map(|_| store.delete("n", changed[0]))).await;
    assert_eq!(erased.into_iter().filter(|it| *it == Ok(true)).count(), 1);
}

/// Only at its revision; then another may have the name.
pub async fn a_deleted_value_is_gone_and_its_name_is_free(world: &impl World) {
    let store = world.store();
    assert_eq!(store.delete("n", 1).await, Ok(false));
    let first = store.create("n", b"one".to_vec(), None).await.unwrap().unwrap();
    let second = store.update("n", b"two".to_vec(), first).await.unwrap().unwrap();
    assert_eq!(store.delete("n", first).await, Ok(false));
    assert_eq!(store.delete("n", second).await, Ok(true));
    assert_eq!((store.delete("n", second).await, store.get("n").await), (Ok(false), Ok(None)));
    assert_eq!(store.update("n", b"three".to_vec(), second).await, Ok(None));
    let third = store.create("n", b"again".to_vec(), None).await.unwrap().unwrap();
    assert!(third > second);
    assert_eq!(text(world, "n").await.as_deref(), Some("again"));
}

/// Whatever they are made of.
pub async fn names_are_listed_by_their_beginning(world: &impl World) {
    let store = world.store();
    let names = ["acme/ann@home", "acme/a.b", "acme2/x", "acme/ü *>", "acme", "other", "acme/gone"];
    for name in names {
        store.create(name, name.into(), None).await.unwrap().unwrap();
    }
    let gone = store.get("acme/gone").await.unwrap().unwrap();
    assert!(store.delete("acme/gone", gone.revision).await.unwrap());
    let listed = store.names("acme/").await.unwrap();
    assert_eq!(listed, ["acme/a.b", "acme/ann@home", "acme/ü *>"]);
    assert_eq!(store.names("acme/a").await.unwrap(), ["acme/a.b", "acme/ann@home"]);
    assert_eq!(store.names("acme").await.unwrap().len(), 5);
    assert_eq!(store.names("").await.unwrap().len(), 6);
    assert_eq!(store.names("nobody/").await.unwrap(), Vec::<String>::new());
    for name in &names[..6] {
        assert_eq!(text(world, name).await.as_deref(), Some(*name));
    }
}

/// What is over them is refused, not cut.
pub async fn names_and_values_have_limits(world: &impl World) {
    let store = world.store();
    for name in [String::new(), "n".repeat(513)] {
        let refused = store.create(&name, b"x".to_vec(), None).await;
        assert!(matches!(refused, Err(PortError::Refused(_))), "{refused:?}");
        assert!(matches!(store.get(&name).await, Err(PortError::Refused(_))));
    }
    let large = vec![7; world.payload_bytes_max() + 1];
    let refused = store.create("n", large, None).await;
    assert!(matches!(refused, Err(PortError::Refused(_))), "{refused:?}");
    assert_eq!(store.get("n").await, Ok(None));
}

/// By itself; an update keeps it.
pub async fn a_value_is_forgotten_after_its_time(world: &impl World) {
    let store = world.store();
    store.create("short", b"x".to_vec(), Some(900)).await.unwrap().unwrap();
    let kept = store.create("kept", b"x".to_vec(), Some(900)).await.unwrap().unwrap();
    store.update("kept", b"y".to_vec(), kept).await.unwrap().unwrap();
    assert_eq!(text(world, "short").await.as_deref(), Some("x"));
    while store.get("short").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(store.names("").await.unwrap(), ["kept"]);
    assert_eq!(text(world, "kept").await.as_deref(), Some("y"));
    store.create("short", b"again".to_vec(), Some(60_000)).await.unwrap().unwrap();
}

/// To everybody who watches, in their order.
pub async fn changes_are_told(world: &impl World) {
    let store = world.store();
    let mut watchers = [store.watch(), store.watch()];
    let tell = |name: &str, text: Option<&str>| (name.to_owned(), text.map(str::to_owned));
    let first = store.create("a/b", b"one".to_vec(), None).await.unwrap().unwrap();
    for watcher in &mut watchers {
        assert_eq!(change(watcher).await, tell("a/b", Some("one")));
    }
    let second = store.update("a/b", b"two".to_vec(), first).await.unwrap().unwrap();
    for watcher in &mut watchers {
        assert_eq!(change(watcher).await, tell("a/b", Some("two")));
    }
    assert!(store.delete("a/b", second).await.unwrap());
    store.create("c", b"three".to_vec(), Some(60_000)).await.unwrap().unwrap();
    for watcher in &mut watchers {
        assert_eq!(change(watcher).await, tell("a/b", None));
        assert_eq!(change(watcher).await, tell("c", Some("three")));
    }
}

/// What changes while a watcher has no connection comes when it has one.
pub async fn an_interruption_hides_no_change(world: &impl World) {
    let store = world.store();
    let mut changes = store.watch();
    store.create("a", b"one".to_vec(), None).await.unwrap().unwrap();
    assert_eq!(change(&mut changes).await.0, "a");
    world.interrupt().await;
    let made = async {
        loop {
            match store.create("b", b"two".to_vec(), None).await {
                Err(PortError::Unavailable(_)) => tokio::task::yield_now().await,
                made => break made.unwrap(),
            }
        }
    };
    made.await;
    assert_eq!(change(&mut changes).await, ("b".to_owned(), Some("two".to_owned())));
    let found = eventually(|| store.get("b")).await;
    assert_eq!(found.map(|it| it.value), Some(b"two".to_vec()));
}
