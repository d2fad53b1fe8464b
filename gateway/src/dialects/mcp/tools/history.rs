//! Time travel, states and listings as tools.

use contracts::access::Capability;
use contracts::ports::Fut;
use contracts::view::{Answer, At, ReplayMode, Status};
use contracts::{ActorId, Address, CommandId, Kind, Pages, Refusal, Revision};
use serde_json::{Value, json};

use super::commands;
use super::follow;
use crate::dialects::common::fields::Fields;
use crate::dialects::mcp::resources;
use crate::dialects::mcp::rpc::Exchange;
use crate::dialects::mcp::wire::Members;
use crate::edge::query::parse_at;
use crate::edge::submit::made;
use crate::problem::codes;

type Handler = for<'a> fn(&'a Exchange, Fields) -> Fut<'a, Result<Value, Refusal>>;

/// A tool of ours.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    about: &'static str,
    /// What it takes of some kind; `None` = it looks for itself.
    pub verb: Option<&'static str>,
    reads: bool,
    /// Its arguments beside `kind` and `id`: name, type, what it is.
    more: &'static [(&'static str, &'static str, &'static str)],
    /// Which of `kind` and `id` it has.
    of: Of,
    handler: Handler,
}

/// What a tool is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// One actor.
    Actor,
    /// One kind.
    Kind,
    /// Something else.
    Other,
}

const READ: &str = Capability::READ;
const AT: (&str, &str, &str) =
    ("at", "string", "A revision, or a time as RFC 3339; left out = now.");
const AFTER: (&str, &str, &str) = ("after", "string", "What the page before gave as next.");
const LIMIT: (&str, &str, &str) = ("limit", "integer", "How many at most.");

const fn reading(
    name: &'static str,
    about: &'static str,
    of: Of,
    more: &'static [(&'static str, &'static str, &'static str)],
    handler: Handler,
) -> Tool {
    Tool { name, about, verb: Some(READ), reads: true, more, of, handler }
}

/// All of them, by name.
pub const TOOLS: &[Tool] = &[
    reading(
        "actors",
        "Lists the actors of a kind with their summaries, the last changed first.",
        Of::Kind,
        &[("text", "string", "Only those with this in their summary."), AFTER, LIMIT],
        |exchange, fields| Box::pin(actors(exchange, fields)),
    ),
    Tool {
        verb: None,
        ..reading(
            "command_status",
            "Tells where a command stands, and its answer: of one that was not finished in time.",
            Of::Other,
            &[
                ("command", "string", "The command's id, as the call was answered."),
                ("wait_s", "integer", "How long its answer is waited for, in seconds."),
            ],
            |exchange, fields| Box::pin(command_status(exchange, fields)),
        )
    },
    reading(
        "diff",
        "Compares an actor with another of its kind, or with itself at another time: the commits \
         that only one has, and the JSON Patch between the states.",
        Of::Actor,
        &[
            ("with", "string", "The other actor; left out = the same one."),
            AT,
            ("with_at", "string", "The other's revision, or a time as RFC 3339."),
        ],
        |exchange, fields| Box::pin(diff(exchange, fields)),
    ),
    reading(
        "events",
        "Reads what happened to an actor, commit by commit, the oldest first.",
        Of::Actor,
        &[AFTER, LIMIT],
        |exchange, fields| Box::pin(events(exchange, fields)),
    ),
    Tool {
        name: "fork",
        about: "Begins another actor as a continuation of this one from any past revision, \
                without copying. Its effects are muted unless unmuted is true.",
        verb: Some(Capability::FORK),
        reads: false,
        more: &[
            AT,
            ("new_id", "string", "The new actor's id; left out, one is made."),
            ("unmuted", "boolean", "Whether its effects reach the world."),
        ],
        of: Of::Actor,
        handler: |exchange, fields| Box::pin(fork(exchange, fields)),
    },
    reading(
        "replay",
        "Derives an actor again from its first commit, calling nobody, and tells what it comes to. \
         With decide, every command is decided again and each difference is told.",
        Of::Actor,
        &[AT, ("decide", "boolean", "Whether the commands are decided again.")],
        |exchange, fields| Box::pin(replay(exchange, fields)),
    ),
    reading(
        "state",
        "Reads an actor's state, also as of a past revision or time.",
        Of::Actor,
        &[AT],
        |exchange, fields| Box::pin(state(exchange, fields)),
    ),
    reading(
        "verify",
        "Checks an actor's chain of hashes and that its state can be derived.",
        Of::Actor,
        &[],
        |exchange, fields| Box::pin(verify(exchange, fields)),
    ),
];

