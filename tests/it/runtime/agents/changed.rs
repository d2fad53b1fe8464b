//! One byte of a recorded run is changed: a replay fails, and says where.

use std::collections::HashMap;
use std::sync::Arc;

use actors::model::Providers;
use actors::{Config, Registry};
use bytes::Bytes;
use cambium_tests::altered::{Alter, Altered};
use cambium_tests::node::{Node, address};
use contracts::entry::Stored;
use contracts::ports::History as _;
use contracts::view::{At, ReplayMode};
use contracts::{Cursor, Hash, Recorded};
use nats::Memory;
use serde_json::{Value, json};

use super::scripted::{Scripted, call, says};
use super::{asking, commits, node, with};

/// What the last tool says, and what somebody would like it to have said.
const SAID: &[u8] = b"42000";
const CHANGED: &[u8] = b"43000";

/// A log in which some messages hold other bytes.
struct Changed(HashMap<Cursor, Bytes>);

impl Alter for Changed {
    fn seen(&self, stored: Stored) -> Stored {
        let payload = self.0.get(&stored.cursor).cloned();
        Stored { payload: payload.unwrap_or_else(|| stored.payload.clone()), ..stored }
    }
}

/// A run with three calls of a model and two of tools, in memory.
async fn recorded() -> (Memory, Vec<Arc<Recorded>>) {
    let kilometres = json!({ "value": 42, "from": "km", "to": "m" });
    let script = vec![
        says("").calling(&[call("a", "calculator", json!({ "expression": "6*7" }))]),
        says("").calling(&[call("b", "convert_units", kilometres)]),
        says("It is far."),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    let uses = json!({ "uses": [{ "name": "calculator" }, { "name": "convert_units" }] });
    let told = node.ask("run/r", "start", with(asking("How far?"), uses)).await.expect("answered");
    assert_eq!(told.reply["rounds"], 3);
    let commits = commits(&node, "r").await;
    node.runtime.stop().await;
    (memory, commits)
}

/// Where `SAID` stands in the bytes.
fn places(raw: &[u8]) -> Vec<usize> {
    let windows = raw.windows(SAID.len()).enumerate();
    windows.filter(|(_, window)| *window == SAID).map(|(place, _)| place).collect()
}

/// The run's replay on a log in which these messages are changed, without any provider: drift that
/// was found, or the refusal.
async fn replayed(memory: &Memory, changed: HashMap<Cursor, Bytes>) -> Result<Value, Value> {
    let mut world = Node::world(memory, Providers::default()).await;
    world.log = Arc::new(Altered(memory.log(), Changed(changed)));
    let node = Node::of(memory.clone(), world, Registry::standard(), Config::default()).await;
    let replay = node.runtime.replay(&address("run/r"), At::Latest, ReplayMode::Decide).await;
    node.runtime.stop().await;
    replay.map(|it| json!(it.drift)).map_err(|refusal| json!(refusal))
}

/// All commits from the changed one on, each chained to the one before: whoever can write the log
/// can do this, and no chain tells.
fn chained_again(commits: &[Arc<Recorded>], at: usize, place: usize) -> HashMap<Cursor, Bytes> {
    let mut changed = HashMap::new();
    let mut other: Option<(Hash, Hash)> = None;
    for (number, recorded) in commits.iter().enumerate().skip(at) {
        let mut raw = recorded.raw.to_vec();
        if number == at {
            raw[place..place + SAID.len()].copy_from_slice(CHANGED);
        }
        if let Some((before, now)) = other {
            let linked = raw.windows(32).position(|window| window == before.0);
            let linked = linked.expect("a commit names the one before");
            raw[linked..linked + 32].copy_from_slice(&now.0);
        }
        other = Some((recorded.hash, Hash::of(&raw)));
        changed.insert(recorded.cursor, raw.into());
    }
    changed
}

#[tokio::test]
async fn one_changed_byte_breaks_the_chain_where_it_stands() {
    let (memory, commits) = recorded().await;
    assert_eq!(replayed(&memory, HashMap::new()).await, Ok(json!([])));
    let mut tried = 0;
    for recorded in &commits {
        for place in places(&recorded.raw) {
            let mut raw = recorded.raw.to_vec();
            raw[place..place + SAID.len()].copy_from_slice(CHANGED);
            let changed = [(recorded.cursor, Bytes::from(raw))].into();
            let refusal = replayed(&memory, changed).await.expect_err("the chain is broken");
            let (code, told) = (&refusal["code"], refusal.to_string());
            let next = recorded.commit.revision.0 + 1;
            assert!(code == "actor_quarantined" || code == "replay_differs", "{told}");
            assert!(told.contains(&format!("{next}")), "it says where: {told}");
            tried += 1;
        }
    }
    assert!(tried >= 2, "{tried}");
}

#[tokio::test]
async fn a_changed_byte_with_a_chain_made_to_fit_is_named_all_the_same() {
    let (memory, commits) = recorded().await;
    let mut tried = 0;
    for (number, recorded) in commits.iter().enumerate() {
        for place in places(&recorded.raw) {
            let changed = chained_again(&commits, number, place);
            let found = replayed(&memory, changed).await;
            let told = format!("{found:?}");
            let named = match &found {
                Ok(drift) => drift.as_array().is_some_and(|drift| !drift.is_empty()),
                Err(refusal) => refusal["code"] == "replay_differs",
            };
            assert!(named, "revision {}: {told}", recorded.commit.revision);
            assert!(told.contains("revision"), "{told}");
            tried += 1;
        }
    }
    assert!(tried >= 2, "{tried}");
}
