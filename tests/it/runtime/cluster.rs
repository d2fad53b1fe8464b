//! Nodes on one log in memory: who owns what, how commands find their owner, and who answers when
//! there is none.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::model::Providers;
use actors::runtime::{ClusterConfig, Membership, StartError};
use actors::{Config, Registry, Runtime};
use bytes::Bytes;
use cambium_tests::node::{Node, address};
use contracts::node::{NodeRow, Role};
use contracts::ports::{
    CommandBus as _, Flow, Fut, PeerCall, PeerError, PeerName, Peers, PortError, Wait,
};
use contracts::{
    Caller, CommandId, Cursor, Envelope, Hash, NodeId, Origin, Partition, Refusal, Timestamp,
};
use futures_util::stream;
use nats::Memory;
use nats::streams::Bucket;
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;

async fn start(memory: &Memory, id: &str, roles: &[Role], config: Config) -> Runtime {
    start_by(memory, (id, roles), config, memory.peers()).await
}

async fn start_by(
    memory: &Memory,
    (id, roles): (&str, &[Role]),
    config: Config,
    peers: Arc<dyn Peers>,
) -> Runtime {
    let row = NodeRow { roles: roles.to_vec(), ..row(id, id) };
    started(memory, row, config, peers).await.expect("nobody is in its way")
}

/// What run `run` of node `id` says of itself.
fn row(id: &str, run: &str) -> NodeRow {
    NodeRow {
        id: NodeId::new(id).expect("an id"),
        run: Hash::of(run.as_bytes()),
        roles: Role::ALL.to_vec(),
        version: "0.1.0".to_owned(),
        address: "http://127.0.0.1:1".to_owned(),
        started: Timestamp::from_millis(0),
        at: Timestamp::from_millis(0),
        partitions: Vec::new(),
        directory: Cursor::ZERO,
        draining: false,
        left: false,
        proof: Hash::ZERO,
    }
}

async fn started(
    memory: &Memory,
    row: NodeRow,
    config: Config,
    peers: Arc<dyn Peers>,
) -> Result<Runtime, StartError> {
    let mut world = Node::world(memory, Providers::standard()).await;
    world.cluster = Some(Membership {
        row,
        nodes: memory.store(Bucket::Nodes),
        leases: memory.leases(),
        peers,
        lease_ttl_ms: 2_000,
    });
    Runtime::start(world, Registry::standard(), config).await
}

/// Starts a node as `row` says; the code of why it does not.
async fn start_as(memory: &Memory, row: NodeRow) -> Result<Runtime, String> {
    match started(memory, row, Config::default(), memory.peers()).await {
        Ok(runtime) => Ok(runtime),
        Err(StartError::Refused(refusal)) => Err(refusal.code.into_owned()),
        Err(error) => panic!("{error}"),
    }
}

