//! Erasures that somebody has asked for and whose program ended before they did.

use std::sync::Arc;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::{
    Counted, Erasure, Flow, Fut, History as _, PortError, Privacy as _, Store, StoreChange,
    Versioned,
};
use contracts::view::At;
use contracts::{ActorId, Caller, Cursor, Tenant};
use nats::Memory;
use serde_json::json;

const TENANT: Tenant = Tenant::from_static("main");
const ADA: ActorId = ActorId::from_static("ada");

/// A store whose program is gone when it deletes: before, or after it is done.
struct Cut {
    store: Arc<dyn Store>,
    done: bool,
}

impl Store for Cut {
    fn get<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Versioned>, PortError>> {
        self.store.get(name)
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        self.store.create(name, value, ttl_ms)
    }

    fn update<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        revision: u64,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        self.store.update(name, value, revision)
    }

    fn delete<'a>(&'a self, name: &'a str, revision: u64) -> Fut<'a, Result<bool, PortError>> {
        Box::pin(async move {
            if self.done {
                self.store.delete(name, revision).await?;
            }
            Err(PortError::Unavailable("the program ended".to_owned()))
        })
    }

    fn names<'a>(&'a self, prefix: &'a str) -> Fut<'a, Result<Vec<String>, PortError>> {
        self.store.names(prefix)
    }

    fn watch(&self) -> Flow<Result<StoreChange, PortError>> {
        self.store.watch()
    }
}

async fn cut_short_and_finished(done: bool) {
    let memory = Memory::new();
    let mut world = Node::world(&memory, Providers::standard()).await;
    world.subject_keys = Arc::new(Cut { store: world.subject_keys.clone(), done });
    let wrap = world.wrap.clone();
    let node = Node::of(memory.clone(), world, Registry::standard(), Config::default()).await;
    node.ask("principal/ada", "register", json!({ "display": "Ada" })).await.expect("registered");
    let counted = Counted { values: 1, cursor: Cursor(1) };
    let (by, reason) = (Caller::ADMIN, "asked by letter".to_owned());
    let erasure = Erasure { tenant: TENANT, subject: ADA, by, reason, counted };
    node.runtime.erase(erasure.clone()).await.expect_err("the program ended");
    let subject = address("subject/ada");
    let under_way = node.runtime.state(&subject, At::Latest).await.expect("asked").state;
    assert!(under_way["erasing"].is_object(), "{under_way}");
    node.runtime.stop().await;

    let mut world = Node::world(&memory, Providers::standard()).await;
    world.wrap = wrap;
    let node = Node::of(memory, world, Registry::standard(), Config::default()).await;
    let none = node.runtime.finish(&TENANT, &ActorId::from_static("eve"), counted).await;
    assert_eq!(none.expect("looked up"), None);
    let finished = node.runtime.finish(&TENANT, &ADA, counted).await;
    let receipt = finished.expect("finished").expect("it was under way");
    assert_eq!((receipt.receipt.by.clone(), receipt.receipt.values), (Caller::ADMIN, 1));
    let after = node.runtime.state(&subject, At::Latest).await.expect("there").state;
    assert!(after["erasing"].is_null() && after["erasures"] == 1, "{after}");
    assert_eq!(node.runtime.finish(&TENANT, &ADA, counted).await.expect("looked up"), None);
    assert_eq!(node.runtime.erase(erasure).await.expect("told again"), receipt);
    node.runtime.stop().await;
}

#[tokio::test]
async fn before_the_key_was_gone() {
    cut_short_and_finished(false).await;
}

#[tokio::test]
async fn before_it_was_said_that_the_key_is_gone() {
    cut_short_and_finished(true).await;
}
