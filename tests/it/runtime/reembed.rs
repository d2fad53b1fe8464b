//! A base is embedded anew without its history being read again for each of its documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, History as _, Log, Look, PortError};
use contracts::view::{At, ReplayMode, Status};
use contracts::{Address, Cursor, Kind};
use nats::Memory;
use serde_json::json;

/// A log that counts the messages that are read of actors one by one.
struct Counted {
    log: Arc<dyn Log>,
    read: Arc<AtomicUsize>,
}

impl Log for Counted {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        self.log.append(append)
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        Box::pin(async move {
            let read = self.log.read(address, after, limit).await;
            self.read.fetch_add(read.as_ref().map_or(0, Vec::len), Ordering::SeqCst);
            read
        })
    }

    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        short: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        self.log.look(address, limit, short)
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.log.first_after(address, after)
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.log.last(address)
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        Box::pin(async move {
            self.read.fetch_add(1, Ordering::SeqCst);
            self.log.get(cursor).await
        })
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        self.log.head()
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        self.log.follow(after)
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        self.log.read_kinds(kinds, after, upto)
    }
}

/// How many messages are read while so many documents are embedded anew.
async fn read_for(documents: usize) -> usize {
    let memory = Memory::new();
    let read = Arc::new(AtomicUsize::new(0));
    let mut world = Node::world(&memory, Providers::standard()).await;
    world.log = Arc::new(Counted { log: world.log, read: Arc::clone(&read) });
    let node = Node::of(memory, world, Registry::standard(), Config::default()).await;
    let base = "knowledge/trees";
    node.ask(base, "create", json!({ "name": "Trees" })).await.expect("done");
    for number in 0..documents {
        // One that was replaced: what is read again is its last version.
        let id = format!("d{}", number * 7 % documents);
        let add = json!({ "id": id, "text": format!("Ring {number} of a tree.") });
        node.ask(base, "add", add).await.expect("done");
    }
    read.store(0, Ordering::SeqCst);
    let told = node.ask(base, "reembed", json!({ "dimensions": 64 })).await.expect("done");
    assert_eq!((&told.reply["generation"], &told.reply["failed"]), (&json!(2), &json!(0)));
    assert_eq!(told.status, Status::Completed);
    let read = read.load(Ordering::SeqCst);
    let state = node.runtime.state(&address(base), At::Latest).await.expect("it is there").state;
    assert_eq!((&state["serving"], &state["failed"]), (&json!(2), &json!(0)));
    let replayed = node
        .runtime
        .replay(&address(base), At::Latest, ReplayMode::Decide)
        .await
        .expect("replayed");
    assert!(replayed.drift.is_empty(), "{:?}", replayed.drift);
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn each_document_is_read_without_the_history_of_all() {
    // How much of the tail's work is done by reading differs from run to run. The whole history
    // would be read for each of them: at least 60 messages for each of 60, and 120 of 120.
    for documents in [60, 120] {
        let read = read_for(documents).await;
        let bounds = documents..documents * 12;
        assert!(bounds.contains(&read), "{read} messages for {documents} documents");
    }
}
