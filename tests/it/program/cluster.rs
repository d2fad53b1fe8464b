//! Three nodes on one broker, under a load whose ledger stands outside: whatever becomes of one of
//! them, what was acknowledged is there once, and its actors answer elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cambium_tests::program::{Program, client};
use nats::server::{Server, ServerConfig};
use nats::suite::cluster::Cluster;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::BINARY;
use super::crash::verify_all;

/// Actors of the load: some in the share of every node.
const ACTORS: u64 = 24;

/// How long anything may take on a machine that builds at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A broker and the nodes on it.
struct House {
    home: tempfile::TempDir,
    brokers: Brokers,
    nodes: Vec<Program>,
}

/// Where the log is.
enum Brokers {
    /// On one server.
    One(Server),
    /// On three, which keep everything three times.
    Three(Cluster),
}

impl Brokers {
    async fn one(home: &Path) -> Server {
        let config = ServerConfig {
            dir: home.join("nats"),
            access_file: home.join("nats.json"),
            ..ServerConfig::default()
        };
        Server::start(config, |_| {}).await.expect("a broker")
    }

    async fn three(home: &Path) -> Cluster {
        // Whoever has none yet gets one by starting it.
        Self::one(home).await.stop().await;
        let found = nats::server::find(&ServerConfig::default()).await.expect("a program");
        let cluster = Cluster::start(&found.path, home).await;
        drop(cluster.broker(&nats::Config::default()).await);
        cluster
    }

    /// How nodes reach them: URL, user, password.
    fn access(&self) -> [String; 3] {
        match self {
            Self::One(server) => {
                let endpoint = server.endpoint().clone();
                let password = endpoint.password.map(|it| it.reveal().to_owned());
                [endpoint.url, endpoint.user.unwrap_or_default(), password.unwrap_or_default()]
            }
            Self::Three(cluster) => [cluster.urls(), String::new(), String::new()],
        }
    }
}

/// Of each counter, how often an `add` was acknowledged, how often one may have been stored, and
/// how many were refused.
#[derive(Default)]
struct Told {
    acknowledged: AtomicU64,
    doubtful: AtomicU64,
}

/// The load and what came of it.
#[derive(Default)]
struct Load {
    told: Arc<BTreeMap<String, Told>>,
    refused: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl House {
    async fn open(count: usize) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let brokers = Brokers::One(Brokers::one(home.path()).await);
        Self::on(home, brokers, count).await
    }

    async fn on(home: tempfile::TempDir, brokers: Brokers, count: usize) -> Self {
        let mut house = Self { home, brokers, nodes: Vec::new() };
        for number in 0..count {
            let node = house.start(number).await;
            house.nodes.push(node);
        }
        house.until_shared(count).await;
        house
    }

    /// Starts the node of this number, with the keys that all share.
    async fn start(&self, number: usize) -> Program {
        let data = self.home.path().join(format!("data-{number}"));
        std::fs::create_dir_all(&data).expect("a directory");
        for key in ["admin.key", "master.key", "node.key", "tree.key"] {
            let (own, first) = (data.join(key), self.home.path().join("data-0").join(key));
            if first.exists() && !own.exists() {
                std::fs::copy(first, own).expect("copied");
            }
        }
        let ([url, user, password], id) = (self.brokers.access(), format!("node-{number}"));
        let environment = [
            ("CAMBIUM_NATS_URL", url.as_str()),
            ("CAMBIUM_NATS_USER", user.as_str()),
            ("CAMBIUM_NATS_PASSWORD", password.as_str()),
        ];
        let more = ["--role", "edge,actors,projections", "--node-id", &id];
        let node = Program::start_verb(BINARY, "serve", &data, &more, &environment).await;
        node.expect("the node starts")
    }

