//! What a program of one's own adds to MCP's language beside its kinds: tools, resources and
//! prompts that are no commands. Cambium itself has none.

use contracts::ports::{Flow, Fut};
use futures_util::stream;
use serde_json::Value;

use super::peer::Peer;
use super::wire::{Members, RpcError};

/// A request to an extension.
pub struct Asked<'a> {
    /// The tool's or prompt's name.
    pub name: &'a str,
    /// With what.
    pub arguments: &'a Members,
    /// The whole of its parameters: `inputResponses` and `requestState` of a repeated one.
    pub params: &'a Members,
    /// Who asks.
    pub peer: &'a Peer,
}

/// What has changed in an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Its tools.
    Tools,
    /// Its prompts.
    Prompts,
}

/// What is added. Answers are results as MCP has them; one with `resultType` `input_required` asks
/// the client for more. `None` = there is no such thing here.
pub trait Extension: Send + Sync {
    /// Its tools, as `tools/list` shows them.
    fn tools(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Calls a tool.
    fn call<'a>(&'a self, asked: Asked<'a>) -> Fut<'a, Option<Result<Value, RpcError>>> {
        let _ = asked;
        Box::pin(std::future::ready(None))
    }

    /// Its resources, as `resources/list` shows them.
    fn resources(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Its templates, as `resources/templates/list` shows them.
    fn templates(&self) -> Vec<Value> {
        Vec::new()
    }

    /// The contents of a resource.
    fn read(&self, uri: &str) -> Option<Vec<Value>> {
        let _ = uri;
        None
    }

    /// Its prompts, as `prompts/list` shows them.
    fn prompts(&self) -> Vec<Value> {
        Vec::new()
    }

    /// A prompt with its arguments.
    fn prompt(&self, asked: &Asked<'_>) -> Option<Result<Value, RpcError>> {
        let _ = asked;
        None
    }

    /// What it tells of its changes.
    fn changes(&self) -> Flow<Changed> {
        Box::pin(stream::pending())
    }
}

/// Nothing is added.
pub struct Nothing;

impl Extension for Nothing {}
