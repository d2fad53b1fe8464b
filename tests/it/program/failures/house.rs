//! Three brokers that keep everything three times, a database, and three nodes on them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cambium_tests::program::{Launch, Program};
use serde_json::Value;

use super::links::{COUNT, Links, Place};
use super::spaces;
use crate::program::BINARY;
use crate::program::postgres::server;

/// How long anything may take on a machine that builds at the same time.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// The disk of a broker, in megabytes.
const DISK_MEGABYTES: u64 = 96;

/// Where libraries are that show a process another time than it is.
const CLOCKS: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// All that runs.
pub(super) struct House {
    home: PathBuf,
    pub(super) links: Links,
    nats: PathBuf,
    brokers: Vec<Option<Child>>,
    pub(super) database: server::Server,
    pub(super) nodes: Vec<Option<Program>>,
    clock: Option<&'static str>,
}

impl House {
    /// Starts all of it in `home`; `None` = there is no PostgreSQL here.
    pub(super) async fn open(home: &Path, links: Links, nats: &Path) -> Option<Self> {
        let within = links.inside(Place::Database);
        let place = server::Place { within, listen: Some(links.database()) };
        let database = server::Server::start_at(place)?;
        let clock = CLOCKS.into_iter().find(|path| Path::new(path).is_file());
        let (home, nats) = (home.to_owned(), nats.to_owned());
        let (brokers, nodes) = (Vec::new(), Vec::new());
        let mut house = Self { home, links, nats, brokers, database, nodes, clock };
        for number in 0..COUNT {
            let disk = house.disk(number);
            if house.links.has_spaces() {
                spaces::disk(&disk, DISK_MEGABYTES);
            } else {
                std::fs::create_dir_all(&disk).expect("a directory");
            }
            house.brokers.push(None);
            house.start_broker(number);
        }
        for number in 0..COUNT {
            house.nodes.push(None);
            house.set_clock(number, 0);
            house.start_node(number).await;
        }
        house.until_shared(COUNT).await;
        Some(house)
    }

    /// Where a broker keeps what it keeps.
    pub(super) fn disk(&self, broker: usize) -> PathBuf {
        self.home.join(format!("broker-{broker}"))
    }

    /// Whether the clocks of nodes can be set.
    pub(super) const fn has_clocks(&self) -> bool {
        self.clock.is_some()
    }

    /// The data directory of a node.
    pub(super) fn data(&self, node: usize) -> PathBuf {
        self.home.join(format!("data-{node}"))
    }

    /// Starts a broker that does not run.
    pub(super) fn start_broker(&mut self, number: usize) {
        let [client, route] = self.links.broker(number);
        let routes = (0..COUNT).map(|it| format!("\"nats://{}\"", self.links.broker(it)[1]));
        let text = format!(
            "server_name: \"n{number}\"\nlisten: \"{client}\"\n\
             cluster {{ name: \"test\", listen: \"{route}\", routes: [{}] }}\n\
             jetstream {{ store_dir: \"{}\", sync_interval: always, max_file_store: 1GB }}\n\
             ping_interval: \"2s\"\nping_max: 3\nwrite_deadline: \"4s\"\n\
             lame_duck_duration: \"31s\"\nlame_duck_grace_period: \"1s\"\n",
            routes.collect::<Vec<_>>().join(", "),
            self.disk(number).display()
        );
        let file = self.home.join(format!("broker-{number}.conf"));
        std::fs::write(&file, text).expect("the directory is ours");
        let said = self.home.join(format!("broker-{number}.said"));
        let said = File::options().create(true).append(true).open(said).expect("ours");
        let within = self.links.inside(Place::Broker(number));
        let nats = self.nats.to_string_lossy().into_owned();
        let words: Vec<&String> = within.iter().chain([&nats]).collect();
        let child = Command::new(words[0])
            .args(&words[1..])
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn();
        self.brokers[number] = Some(child.expect("the program was found"));
    }

