//! Messages on an actor's subject that are none of its own: it stops, others do not, and it goes
//! on only behind exactly what an operator has named.

use std::sync::Arc;

use actors::model::Providers;
use actors::{Config, Registry};
use bytes::Bytes;
use cambium_tests::altered::{Alter, Altered};
use cambium_tests::node::{Node, address};
use contracts::archive::{Checked, VerifyStep};
use contracts::caller::{Caller, Origin};
use contracts::chain::Skip;
use contracts::entry::{ForeignCode, Stored, Unowned};
use contracts::ports::{Archive, CommandBus, Flow, History, Letters, Log, PortError};
use contracts::view::{At, ReplayMode};
use contracts::{Cursor, Entry, Hash, Revision};
use futures_util::StreamExt;
use nats::Memory;
use serde_json::json;

use super::dead::{letters, on, quiet};
use super::outcomes::Silent;

fn by() -> Caller {
    Caller::new(Caller::ADMIN, Origin::Http)
}

async fn start(memory: &Memory) -> Node {
    on(memory, &Arc::new(Silent("slow"))).await
}

fn intrude(node: &Node, to: &str, payload: Bytes) {
    let subject = format!("evt.{}.main.{}", address(to).partition(), to.replace('/', "."));
    node.memory.publish(&subject, Vec::new(), payload).expect("published");
}

/// The bytes of an actor's last commit, to be stored again as if they were its next.
async fn copied(node: &Node, to: &str) -> Bytes {
    let last = node.memory.log().last(&address(to)).await.expect("in memory").expect("exists");
    last.payload
}

async fn add(node: &Node, to: &str) -> Result<i64, contracts::Refusal> {
    let answer = node.ask(to, "add", json!({})).await?;
    Ok(answer.reply["value"].as_i64().expect("a number"))
}

async fn later(node: &Node, to: &str, by: i64) {
    let envelope = node.command(to, "add", json!({ "by": by }));
    node.runtime.tell(envelope).await.expect("stored");
}

