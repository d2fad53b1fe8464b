//! The policy document: what is written in YAML, strictly shaped and versioned.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// What is to become of a command or an effect, from the mildest to the strictest.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It is decided, or performed.
    #[default]
    Allow,
    /// Somebody else has to say yes first.
    Review,
    /// Somebody with more to say has to say yes first.
    Escalate,
    /// It is refused.
    Deny,
}

impl Ruling {
    /// Its name, as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Escalate => "escalate",
            Self::Deny => "deny",
        }
    }
}

/// A policy: rules in order, what files may be touched, and from which risk on who is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this format: 1.
    pub version: u32,
    /// What it is about, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What becomes of a command that no rule is about.
    #[serde(default)]
    pub default: Ruling,
    /// The rules. The highest priority decides; among equals the strictest, then the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Which files commands may name and how much they may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Files>,
    /// What becomes of inputs that look dangerous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Who says yes to what is to be reviewed or escalated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Approvals>,
    /// A Rego module, asked beside the rules; the stricter of both holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rego: Option<Rego>,
}

impl Document {
    /// The JSON Schema that editors and other programs check policies with.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("title".to_owned(), "A policy of Cambium".into());
        schema.to_value()
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique within the document; verdicts tell it.
    pub id: String,
    /// What becomes of the command, or the effect, that it is about.
    pub effect: Ruling,
    /// The rule of the highest priority decides.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Which commands, or which effects, it is about; all members have to hold. Left out: all
    /// commands.
    #[serde(default, skip_serializing_if = "Match::is_all")]
    pub r#match: Match,
    /// A condition over `command`, `input`, `caller`, `tenant`, `actor` and `time`; of a rule about
    /// effects over `effect`, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Why, for whoever is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a rule that allows: the checks that it spares a command, `files`, `risk` or
    /// `risk:<class>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<String>,
    /// Of a rule that reviews or escalates: who says yes, in place of the document's `approvals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// Which commands a rule is about. Each list holds when one of its members does; `*` in a pattern
/// stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Patterns of kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Patterns of command names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Patterns of actor ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
    /// Patterns of tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
    /// Patterns of principals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// Patterns of the caller's roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// By which road it came: `http`, `nats` or `runtime`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Globs, of which a path in the input matches one; of a rule that allows, every path does. A
    /// path that hides what it is matches every glob of a rule that does not allow, and none of
    /// one that does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Regular expressions, of which some text of the input matches one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regex: Vec<Regex>,
    /// Which effects it is about, instead of commands: asked before they are performed. The other
    /// members are then about the actor that asks for the effect, the command that led to it, its
    /// caller, and what the world is asked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectMatch>,
}

/// Which effects a rule is about: all when nothing is said. Each list holds when one of its members
/// does; `*` in a pattern stands for any text. What an effect of another class does not have holds
/// for none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EffectMatch {
    /// Classes: `convert`, `fetch`, `llm`, `send`, `timer`, `tool`, `work`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Of work: patterns of queues.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Of model calls: patterns of models, as `provider/model`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Of sent commands: patterns of the kinds that they are for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Of sent commands: patterns of the actors that they are for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
    /// Of sent commands, and of timers: patterns of command names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Of timers: patterns of their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<String>,
    /// Of calls of tools: patterns of the tools' names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Of requests to HTTP servers, by whoever is asked for them: patterns of the servers' names,
    /// without port, whatever the case of letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

impl Match {
    /// Whether it is about all commands.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// A regular expression over the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regex {
    /// The member that it is about, such as `text` or `section.title`; every text when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The expression: without look-around and back-references, so that it takes linear time.
    pub pattern: String,
}

/// Which files commands may name and how much they may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Kinds that this is about, as patterns; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Directories within which every path has to be; everywhere when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_dirs: Option<Vec<String>>,
    /// Globs that no path may match, whatever the case of its letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny_globs: Vec<String>,
    /// The most lines that the diffs of one command may add and remove together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_diff_lines: Option<u32>,
    /// The names of members that hold paths, whatever the case of their letters, `_` and `-`.
    pub path_fields: Vec<String>,
    /// The names of members that hold unified diffs; as of paths, whatever joins their words.
    pub diff_fields: Vec<String>,
}

