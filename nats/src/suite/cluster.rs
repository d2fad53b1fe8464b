//! Three servers on loopback that keep every stream three times, synced before they acknowledge.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::{Broker, Config, Endpoint, Error};

const SERVERS: usize = 3;

/// A cluster of its own; its servers end with it.
#[derive(Debug)]
pub struct Cluster {
    servers: Vec<Child>,
    endpoints: Vec<Endpoint>,
}

impl Cluster {
    /// Starts three servers of `program` that keep what they keep in `dir`.
    ///
    /// # Panics
    /// When a server cannot be started.
    pub async fn start(program: &Path, dir: &Path) -> Self {
        // Servers must know each other's addresses beforehand; these were free a moment ago.
        let ports = free_ports(2 * SERVERS).await;
        let (clients, routes) = ports.split_at(SERVERS);
        let mut cluster = Self { servers: Vec::new(), endpoints: Vec::new() };
        for (n, (client, route)) in clients.iter().zip(routes).enumerate() {
            let file = dir.join(format!("{n}.conf"));
            let text = config(n, *client, *route, routes, dir);
            std::fs::write(&file, text).expect("the directory is ours");
            cluster.servers.push(spawn(program, &file));
            cluster.endpoints.push(Endpoint {
                url: format!("nats://127.0.0.1:{client}"),
                user: None,
                password: None,
                monitor: None,
            });
        }
        cluster
    }

    /// A connected broker whose streams are kept by all three, once they have found each other.
    ///
    /// # Panics
    /// When the servers refuse for good.
    pub async fn broker(&self, config: &Config) -> Broker {
        self.broker_with(&Config { replicas: SERVERS, ..config.clone() }).await
    }

    /// As [`Cluster::broker`], whose streams are kept by as many as `config` says.
    ///
    /// # Panics
    /// When the servers refuse for good.
    pub async fn broker_with(&self, config: &Config) -> Broker {
        Self::connected(config, &self.endpoints[0]).await
    }

    async fn connected(config: &Config, endpoint: &Endpoint) -> Broker {
        loop {
            match Broker::connect(config, endpoint).await {
                Ok(broker) => return broker,
                // No leader yet, or not enough servers that answer.
                Err(Error::Unreachable { .. } | Error::Api(_)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// As [`Cluster::broker`], connected to any of the servers.
    ///
    /// # Panics
    /// When the servers refuse for good.
    pub async fn broker_anywhere(&self, config: &Config) -> Broker {
        let endpoint = Endpoint { url: self.urls(), ..self.endpoints[0].clone() };
        Self::connected(&Config { replicas: SERVERS, ..config.clone() }, &endpoint).await
    }

    /// Where the servers are, separated by commas.
    #[must_use]
    pub fn urls(&self) -> String {
        let urls: Vec<&str> = self.endpoints.iter().map(|it| it.url.as_str()).collect();
        urls.join(",")
    }

    /// Ends a server as a crash would.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub async fn kill(&mut self, server: usize) {
        self.servers[server].kill().await.expect("the child is ours");
    }

    /// Tells the server of this name to let its clients go, and to end after them.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn retire(&self, name: &str) {
        let server = name.strip_prefix('n').and_then(|it| it.parse::<usize>().ok());
        let pid = server.and_then(|it| self.servers.get(it)?.id()).expect("it runs");
        let told = std::process::Command::new("kill").args(["-USR2", &pid.to_string()]).status();
        assert!(told.is_ok_and(|it| it.success()), "{name} was not told");
    }
}

async fn free_ports(count: usize) -> Vec<u16> {
    let listeners = join_all((0..count).map(|_| TcpListener::bind("127.0.0.1:0"))).await;
    let port = |it: std::io::Result<TcpListener>| it?.local_addr().map(|it| it.port());
    listeners.into_iter().map(|it| port(it).expect("a free port")).collect()
}

fn config(n: usize, client: u16, route: u16, routes: &[u16], dir: &Path) -> String {
    let routes = routes.iter().map(|it| format!("\"nats://127.0.0.1:{it}\""));
    format!(
        "server_name: \"n{n}\"\nlisten: \"127.0.0.1:{client}\"\n\
         cluster {{ name: \"test\", listen: \"127.0.0.1:{route}\", routes: [{}] }}\n\
         jetstream {{ store_dir: \"{}/{n}\", sync_interval: always }}\n\
         lame_duck_grace_period: \"60s\"\nlame_duck_duration: \"120s\"\n",
        routes.collect::<Vec<_>>().join(", "),
        dir.display()
    )
}

fn spawn(program: &Path, config: &Path) -> Child {
    Command::new(program)
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program was found")
}
