//! Commands that cannot be decided: what comes after them waits, in order, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use actors::model::{Deltas, Provider, Providers};
use actors::{Config, Registry};
use cambium_tests::fragile::{Fragile, mend};
use cambium_tests::node::{Node, address};
use contracts::caller::{Caller, Origin};
use contracts::lifecycle::LetterAction;
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::ports::{
    BulkProgress, CommandBus, DeadLetter, Fut, History, LetterFilter, LetterQuery, LetterVerb,
    LetterView, Letters,
};
use contracts::view::At;
use contracts::{Cursor, Entry, Hash, Refusal};
use futures_util::StreamExt;
use nats::Memory;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// A model that answers when it may.
struct Slow(Semaphore);

impl Provider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            self.0.acquire().await.expect("never closed").forget();
            Ok(ModelResponse {
                provider: "slow".to_owned(),
                model: request.model.clone(),
                text: "yes".to_owned(),
                value: None,
                finish: Finish::Stop,
                usage: Usage::default(),
                request_hash: Hash::ZERO,
                ..ModelResponse::default()
            })
        })
    }
}

pub(super) async fn on(memory: &Memory, slow: &Arc<impl Provider + 'static>) -> Node {
    let config = Config { redelivery_ms: 1, effect_retry_ms_min: 1, ..Config::default() };
    let registry = Registry::standard().with::<Fragile>();
    Node::on(memory.clone(), registry, config, Providers::default().with(slow.clone())).await
}

async fn node() -> Node {
    on(&Memory::new(), &Arc::new(Slow(Semaphore::new(0)))).await
}

fn by() -> Caller {
    Caller::new(Caller::ADMIN, Origin::Http)
}

/// Sends `write` by the durable road, nobody waiting.
async fn write(node: &Node, id: &str, text: &str) {
    let envelope = node.command(&format!("fragile/{id}"), "write", json!({ "text": text }));
    node.runtime.tell(envelope).await.expect("stored");
}

/// Waits until nothing of COMMANDS is under way.
pub(super) async fn quiet(node: &Node) {
    until("COMMANDS is empty", async || node.memory.commands_pending() == 0).await;
}

async fn until(what: &str, done: impl AsyncFn() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "{what}");
}

pub(super) async fn letters(node: &Node) -> Vec<LetterView> {
    node.runtime.list(LetterQuery::default(), 0, 10_000).await.expect("listed").items
}

async fn lines(node: &Node, id: &str) -> Vec<String> {
    let to = address(&format!("fragile/{id}"));
    let state = node.runtime.state(&to, At::Latest).await.expect("exists").state;
    serde_json::from_value(state["lines"].clone()).expect("lines")
}

