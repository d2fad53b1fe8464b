//! The real program with its real broker, run as a user runs it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// How long a start may take, installing the broker included.
const START_MAX: Duration = Duration::from_secs(180);

/// How a program is started.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'a> {
    /// What runs it, such as `nsenter` and its arguments; empty = nothing does.
    pub within: &'a [String],
    /// The program.
    pub binary: &'a str,
    /// What it is to do.
    pub verb: &'a str,
    /// Its data directory; what it says goes on in the file beside it that ends in `.said`.
    pub data: &'a Path,
    /// Where it listens.
    pub listen: &'a str,
    /// More arguments.
    pub more: &'a [&'a str],
    /// Variables of the environment.
    pub environment: &'a [(&'a str, &'a str)],
}

impl Launch<'_> {
    fn command(&self) -> Command {
        let mut words = self.within.iter().map(String::as_str).chain([self.binary]);
        let mut command = Command::new(words.next().unwrap_or(self.binary));
        command.args(words).args([self.verb, "--listen", self.listen, "--data"]).arg(self.data);
        command
            .args(self.more)
            // A machine that builds at the same time is slower than any that serves.
            .env("CAMBIUM_ACTORS__DIRECTORY_STALE_MS", "10000")
            .envs(self.environment.iter().copied());
        without_own_settings(&mut command);
        command
    }
}

/// Settings of the tests, which the program would take for its own.
const OWN_SETTINGS: [&str; 6] = [
    "CAMBIUM_CRASHES",
    "CAMBIUM_FAILURES_INSIDE",
    "CAMBIUM_FAILURES_ONLY",
    "CAMBIUM_FAILURES_SECONDS",
    "CAMBIUM_FAILURES_SEED",
    "CAMBIUM_TAKEOVERS",
];

/// Keeps settings of the tests from a program that is about to be started.
pub fn without_own_settings(command: &mut Command) {
    for name in OWN_SETTINGS {
        command.env_remove(name);
    }
}

/// A running program; killed when dropped.
pub struct Program {
    child: Child,
    data: PathBuf,
    url: String,
    key: String,
    client: Client,
}

impl Program {
    /// Starts `binary` on the data directory `data` and a free port.
    ///
    /// # Errors
    /// When it ends or is not ready in time; the error holds what it said.
    pub async fn start(binary: &str, data: &Path) -> anyhow::Result<Self> {
        Self::start_with(binary, data, &[]).await
    }

    /// As [`Program::start`], with more arguments.
    ///
    /// # Errors
    /// As [`Program::start`].
    pub async fn start_with(binary: &str, data: &Path, more: &[&str]) -> anyhow::Result<Self> {
        Self::start_in(binary, data, more, &[]).await
    }

    /// As [`Program::start_with`], with variables of the environment.
    ///
    /// # Errors
    /// As [`Program::start`].
    pub async fn start_in(
        binary: &str,
        data: &Path,
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        Self::start_verb(binary, "up", data, more, environment).await
    }

    /// As [`Program::start_in`], by the verb `verb`.
    ///
    /// # Errors
    /// As [`Program::start`].
    pub async fn start_verb(
        binary: &str,
        verb: &str,
        data: &Path,
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let (within, listen): (&[String], &str) = (&[], "127.0.0.1:0");
        Self::launch(Launch { within, binary, verb, data, listen, more, environment }).await
    }

    /// Starts a program and waits until it is ready.
    ///
    /// # Errors
    /// As [`Program::start`].
    pub async fn launch(launch: Launch<'_>) -> anyhow::Result<Self> {
        let data = launch.data;
        fs::create_dir_all(data)?;
        let said = data.with_extension("said");
        let announced = data.join("gateway.json");
        let _ = fs::remove_file(&announced);
        let into = || File::options().create(true).append(true).open(&said);
        let mut command = launch.command();
        let child = command.stdin(Stdio::null()).stdout(into()?).stderr(into()?).spawn()?;
        let client = client_of(data);
        let (url, key) = (String::new(), String::new());
        let mut program = Self { child, data: data.to_owned(), url, key, client };
        let begun = Instant::now();
        loop {
            if program.announced(&announced) && program.is_ready().await {
                return Ok(program);
            }
            if let Some(status) = program.child.try_wait()? {
                bail!("the program ended ({status}): {}", fs::read_to_string(&said)?);
            }
            if begun.elapsed() > START_MAX {
                bail!("the program is not ready: {}", fs::read_to_string(&said)?);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn announced(&mut self, path: &Path) -> bool {
        let Ok(text) = fs::read(path) else { return false };
        let Ok(server) = serde_json::from_slice::<Value>(&text) else { return false };
        let Ok(key) = fs::read_to_string(self.data.join("admin.key")) else { return false };
        self.url = server["url"].as_str().unwrap_or_default().to_owned();
        self.key = key.trim().to_owned();
        server["pid"] == self.child.id()
    }

    async fn is_ready(&self) -> bool {
        let answer = self.client.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its admin key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).header("x-api-key", &self.key)
    }

    /// The JSON at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.request(Method::GET, path).send().await?.json().await?)
    }

    /// The answer to a command.
    ///
    /// # Errors
    /// When there is none.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.request(Method::POST, path).json(body).send().await?.json().await?)
    }

    /// Kills the program with SIGKILL: it gets no chance to say good-bye.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends the program a signal, such as `STOP` or `CONT`.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let signal = format!("-{name}");
        let status = Command::new("kill").args([&signal, &self.child.id().to_string()]).status()?;
        anyhow::ensure!(status.success(), "the program could not be sent {name}");
        Ok(())
    }

    /// How it ended, when it has ended by itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> anyhow::Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Kills its broker with SIGKILL.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill_broker(&self) -> anyhow::Result<()> {
        let pid = self.broker_pid().context("the program has no broker")?;
        let status = Command::new("kill").args(["-9", &pid.to_string()]).status()?;
        anyhow::ensure!(status.success(), "the broker could not be killed");
        Ok(())
    }

    /// The process id of its broker.
    #[must_use]
    pub fn broker_pid(&self) -> Option<u32> {
        broker_of(&self.data)
    }

    /// Stops the program with SIGTERM and waits for it.
    ///
    /// # Errors
    /// When it does not end in order.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the program ended with {status}");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process id of the broker that runs on the data directory `data`.
#[must_use]
pub fn broker_of(data: &Path) -> Option<u32> {
    let store = data.join("nats").canonicalize().ok()?;
    let running = Command::new("ps").args(["-eo", "pid,args"]).output().ok()?;
    String::from_utf8_lossy(&running.stdout)
        .lines()
        .filter(|line| line.contains("nats-server") && !line.contains("/bin/sh"))
        .find(|line| line.contains(&*store.to_string_lossy()))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
}

/// A client for a program on `data`: it believes the authority that `admin certs` made there.
fn client_of(data: &Path) -> Client {
    let Ok(authority) = fs::read(data.join("certs/ca.pem")) else { return client() };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(&authority).expect("an authority");
    let builder = Client::builder().no_proxy().tls_certs_only([authority]);
    builder.build().expect("a client with one authority")
}

/// A client for loopback; one that never uses TLS still wants to be told how it would.
#[must_use]
pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client without options")
}