impl Tool {
    /// As `tools/list` shows it.
    #[must_use]
    pub fn shown(&self, pages: &Pages) -> Value {
        let (mut properties, mut required) = (json!({}), Vec::new());
        if self.of != Of::Other {
            let kinds: Vec<_> = pages.iter().map(|page| page.kind.clone()).collect();
            properties["kind"] = json!({ "type": "string", "enum": kinds });
            required.push("kind");
        }
        if self.of == Of::Actor {
            properties["id"] = json!({ "type": "string", "description": "The actor's id." });
            required.push("id");
        }
        for (name, sort, about) in self.more {
            properties[*name] = json!({ "type": sort, "description": about });
            if self.of == Of::Other && *name == "command" {
                required.push(name);
            }
        }
        json!({
            "name": self.name,
            "description": self.about,
            "inputSchema": {
                "type": "object", "properties": properties, "required": required,
                "additionalProperties": false,
            },
            "annotations": {
                "readOnlyHint": self.reads, "destructiveHint": false,
                "idempotentHint": self.reads, "openWorldHint": false,
            },
        })
    }

    /// Calls it.
    ///
    /// # Errors
    /// `invalid_input`, `unknown_parameter`, `forbidden`, and what the past refuses with.
    pub async fn call(&self, exchange: &Exchange, arguments: Members) -> Result<Value, Refusal> {
        let fields = Fields::new(Value::Object(arguments), "arguments")?;
        (self.handler)(exchange, fields).await
    }
}

fn kind(exchange: &Exchange, fields: &mut Fields) -> Result<Kind, Refusal> {
    let kind = fields.needed_text("kind")?.parse().ok();
    let known = kind.filter(|kind| exchange.shared.edge.pages.get(kind).is_some());
    known.ok_or_else(codes::unknown_kind)
}

/// The actor that the arguments name, when the caller may do `verb` to it.
fn actor(exchange: &Exchange, fields: &mut Fields, verb: &str) -> Result<Address, Refusal> {
    let kind = kind(exchange, fields)?;
    let id = ActorId::new(fields.needed_text("id")?);
    let id = id.map_err(|error| codes::invalid_id("arguments.id", &error))?;
    exchange.ensure(Capability::new(kind.as_str(), verb), id.as_str())?;
    Ok(Address::new(exchange.asker.tenant.clone(), kind, id))
}

