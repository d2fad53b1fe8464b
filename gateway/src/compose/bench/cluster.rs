//! Several nodes on one broker, each a process of its own: what a second owner of actors brings,
//! and how long it takes until the actors of one that dies, or is drained, answer elsewhere.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use contracts::secret::Secret;
use futures_util::future::join_all;
use nats::server::{Server, ServerConfig};
use reqwest::Client;
use serde_json::{Value, json};

use super::engine::Spread;
use super::process::until_ready;
use super::rows::Rows;
use super::{HOUSE, http};
use crate::edge::limits::config::QUOTA_MAX;
use crate::home::Home;
use crate::settings::Settings;

/// How often a node is killed.
const TAKEOVERS: usize = 20;

/// How often one is drained.
const DRAINS: usize = 5;

/// Actors that are asked after each kill, and connections of the load while one is drained.
const WINDOW: usize = 64;

/// Commands on their way at a time, where owners are compared.
const WINDOWS: [usize; 3] = [64, 256, 1_024];

/// How often one owner and two take turns.
const ROUNDS: usize = 3;

/// How long sharing partitions out may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What nodes that belong together share.
const KEYS: [&str; 4] = ["admin.key", "master.key", "node.key", "tree.key"];

/// A node; killed when dropped.
struct Node {
    child: Child,
    address: SocketAddr,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The broker, the edge, and whoever owns actors.
struct House<'a> {
    /// URL, user and password of the broker.
    broker: [String; 3],
    client: Client,
    /// Where owners run when they are pinned.
    cores: Option<String>,
    /// The folder of the nodes.
    home: PathBuf,
    /// Where the rows are, when each node does not keep its own: a database and its schema.
    shared: Option<(&'a Secret, String)>,
}

/// Measures all of it with rows of each node's own; with a database what a second owner brings
/// whom the edge relieves of writing rows.
///
/// # Errors
/// When a process cannot be started, or a command fails that must not.
pub async fn run(
    settings: &Settings,
    database: Option<&Secret>,
    commands: usize,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    on(settings, None, commands, rows).await?;
    let Some(database) = database else { return Ok(()) };
    let schema = format!("cambium_bench_cluster_{}", std::process::id());
    let measured = on(settings, Some((database, schema.clone())), commands, rows).await;
    let mut config = settings.projections.clone();
    config.database_url = Some(database.clone());
    config.postgres.schema = schema;
    projections::bench::forget(&config).await?;
    measured
}

/// Measures with the rows where `shared` says.
async fn on(
    settings: &Settings,
    shared: Option<(&Secret, String)>,
    commands: usize,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let home = settings.data.join(if shared.is_some() { "cluster-shared" } else { "cluster" });
    std::fs::create_dir_all(&home)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let own = std::process::id();
    // The broker, the edge and the client stay on the first core, owners have the rest.
    let pinned = cores > 1 && pin(own, "0");
    let config = ServerConfig {
        dir: home.join("nats"),
        access_file: home.join("nats.json"),
        ..ServerConfig::default()
    };
    let server = Server::start(config, |_| {}).await?;
    let endpoint = server.endpoint().clone();
    let password = endpoint.password.map(|it| it.reveal().to_owned()).unwrap_or_default();
    let house = House {
        broker: [endpoint.url, endpoint.user.unwrap_or_default(), password],
        client: Client::builder().no_proxy().build()?,
        cores: pinned.then(|| format!("1-{}", cores - 1)),
        home,
        shared,
    };
    let measured = match house.shared {
        Some(_) => house.shared(commands, rows).await,
        None => house.all(commands, rows).await,
    };
    server.stop().await;
    if pinned {
        pin(own, &format!("0-{}", cores - 1));
    }
    measured
}

/// The middle one of an odd number of rates.
fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Keeps all threads of a process on some cores; false where the system has no such tool.
fn pin(pid: u32, cores: &str) -> bool {
    let mut command = Command::new("taskset");
    command.args(["-a", "-c", "-p", cores, &pid.to_string()]);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

impl House<'_> {
    async fn all(&self, commands: usize, rows: &mut Rows) -> anyhow::Result<()> {
        let edge = self.start("edge", "edge,projections").await?;
        let (_one, mut two) = self.second(&edge, "actors,projections", commands, rows).await?;
        let mut took = Vec::new();
        for round in 0..TAKEOVERS {
            drop(two);
            took.push(self.until_all_answer(&edge, round).await?);
            two = self.start("two", "actors,projections").await?;
            self.until_owners(&edge, 2).await?;
        }
        took.sort_unstable();
        let [middle, most] = [took[took.len() / 2], took[took.len() - 1]].map(|it| it.as_millis());
        let said = format!("middle {middle} ms, longest of {TAKEOVERS} {most} ms");
        rows.value("from kill -9 of an owner until its actors answer", &said, Some("p99 ≤ 3 s"));
        let (mut took, mut failed, mut done) = (Vec::new(), 0, 0);
        for _ in 0..DRAINS {
            let (within, bad, good) = self.drain(&edge).await?;
            took.push(within);
            (failed, done) = (failed + bad, done + good);
            drop(two);
            two = self.start("two", "actors,projections").await?;
            self.until_owners(&edge, 2).await?;
        }
        took.sort_unstable();
        let most = took[took.len() - 1].as_millis();
        let said = format!("{failed} of {done} failed, longest of {DRAINS} {most} ms");
        rows.value("draining an owner under load", &said, Some("0 failed"));
        Ok(())
    }

    /// The rows are in a database: the edge writes them, and owners only own.
    async fn shared(&self, commands: usize, rows: &mut Rows) -> anyhow::Result<()> {
        let edge = self.start("edge", "edge,projections").await?;
        self.second(&edge, "actors", commands, rows).await.map(|_| ())
    }

    /// What one owner does, and what two do, in turn, since machines drift: the middle of all
    /// rounds. Both are left running.
    async fn second(
        &self,
        edge: &Node,
        roles: &str,
        commands: usize,
        rows: &mut Rows,
    ) -> anyhow::Result<(Node, Node)> {
        let one = self.start("one", roles).await?;
        self.until_owners(edge, 1).await?;
        let mut measured = WINDOWS.map(|_| [Vec::new(), Vec::new()]);
        let two = loop {
            self.add_rates(edge, commands, 0, &mut measured).await?;
            let two = self.start("two", roles).await?;
            self.until_owners(edge, 2).await?;
            self.add_rates(edge, commands, 1, &mut measured).await?;
            if measured[0][1].len() == ROUNDS {
                break two;
            }
            drop(two);
            self.until_owners(edge, 1).await?;
        };
        let cores = self.cores.as_deref().map_or_else(String::new, |it| format!(" on core {it}"));
        let kept = if self.shared.is_some() { ", rows on PostgreSQL" } else { "" };
        for (window, rates) in WINDOWS.into_iter().zip(measured) {
            let [alone, both] = rates.map(middle);
            let how = format!("{cores}, {window} at a time{kept}");
            let what = format!("an edge and one actors node{how}");
            rows.value(&what, &format!("{alone:.0} commands/s"), None);
            let said = format!("{both:.0} commands/s, {:.2} x one", both / alone);
            rows.value(&format!("an edge and two actors nodes{how}"), &said, Some("≥ 1 x"));
        }
        Ok((one, two))
    }

    /// Notes what as many owners as there are do, at each number at a time.
    async fn add_rates(
        &self,
        edge: &Node,
        commands: usize,
        owners: usize,
        measured: &mut [[Vec<f64>; 2]; WINDOWS.len()],
    ) -> anyhow::Result<()> {
        for (window, rates) in WINDOWS.into_iter().zip(measured) {
            rates[owners].push(self.rate(edge, window, commands).await?);
        }
        Ok(())
    }

    /// Starts this very program as a node of this name.
    async fn start(&self, name: &str, roles: &str) -> anyhow::Result<Node> {
        let folder = self.home.join(name);
        std::fs::create_dir_all(&folder)?;
        let first = self.home.join("edge");
        for key in KEYS.iter().filter(|key| name != "edge" && !folder.join(key).exists()) {
            std::fs::copy(first.join(key), folder.join(key))?;
        }
        let begun = Instant::now();
        let program = std::env::current_exe()?;
        let mut command = match self.cores.as_ref().filter(|_| name != "edge") {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let [url, user, password] = &self.broker;
        // What is measured leaves no rows in a database that others use.
        command.env_remove("CAMBIUM_DATABASE_URL");
        if let Some((database, schema)) = &self.shared {
            command.env("CAMBIUM_DATABASE_URL", database.reveal());
            command.env("CAMBIUM_PROJECTIONS__POSTGRES__SCHEMA", schema);
        }
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "off"])
            .args(["--node-id", name, "--role", roles, "--data"])
            .arg(&folder)
            .env("CAMBIUM_NATS_URL", url)
            .env("CAMBIUM_NATS_USER", user)
            .env("CAMBIUM_NATS_PASSWORD", password)
            // The load comes from one address under one key.
            .envs(["ADDRESS", "PRINCIPAL", "TENANT"].map(|whose| {
                (format!("CAMBIUM_EDGE__LIMITS__{whose}__QUOTA"), QUOTA_MAX.to_string())
            }))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut node = Node { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let home = Home::new(&folder);
        until_ready(&home, &self.client, begun, node.child.id()).await?;
        let url = home.server().context("it has announced itself")?.url;
        node.address = url.trim_start_matches("http://").parse()?;
        Ok(node)
    }

    fn key(&self) -> anyhow::Result<String> {
        let path = self.home.join("edge/admin.key");
        Ok(std::fs::read_to_string(path)?.trim().to_owned())
    }

    /// Who owns something, and how many partitions are owned.
    async fn owners(&self, edge: &Node) -> anyhow::Result<(BTreeSet<String>, usize)> {
        let url = format!("http://{}/v1/admin/partitions", edge.address);
        let told = self.client.get(url).header("x-api-key", self.key()?).send().await?;
        let told: Value = told.json().await?;
        let rows = told["items"].as_array().map_or(&[][..], Vec::as_slice);
        let owners: Vec<&str> = rows.iter().filter_map(|row| row["owner"].as_str()).collect();
        Ok((owners.iter().map(|&it| it.to_owned()).collect(), owners.len()))
    }

    async fn until_owners(&self, edge: &Node, count: usize) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let (owners, owned) = self.owners(edge).await?;
            if owners.len() == count && owned == 64 {
                return Ok(());
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "{owned} owned by {owners:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn rate(&self, edge: &Node, window: usize, commands: usize) -> anyhow::Result<f64> {
        let spread = Spread { tenant: HOUSE, name: "shared", actors: 1_000 };
        let key = self.key()?;
        http::run(edge.address, &key, window, commands / 4 + 1, spread).await?;
        Ok(http::run(edge.address, &key, window, commands, spread).await?.per_second())
    }

    /// One command to one of many actors; whether it was done.
    async fn add(&self, edge: SocketAddr, key: &str, actor: usize) -> bool {
        let url = format!("http://{edge}/v1/counter/watched-{actor}/add");
        let request = self.client.post(url).header("x-api-key", key).json(&json!({}));
        request.send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// How long it takes until actors of all partitions have answered, those of a node too that has
    /// just been killed. A refusal is asked again.
    async fn until_all_answer(&self, edge: &Node, round: usize) -> anyhow::Result<Duration> {
        let (begun, key) = (Instant::now(), self.key()?);
        let key = &key;
        let asked = (0..WINDOW * 2).map(|actor| async move {
            while !self.add(edge.address, key, actor).await {
                anyhow::ensure!(begun.elapsed() < PATIENCE, "round {round}: {actor} is silent");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            anyhow::Ok(())
        });
        for answered in join_all(asked).await {
            answered?;
        }
        Ok(begun.elapsed())
    }

    /// Drains the second owner under load: how long until it owns nothing, and of the commands
    /// meanwhile how many failed and how many there were.
    async fn drain(&self, edge: &Node) -> anyhow::Result<(Duration, usize, usize)> {
        let (key, stop) = (self.key()?, Arc::new(AtomicBool::new(false)));
        let (failed, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let lanes = join_all((0..WINDOW).map(|actor| {
            let (key, stop, failed, done) = (&key, &stop, &failed, &done);
            async move {
                while !stop.load(Ordering::Relaxed) {
                    if !self.add(edge.address, key, actor).await {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
        let draining = async {
            let begun = Instant::now();
            let url = format!("http://{}/v1/admin/drain", edge.address);
            let asked = self.client.post(url).header("x-api-key", &key);
            let told = asked.json(&json!({ "node": "two" })).send().await;
            let gone = match told.and_then(reqwest::Response::error_for_status) {
                Ok(_) => self.until_owners(edge, 1).await,
                Err(error) => Err(error.into()),
            };
            let took = begun.elapsed();
            stop.store(true, Ordering::Relaxed);
            gone.map(|()| took)
        };
        let (took, _) = tokio::join!(draining, lanes);
        Ok((took?, failed.into_inner(), done.into_inner()))
    }
}