    /// Waits until so many nodes own all partitions, each at least one.
    async fn until_shared(&self, count: usize) {
        let begun = Instant::now();
        loop {
            let owned = self.owned(&self.nodes[0]).await;
            let all: usize = owned.values().sum();
            if owned.len() == count && all == 64 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "not shared by {count}: {owned:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many partitions each node owns, as `asked` sees it.
    async fn owned(&self, asked: &Program) -> BTreeMap<String, usize> {
        let told = asked.get("/v1/admin/partitions").await.unwrap_or_default();
        let mut owned = BTreeMap::new();
        for row in told["items"].as_array().into_iter().flatten() {
            if let Some(owner) = row["owner"].as_str() {
                *owned.entry(owner.to_owned()).or_default() += 1;
            }
        }
        owned
    }

    /// A load on the edges of these nodes.
    fn load(&self, edges: &[usize]) -> Load {
        let told: BTreeMap<String, Told> =
            (0..ACTORS).map(|n| (format!("c{n}"), Told::default())).collect();
        let (told, refused, stop) = (Arc::new(told), Arc::default(), Arc::default());
        let mut load = Load { told, refused, stop, tasks: Vec::new() };
        for (number, id) in load.told.keys().cloned().enumerate() {
            let edge = &self.nodes[edges[number % edges.len()]];
            let place = (edge.url().to_owned(), edge.key().to_owned());
            load.tasks.push(tokio::spawn(add(
                place,
                id,
                load.told.clone(),
                load.refused.clone(),
                load.stop.clone(),
            )));
        }
        load
    }

    async fn end(self, load: &Load) {
        let asked = self.nodes.first().expect("a node");
        for (id, told) in load.told.iter() {
            let state = asked.get(&format!("/v1/counter/{id}")).await.expect("readable");
            let value = state["state"]["value"].as_u64().unwrap_or_default();
            let acknowledged = told.acknowledged.load(Ordering::Relaxed);
            let most = acknowledged + told.doubtful.load(Ordering::Relaxed);
            assert!(
                (acknowledged..=most).contains(&value),
                "{id}: {acknowledged} acknowledged, {most} sent, {value} there"
            );
        }
        verify_all(Path::new(asked.data()));
        for node in self.nodes {
            node.stop().expect("it ends in order");
        }
        if let Brokers::One(server) = self.brokers {
            server.stop().await;
        }
    }
}

/// Adds one again and again. What got no answer is sent again under its own id until it has one.
async fn add(
    (url, key): (String, String),
    id: String,
    told: Arc<BTreeMap<String, Told>>,
    refused: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) {
    let (client, told) = (client(), &told[&id]);
    let mut serial = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        serial += 1;
        told.doubtful.fetch_add(1, Ordering::Relaxed);
        loop {
            let request = client
                .post(format!("{url}/v1/counter/{id}/add"))
                .header("x-api-key", &key)
                .header("idempotency-key", format!("{id}-{serial}"))
                .timeout(Duration::from_secs(30))
                .json(&json!({}));
            if let Ok(answer) = request.send().await {
                let good = answer.status().is_success();
                let body: Value = answer.json().await.unwrap_or_default();
                if good && body["ok"] == true {
                    told.acknowledged.fetch_add(1, Ordering::Relaxed);
                    told.doubtful.fetch_sub(1, Ordering::Relaxed);
                    break;
                }
            }
            refused.fetch_add(1, Ordering::Relaxed);
            if stop.load(Ordering::Relaxed) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Load {
    fn sum(&self) -> u64 {
        self.told.values().map(|told| told.acknowledged.load(Ordering::Relaxed)).sum()
    }

    /// Waits until every actor has acknowledged so many more.
    async fn until_all_go_on(&self, more: u64) -> Duration {
        let (begun, at) = (Instant::now(), |told: &Told| told.acknowledged.load(Ordering::Relaxed));
        let before: Vec<u64> = self.told.values().map(at).collect();
        loop {
            let stands =
                self.told.values().zip(&before).filter(|(told, then)| at(told) < **then + more);
            if stands.count() == 0 {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < PATIENCE, "the load stands still at {}", self.sum());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks.drain(..) {
            task.await.expect("the load ends well");
        }
    }

    fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

/// Rounds of the test of takeovers; `CAMBIUM_TAKEOVERS` sets another number.
const TAKEOVERS: usize = 1;

#[tokio::test(flavor = "multi_thread")]
async fn the_actors_of_a_node_that_dies_answer_elsewhere() {
    let rounds = std::env::var("CAMBIUM_TAKEOVERS").ok().and_then(|text| text.parse().ok());
    let mut house = House::open(3).await;
    let mut load = house.load(&[0, 1]);
    let mut times = Vec::new();
    for _ in 0..rounds.unwrap_or(TAKEOVERS) {
        load.until_all_go_on(3).await;
        house.nodes.pop().expect("three").kill().expect("it ran");
        let within = load.until_all_go_on(1).await;
        println!("all actors answered {within:?} after the kill; {} refused", load.refused());
        times.push(within);
        house.until_shared(2).await;
        let again = house.start(2).await;
        house.nodes.push(again);
        house.until_shared(3).await;
    }
    times.sort_unstable();
    println!(
        "{} takeovers: the middle one {:?}, the longest {:?}, load {}",
        times.len(),
        times[times.len() / 2],
        times.last(),
        load.sum()
    );
    load.until_all_go_on(3).await;
    load.stop().await;
    house.end(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_stood_still_owns_nothing_when_it_goes_on() {
    let house = House::open(3).await;
    let mut load = house.load(&[0, 1]);
    load.until_all_go_on(3).await;
    house.nodes[2].signal("STOP").expect("sent");
    let within = load.until_all_go_on(1).await;
    println!("all actors answered {within:?} after the stop; {} refused", load.refused());
    house.until_shared(2).await;
    house.nodes[2].signal("CONT").expect("sent");
    load.until_all_go_on(3).await;
    house.until_shared(3).await;
    load.until_all_go_on(3).await;
    load.stop().await;
    house.end(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_node_hands_over_without_a_refused_command() {
    let mut house = House::open(3).await;
    let mut load = house.load(&[0, 1, 2]);
    load.until_all_go_on(3).await;
    let drained = json!({ "node": "node-2" });
    let told = house.nodes[0].post("/v1/admin/drain", &drained).await.expect("an answer");
    assert_eq!(told["items"][0]["draining"], true, "{told}");
    house.until_shared(2).await;
    load.until_all_go_on(3).await;
    assert_eq!(load.refused(), 0, "a drain refuses nothing");
    load.stop().await;
    house.nodes.pop().expect("three").stop().expect("it ends in order");
    // It comes back, and takes its share again.
    let again = house.start(2).await;
    house.nodes.push(again);
    house.until_shared(3).await;
    house.end(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_edge_reaches_every_actor_and_hears_the_kill_switch_at_once() {
    let house = House::open(3).await;
    let [one, two, three] = [0, 1, 2].map(|number| &house.nodes[number]);
    // Work that actors of all nodes ask for is had from one edge and answered at another.
    for number in 0..12 {
        let body = json!({ "queue": "words", "input": { "number": number } });
        let path = format!("/v1/job/job-{number}/run");
        let request = one.request(reqwest::Method::POST, &path).header("prefer", "wait=0");
        let answer = request.json(&body).send().await.expect("accepted");
        assert_eq!(answer.status(), 202);
    }
    let mut done = 0;
    while done < 12 {
        let lease = json!({ "max": 5, "wait_s": 20 });
        let leased = two.post("/v1/work/words/lease", &lease).await.expect("an answer");
        let items = leased["items"].as_array().expect("items").clone();
        assert!(!items.is_empty(), "{leased}");
        for item in items {
            let path = format!("/v1/work/{}/outcome", item["effect_id"].as_str().expect("an id"));
            let outcome = json!({ "lease": item["lease"], "ok": true, "output": { "words": 3 } });
            let told = three.post(&path, &outcome).await.expect("an answer");
            assert_eq!(told["status"], "done", "{told}");
            done += 1;
        }
    }
    // What is written at one edge is read at another.
    for number in 0..12 {
        let state = two.get(&format!("/v1/job/job-{number}")).await.expect("a state");
        assert_eq!(state["state"]["output"]["words"], 3, "{state}");
    }
    let engage = json!({ "scope": "global", "reason": "wrong figures" });
    let request = one.request(reqwest::Method::POST, "/v1/policy/kill-switch/engage");
    let told =
        request.header("cambium-tenant", "system").json(&engage).send().await.expect("an answer");
    let told: Value = told.json().await.expect("JSON");
    assert_eq!(told["ok"], true, "{told}");
    for node in [one, two, three] {
        for id in 0..8 {
            let refused = node.post(&format!("/v1/counter/k{id}/add"), &json!({})).await;
            let refused = refused.expect("an answer");
            assert_eq!(refused["code"], "kill_switch_engaged", "{refused}");
        }
    }
    house.end(&Load::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_broker_of_three_may_die_and_nothing_is_lost() {
    let home = tempfile::tempdir().expect("a directory");
    let brokers = Brokers::Three(Brokers::three(home.path()).await);
    let mut house = House::on(home, brokers, 3).await;
    let streams = house.nodes[0].get("/v1/admin/streams").await.expect("told");
    for stream in streams["items"].as_array().expect("items") {
        assert_eq!(stream["replicas"], 3, "{stream}");
    }
    let peers = house.nodes[0].get("/v1/admin/peers").await.expect("told");
    let peers = peers["items"].as_array().expect("items");
    let of_log =
        |leads| peers.iter().filter(move |it| it["stream"] == "EVENTS" && it["leads"] == leads);
    assert_eq!((of_log(true).count(), of_log(false).count()), (1, 2), "{peers:?}");
    // Each node tells of the timers of its own actors, whichever is asked.
    let timers = house.nodes[0].post("/v1/admin/timers/reconcile", &json!({})).await.expect("told");
    let timers = timers["items"].as_array().expect("items");
    assert!(timers.len() == 3 && timers.iter().all(|it| it["armed"] == 0), "{timers:?}");
    let mut load = house.load(&[0, 1, 2]);
    load.until_all_go_on(3).await;
    if let Brokers::Three(cluster) = &mut house.brokers {
        cluster.kill(0).await;
    }
    let within = load.until_all_go_on(2).await;
    println!("all actors answered {within:?} after the kill; {} refused", load.refused());
    house.until_shared(3).await;
    load.until_all_go_on(3).await;
    // Two of three are enough for a backup, too.
    let backups = house.home.path().join("backups");
    let [url, ..] = house.brokers.access();
    let mut take = Command::new(BINARY);
    take.args(["admin", "backup", "--nats-url", &url, "--data"]).arg(house.home.path());
    let taken = take.arg(&backups).output().expect("runs");
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    load.stop().await;
    let mut verify = Command::new(BINARY);
    let verified = verify.args(["admin", "backup", "verify"]).arg(&backups).output().expect("runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    house.end(&load).await;
}