/// A revision or a time; a number is a revision, too.
fn at(fields: &mut Fields, name: &str) -> Result<At, Refusal> {
    let wrong = fields.wrong(name, "is a revision from 1, or a time as RFC 3339");
    match fields.take(name) {
        None => Ok(At::Latest),
        Some(Value::String(text)) => parse_at(name, &text).map_err(|_| wrong),
        Some(value) => {
            let revision = value.as_u64().filter(|revision| *revision > 0);
            revision.map(|it| At::Revision(Revision(it))).ok_or(wrong)
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|error| Refusal::internal(error.to_string()))
}

async fn state(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let (address, at) = (actor(exchange, &mut fields, READ)?, at(&mut fields, "at")?);
    fields.done()?;
    json(&exchange.shared.edge.history.state(&address, at).await?)
}

async fn events(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let address = actor(exchange, &mut fields, READ)?;
    let config = &exchange.shared.edge.config;
    let limit = fields.integer("limit", 1, config.page_items_max as u64)?;
    let after = fields.text("after")?;
    fields.done()?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    resources::events(exchange, &address, after.as_deref(), limit).await
}

async fn actors(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let kind = kind(exchange, &mut fields)?;
    let config = &exchange.shared.edge.config;
    let limit = fields.integer("limit", 1, config.page_items_max as u64)?;
    let (text, after) = (fields.text("text")?, fields.text("after")?);
    fields.done()?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    resources::actors(exchange, Some(kind), text, after, limit).await
}

async fn replay(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let (address, at) = (actor(exchange, &mut fields, READ)?, at(&mut fields, "at")?);
    let decide = fields.flag("decide")?.unwrap_or_default();
    fields.done()?;
    let mode = if decide { ReplayMode::Decide } else { ReplayMode::Fold };
    let told = |replayed: contracts::view::Replayed| {
        let phase = if replayed.deciding { "decided" } else { "folded" };
        let message = format!("{phase} up to revision {}", replayed.revision);
        exchange.peer.progress(replayed.commits, None, Some(&message));
    };
    json(&exchange.shared.edge.history.replay_told(&address, at, mode, &told).await?)
}

async fn verify(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let address = actor(exchange, &mut fields, READ)?;
    fields.done()?;
    json(&exchange.shared.edge.history.verify(&address).await?)
}

async fn diff(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let left = actor(exchange, &mut fields, READ)?;
    let (left_at, right_at) = (at(&mut fields, "at")?, at(&mut fields, "with_at")?);
    let id = fields.text("with")?.map_or(Ok(left.id.clone()), ActorId::new);
    let id = id.map_err(|error| codes::invalid_id("arguments.with", &error))?;
    fields.done()?;
    exchange.ensure(Capability::read(left.kind.as_str()), id.as_str())?;
    let right = Address { id, ..left.clone() };
    json(&exchange.shared.edge.history.diff((&left, left_at), (&right, right_at)).await?)
}

async fn fork(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let (parent, at) = (actor(exchange, &mut fields, Capability::FORK)?, at(&mut fields, "at")?);
    let child = fields.text("new_id")?.map(ActorId::new).transpose();
    let child = child.map_err(|error| codes::invalid_id("arguments.new_id", &error))?;
    let muted = !fields.flag("unmuted")?.unwrap_or_default();
    fields.done()?;
    let (shared, asker) = (&exchange.shared, &exchange.asker);
    let page = shared.edge.pages.get(&parent.kind).ok_or_else(codes::unknown_kind)?;
    let key = exchange.key();
    let child = child.unwrap_or_else(|| made(page, &asker.tenant, &asker.caller, key.as_ref()));
    let by = asker.caller.clone();
    let answer = shared.edge.history.fork(&parent, at, child, muted, by).await?;
    commands::told(exchange, &answer)
}

async fn command_status(exchange: &Exchange, mut fields: Fields) -> Result<Value, Refusal> {
    let wrong = fields.wrong("command", "is a UUID");
    let id: CommandId = fields.needed_text("command")?.parse().map_err(|_| wrong)?;
    let config = &exchange.shared.edge.config;
    let wait = fields.integer("wait_s", 0, config.wait_max_ms / 1_000)?;
    fields.done()?;
    let view = resources::command(exchange, id).await?;
    let waits = wait.is_some_and(|wait| wait > 0) && view.status == Status::Accepted;
    if waits {
        let address =
            Address::new(exchange.asker.tenant.clone(), view.kind.clone(), view.actor.clone());
        let accepted = Answer {
            command: id,
            address,
            status: Status::Accepted,
            revision: view.revision,
            cursor: view.cursor,
            reply: Value::Null,
            at: exchange.shared.now(),
        };
        let following = follow::until(exchange, &accepted);
        if let Ok(answer) = tokio::time::timeout(config.wait(wait), following).await {
            return commands::told(exchange, &answer?);
        }
    }
    json(&view)
}
