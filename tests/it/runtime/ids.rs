//! Ids of commands: remembered, forgotten, used for two actors, made by clocks that are wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::{CommandBus, CommandIndex, CommandPlace, Fut, History, PortError, Wait};
use contracts::view::{At, EffectStatus, Status};
use contracts::{Caller, CommandId, Cursor, Envelope, Origin, Tenant};
use futures_util::future::join_all;
use nats::Memory;
use serde_json::json;

/// An index that a test fills and moves.
#[derive(Default)]
struct Index {
    position: AtomicU64,
    places: Mutex<HashMap<CommandId, CommandPlace>>,
}

impl CommandIndex for Index {
    fn position(&self) -> Cursor {
        Cursor(self.position.load(Ordering::SeqCst))
    }

    fn find<'a>(
        &'a self,
        _: &'a Tenant,
        command: CommandId,
    ) -> Fut<'a, Result<Option<CommandPlace>, PortError>> {
        let found = self.places.lock().expect("no panic").get(&command).cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// A node whose actors remember two commands by themselves.
async fn forgetful(index: &Arc<Index>) -> Node {
    let memory = Memory::new();
    let mut world = Node::world(&memory, Providers::default()).await;
    world.index = index.clone();
    let config = Config { recent_commands_min: 2, ..Config::default() };
    Node::of(memory, world, Registry::standard(), config).await
}

#[tokio::test]
async fn what_only_the_index_knows_waits_for_the_index() {
    let index = Arc::new(Index::default());
    index.position.store(u64::MAX, Ordering::SeqCst);
    let node = forgetful(&index).await;
    let first = node.command("counter/c", "add", json!({ "by": 5 }));
    node.send(first.clone()).await.expect("accepted");
    for _ in 0..4 {
        node.ask("counter/c", "add", json!({})).await.expect("accepted");
    }
    // The table of commands was lost, and is being made again from the log.
    index.position.store(0, Ordering::SeqCst);
    let refusal = node.send(first.clone()).await.unwrap_err();
    assert_eq!(refusal.code, "read_model_building");
    assert!(refusal.retry_after_ms.is_some());
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], 9, "nothing was done twice");
}

#[tokio::test]
async fn an_id_made_by_a_clock_that_is_ahead_is_found_again() {
    let index = Arc::new(Index::default());
    let node = forgetful(&index).await;
    let mut first = node.command("counter/c", "add", json!({ "by": 5 }));
    let in_a_day = node.memory.now().plus_millis(24 * 60 * 60 * 1_000).as_millis();
    let stamp = u128::try_from(in_a_day).expect("after 1970") << 80;
    let version_7 = 0x7000_8000_0000_0000_0001_u128;
    first.id = format!("{:032x}", stamp | version_7).parse().expect("a UUID");
    assert_eq!(first.id.made_at_ms(), Some(in_a_day));
    let answer = node.send(first.clone()).await.expect("accepted");
    let place = CommandPlace {
        address: first.to.clone(),
        revision: answer.revision,
        cursor: answer.cursor,
        input_hash: contracts::state_hash(&first.input).expect("hashes"),
    };
    index.places.lock().expect("no panic").insert(first.id, place);
    index.position.store(u64::MAX, Ordering::SeqCst);
    for _ in 0..4 {
        node.ask("counter/c", "add", json!({})).await.expect("accepted");
    }
    let again = node.send(first).await.expect("answered");
    assert_eq!((again.revision, again.reply), (answer.revision, answer.reply));
}

#[tokio::test]
async fn one_id_at_two_actors_gets_each_its_own_answer() {
    let node = Node::start().await;
    let goals = ["Bees in spring", "Bridges of stone", "Clocks and tides", "Trains at night"];
    let id = node.command("osteon/a", "draft", json!({})).id;
    let drafts = goals.iter().enumerate().map(|(number, goal)| {
        let to = format!("osteon/d{number}");
        let mut draft = node.command(&to, "draft", json!({ "goal": goal }));
        draft.id = id;
        draft
    });
    let drafts: Vec<_> = drafts.collect();
    let answers = join_all(drafts.iter().map(|draft| node.send(draft.clone()))).await;
    for (draft, answer) in drafts.into_iter().zip(answers) {
        let answer = answer.expect("drafted");
        assert_eq!(answer.status, Status::Completed);
        let from_its_log = node.send(draft).await.expect("drafted");
        assert_eq!(answer, from_its_log);
    }
}

#[tokio::test(start_paused = true)]
async fn one_id_open_at_two_actors_expires_at_both() {
    let memory = Memory::new();
    // Nobody answers, so that only their deadlines complete the commands.
    let config = Config { effect_attempts_max: u32::MAX, ..Config::default() };
    let providers = Providers::default().with(Arc::new(super::outcomes::Silent("local")));
    let node = Node::on(memory, Registry::standard(), config, providers).await;
    let mut drafts: Vec<_> = (0..2)
        .map(|number| {
            let to = format!("osteon/d{number}");
            node.command(&to, "draft", json!({ "goal": "Bees in spring" }))
        })
        .collect();
    drafts[1].id = drafts[0].id;
    for draft in &drafts {
        node.runtime.ask(draft.clone(), Wait::Accepted).await.expect("accepted");
    }
    let expired = async {
        for draft in &drafts {
            let open = |left: Vec<EffectStatus>| left.iter().any(|one| one.what == "command");
            while open(node.runtime.waiting(&draft.to).await.expect("readable")) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(3_600), expired).await.expect("both expire");
}

#[tokio::test]
async fn an_answer_is_told_again_to_whoever_got_it_and_to_nobody_else() {
    let node = Node::start().await;
    let first = node.command("counter/c", "add", json!({ "by": 5 }));
    let told = node.send(first.clone()).await.expect("accepted");
    let again = node.send(first.clone()).await.expect("the same");
    assert_eq!((again.reply, again.revision), (told.reply, told.revision));
    let stranger = Caller::new("stranger".parse().expect("a name"), Origin::Http);
    let refusal = node.send(Envelope { by: stranger, ..first }).await.unwrap_err();
    assert_eq!(refusal.code, "idempotency_conflict");
    assert!(refusal.details.is_none(), "nothing of the answer is told: {refusal:?}");
}