/// The types of the runtime's events in an actor's log, in order.
async fn told(node: &Node, to: &str) -> Vec<String> {
    let page = node.runtime.entries(&address(to), Cursor::ZERO, 10_000).await.expect("readable");
    let mut types = Vec::new();
    for entry in page.items {
        let Entry::Commit(recorded) = entry else { panic!("foreign") };
        let events = recorded.commit.events.iter();
        types.extend(events.filter_map(|it| it.r#type.strip_prefix("cambium:").map(str::to_owned)));
    }
    types
}

async fn settled(node: &Node, id: &str, unparked: usize) {
    until("the actor is unparked", async || {
        let told = told(node, &format!("fragile/{id}")).await;
        told.iter().filter(|it| *it == "Unparked").count() == unparked
    })
    .await;
}

#[tokio::test]
async fn what_comes_after_a_poisoned_command_waits_in_order() {
    let node = node().await;
    write(&node, "a", "one").await;
    quiet(&node).await;
    for text in ["bug order", "two", "three", "four"] {
        write(&node, "a", text).await;
        write(&node, "b", text.trim_start_matches("bug ")).await;
    }
    quiet(&node).await;
    assert_eq!(lines(&node, "a").await, ["one"]);
    assert_eq!(lines(&node, "b").await, ["order", "two", "three", "four"], "others go on");
    let held = letters(&node).await;
    let texts: Vec<_> = held.iter().map(|it| it.input["text"].as_str().expect("text")).collect();
    assert_eq!(texts, ["bug order", "two", "three", "four"]);
    assert_eq!((held[0].code.as_str(), held[0].deliveries), ("decide_panicked", 3));
    assert_eq!(held[1].code, "actor_parked");
    assert_eq!(told(&node, "fragile/a").await, ["Parked"]);

    let refusal = node.ask("fragile/a", "write", json!({ "text": "now" })).await.unwrap_err();
    assert_eq!(refusal.code, "actor_parked");
    let details = refusal.details.expect("facts");
    assert_eq!(details["code"], "decide_panicked");
    assert_eq!(Some(details["command"].as_str().expect("an id")), held[0].command_id.as_deref());

    let behind = node.runtime.settle(held[1].id, LetterVerb::Retry, by()).await.unwrap_err();
    assert_eq!(behind.code, "letter_not_head", "nobody overtakes");
    let again = node.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.unwrap_err();
    assert_eq!(again.code, "decide_panicked", "it still fails, and the actor is still parked");
    assert_eq!(letters(&node).await.len(), 4);

    mend("bug order");
    let done = node.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.expect("decided");
    assert_eq!(done.answer.expect("answered").reply, json!({ "lines": 2 }));
    settled(&node, "a", 1).await;
    write(&node, "a", "five").await;
    quiet(&node).await;
    assert_eq!(lines(&node, "a").await, ["one", "bug order", "two", "three", "four", "five"]);
    assert_eq!(letters(&node).await, []);
    assert_eq!(told(&node, "fragile/a").await, ["Parked", "LetterSettled", "Unparked"]);
    let found = node.runtime.verify(&address("fragile/a")).await.expect("exists");
    assert!(found.ok, "{found:?}");
    node.ask("fragile/a", "write", json!({ "text": "now" })).await.expect("it goes on");
    let drift = node
        .runtime
        .replay(&address("fragile/a"), At::Latest, contracts::view::ReplayMode::Decide)
        .await
        .expect("replayed");
    assert_eq!(drift.drift, []);
}

#[tokio::test]
async fn an_outcome_waits_like_a_command_and_is_brought_once() {
    let slow = Arc::new(Slow(Semaphore::new(0)));
    let node = on(&Memory::new(), &slow).await;
    node.ask("fragile/a", "ask", json!({ "text": "q" })).await.expect("asked");
    write(&node, "a", "bug outcome").await;
    quiet(&node).await;
    slow.0.add_permits(1);
    until("the outcome waits", async || letters(&node).await.len() == 2).await;
    write(&node, "a", "after").await;
    quiet(&node).await;
    let held = letters(&node).await;
    assert_eq!(held[1].command.as_deref(), Some("cambium:outcome"));
    let edit = LetterVerb::Edit { input: json!({}), name: None };
    let refused = node.runtime.settle(held[1].id, edit, by()).await.unwrap_err();
    assert_eq!(refused.code, "letter_not_editable");
    mend("bug outcome");
    node.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.expect("decided");
    settled(&node, "a", 1).await;
    assert_eq!(lines(&node, "a").await, ["bug outcome", "outcome q", "after"]);
    assert_eq!(letters(&node).await, []);
    let waiting = node.runtime.waiting(&address("fragile/a")).await.expect("readable");
    assert_eq!(waiting, [], "the effect is concluded");
}

#[tokio::test]
async fn an_edited_head_keeps_its_origin() {
    let node = node().await;
    write(&node, "a", "one").await;
    write(&node, "a", "poison").await;
    write(&node, "a", "three").await;
    quiet(&node).await;
    let held = letters(&node).await;
    let long = json!({ "text": "x".repeat(101) });
    let edit = |input: Value| LetterVerb::Edit { input, name: None };
    let refused = node.runtime.settle(held[0].id, edit(long), by()).await.unwrap_err();
    assert_eq!(refused.code, "line_too_long", "whoever edits may try again");
    assert_eq!(letters(&node).await.len(), 2);
    let done = node.runtime.settle(held[0].id, edit(json!({ "text": "cure" })), by()).await;
    let revision = done.expect("decided").answer.expect("answered").revision;
    settled(&node, "a", 1).await;
    assert_eq!(lines(&node, "a").await, ["one", "cure", "three"]);
    let page = node.runtime.entries(&address("fragile/a"), Cursor::ZERO, 100).await;
    let items = page.expect("readable").items;
    let Entry::Commit(recorded) = &items[usize::try_from(revision.0 - 1).expect("small")] else {
        panic!("foreign")
    };
    let cause = serde_json::to_value(&recorded.commit.command.cause).expect("JSON");
    assert_eq!(cause["command"].as_str(), held[0].command_id.as_deref());
    let event = &recorded.commit.events[0];
    assert_eq!(event.r#type, "cambium:LetterSettled");
    assert_eq!((&event.data["action"], &event.data["by"]), (&json!("edit"), &json!("admin")));
    let main = contracts::Tenant::from_static("main");
    let audit = node.memory.audit().read(&main, 0, 100).await.expect("in memory");
    let audited: Vec<_> = audit.iter().filter(|it| it.1.class.as_str() == "dead_letter").collect();
    assert_eq!(audited.len(), 2, "the attempt that failed and the one that did not");
    assert_eq!(audited[1].1.principal.as_deref(), Some("admin"));
}

#[tokio::test]
async fn a_skipped_head_is_gone_and_the_next_poison_parks_again() {
    let node = node().await;
    for text in ["one", "poison 1", "two", "poison 2", "three"] {
        write(&node, "a", text).await;
    }
    quiet(&node).await;
    let held = letters(&node).await;
    assert_eq!(held.len(), 4);
    let done = node.runtime.settle(held[0].id, LetterVerb::Skip, by()).await.expect("skipped");
    assert_eq!((done.action, done.answer), (LetterAction::Skip, None));
    until("it is parked at the next", async || {
        told(&node, "fragile/a").await.iter().filter(|it| *it == "Parked").count() == 2
    })
    .await;
    assert_eq!(lines(&node, "a").await, ["one", "two"]);
    let rest = letters(&node).await;
    assert_eq!(rest, held[2..], "the rest stays, in order");
    let missing = node.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.unwrap_err();
    assert_eq!(missing.code, "letter_not_found");
    // One that is not the head may be dropped: nobody overtakes by that.
    node.runtime.settle(rest[1].id, LetterVerb::Skip, by()).await.expect("skipped");
    node.runtime.settle(rest[0].id, LetterVerb::Skip, by()).await.expect("skipped");
    settled(&node, "a", 1).await;
    write(&node, "a", "four").await;
    quiet(&node).await;
    assert_eq!(lines(&node, "a").await, ["one", "two", "four"]);
}

/// A second node knows nothing but the log and DEAD.
#[tokio::test]
async fn another_node_holds_the_same_and_lets_go_the_same() {
    let (memory, slow) = (Memory::new(), Arc::new(Slow(Semaphore::new(0))));
    let first = on(&memory, &slow).await;
    for text in ["one", "bug node", "two"] {
        write(&first, "a", text).await;
    }
    quiet(&first).await;
    first.runtime.stop().await;
    let second = on(&memory, &slow).await;
    write(&second, "a", "three").await;
    quiet(&second).await;
    assert_eq!(lines(&second, "a").await, ["one"]);
    let held = letters(&second).await;
    assert_eq!(held.len(), 3);
    mend("bug node");
    second.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.expect("decided");
    settled(&second, "a", 1).await;
    assert_eq!(lines(&second, "a").await, ["one", "bug node", "two", "three"]);
}

/// Two nodes that both believe they own the actor, one of which knows nothing of the release.
#[tokio::test]
async fn a_stale_owner_puts_nothing_where_nobody_looks() {
    let (memory, slow) = (Memory::new(), Arc::new(Slow(Semaphore::new(0))));
    let (left, right) = (on(&memory, &slow).await, on(&memory, &slow).await);
    write(&left, "a", "one").await;
    quiet(&left).await;
    write(&left, "a", "bug stale").await;
    quiet(&left).await;
    for node in [&left, &right] {
        let refused = node.ask("fragile/a", "write", json!({ "text": "x" })).await.unwrap_err();
        assert_eq!(refused.code, "actor_parked");
    }
    mend("bug stale");
    let held = letters(&left).await;
    left.runtime.settle(held[0].id, LetterVerb::Retry, by()).await.expect("decided");
    settled(&left, "a", 1).await;
    for number in 0..20 {
        write(&right, "a", &format!("n{number}")).await;
    }
    quiet(&right).await;
    until("nothing is left in DEAD", async || letters(&left).await.is_empty()).await;
    assert_eq!(lines(&left, "a").await.len(), 22);
}

/// The program died between a letter's commit and its removal, in a drain.
#[tokio::test]
async fn a_letter_left_behind_is_decided_once() {
    let (memory, slow) = (Memory::new(), Arc::new(Slow(Semaphore::new(0))));
    let first = on(&memory, &slow).await;
    for text in ["one", "bug crash", "two", "three"] {
        write(&first, "a", text).await;
    }
    quiet(&first).await;
    let dead = memory.dead_letters();
    let kept: Vec<(u64, DeadLetter)> = dead.list(0, 100).await.expect("in memory");
    mend("bug crash");
    first.runtime.settle(kept[0].0, LetterVerb::Retry, by()).await.expect("decided");
    settled(&first, "a", 1).await;
    first.runtime.stop().await;
    for (_, letter) in &kept {
        dead.bury(letter.clone()).await.expect("in memory");
    }
    let second = on(&memory, &slow).await;
    until("nothing is left in DEAD", async || letters(&second).await.is_empty()).await;
    assert_eq!(lines(&second, "a").await, ["one", "bug crash", "two", "three"]);
}

/// The program ended between the letter and the event that parks its actor: deciding the letter
/// would end the next one, too.
#[tokio::test]
async fn what_ended_the_program_is_not_decided_by_the_next_one() {
    let slow = Arc::new(Slow(Semaphore::new(0)));
    let other = on(&Memory::new(), &slow).await;
    for text in ["bug seal", "two"] {
        write(&other, "a", text).await;
    }
    quiet(&other).await;
    let mut kept = other.memory.dead_letters().list(0, 100).await.expect("in memory");
    let (_, sealed) = kept.pop().expect("two waits");
    let memory = Memory::new();
    let first = on(&memory, &slow).await;
    write(&first, "a", "one").await;
    quiet(&first).await;
    first.runtime.stop().await;
    let letter = DeadLetter { code: "decide_aborted".to_owned(), ..sealed };
    memory.dead_letters().bury(letter).await.expect("in memory");
    let second = on(&memory, &slow).await;
    until("it is parked", async || told(&second, "fragile/a").await == ["Parked"]).await;
    let held = letters(&second).await;
    assert_eq!((held.len(), held[0].code.as_str()), (1, "decide_aborted"));
    assert_eq!(lines(&second, "a").await, ["one"]);
    let refusal = second.ask("fragile/a", "write", json!({ "text": "now" })).await.unwrap_err();
    let details = refusal.details.expect("facts");
    assert_eq!(Some(details["command"].as_str().expect("an id")), held[0].command_id.as_deref());
    second.runtime.settle(held[0].id, LetterVerb::Skip, by()).await.expect("dropped");
    settled(&second, "a", 1).await;
    assert_eq!(lines(&second, "a").await, ["one"]);
}

#[tokio::test]
async fn a_bulk_run_deals_with_a_thousand_and_tells_how_far_it_is() {
    let node = node().await;
    for actor in 0..20 {
        write(&node, &format!("a{actor}"), "zero").await;
    }
    quiet(&node).await;
    for number in 0..50 {
        for actor in 0..20 {
            let text = if number == 0 { "bug bulk".to_owned() } else { format!("n{number}") };
            write(&node, &format!("a{actor}"), &text).await;
        }
    }
    write(&node, "other", "one").await;
    quiet(&node).await;
    assert_eq!(letters(&node).await.len(), 1_000);
    let run = |query: LetterQuery| {
        let flow = node.runtime.bulk(query, LetterVerb::Retry, by());
        flow.map(|line| line.expect("progress")).collect::<Vec<BulkProgress>>()
    };
    let mine = address("fragile/a3");
    let of_one = LetterQuery { whose: LetterFilter::of(&mine), ..LetterQuery::default() };
    let failed = run(of_one).await;
    let last = failed.last().expect("a line");
    assert_eq!((last.done, last.failed, last.total), (0, 50, 50), "still the bug");

    mend("bug bulk");
    let code = Some("decide_panicked".to_owned());
    let heads = run(LetterQuery { code, ..LetterQuery::default() }).await;
    let last = heads.last().expect("a line");
    assert_eq!((last.done, last.failed, last.total, last.finished), (20, 0, 20, true));
    assert_eq!(letters(&node).await, [], "what waited behind them was decided");
    let done: Vec<u64> = heads.iter().map(|line| line.done).collect();
    assert!(done.windows(2).all(|pair| pair[0] <= pair[1]), "{done:?}");
    let expected: Vec<String> = ["zero".to_owned(), "bug bulk".to_owned()]
        .into_iter()
        .chain((1..50).map(|number| format!("n{number}")))
        .collect();
    for actor in 0..20 {
        assert_eq!(lines(&node, &format!("a{actor}")).await, expected);
    }
    assert_eq!(lines(&node, "other").await, ["one"]);
}

#[tokio::test]
async fn a_bulk_skip_decides_nothing() {
    let node = node().await;
    write(&node, "a", "one").await;
    for text in ["poison", "two", "three"] {
        write(&node, "a", text).await;
    }
    quiet(&node).await;
    let lines_told = node.runtime.bulk(LetterQuery::default(), LetterVerb::Skip, by());
    let last = lines_told.collect::<Vec<_>>().await.pop().expect("a line").expect("progress");
    assert_eq!((last.done, last.total), (3, 3));
    settled(&node, "a", 1).await;
    assert_eq!(lines(&node, "a").await, ["one"]);
}

#[tokio::test]
async fn a_message_that_nobody_could_read_is_mended_by_hand() {
    let node = node().await;
    let lines_sent = vec![("cambium-command".to_owned(), "write".to_owned())];
    node.memory.publish("cmd.main.fragile.a", lines_sent, "{\"text\": oops".into()).expect("sent");
    node.memory.publish("cmd.main.bad!", Vec::new(), "{}".into()).ok();
    quiet(&node).await;
    let aside = letters(&node).await;
    assert_eq!(aside[0].code, "invalid_body");
    assert!(!aside[0].held, "it parks nobody");
    write(&node, "a", "one").await;
    quiet(&node).await;
    let refused = node.runtime.settle(aside[0].id, LetterVerb::Retry, by()).await.unwrap_err();
    assert_eq!(refused.code, "invalid_body");
    let name = Some("write".parse().expect("a name"));
    let edit = LetterVerb::Edit { input: json!({ "text": "mended" }), name };
    node.runtime.settle(aside[0].id, edit, by()).await.expect("decided");
    assert_eq!(lines(&node, "a").await, ["one", "mended"]);
    assert_eq!(letters(&node).await, []);
}

#[tokio::test]
async fn an_interactive_command_parks_nobody() {
    let node = node().await;
    node.ask("fragile/a", "write", json!({ "text": "one" })).await.expect("written");
    for _ in 0..5 {
        let poison = node.ask("fragile/a", "write", json!({ "text": "poison" })).await;
        assert_eq!(poison.unwrap_err().code, "decide_panicked");
    }
    node.ask("fragile/a", "write", json!({ "text": "two" })).await.expect("written");
    assert_eq!(letters(&node).await, []);
}

/// Its command has committed: to write that it was dropped would be a lie.
#[tokio::test]
async fn a_letter_that_was_decided_cannot_be_dropped() {
    let node = node().await;
    write(&node, "a", "one").await;
    write(&node, "a", "bug late").await;
    write(&node, "a", "two").await;
    quiet(&node).await;
    let dead = node.memory.dead_letters();
    let kept = dead.list(0, 10).await.expect("in memory");
    mend("bug late");
    node.runtime.settle(kept[0].0, LetterVerb::Retry, by()).await.expect("decided");
    settled(&node, "a", 1).await;
    let again = dead.bury(kept[1].1.clone()).await.expect("in memory");
    let late = node.runtime.settle(again, LetterVerb::Skip, by()).await.unwrap_err();
    assert_eq!(late.code, "letter_not_found");
    assert_eq!(lines(&node, "a").await, ["one", "bug late", "two"]);
}
