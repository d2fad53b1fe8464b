//! Tools that models may call: what they are called, what they take, and what they do. Explicit:
//! what is not added here cannot be called.

mod actors;
mod calculator;
mod config;
mod date_time;
mod document;
mod fault;
mod http;
mod http_request;
mod json;
pub mod mcp;
mod search;
mod sources;
mod statistics;
mod text;
mod units;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use contracts::effect::{Delivery, delivery_of};
use contracts::model::{Tool as Definition, ToolView};
use contracts::ports::Fut;
use contracts::search::Asked;
use contracts::view::Answer;
use contracts::{ActorId, CommandName, Hash, Kind, Refusal, Timestamp};
use serde_json::Value;

pub use config::{McpConfig, McpLimits, ToolsConfig};
pub use fault::fault;
pub use sources::Sources;

/// How long a tool may take when it says nothing, in milliseconds.
pub const TIMEOUT_MS: u64 = 30_000;

/// The most that a tool answers a model, in bytes of JSON; the rest of a longer answer is kept as a
/// blob.
pub const OUTPUT_BYTES_MAX: usize = 32 * 1024;

/// Something that a model may call.
pub trait Tool: Send + Sync {
    /// What it is called, what it takes, and what it may.
    fn view(&self) -> &ToolView;

    /// Does it with arguments that follow its schema.
    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>>;
}

/// What a tool may do in the world: all of it in the name of whoever is behind the call.
pub trait Hands: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Sends a command to an actor of the tenant and waits for its answer. The same call sends it
    /// once, however often it is made.
    fn send<'a>(
        &'a self,
        kind: Kind,
        id: ActorId,
        name: CommandName,
        input: Value,
    ) -> Fut<'a, Result<Answer, Refusal>>;

    /// The state of an actor of the tenant.
    fn state<'a>(&'a self, kind: Kind, id: ActorId) -> Fut<'a, Result<Value, Refusal>>;

    /// Keeps content among the tenant's blobs; under which name.
    fn keep<'a>(&'a self, content: Bytes) -> Fut<'a, Result<Hash, Refusal>>;

    /// Asks a public address of the web, behind the guard.
    fn request<'a>(&'a self, ask: Ask<'a>) -> Fut<'a, Result<Got, Refusal>>;

    /// Searches a knowledge base of the tenant.
    fn search<'a>(&'a self, base: ActorId, asked: Asked) -> Fut<'a, Result<Value, Refusal>>;

    /// Searches what whoever is behind the call and an assistant said to each other; without one,
    /// the assistant that runs.
    fn remember<'a>(
        &'a self,
        agent: Option<ActorId>,
        asked: Asked,
    ) -> Fut<'a, Result<Value, Refusal>>;

    /// What the tenant's blobs keep under a name.
    fn blob(&self, blob: Hash) -> Fut<'_, Result<Bytes, Refusal>>;

    /// Reads a public address of the web, behind the guard.
    fn get<'a>(&'a self, url: &'a str, accept: Option<&'a str>) -> Fut<'a, Result<Got, Refusal>>;
}

/// A request to an HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask<'a> {
    /// How.
    pub method: &'a str,
    /// Where.
    pub url: &'a str,
    /// Headers, by their names.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<String>,
    /// In the name of which account: a connector that whoever is behind the call may use.
    pub connector: Option<&'a str>,
}

/// What stood at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// The status of the answer.
    pub status: u16,
    /// Its media type, when it says one.
    pub media_type: Option<String>,
    /// Its body; what is no text in it is replaced.
    pub text: String,
    /// Whether there was more of it.
    pub truncated: bool,
}

/// A tool that is a function of its arguments and the time.
struct Pure {
    view: ToolView,
    run: fn(&Value, Timestamp) -> Result<Value, Refusal>,
}

impl Tool for Pure {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        let now = hands.now();
        Box::pin(async move { (self.run)(input, now) })
    }
}

/// The tools of a program, by name.
#[derive(Clone, Default)]
pub struct Tools {
    tools: BTreeMap<String, Arc<dyn Tool>>,
}

impl Tools {
    /// The tools that come with the program.
    #[must_use]
    pub fn standard() -> Self {
        Self::default()
            .with(Arc::new(actors::command()))
            .with(Arc::new(actors::state()))
            .with(Arc::new(calculator::tool()))
            .with(Arc::new(units::tool()))
            .with(Arc::new(date_time::tool()))
            .with(Arc::new(document::tool()))
            .with(Arc::new(http::tool()))
            .with(Arc::new(http_request::tool()))
            .with(Arc::new(json::tool()))
            .with(Arc::new(search::knowledge()))
            .with(Arc::new(search::memory()))
            .with(Arc::new(statistics::tool()))
            .with(Arc::new(text::tool()))
    }

