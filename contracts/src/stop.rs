//! Giving work up: by which command an actor is told that what another command asked of it is
//! wanted no longer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::{ActorId, CommandId, CommandName, Kind, Tenant};

/// Why work is given up, for whoever reads the log of the actor that did it.
pub const REASON: &str = "whoever asked for it wants it no longer";

/// A command that an actor was asked, and that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay<'a> {
    /// Whose actor it is.
    pub tenant: &'a Tenant,
    /// Which one.
    pub id: &'a ActorId,
    /// What was asked.
    pub name: &'a CommandName,
    /// The command's id.
    pub command: CommandId,
}

/// The command that gives it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// The kind of the actor that does the work.
    pub kind: Kind,
    /// The actor.
    pub id: ActorId,
    /// The command.
    pub name: CommandName,
    /// Its input.
    pub input: Value,
}

impl UnderWay<'_> {
    /// The actor's own `cancel` of what the command asked for, when that is one of `names`.
    #[must_use]
    pub fn cancelled(&self, kind: Kind, names: &[&str]) -> Option<Stop> {
        names.contains(&self.name.as_str()).then(|| Stop {
            kind,
            id: self.id.clone(),
            name: CommandName::from_static("cancel"),
            input: json!({ "command": self.command }),
        })
    }
}
