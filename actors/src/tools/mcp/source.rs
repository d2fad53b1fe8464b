//! One source: connected when it is needed, connected again when it has gone, and asked.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::model::ToolView;
use contracts::ports::Fut;
use contracts::{Refusal, RefusalClass};
use rmcp::model::CallToolRequestParams;
use rmcp::service::{Peer, RoleClient, ServiceError};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::content;
use super::link::{self, Connected, Listener, away};
use super::listed::{Listed, listed};
use crate::tools::config::McpLimits;
use crate::tools::{Hands, Tool};

pub use super::link::Way;

/// The longest piece of a server's own words that is passed on, in bytes.
const WORDS_BYTES_MAX: usize = 600;

/// A connection that stands, and what says when it has gone.
#[derive(Clone)]
struct Link {
    peer: Peer<RoleClient>,
    listener: Listener,
    gone: CancellationToken,
}

/// What is known of the connection.
#[derive(Default)]
struct Standing {
    link: Option<Link>,
    /// When it may be tried again, and how long the next pause is, in milliseconds.
    again: Option<(Instant, u64)>,
}

/// An MCP server whose tools may be called.
pub struct Source {
    name: String,
    way: Way,
    through: Vec<String>,
    limits: McpLimits,
    standing: Mutex<Standing>,
    known: RwLock<Arc<Listed>>,
    /// Said when nobody needs it any more.
    stop: CancellationToken,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Source {
    /// A source that is not connected yet; it ends with `stop`.
    #[must_use]
    pub fn new(
        name: String,
        way: Way,
        through: Vec<String>,
        (limits, stop): (McpLimits, &CancellationToken),
    ) -> Arc<Self> {
        let (standing, known) = (Mutex::default(), RwLock::default());
        let stop = stop.child_token();
        Arc::new(Self { name, way, through, limits, standing, known, stop })
    }

    /// Whether a program of this machine is run for it.
    #[must_use]
    pub const fn is_program(&self) -> bool {
        self.way.is_program()
    }

    /// What is known of its tools.
    #[must_use]
    pub fn views(&self) -> Vec<ToolView> {
        self.known().values().map(|(_, view)| view.clone()).collect()
    }

    fn known(&self) -> Arc<Listed> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps it connected until it is stopped: what a program has ended is started again.
    pub async fn keep(self: Arc<Self>) {
        let stop = self.stop.clone();
        let keeping = async {
            loop {
                match self.linked().await {
                    // Whoever asks which tools there are is told what there is now.
                    Ok(link) => tokio::select! {
                        () = link.gone.cancelled() => {}
                        () = link.listener.told.notified() => {}
                    },
                    Err(refusal) => {
                        let ms = refusal.retry_after_ms.unwrap_or(self.limits.restart_ms_min);
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(keeping).await;
    }

    /// Connects, and tells how many tools it has.
    ///
    /// # Errors
    /// `tool_source_away`, and those of the guard.
    pub async fn check(&self) -> Result<u32, Refusal> {
        self.linked().await?;
        Ok(u32::try_from(self.known().len()).unwrap_or(u32::MAX))
    }

    /// The tool called `name`. Of one that is away, what was known of it.
    ///
    /// # Errors
    /// `tool_unknown`; `tool_source_away` where nothing is known of it.
    pub async fn tool(self: &Arc<Self>, name: &str) -> Result<Arc<dyn Tool>, Refusal> {
        let linked = self.linked().await;
        let found = self.known().get(name).cloned();
        match (found, linked) {
            (Some((own, view)), _) => Ok(Arc::new(Remote { source: self.clone(), own, view })),
            (None, Err(refusal)) => Err(refusal),
            (None, Ok(_)) => {
                let message = format!("{} has no tool called {name}", self.name);
                Err(Refusal::rejected("tool_unknown", message))
            }
        }
    }

    /// The connection, made where there is none; its tools are looked at where they have changed.
    async fn linked(&self) -> Result<Link, Refusal> {
        let mut standing = self.standing.lock().await;
        if let Some(link) = standing.link.take_if(|link| link.gone.is_cancelled()) {
            drop(link);
        }
        if let Some(link) = &standing.link {
            if link.listener.changed.swap(false, Ordering::SeqCst) {
                self.look(&link.peer).await?;
            }
            return Ok(link.clone());
        }
        if let Some((at, _)) = standing.again
            && Instant::now() < at
        {
            let left = u64::try_from((at - Instant::now()).as_millis()).unwrap_or(u64::MAX);
            return Err(away(&self.name, "is away").retry_after(left.max(1)));
        }
        match self.connect().await {
            Ok(link) => {
                standing.link = Some(link.clone());
                standing.again = None;
                Ok(link)
            }
            Err(refusal) => {
                let ms = standing.again.map_or(self.limits.restart_ms_min, |(_, ms)| ms);
                let next = ms.saturating_mul(2).min(self.limits.restart_ms_max);
                standing.again = Some((Instant::now() + Duration::from_millis(ms), next));
                tracing::warn!(source = %self.name, error = %refusal, "tools.source_away");
                Err(refusal.retry_after(ms.max(1)))
            }
        }
    }

    async fn connect(&self) -> Result<Link, Refusal> {
        let listener = Listener::default();
        let Connected { service, child, discovered } =
            link::connect(&self.name, &self.way, listener.clone(), &self.limits).await?;
        let peer = service.peer().clone();
        self.look(&peer).await?;
        let gone = CancellationToken::new();
        let (ended, stop, name) = (gone.clone(), self.stop.clone(), self.name.clone());
        tokio::spawn(async move {
            let _ended = ended.drop_guard();
            tokio::select! {
                _ = service.waiting() => tracing::warn!(source = %name, "tools.source_ended"),
                () = stop.cancelled() => {}
            }
            if let Some(mut child) = child {
                let _ = child.kill().await;
            }
        });
        if discovered {
            let pause = Duration::from_millis(self.limits.restart_ms_min.max(1));
            let hearing = listener.clone().hear(peer.clone(), pause);
            let gone = gone.clone();
            tokio::spawn(async move { gone.run_until_cancelled(hearing).await });
        }
        tracing::info!(source = %self.name, tools = self.known().len(), "tools.source_there");
        Ok(Link { peer, listener, gone })
    }

    /// Looks at its tools.
    async fn look(&self, peer: &Peer<RoleClient>) -> Result<(), Refusal> {
        let within = Duration::from_millis(self.limits.connect_timeout_ms);
        let tools = tokio::time::timeout(within, peer.list_all_tools()).await;
        let tools = tools.map_err(|_| away(&self.name, "does not tell its tools in time"))?;
        let tools = tools.map_err(|_| away(&self.name, "does not tell its tools"))?;
        let listed = listed(&self.name, tools, (&self.through, &self.limits));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(listed);
        Ok(())
    }

    async fn call(&self, own: &str, input: &Value, hands: &dyn Hands) -> Result<Value, Refusal> {
        let Link { peer, .. } = self.linked().await?;
        let mut params = CallToolRequestParams::new(own.to_owned());
        params.arguments = input.as_object().cloned();
        let result = peer.call_tool(params).await.map_err(|error| self.failed(error))?;
        let mut told = content::answer(result, self.limits.file_bytes_max, hands).await?;
        self.mask(&mut told);
        Ok(told)
    }

    /// Why a call was not answered. What a call has done whose connection has gone, nobody knows.
    fn failed(&self, error: ServiceError) -> Refusal {
        match error {
            ServiceError::McpError(error) => {
                let words = self.masked(&error.message);
                let words = &words[..words.floor_char_boundary(WORDS_BYTES_MAX)];
                let message = format!("{} refuses the call: {words}", self.name);
                Refusal::rejected("tool_failed", message)
            }
            ServiceError::Timeout { .. } => {
                let message = format!("{} did not answer the call in time", self.name);
                Refusal::new(RefusalClass::Timeout, "tool_timeout", message)
            }
            _ => {
                let message = format!(
                    "{} went away while the call was under way; nobody knows what it has done",
                    self.name
                );
                let refusal = Refusal::unavailable("tool_source_lost", message);
                refusal.details(json!({ "done": "unknown" }))
            }
        }
    }

    fn masked(&self, words: &str) -> String {
        let words = match &self.way {
            Way::Place { key, .. } => key.masked(words),
            Way::Program { .. } => words.to_owned(),
        };
        self.way.given().masked(words)
    }

    /// A server may repeat the key that it is asked with, and what else it is given.
    fn mask(&self, told: &mut Value) {
        match told {
            Value::String(text) => *text = self.masked(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            Value::Object(members) => members.values_mut().for_each(|item| self.mask(item)),
            _ => {}
        }
    }
}

/// A tool of a source.
struct Remote {
    source: Arc<Source>,
    own: String,
    view: ToolView,
}

impl Tool for Remote {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(self.source.call(&self.own, input, hands))
    }
}