#[tokio::test]
async fn an_actor_goes_on_only_behind_what_was_named() {
    let memory = Memory::new();
    let node = start(&memory).await;
    for to in ["counter/bad", "counter/good"] {
        for _ in 0..3 {
            add(&node, to).await.expect("accepted");
        }
    }
    intrude(&node, "counter/bad", "not a commit".into());
    intrude(&node, "counter/bad", copied(&node, "counter/good").await);
    assert_eq!(add(&node, "counter/bad").await.unwrap_err().code, "actor_quarantined");
    assert_eq!(add(&node, "counter/good").await, Ok(4));
    let to = address("counter/bad");
    let found = node.runtime.verify(&to).await.expect("exists");
    assert_eq!(
        (found.ok, found.broken_at, found.revision),
        (false, Some(Revision(4)), Revision(3))
    );
    later(&node, "counter/bad", 10).await;
    later(&node, "counter/bad", 100).await;
    quiet(&node).await;
    assert_eq!(letters(&node).await.len(), 2);

    let named = node.runtime.foreign(&to).await.expect("readable");
    assert_eq!(named.len(), 2);
    let mut other = named.clone();
    other[1].hash = Hash::of(b"something else");
    for wrong in [&named[..1], &other[..], &[]] {
        let refused = node.runtime.skip_foreign(&to, wrong.to_vec(), by()).await.unwrap_err();
        assert_eq!(refused.code, "skip_mismatch");
    }
    let answer = node.runtime.skip_foreign(&to, named, by()).await.expect("skipped");
    assert_eq!(answer.revision, Revision(4));
    quiet(&node).await;
    let value = loop {
        // What waited is decided first; until then the caller is told to come again.
        match add(&node, "counter/bad").await {
            Ok(value) => break value,
            Err(refusal) => assert_eq!(refusal.code, "actor_parked"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(value, 3 + 10 + 100 + 1);
    assert_eq!(letters(&node).await, []);

    let found = node.runtime.verify(&to).await.expect("exists");
    assert!(found.ok, "{found:?}");
    let replay = node.runtime.replay(&to, At::Latest, ReplayMode::Decide).await.expect("replayed");
    assert_eq!((replay.state.state["value"].as_i64(), replay.drift), (Some(114), Vec::new()));
    let page = node.runtime.entries(&to, Cursor::ZERO, 100).await.expect("readable");
    let commits = page.items.iter().filter_map(|entry| match entry {
        Entry::Commit(recorded) => Some(recorded),
        Entry::Foreign(_) => None,
    });
    let recorded = commits.clone().find(|it| it.commit.revision == Revision(4)).expect("there");
    let types: Vec<_> = recorded.commit.events.iter().map(|it| it.r#type.as_str()).collect();
    assert_eq!(types, ["cambium:Skipped", "cambium:Skipped"]);
    let past = node.runtime.state(&to, At::Revision(Revision(3))).await.expect("readable");
    assert_eq!(past.state["value"], 3);

    let walked = node.runtime.verify_log(None, true);
    let steps: Vec<_> = walked.collect().await;
    assert!(steps.iter().all(|it| !matches!(it, VerifyStep::Broken(_))), "{steps:?}");

    // A second node, which reads all of it anew, agrees; and another message is another matter.
    node.runtime.stop().await;
    let second = start(&memory).await;
    assert_eq!(add(&second, "counter/bad").await, Ok(115));
    let nothing = second.runtime.skip_foreign(&to, Vec::new(), by()).await.unwrap_err();
    assert_eq!(nothing.code, "actor_not_quarantined");
    intrude(&second, "counter/bad", "again".into());
    assert_eq!(add(&second, "counter/bad").await.unwrap_err().code, "actor_quarantined");
    let steps: Vec<_> = second.runtime.verify_log(None, true).collect().await;
    let broken = steps.iter().filter(|it| matches!(it, VerifyStep::Broken(_))).count();
    assert_eq!(broken, 1, "{steps:?}");
}

/// Commits that are well-formed and even continue the chain, but that no cell has appended.
#[tokio::test]
async fn a_copy_of_a_commit_is_no_commit() {
    let memory = Memory::new();
    let node = start(&memory).await;
    for _ in 0..3 {
        add(&node, "counter/bad").await.expect("accepted");
    }
    intrude(&node, "counter/bad", copied(&node, "counter/bad").await);
    assert_eq!(add(&node, "counter/bad").await.unwrap_err().code, "actor_quarantined");
    let to = address("counter/bad");
    let named = node.runtime.foreign(&to).await.expect("readable");
    node.runtime.skip_foreign(&to, named, by()).await.expect("skipped");
    let forked = node
        .runtime
        .fork(&to, At::Revision(Revision(4)), "child".parse().expect("an id"), true, by())
        .await
        .expect("forked");
    assert_eq!(forked.revision, Revision(5));
    let child = node.runtime.verify(&address("counter/child")).await.expect("exists");
    assert!(child.ok, "{child:?}");
}

/// Messages on subjects that are nobody's, and one on that of an actor that does not exist.
#[tokio::test]
async fn messages_of_nobody_fail_a_walk_until_an_operator_knows_them() {
    let memory = Memory::new();
    let node = start(&memory).await;
    add(&node, "counter/good").await.expect("accepted");
    let publish = |subject: &str, payload: &'static str| {
        memory.publish(subject, Vec::new(), payload.into()).expect("published");
    };
    publish("evt.x.main.counter.good", "stray");
    let nokind = contracts::Partition::of_tokens(["main", "nokind", "a"]);
    publish(&format!("evt.{nokind}.main.nokind.a"), "nobody's");
    intrude(&node, "counter/good", "in the way".into());
    let (found, checked) = walk(&node).await;
    assert_eq!((checked.stray, checked.lost, checked.broken), (1, 0, 2), "{found:?}");
    assert!(!checked.ok());
    let message =
        |cursor: u64, text: &str| Skip { cursor: Cursor(cursor), hash: Hash::of(text.as_bytes()) };
    for (wrong, code) in [
        (message(1, "stray"), "foreign_not_found"),
        (message(0, "stray"), "foreign_not_found"),
        (message(99, "stray"), "foreign_not_found"),
        (message(2, "another"), "skip_mismatch"),
        (message(4, "in the way"), "actor_quarantined"),
    ] {
        let refused = node.runtime.acknowledge(wrong, None, by()).await.unwrap_err();
        assert_eq!(refused.code, code, "{wrong:?}");
    }
    let note = Some("a test of ours".to_owned());
    let stray = message(2, "stray");
    let told = node.runtime.acknowledge(stray, note.clone(), by()).await.expect("written");
    let again = node.runtime.acknowledge(stray, None, by()).await.expect("known");
    assert_eq!((&told, &told.note), (&again, &note), "the first word stands");
    node.runtime.acknowledge(message(3, "nobody's"), None, by()).await.expect("written");
    let to = address("counter/good");
    let named = node.runtime.foreign(&to).await.expect("readable");
    node.runtime.skip_foreign(&to, named, by()).await.expect("skipped");
    let (found, checked) = walk(&node).await;
    assert_eq!((checked.stray, checked.broken, checked.acknowledged), (0, 0, 2), "{found:?}");
    assert!(checked.ok(), "{found:?}");
    let words = found.iter().filter_map(|step| match step {
        VerifyStep::Acknowledged(word) => Some((word.foreign.cursor, word.by.as_str())),
        _ => None,
    });
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    assert_eq!(words, [(Cursor(2), Caller::ADMIN.as_str()), (Cursor(3), Caller::ADMIN.as_str())]);
    // The word is about these bytes there, and about no others that look like them.
    publish("evt.x.main.counter.good", "stray");
    let (_, checked) = walk(&node).await;
    assert_eq!((checked.stray, checked.acknowledged, checked.ok()), (1, 2, false));
}

async fn walk(node: &Node) -> (Vec<VerifyStep>, Checked) {
    let mut steps: Vec<_> = node.runtime.verify_log(None, false).collect().await;
    match steps.pop() {
        Some(VerifyStep::Done(checked)) => (steps, checked),
        other => panic!("{other:?}"),
    }
}

/// A log that has lost the message at one position, as a damaged store shows it.
struct Holed(Cursor);

impl Alter for Holed {
    fn follow(
        &self,
        log: &dyn Log,
        after: Cursor,
    ) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        let hole = self.0;
        Box::pin(log.follow(after).map(move |item| match item {
            Ok(Ok(stored)) if stored.cursor == hole => Ok(Err(Unowned::Lost { cursor: hole })),
            other => other,
        }))
    }
}

/// What is lost is told as lost, and nobody's word makes it whole.
#[tokio::test]
async fn a_lost_message_is_told_apart_and_cannot_be_acknowledged() {
    let memory = Memory::new();
    let node = start(&memory).await;
    for to in ["counter/a", "counter/b", "counter/c"] {
        add(&node, to).await.expect("accepted");
    }
    node.runtime.stop().await;
    let mut world = Node::world(&memory, Providers::default()).await;
    world.log = Arc::new(Altered(memory.log(), Holed(Cursor(2))));
    let node = Node::of(memory.clone(), world, Registry::standard(), Config::default()).await;
    let (found, checked) = walk(&node).await;
    assert_eq!((checked.lost, checked.stray, checked.broken), (1, 0, 0), "{found:?}");
    assert!(!checked.ok());
    let told = found.iter().find_map(|step| match step {
        VerifyStep::Foreign(foreign) => Some(foreign),
        _ => None,
    });
    let told = told.expect("it is told");
    assert_eq!((told.cursor, told.code), (Cursor(2), ForeignCode::MessageLost));
    let message = Skip { cursor: Cursor(2), hash: Hash::ZERO };
    let refused = node.runtime.acknowledge(message, None, by()).await.unwrap_err();
    assert_eq!(refused.code, "foreign_not_found");
    node.runtime.stop().await;
}
