//! What this process is among the nodes of a system.

use std::path::PathBuf;

use contracts::NodeId;
use contracts::node::Role;
use serde::{Deserialize, Serialize};

/// Who this node is and what it does. It is one of several when a broker is named that is no child
/// of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// Which node; none = a name is made and kept in the data directory.
    pub id: Option<NodeId>,
    /// What it does: `actors`, `edge`, `projections`.
    #[serde(deserialize_with = "roles")]
    pub roles: Vec<Role>,
    /// The file of the key that all nodes share, 0600; none = `node.key` in the data directory,
    /// made there.
    pub key_file: Option<PathBuf>,
}

impl Default for Node {
    fn default() -> Self {
        Self { id: None, roles: Role::ALL.to_vec(), key_file: None }
    }
}

impl Node {
    /// Finds roles that make no sense; `shared` says whether the read models are in a database that
    /// several nodes share.
    ///
    /// # Errors
    /// The name of the setting and what is wrong with it.
    pub fn check(&self, shared: bool) -> Result<(), (&'static str, String)> {
        if self.roles.is_empty() {
            return Err(("node.roles", format!("must name some of {}", known())));
        }
        if !shared && !self.roles.contains(&Role::Projections) {
            let text = "must hold projections: actors and edges ask the read models, and those of \
                        SQLite are a node's own; on PostgreSQL others may write them";
            return Err(("node.roles", text.to_owned()));
        }
        Ok(())
    }
}

fn known() -> String {
    Role::ALL.map(Role::as_str).join(", ")
}

/// Reads `actors,edge` or a list of such, in any order.
fn roles<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<Role>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Text {
        One(String),
        Many(Vec<String>),
    }
    let words = match Text::deserialize(d)? {
        Text::One(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
        Text::Many(words) => words,
    };
    let mut roles = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let role = Role::ALL.into_iter().find(|role| role.as_str() == word);
        let unknown = || serde::de::Error::custom(format!("{word} is none of {}", known()));
        roles.push(role.ok_or_else(unknown)?);
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}
