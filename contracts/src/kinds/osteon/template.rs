//! Documents that are templates: where `{{name}}` stands, somebody else says what it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a document may begin as. Any other document is a template, too, once it is forked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Somebody writes to somebody: `date`, `sender`, `recipient`, `subject`, `greeting`, `body`,
    /// `closing`.
    Letter,
    /// What was said and decided: `meeting`, `date`, `present`, `absent`, `agenda`, `discussion`,
    /// `decisions`, `tasks`.
    Minutes,
    /// What is offered, and what it costs: `project`, `client`, `need`, `approach`, `results`,
    /// `schedule`, `price`, `terms`.
    Proposal,
    /// What was found out: `subject`, `author`, `date`, `summary`, `background`, `findings`,
    /// `recommendations`.
    Report,
}

/// Input of `fill`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// What stands in place of each field, as CommonMark: at most 100 of at most 16 KiB. Every
    /// field of the document is needed, and none that it does not have.
    pub fields: BTreeMap<String, String>,
    /// Whether fields that are not named stay as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly: bool,
}