/// The names of members that are taken for paths when a policy says nothing.
pub const PATH_FIELDS: &[&str] = &[
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filenames",
    "file_path",
    "file_paths",
    "dir",
    "directory",
    "folder",
    "target",
    "targets",
    "target_path",
    "target_paths",
    "target_files",
    "focus_paths",
    "output_path",
    "source_path",
    "dest_path",
    "destination_path",
    "directories",
    "dirs",
    "folders",
    "input_file",
    "input_path",
    "output_dir",
    "output_file",
    "source_file",
];

/// The names of members that are taken for diffs when a policy says nothing.
pub const DIFF_FIELDS: &[&str] = &["diff", "diffs", "patch", "patches", "patch_preview"];

impl Default for Files {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            kinds: Vec::new(),
            allowed_dirs: None,
            deny_globs: Vec::new(),
            max_diff_lines: None,
            path_fields: owned(PATH_FIELDS),
            diff_fields: owned(DIFF_FIELDS),
        }
    }
}

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It speaks of something dangerous.
    Low,
    /// It may be meant.
    Medium,
    /// It is very likely meant.
    High,
    /// It has no other use.
    Critical,
}

impl Severity {
    /// Its name, as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A class of dangerous inputs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    /// A command for a shell, hidden in a value.
    CommandInjection,
    /// A query operator of a document database, in place of a value.
    NosqlInjection,
    /// An address inside the network, or one that takes data out.
    OutboundUrl,
    /// A path that leaves its directory.
    PathTraversal,
    /// Code that starts a process.
    ProcessExecution,
    /// Orders for a model, hidden in what it is to work on.
    PromptInjection,
    /// A credential.
    Secret,
    /// A query of SQL, hidden in a value.
    SqlInjection,
    /// A script for a browser.
    Xss,
}

impl RiskClass {
    /// All classes, in the order of their names.
    pub const ALL: [Self; 9] = [
        Self::CommandInjection,
        Self::NosqlInjection,
        Self::OutboundUrl,
        Self::PathTraversal,
        Self::ProcessExecution,
        Self::PromptInjection,
        Self::Secret,
        Self::SqlInjection,
        Self::Xss,
    ];

    /// Its name, as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommandInjection => "command_injection",
            Self::NosqlInjection => "nosql_injection",
            Self::OutboundUrl => "outbound_url",
            Self::PathTraversal => "path_traversal",
            Self::ProcessExecution => "process_execution",
            Self::PromptInjection => "prompt_injection",
            Self::Secret => "secret",
            Self::SqlInjection => "sql_injection",
            Self::Xss => "xss",
        }
    }

    /// The class of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// What becomes of inputs that look dangerous.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Risk {
    /// Kinds that this is about, as patterns; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// The thresholds of classes that have none of their own.
    #[serde(skip_serializing_if = "Thresholds::is_none")]
    pub default: Thresholds,
    /// The thresholds of single classes, in place of the default.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<RiskClass, Thresholds>,
}

/// From which severity on what happens; what is left out never happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// It is reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Severity>,
    /// It is escalated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Severity>,
    /// It is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny: Option<Severity>,
}

impl Thresholds {
    /// Whether nothing ever happens.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What becomes of a finding of `severity`.
    #[must_use]
    pub fn ruling(&self, severity: Severity) -> Ruling {
        let from = |threshold: Option<Severity>| threshold.is_some_and(|it| severity >= it);
        if from(self.deny) {
            Ruling::Deny
        } else if from(self.escalate) {
            Ruling::Escalate
        } else if from(self.review) {
            Ruling::Review
        } else {
            Ruling::Allow
        }
    }
}

/// Who says yes to what is to be reviewed, and to what is to be escalated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Approvals {
    /// To what is to be reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Approval>,
    /// To what is to be escalated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Approval>,
}

/// Who has to say yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Approval {
    /// How many have to.
    pub quorum: u32,
    /// Who may: principals and `role:<role>`; everybody with the capability when empty. Never
    /// whoever asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How long it waits, in seconds.
    pub expires_s: u64,
}

impl Default for Approval {
    fn default() -> Self {
        Self { quorum: 1, approvers: Vec::new(), expires_s: limits::EXPIRES_S }
    }
}

/// A Rego module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rego {
    /// Its text.
    pub module: String,
    /// The rule that is asked: `true` or a ruling's name, or an object `{effect, reason}`.
    #[serde(default = "rego_rule")]
    pub rule: String,
}

fn rego_rule() -> String {
    "data.cambium.effect".to_owned()
}