/// Says `row` again and again, as a process elsewhere would, whatever stands there.
fn speaking(memory: &Memory, row: NodeRow) -> AbortOnDropHandle<()> {
    let (store, value) = (memory.store(Bucket::Nodes), serde_json::to_vec(&row).expect("JSON"));
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            match store.get(row.id.as_str()).await.expect("in memory") {
                Some(it) => drop(store.update(row.id.as_str(), value.clone(), it.revision).await),
                None => drop(store.create(row.id.as_str(), value.clone(), None).await),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }))
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The partitions that each of these owns, once all are owned as `so` says.
async fn until_owned(memory: &Memory, so: impl Fn(&BTreeSet<String>, usize) -> bool) {
    loop {
        let held = memory.leases().held().await.expect("in memory");
        let owners: BTreeSet<String> = held.iter().map(|lease| lease.holder.clone()).collect();
        if so(&owners, held.len()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A road to other nodes that loses the first answer, and breaks down after it.
#[derive(Default)]
struct Breaking(AtomicBool);

impl Peers for Breaking {
    fn serve(&self, _: PeerName) -> Flow<Result<PeerCall, PortError>> {
        Box::pin(stream::pending())
    }

    fn call(&self, _: PeerName, _: Bytes, _: Duration) -> Fut<'_, Result<Bytes, PeerError>> {
        let error = match self.0.swap(true, Ordering::SeqCst) {
            false => PeerError::Silent,
            true => PortError::Unavailable("the broker is not connected".to_owned()).into(),
        };
        Box::pin(async move { Err(error) })
    }
}

async fn add(node: &Runtime, id: &str, serial: &str) -> Result<u64, Refusal> {
    let command = CommandId::derived("cluster test", &[id, serial]);
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let to = address(&format!("counter/{id}"));
    let name = "add".parse().expect("a name");
    let envelope = Envelope::new(command, to, name, json!({ "by": 1 }), by);
    let answer = node.ask(envelope, Wait::Completed(Duration::from_secs(20))).await?;
    Ok(answer.reply["value"].as_u64().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_and_either_reaches_every_actor() {
    let memory = Memory::new();
    let one = start(&memory, "one", &Role::ALL, Config::default()).await;
    let other = start(&memory, "other", &Role::ALL, Config::default()).await;
    let all = usize::from(Partition::COUNT);
    until_owned(&memory, |owners, held| owners.len() == 2 && held == all).await;
    for id in 0..32 {
        let id = format!("c{id}");
        assert_eq!(add(&one, &id, "1").await, Ok(1));
        assert_eq!(add(&other, &id, "2").await, Ok(2));
        assert_eq!(add(&one, &id, "2").await, Ok(2), "a repeat at another node changes nothing");
    }
    one.stop().await;
    until_owned(&memory, |owners, held| owners.len() == 1 && held == all).await;
    for id in 0..32 {
        assert_eq!(add(&other, &format!("c{id}"), "3").await, Ok(3));
    }
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_wait_for_an_owner_and_are_told_when_none_comes() {
    let memory = Memory::new();
    let cluster = ClusterConfig { unowned_wait_ms: 300, ..ClusterConfig::default() };
    let config = Config { cluster, ..Config::default() };
    let edge = start(&memory, "edge", &[Role::Edge, Role::Projections], config).await;
    let refused = add(&edge, "a", "1").await.expect_err("nobody owns anything");
    assert_eq!((&*refused.code, refused.retry_after_ms), ("partition_unowned", Some(1_000)));
    let owner = start(&memory, "owner", &Role::ALL, Config::default()).await;
    loop {
        match add(&edge, "a", "1").await {
            Ok(value) => break assert_eq!(value, 1),
            Err(refusal) => assert_eq!(refusal.code, "partition_unowned"),
        }
    }
    owner.stop().await;
    edge.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_reached_an_owner_is_in_doubt_though_nothing_more_goes_out() {
    let memory = Memory::new();
    let cluster = ClusterConfig { unowned_wait_ms: 300, ..ClusterConfig::default() };
    let config = Config { cluster, ..Config::default() };
    let edge = ("edge", &[Role::Edge][..]);
    let edge = start_by(&memory, edge, config, Arc::new(Breaking::default())).await;
    let refused = add(&edge, "a", "1").await.expect_err("nobody answers");
    assert_eq!(refused.code, "in_doubt");
    let refused = add(&edge, "a", "2").await.expect_err("it did not go out");
    assert_eq!(refused.code, "log_unavailable");
    edge.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_under_one_name_does_not_start_while_the_first_lives() {
    let memory = Memory::new();
    let all = usize::from(Partition::COUNT);
    let one = start_as(&memory, row("one", "first")).await.expect("alone");
    until_owned(&memory, |_, held| held == all).await;
    let refused = start_as(&memory, row("one", "second")).await.err();
    assert_eq!(refused.as_deref(), Some("node_id_in_use"));
    assert_eq!((one.node_trouble(), one.partitions_owned()), (None, all), "nothing is lost by it");
    assert_eq!(add(&one, "a", "1").await, Ok(1));
    one.stop().await;
    let next = start_as(&memory, row("one", "second")).await.expect("the first has left");
    assert_eq!(add(&next, "a", "2").await, Ok(2));
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_nobody_renews_keeps_nobody_from_starting() {
    let memory = Memory::new();
    let strange = NodeRow { proof: Hash::of(b"another key"), ..row("strange", "killed") };
    for dead in [row("one", "killed"), strange] {
        let value = serde_json::to_vec(&dead).expect("JSON");
        let written = memory.store(Bucket::Nodes).create(dead.id.as_str(), value, None).await;
        written.expect("in memory").expect("nobody else was first");
    }
    let one = start_as(&memory, row("one", "again")).await.expect("the others are dead");
    assert_eq!(add(&one, "a", "1").await, Ok(1));
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_run_under_one_name_one_steps_aside_until_the_other_is_silent() {
    let memory = Memory::new();
    let one = start_as(&memory, row("one", "first")).await.expect("alone");
    let other = start_as(&memory, row("other", "other")).await.expect("another id");
    let all = usize::from(Partition::COUNT);
    until_owned(&memory, |owners, held| owners.len() == 2 && held == all).await;
    let twin = speaking(&memory, row("one", "twin"));
    until(|| one.node_trouble().is_some() && one.partitions_owned() == 0).await;
    assert_eq!(other.node_trouble(), None);
    drop(twin);
    until(|| one.node_trouble().is_none() && one.partitions_owned() > 0).await;
    until_owned(&memory, |owners, held| owners.len() == 2 && held == all).await;
    for id in 0..16 {
        assert_eq!(add(&other, &format!("c{id}"), "1").await, Ok(1));
    }
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_another_key_is_left_nothing_and_does_not_start() {
    let memory = Memory::new();
    let all = usize::from(Partition::COUNT);
    let one = start_as(&memory, row("one", "one")).await.expect("alone");
    until_owned(&memory, |_, held| held == all).await;
    let strange = NodeRow { proof: Hash::of(b"another key"), ..row("strange", "strange") };
    let refused = start_as(&memory, strange.clone()).await.err();
    assert_eq!(refused.as_deref(), Some("node_key_differs"));
    // One that is there all the same is told of, and nothing is handed to it.
    let speaking = speaking(&memory, strange);
    until(|| one.nodes().iter().any(|node| node.live && !node.is_known)).await;
    let two = start_as(&memory, row("two", "two")).await.err();
    assert_eq!(two.as_deref(), Some("node_key_differs"), "it too has a stranger before it");
    assert_eq!(one.partitions_owned(), all);
    assert_eq!(add(&one, "a", "1").await, Ok(1));
    drop(speaking);
    one.stop().await;
}