    /// Starts a node that does not run, with the keys that all share.
    pub(super) async fn start_node(&mut self, number: usize) {
        let data = self.data(number);
        std::fs::create_dir_all(&data).expect("a directory");
        for key in ["admin.key", "master.key", "node.key", "tree.key"] {
            let (own, first) = (data.join(key), self.data(0).join(key));
            if first.exists() && !own.exists() {
                std::fs::copy(first, own).expect("copied");
            }
        }
        let (nats, database) = (self.links.brokers_for(number), self.links.database_for(number));
        let clock = self.clock_file(number).to_string_lossy().into_owned();
        let mut environment = vec![
            ("CAMBIUM_NATS_URL", nats.as_str()),
            ("CAMBIUM_DATABASE_URL", database.as_str()),
            // The first node may come before the brokers have found each other.
            ("CAMBIUM_NATS__REPLICAS", "3"),
            ("CAMBIUM_PROJECTIONS__RETRY_MAX_MS", "500"),
        ];
        if let Some(library) = self.clock {
            environment.extend([
                ("LD_PRELOAD", library),
                ("FAKETIME_TIMESTAMP_FILE", clock.as_str()),
                ("FAKETIME_CACHE_DURATION", "1"),
                ("DONT_FAKE_MONOTONIC", "1"),
                ("NO_FAKE_STAT", "1"),
            ]);
        }
        // One of them only reads what the others write.
        let reads = number + 1 == COUNT;
        let roles = if reads { "edge,actors" } else { "edge,actors,projections" };
        let (id, listen) = (format!("node-{number}"), self.links.listen(number));
        let launch = Launch {
            within: &self.links.inside(Place::Node(number)),
            binary: BINARY,
            verb: "serve",
            data: &data,
            listen: &listen,
            more: &["--role", roles, "--node-id", &id],
            environment: &environment,
        };
        // Brokers that have just been started choose a leader first.
        let begun = Instant::now();
        let node = loop {
            match Program::launch(launch).await {
                Ok(node) => break node,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "node {number}: {error:#}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        self.nodes[number] = Some(node);
    }

    fn clock_file(&self, node: usize) -> PathBuf {
        self.home.join(format!("clock-{node}"))
    }

    /// From now on a node sees the time so many seconds ahead.
    pub(super) fn set_clock(&self, node: usize, seconds: i64) {
        std::fs::write(self.clock_file(node), format!("{seconds:+}\n")).expect("ours");
    }

    /// Ends a broker as a crash would.
    pub(super) fn kill_broker(&mut self, number: usize) {
        let mut broker = self.brokers[number].take().expect("it runs");
        broker.kill().expect("the child is ours");
        broker.wait().expect("the child is ours");
    }

    /// Sends a broker a signal.
    pub(super) fn signal_broker(&self, number: usize, name: &str) {
        signal(self.brokers[number].as_ref().expect("it runs").id(), name);
    }

    /// Ends a broker in order and starts it again.
    pub(super) async fn restart_broker(&mut self, number: usize) {
        self.signal_broker(number, "USR2");
        let mut broker = self.brokers[number].take().expect("it runs");
        while broker.try_wait().expect("the child is ours").is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.start_broker(number);
    }

    /// Sends the database and all that it has started a signal.
    pub(super) fn signal_database(&self, name: &str) {
        crate::program::postgres::signal(&self.database, name);
    }

    /// A node that runs.
    pub(super) fn node(&self, number: usize) -> &Program {
        self.nodes[number].as_ref().expect("it runs")
    }

    /// Waits until so many nodes own all partitions, each at least one.
    pub(super) async fn until_shared(&self, count: usize) {
        let begun = Instant::now();
        loop {
            let mut owned = std::collections::BTreeMap::<String, usize>::new();
            for node in self.nodes.iter().flatten() {
                let told = node.get("/v1/admin/partitions").await.unwrap_or_default();
                let rows = told["items"].as_array().cloned().unwrap_or_default();
                if rows.is_empty() {
                    continue;
                }
                for owner in rows.iter().filter_map(|row| row["owner"].as_str()) {
                    *owned.entry(owner.to_owned()).or_default() += 1;
                }
                break;
            }
            if owned.len() == count && owned.values().sum::<usize>() == 64 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "not shared by {count}: {owned:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends everything in order; each node must.
    pub(super) fn close(mut self) {
        for node in self.nodes.drain(..).flatten() {
            node.stop().expect("it ends in order");
        }
    }

    /// Of a node, the JSON at a path; null when there is none.
    pub(super) async fn get(&self, node: usize, path: &str) -> Value {
        self.node(node).get(path).await.unwrap_or_default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.nodes.clear();
        for broker in self.brokers.iter_mut().flatten() {
            let _ = broker.kill();
            let _ = broker.wait();
        }
    }
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(status.is_ok_and(|it| it.success()), "{pid} could not be sent {name}");
}
