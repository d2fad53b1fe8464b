//! Who asks the agents of the tour, and says what came of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::cli::paint::Style;

/// How many works of one name are looked for before the tour gives up.
const NAMES_MAX: u32 = 1_000;

/// How long an answer is waited for, in seconds.
const ANSWER_WAIT_S: u64 = 300;
/// How long a server may take until it is ready, and how long is waited before it is asked again.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(250);

/// A file that was left.
#[derive(Debug, Clone)]
pub struct Left {
    /// What it is called in the folder.
    pub name: String,
    /// How large it is, in bytes.
    pub bytes: usize,
    /// What it is made of.
    pub of: String,
}

/// What came of a work.
#[derive(Debug)]
pub struct Done {
    /// What its actors are called.
    pub name: String,
    /// What was asked, in order.
    pub asked: Vec<Value>,
    /// Which actors there are.
    pub actors: Vec<String>,
    /// What was left in the folder.
    pub files: Vec<Left>,
}

/// A server, the name that all actors of the work have, and a folder for files.
pub struct Desk<'a> {
    out: &'a mut Out,
    /// The server.
    pub client: Client,
    /// What the actors are called.
    pub name: String,
    folder: PathBuf,
    asked: Vec<Value>,
    /// Which actors there are, in the order of their first command.
    pub actors: Vec<String>,
    /// What was left in the folder.
    pub files: Vec<Left>,
    since: Instant,
    untold: usize,
}

impl<'a> Desk<'a> {
    /// A desk for the first of `name`, `name-2`, … that nobody works on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open(
        out: &'a mut Out,
        client: Client,
        name: &str,
        folder: &Path,
    ) -> Result<Self, Failure> {
        for number in 1..=NAMES_MAX {
            let name = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            let begun = Instant::now();
            let found = loop {
                match client.get(&format!("/v1/nucleus/{name}"), &[]).await {
                    Err(failure) if is_early(&failure) && begun.elapsed() < PATIENCE => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    other => break other,
                }
            };
            match found {
                Ok(_) => {}
                Err(Failure::Refused(problem)) if problem.status == 404 => {
                    let (asked, actors, files) = (Vec::new(), Vec::new(), Vec::new());
                    let (folder, since) = (folder.to_owned(), Instant::now());
                    let untold = 0;
                    let desk =
                        Self { out, client, name, folder, asked, actors, files, since, untold };
                    return Ok(desk);
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Failed(format!("{NAMES_MAX} works are called {name}")))
    }

    /// The actor of a kind that belongs to this work.
    pub fn actor(&self, kind: &str) -> String {
        format!("{kind}/{}", self.name)
    }

    /// Sends a command to the actor of a kind; its output.
    ///
    /// # Errors
    /// When the command fails; the error says which.
    pub async fn ask(
        &mut self,
        kind: &str,
        command: &str,
        input: &Value,
    ) -> Result<Value, Failure> {
        let actor = self.actor(kind);
        self.ask_of(&actor, command, input).await
    }

    /// Sends a command to an actor; its output.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub async fn ask_of(
        &mut self,
        actor: &str,
        command: &str,
        input: &Value,
    ) -> Result<Value, Failure> {
        if self.untold == 0 {
            self.since = Instant::now();
        }
        let begun = Instant::now();
        let answer = self.sent(&format!("/v1/{actor}/{command}"), input).await?;
        let ok = answer["ok"] != Value::Bool(false);
        self.asked.push(json!({
            "actor": actor, "command": command, "ok": ok, "ms": millis(begun),
            "revision": answer["revision"], "state_hash": answer["state_hash"],
        }));
        self.untold += 1;
        if !ok {
            let output = answer["output"].to_string();
            return Err(Failure::Failed(format!("{actor} {command}: {output}")));
        }
        if !self.actors.iter().any(|known| known == actor) {
            self.actors.push(actor.to_owned());
        }
        Ok(answer["output"].clone())
    }

    /// The answer to a command, which is sent again when the server could not take it yet.
    async fn sent(&self, path: &str, input: &Value) -> Result<Value, Failure> {
        // The same key each time: what was done in spite of all is not done twice.
        let key = format!("tour-{}-{}", self.name, self.asked.len());
        let begun = Instant::now();
        loop {
            let request = self.client.request(Method::POST, path, &[]);
            let request = request
                .header(CONTENT_TYPE, "application/json")
                .header("idempotency-key", &key)
                .header("prefer", format!("wait={ANSWER_WAIT_S}"))
                .body(input.to_string());
            match self.client.ask(request).await {
                Err(failure) if is_early(&failure) && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(answer) if answer.status == 202 => {
                    let late = format!("{path}: no answer within {ANSWER_WAIT_S} seconds");
                    return Err(Failure::Failed(late));
                }
                other => return Ok(other?.body),
            }
        }
    }

    /// Counts the actor of a kind among those of the work.
    pub fn begun(&mut self, kind: &str) {
        let actor = self.actor(kind);
        if !self.actors.contains(&actor) {
            self.actors.push(actor);
        }
    }

    /// What came of it all.
    pub fn done(self) -> Done {
        Done { name: self.name, asked: self.asked, actors: self.actors, files: self.files }
    }

    /// Says what came of the commands since it was said last.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn say(&mut self, kind: &str, did: &str, what: &str) -> Result<(), Failure> {
        let (took, count) = (millis(self.since), self.untold);
        self.untold = 0;
        if self.out.is_json() {
            return Ok(());
        }
        let mark = self.out.paint(Style::Good, "✓");
        let kind = self.out.paint(Style::Name, &format!("{kind:<9}"));
        let did = self.out.paint(Style::Strong, &format!("{did:<10}"));
        let what = self.out.paint(Style::Plain, what);
        let commands = if count == 1 { "command" } else { "commands" };
        let cost = self.out.paint(Style::Faint, &format!("({count} {commands}, {took} ms)"));
        self.out.line(&format!("{mark} {kind} {did} {what} {cost}"))
    }

    /// An actor as it is.
    ///
    /// # Errors
    /// When there is none.
    pub async fn look(&self, path: &str) -> Result<Value, Failure> {
        self.client.get(path, &[]).await
    }

    /// Keeps a file in the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self, name: &str, of: &str, bytes: &[u8]) -> Result<(), Failure> {
        std::fs::write(self.folder.join(name), bytes)?;
        self.files.push(Left { name: name.to_owned(), bytes: bytes.len(), of: of.to_owned() });
        Ok(())
    }

    /// Has an actor made a file by the chaperone, and keeps it; what did not survive.
    ///
    /// # Errors
    /// When it is not made, not fetched or not written.
    pub async fn export(&mut self, kind: &str, format: &str, file: &str) -> Result<u64, Failure> {
        let input = json!({ "kind": kind, "id": self.name, "format": format });
        let made = self.ask("chaperone", "export", &input).await?;
        let of = format!("{}@{}", self.actor(kind), made["revision"]);
        self.fetch(made["content"].as_str().unwrap_or_default(), file, &of).await?;
        Ok(made["lost"].as_u64().unwrap_or_default())
    }

    /// Fetches a file that was made, and keeps it.
    ///
    /// # Errors
    /// When it is not fetched or not written.
    pub async fn fetch(&mut self, path: &str, file: &str, of: &str) -> Result<(), Failure> {
        let request = self.client.request(Method::GET, path, &[]);
        let response = self.client.send(request).await?;
        let bytes = response.bytes().await.map_err(|error| self.client.unreachable(&error))?;
        self.keep(file, of, &bytes)
    }
}

/// Whether a server says that it is not ready yet.
fn is_early(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(problem) if problem.status == 503)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