    /// Adds a tool, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, tool: Arc<dyn Tool>) -> Self {
        self.tools.insert(tool.view().name.clone(), tool);
        self
    }

    /// The tool called `name`.
    ///
    /// # Errors
    /// `tool_unknown`.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Tool>, Refusal> {
        self.tools.get(name).ok_or_else(|| {
            Refusal::rejected("tool_unknown", format!("there is no tool called {name}"))
        })
    }

    /// What a model is told of the tool called `name`.
    ///
    /// # Errors
    /// `tool_unknown`.
    pub fn definition(&self, name: &str) -> Result<Definition, Refusal> {
        let ToolView { name, about, parameters, .. } = self.get(name)?.view().clone();
        Ok(Definition { name, description: about, parameters, strict: false })
    }

    /// What may be said of each, in the order of their names.
    #[must_use]
    pub fn views(&self) -> Vec<ToolView> {
        self.tools.values().map(|tool| tool.view().clone()).collect()
    }
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tools.keys()).finish()
    }
}

/// What is said of a tool of the program's own.
fn view(name: &str, about: &str, parameters: Value) -> ToolView {
    ToolView {
        name: name.to_owned(),
        about: about.to_owned(),
        parameters,
        changes: false,
        repeatable: delivery_of(name) == Delivery::Idempotent,
        timeout_ms: TIMEOUT_MS,
        output_bytes_max: OUTPUT_BYTES_MAX,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use contracts::ports::Fut;
    use contracts::search::Asked;
    use contracts::view::Answer;
    use contracts::{ActorId, CommandName, Hash, Kind, Refusal, Timestamp};
    use serde_json::Value;

    use super::{Ask, Got, Hands, Tools};
    use crate::schema;

    /// A world without actors at a fixed time.
    struct Still;

    impl Hands for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_800_000_000_000)
        }

        fn send<'a>(
            &'a self,
            _: Kind,
            _: ActorId,
            _: CommandName,
            _: Value,
        ) -> Fut<'a, Result<Answer, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nobody")) })
        }

        fn state<'a>(&'a self, _: Kind, _: ActorId) -> Fut<'a, Result<Value, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nobody")) })
        }

        fn keep<'a>(&'a self, content: Bytes) -> Fut<'a, Result<Hash, Refusal>> {
            Box::pin(async move { Ok(Hash::of(&content)) })
        }

        fn request<'a>(&'a self, _: Ask<'a>) -> Fut<'a, Result<Got, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nothing")) })
        }

        fn search<'a>(&'a self, _: ActorId, _: Asked) -> Fut<'a, Result<Value, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nobody")) })
        }

        fn remember<'a>(&'a self, _: Option<ActorId>, _: Asked) -> Fut<'a, Result<Value, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nobody")) })
        }

        fn blob(&self, _: Hash) -> Fut<'_, Result<Bytes, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nothing")) })
        }

        fn get<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Fut<'a, Result<Got, Refusal>> {
            Box::pin(async { Err(Refusal::not_found("actor_not_found", "nothing")) })
        }
    }

    #[test]
    fn every_tool_has_a_schema_and_takes_its_examples() {
        let tools = Tools::standard();
        assert_eq!(tools.views().len(), 13);
        for view in tools.views() {
            schema::compile(&view.parameters).expect("a schema");
            assert_eq!(view.parameters["type"], "object", "{}", view.name);
            assert_eq!(view.parameters["additionalProperties"], false, "{}", view.name);
            let once = view.name == "http_request";
            assert_ne!(view.repeatable, once, "{}: may it be called again?", view.name);
            let examples = view.parameters["examples"].as_array().expect("examples");
            for example in examples {
                assert_eq!(schema::fault(&view.parameters, example), None, "{}", view.name);
                let tool = tools.get(&view.name).expect("it is there");
                let answer = tool.call(example, &Still);
                let answer = futures_util::FutureExt::now_or_never(answer).expect("at once");
                let away = |refusal: &Refusal| refusal.code == "actor_not_found";
                assert!(answer.as_ref().map_or_else(away, |_| true), "{}: {answer:?}", view.name);
            }
        }
        assert_eq!(tools.get("rm").err().expect("none").code, "tool_unknown");
    }
}
